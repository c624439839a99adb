//! What a launch took.

use crate::design::graph::At;
use crate::txn::Channel;

/// What a launch took. Everything is simulated device time; what the host does before and after is not in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Until the last instruction was done; rough where [`super::Speed::Functional`].
    pub cycles: u64,
    /// When each instruction was done.
    pub done: Vec<u64>,
    /// Channels that moved something.
    pub channels: Vec<ChannelLoad>,
    /// All cores.
    pub cores: Vec<CoreLoad>,
    /// Locks that somebody waited for.
    pub locks: Vec<LockWait>,
}

/// What a DMA channel did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelLoad {
    /// Of which tile.
    pub at: At,
    /// Which.
    pub channel: Channel,
    /// Bytes that it moved.
    pub bytes: u64,
    /// Cycles that they take at 4 bytes a cycle.
    pub busy: u64,
}

/// What a core did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoreLoad {
    /// Which.
    pub at: At,
    /// Calls of kernels.
    pub calls: u64,
    /// Cycles in kernels.
    pub busy: u64,
}

/// How long somebody waited for a lock, all who waited together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockWait {
    /// Of which tile.
    pub at: At,
    /// Its name.
    pub name: String,
    /// Cycles.
    pub cycles: u64,
}

impl Outcome {
    /// Bytes that the shims read and wrote.
    pub fn bytes_of_memory(&self) -> u64 {
        self.channels.iter().filter(|channel| channel.at.row == 0).map(|channel| channel.bytes).sum()
    }

    /// Bytes that all channels moved: those of a hop count at both of its ends.
    pub fn bytes(&self) -> u64 {
        self.channels.iter().map(|channel| channel.bytes).sum()
    }

    /// Calls of kernels on all cores.
    pub fn calls(&self) -> u64 {
        self.cores.iter().map(|core| core.calls).sum()
    }
}
