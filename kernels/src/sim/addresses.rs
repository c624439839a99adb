//! Which words a descriptor touches, in the order in which they go over the stream: worked out once, so that moving
//! them is copying runs.

use super::memory::{Memory, MemoryMut};
use crate::txn::Dim;

/// Runs of a task: more would only take memory here.
const MOST_RUNS: u32 = 1 << 24;

/// Words of a memory, as runs of equal length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Addresses {
    /// The first word of each run.
    starts: Vec<u32>,
    /// Words of a run; the last may be cut off.
    run: u32,
    words: u32,
    /// The word behind the last that is touched, and the first.
    extent: (u32, u32),
}

impl Addresses {
    /// From a first word, so many words of a pattern, the fastest dimension first. Behind the last dimension it begins
    /// again. Nothing if a word's number has more than 32 bits, or there are more runs than any task needs.
    pub(super) fn new(first: u32, dims: &[Dim], words: u32) -> Option<Self> {
        let dims: Vec<Dim> = dims.iter().copied().filter(|dim| dim.size != 1).collect();
        let mut run = 1u32;
        let mut inner = 0;
        for dim in &dims {
            if dim.stride != run {
                break;
            }
            run = run.saturating_mul(dim.size);
            inner += 1;
        }
        if dims.is_empty() || inner == dims.len() {
            run = words.max(1);
        }
        let outer = &dims[inner..];
        let count = words.div_ceil(run);
        if count > MOST_RUNS {
            return None;
        }
        let mut starts = Vec::with_capacity(count as usize);
        let mut turns = vec![0u32; outer.len()];
        let mut at = u64::from(first);
        for _ in 0..count {
            starts.push(u32::try_from(at).ok()?);
            for (turn, dim) in turns.iter_mut().zip(outer) {
                *turn += 1;
                at += u64::from(dim.stride);
                if *turn < dim.size {
                    break;
                }
                at -= u64::from(dim.stride) * u64::from(dim.size);
                *turn = 0;
            }
        }
        let end = starts.iter().max().copied().unwrap_or(first).checked_add(run.min(words))?;
        let begin = starts.iter().min().copied().unwrap_or(first);
        Some(Self { starts, run, words, extent: (begin, end) })
    }

    pub(super) fn words(&self) -> u32 {
        self.words
    }

    /// The first word, and the one behind the last.
    pub(super) fn extent(&self) -> (usize, usize) {
        (self.extent.0 as usize, self.extent.1 as usize)
    }

    /// Where a word is that goes over the stream after so many others.
    pub(super) fn at(&self, index: u32) -> usize {
        let (start, inside) = (index / self.run, index % self.run);
        self.starts.get(start as usize).map_or(0, |start| (start + inside) as usize)
    }

    /// Runs, each from its first word to the one behind its last.
    pub(super) fn intervals(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let last = self.words - (self.words / self.run).min(self.starts.len() as u32 - 1) * self.run;
        let count = self.starts.len();
        self.starts.iter().enumerate().map(move |(i, start)| {
            let words = if i + 1 == count { last } else { self.run };
            (*start as usize, *start as usize + words as usize)
        })
    }

    /// Brings words from memory, from one on that goes over the stream after `from` others.
    pub(super) fn gather<M: Memory + ?Sized>(&self, memory: &M, base: usize, from: u32, out: &mut [u32]) {
        match self.run {
            1 => self.gather_runs::<1, M>(memory, base, from, out),
            2 if whole(2, from, out.len()) => self.gather_runs::<2, M>(memory, base, from / 2, out),
            4 if whole(4, from, out.len()) => self.gather_runs::<4, M>(memory, base, from / 4, out),
            8 if whole(8, from, out.len()) => self.gather_runs::<8, M>(memory, base, from / 8, out),
            _ => {
                let mut rest = out;
                for (at, len) in self.pieces(from, rest.len()) {
                    let (piece, behind) = rest.split_at_mut(len);
                    memory.load(base + at, piece);
                    rest = behind;
                }
            }
        }
    }

    /// Brings words to memory.
    pub(super) fn scatter<M: MemoryMut>(&self, mut memory: M, base: usize, from: u32, data: &[u32]) {
        let mut rest = data;
        for (at, len) in self.pieces(from, rest.len()) {
            let (piece, behind) = rest.split_at(len);
            memory.store(base + at, piece);
            rest = behind;
        }
    }

    fn gather_runs<const RUN: usize, M: Memory + ?Sized>(
        &self,
        memory: &M,
        base: usize,
        first: u32,
        out: &mut [u32],
    ) {
        let starts = &self.starts[first as usize..];
        for (start, out) in starts.iter().zip(out.as_chunks_mut::<RUN>().0) {
            memory.load(base + *start as usize, out);
        }
    }

