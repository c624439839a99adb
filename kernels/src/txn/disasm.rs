//! Streams as text.

use super::descriptor::Descriptor;
use super::dialect::{FAR, NEAR};
use super::instruction::{Generation, Instruction, Layout, Stream};
use super::register::{Address, Place, Register, TileKind};
use std::fmt::Write as _;

/// The stream as text, one instruction a line, with the word at which it begins.
pub fn disasm(stream: &Stream) -> String {
    let header = &stream.header;
    let layout = match header.layout {
        Layout::Compiler => "0.1 (compiler)",
        Layout::Library => "0.1 (library)",
        Layout::Short => "1.0",
    };
    let device = match header.generation {
        Generation::Npu1 => "NPU1 (AIE2)",
        Generation::Npu2 => "NPU2 (AIE2P)",
    };
    let mut text = format!(
        "TXN {layout}, {device}, {} rows with {} of memory, {} columns, {} instructions\n",
        header.rows,
        header.memory_rows,
        header.columns,
        stream.instructions.len(),
    );
    let mut at = 4;
    for instruction in &stream.instructions {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", line(stream, at, instruction));
        at += words(stream, instruction);
    }
    text
}

/// One line of the text.
pub(super) fn line(stream: &Stream, at: usize, instruction: &Instruction) -> String {
    let what = operands(instruction, stream.header.memory_rows);
    format!("{at:6}  {:<17} {what}", instruction.name()).trim_end().to_owned()
}

/// How many words an instruction takes.
pub(super) fn words(stream: &Stream, instruction: &Instruction) -> usize {
    let alone = Stream { header: stream.header, instructions: vec![instruction.clone()] };
    super::encode(&alone).len() - 4
}

fn operands(instruction: &Instruction, memory_rows: u8) -> String {
    let place = |address: Address| address.place(memory_rows);
    match *instruction {
        Instruction::Write { to, value } => format!("{}: {}", place(to), value_of(place(to), value)),
        Instruction::BlockWrite { to, ref data, .. } => block(place(to), data),
        Instruction::MaskWrite { to, value, mask } => match place(to).register {
            Register::Control(_) if matches!(mask, 0xf00 | 0x1f00) => {
                format!("{}: controller {} (mask {mask:#x})", place(to), (value & mask) >> 8)
            }
            _ => format!("{}: {value:#x} (mask {mask:#x})", place(to)),
        },
        Instruction::MaskPoll { at, value, mask, .. } => {
            format!("{}: {value:#x} (mask {mask:#x})", place(at))
        }
        Instruction::NoOp | Instruction::UpdateScratchpad => String::new(),
        Instruction::Preempt { level } => format!("level {level}"),
        Instruction::LoadPdi { id, bytes, address } => format!("{id}, {bytes} bytes at {address:#x}"),
        Instruction::LoadProgram { count, id } => format!("{id}, {count} instructions"),
        Instruction::CreateScratchpad { usage, bytes, address } => {
            format!("usage {usage}, {bytes} bytes at {address:#x}")
        }
        Instruction::UpdateState { entry, function, operand } => calculation(entry, function, operand),
        Instruction::UpdateRegister { entry, function, operand, to } => {
            format!("{}: {}", place(to), calculation(entry, function, operand))
        }
        Instruction::Sync { column, row, channel, columns, rows } => {
            let tile = Address::new(column, row, 0).place(memory_rows);
            let queue = Place { register: Register::Queue(channel), ..tile };
            let several = if (columns, rows) == (1, 1) {
                String::new()
            } else {
                format!(", {columns} columns, {rows} rows")
            };
            format!("token of {queue}{several}")
        }
        Instruction::Patch { to, argument, plus } => {
            let unmarked = if argument >= NEAR && plus < FAR {
                ", not marked: without an ELF the firmware translates 0 to 4"
            } else {
                ""
            };
            format!("{}: argument {argument} + {plus:#x}{unmarked}", place(to))
        }
        Instruction::Custom { ref payload, .. } => format!("{payload:x?}"),
    }
}

fn calculation(entry: u8, function: u8, operand: u32) -> String {
    let sign = match function {
        0 => "×".to_owned(),
        1 => "+".to_owned(),
        2 => "−".to_owned(),
        other => format!("function {other}"),
    };
    format!("entry {entry} {sign} {operand:#x}")
}

/// A queue's word names a descriptor (bits 0 to 3), repeats (16 to 23) and whether a token is given (31).
fn value_of(place: Place, value: u32) -> String {
    match place.register {
        Register::Queue(_) if place.kind == TileKind::Shim && value & 0x7f00_fff0 == 0 => {
            let token = if value >> 31 == 1 { ", token" } else { "" };
            let runs = match (value >> 16 & 0xff) + 1 {
                1 => "once".to_owned(),
                runs => format!("{runs} runs"),
            };
            format!("BD {}, {runs}{token}", value & 15)
        }
        _ => format!("{value:#x}"),
    }
}

fn block(place: Place, data: &[u32]) -> String {
    match (place.kind, place.register, <[u32; 8]>::try_from(data)) {
        (TileKind::Shim, Register::Descriptor { word: 0, .. }, Ok(words)) => {
            format!("{place}: {}", Descriptor { words })
        }
        _ => format!("{place}: {data:x?}"),
    }
}
