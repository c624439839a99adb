//! What this machine can do at most, to hold measured speeds against.

use crate::workers::Workers;
use hark_simd::{Isa, peaks};

pub use hark_simd::peaks::Arithmetic;

/// Whether the instruction set in use has an instruction for it, so that its peak says something.
pub fn has(arithmetic: Arithmetic) -> bool {
    match arithmetic {
        Arithmetic::Bf16 => Isa::best().has_bf16_dot(),
        Arithmetic::Int8Matrix => peaks::has_matrices(Isa::best()),
        Arithmetic::F32 | Arithmetic::Int8 | Arithmetic::Int16 => true,
    }
}

/// Multiplies `tiles` tiles that lie in the first-level cache for each of several tasks per thread; the
/// operations done, two per product.
pub fn multiply_add(workers: &Workers, arithmetic: Arithmetic, tiles: usize) -> usize {
    peaks::multiply_add(Isa::best(), workers, arithmetic, tiles)
}

/// Reads all values once on all threads; a checksum of them.
pub fn read(workers: &Workers, values: &[u64]) -> u64 {
    peaks::read(Isa::best(), workers, values)
}
