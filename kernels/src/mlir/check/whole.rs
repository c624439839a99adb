//! What can be seen only when all of a device is known.

use super::model::{End, Model, Symbol, Use, Wanted};
use super::{Checker, Fault};
use crate::txn::{Channel, Direction, TileKind};
use std::collections::HashSet;

impl Checker<'_> {
    pub(super) fn whole(&mut self) -> Result<(), Fault> {
        self.summary.tiles += self.model.tiles.len();
        self.summary.buffers += self.model.buffers.len();
        self.summary.locks += self.model.locks.len();
        self.summary.flows += self.model.flows.len();
        self.summary.descriptors += self.model.descriptors;
        let faults = symbols(&self.model)
            .or_else(|| memories(&self.model))
            .or_else(|| locks(&self.model))
            .or_else(|| streams(&self.model, &self.task_ends));
        self.task_ends.clear();
        match faults {
            None => Ok(()),
            Some((at, what)) => Err(self.cursor.fault_at(at, what)),
        }
    }
}

type Found = Option<(usize, String)>;

/// Symbols that are not there, or are something else.
fn symbols(model: &Model) -> Found {
    model.uses.iter().find_map(|Use { symbol, place, wanted }| {
        let there = model.symbols.get(symbol);
        let fits = match (wanted, there) {
            (Wanted::Function(types), Some(Symbol::Function(known))) => types == known,
            (Wanted::Fifo(memory), Some(Symbol::Fifo(known)))
            | (Wanted::Global(memory), Some(Symbol::Global(known))) => memory == known,
            (Wanted::AnyFifo, Some(Symbol::Fifo(_)))
            | (Wanted::Stream, Some(Symbol::Fifo(_) | Symbol::Allocation | Symbol::Global(_)))
            | (Wanted::Buffer, Some(Symbol::Buffer)) => true,
            _ => false,
        };
        let what = match there {
            None => format!("nothing is called @{symbol}"),
            Some(_) => format!("@{symbol} is something else"),
        };
        (!fits).then_some((*place, what))
    })
}

/// Buffers that share bytes with others, or with the stack, which lies at the beginning of a core's memory.
fn memories(model: &Model) -> Found {
    for (tile, of) in model.tiles.iter().enumerate() {
        let mut parts: Vec<(u64, u64, &str, usize)> = Vec::new();
        for buffer in model.buffers.iter().filter(|buffer| buffer.tile == tile) {
            if let Some(address) = buffer.address {
                parts.push((address, address + buffer.memory.bytes(), &buffer.name, buffer.place));
            }
        }
        // Without addresses nothing is known of where things lie.
        if parts.is_empty() {
            continue;
        }
        parts.push((0, of.stack.unwrap_or(0), "the stack", of.place));
        parts.sort_unstable();
        let overlap = parts.windows(2).find_map(|pair| match pair {
            [(_, end, first, _), (begin, _, second, place)] if begin < end => {
                Some((*place, format!("{second} lies on {first}")))
            }
            _ => None,
        });
        if overlap.is_some() {
            return overlap;
        }
    }
    None
}

/// Locks of the same number, and locks that nobody ever gives back.
fn locks(model: &Model) -> Found {
    let mut numbers = HashSet::new();
    let mut from_outside = HashSet::new();
    for lock in &model.locks {
        if let Some(number) = lock.number
            && !numbers.insert((lock.tile, number))
        {
            return Some((lock.place, format!("lock {number} is there twice")));
        }
        if model.unseen {
            continue;
        }
        let acquired = lock.acquired_by_core || lock.acquired_by_dma;
        if lock.released && !acquired {
            return Some((lock.place, "this lock is released, and nobody acquires it".into()));
        }
        // A launch may start a core by one lock, which is released from outside.
        let stuck = acquired && !lock.released && lock.initial == 0;
        if stuck && (lock.acquired_by_dma || !from_outside.insert(lock.tile)) {
            return Some((lock.place, "this lock is acquired, and nobody releases it".into()));
        }
    }
    None
}

/// Ends of streams that nothing comes to, and channels that no stream leads from or to.
fn streams(model: &Model, tasks: &[(End, usize)]) -> Found {
    // Queues become streams later.
    if model.flows.is_empty() {
        return None;
    }
    let mut taken = HashSet::new();
    for (from, to, place) in &model.flows {
        if !taken.insert(*to) {
            return Some((*place, "two streams lead here".into()));
        }
        for (tile, channel) in [from, to] {
            let started = model.tiles.get(*tile).and_then(|tile| tile.channels.as_ref());
            let shim = model.tiles.get(*tile).is_none_or(|tile| tile.kind == TileKind::Shim);
            if !shim && !started.is_some_and(|started| started.contains(channel)) {
                return Some((*place, format!("{channel} of this tile is not started")));
            }
        }
    }
    let has_stream = |tile: usize, channel: Channel| {
        model.flows.iter().any(|(from, to, _)| match channel.direction {
            Direction::FromMemory => *from == (tile, channel),
            Direction::ToMemory => *to == (tile, channel),
        })
    };
    for (number, tile) in model.tiles.iter().enumerate() {
        let lonely = tile.channels.iter().flatten().find(|channel| !has_stream(number, **channel));
        if let Some(channel) = lonely {
            return Some((tile.place, format!("no stream leads to {channel} of this tile")));
        }
    }
    let lonely = tasks.iter().find(|((tile, channel), _)| !has_stream(*tile, *channel));
    lonely.map(|((_, channel), place)| (*place, format!("no stream leads to {channel} of a shim")))
}
