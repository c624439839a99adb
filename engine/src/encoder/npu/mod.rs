//! The encoder on an NPU.

mod encoder;

pub use encoder::{NpuContext, NpuCounters, NpuDevice, NpuEncoder, NpuError, NpuLimits};
