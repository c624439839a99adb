//! What time is counted with, and how finely.

use crate::txn::{Device, Generation};

/// How finely words on streams are followed. Order, locks and memories are the same in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speed {
    /// As many words at once as both ends have ready: times are rough where streams compete for memory.
    Functional,
    /// So many words at once.
    Timed {
        /// At least one.
        block: u32,
    },
}

impl Speed {
    /// Fine enough for times of whole operations.
    pub const TIMED: Self = Self::Timed { block: 256 };

    pub(super) const fn block(self) -> u32 {
        match self {
            Self::Functional => u32::MAX,
            Self::Timed { block: 0 } => 1,
            Self::Timed { block } => block,
        }
    }
}

/// Cycles that things take besides words on streams (4 bytes a cycle) and kernels. Those of [`Costs::MEASURED`] are
/// measurements on an XDNA1 that the project xdna-emu published (control path, 2026-05-04; dispatch and first access,
/// 2026-05-27), but for `sync`, `patch`, `statement` and `call`, which are estimates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Costs {
    /// The controller writes a register.
    pub write: u64,
    /// It changes bits of one.
    pub mask_write: u64,
    /// It writes a word of a block, over `write`.
    pub block_word: u64,
    /// It patches an address in.
    pub patch: u64,
    /// It looks for a token.
    pub sync: u64,
    /// From one task to the next that any channel is given, if the first found its channel idle.
    pub dispatch_idle: u64,
    /// The same, if that channel was busy.
    pub dispatch_busy: u64,
    /// An idle channel's first read of the system's memory.
    pub first_read: u64,
    /// Its first write.
    pub first_write: u64,
    /// Each task that reads.
    pub task_read: u64,
    /// Each task that writes.
    pub task_write: u64,
    /// A statement of a core's program: a lock, a turn of a loop.
    pub statement: u64,
    /// A kernel's call, over what it takes itself.
    pub call: u64,
}

impl Costs {
    /// As they were measured, where they were.
    pub const MEASURED: Self = Self {
        write: 100,
        mask_write: 210,
        block_word: 13,
        patch: 200,
        sync: 100,
        dispatch_idle: 3050,
        dispatch_busy: 520,
        first_read: 1330,
        first_write: 341,
        task_read: 325,
        task_write: 179,
        statement: 6,
        call: 10,
    };
    /// Nothing but words and kernels.
    pub const NONE: Self = Self {
        write: 0,
        mask_write: 0,
        block_word: 0,
        patch: 0,
        sync: 0,
        dispatch_idle: 0,
        dispatch_busy: 0,
        first_read: 0,
        first_write: 0,
        task_read: 0,
        task_write: 0,
        statement: 0,
        call: 0,
    };
}

/// How a [`super::Simulator`] works.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// How finely.
    pub speed: Speed,
    /// What takes how long.
    pub costs: Costs,
    /// Words that all shims together get from and to the system's memory in a cycle.
    pub memory_words: f64,
    /// Cycles of the array in a second.
    pub hertz: u64,
    /// Cycles that a launch may take.
    pub limit: u64,
}

/// What the driver gives a command before it resets the device, in seconds.
const WATCHDOG: u64 = 2;

impl Settings {
    /// Usual ones for a device: 1.0 GHz and 20 GB/s for XDNA1, 1.8 GHz and 50 GB/s for XDNA2.
    pub fn new(device: &Device, speed: Speed) -> Self {
        let (hertz, bytes_a_second) = match device.generation {
            Generation::Npu1 => (1_000_000_000, 20e9),
            Generation::Npu2 => (1_800_000_000, 50e9),
        };
        let memory_words = bytes_a_second / 4.0 / hertz as f64;
        Self { speed, costs: Costs::MEASURED, memory_words, hertz, limit: WATCHDOG * hertz }
    }
}
