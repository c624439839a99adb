//! Beam search (openai-whisper, `decoding.py`, BeamSearchDecoder, patience 1).

use crate::transcript::Token;

/// The beams of one window.
pub(super) struct Beams {
    size: usize,
    eot: Token,
    /// Sampled tokens and the sum of their log-probabilities.
    pub(super) alive: Vec<(Vec<Token>, f32)>,
    finished: Vec<(Vec<Token>, f32)>,
}

impl Beams {
    /// Beams that all begin with `prefix`.
    pub(super) fn new(size: usize, prefix: &[Token], eot: Token) -> Self {
        Self { size, eot, alive: vec![(prefix.to_vec(), 0.0); size], finished: Vec::new() }
    }

    /// Extends every beam by its likeliest tokens and keeps the best; `log_probs` has a row of the
    /// vocabulary per beam. Returns, per new beam, the old one it continues.
    pub(super) fn advance(&mut self, log_probs: &[f32]) -> Vec<usize> {
        let vocabulary = log_probs.len() / self.alive.len();
        // Beams with the same tokens (as at the start) count once.
        let mut candidates: Vec<(Vec<Token>, f32, usize)> = Vec::new();
        for (source, (tokens, sum)) in self.alive.iter().enumerate() {
            for (token, log_prob) in top(&log_probs[source * vocabulary..][..vocabulary], self.size + 1) {
                let mut tokens = tokens.clone();
                tokens.push(token);
                match candidates.iter_mut().find(|(known, _, _)| *known == tokens) {
                    Some(known) => (known.1, known.2) = (sum + log_prob, source),
                    None => candidates.push((tokens, sum + log_prob, source)),
                }
            }
        }
        candidates.sort_by(|a, b| b.1.total_cmp(&a.1));
        let mut sources = Vec::with_capacity(self.size);
        let mut alive = Vec::with_capacity(self.size);
        for (tokens, sum, source) in candidates {
            if tokens.last() == Some(&self.eot) {
                if self.finished.len() < self.size {
                    self.finished.push((tokens, sum));
                }
            } else {
                alive.push((tokens, sum));
                sources.push(source);
                if alive.len() == self.size {
                    break;
                }
            }
        }
        self.alive = alive;
        sources
    }

    /// Whether enough beams have ended.
    pub(super) fn done(&self) -> bool {
        self.finished.len() >= self.size || self.alive.is_empty()
    }

    /// All ended beams, filled up with the best of the others; without the end token.
    pub(super) fn finish(mut self) -> Vec<(Vec<Token>, f32)> {
        self.alive.sort_by(|a, b| b.1.total_cmp(&a.1));
        let missing = self.size.saturating_sub(self.finished.len());
        let mut all = self.finished;
        all.extend(self.alive.into_iter().take(missing));
        for (tokens, _) in &mut all {
            if tokens.last() == Some(&self.eot) {
                tokens.pop();
            }
        }
        all
    }
}

/// The `n` largest values with their places, largest first; the first of equals first.
fn top(values: &[f32], n: usize) -> Vec<(Token, f32)> {
    let mut best: Vec<(Token, f32)> = Vec::with_capacity(n + 1);
    for (i, v) in values.iter().enumerate() {
        if best.len() == n && best[n - 1].1 >= *v {
            continue;
        }
        let at = best.partition_point(|(_, b)| b >= v);
        best.insert(at, (i as Token, *v));
        best.truncate(n);
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn top_keeps_the_first_of_equals() {
        assert_eq!(top(&[1.0, 3.0, 3.0, 0.5, 2.0], 3), [(1, 3.0), (2, 3.0), (4, 2.0)]);
    }

    #[test]
    fn a_worse_first_token_can_win() {
        // Vocabulary: a, b, end. After a everything is unlikely; after b the end is certain.
        let ln = |p: f32| p.ln();
        let mut beams = Beams::new(2, &[], 2);
        let first = [ln(0.6), ln(0.4), f32::NEG_INFINITY].repeat(2);
        assert_eq!(beams.advance(&first).len(), 2);
        let after_a = [ln(0.3), ln(0.3), ln(0.4)];
        let after_b = [ln(0.005), ln(0.005), ln(0.99)];
        beams.advance(&[after_a, after_b].concat());
        assert!(beams.done());
        let best = beams.finish().into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
        assert_eq!(best.0, [1]);
    }
}
