//! The encoder on an NPU.

mod encoder;

pub use encoder::{NpuCounters, NpuEncoder, NpuError, NpuLimits};
