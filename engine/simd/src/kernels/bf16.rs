//! AVX-512 BF16: two products of bf16 added in f32 by one instruction. Denormal numbers count as zero.

use super::avx512::{LANES, WIDTH, f32_tile, store, widened_tile};
use super::{PANEL, Set, for_each_height, vnni};
use std::arch::x86_64::*;

pub(super) static SET: Set = Set {
    f32: for_each_height!(f32_tile),
    widened: for_each_height!(widened_tile),
    int8: vnni::SET.int8,
    streamed: vnni::SET.streamed,
    int16: vnni::SET.int16,
    bf16: for_each_height!(bf16_tile),
};

/// # Safety
/// See `Kernel`.
#[target_feature(enable = "avx512f,avx512bf16")]
unsafe fn bf16_tile<const MR: usize>(
    a: *const u16,
    stride: usize,
    panel: *const u16,
    steps: usize,
    out: *mut f32,
) {
    let mut sums = [[_mm512_setzero_ps(); WIDTH]; MR];
    for k in 0..steps {
        // SAFETY: step k of the panel and a pair of every row are there by the caller's promise. A
        // register of pairs has the same bits as one of integers.
        unsafe {
            let b = panel.add(k * PANEL * 2);
            let b: [__m512bh; WIDTH] =
                std::array::from_fn(|j| std::mem::transmute(_mm512_load_si512(b.add(j * LANES * 2).cast())));
            for (row, sums) in sums.iter_mut().enumerate() {
                let x = a.add(row * stride + k * 2).cast::<i32>().read_unaligned();
                let x: __m512bh = std::mem::transmute(_mm512_set1_epi32(x));
                for (sum, b) in sums.iter_mut().zip(b) {
                    *sum = _mm512_dpbf16_ps(*sum, x, b);
                }
            }
        }
    }
    // SAFETY: `out` has MR rows of 64.
    unsafe { store::<MR>(&sums, out) };
}
