//! AVX-512 VNNI: four products of u8 and i8, or two of i16, added in 32 bits by one instruction; nothing
//! saturates in between.

use super::avx512::{LANES, WIDTH, f32_tile, widened_tile};
use super::{PANEL, STREAMED_ROWS, Set, avx2, for_each_height};
use std::arch::x86_64::*;

pub(super) static SET: Set = Set {
    f32: for_each_height!(f32_tile),
    widened: for_each_height!(widened_tile),
    int8: for_each_height!(int8_tile),
    int16: for_each_height!(int16_tile),
    bf16: avx2::SET.bf16,
};

/// Bytes that are asked for ahead: what memory delivers while it is waited for. Prefetching beyond a
/// panel's end is harmless, and mostly of use: the next panel follows.
const AHEAD: usize = 8192;

/// # Safety
/// See `Kernel`.
#[target_feature(enable = "avx512f,avx512vnni")]
pub(super) unsafe fn int8_tile<const MR: usize>(
    a: *const u8,
    stride: usize,
    panel: *const i8,
    steps: usize,
    out: *mut i32,
) {
    let mut sums = [[_mm512_setzero_si512(); WIDTH]; MR];
    for k in 0..steps {
        // SAFETY: step k of the panel and four elements of every row are there by the caller's promise.
        unsafe {
            let b = panel.add(k * PANEL * 4);
            if MR <= STREAMED_ROWS {
                for j in 0..WIDTH {
                    _mm_prefetch::<_MM_HINT_T0>(b.wrapping_add(AHEAD + j * LANES * 4));
                }
            }
            let b: [__m512i; WIDTH] = std::array::from_fn(|j| _mm512_load_si512(b.add(j * LANES * 4).cast()));
            for (row, sums) in sums.iter_mut().enumerate() {
                let x = _mm512_set1_epi32(a.add(row * stride + k * 4).cast::<i32>().read_unaligned());
                for (sum, b) in sums.iter_mut().zip(b) {
                    *sum = _mm512_dpbusd_epi32(*sum, x, b);
                }
            }
        }
    }
    // SAFETY: `out` has MR rows of 64.
    unsafe { store::<MR>(&sums, out) };
}

/// # Safety
/// See `Kernel`.
#[target_feature(enable = "avx512f,avx512vnni")]
unsafe fn int16_tile<const MR: usize>(
    a: *const i16,
    stride: usize,
    panel: *const i16,
    steps: usize,
    out: *mut i32,
) {
    let mut sums = [[_mm512_setzero_si512(); WIDTH]; MR];
    for k in 0..steps {
        // SAFETY: step k of the panel and a pair of every row are there by the caller's promise.
        unsafe {
            let b = panel.add(k * PANEL * 2);
            let b: [__m512i; WIDTH] = std::array::from_fn(|j| _mm512_load_si512(b.add(j * LANES * 2).cast()));
            for (row, sums) in sums.iter_mut().enumerate() {
                let x = _mm512_set1_epi32(a.add(row * stride + k * 2).cast::<i32>().read_unaligned());
                for (sum, b) in sums.iter_mut().zip(b) {
                    *sum = _mm512_dpwssd_epi32(*sum, x, b);
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
unsafe fn store<const MR: usize>(sums: &[[__m512i; WIDTH]; MR], out: *mut i32) {
    for (row, sums) in sums.iter().enumerate() {
        for (j, sum) in sums.iter().enumerate() {
            // SAFETY: the caller's promise.
            unsafe { _mm512_storeu_si512(out.add(row * PANEL + j * LANES).cast(), *sum) };
        }
    }
}
