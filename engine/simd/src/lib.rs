//! Hark's arithmetic: products with packed matrices, attention, and the functions between them, behind
//! safe functions. It knows nothing of Whisper.
//!
//! **Reduction order.** A sum's order depends on the inner dimension and the instruction set alone: not
//! on the number of rows, their place, or the threads. Integer sums are the same everywhere.

mod aligned;
mod attention;
mod convert;
mod freed;
mod isa;
mod kernels;
mod logarithm;
mod packed;
#[cfg(test)]
mod packed_tests;
pub mod peaks;
mod quantise;
mod rows;
mod small;
mod spectrum;
mod team;
#[cfg(test)]
mod test_values;
mod work;

pub use attention::{AttentionScratch, Grain, HeadKv, HeadPart, HeadRows, Queries, QueriesPart};
pub use convert::{
    all_finite, bf16_to_f32, f16_to_f32, le_to_f32, q4_0_to_f32, q4_1_to_f32, q5_0_to_f32, q5_1_to_f32,
    q8_0_to_f32,
};
pub use freed::give_back_freed_memory;
pub use isa::Isa;
pub use logarithm::log10;
pub use packed::{Finish, Format, Narrow, Operand, Packed};
pub use rows::{add, add_bias, gelu, largest, layer_norm, log_sum_exp, softmax};
pub use small::{Rows64, multiply_small};
pub use spectrum::{powers, weigh};
pub use team::Team;
pub use work::Work;
