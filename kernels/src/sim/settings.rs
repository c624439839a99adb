//! What time is counted with, and how finely.

use crate::constants::Constants;
use crate::txn::Device;

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

/// Cycles of the array that things take besides words on streams and kernels: by [`Constants`], which say where they
/// are from, but for `sync`, `patch`, `statement` and `call`, which are estimates.
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
    /// Those of a device, whose controller may have another clock than its array.
    pub fn of(constants: &Constants) -> Self {
        let slower = constants.clock.value / constants.control.value;
        let cycles = |cycles: f64| (cycles * slower) as u64;
        // A block has a register's cost, and its words' on top.
        let block_word = (constants.write_block.value - constants.write.value) / 8.0;
        Self {
            write: cycles(constants.write.value),
            mask_write: cycles(constants.write_masked.value),
            block_word: cycles(block_word.ceil()),
            patch: cycles(PATCH),
            sync: cycles(constants.write.value),
            dispatch_idle: cycles(constants.start_idle.value),
            dispatch_busy: cycles(constants.start_queued.value),
            first_read: cycles(constants.first_in.value),
            first_write: cycles(constants.first_out.value),
            task_read: cycles(constants.task_in.value),
            task_write: cycles(constants.task_out.value),
            statement: 6,
            call: 10,
        }
    }

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
    /// Words that a shim's channel gets from the system's memory in a cycle, and those that it gives.
    pub shim_words: [f64; 2],
    /// Words that all shims together get from and to the system's memory in a cycle.
    pub memory_words: f64,
    /// Cycles of the array in a second.
    pub hertz: u64,
    /// Cycles that a launch may take.
    pub limit: u64,
}

/// Cycles of the controller for patching an address in.
const PATCH: f64 = 200.0;
/// What the driver gives a command before it resets the device, in seconds.
const WATCHDOG: u64 = 2;

impl Settings {
    /// Those of a device as far as they are known.
    pub fn new(device: &Device, speed: Speed) -> Self {
        let constants = Constants::of(device.generation);
        let hertz = constants.clock.value;
        Self {
            speed,
            costs: Costs::of(&constants),
            shim_words: [constants.shim_in.value, constants.shim_out.value],
            memory_words: constants.memory.value / 4.0 / hertz,
            hertz: hertz as u64,
            limit: WATCHDOG * hertz as u64,
        }
    }
}
