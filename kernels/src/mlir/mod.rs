//! The design as text for the compiler that makes a device's program of it: MLIR, in the dialect of mlir-aie 1.3.4.

pub mod check;
