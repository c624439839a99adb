//! AVX-512: six rows of 64 sums fill 24 of the 32 registers.

use super::{PANEL, Set, avx2, for_each_height};
use std::arch::x86_64::*;

pub(super) static SET: Set = Set {
    f32: for_each_height!(f32_tile),
    widened: for_each_height!(widened_tile),
    // Without VNNI the wider registers gain little over AVX2.
    int8: avx2::SET.int8,
    streamed: avx2::SET.streamed,
    int16: avx2::SET.int16,
    bf16: avx2::SET.bf16,
};

/// Values of f32 in a register, and registers to a row of a panel.
pub(super) const LANES: usize = 16;
pub(super) const WIDTH: usize = PANEL / LANES;

/// # Safety
/// See `Kernel`.
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn f32_tile<const MR: usize>(
    a: *const f32,
    stride: usize,
    panel: *const f32,
    steps: usize,
    out: *mut f32,
) {
    let mut sums = [[_mm512_setzero_ps(); WIDTH]; MR];
    for k in 0..steps {
        // SAFETY: step k of the panel and element k of a row are there by the caller's promise.
        unsafe {
            let b = panel.add(k * PANEL);
            let b: [__m512; WIDTH] = std::array::from_fn(|j| _mm512_load_ps(b.add(j * LANES)));
            for (row, sums) in sums.iter_mut().enumerate() {
                let x = _mm512_set1_ps(*a.add(row * stride + k));
                for (sum, b) in sums.iter_mut().zip(b) {
                    *sum = _mm512_fmadd_ps(x, b, *sum);
                }
            }
        }
    }
    // SAFETY: `out` has MR rows of 64.
    unsafe { store::<MR>(&sums, out) };
}

/// # Safety
/// See `Kernel`.
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn widened_tile<const MR: usize>(
    a: *const f32,
    stride: usize,
    panel: *const u16,
    steps: usize,
    out: *mut f32,
) {
    let mut sums = [[_mm512_setzero_ps(); WIDTH]; MR];
    let upper = _mm512_set1_epi32(0xffff_0000_u32 as i32);
    for k in (0..steps).step_by(2) {
        // SAFETY: as above; pairs of the panel are whole, and the second element of the last pair is
        // read from a row only if there is one.
        unsafe {
            let b = panel.add(k * PANEL);
            let b: [__m512i; WIDTH] = std::array::from_fn(|j| _mm512_load_si512(b.add(j * 2 * LANES).cast()));
            let first = b.map(|pairs| _mm512_castsi512_ps(_mm512_slli_epi32(pairs, 16)));
            for (row, sums) in sums.iter_mut().enumerate() {
                let x = _mm512_set1_ps(*a.add(row * stride + k));
                for (sum, b) in sums.iter_mut().zip(first) {
                    *sum = _mm512_fmadd_ps(x, b, *sum);
                }
            }
            if k + 1 == steps {
                break;
            }
            let second = b.map(|pairs| _mm512_castsi512_ps(_mm512_and_si512(pairs, upper)));
            for (row, sums) in sums.iter_mut().enumerate() {
                let x = _mm512_set1_ps(*a.add(row * stride + k + 1));
                for (sum, b) in sums.iter_mut().zip(second) {
                    *sum = _mm512_fmadd_ps(x, b, *sum);
                }
            }
        }
    }
    // SAFETY: `out` has MR rows of 64.
    unsafe { store::<MR>(&sums, out) };
}

/// # Safety
/// `out` has MR rows of 64.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn store<const MR: usize>(sums: &[[__m512; WIDTH]; MR], out: *mut f32) {
    for (row, sums) in sums.iter().enumerate() {
        for (j, sum) in sums.iter().enumerate() {
            // SAFETY: the caller's promise.
            unsafe { _mm512_storeu_ps(out.add(row * PANEL + j * LANES), *sum) };
        }
    }
}
