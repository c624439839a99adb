//! Cycles of a call of each kernel, as estimated from their source before any compiler saw it.

use super::constants::Constants;
use super::operation::Changes;
use crate::design::graph::Kernel;
use crate::design::mode;
use crate::txn::Generation;

/// The share of the multiplier's peak that is expected within a product.
///
/// Others' kernels reach up to 0.8 (Xilinx/mlir-aie issue 2735); a core's product of 512 × 512 × 512 took 1.52 ms
/// (nod-ai/iree-amd-aie issue 1198), which is 0.69 at 1 GHz.
const REACHED: f64 = 0.6;

/// Products of a call: a tile of 64 × 64 × 64, or 64 queries with 32 keys and with 32 values.
const PRODUCTS: f64 = 64.0 * 64.0 * 64.0;

/// Cycles of a call, with what the core's program does between two.
pub fn cycles(generation: Generation, kernel: Kernel, mode: u32, changes: &Changes) -> f64 {
    // A vector holds 16 or 32 values of a tile's 4096.
    let (vectors, wide) = match generation {
        Generation::Npu1 => (256.0, false),
        Generation::Npu2 => (128.0, true),
    };
    let has = |bit: u32| mode & bit != 0;
    let product = PRODUCTS
        / 128.0
        / if changes.best_kernels { Constants::of(generation).reached.value } else { REACHED };
    let exponential = if wide { 17.0 } else { 30.0 } / if changes.fast_exponentials { 2.0 } else { 1.0 };
    let work = match kernel {
        Kernel::Begin => vectors * 2.0,
        Kernel::A => vectors,
        Kernel::AB if has(mode::STATISTICS) => product + 600.0,
        Kernel::AB => product,
        // 30 and 17 cycles for an exponential of 16 values with its maximum and sum; XDNA2 has a unit for it.
        Kernel::B if has(mode::ATTENTION) => product + 64.0 * 32.0 / 16.0 * exponential,
        Kernel::B => {
            let each = 4.0
                + if has(mode::NORMALISE) { 16.0 } else { 0.0 }
                + if has(mode::GELU) { 40.0 } else { 0.0 };
            vectors * each
        }
        Kernel::End if has(mode::ATTENTION) => vectors * 15.0,
        Kernel::End => vectors * 3.0,
    };
    BETWEEN + work
}

/// Cycles of a core's program for a call: locks, the loop, the call itself.
pub const BETWEEN: f64 = 40.0;
