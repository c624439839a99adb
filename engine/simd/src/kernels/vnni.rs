//! AVX-512 VNNI: four products of u8 and i8, or two of i16, added in 32 bits by one instruction; nothing
//! saturates in between.

use super::avx512::{LANES, WIDTH, f32_tile, widened_tile};
use super::{PANEL, Set, avx2, for_each_height, streamed};
use std::arch::x86_64::*;

pub(super) static SET: Set = Set {
    f32: for_each_height!(f32_tile),
    widened: for_each_height!(widened_tile),
    // Six rows of 64 sums fill 24 of the 32 registers; more rows take half of the columns at a time.
    int8: [
        int8_tile::<1, WIDTH>,
        int8_tile::<2, WIDTH>,
        int8_tile::<3, WIDTH>,
        int8_tile::<4, WIDTH>,
        int8_tile::<5, WIDTH>,
        int8_tile::<6, WIDTH>,
        int8_tile::<7, HALF>,
        int8_tile::<8, HALF>,
    ],
    int16: for_each_height!(int16_tile),
    bf16: avx2::SET.bf16,
};

const HALF: usize = WIDTH / 2;

/// Asks for the lines that follow those of a step, several streams at a time: a CPU reads more from
/// several pages side by side than from one after the other. What comes behind a panel is mostly the
/// next one; elsewhere asking does no harm, as nothing is read.
#[inline]
#[target_feature(enable = "avx512f")]
fn ask_ahead<const COLUMNS: usize>(panel: *const i8, steps: usize, k: usize, first: usize) {
    const LINE: usize = LANES * 4;
    const PAGE: usize = 4096;
    if COLUMNS == WIDTH {
        // In each four pages for the next four.
        let at = panel.wrapping_add(k * WIDTH * LINE);
        let within = at.addr() % (WIDTH * PAGE);
        let next = at.wrapping_sub(within).wrapping_add(WIDTH * PAGE + within / WIDTH / LINE * LINE);
        for j in 0..WIDTH {
            _mm_prefetch::<_MM_HINT_T0>(next.wrapping_add(j * PAGE));
        }
    } else {
        // In a panel for the next one, a quarter of it for each register of columns.
        let next = panel.wrapping_add(steps * WIDTH * LINE + k * LINE);
        for j in first..first + COLUMNS {
            _mm_prefetch::<_MM_HINT_T1>(next.wrapping_add(j * steps * LINE));
        }
    }
}

/// # Safety
/// See `Kernel`.
#[target_feature(enable = "avx512f,avx512vnni")]
pub(super) unsafe fn int8_tile<const MR: usize, const COLUMNS: usize>(
    a: *const u8,
    stride: usize,
    panel: *const i8,
    steps: usize,
    out: *mut i32,
) {
    for first in (0..WIDTH).step_by(COLUMNS) {
        let mut sums = [[_mm512_setzero_si512(); COLUMNS]; MR];
        for k in 0..steps {
            // SAFETY: step k of the panel and four elements of every row are there by the caller's promise.
            unsafe {
                let b = panel.add((k * PANEL + first * LANES) * 4);
                if streamed(MR) {
                    ask_ahead::<COLUMNS>(panel, steps, k, first);
                }
                let b: [__m512i; COLUMNS] =
                    std::array::from_fn(|j| _mm512_load_si512(b.add(j * LANES * 4).cast()));
                for (row, sums) in sums.iter_mut().enumerate() {
                    let x = _mm512_set1_epi32(a.add(row * stride + k * 4).cast::<i32>().read_unaligned());
                    for (sum, b) in sums.iter_mut().zip(b) {
                        *sum = _mm512_dpbusd_epi32(*sum, x, b);
                    }
                }
            }
        }
        // SAFETY: `out` has MR rows of 64.
        unsafe { store(&sums, out.add(first * LANES)) };
    }
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
    unsafe { store(&sums, out) };
}

/// # Safety
/// `out` has MR rows, 64 apart, of as many columns.
#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn store<const MR: usize, const COLUMNS: usize>(sums: &[[__m512i; COLUMNS]; MR], out: *mut i32) {
    for (row, sums) in sums.iter().enumerate() {
        for (j, sum) in sums.iter().enumerate() {
            // SAFETY: the caller's promise.
            unsafe { _mm512_storeu_si512(out.add(row * PANEL + j * LANES).cast(), *sum) };
        }
    }
}
