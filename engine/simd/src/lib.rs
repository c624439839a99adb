//! Hark's arithmetic: products with packed matrices, attention, the functions between them and the
//! log-mel spectrum, behind safe functions. It knows nothing of Whisper.
//!
//! **Reduction order.** A sum's order depends on the inner dimension and the instruction set alone: not
//! on the number of rows, their place, or the threads. Integer sums are the same everywhere.

mod aligned;
mod attention;
mod isa;
mod kernels;
mod log_mel;
mod matrix;
mod packed;
pub mod peaks;
mod product;
mod quantise;
mod rows;
mod team;

pub use attention::{AttentionScratch, Grain, HeadKv, HeadRows};
pub use isa::Isa;
pub use log_mel::LogMel;
pub use matrix::{Matrix, MatrixMut};
pub use packed::{Finish, Format, Narrow, Operand, Packed};
pub use product::{dot, multiply, project_rows};
pub use rows::{add, add_bias, gelu, layer_norm, log_sum_exp, softmax};
pub use team::Team;
