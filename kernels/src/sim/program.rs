//! A core's program, made flat: loops are jumps, so that it can stop and go on anywhere.

use crate::design::Command;
use crate::design::graph::{Argument, Core, Kernel, Statement, Value};

/// A step.
#[derive(Clone, Debug)]
pub(super) enum Op {
    Acquire {
        lock: usize,
        by: u8,
    },
    Release {
        lock: usize,
        by: u8,
    },
    ReadCommand,
    Take(usize),
    Give(usize),
    /// Begins a loop, or goes to the step behind it.
    Begin {
        count: Value,
        behind: usize,
    },
    /// Goes to the step behind the loop's beginning, if it is to go round again.
    End {
        body: usize,
    },
    Call {
        kernel: Kernel,
        arguments: Vec<Argument>,
    },
}

/// The steps of a core's program. Locks are still indices in the tile.
///
/// # Errors
/// What in the program means nothing.
pub(super) fn flatten(core: &Core, buffers: usize, locks: usize) -> Result<Vec<Op>, String> {
    let mut flat = Flat { core, buffers, locks, ops: Vec::new() };
    flat.statements(&core.program, 0)?;
    if flat.ops.is_empty() { Err("a core's program does nothing".into()) } else { Ok(flat.ops) }
}

struct Flat<'a> {
    core: &'a Core,
    buffers: usize,
    locks: usize,
    ops: Vec<Op>,
}

impl Flat<'_> {
    fn statements(&mut self, all: &[Statement], depth: usize) -> Result<(), String> {
        all.iter().try_for_each(|statement| self.statement(statement, depth))
    }

    fn statement(&mut self, statement: &Statement, depth: usize) -> Result<(), String> {
        match statement {
            Statement::Acquire { lock, by } => {
                inside("lock", *lock, self.locks)?;
                self.ops.push(Op::Acquire { lock: *lock, by: *by });
            }
            Statement::Release { lock, by } => {
                inside("lock", *lock, self.locks)?;
                self.ops.push(Op::Release { lock: *lock, by: *by });
            }
            Statement::ReadCommand => self.ops.push(Op::ReadCommand),
            Statement::Take(port) => {
                inside("port", *port, self.core.ports.len())?;
                self.ops.push(Op::Take(*port));
            }
            Statement::Give(port) => {
                inside("port", *port, self.core.ports.len())?;
                self.ops.push(Op::Give(*port));
            }
            Statement::Repeat { count, body } => {
                value(count, depth)?;
                let begin = self.ops.len();
                self.ops.push(Op::Begin { count: count.clone(), behind: 0 });
                self.statements(body, depth + 1)?;
                self.ops.push(Op::End { body: begin + 1 });
                let end = self.ops.len();
                if let Some(Op::Begin { behind, .. }) = self.ops.get_mut(begin) {
                    *behind = end;
                }
            }
            Statement::Call { kernel, arguments } => {
                for argument in arguments {
                    match argument {
                        Argument::Value(number) => value(number, depth)?,
                        Argument::Buffer(buffer) => inside("buffer", *buffer, self.buffers)?,
                        Argument::Held(port) => inside("port", *port, self.core.ports.len())?,
                    }
                }
                self.ops.push(Op::Call { kernel: *kernel, arguments: arguments.clone() });
            }
        }
        Ok(())
    }
}

fn inside(what: &str, index: usize, count: usize) -> Result<(), String> {
    if index < count {
        return Ok(());
    }
    Err(format!("a core's program names {what} {index}, and there are {count}"))
}

fn value(what: &Value, depth: usize) -> Result<(), String> {
    match what {
        Value::Constant(_) => Ok(()),
        Value::Command(word) => inside("word of the command", (*word).into(), Command::WORDS),
        Value::Turn(turn) => inside("loop", (*turn).into(), depth),
        Value::And(inner, _) => value(inner, depth),
        Value::Equal(first, second) => value(first, depth).and_then(|()| value(second, depth)),
        Value::Choose(first, second, third) => {
            [first, second, third].into_iter().try_for_each(|one| value(one, depth))
        }
    }
}

/// A value as it is now: `None` if it needs a command and none was read.
pub(super) fn evaluate(
    what: &Value,
    command: Option<&[u32; Command::WORDS]>,
    turns: &[(u32, u32)],
) -> Option<u32> {
    let now = |what: &Value| evaluate(what, command, turns);
    Some(match what {
        Value::Constant(value) => *value,
        Value::Command(word) => *command?.get(usize::from(*word))?,
        Value::Turn(turn) => turns.get(usize::from(*turn))?.0,
        Value::And(inner, mask) => now(inner)? & mask,
        Value::Equal(first, second) => u32::from(now(first)? == now(second)?),
        Value::Choose(which, yes, no) => {
            if now(which)? != 0 {
                now(yes)?
            } else {
                now(no)?
            }
        }
    })
}
