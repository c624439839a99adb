//! Hark's arithmetic: matrix products and the functions between them, in f32, behind safe functions.
//!
//! The only crate of the engine that holds `unsafe` arithmetic. Every function here but [`multiply`],
//! which is the `gemm` crate's, gives bit-identical results in every instruction set: one body is
//! compiled for each, without fused multiply-add, and reductions run over a fixed number of lanes.

mod convert;
mod isa;
mod matrix;
mod product;
mod rows;

pub use convert::{
    all_finite, bf16_to_f32, f16_to_f32, le_to_f32, q4_0_to_f32, q4_1_to_f32, q5_0_to_f32, q5_1_to_f32,
    q8_0_to_f32,
};
pub use matrix::{Matrix, MatrixMut};
pub use product::{dot, multiply, project_rows};
pub use rows::{add, add_bias, gelu, layer_norm, log_sum_exp, softmax};
