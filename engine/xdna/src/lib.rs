//! AMD's NPU behind a safe interface: devices, contexts, kernels, buffers, runs and run lists.
//!
//! The device is reached through the C interface `nx_*` of `shim/nx.h`, in a library that is opened at run time, so
//! that a program built with this crate starts on machines that have no NPU and no runtime for one.

mod generation;
pub mod xclbin;

pub use generation::Generation;
