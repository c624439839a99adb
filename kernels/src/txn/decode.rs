//! Words to streams. What decodes, encodes to the same words.

use super::encode::{head, tile};
use super::error::TxnError;
use super::instruction::{Generation, Header, Instruction, Layout, Stream, code};
use super::register::{Address, Channel, Direction};

/// Words of a header.
const HEADER: usize = 4;

/// The stream that the words are. Addresses and values are not looked at.
///
/// # Errors
/// [`TxnError`]: anything but what [`super::encode()`] makes, with the word where it is seen.
pub fn decode(words: &[u32]) -> Result<Stream, TxnError> {
    let given = words.len();
    let Some((&[first, second, count, said], _)) = words.split_first_chunk::<HEADER>() else {
        return Err(TxnError::Header { given });
    };
    let [major, minor, generation, rows] = first.to_le_bytes();
    let layouts: &[Layout] = match (major, minor) {
        (0, 1) => &[Layout::Compiler, Layout::Library],
        (1, 0) => &[Layout::Short],
        _ => return Err(TxnError::Version { major, minor }),
    };
    let generation = match generation {
        3 => Generation::Npu1,
        4 => Generation::Npu2,
        other => return Err(TxnError::Generation(other)),
    };
    if said as usize != given * 4 {
        return Err(TxnError::Length { said, given: given * 4 });
    }
    let [columns, memory_rows, 0, 0] = second.to_le_bytes() else {
        return Err(TxnError::Word { at: 1, value: second });
    };
    let mut error = TxnError::Header { given };
    for &layout in layouts {
        let header = Header { layout, generation, rows, columns, memory_rows };
        match (Reader { words, at: HEADER, begin: HEADER, layout }).instructions(count) {
            Ok(instructions) => return Ok(Stream { header, instructions }),
            // Whoever comes further has the right layout, and the right reason.
            Err(e) if e.at() > error.at() => error = e,
            Err(_) => {}
        }
    }
    Err(error)
}

struct Reader<'a> {
    words: &'a [u32],
    at: usize,
    /// Where the instruction begins that is being read.
    begin: usize,
    layout: Layout,
}

