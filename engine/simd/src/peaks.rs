//! What this machine can do at most: arithmetic with nothing to wait for, and reading with nothing to
//! compute. Callers time these functions.

use crate::aligned::{Aligned, Plain};
use crate::isa::{Isa, dispatched};
use crate::kernels::{self, BLOCK_ROWS, Left, PAIR, PANEL, QUAD, TILE_ROWS, Tile};
use crate::team::Team;
use std::hint::black_box;
use std::sync::OnceLock;
use std::time::Instant;

/// What is multiplied and added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// f32, in fused multiply-adds where there are some.
    F32,
    /// Dot products of 8-bit integers.
    Int8,
    /// Products of matrices of 8-bit integers, where the CPU has them ([`has_matrices`]).
    Int8Matrix,
    /// Dot products of 16-bit integers.
    Int16,
    /// Dot products of bf16.
    Bf16,
}

/// Steps of a tile: its operands fill 26 KB and so stay in the smallest first-level cache there is.
const STEPS: usize = 96;
/// Tasks for each thread, so that none waits long for the last one.
const TASKS: usize = 16;
/// Values that one task reads at a time: 2 MB.
const STRETCH: usize = 1 << 18;

/// Multiplies tiles that lie in the first-level cache, sums in registers, `tiles` for each task of every
/// thread; the operations done, two per product.
pub fn multiply_add(isa: Isa, team: &Team, arithmetic: Arithmetic, tiles: usize) -> usize {
    let tasks = TASKS * team.threads();
    let products = match arithmetic {
        Arithmetic::F32 => {
            team.indices(tasks, |_| {
                repeat::<_, _, _, TILE_ROWS>(tiles, 1, |a, b, out| kernels::tile_f32(isa, a, b, STEPS, out));
            });
            STEPS * TILE_ROWS
        }
        Arithmetic::Int8 => {
            team.indices(tasks, |_| {
                repeat::<_, _, _, TILE_ROWS>(tiles, QUAD, |a, b, out| {
                    kernels::tile_int8(isa, a, b, STEPS, out);
                });
            });
            STEPS * QUAD * TILE_ROWS
        }
        Arithmetic::Int8Matrix => {
            team.indices(tasks, |_| {
                repeat::<_, _, _, BLOCK_ROWS>(tiles, QUAD, |a, b, out| {
                    kernels::tile_int8(isa, a, b, STEPS, out);
                });
            });
            STEPS * QUAD * BLOCK_ROWS
        }
        Arithmetic::Int16 => {
            team.indices(tasks, |_| {
                repeat::<_, _, _, TILE_ROWS>(tiles, PAIR, |a, b, out| {
                    kernels::tile_int16(isa, a, b, STEPS, out);
                });
            });
            STEPS * PAIR * TILE_ROWS
        }
        Arithmetic::Bf16 => {
            team.indices(tasks, |_| {
                repeat::<_, _, _, TILE_ROWS>(tiles, PAIR, |a, b, out| {
                    kernels::tile_bf16(isa, a, b, STEPS, out);
                });
            });
            STEPS * PAIR * TILE_ROWS
        }
    };
    2 * products * PANEL * tiles * tasks
}

/// Calls `tile` with operands of zeros, of which a step takes `group` values per row and column.
fn repeat<A: Plain, B: Plain, C: Copy + Default, const ROWS: usize>(
    tiles: usize,
    group: usize,
    tile: impl Fn(Left<'_, A>, &[B], &mut Tile<C, ROWS>),
) {
    let width = STEPS * group;
    let (rows, panel) = (Aligned::zeroed(ROWS * width), Aligned::zeroed(PANEL * width));
    let mut out = Tile::new();
    for _ in 0..tiles {
        tile(Left::new(black_box(&rows), width, ROWS), &panel, &mut out);
    }
    black_box(&out.0);
}

/// Whether this CPU multiplies matrices of 8-bit integers.
pub fn has_matrices(isa: Isa) -> bool {
    kernels::takes_blocks(isa, STEPS)
}

/// Whether dot products of bf16 pay on this CPU: some have the instructions at half the speed of f32,
/// others at twice, and no flag tells. Measured once, in about a millisecond.
pub fn bf16_dot_pays(isa: Isa) -> bool {
    /// How much faster they must be, so that chance never decides.
    const GAIN: f64 = 1.25;
    const ATTEMPTS: usize = 12;
    static PAYS: OnceLock<bool> = OnceLock::new();
    if !isa.has_bf16_dot() {
        return false;
    }
    *PAYS.get_or_init(|| {
        let team = Team::new(1);
        let rate = |arithmetic| {
            let attempt = |_| {
                let start = Instant::now();
                multiply_add(isa, &team, arithmetic, 4) as f64 / start.elapsed().as_secs_f64()
            };
            (0..ATTEMPTS).map(attempt).fold(0.0, f64::max)
        };
        rate(Arithmetic::Bf16) > GAIN * rate(Arithmetic::F32)
    })
}

/// Reads all of `values` once, shared among the team, and keeps nothing but a checksum.
pub fn read(isa: Isa, team: &Team, values: &[u64]) -> u64 {
    let sums = std::sync::atomic::AtomicU64::new(0);
    team.indices(values.len().div_ceil(STRETCH), |i| {
        let stretch = &values[i * STRETCH..][..STRETCH.min(values.len() - i * STRETCH)];
        sums.fetch_add(sum(isa, stretch), std::sync::atomic::Ordering::Relaxed);
    });
    sums.into_inner()
}

#[inline(always)]
fn sum_body(values: &[u64]) -> u64 {
    values.iter().fold(0, |sum, value| sum.wrapping_add(*value))
}

dispatched! { fn sum(values: &[u64]) -> u64 = sum_body }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_read_once_whatever_the_instructions() {
        let values: Vec<u64> = (0..STRETCH as u64 * 2 + 77).map(|i| i.wrapping_mul(i << 40 | 1)).collect();
        let expected = values.iter().fold(0u64, |sum, value| sum.wrapping_add(*value));
        for isa in Isa::all() {
            for threads in [1, 3] {
                assert_eq!(read(isa, &Team::new(threads), &values), expected, "{isa}, {threads} threads");
            }
        }
        assert_eq!(read(Isa::best(), &Team::new(2), &[]), 0);
    }

    #[test]
    fn operations_are_two_per_product() {
        let team = Team::new(2);
        let table =
            [(Arithmetic::F32, 1), (Arithmetic::Int8, 4), (Arithmetic::Int16, 2), (Arithmetic::Bf16, 2)];
        for isa in Isa::all() {
            for (arithmetic, group) in table {
                let expected = 2 * 6 * 64 * 96 * group * 16 * 2 * 3;
                assert_eq!(multiply_add(isa, &team, arithmetic, 3), expected, "{isa}, {arithmetic:?}");
            }
        }
    }
}
