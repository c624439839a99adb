//! A stream with every instruction, for tests.

use super::instruction::{Generation, Header, Instruction, Layout, Stream};
use super::register::{Address, Channel, Direction};

pub(super) const LAYOUTS: [Layout; 3] = [Layout::Compiler, Layout::Library, Layout::Short];

/// Every instruction, with values that are all different.
pub(super) fn stream(layout: Layout) -> Stream {
    let address = Address::new(3, 1, 0xc_0120);
    let channel = Channel { direction: Direction::FromMemory, number: 1 };
    let instructions = vec![
        Instruction::Write { to: Address::new(2, 0, 0x1_d214), value: 0x8003_0007 },
        Instruction::BlockWrite {
            to: Address::new(1, 0, 0x1_d060),
            data: vec![12, 0, 0, 0x0040_0000, 0x8010_0003, 0x0200_001f, 0x0010_1fff, 0x0200_0000],
            names_tile: layout == Layout::Compiler,
        },
        Instruction::BlockWrite { to: Address::new(1, 2, 0x400), data: vec![], names_tile: false },
        Instruction::MaskWrite { to: Address::new(0, 0, 0x1_d200), value: 0xf00, mask: 0x1f00 },
        Instruction::MaskPoll { at: address, value: 5, mask: 0x3f, busy: false },
        Instruction::MaskPoll { at: address, value: 6, mask: 0x2f, busy: true },
        Instruction::NoOp,
        Instruction::Preempt { level: 2 },
        Instruction::LoadPdi { id: 0x901, bytes: 4096, address: 0x12_3456_789a },
        Instruction::LoadProgram { count: 0x01_0203, id: 17 },
        Instruction::CreateScratchpad { usage: 1, bytes: 64, address: 0x55_0000_0010 },
        Instruction::UpdateState { entry: 3, function: 1, operand: 9 },
        Instruction::UpdateRegister { entry: 4, function: 2, operand: 10, to: Address::new(0, 0, 0x1_d004) },
        Instruction::UpdateScratchpad,
        Instruction::Sync { column: 3, row: 1, channel, columns: 2, rows: 4 },
        Instruction::Patch { to: Address::new(1, 0, 0x1_d064), argument: 4, plus: 0x1_8000_0010 },
        Instruction::Custom { code: 0x82, payload: vec![1, 0, 0x3_2004, 0] },
        Instruction::Custom { code: 0x83, payload: vec![77] },
        Instruction::Custom { code: 0x84, payload: vec![] },
    ];
    let generation = Generation::Npu2;
    Stream { header: Header { layout, generation, rows: 6, columns: 8, memory_rows: 1 }, instructions }
}
