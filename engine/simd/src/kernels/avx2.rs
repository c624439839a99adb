//! AVX2 and FMA: 16 columns of f32 or 8 of int8 at a time, which is what sixteen registers hold.

use super::{PANEL, Set, for_each_height};
use std::arch::x86_64::*;

pub(super) static SET: Set = Set {
    f32: for_each_height!(f32_tile),
    widened: for_each_height!(widened_tile),
    int8: for_each_height!(int8_tile),
    streamed: for_each_height!(int8_tile, tall),
    int16: for_each_height!(int16_tile),
    bf16: for_each_height!(bf16_tile),
};

/// Values of f32 in a register.
const LANES: usize = 8;

/// # Safety
/// See `Kernel`.
#[target_feature(enable = "avx2,fma")]
unsafe fn f32_tile<const MR: usize>(
    a: *const f32,
    stride: usize,
    panel: *const f32,
    steps: usize,
    out: *mut f32,
) {
    for first in (0..PANEL).step_by(2 * LANES) {
        let mut sums = [[_mm256_setzero_ps(); 2]; MR];
        for k in 0..steps {
            // SAFETY: column first + 15 < 64 of a step and element k of a row are there by the caller's promise.
            unsafe {
                let b = panel.add(k * PANEL + first);
                let b = [_mm256_load_ps(b), _mm256_load_ps(b.add(LANES))];
                for (row, sums) in sums.iter_mut().enumerate() {
                    let x = _mm256_set1_ps(*a.add(row * stride + k));
                    sums[0] = _mm256_fmadd_ps(x, b[0], sums[0]);
                    sums[1] = _mm256_fmadd_ps(x, b[1], sums[1]);
                }
            }
        }
        // SAFETY: `out` has MR rows of 64.
        unsafe { store::<MR>(&sums, out.add(first)) };
    }
}

/// # Safety
/// See `Kernel`.
#[target_feature(enable = "avx2,fma")]
unsafe fn widened_tile<const MR: usize>(
    a: *const f32,
    stride: usize,
    panel: *const u16,
    steps: usize,
    out: *mut f32,
) {
    for first in (0..PANEL).step_by(2 * LANES) {
        let mut sums = [[_mm256_setzero_ps(); 2]; MR];
        for k in 0..steps {
            // SAFETY: as above; a step of the panel is half of a pair, and pairs are whole.
            unsafe {
                let b = panel.add((k / 2 * PANEL + first) * 2);
                let b = [b, b.add(2 * LANES)].map(|pairs| widen(_mm256_load_si256(pairs.cast()), k % 2));
                for (row, sums) in sums.iter_mut().enumerate() {
                    let x = _mm256_set1_ps(*a.add(row * stride + k));
                    sums[0] = _mm256_fmadd_ps(x, b[0], sums[0]);
                    sums[1] = _mm256_fmadd_ps(x, b[1], sums[1]);
                }
            }
        }
        // SAFETY: `out` has MR rows of 64.
        unsafe { store::<MR>(&sums, out.add(first)) };
    }
}

/// One half of each pair of bf16.
#[inline]
#[target_feature(enable = "avx2")]
fn widen(pairs: __m256i, half: usize) -> __m256 {
    let upper = _mm256_set1_epi32(0xffff_0000_u32 as i32);
    _mm256_castsi256_ps(if half == 0 { _mm256_slli_epi32(pairs, 16) } else { _mm256_and_si256(pairs, upper) })
}

/// # Safety
/// `out` has MR rows, 64 apart, of 16.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn store<const MR: usize>(sums: &[[__m256; 2]; MR], out: *mut f32) {
    for (row, sums) in sums.iter().enumerate() {
        // SAFETY: the caller's promise.
        unsafe {
            _mm256_storeu_ps(out.add(row * PANEL), sums[0]);
            _mm256_storeu_ps(out.add(row * PANEL + LANES), sums[1]);
        }
    }
}