    /// Runs and parts of them, from one on.
    fn pieces(&self, from: u32, len: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        let run = self.run as usize;
        let (mut at, mut left) = (from as usize, len);
        std::iter::from_fn(move || {
            if left == 0 {
                return None;
            }
            let start = *self.starts.get(at / run)? as usize + at % run;
            let piece = (run - at % run).min(left);
            at += piece;
            left -= piece;
            Some((start, piece))
        })
    }
}

fn whole(run: usize, from: u32, len: usize) -> bool {
    (from as usize).is_multiple_of(run) && len.is_multiple_of(run)
}

/// Whether two sets of words, sorted or not, have a word in common.
pub(super) fn meet(
    first: impl Iterator<Item = (usize, usize)>,
    second: impl Iterator<Item = (usize, usize)>,
) -> bool {
    let mut all: Vec<(usize, usize, bool)> = first.map(|(begin, end)| (begin, end, false)).collect();
    all.extend(second.map(|(begin, end)| (begin, end, true)));
    all.sort_unstable();
    // How far the runs of each of the two reach that were seen so far.
    let mut reach = [0usize; 2];
    for (begin, end, which) in all {
        if begin < reach[usize::from(!which)] {
            return true;
        }
        let reach = &mut reach[usize::from(which)];
        *reach = end.max(*reach);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    const fn dim(size: u32, stride: u32) -> Dim {
        Dim { size, stride }
    }

    /// Word by word, in loops.
    fn plain(first: u32, dims: &[Dim], words: u32) -> Vec<usize> {
        let all: Vec<u32> = dims.iter().map(|dim| dim.size).collect();
        (0..words)
            .map(|word| {
                let mut rest = word;
                let mut at = first;
                for (dim, size) in dims.iter().zip(&all) {
                    at += rest % size * dim.stride;
                    rest /= size;
                }
                at as usize
            })
            .collect()
    }

    #[test]
    fn random_patterns_are_those_of_plain_loops() {
        let mut state = 1u64;
        let mut random = |most: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 33) % most) as u32
        };
        for _ in 0..2000 {
            let mut dims: Vec<Dim> = (0..1 + random(4)).map(|_| dim(1 + random(7), random(9))).collect();
            if random(2) == 0 {
                dims[0].stride = 1;
            }
            let words = dims.iter().map(|dim| dim.size).product();
            let first = random(50);
            let expected = plain(first, &dims, words);
            let addresses = Addresses::new(first, &dims, words).unwrap();
            let memory: Vec<u8> = (0..4000u32).flat_map(u32::to_le_bytes).collect();
            let atomic: Vec<AtomicU32> = (0..4000).map(AtomicU32::new).collect();
            let (mut out, mut other) = (vec![0; words as usize], vec![0; words as usize]);
            let middle = random(u64::from(words) + 1);
            let (left, right) = out.split_at_mut(middle as usize);
            addresses.gather(&memory[..], 3, 0, left);
            addresses.gather(&memory[..], 3, middle, right);
            addresses.gather(&atomic[..], 3, 0, &mut other);
            let gathered: Vec<usize> = out.iter().map(|word| *word as usize - 3).collect();
            assert_eq!(gathered, expected, "{dims:?}");
            assert_eq!(out, other, "{dims:?}");
            assert!((0..words).all(|word| addresses.at(word) == expected[word as usize]), "{dims:?}");
            let extent = (*expected.iter().min().unwrap(), expected.iter().max().unwrap() + 1);
            assert_eq!(addresses.extent(), extent, "{dims:?}");
            let runs: Vec<usize> = addresses.intervals().flat_map(|(begin, end)| begin..end).collect();
            assert_eq!(runs, expected, "{dims:?}");

            let data: Vec<u32> = (0..words).collect();
            let (mut scattered, mut wanted) = (vec![0u8; 16000], vec![0; 4000]);
            addresses.scatter(&mut scattered[..], 7, 0, &data);
            let scattered: Vec<u32> =
                scattered.as_chunks().0.iter().map(|word| u32::from_le_bytes(*word)).collect();
            for (at, word) in expected.iter().zip(&data) {
                wanted[at + 7] = *word;
            }
            assert_eq!(scattered, wanted, "{dims:?}");
        }
    }

    #[test]
    fn patterns_that_share_no_word_do_not_meet() {
        let columns = |first| Addresses::new(first, &[dim(4, 1), dim(8, 16)], 32).unwrap();
        let meet = |a: &Addresses, b: &Addresses| meet(a.intervals(), b.intervals());
        assert!(!meet(&columns(0), &columns(4)));
        assert!(meet(&columns(0), &columns(3)));
        assert!(meet(&columns(0), &columns(19)));
        assert!(!meet(&columns(0), &columns(20)));
    }

    #[test]
    fn words_too_far_away_are_refused() {
        assert_eq!(Addresses::new(u32::MAX, &[dim(2, 5)], 2), None);
        assert_eq!(Addresses::new(u32::MAX, &[dim(2, 1)], 2), None);
        assert_eq!(Addresses::new(0, &[dim(u32::MAX, 2)], u32::MAX), None);
    }
}
