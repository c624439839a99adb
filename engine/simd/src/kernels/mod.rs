//! The innermost loops: tiles of up to six rows, of int8 eight or (AMX) 32, and one panel of 64 columns.
//!
//! A panel holds 64 columns of the right-hand matrix, step by step along the inner dimension, so that
//! a kernel reads it from front to back. A step is one row of f32, two of bf16 or four of int8. Every
//! kernel sums along the inner dimension in order, one product (bf16 dot products: one pair, int8:
//! exact) after the other, so that an element's sum depends on nothing else.

#[cfg(target_arch = "x86_64")]
pub(crate) mod amx;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod bf16;
#[cfg(test)]
mod guarded;
mod portable;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
mod vnni;

use crate::isa::Isa;
#[cfg(target_arch = "x86_64")]
use crate::isa::Level;
use std::ops::Range;

/// Columns of a panel.
pub(crate) const PANEL: usize = 64;
/// Rows of a tile of which there are many.
pub(crate) const TILE_ROWS: usize = 6;
/// Rows of int8 that take a panel from memory in one go.
pub(crate) const TALL_ROWS: usize = 8;
/// Rows of a block of int8 at most, for CPUs that take so many at once.
pub(crate) const BLOCK_ROWS: usize = 32;
/// Rows of the right-hand matrix in one step of int8, and of bf16.
pub(crate) const QUAD: usize = 4;
pub(crate) const PAIR: usize = 2;

/// The values of a tile, of which a kernel writes the first rows.
#[repr(C, align(64))]
pub(crate) struct Tile<T, const ROWS: usize = TALL_ROWS>(pub [[T; PANEL]; ROWS]);

impl<T: Copy + Default, const ROWS: usize> Tile<T, ROWS> {
    pub(crate) fn new() -> Self {
        Self([[T::default(); PANEL]; ROWS])
    }
}

/// `out = a · panel` for some rows of `a`, which lie `stride` elements apart, and some steps.
///
/// # Safety
/// The CPU has the kernel's instruction set; every row of `a` has as many elements as the steps take;
/// `panel` is aligned to 64 bytes and has as many steps; `out` has as many rows of 64.
type Kernel<A, B, C> = unsafe fn(a: *const A, stride: usize, panel: *const B, steps: usize, out: *mut C);

/// A kernel for each number of rows from 1.
type Kernels<A, B, C, const ROWS: usize = TILE_ROWS> = [Kernel<A, B, C>; ROWS];

/// The kernels of one instruction set.
struct Set {
    f32: Kernels<f32, f32, f32>,
    /// f32 rows, bf16 panel widened on the way. Here `steps` counts single rows of the panel.
    widened: Kernels<f32, u16, f32>,
    /// u8 rows, i8 panel, exact sums.
    int8: Kernels<u8, i8, i32>,
    /// The same, of a panel that comes from memory.
    streamed: Kernels<u8, i8, i32, TALL_ROWS>,
    /// i16 rows and panel, exact sums.
    int16: Kernels<i16, i16, i32>,
    /// bf16 rows and panel.
    bf16: Kernels<u16, u16, f32>,
}

macro_rules! for_each_height {
    ($kernel:ident) => {
        [$kernel::<1>, $kernel::<2>, $kernel::<3>, $kernel::<4>, $kernel::<5>, $kernel::<6>]
    };
    ($kernel:ident, tall) => {
        [
            $kernel::<1>,
            $kernel::<2>,
            $kernel::<3>,
            $kernel::<4>,
            $kernel::<5>,
            $kernel::<6>,
            $kernel::<7>,
            $kernel::<8>,
        ]
    };
}
use for_each_height;

fn set(isa: Isa) -> &'static Set {
    #[cfg(target_arch = "x86_64")]
    match isa.level() {
        Level::Portable => {}
        Level::Avx2 => return &avx2::SET,
        Level::Avx512 => return &avx512::SET,
        Level::Vnni => return &vnni::SET,
        Level::Bf16 | Level::Amx => return &bf16::SET,
    }
    let _ = isa;
    &portable::SET
}

/// Asks for values that will be read soon.
#[inline]
pub(crate) fn prefetch<T>(values: &[T]) {
    #[cfg(target_arch = "x86_64")]
    for line in values.chunks(64 / size_of::<T>()) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a hint about an address that is there.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
    }
    let _ = values;
}

/// Rows of a left-hand matrix for a tile or a block: at most 32, of which each begins `stride` elements behind
/// the one before.
#[derive(Clone, Copy)]
pub(crate) struct Left<'a, T> {
    values: &'a [T],
    stride: usize,
    rows: usize,
}

impl<'a, T> Left<'a, T> {
    /// # Panics
    /// If there are no rows or too many, or the last row begins outside `values`.
    pub(crate) fn new(values: &'a [T], stride: usize, rows: usize) -> Self {
        assert!((1..=BLOCK_ROWS).contains(&rows), "rows of a tile");
        // Strides come from callers: a product that wraps round must not pass for a small one.
        let last = (rows - 1).checked_mul(stride);
        assert!(last.is_some_and(|last| last < values.len()), "the last row begins outside");
        Self { values, stride, rows }
    }

