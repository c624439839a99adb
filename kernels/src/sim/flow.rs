//! Streams: words go when the sender and all receivers have a descriptor under way, so that the slowest holds all. What
//! little the switches and channels hold themselves is left out: where each lock is counted up by one and down by one,
//! room for more words can end no deadlock-free design in a deadlock, and changes nothing but times.

use super::addresses::Addresses;
use super::array::Run;
use super::fault::{Fault, SimError};
use super::memory::find_unwritten;
use super::parts::{Actor, Moving, State};
use crate::txn::TileKind;
use std::sync::atomic::AtomicU32;

impl Run<'_> {
    /// Lets the next words go, if all ends are ready.
    pub fn flow_step(&mut self, index: usize) -> Result<(), SimError> {
        let flow = &self.array.flows[index];
        if flow.under_way > 0 {
            return Ok(());
        }
        let mut words = self.array.settings.speed.block();
        for end in [flow.from].iter().chain(&flow.to) {
            let State::Moving(moving) = &self.array.channels[*end].state else { return Ok(()) };
            words = words.min(moving.left());
        }
        let mut cycles = u64::from(words);
        if flow.outside {
            let sends = self.array.tiles[self.array.channels[flow.from].tile].kind == TileKind::Shim;
            let rate = self.array.settings.shim_words[usize::from(!sends)];
            cycles = (f64::from(words) / rate).ceil() as u64;
            // The system's memory serves blocks in the order in which they are asked for.
            let served =
                self.memory_free.max(self.now as f64) + f64::from(words) / self.array.settings.memory_words;
            self.memory_free = served;
            cycles = cycles.max((served.ceil() as u64).saturating_sub(self.now));
        }
        self.array.flows[index].under_way = words;
        self.later(cycles, Actor::Flow(index));
        Ok(())
    }

    /// Words have come to where they go.
    pub fn flow_arrived(&mut self, index: usize) -> Result<(), SimError> {
        let words = self.array.flows[index].under_way;
        self.carry(index, words)?;
        self.array.flows[index].under_way = 0;
        let from = self.array.flows[index].from;
        self.array.channels[from].busy += u64::from(words);
        self.moved(from, words)?;
        for end in 0..self.array.flows[index].to.len() {
            let to = self.array.flows[index].to[end];
            self.array.channels[to].busy += u64::from(words);
            self.moved(to, words)?;
        }
        self.flow_step(index)
    }

    /// Copies them.
    fn carry(&mut self, index: usize, words: u32) -> Result<(), SimError> {
        let mut block = std::mem::take(&mut self.words);
        block.resize(words as usize, 0);
        let flow = &self.array.flows[index];
        let from = &self.array.channels[flow.from];
        let State::Moving(moving) = &from.state else { return Ok(()) };
        match moving.argument {
            Some(argument) => {
                moving.addresses.gather(self.argument(argument), moving.base, moving.done, &mut block);
            }
            None => {
                let memory = &self.array.tiles[from.tile].memory[..];
                moving.addresses.gather(memory, moving.base, moving.done, &mut block);
            }
        }
        if let Some(bad) = find_unwritten(&block) {
            let fault = self.unwritten(from.tile, moving, bad as u32);
            return Err(self.channel_error(flow.from, fault));
        }
        for end in 0..self.array.flows[index].to.len() {
            let to = self.array.flows[index].to[end];
            let State::Moving(moving) = self.array.channels[to].state.clone() else { continue };
            let Moving { addresses, base, argument, done } = moving;
            match argument {
                Some(argument) => addresses.scatter(self.argument(argument), base, done, &block),
                None => {
                    let tile = self.array.channels[to].tile;
                    addresses.scatter(&mut self.array.tiles[tile].memory[..], base, done, &block);
                }
            }
        }
        self.words = block;
        Ok(())
    }

    fn argument(&self, argument: u8) -> &[AtomicU32] {
        self.arguments.get(usize::from(argument)).copied().unwrap_or_default()
    }

    fn unwritten(&self, tile: usize, moving: &Moving, index: u32) -> Fault {
        let at = moving.base + Addresses::at(&moving.addresses, moving.done + index);
        let what = match moving.argument {
            Some(argument) => format!("argument {argument}"),
            None => self.array.tiles[tile].buffer_at(at * 4),
        };
        Fault::Unwritten { what, byte: at as u64 * 4 }
    }
}
