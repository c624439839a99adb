//! Whether two use the same words.

use super::addresses::{Addresses, meet};
use super::array::Run;
use super::fault::{Fault, SimError};
use super::parts::{State, Work};
use super::tasks::Footprint;
use crate::txn::Direction;
use std::ops::Range;

/// Whether two descriptors of a tile have a word in common.
pub(super) fn share(first: &Addresses, second: &Addresses) -> bool {
    let ((begin, end), (other_begin, other_end)) = (first.extent(), second.extent());
    begin < other_end && other_begin < end && meet(first.intervals(), second.intervals())
}

/// Whether a descriptor has a word in a range of bytes.
pub(super) fn touches(addresses: &Addresses, bytes: &Range<usize>) -> bool {
    let inside = |(begin, end): (usize, usize)| begin * 4 < bytes.end && bytes.start < end * 4;
    inside(addresses.extent()) && addresses.intervals().any(inside)
}

impl Run<'_> {
    /// That a new task of a channel uses nothing that others write and that is not known to be written, and writes
    /// nothing that others still read.
    pub fn check_hazard(&self, index: usize, task: &Footprint) -> Result<(), SimError> {
        let writes = self.array.channels[index].channel.direction == Direction::ToMemory;
        for (other, channel) in self.array.channels.iter().enumerate() {
            if other == index {
                continue;
            }
            if channel.unproven.iter().any(|theirs| task.shares(theirs)) {
                let fault = Fault::Hazard { argument: task.argument, other: channel.name.clone() };
                return Err(self.channel_error(index, fault));
            }
            let Work::Tasks(tasks) = &channel.work else { continue };
            if writes && tasks.iter().any(|theirs| task.shares(&theirs.footprint)) {
                let what = format!("argument {}", task.argument);
                return Err(self.channel_error(index, Fault::Race { what, other: channel.name.clone() }));
            }
        }
        Ok(())
    }

    /// That no DMA channel uses bytes of a tile's memory that something else is about to use.
    pub fn check_no_dma(&self, tile: usize, bytes: &Range<usize>, who: &str) -> Result<(), SimError> {
        let tile = &self.array.tiles[tile];
        for channel in tile.channels.iter().map(|channel| &self.array.channels[*channel]) {
            let State::Moving(moving) = &channel.state else { continue };
            if touches(&moving.addresses, bytes) {
                let (what, other) = (tile.buffer_at(bytes.start), channel.name.clone());
                return Err(self.error(who, Fault::Race { what, other }));
            }
        }
        Ok(())
    }
}
