//! How long kernels take on a core: an estimate, for no hardware measured it.

use super::attention::Attended;
use crate::design::mode;
use crate::txn::Generation;

/// Cycles of each kernel, by what it is asked to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cycles {
    /// Of a product without sums over rows, and of all others.
    pub begin: [u64; 2],
    /// Of other columns' queries, and of its own.
    pub a: [u64; 2],
    /// Without sums over rows, and with them.
    pub ab: [u64; 2],
    /// Of a product: bias alone, then with norm, with GELU, with both.
    pub apply: [u64; 4],
    /// Of attention: a tile that no maximum rises for.
    pub attend: u64,
    /// A row of blocks whose maximum rises.
    pub raise: u64,
    /// A tile in which keys end.
    pub mask: u64,
    /// A tile behind all keys.
    pub nothing: u64,
    /// What goes out as it is, as keys, as values, and of attention.
    pub end: [u64; 4],
}

/// Of a core of this generation.
pub fn of(generation: Generation) -> &'static Cycles {
    static ALL: Cycles = Cycles {
        begin: [1; 2],
        a: [0; 2],
        ab: [0; 2],
        apply: [0; 4],
        attend: 0,
        raise: 0,
        mask: 0,
        nothing: 0,
        end: [0; 4],
    };
    let _ = generation;
    &ALL
}

impl Cycles {
    pub(super) fn begin(&self, mode: u32) -> u64 {
        self.begin[usize::from(mode & (mode::STATISTICS | mode::ATTENTION) != 0)]
    }

    pub(super) fn a(&self, is_mine: bool) -> u64 {
        self.a[usize::from(is_mine)]
    }

    pub(super) fn ab(&self, mode: u32) -> u64 {
        self.ab[usize::from(mode & mode::STATISTICS != 0)]
    }

    pub(super) fn apply(&self, mode: u32) -> u64 {
        let has = |bit| usize::from(mode & bit != 0);
        self.apply[has(mode::NORMALISE) + 2 * has(mode::GELU)]
    }

    pub(super) fn attend(&self, done: Attended) -> u64 {
        if !done.any {
            return self.nothing;
        }
        self.attend + u64::from(done.raised) * self.raise + if done.masked { self.mask } else { 0 }
    }

    pub(super) fn end(&self, mode: u32) -> u64 {
        let order = [mode::KEYS, mode::VALUES, mode::ATTENTION];
        self.end[order.iter().position(|bit| mode & bit != 0).map_or(0, |at| at + 1)]
    }
}
