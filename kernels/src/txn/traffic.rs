//! What the shims' DMA has to move, before it is words: transfers between a buffer and a stream, and waits.

use super::instruction::Generation;
use super::register::Channel;
use crate::op::Matrix;

/// The part of an array that a design is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device {
    /// Whose.
    pub generation: Generation,
    /// Rows, the shim's and the memory tiles' included.
    pub rows: u8,
    /// Columns that the design has, from 1.
    pub columns: u8,
    /// Rows of memory tiles.
    pub memory_rows: u8,
}

impl Device {
    /// So many columns of an XDNA1, which has four.
    pub const fn npu1(columns: u8) -> Self {
        Self { generation: Generation::Npu1, rows: 6, columns, memory_rows: 1 }
    }

    /// So many columns of an XDNA2, which has eight.
    pub const fn npu2(columns: u8) -> Self {
        Self { generation: Generation::Npu2, rows: 6, columns, memory_rows: 1 }
    }

    /// How many columns there are.
    pub const fn all_columns(&self) -> u8 {
        match self.generation {
            Generation::Npu1 => 4,
            Generation::Npu2 => 8,
        }
    }
}

/// How often, and how many words further each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dim {
    /// How often; 1 for once.
    pub size: u32,
    /// Words from one to the next; of no meaning when there is one.
    pub stride: u32,
}

/// Words of a buffer in the order in which they go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// One run, the fastest dimension first.
    pub dims: [Dim; 3],
    /// Runs; a stride of 0 repeats the same words.
    pub runs: Dim,
}

impl Pattern {
    /// So many words, one after the other, once.
    pub const fn row(words: u32) -> Self {
        let one = Dim { size: 1, stride: 0 };
        Self { dims: [Dim { size: words, stride: 1 }, one, one], runs: one }
    }

    /// A matrix row by row, of values that have so many bytes, and its first word in the buffer. None if a row does not
    /// begin and end with a word.
    pub fn rows(matrix: &Matrix, value: u32) -> Option<(u32, Self)> {
        let words = |values: u32| {
            let bytes = values.checked_mul(value)?;
            bytes.is_multiple_of(4).then_some(bytes / 4)
        };
        let mut pattern = Self::row(words(matrix.columns)?);
        pattern.dims[2] = Dim { size: matrix.rows, stride: words(matrix.stride)? };
        Some((words(matrix.offset)?, pattern))
    }

    /// Words of one run.
    pub fn words(&self) -> u64 {
        self.dims.iter().fold(1u64, |words, dim| words.saturating_mul(dim.size.into()))
    }

    /// The word behind the last that is touched, from the first.
    pub fn end(&self) -> u64 {
        let reach = |dim: &Dim| u64::from(dim.size.saturating_sub(1)) * u64::from(dim.stride);
        self.dims.iter().chain([&self.runs]).map(reach).fold(1, u64::saturating_add)
    }

    /// Whether a run is words one after the other.
    pub fn is_row(&self) -> bool {
        let mut words = 1;
        self.dims.iter().all(|dim| {
            let follows = dim.size == 1 || u64::from(dim.stride) == words;
            words = words.saturating_mul(dim.size.into());
            follows
        })
    }
}

/// A task of a shim's DMA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Which shim.
    pub column: u8,
    /// Which channel of it.
    pub channel: Channel,
    /// Which buffer descriptor it is written into. It must not be in use.
    pub descriptor: u8,
    /// Which of the kernel's buffers, from 0.
    pub argument: u8,
    /// The first word of it.
    pub offset: u32,
    /// Which words from there.
    pub pattern: Pattern,
    /// Whether it gives a token when it is done, which a [`Wait`] must take.
    pub token: bool,
}

/// Takes a channel's next token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Of which shim.
    pub column: u8,
    /// Of which channel.
    pub channel: Channel,
    /// Tasks of other channels that must be done by then, because what they carried is in what arrived. This frees
    /// their places in queues and their descriptors.
    pub proves: Vec<Done>,
}

/// Tasks that are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// Of which shim.
    pub column: u8,
    /// Of which channel.
    pub channel: Channel,
    /// How many, the oldest first.
    pub tasks: u8,
}

/// Writes words into a tile's memory or registers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// The tile's column.
    pub column: u8,
    /// Its row; the shim's is 0.
    pub row: u8,
    /// Address of the first word, in the tile.
    pub offset: u32,
    /// One behind the other.
    pub words: Vec<u32>,
}

/// One thing that the controller does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Writes words.
    Write(Write),
    /// Starts a task.
    Transfer(Transfer),
    /// Waits for one.
    Wait(Wait),
}

/// All that the shims have to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traffic {
    /// On what.
    pub device: Device,
    /// Words of each of the kernel's buffers.
    pub arguments: Vec<u32>,
    /// In order.
    pub steps: Vec<Step>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_knows_its_words() {
        let pattern = |dims: [(u32, u32); 3], runs: (u32, u32)| Pattern {
            dims: dims.map(|(size, stride)| Dim { size, stride }),
            runs: Dim { size: runs.0, stride: runs.1 },
        };
        let tiles = pattern([(32, 1), (32, 256), (8, 32)], (2, 8192));
        assert_eq!((tiles.words(), tiles.end(), tiles.is_row()), (8192, 16384, false));
        assert_eq!((Pattern::row(5000).words(), Pattern::row(5000).end()), (5000, 5000));
        assert!(Pattern::row(5000).is_row());
        assert!(pattern([(4, 1), (3, 4), (5, 12)], (7, 1)).is_row());
        assert!(pattern([(4, 1), (1, 99), (5, 4)], (1, 0)).is_row());
        assert!(!pattern([(4, 2), (1, 0), (1, 0)], (1, 0)).is_row());
        let most = pattern([(u32::MAX, u32::MAX); 3], (u32::MAX, u32::MAX));
        assert_eq!((most.words(), most.end()), (u64::MAX, u64::MAX));
    }
}