/// # Safety
/// See `Kernel`.
///
/// `maddubs` adds two products of u8 and i8 in 16 bits and would saturate. So 128 is subtracted from
/// the rows first, and the sign goes over to the panel: 2 · 128 · 127 fits. What was subtracted is
/// added again at the end: 128 times the sum of the panel's column.
#[target_feature(enable = "avx2")]
unsafe fn int8_tile<const MR: usize>(
    a: *const u8,
    stride: usize,
    panel: *const i8,
    steps: usize,
    out: *mut i32,
) {
    let (ones16, ones8) = (_mm256_set1_epi16(1), _mm256_set1_epi8(1));
    let middle = _mm256_set1_epi8(-128);
    for first in (0..PANEL).step_by(LANES) {
        let mut sums = [_mm256_setzero_si256(); MR];
        let mut columns = _mm256_setzero_si256();
        for k in 0..steps {
            // SAFETY: four elements of every row and 32 bytes of the panel are there for every step.
            unsafe {
                let b = _mm256_load_si256(panel.add((k * PANEL + first) * 4).cast());
                columns =
                    _mm256_add_epi32(columns, _mm256_madd_epi16(_mm256_maddubs_epi16(ones8, b), ones16));
                for (row, sum) in sums.iter_mut().enumerate() {
                    let x = a.add(row * stride + k * 4).cast::<i32>().read_unaligned();
                    let x = _mm256_xor_si256(_mm256_set1_epi32(x), middle);
                    let products = _mm256_maddubs_epi16(_mm256_abs_epi8(x), _mm256_sign_epi8(b, x));
                    *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(products, ones16));
                }
            }
        }
        let subtracted = _mm256_slli_epi32(columns, 7);
        for (row, sum) in sums.iter().enumerate() {
            // SAFETY: `out` has MR rows of 64.
            unsafe {
                let sum = _mm256_add_epi32(*sum, subtracted);
                _mm256_storeu_si256(out.add(row * PANEL + first).cast(), sum);
            }
        }
    }
}

/// # Safety
/// See `Kernel`.
#[target_feature(enable = "avx2")]
unsafe fn int16_tile<const MR: usize>(
    a: *const i16,
    stride: usize,
    panel: *const i16,
    steps: usize,
    out: *mut i32,
) {
    for first in (0..PANEL).step_by(2 * LANES) {
        let mut sums = [[_mm256_setzero_si256(); 2]; MR];
        for k in 0..steps {
            // SAFETY: a pair of every row and 64 bytes of the panel are there for every step.
            unsafe {
                let b = panel.add((k * PANEL + first) * 2);
                let b = [b, b.add(2 * LANES)].map(|pairs| _mm256_load_si256(pairs.cast()));
                for (row, sums) in sums.iter_mut().enumerate() {
                    let x = _mm256_set1_epi32(a.add(row * stride + k * 2).cast::<i32>().read_unaligned());
                    for (sum, b) in sums.iter_mut().zip(b) {
                        *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(x, b));
                    }
                }
            }
        }
        for (row, sums) in sums.iter().enumerate() {
            for (j, sum) in sums.iter().enumerate() {
                // SAFETY: `out` has MR rows of 64.
                unsafe { _mm256_storeu_si256(out.add(row * PANEL + first + j * LANES).cast(), *sum) };
            }
        }
    }
}

/// # Safety
/// See `Kernel`.
#[target_feature(enable = "avx2,fma")]
unsafe fn bf16_tile<const MR: usize>(
    a: *const u16,
    stride: usize,
    panel: *const u16,
    steps: usize,
    out: *mut f32,
) {
    for first in (0..PANEL).step_by(2 * LANES) {
        let mut sums = [[_mm256_setzero_ps(); 2]; MR];
        for k in 0..steps {
            // SAFETY: a pair of every row and 64 bytes of the panel are there for every step.
            unsafe {
                let b = panel.add((k * PANEL + first) * 2);
                let b = [b, b.add(2 * LANES)].map(|pairs| _mm256_load_si256(pairs.cast()));
                let b = b.map(|pairs| [widen(pairs, 0), widen(pairs, 1)]);
                for (row, sums) in sums.iter_mut().enumerate() {
                    let x = a.add(row * stride + k * 2).cast::<i32>().read_unaligned();
                    let x = [0, 1].map(|half| widen(_mm256_set1_epi32(x), half));
                    for (sum, b) in sums.iter_mut().zip(b) {
                        *sum = _mm256_fmadd_ps(x[1], b[1], _mm256_fmadd_ps(x[0], b[0], *sum));
                    }
                }
            }
        }
        // SAFETY: `out` has MR rows of 64.
        unsafe { store::<MR>(&sums, out.add(first)) };
    }
}
