//! A simulator of the NPU's array: every byte of its memories, its DMA channels, locks, streams, cores and controller,
//! in the order of events. It knows a design's static graph and instruction words, and nothing of who made them.
//!
//! What hardware would punish with a wrong result or a hang is an error that says where and why: memory read before
//! it was written, two who use memory at once, full queues, descriptors in use, deadlocks with who waits for whom, and
//! whatever a launch leaves behind. Cores call [`Kernels`].
//!
//! Times are in cycles of the array's clock: 4 bytes a cycle on each stream, the controller's and the tasks' costs by
//! [`Costs`], kernels as they say. Streams have no memory of their own here, and only circuit-switched ones are known.
//!
//! Sources: AMD AM020 and AM025; mlir-aie's target model; costs as [`Costs`] says.

mod addresses;
mod array;
mod build;
mod controller;

mod device;
mod dma;
mod fault;
mod flow;
mod kernels;
mod memory;
mod outcome;
mod parts;
mod processor;
mod program;
mod report;
mod settings;
mod shim;
mod simulator;
mod tasks;
#[cfg(test)]
mod tests;
mod trial;
mod uses;

pub use device::Simulated;
pub use fault::{Fault, SimError};
pub use kernels::Kernels;
pub use outcome::{ChannelLoad, CoreLoad, LockWait, Outcome};
pub use settings::{Costs, Settings, Speed};
pub use simulator::Simulator;
pub use trial::{Launched, Trial, TrialError};
