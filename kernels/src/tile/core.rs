//! What a core keeps of a tile until it is done: `struct Core` of `kernels/cc/tile.h`.

use super::blocks::{COLUMNS, SIDE};
use super::{CallError, range, token};

/// Four floats: a row of a block.
pub(super) type Four = [u8; 4 * COLUMNS];

/// Bytes of the sums, and of each of two floats per row, as blocks with equal columns.
const SUMS: usize = SIDE * SIDE * 4;
const OF_ROWS: usize = SIDE * COLUMNS * 4;

/// Bytes of all of it, a multiple of its alignment.
pub const CORE_BYTES: usize = (SUMS + 2 * OF_ROWS + 4).next_multiple_of(64);

/// All of it, in memory.
pub(super) struct Core<'a> {
    /// In blocks, row by row.
    pub(super) sums: &'a mut [Four],
    /// Of each row. For LayerNorm: the sum of values; for attention: the power of two that numerators are over.
    pub(super) first: &'a mut [Four],
    /// Of each row. For LayerNorm: the sum of squares; for attention: the sum of numerators.
    pub(super) second: &'a mut [Four],
    /// Attention: keys that are still to come.
    keys: &'a mut [u8],
}

impl<'a> Core<'a> {
    /// At this address.
    pub(super) fn at(memory: &'a mut [u8], address: u32) -> Result<Self, CallError> {
        let place = range(WHAT, memory, address, CORE_BYTES)?;
        Ok(Self::of(&mut memory[place]))
    }

    /// As [`at`](Self::at), with a tile in the same memory.
    pub(super) fn and_token(
        memory: &'a mut [u8],
        address: u32,
        out: u32,
    ) -> Result<(Self, &'a mut [u8]), CallError> {
        let place = range(WHAT, memory, address, CORE_BYTES)?;
        let tile = token("a tile that goes out", memory, out)?;
        let [core, tile] =
            memory.get_disjoint_mut([place, tile]).map_err(|_| CallError::Overlap { address: out })?;
        Ok((Self::of(core), tile))
    }

    fn of(bytes: &'a mut [u8]) -> Self {
        let (sums, rest) = bytes.split_at_mut(SUMS);
        let (first, rest) = rest.split_at_mut(OF_ROWS);
        let (second, keys) = rest.split_at_mut(OF_ROWS);
        let [sums, first, second] = [sums, first, second].map(|part| part.as_chunks_mut().0);
        Self { sums, first, second, keys: &mut keys[..4] }
    }

    pub(super) fn keys(&self) -> i32 {
        let mut word = [0; 4];
        word.copy_from_slice(self.keys);
        i32::from_le_bytes(word)
    }

    pub(super) fn set_keys(&mut self, keys: i32) {
        self.keys.copy_from_slice(&keys.to_le_bytes());
    }
}

const WHAT: &str = "a core's sums";

// What follows is inlined into loops that are compiled for each instruction set.

/// A row of a block of one value.
#[inline(always)]
pub(super) fn equal(value: f32) -> Four {
    to_bytes([value; COLUMNS])
}

#[inline(always)]
pub(super) fn to_bytes(values: [f32; COLUMNS]) -> Four {
    let mut bytes = Four::default();
    for (place, value) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(values) {
        *place = value.to_le_bytes();
    }
    bytes
}

#[inline(always)]
pub(super) fn to_floats(bytes: &Four) -> [f32; COLUMNS] {
    let words = bytes.as_chunks::<4>().0;
    std::array::from_fn(|i| f32::from_le_bytes(words[i]))
}

/// Of a row, the pieces that lie in blocks of `ROWS` rows.
#[inline(always)]
pub(super) fn piece<const ROWS: usize>(row: usize, block: usize) -> usize {
    (row / ROWS * (SIDE / COLUMNS) + block) * ROWS + row % ROWS
}

/// A row of the sums.
#[inline(always)]
pub(super) fn read_row<const ROWS: usize>(sums: &[Four], row: usize) -> [f32; SIDE] {
    let mut out = [0.0; SIDE];
    for (block, out) in out.as_chunks_mut::<COLUMNS>().0.iter_mut().enumerate() {
        *out = to_floats(&sums[piece::<ROWS>(row, block)]);
    }
    out
}

/// Writes a row of the sums.
#[inline(always)]
pub(super) fn write_row<const ROWS: usize>(sums: &mut [Four], row: usize, values: &[f32; SIDE]) {
    for (block, values) in values.as_chunks::<COLUMNS>().0.iter().enumerate() {
        sums[piece::<ROWS>(row, block)] = to_bytes(*values);
    }
}