    /// Some of its rows.
    fn slice(self, rows: Range<usize>) -> Self {
        Self { values: &self.values[rows.start * self.stride..], rows: rows.len(), ..self }
    }

    /// Elements that every row has.
    fn width(&self) -> usize {
        self.values.len() - (self.rows - 1) * self.stride
    }
}

/// Checks what a kernel relies on and calls it.
macro_rules! tile {
    ($(#[$doc:meta])* $name:ident, $field:ident, $a:ty, $b:ty, $c:ty, $taken:expr, $held:expr) => {
        $(#[$doc])*
        ///
        /// # Panics
        /// If a row or the panel is too short, the panel is not aligned to 64 bytes, or there are too many rows.
        #[inline]
        pub(crate) fn $name<const ROWS: usize>(
            isa: Isa,
            a: Left<'_, $a>,
            panel: &[$b],
            steps: usize,
            out: &mut Tile<$c, ROWS>,
        ) {
            assert!(a.rows <= ROWS, "the tile has no room for so many rows");
            // By divisions, which cannot overflow.
            assert!(a.width() / $taken >= steps, "rows are too short for the product");
            let held = panel.len() / (PANEL * $taken);
            assert!(held >= steps.next_multiple_of($held), "the panel is too short");
            assert!(panel.as_ptr().addr().is_multiple_of(64), "a panel must be aligned");
            let kernel = set(isa).$field[a.rows - 1];
            // SAFETY: `isa` exists, so the CPU has the instructions; rows, panel, its alignment and the room
            // in the tile were checked above.
            unsafe { kernel(a.values.as_ptr(), a.stride, panel.as_ptr(), steps, out.0.as_mut_ptr().cast()) }
        }
    };
}

tile!(
    /// f32 rows and panel `[steps][64]`.
    tile_f32, f32, f32, f32, f32, 1, 1
);
tile!(
    /// f32 rows and a bf16 panel `[⌈steps / 2⌉][64][2]`.
    tile_widened, widened, f32, u16, f32, 1, PAIR
);
tile!(
    /// As [`tile_int8`], of up to six rows.
    short_int8, int8, u8, i8, i32, QUAD, 1
);
tile!(
    /// As [`tile_int8`], of up to eight rows and with a panel that is not in a cache: asks for what comes behind it.
    streamed_int8, streamed, u8, i8, i32, QUAD, 1
);
tile!(
    /// i16 rows and panel `[steps][64][2]`; a row has two elements a step. The caller keeps the sums
    /// within 32 bits.
    tile_int16, int16, i16, i16, i32, PAIR, 1
);
tile!(
    /// bf16 rows and panel `[steps][64][2]`; a row has two elements a step.
    tile_bf16, bf16, u16, u16, f32, PAIR, 1
);

/// Lets go of registers that only [`tile_int8`] uses; worth it once there is something else to do.
#[inline]
pub(crate) fn release_blocks() {
    #[cfg(target_arch = "x86_64")]
    amx::release();
}

/// Whether [`tile_int8`] takes up to 32 rows at once, faster than few of them at a time.
#[inline]
pub(crate) fn takes_blocks(isa: Isa, steps: usize) -> bool {
    #[cfg(target_arch = "x86_64")]
    return isa.level() >= Level::Amx && steps.is_multiple_of(amx::STEPS);
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = (isa, steps);
        false
    }
}

/// u8 rows and an i8 panel `[steps][64][4]`; a row has four elements a step. The values of the panel must
/// not be -128.
///
/// # Panics
/// If a row or the panel is too short, the panel is not aligned to 64 bytes, or there are too many rows.
#[inline]
pub(crate) fn tile_int8<const ROWS: usize>(
    isa: Isa,
    a: Left<'_, u8>,
    panel: &[i8],
    steps: usize,
    out: &mut Tile<i32, ROWS>,
) {
    if a.rows <= TILE_ROWS {
        short_int8(isa, a, panel, steps, out);
        return;
    }
    assert!(a.rows <= ROWS, "the tile has no room for so many rows");
    #[cfg(target_arch = "x86_64")]
    if takes_blocks(isa, steps) {
        assert!(a.width() / QUAD >= steps, "rows are too short for the product");
        assert!(panel.len() / (PANEL * QUAD) >= steps, "the panel is too short");
        // SAFETY: `isa` exists, so the CPU has the instructions and the system allows them; rows, panel and
        // the room in the tile were checked above, and `Left` has no more rows than a block.
        unsafe {
            amx::int8_block(
                (a.values.as_ptr(), a.stride, a.rows),
                panel.as_ptr(),
                steps,
                out.0.as_mut_ptr().cast(),
            );
        }
        return;
    }
    let mut tile = Tile::<_, TILE_ROWS>::new();
    for first in (0..a.rows).step_by(TILE_ROWS) {
        let rows = first..a.rows.min(first + TILE_ROWS);
        short_int8(isa, a.slice(rows.clone()), panel, steps, &mut tile);
        out.0[rows.clone()].copy_from_slice(&tile.0[..rows.len()]);
    }
}
