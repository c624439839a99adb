//! What goes out, in the order in which whoever takes it wants it: `kernels/cc/store.h`.

use super::blocks::{COLUMNS, DEPTH, HALF, SIDE};
use super::core::{Core, piece, read_row};
use super::float::{narrow, round};
use crate::design::mode;
use hark_simd::Work;

/// Rounds the sums.
pub(super) struct Store<'a, 'm, const ROWS: usize, const CUT_OFF: bool> {
    pub(super) core: &'a Core<'m>,
    pub(super) mode: u32,
    pub(super) out: &'a mut [u8],
}

impl<const ROWS: usize, const CUT_OFF: bool> Work for Store<'_, '_, ROWS, CUT_OFF> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for row in 0..SIDE {
            let values = read_row::<ROWS>(self.core.sums, row).map(|v| narrow(round::<CUT_OFF>(v)));
            if self.mode & mode::KEYS != 0 {
                store_key(row, &values, self.out);
                continue;
            }
            let pieces = self.out.as_chunks_mut::<{ 2 * COLUMNS }>().0;
            for (block, values) in values.as_chunks::<COLUMNS>().0.iter().enumerate() {
                // Blocks of values are as high as those of B.
                let is_value = self.mode & mode::VALUES != 0;
                let place = if is_value { piece::<DEPTH>(row, block) } else { piece::<ROWS>(row, block) };
                pieces[place].as_chunks_mut().0.copy_from_slice(values);
            }
        }
    }
}

/// Of each half of the tile: 8 blocks of channels, in each 8 of keys, in each 8 × 4 values.
#[inline(always)]
fn store_key(position: usize, channels: &[[u8; 2]; SIDE], out: &mut [u8]) {
    const BLOCKS: usize = HALF / COLUMNS;
    let half = &mut out.as_chunks_mut::<{ 2 * HALF * SIDE }>().0[position / HALF];
    let (block, lane) = (position % HALF / COLUMNS, position % COLUMNS);
    let blocks = half.as_chunks_mut::<2>().0.as_chunks_mut::<COLUMNS>().0.as_chunks_mut::<DEPTH>().0;
    for (k, channels) in channels.as_chunks::<DEPTH>().0.iter().enumerate() {
        for (row, value) in blocks[k * BLOCKS + block].iter_mut().zip(channels) {
            row[lane] = *value;
        }
    }
}
