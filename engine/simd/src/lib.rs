//! Hark's arithmetic: matrix products, the functions between them and the log-mel spectrum, in f32,
//! behind safe functions.
//!
//! The only crate of the engine that holds `unsafe` arithmetic. Every function here but [`multiply`],
//! which is the `gemm` crate's, gives bit-identical results in every instruction set: one body is
//! compiled for each, without fused multiply-add, and reductions run over a fixed number of lanes.

mod isa;
mod log_mel;
mod matrix;
mod product;
mod rows;

pub use log_mel::LogMel;
pub use matrix::{Matrix, MatrixMut};
pub use product::{dot, multiply, project_rows};
pub use rows::{add, add_bias, gelu, layer_norm, log_sum_exp, softmax};
