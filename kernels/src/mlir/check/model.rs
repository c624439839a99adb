//! What a device's text has declared so far: what names of values and symbols stand for.

use super::types::{Memory, Type};
use super::{Cursor, Fault};
use crate::design::graph::At;
use crate::txn::{Channel, Direction, TileKind};
use std::collections::HashMap;

/// Bytes of memory of a core's tile.
const CORE_MEMORY: u64 = 64 * 1024;
/// Of a memory tile.
const MEMORY_TILE_MEMORY: u64 = 512 * 1024;
/// Rows of the array.
const ROWS: u8 = 6;

/// What a symbol names.
#[derive(Clone, Debug)]
pub(super) enum Symbol {
    Function(Vec<Type>),
    Fifo(Memory),
    Global(Memory),
    /// A shim's channel.
    Allocation,
    Buffer,
    Lock,
    Sequence,
}

/// A tile.
#[derive(Clone, Debug)]
pub(super) struct Tile {
    pub(super) at: At,
    pub(super) kind: TileKind,
    pub(super) place: usize,
    /// Bytes of the stack, if it has a core.
    pub(super) stack: Option<u64>,
    /// Channels that its DMA starts, if that is described.
    pub(super) channels: Option<Vec<Channel>>,
}

impl Tile {
    pub(super) fn memory(&self) -> u64 {
        match self.kind {
            TileKind::Shim => 0,
            TileKind::Memory => MEMORY_TILE_MEMORY,
            TileKind::Core => CORE_MEMORY,
        }
    }

    pub(super) fn locks(&self) -> i128 {
        if self.kind == TileKind::Memory { 64 } else { 16 }
    }
}

/// A buffer.
#[derive(Clone, Debug)]
pub(super) struct Buffer {
    pub(super) tile: usize,
    pub(super) name: String,
    pub(super) address: Option<u64>,
    pub(super) memory: Memory,
    pub(super) place: usize,
}

/// A lock, and who uses it.
#[derive(Clone, Debug)]
pub(super) struct Lock {
    pub(super) tile: usize,
    pub(super) number: Option<u8>,
    pub(super) initial: u8,
    pub(super) place: usize,
    pub(super) acquired_by_dma: bool,
    pub(super) acquired_by_core: bool,
    pub(super) released: bool,
}

/// An end of a stream.
pub(super) type End = (usize, Channel);

/// A use of a symbol that may be declared later.
#[derive(Clone, Debug)]
pub(super) struct Use {
    pub(super) symbol: String,
    pub(super) place: usize,
    pub(super) wanted: Wanted,
}

/// What a symbol should be.
#[derive(Clone, Debug)]
pub(super) enum Wanted {
    /// A function with these parameters.
    Function(Vec<Type>),
    /// A queue of these.
    Fifo(Memory),
    AnyFifo,
    /// A queue, or a shim's channel.
    Stream,
    Global(Memory),
    Buffer,
}

/// Everything in a device.
#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) columns: u8,
    pub(super) tiles: Vec<Tile>,
    pub(super) buffers: Vec<Buffer>,
    pub(super) locks: Vec<Lock>,
    pub(super) flows: Vec<(End, End, usize)>,
    pub(super) descriptors: usize,
    /// Whether a core's program is elsewhere.
    pub(super) unseen: bool,
    pub(super) symbols: HashMap<String, Symbol>,
    pub(super) uses: Vec<Use>,
}

impl Model {
    /// So many columns, by the device's name.
    pub(super) fn columns_of(device: &str) -> Option<u8> {
        let (all, rest) = match (device.strip_prefix("npu1"), device.strip_prefix("npu2")) {
            (Some(rest), _) => (4, rest),
            (_, Some(rest)) => (8, rest),
            _ => return (device == "npu").then_some(4),
        };
        if rest.is_empty() {
            return Some(all);
        }
        let columns = rest.strip_prefix('_')?.strip_suffix("col")?;
        (1..=all).find(|number| number.to_string() == columns)
    }

    pub(super) fn tile_kind(row: i128) -> Option<TileKind> {
        match row {
            0 => Some(TileKind::Shim),
            1 => Some(TileKind::Memory),
            row if (2..i128::from(ROWS)).contains(&row) => Some(TileKind::Core),
            _ => None,
        }
    }

    pub(super) fn declare(
        &mut self,
        cursor: &Cursor<'_>,
        at: usize,
        name: &str,
        symbol: Symbol,
    ) -> Result<(), Fault> {
        match self.symbols.insert(name.to_owned(), symbol) {
            None => Ok(()),
            Some(_) => Err(cursor.fault_at(at, format!("@{name} is there already"))),
        }
    }

    pub(super) fn uses(&mut self, symbol: &str, place: usize, wanted: Wanted) {
        self.uses.push(Use { symbol: symbol.to_owned(), place, wanted });
    }

    /// Whether a core or a DMA in one tile reaches the memory and the locks of the other.
    pub(super) fn reaches(&self, from: usize, to: usize) -> bool {
        let (Some(from), Some(to)) = (self.tiles.get(from), self.tiles.get(to)) else { return false };
        let across = from.at.column.abs_diff(to.at.column);
        let down = from.at.row.abs_diff(to.at.row);
        from.kind == to.kind && across + down <= 1
    }
}

/// A channel's direction by its name.
pub(super) fn direction(cursor: &mut Cursor<'_>) -> Result<Direction, Fault> {
    let at = cursor.at();
    match cursor.word()? {
        "S2MM" => Ok(Direction::ToMemory),
        "MM2S" => Ok(Direction::FromMemory),
        other => Err(cursor.fault_at(at, format!("{other} is no direction of a channel"))),
    }
}

/// A channel's number, of a tile of this kind.
pub(super) fn channel_number(cursor: &mut Cursor<'_>, kind: TileKind) -> Result<u8, Fault> {
    let at = cursor.at();
    let number = cursor.number()?;
    let known = u8::try_from(number).ok().filter(|number| *number < kind.channels());
    known.ok_or_else(|| cursor.fault_at(at, format!("such a tile has no channel {number}")))
}
