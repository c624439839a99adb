//! The choice of one token.

use crate::hash::{SPLITMIX_STEP, splitmix64};
use crate::transcript::Token;

/// Random numbers by splitmix64.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Uniform in [0, 1).
    fn uniform(&mut self) -> f64 {
        let bits = splitmix64(self.0);
        self.0 = self.0.wrapping_add(SPLITMIX_STEP);
        (bits >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// The likeliest token; the first of equals.
pub(super) fn argmax(logits: &[f32]) -> Token {
    /// Logits whose largest is looked at before any of them.
    const BLOCK: usize = 512;
    let largest = hark_simd::largest(logits);
    let blocks = logits.chunks(BLOCK).enumerate();
    let found = blocks
        .filter(|(_, some)| hark_simd::largest(some) == largest)
        .find_map(|(block, some)| some.iter().position(|v| *v == largest).map(|i| block * BLOCK + i));
    found.unwrap_or_default() as Token
}

/// A token drawn with probability softmax(logits / temperature).
pub(super) fn draw(logits: &[f32], temperature: f32, random: &mut Random) -> Token {
    let mut weights: Vec<f32> = logits.iter().map(|v| v / temperature).collect();
    hark_simd::softmax(&mut weights);
    let total: f64 = weights.iter().map(|w| f64::from(*w)).sum();
    let mut left = random.uniform() * total;
    for (i, w) in weights.iter().enumerate() {
        left -= f64::from(*w);
        if left < 0.0 {
            return i as Token;
        }
    }
    argmax(logits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_follow_the_probabilities_and_the_seed() {
        let logits = [0.0f32, (2.0f32).ln(), f32::NEG_INFINITY, (5.0f32).ln()];
        let draws = |seed| {
            let mut random = Random::new(seed);
            (0..8000).map(|_| draw(&logits, 1.0, &mut random)).collect::<Vec<_>>()
        };
        let first = draws(7);
        assert_eq!(first, draws(7));
        assert_ne!(first, draws(8));
        let share = |token| first.iter().filter(|t| **t == token).count() as f64 / 8000.0;
        assert!((share(0) - 0.125).abs() < 0.02 && (share(1) - 0.25).abs() < 0.02);
        assert!((share(3) - 0.625).abs() < 0.02 && share(2) == 0.0);
    }

    #[test]
    fn the_first_of_equals_wins() {
        assert_eq!(argmax(&[f32::NEG_INFINITY, 2.0, 2.0, 1.0]), 1);
    }
}
