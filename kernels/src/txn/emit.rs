//! Traffic to instructions, as one of the compiler's generations would have written them.

use super::check::{Limit, TrafficError};
use super::descriptor::RangeError;
use super::dialect::Dialect;
use super::instruction::{Header, Instruction, Stream};
use super::register::{Address, Channel, TileKind};
use super::traffic::{Step, Traffic, Transfer, Write};

/// Who takes the tokens: the array's controller.
const CONTROLLER: u32 = 15;

impl Dialect {
    fn transfer(&self, t: &Transfer) -> Result<Vec<Instruction>, RangeError> {
        let shim = |offset| Address::new(t.column, 0, offset);
        let data = self.descriptor(t)?.words.to_vec();
        let mut all = vec![
            Instruction::BlockWrite {
                to: shim(TileKind::Shim.descriptor(t.descriptor, 0)),
                data,
                names_tile: false,
            },
            Instruction::Patch {
                to: shim(TileKind::Shim.descriptor(t.descriptor, 1)),
                argument: t.argument,
                plus: self.plus(t),
            },
        ];
        if t.token {
            all.push(Instruction::MaskWrite {
                to: shim(TileKind::Shim.control(t.channel)),
                value: CONTROLLER << 8,
                mask: self.controller_mask,
            });
        }
        let repeats = t.pattern.runs.size.saturating_sub(1);
        let value = u32::from(t.token) << 31 | repeats << 16 | u32::from(t.descriptor);
        all.push(Instruction::Write { to: shim(TileKind::Shim.queue(t.channel)), value });
        Ok(all)
    }
}

impl Traffic {
    /// The stream: each transfer writes its descriptor, patches the buffer's address in, and goes into its queue.
    ///
    /// # Errors
    /// Those of [`Traffic::check`].
    pub fn emit(&self, dialect: &Dialect) -> Result<Stream, TrafficError> {
        self.check(dialect)?;
        let mut instructions = Vec::new();
        for (step, what) in self.steps.iter().enumerate() {
            match what {
                Step::Write(w) => instructions.push(write(w)),
                Step::Transfer(t) => {
                    let error = |range| TrafficError {
                        step,
                        column: t.column,
                        limit: Limit::Field { number: t.descriptor, range },
                    };
                    instructions.extend(dialect.transfer(t).map_err(error)?);
                }
                Step::Wait(wait) => instructions.push(sync(wait.column, wait.channel)),
            }
        }
        let device = self.device;
        let header = Header {
            layout: dialect.layout,
            generation: device.generation,
            rows: device.rows,
            columns: device.columns,
            memory_rows: device.memory_rows,
        };
        Ok(Stream { header, instructions })
    }
}

fn write(w: &Write) -> Instruction {
    let to = Address::new(w.column, w.row, w.offset);
    match *w.words {
        [value] => Instruction::Write { to, value },
        _ => Instruction::BlockWrite { to, data: w.words.clone(), names_tile: false },
    }
}

fn sync(column: u8, channel: Channel) -> Instruction {
    Instruction::Sync { column, row: 0, channel, columns: 1, rows: 1 }
}
