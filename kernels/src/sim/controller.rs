//! The controller: it carries out an instruction stream word by word, each in its time, and waits for tokens.

use super::array::Run;
use super::fault::{Fault, SimError};
use super::parts::{Actor, Core, Lock, State, Work};
use crate::design::Command;
use crate::txn::{Address, Channel, Direction, Instruction, Register, TileKind};

/// Tasks that a channel holds, the running one among them.
const QUEUE: usize = 4;
/// Bits of a channel's settings that name who takes its tokens.
const TOKEN_TAKER: u32 = 0x1f00;
/// Highest repeat of a task.
const REPEATS: u32 = 0xff;

impl Run<'_> {
    fn instruction_error(&self, fault: Fault) -> SimError {
        self.error(self.controller.place(), fault)
    }

    /// Carries out the next instruction, unless one is under way or a token is missing.
    pub fn controller_step(&mut self) -> Result<(), SimError> {
        if self.controller.ended.is_some() || self.now < self.controller.busy_until {
            return Ok(());
        }
        let Some(instruction) = self.controller.instructions.get(self.controller.at).cloned() else {
            self.controller.ended = Some(self.now);
            return self.all_proven();
        };
        let costs = self.array.settings.costs;
        let cycles = match instruction {
            Instruction::Write { to, value } => {
                let queue = self.queue_of(to);
                if queue.is_some() && self.now < self.controller.dispatch {
                    self.controller.busy_until = self.controller.dispatch;
                    self.later(self.controller.dispatch - self.now, Actor::Controller);
                    return Ok(());
                }
                self.write(to, value, u32::MAX)?;
                costs.write
            }
            Instruction::BlockWrite { to, ref data, .. } => {
                for (word, value) in (0u32..).zip(data) {
                    self.write(Address(to.0.wrapping_add(word * 4)), *value, u32::MAX)?;
                }
                costs.write + costs.block_word * data.len() as u64
            }
            Instruction::MaskWrite { to, value, mask } => {
                self.write(to, value, mask)?;
                costs.mask_write
            }
            Instruction::Patch { to, argument, plus } => {
                self.patch(to, argument, plus)?;
                costs.patch
            }
            Instruction::Sync { column, row, channel, columns, rows } => {
                if !self.sync((column, row), channel, (columns, rows))? {
                    return Ok(());
                }
                costs.sync
            }
            Instruction::NoOp | Instruction::Preempt { .. } => costs.write,
            ref other => return Err(self.instruction_error(Fault::Unmodelled(other.name().into()))),
        };
        self.controller.at += 1;
        self.controller.busy_until = self.now + cycles;
        self.controller.done.push(self.now + cycles);
        self.later(cycles, Actor::Controller);
        Ok(())
    }

    fn tile_at(&self, to: Address) -> Result<usize, SimError> {
        let at = crate::design::graph::At { column: to.column(), row: to.row() };
        let tile = self.array.places.get(&at).copied();
        tile.ok_or_else(|| {
            let place = to.place(self.array.device.memory_rows);
            self.instruction_error(Fault::Unmodelled(format!("{place}, of a tile that the design has not")))
        })
    }

    fn channel_at(&self, tile: usize, channel: Channel) -> Option<usize> {
        let mut all = self.array.tiles[tile].channels.iter().copied();
        all.find(|index| self.array.channels[*index].channel == channel)
    }

    fn queue_of(&self, to: Address) -> Option<Channel> {
        match to.place(self.array.device.memory_rows).register {
            Register::Queue(channel) => Some(channel),
            _ => None,
        }
    }

    fn write(&mut self, to: Address, value: u32, mask: u32) -> Result<(), SimError> {
        let place = to.place(self.array.device.memory_rows);
        let tile = self.tile_at(to)?;
        if !to.0.is_multiple_of(4) {
            let fault = Fault::Misaligned { what: place.to_string(), byte: to.offset().into() };
            return Err(self.instruction_error(fault));
        }
        let shim = place.kind == TileKind::Shim;
        match place.register {
            Register::Descriptor { number, word } if shim => {
                self.check_descriptor_free(tile, number)?;
                self.array.tiles[tile].registers.write(number, word, value, mask);
                Ok(())
            }
            Register::Control(channel) if shim && mask & !TOKEN_TAKER == 0 => {
                if let Some(index) = self.channel_at(tile, channel) {
                    let taker = &mut self.array.channels[index].token_taker;
                    *taker = Some(taker.unwrap_or(0) & !mask | value & mask);
                }
                Ok(())
            }
            Register::Queue(channel) if shim && mask == u32::MAX => self.push(tile, channel, value),
            Register::Lock(number) if mask == u32::MAX => self.set_lock(tile, number, value),
            Register::Data(byte) if mask == u32::MAX => self.write_data(tile, byte, value),
            _ => Err(self.instruction_error(Fault::Unmodelled(place.to_string()))),
        }
    }

    fn check_descriptor_free(&self, tile: usize, number: u8) -> Result<(), SimError> {
        for channel in &self.array.tiles[tile].channels {
            let Work::Tasks(tasks) = &self.array.channels[*channel].work else { continue };
            if tasks.iter().any(|task| task.descriptor == number) {
                return Err(self.instruction_error(Fault::DescriptorInUse(number)));
            }
        }
        Ok(())
    }

    fn patch(&mut self, to: Address, argument: u8, plus: u64) -> Result<(), SimError> {
        let place = to.place(self.array.device.memory_rows);
        let tile = self.tile_at(to)?;
        let Register::Descriptor { number, word: 1 } = place.register else {
            return Err(self.instruction_error(Fault::Unmodelled(format!("an address in {place}"))));
        };
        if place.kind != TileKind::Shim {
            return Err(self.instruction_error(Fault::Unmodelled(format!("an address in {place}"))));
        }
        self.check_descriptor_free(tile, number)?;
        let given = self.arguments.len();
        let patched = self.array.tiles[tile].registers.patch(number, argument, plus, given);
        patched.map_err(|fault| self.instruction_error(fault))
    }

    /// Puts a task into a channel's queue.
    fn push(&mut self, tile: usize, channel: Channel, value: u32) -> Result<(), SimError> {
        let (token, repeats, number) = (value >> 31 == 1, value >> 16 & REPEATS, (value & 0xf) as u8);
        if value & 0x7f00_fff0 != 0 {
            let what = format!("bits {:#x} of a task", value & 0x7f00_fff0);
            return Err(self.instruction_error(Fault::Unmodelled(what)));
        }
        let found = self.channel_at(tile, channel).filter(|index| self.array.channels[*index].flow.is_some());
        let Some(index) = found else {
            let what = format!("{} {channel}, from or to which no stream goes", self.array.tiles[tile].name);
            return Err(self.instruction_error(Fault::Unmodelled(what)));
        };
        let lens: Vec<usize> = self.arguments.iter().map(|argument| argument.len()).collect();
        let registers = &self.array.tiles[tile].registers;
        let task = registers.task(number, repeats + 1, token, &lens);
        let mut task = task.map_err(|fault| self.channel_error(index, fault))?;
        let taken = match &self.array.channels[index].work {
            Work::Tasks(tasks) => tasks.len(),
            Work::Chain { .. } => 0,
        };
        if taken >= QUEUE {
            return Err(self.channel_error(index, Fault::QueueFull(channel)));
        }
        self.check_hazard(index, &task.footprint)?;
        task.cold = taken == 0;
        let costs = self.array.settings.costs;
        self.controller.dispatch =
            self.now + if task.cold { costs.dispatch_idle } else { costs.dispatch_busy };
        let entry = &mut self.array.channels[index];
        if channel.direction == Direction::ToMemory {
            entry.unproven.push_back(task.footprint.clone());
        }
        if let Work::Tasks(tasks) = &mut entry.work {
            tasks.push_back(task);
        }
        self.wake(Actor::Channel(index));
        Ok(())
    }

    fn set_lock(&mut self, tile: usize, number: u8, value: u32) -> Result<(), SimError> {
        let mut all = self.array.tiles[tile].locks.iter().copied();
        let Some(lock) = all.find(|lock| self.array.locks[*lock].number == number) else {
            let what = format!("lock {number} of {}", self.array.tiles[tile].name);
            return Err(self.instruction_error(Fault::Unmodelled(what)));
        };
        let name = self.array.locks[lock].name.clone();
        if value > Lock::MOST.into() {
            return Err(self.instruction_error(Fault::LockOver { name, value }));
        }
        let was = self.array.locks[lock].value;
        if was > 0 {
            return Err(self.instruction_error(Fault::LockLost { name, value, was: was.into() }));
        }
        if let Some(core) = self.array.tiles[tile].core {
            let core = &mut self.array.cores[core];
            core.announced |= std::mem::take(&mut core.written);
        }
        self.release(lock, value as u8)
    }

    fn write_data(&mut self, tile: usize, byte: u32, value: u32) -> Result<(), SimError> {
        let bytes = byte as usize..byte as usize + 4;
        self.check_no_dma(tile, &bytes, &self.controller.place())?;
        let core = self.array.tiles[tile].core.map(|core| &mut self.array.cores[core]);
        let of_command =
            |core: &&mut Core| (core.command_at..core.command_at + 4 * Command::WORDS).contains(&bytes.start);
        if let Some(core) = core.filter(of_command) {
            if core.announced {
                let buffer = self.array.tiles[tile].buffer_at(bytes.start);
                return Err(self.instruction_error(Fault::StaleCommand { buffer }));
            }
            core.written = true;
        }
        if let Some(place) = self.array.tiles[tile].memory.get_mut(bytes) {
            place.copy_from_slice(&value.to_le_bytes());
        }
        Ok(())
    }

    /// Takes tokens, if all are there.
    fn sync(&mut self, first: (u8, u8), channel: Channel, count: (u8, u8)) -> Result<bool, SimError> {
        let mut channels = Vec::new();
        for column in first.0..first.0.saturating_add(count.0) {
            for row in first.1..first.1.saturating_add(count.1) {
                let tile = self.tile_at(Address::new(column, row, 0))?;
                let Some(index) = self.channel_at(tile, channel) else {
                    let what = format!("a token of {} {channel}", self.array.tiles[tile].name);
                    return Err(self.instruction_error(Fault::Unmodelled(what)));
                };
                channels.push(index);
            }
        }
        if channels.iter().any(|index| self.array.channels[*index].tokens == 0) {
            self.controller.awaits = channels;
            return Ok(false);
        }
        self.controller.awaits.clear();
        for index in channels {
            let channel = &mut self.array.channels[index];
            channel.tokens -= 1;
            // Tasks are done in order, so those before it are as well.
            while channel.unproven.pop_front().is_some_and(|task| !task.token) {}
        }
        Ok(true)
    }

    /// That the controller knows at the end that everything in the system's memory is written.
    fn all_proven(&self) -> Result<(), SimError> {
        let unproven = self.array.channels.iter().filter(|channel| !channel.unproven.is_empty());
        let lines: Vec<String> = unproven
            .map(|channel| {
                let under_way = !matches!(channel.state, State::Idle);
                let state = if under_way { "still running" } else { "done" };
                format!(
                    "{}: {} tasks whose end was not awaited ({state})",
                    channel.name,
                    channel.unproven.len()
                )
            })
            .collect();
        if lines.is_empty() { Ok(()) } else { Err(self.instruction_error(Fault::Leftover(lines.join("\n")))) }
    }
}
