//! Byte-pair merging by rank (Sennrich et al. 2016; the order of merges as in tiktoken).

use super::vocabulary::Vocabulary;
use crate::transcript::Token;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Appends the tokens of one piece of text: starting from single bytes, the neighbours whose union
/// has the lowest rank are merged, the leftmost first, until no union is a token.
pub(super) fn encode_piece(vocabulary: &Vocabulary, piece: &[u8], tokens: &mut Vec<Token>) {
    if let Some(id) = vocabulary.id(piece) {
        tokens.push(id);
        return;
    }
    let n = piece.len();
    // Parts as a linked list: part `i` is piece[i..next[i]]; a part that was merged away has next == i.
    let mut next: Vec<usize> = (1..=n).collect();
    let mut previous: Vec<usize> = (0..n).map(|i| i.wrapping_sub(1)).collect();
    let mut candidates = BinaryHeap::new();
    let union = |i: usize, next: &[usize]| {
        let middle = next[i];
        let end = *next.get(middle)?;
        vocabulary.id(&piece[i..end]).map(|rank| Reverse((rank, i, end)))
    };
    candidates.extend((0..n).filter_map(|i| union(i, &next)));
    while let Some(Reverse((_, i, end))) = candidates.pop() {
        let middle = next[i];
        if middle == i || middle >= n || next[middle] != end || middle == end {
            continue; // one of the two parts has changed since
        }
        next[i] = end;
        next[middle] = middle;
        if end < n {
            previous[end] = i;
        }
        candidates.extend(union(i, &next));
        if let Some(before) = Some(previous[i]).filter(|p| *p < n) {
            candidates.extend(union(before, &next));
        }
    }
    let mut i = 0;
    while i < n {
        // Every part is a single byte or a merged token, so it has an id.
        tokens.extend(vocabulary.id(&piece[i..next[i]]));
        i = next[i];
    }
}