impl Reader<'_> {
    fn instructions(&mut self, count: u32) -> Result<Vec<Instruction>, TxnError> {
        let mut all = Vec::new();
        for _ in 0..count {
            self.begin = self.at;
            all.push(self.one()?);
        }
        if self.at == self.words.len() { Ok(all) } else { Err(TxnError::Left { at: self.at, count }) }
    }

    fn word(&mut self) -> Result<u32, TxnError> {
        let left = self.words.len() - self.begin;
        let missing = TxnError::Truncated { at: self.begin, needed: self.at - self.begin + 1, left };
        let word = *self.words.get(self.at).ok_or(missing)?;
        self.at += 1;
        Ok(word)
    }

    /// The word that was read last means nothing.
    fn wrong(&self, value: u32) -> TxnError {
        TxnError::Word { at: self.at - 1, value }
    }

    /// A word that has one value only.
    fn fixed(&mut self, expected: u32) -> Result<(), TxnError> {
        let value = self.word()?;
        if value == expected { Ok(()) } else { Err(self.wrong(value)) }
    }

    /// A length in bytes that has one value only.
    fn size(&mut self, expected: u32) -> Result<(), TxnError> {
        let said = self.word()?;
        if said == expected { Ok(()) } else { Err(TxnError::Size { at: self.at - 1, said }) }
    }

    /// A length in bytes of the whole instruction, and the words of it that are left.
    fn rest(&mut self) -> Result<Vec<u32>, TxnError> {
        let said = self.word()?;
        let read = self.at - self.begin;
        let words = said as usize / 4;
        if !said.is_multiple_of(4) || words < read {
            return Err(TxnError::Size { at: self.at - 1, said });
        }
        let left = self.words.len() - self.begin;
        let rest = self.words.get(self.at..self.begin + words);
        let rest = rest.ok_or(TxnError::Truncated { at: self.begin, needed: words, left })?;
        self.at += rest.len();
        Ok(rest.to_vec())
    }

    fn long(&mut self) -> Result<u64, TxnError> {
        Ok(u64::from(self.word()?) | u64::from(self.word()?) << 32)
    }

    /// An address, which is 64 bits wide in version 0.1 and of which the upper half is not used.
    fn wide_address(&mut self) -> Result<Address, TxnError> {
        let address = Address(self.word()?);
        self.fixed(0)?;
        Ok(address)
    }

    /// The first word was this, and belongs to a register access of that address.
    fn access(&self, first: u32, address: Address) -> Result<(), TxnError> {
        let expected = head(self.layout, first as u8, address);
        if first == expected { Ok(()) } else { Err(TxnError::Word { at: self.begin, value: first }) }
    }

    fn one(&mut self) -> Result<Instruction, TxnError> {
        let first = self.word()?;
        let [code, second, third, fourth] = first.to_le_bytes();
        // The bytes of the first word that each instruction uses besides its code.
        let used = match code {
            code::WRITE | code::BLOCK_WRITE | code::MASK_WRITE | code::MASK_POLL | code::MASK_POLL_BUSY => {
                0x00ff_ff00
            }
            code::PREEMPT | code::CREATE_SCRATCHPAD => 0x0000_ff00,
            code::LOAD_PDI => 0xffff_0000,
            code::LOAD_PROGRAM => 0xffff_ff00,
            code::UPDATE_STATE | code::UPDATE_REGISTER => 0x00ff_ff00,
            _ => 0,
        };
        let strange = first & !(used | 0xff) != 0;
        match code {
            _ if strange => Err(self.wrong(first)),
            code::WRITE => self.write(first),
            code::BLOCK_WRITE => self.block_write(first),
            code::MASK_WRITE => {
                let (to, value, mask) = self.masked(first)?;
                Ok(Instruction::MaskWrite { to, value, mask })
            }
            code::MASK_POLL | code::MASK_POLL_BUSY => {
                let (at, value, mask) = self.masked(first)?;
                Ok(Instruction::MaskPoll { at, value, mask, busy: code == code::MASK_POLL_BUSY })
            }
            code::NO_OP => Ok(Instruction::NoOp),
            code::PREEMPT => Ok(Instruction::Preempt { level: second }),
            code::LOAD_PDI => Ok(Instruction::LoadPdi {
                id: u16::from_le_bytes([third, fourth]),
                bytes: self.word()?,
                address: self.long()?,
            }),
            code::LOAD_PROGRAM => Ok(Instruction::LoadProgram { count: first >> 8, id: self.word()? }),
            code::CREATE_SCRATCHPAD => Ok(Instruction::CreateScratchpad {
                usage: second,
                bytes: self.word()?,
                address: self.long()?,
            }),
            code::UPDATE_STATE => {
                Ok(Instruction::UpdateState { entry: second, function: third, operand: self.word()? })
            }
            code::UPDATE_REGISTER => Ok(Instruction::UpdateRegister {
                entry: second,
                function: third,
                operand: self.word()?,
                to: Address(self.word()?),
            }),
            code::UPDATE_SCRATCHPAD => Ok(Instruction::UpdateScratchpad),
            code::SYNC => self.sync(),
            code::PATCH => self.patch(),
            code::READ_REGISTERS | code::RECORD_TIMER | code::MERGE_SYNC => {
                Ok(Instruction::Custom { code, payload: self.rest()? })
            }
            _ => Err(self.unknown(code)),
        }
    }

    fn unknown(&self, code: u8) -> TxnError {
        let at = self.begin;
        match code {
            code::BLOCK_SET => TxnError::NoLayout { at, name: "blockset" },
            code::SHIM_BD => TxnError::NoLayout { at, name: "config_shimdma_bd" },
            code::SHIM_DMABUF_BD => TxnError::NoLayout { at, name: "config_shimdma_dmabuf_bd" },
            code::LOAD_PROGRAM_END => TxnError::NoLayout { at, name: "load_pm_end" },
            _ => TxnError::Unknown { at, code },
        }
    }

    fn write(&mut self, first: u32) -> Result<Instruction, TxnError> {
        if self.layout == Layout::Short {
            let (to, value) = (Address(self.word()?), self.word()?);
            self.access(first, to)?;
            return Ok(Instruction::Write { to, value });
        }
        self.fixed(0)?;
        let to = self.wide_address()?;
        self.access(first, to)?;
        let value = self.word()?;
        self.size(24)?;
        Ok(Instruction::Write { to, value })
    }

    fn masked(&mut self, first: u32) -> Result<(Address, u32, u32), TxnError> {
        if self.layout == Layout::Short {
            let to = Address(self.word()?);
            self.access(first, to)?;
            return Ok((to, self.word()?, self.word()?));
        }
        self.fixed(0)?;
        let to = self.wide_address()?;
        self.access(first, to)?;
        let (value, mask) = (self.word()?, self.word()?);
        if self.layout == Layout::Compiler {
            self.size(28)?;
        } else {
            self.size(32)?;
            self.fixed(0)?;
        }
        Ok((to, value, mask))
    }

    fn block_write(&mut self, first: u32) -> Result<Instruction, TxnError> {
        let second = if self.layout == Layout::Short { 0 } else { self.word()? };
        let to = Address(self.word()?);
        self.access(first, to)?;
        let names_tile = second != 0;
        if names_tile && (self.layout != Layout::Compiler || second != tile(to)) {
            return Err(TxnError::Word { at: self.begin + 1, value: second });
        }
        Ok(Instruction::BlockWrite { to, data: self.rest()?, names_tile })
    }

    fn sync(&mut self) -> Result<Instruction, TxnError> {
        self.size(16)?;
        let value = self.word()?;
        let [direction, row, column, 0] = value.to_le_bytes() else {
            return Err(self.wrong(value));
        };
        let direction = match direction {
            0 => Direction::ToMemory,
            1 => Direction::FromMemory,
            _ => return Err(self.wrong(value)),
        };
        let value = self.word()?;
        let [0, rows, columns, number] = value.to_le_bytes() else {
            return Err(self.wrong(value));
        };
        Ok(Instruction::Sync { column, row, channel: Channel { direction, number }, columns, rows })
    }

    fn patch(&mut self) -> Result<Instruction, TxnError> {
        let short = self.layout == Layout::Short;
        self.size(if short { 24 } else { 48 })?;
        let to = if short {
            Address(self.word()?)
        } else {
            // An empty header inside, and an action of which there is one only.
            for _ in 0..4 {
                self.fixed(0)?;
            }
            self.wide_address()?
        };
        let value = self.word()?;
        let argument = u8::try_from(value).map_err(|_| self.wrong(value))?;
        if !short {
            self.fixed(0)?;
        }
        Ok(Instruction::Patch { to, argument, plus: self.long()? })
    }
}
