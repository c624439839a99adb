//! Matrices as tiles of 64 × 64 bfloat16 in a buffer, in the order in which the array makes and takes them.
//!
//! Rows come in blocks of 256, of which each row of cores has 64. The four tiles of a block's rows that a column of
//! cores makes at once, an object, lie one behind the other; then the object of the next 64 columns, then the next
//! block of rows. In a tile lie blocks as products make them, of 4 × 4 values on an XDNA1 and 8 × 4 on an XDNA2.

use super::resident::{ROWS, TOKEN};
use crate::op::Buffer;
use crate::txn::Generation;

/// Rows or columns of a tile.
pub const SIDE: usize = 64;
/// Rows of a block of rows.
pub const BLOCK_ROWS: usize = SIDE * ROWS as usize;
/// Words of an object.
pub const OBJECT: u32 = TOKEN * ROWS as u32;
/// Values of a word.
pub const VALUES: usize = 2;

/// A matrix of tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tiled {
    /// Where it lies.
    pub buffer: Buffer,
    /// Its first word.
    pub offset: u32,
    /// Blocks of rows.
    pub rows: u32,
    /// Columns of tiles.
    pub columns: u32,
}

impl Tiled {
    /// The first word of an object.
    pub const fn object(&self, row: u32, column: u32) -> u32 {
        self.offset + (row * self.columns + column) * OBJECT
    }

    /// Words from an object to that of the next block of rows.
    pub const fn row(&self) -> u32 {
        self.columns * OBJECT
    }

    /// Words in all.
    pub const fn words(&self) -> u32 {
        self.rows * self.row()
    }

    /// Number of a value's place from the beginning of the matrix.
    pub const fn place(&self, generation: Generation, row: usize, column: usize) -> usize {
        let object = row / BLOCK_ROWS * self.columns as usize + column / SIDE;
        let tile = object * ROWS as usize + row % BLOCK_ROWS / SIDE;
        tile * SIDE * SIDE + in_tile(generation, row % SIDE, column % SIDE)
    }
}

/// Rows of a block of values: what the device multiplies at once.
pub const fn block_rows(generation: Generation) -> usize {
    match generation {
        Generation::Npu1 => 4,
        Generation::Npu2 => 8,
    }
}

/// Columns of a block of values that a product makes, or takes as B.
pub const BLOCK_COLUMNS: usize = 4;
/// Rows of a block of values that a product takes as B.
pub const BLOCK_DEPTH: usize = 8;

/// Number of a value's place in a tile of blocks as products make them.
pub const fn in_tile(generation: Generation, row: usize, column: usize) -> usize {
    in_blocks(block_rows(generation), row, column)
}

/// Number of a value's place in a tile of B.
pub const fn in_tile_of_b(row: usize, column: usize) -> usize {
    in_blocks(BLOCK_DEPTH, row, column)
}

const fn in_blocks(height: usize, row: usize, column: usize) -> usize {
    let block = row / height * (SIDE / BLOCK_COLUMNS) + column / BLOCK_COLUMNS;
    (block * height + row % height) * BLOCK_COLUMNS + column % BLOCK_COLUMNS
}

/// A value as bfloat16, to the nearest, halves to even.
pub const fn bfloat16(value: f32) -> u16 {
    let bits = value.to_bits();
    if value.is_nan() {
        return (bits >> 16) as u16 | 0x40;
    }
    (bits.wrapping_add(0x7fff + (bits >> 16 & 1)) >> 16) as u16
}

/// The value of a bfloat16.
pub const fn value(bits: u16) -> f32 {
    f32::from_bits((bits as u32) << 16)
}

/// A value as a sum of three bfloat16, the largest first.
pub const fn three_terms(value: f32) -> [u16; 3] {
    let first = bfloat16(value);
    let rest = value - self::value(first);
    let second = bfloat16(rest);
    [first, second, bfloat16(rest - self::value(second))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_taken_once() {
        for generation in [Generation::Npu1, Generation::Npu2] {
            let m = Tiled { buffer: Buffer::Scratch, offset: 0, rows: 2, columns: 3 };
            let (rows, columns) = (2 * BLOCK_ROWS, 3 * SIDE);
            let mut taken = vec![false; VALUES * m.words() as usize];
            assert_eq!(taken.len(), rows * columns);
            for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
                assert!(!std::mem::replace(&mut taken[m.place(generation, row, column)], true));
            }
        }
        let m = Tiled { buffer: Buffer::Scratch, offset: 100, rows: 2, columns: 3 };
        assert_eq!((m.object(1, 2), m.row(), m.words()), (100 + 5 * 8192, 3 * 8192, 6 * 8192));
        // The second value of the second row of blocks, and the first of the second block.
        assert_eq!(m.place(Generation::Npu1, 4, 1), 16 * 16 + 1);
        assert_eq!(m.place(Generation::Npu2, 1, 4), 32 + 4);
        assert_eq!(m.place(Generation::Npu2, 256 + 64, 64), (3 + 1) * 16384 + 4096);
    }

    #[test]
    fn values_are_rounded_to_the_nearest() {
        assert_eq!(bfloat16(1.0), 0x3f80);
        assert_eq!(bfloat16(f32::from_bits(0x3f80_8000)), 0x3f80, "halves to even");
        assert_eq!(bfloat16(f32::from_bits(0x3f81_8000)), 0x3f82);
        assert_eq!(bfloat16(f32::from_bits(0x3f80_8001)), 0x3f81);
        assert_eq!(bfloat16(-1.5), 0xbfc0);
        assert!(value(bfloat16(f32::NAN)).is_nan());
        assert_eq!(value(bfloat16(f32::INFINITY)), f32::INFINITY);
        for v in [std::f32::consts::PI, -1e-3, 12345.678] {
            let sum: f64 = three_terms(v).iter().map(|term| f64::from(value(*term))).sum();
            assert!((sum - f64::from(v)).abs() <= f64::from(v).abs() * 2e-7, "{v}: {sum}");
        }
    }
}
