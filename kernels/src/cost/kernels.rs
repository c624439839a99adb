//! Cycles of an output tile's parts in a core, from those of the kernels' calls.

use super::changes::Changes;
use crate::constants::Constants;
use crate::design::{Command, mode};
use crate::tile::cycles;
use crate::txn::Generation;

/// Cycles of a core's program for a call: locks, the loop, the call itself. As the simulator has them by default.
pub const BETWEEN: f64 = 40.0;

/// Products of a call: a tile of 64 × 64 × 64, or 64 queries with 32 keys and with 32 values.
pub const PRODUCTS: f64 = 64.0 * 64.0 * 64.0;

/// Keys in a tile of B.
const KEYS: u32 = 32;
/// How often the power of two rises that a query's numerators are over, the first time of all queries together. It is a
/// guess: scores are some units apart, and each whole unit counts.
const RISES: u32 = 3;
/// Rows of a tile.
const SIDE: u32 = 64;

/// Cycles of an output tile's parts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parts {
    /// Before and after tiles come in.
    pub fixed: f64,
    /// With tiles of A alone, of A and B, of B alone, and those of a residual.
    pub phases: [f64; 4],
}

/// Of the first output tile of a row of tiles, or of another.
pub fn parts(generation: Generation, command: &Command, is_first: bool, changes: &Changes) -> Parts {
    let kernels = changed(generation, changes);
    let has = |bit: u32| usize::from(command.mode & bit != 0);
    let cycles = |cycles: u64| cycles as f64 + BETWEEN;
    let [a, ab, b, residual] = [command.a, command.ab, command.b, command.residual].map(f64::from);
    let sums = if is_first { has(mode::STATISTICS) } else { 0 };
    let begin = kernels.begin[sums.max(has(mode::ATTENTION))];
    let order = [mode::KEYS, mode::VALUES, mode::ATTENTION];
    let end = kernels.end[order.iter().position(|bit| command.mode & bit != 0).map_or(0, |at| at + 1)];
    // Of tiles of A that come alone, one is the core's own.
    let queries = if command.a > 0 { cycles(kernels.a[1]) + (a - 1.0) * cycles(kernels.a[0]) } else { 0.0 };
    let alone = if has(mode::ATTENTION) == 1 {
        attention(generation, &kernels, command)
    } else {
        b * cycles(kernels.apply[has(mode::NORMALISE) + 2 * has(mode::GELU)])
    };
    let added = match command.residual {
        0 => 0.0,
        // A copy's, with sums that come and go.
        _ if changes.added_residual => {
            cycles(2 * kernels.a[1] + kernels.begin[0]) + (residual - 1.0) * cycles(kernels.a[0])
        }
        // The other columns' tiles pass without a call.
        _ => cycles(kernels.ab[0]) + (residual - 1.0) * BETWEEN,
    };
    Parts {
        fixed: cycles(begin) + cycles(end),
        phases: [queries, ab * cycles(kernels.ab[sums]), alone, added],
    }
}

/// Rows of blocks in a tile.
pub const fn row_blocks(generation: Generation) -> u32 {
    match generation {
        Generation::Npu1 => 16,
        Generation::Npu2 => 8,
    }
}

/// Tiles of B for which some query of a row of blocks has a power that rises.
pub const fn rises(generation: Generation) -> u32 {
    1 + (RISES - 1) * SIDE / row_blocks(generation)
}

/// All keys of an output tile.
fn attention(generation: Generation, kernels: &cycles::Cycles, command: &Command) -> f64 {
    let with_keys = command.keys.div_ceil(KEYS).min(command.b);
    let rises = rises(generation).min(with_keys) * row_blocks(generation);
    let masked = u32::from(!command.keys.is_multiple_of(KEYS));
    f64::from(command.b) * BETWEEN
        + f64::from(with_keys) * kernels.attend as f64
        + f64::from(command.b - with_keys) * kernels.nothing as f64
        + f64::from(rises) * kernels.raise as f64
        + f64::from(masked) * kernels.mask as f64
}

/// The kernels' cycles with changes.
fn changed(generation: Generation, changes: &Changes) -> cycles::Cycles {
    let mut kernels = cycles::of(generation);
    let constants = Constants::of(generation);
    let slow = (PRODUCTS / (constants.products.value * constants.reached.value)) as u64;
    let product = kernels.ab[0];
    if changes.fast_exponentials {
        kernels.attend -= kernels.attend.saturating_sub(product) / 2;
    }
    if changes.slow_products {
        let lost = slow.saturating_sub(product);
        kernels.ab = kernels.ab.map(|cycles| cycles + lost);
    }
    if changes.fast_epilogue {
        kernels.apply = kernels.apply.map(|cycles| cycles / 2);
    }
    kernels
}
