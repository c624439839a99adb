//! The NPU's kernels (`kernels/cc`), compiled for this machine, against plain loops: each operation of an encoder layer on
//! what really comes by there, and edges; and the simulator's kernels (`hark_kernels::tile`) against them, tile by tile.
//! Both cores (AIE2 and AIE2P) and both ways that they round.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;
mod compiled;
mod cycles;
mod edges;
mod layers;
mod matrix;
mod operations;
mod programs;
mod simulated;
mod streams;
