//! How long kernels take on a core: an estimate from what the emulation of `kernels/cc/host` counts, for no hardware
//! measured it.
//!
//! **The rule.** An instruction has two loads, one store, one operation on vectors and one move, all at once (AMD's AI
//! Engine-ML Kernel and Graph Programming Guide UG1603, "Architecture Overview"). Of a loop that the compiler
//! pipelines, a pass takes as many cycles as its busiest unit has to do; every time it is begun, [`FILL`] more. What is
//! not pipelined takes operations and moves one after the other, since they wait for each other, loads and stores
//! beside that, and [`FILL`] more for latencies and the jump, which has five delay slots.
//!
//! | unit | does |
//! |---|---|
//! | vectors | products of 4×8×4 or as many, sums, comparisons, selections, permutations; on XDNA2 powers of 16 lanes |
//! | moves | conversions between formats |
//! | loads | two a cycle: of 32 bytes, on XDNA2 64; on XDNA1 four look-ups take two cycles of both, for the tables share a bank |
//! | store | one a cycle, of 32 bytes, on XDNA2 64 |
//!
//! A product whose sums come and go beside it is not taken to be pipelined: each turn of its loop pays [`FILL`]. One of
//! that kind, written in assembly, takes 296 cycles on hardware where this rule says 352 (`cost::points`); what a compiler
//! makes of ours is not known.
//!
//! It takes A and B to lie in different banks, and leaves out what DMA does to banks at the same time (a word a cycle
//! and stream), and whatever the compiler does not do as well as it could.

use super::attention::Attended;
use crate::design::mode;
use crate::txn::Generation;

/// Cycles from a loop's first load to its first store: 5 or more for a load, 4 or more for a product, and conversions.
pub const FILL: u64 = 16;

/// What the passes through a loop's body, without loops in it, have to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loop {
    /// Whether passes overlap.
    pub is_pipelined: bool,
    /// How often it is gone through.
    pub passes: u64,
    /// How often it is begun.
    pub entries: u64,
    /// Of all passes: issues of the multiplier.
    pub macs: u64,
    /// Loads of 32 bytes.
    pub loads: u64,
    /// Stores of 32 bytes.
    pub stores: u64,
    /// Between formats.
    pub conversions: u64,
    /// Lanes that are looked up or raised to a power.
    pub lookups: u64,
    /// Other operations on vectors.
    pub others: u64,
}

impl Loop {
    /// Cycles by the rule above.
    pub fn cycles(&self, generation: Generation) -> u64 {
        let (width, looked_up, powers) = match generation {
            Generation::Npu1 => (1, self.lookups.div_ceil(4) * 2, 0),
            Generation::Npu2 => (2, 0, self.lookups.div_ceil(16)),
        };
        let vectors = self.macs + self.others + powers;
        let loads = self.loads.div_ceil(2 * width) + looked_up;
        let beside = loads.max(self.stores.div_ceil(width));
        let (busiest, filled) = if self.is_pipelined {
            (vectors.max(self.conversions).max(beside), self.entries)
        } else {
            ((vectors + self.conversions).max(beside), self.passes)
        };
        busiest.div_ceil(self.passes.max(1)) * self.passes + FILL * filled
    }
}

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
    /// On top of that, a row of blocks whose maximum rises.
    pub raise: u64,
    /// On top of that, the end of the keys.
    pub mask: u64,
    /// A tile behind all keys.
    pub nothing: u64,
    /// What goes out as it is, as keys, as values, and of attention.
    pub end: [u64; 4],
}

/// Of a core of this generation, as a test finds them with the emulation.
pub const fn of(generation: Generation) -> Cycles {
    match generation {
        Generation::Npu1 => Cycles {
            begin: [544, 608],
            a: [16, 288],
            ab: [2336, 2848],
            apply: [1040, 5600, 9744, 14560],
            attend: 5232,
            raise: 136,
            mask: 640,
            nothing: 16,
            end: [288, 784, 528, 3776],
        },
        Generation::Npu2 => Cycles {
            begin: [288, 320],
            a: [16, 160],
            ab: [2832, 3216],
            apply: [528, 4152, 7568, 11192],
            attend: 4272,
            raise: 256,
            mask: 640,
            nothing: 16,
            end: [288, 528, 288, 2736],
        },
    }
}

impl Cycles {
    /// Of `hark_begin` in this mode.
    pub fn begin(&self, mode: u32) -> u64 {
        self.begin[usize::from(mode & (mode::STATISTICS | mode::ATTENTION) != 0)]
    }

    /// Of `hark_a`.
    pub fn a(&self, is_mine: bool) -> u64 {
        self.a[usize::from(is_mine)]
    }

    /// Of `hark_ab` in this mode.
    pub fn ab(&self, mode: u32) -> u64 {
        self.ab[usize::from(mode & mode::STATISTICS != 0)]
    }

    /// Of `hark_b` in this mode, which is not that of attention.
    pub fn apply(&self, mode: u32) -> u64 {
        let has = |bit| usize::from(mode & bit != 0);
        self.apply[has(mode::NORMALISE) + 2 * has(mode::GELU)]
    }

    /// Of `hark_b` in attention.
    pub fn attend(&self, done: Attended) -> u64 {
        if !done.any {
            return self.nothing;
        }
        self.attend + u64::from(done.raised) * self.raise + if done.masked { self.mask } else { 0 }
    }

    /// Of `hark_end` in this mode.
    pub fn end(&self, mode: u32) -> u64 {
        let order = [mode::KEYS, mode::VALUES, mode::ATTENTION];
        self.end[order.iter().position(|bit| mode & bit != 0).map_or(0, |at| at + 1)]
    }
}
