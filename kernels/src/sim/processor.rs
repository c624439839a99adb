//! A core's processor: it goes through its program until it has to wait or calls a kernel.

use super::array::Run;
use super::fault::{Fault, SimError};
use super::kernels::{CoreMemory, Operand, reads};
use super::parts::{Actor, Core, Doing};
use super::program::{Op, evaluate};
use crate::design::Command;
use crate::design::graph::{Argument, Kernel, Value};
use crate::runtime::POISON;

/// Statements without a lock or a call after which a program is taken to go round for nothing.
const RESTLESS: u32 = 1 << 20;

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
        while self.array.cores[index].doing == Doing::Program {
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
            Some(buffer) => self.check_no_dma(core.tile, &self.words_of(core.tile, buffer), &core.name),
            None => Ok(()),
        }
    }

    fn words_of(&self, tile: usize, buffer: usize) -> std::ops::Range<usize> {
        let buffer = &self.array.tiles[tile].buffers[buffer];
        let begin = buffer.address as usize / 4;
        begin..begin + buffer.bytes as usize / 4
    }

    fn read_command(&mut self, index: usize) -> Result<(), SimError> {
        let core = &mut self.array.cores[index];
        let tile = &self.array.tiles[core.tile];
        let mut command = [0; Command::WORDS];
        command.copy_from_slice(&tile.memory[core.command_at..core.command_at + Command::WORDS]);
        if let Some(bad) = command.iter().position(|word| *word == POISON) {
            let at = core.command_at + bad;
            let fault = Fault::Unwritten { what: tile.buffer_at(at), byte: at as u64 * 4 };
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
        let operands: Vec<Operand> =
            arguments.iter().map(|argument| self.operand(index, argument)).collect::<Result<_, _>>()?;
        let tile = self.array.cores[index].tile;
        for (argument, operand) in operands.iter().enumerate() {
            let Operand::Words(words) = operand else { continue };
            if !matches!(arguments[argument], Argument::Held(_)) {
                self.check_no_dma(tile, words, &self.array.cores[index].name)?;
            }
            let memory = &self.array.tiles[tile].memory;
            let bad = reads(kernel).contains(&argument).then(|| {
                memory[words.clone()].iter().position(|word| *word == POISON).map(|bad| words.start + bad)
            });
            if let Some(at) = bad.flatten() {
                let what = self.array.tiles[tile].buffer_at(at);
                return Err(self.core_error(index, Fault::Unwritten { what, byte: at as u64 * 4 }));
            }
        }
        let tile = &mut self.array.tiles[tile];
        let mut memory = CoreMemory { at: tile.at, words: &mut tile.memory };
        let cycles = self.array.kernels.call(kernel, &mut memory, &operands);
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

    fn operand(&self, index: usize, argument: &Argument) -> Result<Operand, SimError> {
        let core = &self.array.cores[index];
        Ok(match argument {
            Argument::Value(value) => Operand::Number(self.value(index, value)?),
            Argument::Buffer(buffer) => Operand::Words(self.words_of(core.tile, *buffer)),
            Argument::Held(port) => {
                let port = &core.ports[*port];
                let held = port.held.ok_or_else(|| {
                    let problem = format!("uses port {}, which it has not taken", port.name);
                    self.core_error(index, Fault::Program(problem))
                })?;
                Operand::Words(self.words_of(core.tile, held))
            }
        })
    }
}
