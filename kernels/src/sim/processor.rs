//! A core's processor: it goes through its program until it has to wait or calls a kernel.

use super::array::Run;
use super::fault::{Fault, SimError};
use super::kernels::reads;
use super::memory::{Memory, find_unwritten, find_unwritten_in};
use super::parts::{Actor, Core, Doing};
use super::program::{Op, evaluate};
use crate::design::Command;
use crate::design::graph::{Argument, Kernel, Value};
use std::ops::Range;

/// Statements without a lock or a call after which a program is taken to go round for nothing.
const RESTLESS: u32 = 1 << 20;
/// Arguments that a kernel has at most.
const MOST_ARGUMENTS: usize = 8;

impl Run<'_> {
    /// A kernel has returned.
    pub fn core_returned(&mut self, index: usize) -> Result<(), SimError> {
        self.array.cores[index].doing = Doing::Program;
        self.core_step(index)
    }

    /// The lock that the core waited for is counted down.
    pub fn core_has_lock(&mut self, index: usize) -> Result<(), SimError> {
        self.array.cores[index].doing = Doing::Program;
        self.locked(index)?;
        // Whoever releases a lock has more to do first.
        self.wake(Actor::Core(index));
        Ok(())
    }

    /// Goes on with the program.
    pub fn core_step(&mut self, index: usize) -> Result<(), SimError> {
        while self.array.cores[index].doing == Doing::Program && !self.array.cores[index].ops.is_empty() {
            let core = &mut self.array.cores[index];
            core.at = if core.at < core.ops.len() { core.at } else { 0 };
            core.restless += 1;
            core.spent += self.array.settings.costs.statement;
            if core.restless > RESTLESS {
                let fault = Fault::Program("never waits for anything".into());
                return Err(self.core_error(index, fault));
            }
            self.statement(index)?;
        }
        Ok(())
    }

    fn core_error(&self, index: usize, fault: Fault) -> SimError {
        self.error(&self.array.cores[index].name, fault)
    }

    fn statement(&mut self, index: usize) -> Result<(), SimError> {
        let core = &mut self.array.cores[index];
        let ops = core.ops.clone();
        match ops[core.at] {
            Op::Acquire { lock, by } => return self.lock(index, lock, by),
            Op::Take(port) => {
                let port = &core.ports[port];
                if port.held.is_some() {
                    let fault = Fault::Program(format!("takes port {} twice", port.name));
                    return Err(self.core_error(index, fault));
                }
                let take = port.take;
                return self.lock(index, take, 1);
            }
            Op::Release { lock, by } => {
                core.at += 1;
                core.restless = 0;
                return self.release(lock, by);
            }
            Op::Give(port) => {
                core.at += 1;
                let port = &mut core.ports[port];
                if port.held.take().is_none() {
                    let fault =
                        Fault::Program(format!("gives port {} back, which it has not taken", port.name));
                    return Err(self.core_error(index, fault));
                }
                let give = port.give;
                return self.release(give, 1);
            }
            Op::ReadCommand => {
                core.at += 1;
                return self.read_command(index);
            }
            Op::Begin { ref count, behind } => {
                let count = self.value(index, count)?;
                let core = &mut self.array.cores[index];
                if count == 0 {
                    core.at = behind;
                } else {
                    core.turns.push((0, count));
                    core.at += 1;
                }
            }
            Op::End { body } => {
                let Some((turn, count)) = core.turns.last_mut() else { return Ok(()) };
                *turn += 1;
                if turn < count {
                    core.at = body;
                } else {
                    core.turns.pop();
                    core.at += 1;
                }
            }
            Op::Call { kernel, ref arguments } => {
                core.at += 1;
                return self.call(index, kernel, arguments);
            }
        }
        Ok(())
    }

    fn lock(&mut self, index: usize, lock: usize, by: u8) -> Result<(), SimError> {
        self.array.cores[index].restless = 0;
        if self.acquire(lock, by, Actor::Core(index)) {
            return self.locked(index);
        }
        self.array.cores[index].doing = Doing::Lock(lock);
        Ok(())
    }

    /// Goes past a statement whose lock is counted down.
    fn locked(&mut self, index: usize) -> Result<(), SimError> {
        let core = &mut self.array.cores[index];
        let taken = match core.ops[core.at] {
            Op::Take(port) => {
                let port = &mut core.ports[port];
                let buffer = port.buffers[port.next];
                port.next = (port.next + 1) % port.buffers.len();
                port.held = Some(buffer);
                Some(buffer)
            }
            _ => None,
        };
        core.at += 1;
        let core = &self.array.cores[index];
        match taken {
            Some(buffer) => self.check_no_dma(core.tile, &self.place_of(core.tile, buffer), &core.name),
            None => Ok(()),
        }
    }

    /// Where a buffer is, in bytes.
    fn place_of(&self, tile: usize, buffer: usize) -> Range<usize> {
        let buffer = &self.array.tiles[tile].buffers[buffer];
        let begin = buffer.address as usize;
        begin..begin + buffer.bytes as usize
    }

    fn read_command(&mut self, index: usize) -> Result<(), SimError> {
        let core = &mut self.array.cores[index];
        let tile = &self.array.tiles[core.tile];
        let mut command = [0; Command::WORDS];
        tile.memory[..].load(core.command_at / 4, &mut command);
        if let Some(bad) = find_unwritten(&command) {
            let at = core.command_at + 4 * bad;
            let fault = Fault::Unwritten { what: tile.buffer_at(at), byte: at as u64 };
            return Err(self.core_error(index, fault));
        }
        core.command = Some(command);
        core.announced = false;
        Ok(())
    }

    fn value(&self, index: usize, value: &Value) -> Result<u32, SimError> {
        let Core { command, turns, .. } = &self.array.cores[index];
        evaluate(value, command.as_ref(), turns).ok_or_else(|| {
            self.core_error(index, Fault::Program("uses a command before it has read one".into()))
        })
    }

    fn call(&mut self, index: usize, kernel: Kernel, arguments: &[Argument]) -> Result<(), SimError> {
        let tile = self.array.cores[index].tile;
        let mut numbers = [0; MOST_ARGUMENTS];
        let Some(numbers) = numbers.get_mut(..arguments.len()) else {
            let why = format!("{} arguments", arguments.len());
            return Err(self.core_error(index, Fault::Kernel { kernel: kernel.name(), why }));
        };
        for (place, argument) in arguments.iter().enumerate() {
            let bytes = match argument {
                Argument::Value(value) => {
                    numbers[place] = self.value(index, value)?;
                    continue;
                }
                Argument::Buffer(buffer) => {
                    let bytes = self.place_of(tile, *buffer);
                    self.check_no_dma(tile, &bytes, &self.array.cores[index].name)?;
                    bytes
                }
                Argument::Held(port) => self.held(index, *port)?,
            };
            numbers[place] = bytes.start as u32;
            if reads(kernel).contains(&place) {
                self.check_written(index, &bytes)?;
            }
        }
        let tile = &mut self.array.tiles[tile];
        let cycles = self.array.kernels.call(kernel, tile.at, numbers, &mut tile.memory);
        let cycles = cycles
            .map_err(|why| self.core_error(index, Fault::Kernel { kernel: kernel.name(), why }))?
            + self.array.settings.costs.call;
        let core = &mut self.array.cores[index];
        core.busy += cycles;
        core.calls += 1;
        let pause = cycles + std::mem::take(&mut core.spent);
        if pause > 0 {
            core.restless = 0;
            core.doing = Doing::Kernel;
            self.later(pause, Actor::Core(index));
        }
        Ok(())
    }

    fn check_written(&self, index: usize, bytes: &Range<usize>) -> Result<(), SimError> {
        let tile = &self.array.tiles[self.array.cores[index].tile];
        let Some(bad) = find_unwritten_in(&tile.memory[bytes.clone()]) else { return Ok(()) };
        let at = bytes.start + 4 * bad;
        Err(self.core_error(index, Fault::Unwritten { what: tile.buffer_at(at), byte: at as u64 }))
    }

    /// The buffer that a port has taken, in bytes.
    fn held(&self, index: usize, port: usize) -> Result<Range<usize>, SimError> {
        let core = &self.array.cores[index];
        let port = &core.ports[port];
        let none = || Fault::Program(format!("uses port {}, which it has not taken", port.name));
        let held = port.held.ok_or_else(|| self.core_error(index, none()))?;
        Ok(self.place_of(core.tile, held))
    }
}
