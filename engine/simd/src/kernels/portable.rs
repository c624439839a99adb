//! Plain loops: the reference for the others, and what runs where there is nothing better.

use super::{PANEL, Set, for_each_height};

pub(super) static SET: Set = Set {
    f32: for_each_height!(f32_tile),
    widened: for_each_height!(widened_tile),
    int8: for_each_height!(int8_tile),
    streamed: for_each_height!(int8_tile, tall),
    int16: for_each_height!(int16_tile),
    bf16: for_each_height!(bf16_tile),
};

/// Columns at a time: as many sums as fit into the registers of a small CPU.
const GROUP: usize = 8;

/// The value of a bf16.
fn widen(half: u16) -> f32 {
    f32::from_bits(u32::from(half) << 16)
}

/// Calls `step` with each group's first column and each step, and writes the sums it has made.
///
/// # Safety
/// `out` has `MR` rows of 64.
#[inline(always)]
unsafe fn grouped<const MR: usize, T: Copy + Default>(
    steps: usize,
    out: *mut T,
    step: impl Fn(usize, usize, &mut [[T; GROUP]; MR]),
) {
    for first in (0..PANEL).step_by(GROUP) {
        let mut sums = [[T::default(); GROUP]; MR];
        for k in 0..steps {
            step(first, k, &mut sums);
        }
        for (row, sums) in sums.iter().enumerate() {
            for (column, sum) in sums.iter().enumerate() {
                // SAFETY: row < MR and first + column < 64.
                unsafe { *out.add(row * PANEL + first + column) = *sum };
            }
        }
    }
}

unsafe fn f32_tile<const MR: usize>(
    a: *const f32,
    stride: usize,
    panel: *const f32,
    steps: usize,
    out: *mut f32,
) {
    // SAFETY: the caller's promise (see `Kernel`) covers every row, step and column read here.
    unsafe {
        grouped::<MR, f32>(steps, out, |first, k, sums| {
            for (row, sums) in sums.iter_mut().enumerate() {
                let x = *a.add(row * stride + k);
                for (column, sum) in sums.iter_mut().enumerate() {
                    *sum += x * *panel.add(k * PANEL + first + column);
                }
            }
        });
    }
}

unsafe fn widened_tile<const MR: usize>(
    a: *const f32,
    stride: usize,
    panel: *const u16,
    steps: usize,
    out: *mut f32,
) {
    // SAFETY: as above; the panel has whole pairs of steps.
    unsafe {
        grouped::<MR, f32>(steps, out, |first, k, sums| {
            for (row, sums) in sums.iter_mut().enumerate() {
                let x = *a.add(row * stride + k);
                for (column, sum) in sums.iter_mut().enumerate() {
                    let at = ((k / 2) * PANEL + first + column) * 2 + k % 2;
                    *sum += x * widen(*panel.add(at));
                }
            }
        });
    }
}

unsafe fn int8_tile<const MR: usize>(
    a: *const u8,
    stride: usize,
    panel: *const i8,
    steps: usize,
    out: *mut i32,
) {
    // SAFETY: as above.
    unsafe {
        grouped::<MR, i32>(steps, out, |first, k, sums| {
            for (row, sums) in sums.iter_mut().enumerate() {
                let x: [i32; 4] = std::array::from_fn(|i| i32::from(*a.add(row * stride + k * 4 + i)));
                for (column, sum) in sums.iter_mut().enumerate() {
                    for (i, x) in x.iter().enumerate() {
                        *sum += x * i32::from(*panel.add((k * PANEL + first + column) * 4 + i));
                    }
                }
            }
        });
    }
}

unsafe fn int16_tile<const MR: usize>(
    a: *const i16,
    stride: usize,
    panel: *const i16,
    steps: usize,
    out: *mut i32,
) {
    // SAFETY: as above.
    unsafe {
        grouped::<MR, i32>(steps, out, |first, k, sums| {
            for (row, sums) in sums.iter_mut().enumerate() {
                let x: [i32; 2] = std::array::from_fn(|i| i32::from(*a.add(row * stride + k * 2 + i)));
                for (column, sum) in sums.iter_mut().enumerate() {
                    let at = (k * PANEL + first + column) * 2;
                    let pair = x[0] * i32::from(*panel.add(at)) + x[1] * i32::from(*panel.add(at + 1));
                    *sum = sum.wrapping_add(pair);
                }
            }
        });
    }
}

unsafe fn bf16_tile<const MR: usize>(
    a: *const u16,
    stride: usize,
    panel: *const u16,
    steps: usize,
    out: *mut f32,
) {
    // SAFETY: as above.
    unsafe {
        grouped::<MR, f32>(steps, out, |first, k, sums| {
            for (row, sums) in sums.iter_mut().enumerate() {
                let (x, y) = (widen(*a.add(row * stride + k * 2)), widen(*a.add(row * stride + k * 2 + 1)));
                for (column, sum) in sums.iter_mut().enumerate() {
                    let at = (k * PANEL + first + column) * 2;
                    *sum += x * widen(*panel.add(at)) + y * widen(*panel.add(at + 1));
                }
            }
        });
    }
}
