//! Memory of tiles and of the system, and what it holds that nobody wrote.

use crate::runtime::POISON;
use std::sync::atomic::{AtomicU32, Ordering};

/// So many bytes that nobody wrote.
pub(super) fn unwritten(bytes: u32) -> Vec<u8> {
    POISON.to_le_bytes().repeat(bytes as usize / 4)
}

/// The first of these words that nobody wrote.
pub(super) fn find_unwritten(words: &[u32]) -> Option<usize> {
    // Without a way out of the middle, so that it becomes a few vectors.
    let here = |words: &[u32]| words.iter().fold(false, |found, word| found | (*word == POISON));
    let (chunks, rest) = words.as_chunks::<AT_ONCE>();
    let some = chunks.iter().any(|chunk| here(chunk)) || here(rest);
    some.then(|| words.iter().position(|word| *word == POISON)).flatten()
}

/// The first word of these bytes that nobody wrote.
pub(super) fn find_unwritten_in(bytes: &[u8]) -> Option<usize> {
    let mut words = [0; AT_ONCE];
    bytes.chunks(AT_ONCE * 4).enumerate().find_map(|(chunk, bytes)| {
        let words = &mut words[..bytes.len() / 4];
        bytes.load(0, words);
        find_unwritten(words).map(|at| chunk * AT_ONCE + at)
    })
}

/// Words that are looked at together.
const AT_ONCE: usize = 64;

/// Words that can be read.
pub(super) trait Memory {
    fn load(&self, at: usize, out: &mut [u32]);
}

/// Words that can be written.
pub(super) trait MemoryMut {
    fn store(&mut self, at: usize, data: &[u32]);
}

impl Memory for [u8] {
    #[inline]
    fn load(&self, at: usize, out: &mut [u32]) {
        let bytes = &self[at * 4..][..out.len() * 4];
        for (out, word) in out.iter_mut().zip(bytes.as_chunks().0) {
            *out = u32::from_le_bytes(*word);
        }
    }
}

impl Memory for [AtomicU32] {
    #[inline]
    fn load(&self, at: usize, out: &mut [u32]) {
        let words = &self[at..][..out.len()];
        for (out, word) in out.iter_mut().zip(words) {
            *out = word.load(Ordering::Relaxed);
        }
    }
}

impl MemoryMut for &mut [u8] {
    #[inline]
    fn store(&mut self, at: usize, data: &[u32]) {
        let bytes = &mut self[at * 4..][..data.len() * 4];
        for (word, data) in bytes.as_chunks_mut().0.iter_mut().zip(data) {
            *word = data.to_le_bytes();
        }
    }
}

impl MemoryMut for &[AtomicU32] {
    #[inline]
    fn store(&mut self, at: usize, data: &[u32]) {
        for (word, data) in self[at..][..data.len()].iter().zip(data) {
            word.store(*data, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_wrote_is_found_wherever_it_is() {
        for len in [1, 63, 64, 65, 200] {
            let written = vec![1u32; len];
            assert_eq!(find_unwritten(&written), None);
            for at in 0..len {
                let mut words = written.clone();
                words[at] = POISON;
                let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
                assert_eq!((find_unwritten(&words), find_unwritten_in(&bytes)), (Some(at), Some(at)));
            }
        }
        assert_eq!(find_unwritten_in(&unwritten(8)), Some(0));
    }
}
