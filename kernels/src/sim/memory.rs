//! Memory of tiles and of the system, and what it holds that nobody wrote.

use crate::runtime::POISON;
use std::sync::atomic::{AtomicU32, Ordering};

/// So many bytes that nobody wrote.
pub(super) fn unwritten(bytes: u32) -> Vec<u8> {
    POISON.to_le_bytes().repeat(bytes as usize / 4)
}

/// The first of these words that nobody wrote.
pub(super) fn find_unwritten(words: &[u32]) -> Option<usize> {
    words.iter().position(|word| *word == POISON)
}

/// The first word of these bytes that nobody wrote.
pub(super) fn find_unwritten_in(bytes: &[u8]) -> Option<usize> {
    bytes.as_chunks().0.iter().position(|word| u32::from_le_bytes(*word) == POISON)
}

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
