//! DMA channels: one descriptor after the other, each between two locks or as the controller's tasks say.

use super::array::Run;
use super::fault::{Fault, SimError};
use super::parts::{Actor, Moving, State, Work};
use super::tasks::Footprint;
use crate::txn::{Direction, TileKind};

/// What a channel begins next.
enum Next {
    Nothing,
    Link { lock: (usize, u8) },
    Run { latency: u64 },
}

impl Run<'_> {
    /// Begins the next descriptor, if there is one and the channel has none.
    pub fn channel_step(&mut self, index: usize) -> Result<(), SimError> {
        let costs = self.array.settings.costs;
        let channel = &mut self.array.channels[index];
        if !matches!(channel.state, State::Idle) {
            return Ok(());
        }
        let reads = channel.channel.direction == Direction::FromMemory;
        let next = match &mut channel.work {
            Work::Chain { links, next } => {
                links.get(*next).map_or(Next::Nothing, |link| Next::Link { lock: link.acquire })
            }
            Work::Tasks(tasks) => tasks.front().map_or(Next::Nothing, |task| Next::Run {
                latency: match (reads, task.cold) {
                    (true, true) => costs.first_read + costs.task_read,
                    (true, false) => costs.task_read,
                    (false, true) => costs.first_write + costs.task_write,
                    (false, false) => costs.task_write,
                },
            }),
        };
        match next {
            Next::Nothing => Ok(()),
            Next::Link { lock: (lock, by) } => {
                if self.acquire(lock, by, Actor::Channel(index)) {
                    return self.channel_has_lock(index);
                }
                self.array.channels[index].state = State::Lock(lock);
                Ok(())
            }
            Next::Run { latency } => {
                self.array.channels[index].state = State::Starting;
                self.later(latency, Actor::Channel(index));
                Ok(())
            }
        }
    }

    /// A link of a chain has its lock.
    pub fn channel_has_lock(&mut self, index: usize) -> Result<(), SimError> {
        let channel = &mut self.array.channels[index];
        let Work::Chain { links, next } = &channel.work else { return Ok(()) };
        let addresses = links[*next].addresses.clone();
        let moving = Moving { addresses, base: 0, argument: None, done: 0 };
        self.check_alone(index, &moving)?;
        self.begin_moving(index, moving);
        Ok(())
    }

    /// The first access of a task is over: its next run begins.
    pub fn channel_started(&mut self, index: usize) -> Result<(), SimError> {
        let channel = &mut self.array.channels[index];
        let Work::Tasks(tasks) = &mut channel.work else { return Ok(()) };
        let Some(task) = tasks.front_mut() else { return Ok(()) };
        task.runs -= 1;
        let base = self.array.tiles[channel.tile].registers.next_run(task);
        let Footprint { addresses, argument, .. } = &task.footprint;
        let moving = Moving { addresses: addresses.clone(), base, argument: Some(*argument), done: 0 };
        self.begin_moving(index, moving);
        Ok(())
    }

    fn begin_moving(&mut self, index: usize, moving: Moving) {
        let channel = &mut self.array.channels[index];
        channel.state = State::Moving(moving);
        if let Some(flow) = channel.flow {
            self.wake(Actor::Flow(flow));
        }
    }

    /// Counts words that went; after the last of a descriptor, goes on to the next.
    pub fn moved(&mut self, index: usize, words: u32) -> Result<(), SimError> {
        let channel = &mut self.array.channels[index];
        channel.bytes += u64::from(words) * 4;
        let State::Moving(moving) = &mut channel.state else { return Ok(()) };
        moving.done += words;
        if moving.left() > 0 {
            return Ok(());
        }
        channel.state = State::Idle;
        match &mut channel.work {
            Work::Chain { links, next } => {
                let (lock, by) = links[*next].release;
                *next = (*next + 1) % links.len();
                self.release(lock, by)?;
                self.channel_step(index)
            }
            Work::Tasks(tasks) => {
                let more = tasks.front().is_some_and(|task| task.runs > 0);
                if more {
                    return self.channel_started(index);
                }
                let token = tasks.pop_front().is_some_and(|task| task.footprint.token);
                if token {
                    self.give_token(index)?;
                }
                self.channel_step(index)
            }
        }
    }

    fn give_token(&mut self, index: usize) -> Result<(), SimError> {
        let channel = &mut self.array.channels[index];
        if channel.token_taker.is_none() {
            let lost = Fault::TokenLost(channel.channel);
            return Err(self.channel_error(index, lost));
        }
        channel.tokens += 1;
        self.wake(Actor::Controller);
        Ok(())
    }

    /// That nobody else uses the words that a descriptor is about to use in a tile's memory, if one of the two writes.
    fn check_alone(&self, index: usize, moving: &Moving) -> Result<(), SimError> {
        let channel = &self.array.channels[index];
        let tile = &self.array.tiles[channel.tile];
        if tile.kind == TileKind::Shim {
            return Ok(());
        }
        let writes = |channel: usize| self.array.channels[channel].channel.direction == Direction::ToMemory;
        let what = || tile.buffer_at(moving.addresses.extent().0 * 4);
        for other in tile.channels.iter().copied().filter(|other| *other != index) {
            let State::Moving(theirs) = &self.array.channels[other].state else { continue };
            if (writes(index) || writes(other)) && super::uses::share(&moving.addresses, &theirs.addresses) {
                let other = self.array.channels[other].name.clone();
                return Err(self.channel_error(index, Fault::Race { what: what(), other }));
            }
        }
        let Some(core) = tile.core.map(|core| &self.array.cores[core]) else { return Ok(()) };
        for port in &core.ports {
            let Some(buffer) = port.held.and_then(|held| tile.buffers.get(held)) else { continue };
            let begin = buffer.address as usize;
            if super::uses::touches(&moving.addresses, &(begin..begin + buffer.bytes as usize)) {
                let other = format!("port {} of {}", port.name, core.name);
                return Err(self.channel_error(index, Fault::Race { what: what(), other }));
            }
        }
        Ok(())
    }
}
