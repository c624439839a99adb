//! A core's program, made flat: loops are jumps, so that it can stop and go on anywhere.

use crate::design::Command;
use crate::design::graph::{Argument, Kernel, Statement, Value};

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

/// The steps of a program that was checked. Locks are still indices in the tile.
pub(super) fn flatten(program: &[Statement]) -> Vec<Op> {
    let mut ops = Vec::new();
    append(program, &mut ops);
    ops
}

fn append(program: &[Statement], ops: &mut Vec<Op>) {
    for statement in program {
        match *statement {
            Statement::Acquire { lock, by } => ops.push(Op::Acquire { lock, by }),
            Statement::Release { lock, by } => ops.push(Op::Release { lock, by }),
            Statement::ReadCommand => ops.push(Op::ReadCommand),
            Statement::Take(port) => ops.push(Op::Take(port)),
            Statement::Give(port) => ops.push(Op::Give(port)),
            Statement::Call { kernel, ref arguments } => {
                ops.push(Op::Call { kernel, arguments: arguments.clone() });
            }
            Statement::Repeat { ref count, ref body } => {
                let begin = ops.len();
                ops.push(Op::Begin { count: count.clone(), behind: 0 });
                append(body, ops);
                ops.push(Op::End { body: begin + 1 });
                let end = ops.len();
                if let Some(Op::Begin { behind, .. }) = ops.get_mut(begin) {
                    *behind = end;
                }
            }
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
