//! Kernels that others wrote, counted by the rule by which ours are ([`crate::tile::cycles`]): a measured product says
//! nothing of another kernel's blocks.

use crate::tile::cycles::Loop;
use crate::txn::Generation;

/// Sides of the blocks of AIE2: rows and columns of sums, and the inner length.
const SIDE: u64 = 4;
const DEPTH: u64 = 8;
/// Loads or stores of 32 bytes for a block of values, and for one of sums.
const VALUES: u64 = 2;
const SUMS: u64 = 2;

/// Cycles on XDNA1 of the product of mlir-aie's `aie_kernels/aie2/mm.cc` for a tile of rows, inner length and columns,
/// with results of so many bytes. It has 4 × 4 blocks at once: loads them, takes the first step along the inner length,
/// then all others in a loop that is pipelined, and stores them. Results of 2 bytes are converted in both directions.
pub fn mlir_aie([rows, inner, columns]: [u32; 3], bytes: u32) -> f64 {
    const AT_ONCE: u64 = 4;
    let side = AT_ONCE * SIDE;
    let (down, across) = (u64::from(rows).div_ceil(side), u64::from(columns).div_ceil(side));
    let (groups, steps) = (down * across, u64::from(inner) / DEPTH);
    let (macs, loads) = (AT_ONCE * AT_ONCE, 2 * AT_ONCE * VALUES);
    let sums = AT_ONCE * AT_ONCE * SUMS * u64::from(bytes) / 4;
    let converted = if bytes < 4 { 2 * AT_ONCE * AT_ONCE } else { 0 };
    let group = Loop {
        passes: groups,
        entries: down,
        macs: groups * macs,
        loads: groups * (loads + sums),
        stores: groups * sums,
        conversions: groups * converted,
        ..Loop::default()
    };
    let later = groups * steps.saturating_sub(1);
    let inner = Loop {
        is_pipelined: true,
        passes: later,
        entries: groups,
        macs: later * macs,
        loads: later * loads,
        ..Loop::default()
    };
    sum(&[empty(1), empty(down), group, inner])
}

/// Cycles on XDNA1 of a product whose groups of 4 × 2 blocks are summed in two sets of accumulators in turn, as that of
/// scalable-analyses/xdna, in assembly, and that of `kernels/cc/product.h` are.
pub fn in_turn([rows, inner, columns]: [u32; 3]) -> f64 {
    const DOWN: u64 = 4;
    const ACROSS: u64 = 2;
    let groups = u64::from(rows) / (DOWN * SIDE) * (u64::from(columns) / (ACROSS * SIDE));
    let steps = groups * u64::from(inner) / DEPTH;
    let sums = DOWN * ACROSS * SUMS;
    let pairs = Loop {
        passes: groups / 2,
        entries: 1,
        macs: steps * DOWN * ACROSS,
        loads: steps * (DOWN + ACROSS) * VALUES + groups * sums,
        stores: groups * sums,
        ..Loop::default()
    };
    // The first two groups come before, and the last goes behind.
    let around = Loop { loads: 2 * sums, stores: sums, ..empty(1) };
    sum(&[around, pairs])
}

/// A body that has nothing to do but to begin loops.
fn empty(passes: u64) -> Loop {
    Loop { passes, entries: 1, ..Loop::default() }
}

fn sum(loops: &[Loop]) -> f64 {
    loops.iter().map(|one| one.cycles(Generation::Npu1)).sum::<u64>() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tile::cycles;

    /// What is counted here by hand for any tile is what the emulation counts of ours.
    #[test]
    fn ours_is_counted_alike() {
        assert_eq!(in_turn([64; 3]), cycles::of(Generation::Npu1).ab[0] as f64);
    }

    #[test]
    fn others_load_and_store_sums_between_products() {
        // 16 groups of 112 + 16 and 32 + 16 cycles, 4 rows of them, and the call.
        assert_eq!(mlir_aie([64; 3], 4), 16.0 * 176.0 + 5.0 * 16.0);
        // 16 products and 32 conversions do not overlap.
        assert_eq!(mlir_aie([64; 3], 2), 16.0 * 192.0 + 5.0 * 16.0);
        assert_eq!(mlir_aie([64, 64, 32], 4), 8.0 * 176.0 + 5.0 * 16.0);
    }
}
