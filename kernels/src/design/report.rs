//! How much of what a tile has a design uses.

use super::graph::{At, Graph, Tile};
use crate::txn::{Device, Direction, TileKind};
use std::fmt;

/// Of all tiles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Of what.
    pub device: Device,
    /// In the design's order.
    pub tiles: Vec<TileUse>,
}

/// So many of so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// That are used.
    pub used: u32,
    /// That there are.
    pub all: u32,
}

/// Of one tile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TileUse {
    /// Which.
    pub at: At,
    /// What it is there for.
    pub kind: TileKind,
    /// Bytes of stack, buffers and constants.
    pub memory: Share,
    /// Bytes of stack and buffers in each bank.
    pub banks: Vec<u32>,
    /// Bytes of a core's stack.
    pub stack: u32,
    /// Bytes of the kernels' constants.
    pub constants: u32,
    /// Buffer descriptors. Those of shims are written by launches.
    pub descriptors: Share,
    /// Locks.
    pub locks: Share,
    /// Channels to memory.
    pub inputs: Share,
    /// Channels from memory.
    pub outputs: Share,
}

const CORE_BANK: u32 = 16 << 10;
const MEMORY_BANK: u32 = 64 << 10;

impl TileUse {
    pub(super) fn of(graph: &Graph, tile: &Tile) -> Self {
        let (bank, all) = match tile.kind {
            TileKind::Shim => (1, 0),
            TileKind::Memory => (MEMORY_BANK, tile.kind.memory()),
            TileKind::Core => (CORE_BANK, tile.kind.memory()),
        };
        let (stack, constants) = (tile.stack(), tile.constants(graph.device.generation));
        let places: Vec<(u32, u32)> =
            tile.buffers.iter().map(|b| (b.address, b.address + b.bytes)).chain([(0, stack)]).collect();
        let banks = (0..all / bank).map(|i| {
            let inside =
                |(start, end): &(u32, u32)| (*end).min((i + 1) * bank).saturating_sub((*start).max(i * bank));
            places.iter().map(inside).sum()
        });
        let descriptors = tile.chains.iter().map(|chain| chain.descriptors.len() as u32).sum();
        let channels = |direction| {
            let ends = graph.flows.iter().flat_map(|flow| flow.to.iter().chain([&flow.from]));
            let used = ends.filter(|(at, c)| *at == tile.at && c.direction == direction).count();
            Share { used: used as u32, all: tile.kind.channels().into() }
        };
        Self {
            at: tile.at,
            kind: tile.kind,
            memory: Share { used: places.iter().map(|(s, e)| e - s).sum::<u32>() + constants, all },
            banks: banks.collect(),
            stack,
            constants,
            descriptors: Share { used: descriptors, all: tile.kind.descriptors().into() },
            locks: Share { used: tile.locks.len() as u32, all: tile.kind.locks().into() },
            inputs: channels(Direction::ToMemory),
            outputs: channels(Direction::FromMemory),
        }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.used, self.all)
    }
}

/// One line per tile; tiles that use the same share one.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut kinds: Vec<(&TileUse, Vec<At>)> = Vec::new();
        for tile in &self.tiles {
            let same = |other: &TileUse| TileUse { at: tile.at, ..other.clone() } == *tile;
            match kinds.iter_mut().find(|(other, _)| same(other)) {
                Some((_, places)) => places.push(tile.at),
                None => kinds.push((tile, vec![tile.at])),
            }
        }
        for (tile, places) in kinds {
            let kind = match tile.kind {
                TileKind::Shim => "shim",
                TileKind::Memory => "memory tile",
                TileKind::Core => "core",
            };
            let places: Vec<String> = places.iter().map(|at| format!("{},{}", at.column, at.row)).collect();
            writeln!(f, "{} × {kind}: {}", places.len(), places.join(" "))?;
            if tile.memory.all > 0 {
                writeln!(f, "  memory {} bytes, by banks {:?}", tile.memory, tile.banks)?;
            }
            if tile.stack > 0 {
                writeln!(f, "  of it stack {}, constants {}", tile.stack, tile.constants)?;
            }
            writeln!(
                f,
                "  BDs {}, locks {}, channels in {}, out {}",
                tile.descriptors, tile.locks, tile.inputs, tile.outputs
            )?;
        }
        Ok(())
    }
}
