//! The likeliest tokens' logits, again and exactly.
//!
//! In 8 bits the vocabulary is read at the speed of memory, but its logits are off by up to a few tenths.
//! What decides (the choice, and nearly all of the probability mass) is a handful of tokens: these are
//! computed again with 15-bit weights and unrounded states.

use crate::workers::Workers;
use hark_simd::Packed;

/// Ordinary and special tokens that are computed again, and timestamp tokens.
const WORDS: usize = 16;
const TIMESTAMPS: usize = 8;
/// Timestamp tokens, the last of every vocabulary: 0.00 to 30.00 s.
const TIMESTAMP_TOKENS: usize = 1501;
/// Logits whose largest is looked at before any of them.
const BLOCK: usize = 64;

/// Improves logits `[rows, outputs]` of states `x` (`[rows, inputs]`). A matrix without second digits
/// leaves them as they are.
pub(super) fn refine(workers: &Workers, embedding: &Packed, x: &[f32], logits: &mut [f32]) {
    let rows = x.chunks_exact(embedding.inputs()).zip(logits.chunks_exact_mut(embedding.outputs()));
    workers.for_each(rows, |(x, logits)| {
        let words = logits.len().saturating_sub(TIMESTAMP_TOKENS);
        let mut tokens = leaders(&logits[..words], WORDS);
        tokens.extend(leaders(&logits[words..], TIMESTAMPS).into_iter().map(|i| words + i));
        for token in tokens {
            match embedding.refined(token, x) {
                Some(logit) => logits[token] = logit,
                None => return,
            }
        }
    });
}

/// Places of the `count` largest values; of equals, the first.
fn leaders(values: &[f32], count: usize) -> Vec<usize> {
    let mut best: Vec<(f32, usize)> = Vec::with_capacity(count + 1);
    for (block, some) in values.chunks(BLOCK).enumerate() {
        let bar = if best.len() == count { best[count - 1].0 } else { f32::NEG_INFINITY };
        if hark_simd::largest(some) <= bar {
            continue;
        }
        for (i, v) in some.iter().enumerate() {
            if best.len() < count || *v > best[count - 1].0 {
                let at = best.partition_point(|(b, _)| b >= v);
                best.insert(at, (*v, block * BLOCK + i));
                best.truncate(count);
            }
        }
    }
    best.into_iter().map(|(_, i)| i).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaders_are_those_of_a_sort() {
        let values: Vec<f32> = (0..1000).map(|i| ((i * 7919) % 509) as f32).collect();
        let mut order: Vec<usize> = (0..values.len()).collect();
        order.sort_by(|a, b| values[*b].total_cmp(&values[*a]).then(a.cmp(b)));
        for count in [1, 5, 16] {
            assert_eq!(leaders(&values, count), order[..count]);
        }
        assert_eq!(leaders(&values[..3], 16).len(), 3);
        assert!(leaders(&[], 4).is_empty());
        let nothing = [f32::NEG_INFINITY; 100];
        assert!(leaders(&nothing, 4).is_empty());
    }
}
