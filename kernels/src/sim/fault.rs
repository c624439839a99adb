//! What goes wrong in an array, most of which hardware would punish without a word.

use crate::txn::{Channel, RangeError};

/// What went wrong, where and when. The simulator that gave it takes no more launches.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cycle {cycle}, {place}: {fault}")]
pub struct SimError {
    /// Cycles from the launch's beginning.
    pub cycle: u64,
    /// Which tile, channel, core or instruction.
    pub place: String,
    /// What.
    pub fault: Fault,
}

/// What can go wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A graph that no array can be configured to.
    #[error("the design cannot be: {0}")]
    Design(#[from] crate::design::LimitError),
    /// Words that are no instructions.
    #[error("no instruction stream: {0}")]
    Stream(#[from] crate::txn::TxnError),
    /// An instruction that has no meaning for the array as it is.
    #[error("{0} is not what the simulator knows of")]
    Unmodelled(String),
    /// Memory that is read before it was written.
    #[error("{what} is read at byte {byte:#x}, which nobody wrote")]
    Unwritten {
        /// Which buffer or argument.
        what: String,
        /// From the beginning of the tile's memory, or of the argument.
        byte: u64,
    },
    /// Two use memory at the same time, one of which writes.
    #[error("{what} is used while {other} uses it")]
    Race {
        /// Which buffer or argument.
        what: String,
        /// Who else.
        other: String,
    },
    /// Written or read before it is known that an earlier task has written it.
    #[error("argument {argument} is used where {other} writes, and its token was not awaited")]
    Hazard {
        /// Which argument.
        argument: u8,
        /// Who writes.
        other: String,
    },
    /// A fifth task.
    #[error("{0} has 4 tasks, and a fifth is dropped without a word")]
    QueueFull(Channel),
    /// A descriptor that tasks still need.
    #[error("BD {0} is overwritten while a task uses it")]
    DescriptorInUse(u8),
    /// A descriptor that cannot be used.
    #[error("BD {number} is started: {why}")]
    Descriptor {
        /// Which.
        number: u8,
        /// What is wrong with it.
        why: String,
    },
    /// A field's value.
    #[error(transparent)]
    Field(#[from] RangeError),
    /// An argument that the firmware does not translate, or that is not given.
    #[error("argument {argument} is patched in, and {known} are given and translated")]
    Argument {
        /// Which.
        argument: u8,
        /// How many there are.
        known: usize,
    },
    /// An address that is not a word's.
    #[error("{what} begins at byte {byte:#x}, which is not a whole word")]
    Misaligned {
        /// What.
        what: String,
        /// Where.
        byte: u64,
    },
    /// Words behind the end of an argument.
    #[error("words up to {end} of argument {argument}, which has {words}")]
    Outside {
        /// Which.
        argument: u8,
        /// The word behind the last.
        end: u64,
        /// How many there are.
        words: u64,
    },
    /// A lock that counts too far.
    #[error("lock {name} would count to {value}, and 63 is the most")]
    LockOver {
        /// Which.
        name: String,
        /// To what.
        value: u32,
    },
    /// A lock that is set while it still counts something.
    #[error("lock {name} is set to {value} while it counts {was}, which is lost")]
    LockLost {
        /// Which.
        name: String,
        /// To what.
        value: u32,
        /// What it counts.
        was: u32,
    },
    /// A command that replaces one which the core has not read.
    #[error("the command in {buffer} is overwritten before the core has read it")]
    StaleCommand {
        /// In which buffer.
        buffer: String,
    },
    /// A core's program that does what it cannot.
    #[error("the core's program {0}")]
    Program(String),
    /// A kernel that fails.
    #[error("{kernel}: {why}")]
    Kernel {
        /// Which.
        kernel: &'static str,
        /// Why.
        why: String,
    },
    /// A token that reaches nobody.
    #[error("{0} gives a token, and nobody was named who takes it")]
    TokenLost(Channel),
    /// Nothing can happen any more.
    #[error("nothing can go on:\n{0}")]
    Deadlock(String),
    /// More cycles than a launch has.
    #[error("the launch takes more than {0} cycles")]
    TooLong(u64),
    /// What is not as it was before the launch.
    #[error("the launch leaves behind:\n{0}")]
    Leftover(String),
    /// An earlier launch went wrong.
    #[error("an earlier launch went wrong; a new simulator is needed")]
    Broken,
}
