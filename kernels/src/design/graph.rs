//! The static part of a design, as the array is configured before the first launch.
//!
//! Everything is explicit: addresses, lock numbers, buffer descriptors and routes are chosen here and not by a
//! compiler, so that instruction streams may write to them and the simulator sees what hardware would.

use crate::txn::{Channel, Device, Dim, Generation, TileKind};
use std::fmt;

/// Where a tile is: its column and row, the shim's row being 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct At {
    /// From 0.
    pub column: u8,
    /// From 0.
    pub row: u8,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tile {},{}", self.column, self.row)
    }
}

/// All of a design.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    /// For what.
    pub device: Device,
    /// In order of column and row.
    pub tiles: Vec<Tile>,
    /// Which streams go where.
    pub flows: Vec<Flow>,
}

/// What one tile is configured to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Which.
    pub at: At,
    /// What it is there for.
    pub kind: TileKind,
    /// Parts of its memory. Those of a core may not share a byte.
    pub buffers: Vec<Buffer>,
    /// Its locks, each named once.
    pub locks: Vec<Lock>,
    /// What its DMA does for ever. A shim's does what launches say.
    pub chains: Vec<Chain>,
    /// What its processor does, if it has one that is used.
    pub core: Option<Core>,
}

impl Tile {
    /// Bytes of its processor's stack.
    pub(super) fn stack(&self) -> u32 {
        self.core.as_ref().map_or(0, |core| core.stack)
    }

    /// Bytes of constants that the kernels' objects bring: AIE2 looks powers of two up, in two tables.
    pub(super) const fn constants(&self, generation: Generation) -> u32 {
        match (&self.core, generation) {
            (Some(_), Generation::Npu1) => 2 << 10,
            (Some(_), Generation::Npu2) | (None, _) => 0,
        }
    }
}

/// A part of a tile's memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buffer {
    /// Unique in the design.
    pub name: String,
    /// Of its first byte, in the tile.
    pub address: u32,
    /// How long it is.
    pub bytes: u32,
}

/// A counting lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// Unique in the design.
    pub name: String,
    /// Which of the tile's.
    pub number: u8,
    /// What it counts at first.
    pub initial: u8,
}

/// What a DMA channel does: its descriptors one after the other, then from the first again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Which channel.
    pub channel: Channel,
    /// At least one.
    pub descriptors: Vec<Descriptor>,
}

/// A buffer descriptor of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// Which of the tile's.
    pub number: u8,
    /// Index of the buffer in the tile.
    pub buffer: usize,
    /// First word, from the buffer's beginning.
    pub offset: u32,
    /// Words that go over the stream.
    pub words: u32,
    /// Order of the words, the fastest dimension first; none for one after the other.
    pub dims: Vec<Dim>,
    /// Index of the lock in the tile, and by how much it must count and is counted down before.
    pub acquire: (usize, u8),
    /// Index of the lock in the tile, and by how much it is counted up after.
    pub release: (usize, u8),
}

/// A stream from a DMA channel to one or more, which all get every word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// From memory.
    pub from: (At, Channel),
    /// To memory.
    pub to: Vec<(At, Channel)>,
}

/// What the processor of a tile does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Core {
    /// Bytes of its stack, at the beginning of its memory: there the compiler's linker scripts have it, and constants
    /// behind the last buffer (mlir-aie, `AIETargetLdScript.cpp`).
    pub stack: u32,
    /// Its ends of streams.
    pub ports: Vec<Port>,
    /// Index of the buffer in the tile that [`Value::Command`] is read from.
    pub command: usize,
    /// For ever.
    pub program: Vec<Statement>,
}

/// A stream's end at a core: buffers that it uses in turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// For people.
    pub name: String,
    /// Indices of buffers in the tile.
    pub buffers: Vec<usize>,
    /// Index of the lock in the tile that is counted down by 1 when a buffer is taken.
    pub take: usize,
    /// Index of the lock in the tile that is counted up by 1 when it is given back.
    pub give: usize,
}

/// A step of a core's program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    /// Counts a lock of the tile down by so much, when it can.
    Acquire {
        /// Index of the lock in the tile.
        lock: usize,
        /// By how much.
        by: u8,
    },
    /// Counts a lock of the tile up.
    Release {
        /// Index of the lock in the tile.
        lock: usize,
        /// By how much.
        by: u8,
    },
    /// Reads all words of the command; until the next time they stay what they are, whatever is written there.
    ReadCommand,
    /// Takes the next buffer of a port, by its number.
    Take(usize),
    /// Gives it back.
    Give(usize),
    /// Does something so often. Loops inside loops have numbers from the outermost on, which is 0.
    Repeat {
        /// How often.
        count: Value,
        /// What.
        body: Vec<Statement>,
    },
    /// Calls a kernel.
    Call {
        /// Which.
        kernel: Kernel,
        /// In the order of its parameters.
        arguments: Vec<Argument>,
    },
}

/// A number of 32 bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Always the same.
    Constant(u32),
    /// A word of the command.
    Command(u8),
    /// How often the loop of this number has gone round.
    Turn(u8),
    /// Bits of a value that are in the mask.
    And(Box<Value>, u32),
    /// 1 if both are equal, else 0.
    Equal(Box<Value>, Box<Value>),
    /// The second if the first is not 0, else the third.
    Choose(Box<Value>, Box<Value>, Box<Value>),
}

/// What a kernel is called with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// A number.
    Value(Value),
    /// A buffer of the tile, by its index.
    Buffer(usize),
    /// The buffer that a port has taken, by its number.
    Held(usize),
}

/// A kernel of `kernels/cc/core.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kernel {
    /// `hark_begin(core, mode, keys)`
    Begin,
    /// `hark_a(a, out, is_mine)`
    A,
    /// `hark_ab(core, mode, a, b)`
    AB,
    /// `hark_b(core, mode, b, out)`
    B,
    /// `hark_end(core, mode, out)`
    End,
}

impl Kernel {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Begin, Self::A, Self::AB, Self::B, Self::End];

    /// Its name in C.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Begin => "hark_begin",
            Self::A => "hark_a",
            Self::AB => "hark_ab",
            Self::B => "hark_b",
            Self::End => "hark_end",
        }
    }
}
