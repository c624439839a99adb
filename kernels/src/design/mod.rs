//! The design, described once: what the array is before the first launch, and what each launch asks of it.
//!
//! A [`graph::Graph`] is the static part: memories, locks, DMA chains, routes and the cores' programs. The MLIR text
//! and the simulator's graph are made from it. [`resident()`] is ours, and an [`encoder::Program`] what runs on it.

mod command;
pub mod encoder;
pub mod graph;
mod limits;
#[cfg(test)]
mod limits_tests;
mod report;
mod resident;
pub mod tiles;
mod walk;

pub use command::{Command, mode};
pub use limits::{Limit, LimitError};
pub use report::{Report, Share, TileUse};
pub use resident::{Control, ROWS, TOKEN, Tiles, control, resident};
