//! Tiles as they lie in a core's memory, as rows of floats.

use super::float::widen;
use hark_simd::Work;

pub use crate::design::tiles::SIDE;
/// Columns of a block of sums and of B, and rows of one of B, which are columns of one of A.
pub(super) use crate::design::tiles::{BLOCK_COLUMNS as COLUMNS, BLOCK_DEPTH as DEPTH};

/// Bytes of a tile of bfloat16.
pub const TOKEN_BYTES: usize = SIDE * SIDE * 2;
/// Positions of which keys and values are a tile of attention's B.
pub(super) const HALF: usize = SIDE / 2;

/// A tile as rows.
pub(super) type Tile = [[f32; SIDE]; SIDE];

/// Reads a tile of A, in blocks of `ROWS` × 8.
pub(super) struct ReadA<'a, const ROWS: usize> {
    pub(super) bytes: &'a [u8],
    pub(super) out: &'a mut Tile,
}

impl<const ROWS: usize> Work for ReadA<'_, ROWS> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let pieces = self.bytes.as_chunks::<{ DEPTH * 2 }>().0;
        for (above, rows) in self.out.chunks_exact_mut(ROWS).enumerate() {
            let pieces = &pieces[above * ROWS * (SIDE / DEPTH)..][..ROWS * (SIDE / DEPTH)];
            for (r, row) in rows.iter_mut().enumerate() {
                for (block, place) in row.as_chunks_mut::<DEPTH>().0.iter_mut().enumerate() {
                    *place = floats(&pieces[block * ROWS + r]);
                }
            }
        }
    }
}

/// Reads rows of B, in blocks of 8 × 4: as many as there are.
pub(super) struct ReadB<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) out: &'a mut [[f32; SIDE]],
}

impl Work for ReadB<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        const AT_ONCE: usize = SIDE / COLUMNS * DEPTH;
        let pieces = self.bytes.as_chunks::<{ COLUMNS * 2 }>().0;
        for (pieces, rows) in pieces.as_chunks::<AT_ONCE>().0.iter().zip(self.out.chunks_exact_mut(DEPTH)) {
            for (k, row) in rows.iter_mut().enumerate() {
                for (block, place) in row.as_chunks_mut::<COLUMNS>().0.iter_mut().enumerate() {
                    *place = floats(&pieces[block * DEPTH + k]);
                }
            }
        }
    }
}

/// Reads keys, half as many as B has columns: of each channel a row, of which the first half is written.
pub(super) struct ReadKeys<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) out: &'a mut Tile,
}

impl Work for ReadKeys<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        const AT_ONCE: usize = HALF / COLUMNS * DEPTH;
        let pieces = self.bytes.as_chunks::<{ COLUMNS * 2 }>().0;
        for (pieces, rows) in pieces.as_chunks::<AT_ONCE>().0.iter().zip(self.out.chunks_exact_mut(DEPTH)) {
            for (k, row) in rows.iter_mut().enumerate() {
                let (row, _) = row.split_at_mut(HALF);
                for (block, place) in row.as_chunks_mut::<COLUMNS>().0.iter_mut().enumerate() {
                    *place = floats(&pieces[block * DEPTH + k]);
                }
            }
        }
    }
}

/// Values that lie one behind the other.
#[inline(always)]
pub(super) fn floats<const BYTES: usize, const N: usize>(bytes: &[u8; BYTES]) -> [f32; N] {
    const { assert!(BYTES == 2 * N) };
    let halves = bytes.as_chunks::<2>().0;
    std::array::from_fn(|i| widen(halves[i]))
}
