//! What the channels of a shim are given to do, and which words of the system's memory that touches.

use super::addresses::{Addresses, meet};
use std::sync::Arc;

/// A task of a shim.
pub(super) struct Task {
    pub descriptor: u8,
    /// What it touches, all its runs together.
    pub footprint: Footprint,
    /// First word in the argument, without the iteration's.
    pub base: usize,
    /// Runs that have not begun.
    pub runs: u32,
    /// Whether the channel had nothing to do when it came.
    pub cold: bool,
}

/// Which words of an argument a task touches.
#[derive(Clone)]
pub(super) struct Footprint {
    pub argument: u8,
    pub addresses: Arc<Addresses>,
    /// Where its runs begin, those that differ.
    pub bases: Vec<usize>,
    pub token: bool,
}

impl Footprint {
    /// The first word, and the one behind the last.
    pub fn extent(&self) -> (usize, usize) {
        let (begin, end) = self.addresses.extent();
        let first = self.bases.iter().min().copied().unwrap_or(0);
        let last = self.bases.iter().max().copied().unwrap_or(0);
        (first + begin, last + end)
    }

    fn intervals(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let runs = self.bases.iter();
        runs.flat_map(|base| self.addresses.intervals().map(move |(begin, end)| (base + begin, base + end)))
    }

    /// Whether both touch a word.
    pub fn shares(&self, other: &Self) -> bool {
        let ((begin, end), (other_begin, other_end)) = (self.extent(), other.extent());
        self.argument == other.argument
            && begin < other_end
            && other_begin < end
            && meet(self.intervals(), other.intervals())
    }
}
