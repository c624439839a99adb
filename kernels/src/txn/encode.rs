//! Streams to words.

use super::instruction::{Header, Instruction, Layout, Stream, code};
use super::register::Address;

/// The words of a stream.
pub fn encode(stream: &Stream) -> Vec<u32> {
    let mut words = vec![0; 4];
    for instruction in &stream.instructions {
        one(stream.header.layout, instruction, &mut words);
    }
    let header = header(&stream.header, stream.instructions.len(), words.len());
    words[..4].copy_from_slice(&header);
    words
}

fn header(header: &Header, instructions: usize, words: usize) -> [u32; 4] {
    let version = if header.layout == Layout::Short { 0x0001 } else { 0x0100 };
    [
        u32::from(header.rows) << 24 | (header.generation as u32) << 16 | version,
        u32::from(header.memory_rows) << 8 | u32::from(header.columns),
        instructions as u32,
        words as u32 * 4,
    ]
}

/// The first word of a register access. The library means the tile's column and row, but takes the row and the lowest
/// byte of the address (aie-rt, `_XAie_GetColfromRegOff` and `_XAie_GetRowfromRegOff`); nobody reads them.
pub(super) fn head(layout: Layout, code: u8, address: Address) -> u32 {
    match layout {
        Layout::Library => u32::from(code) | u32::from(address.row()) << 8 | (address.0 & 0xff) << 16,
        _ => u32::from(code),
    }
}

/// The tile as the second word of a block write has it.
pub(super) fn tile(address: Address) -> u32 {
    u32::from(address.column()) | u32::from(address.row()) << 8
}

fn one(layout: Layout, instruction: &Instruction, words: &mut Vec<u32>) {
    let short = layout == Layout::Short;
    match *instruction {
        Instruction::Write { to, value } if short => words.extend([code::WRITE.into(), to.0, value]),
        Instruction::Write { to, value } => {
            words.extend([head(layout, code::WRITE, to), 0, to.0, 0, value, 24]);
        }
        Instruction::BlockWrite { to, ref data, names_tile } => {
            let bytes = (data.len() as u32 + if short { 3 } else { 4 }) * 4;
            words.push(head(layout, code::BLOCK_WRITE, to));
            if !short {
                words.push(if names_tile && layout == Layout::Compiler { tile(to) } else { 0 });
            }
            words.extend([to.0, bytes]);
            words.extend(data);
        }
        Instruction::MaskWrite { to, value, mask } => {
            masked(layout, code::MASK_WRITE, to, value, mask, words);
        }
        Instruction::MaskPoll { at, value, mask, busy } => {
            let code = if busy { code::MASK_POLL_BUSY } else { code::MASK_POLL };
            masked(layout, code, at, value, mask, words);
        }
        Instruction::Sync { column, row, channel, columns, rows } => words.extend([
            code::SYNC.into(),
            16,
            channel.direction as u32 | u32::from(row) << 8 | u32::from(column) << 16,
            u32::from(rows) << 8 | u32::from(columns) << 16 | u32::from(channel.number) << 24,
        ]),
        Instruction::Patch { to, argument, plus } if short => {
            words.extend([code::PATCH.into(), 24, to.0, argument.into(), plus as u32, (plus >> 32) as u32]);
        }
        Instruction::Patch { to, argument, plus } => {
            words.extend([code::PATCH.into(), 48, 0, 0, 0, 0, to.0, 0, argument.into(), 0]);
            words.extend([plus as u32, (plus >> 32) as u32]);
        }
        Instruction::Custom { code, ref payload } => {
            words.extend([code.into(), (payload.len() as u32 + 2) * 4]);
            words.extend(payload);
        }
        ref other => same_in_all(other, words),
    }
}

fn masked(layout: Layout, code: u8, address: Address, value: u32, mask: u32, words: &mut Vec<u32>) {
    let head = head(layout, code, address);
    match layout {
        Layout::Short => words.extend([head, address.0, value, mask]),
        Layout::Compiler => words.extend([head, 0, address.0, 0, value, mask, 28]),
        Layout::Library => words.extend([head, 0, address.0, 0, value, mask, 32, 0]),
    }
}

fn same_in_all(instruction: &Instruction, words: &mut Vec<u32>) {
    let packed =
        |code: u8, second: u8, third: u8| u32::from(code) | u32::from(second) << 8 | u32::from(third) << 16;
    let (low, high) = (|value: u64| value as u32, |value: u64| (value >> 32) as u32);
    match *instruction {
        Instruction::Preempt { level } => words.push(packed(code::PREEMPT, level, 0)),
        Instruction::LoadPdi { id, bytes, address } => {
            words.extend([
                u32::from(code::LOAD_PDI) | u32::from(id) << 16,
                bytes,
                low(address),
                high(address),
            ]);
        }
        Instruction::LoadProgram { count, id } => {
            words.extend([u32::from(code::LOAD_PROGRAM) | count << 8, id]);
        }
        Instruction::CreateScratchpad { usage, bytes, address } => {
            words.extend([packed(code::CREATE_SCRATCHPAD, usage, 0), bytes, low(address), high(address)]);
        }
        Instruction::UpdateState { entry, function, operand } => {
            words.extend([packed(code::UPDATE_STATE, entry, function), operand]);
        }
        Instruction::UpdateRegister { entry, function, operand, to } => {
            words.extend([packed(code::UPDATE_REGISTER, entry, function), operand, to.0]);
        }
        Instruction::UpdateScratchpad => words.push(code::UPDATE_SCRATCHPAD.into()),
        _ => words.push(code::NO_OP.into()),
    }
}
