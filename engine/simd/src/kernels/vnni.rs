//! AVX-512 VNNI: four products of u8 and i8, or two of i16, added in 32 bits by one instruction; nothing
//! saturates in between.

use super::avx512::{LANES, WIDTH, f32_tile, widened_tile};
use super::{PANEL, Set, avx2, for_each_height};
use std::arch::x86_64::*;
use std::ops::Range;

pub(super) static SET: Set = Set {
    f32: for_each_height!(f32_tile),
    widened: for_each_height!(widened_tile),
    int8: for_each_height!(int8_tile),
    streamed: for_each_height!(int8_streamed, tall),
    int16: for_each_height!(int16_tile),
    bf16: avx2::SET.bf16,
};

const LINE: usize = LANES * 4;
const PAGE: usize = 4096;
/// Steps in as many pages as a step has lines.
const STRETCH: usize = PAGE / LINE;
/// Rows that a stretch is multiplied with at a time, while the next one is on its way.
const AT_ONCE: usize = 4;

/// # Safety
/// See `Kernel`.
#[target_feature(enable = "avx512f,avx512vnni")]
unsafe fn int8_tile<const MR: usize>(
    a: *const u8,
    stride: usize,
    panel: *const i8,
    steps: usize,
    out: *mut i32,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let sums = stretch::<MR, 0>((a, stride), panel, 0..steps, 0, [[_mm512_setzero_si512(); WIDTH]; MR]);
        store(&sums, out);
    }
}

/// For a panel that comes from memory.
///
/// # Safety
/// See `Kernel`.
#[target_feature(enable = "avx512f,avx512vnni")]
unsafe fn int8_streamed<const MR: usize>(
    a: *const u8,
    stride: usize,
    panel: *const i8,
    steps: usize,
    out: *mut i32,
) {
    // SAFETY: the caller's promise; rows, steps and what is stored between two stretches lie within its bounds.
    unsafe {
        if MR <= AT_ONCE {
            let zero = [[_mm512_setzero_si512(); WIDTH]; MR];
            store(&stretch::<MR, WIDTH>((a, stride), panel, 0..steps, 0, zero), out);
            return;
        }
        let mut upper = [[_mm512_setzero_si512(); WIDTH]; AT_ONCE];
        let lower_rows = a.add((MR - AT_ONCE) * stride);
        let mut lower = upper;
        for first in (0..steps).step_by(STRETCH) {
            let part = first..steps.min(first + STRETCH);
            upper = stretch::<AT_ONCE, 2>((a, stride), panel, part.clone(), 0, upper);
            lower = stretch::<AT_ONCE, 2>((lower_rows, stride), panel, part, 2, lower);
        }
        store(&upper, out);
        store(&lower, out.add((MR - AT_ONCE) * PANEL));
    }
}

/// Adds the products of some steps; in each `WIDTH` pages, asks for `ASKED` of the next ones from `page` on. A CPU
/// reads more from several pages side by side than from one after the other. What comes behind a panel is mostly
/// the next one; elsewhere asking does no harm, as nothing is read.
///
/// # Safety
/// Every row of `a` has four elements for each step, and the panel has the steps.
#[inline]
#[target_feature(enable = "avx512f,avx512vnni")]
unsafe fn stretch<const MR: usize, const ASKED: usize>(
    (a, stride): (*const u8, usize),
    panel: *const i8,
    steps: Range<usize>,
    page: usize,
    mut sums: [[__m512i; WIDTH]; MR],
) -> [[__m512i; WIDTH]; MR] {
    for k in steps {
        // SAFETY: step k of the panel and four elements of every row are there by the caller's promise; asking for
        // an address reads nothing.
        unsafe {
            let b = panel.add(k * PANEL * 4);
            let within = b.addr() % (WIDTH * PAGE);
            let next = b.wrapping_sub(within).wrapping_add(WIDTH * PAGE + within / WIDTH / LINE * LINE);
            for j in page..page + ASKED {
                _mm_prefetch::<_MM_HINT_T0>(next.wrapping_add(j * PAGE));
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
    sums
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
