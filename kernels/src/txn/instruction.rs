//! What a stream consists of.

use super::register::{Address, Channel};

/// How instructions are laid out in words. Version 0.1 has two writers, who fill words differently that mean nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// Version 0.1 as the compiler mlir-aie writes it.
    Compiler,
    /// Version 0.1 as the library aie-rt writes it: register accesses repeat bits of their address in the first word,
    /// and masked ones are padded to 32 bytes.
    Library,
    /// Version 1.0, which leaves out what is not needed.
    Short,
}

/// Whose registers the addresses are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Generation {
    /// XDNA1: Phoenix, Hawk Point; AIE2.
    Npu1 = 3,
    /// XDNA2: Strix, Krackan; AIE2P.
    Npu2 = 4,
}

/// What stands before the instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// How the instructions are laid out.
    pub layout: Layout,
    /// For which device.
    pub generation: Generation,
    /// Rows of the array, that of the shim included.
    pub rows: u8,
    /// Columns that the stream is for.
    pub columns: u8,
    /// Rows of memory tiles, above the shim's.
    pub memory_rows: u8,
}

/// All of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// What it is for.
    pub header: Header,
    /// In order.
    pub instructions: Vec<Instruction>,
}

/// One instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Instruction {
    /// Writes a register.
    Write {
        /// Which.
        to: Address,
        /// What.
        value: u32,
    },
    /// Writes registers that follow each other.
    BlockWrite {
        /// The first.
        to: Address,
        /// A word for each.
        data: Vec<u32>,
        /// Whether the second word repeats the tile, as [`Layout::Compiler`] may; others have no place for it.
        names_tile: bool,
    },
    /// Writes those bits of a register that the mask has.
    MaskWrite {
        /// Which.
        to: Address,
        /// What.
        value: u32,
        /// Which bits.
        mask: u32,
    },
    /// Waits for bits of a register.
    MaskPoll {
        /// Which.
        at: Address,
        /// Until those bits are this,
        value: u32,
        /// Which bits.
        mask: u32,
        /// or, if set, until they are not.
        busy: bool,
    },
    /// Nothing.
    NoOp,
    /// A place where the device may go over to other work.
    Preempt {
        /// What is saved: 0 nothing, 1 memory tiles, 2 core tiles, 3 registers.
        level: u8,
    },
    /// Loads a configuration of the array.
    LoadPdi {
        /// Which.
        id: u16,
        /// Its length.
        bytes: u32,
        /// Where it lies; the driver fills it in.
        address: u64,
    },
    /// Begins loading program memory.
    LoadProgram {
        /// Instructions that belong to it, 24 bits.
        count: u32,
        /// Which.
        id: u32,
    },
    /// Makes memory for the state table.
    CreateScratchpad {
        /// What for; 0 is the state table.
        usage: u8,
        /// Its length.
        bytes: u32,
        /// Where it lies; the driver fills it in.
        address: u64,
    },
    /// Calculates an entry of the state table.
    UpdateState {
        /// Which entry.
        entry: u8,
        /// 0 multiplies, 1 adds, 2 subtracts.
        function: u8,
        /// By what.
        operand: u32,
    },
    /// Calculates a register from an entry of the state table.
    UpdateRegister {
        /// Which entry.
        entry: u8,
        /// 0 multiplies, 1 adds, 2 subtracts.
        function: u8,
        /// By what.
        operand: u32,
        /// Which register.
        to: Address,
    },
    /// Writes the state table back.
    UpdateScratchpad,
    /// Waits for the token that a finished task gives.
    Sync {
        /// First column.
        column: u8,
        /// First row.
        row: u8,
        /// Of which DMA channel.
        channel: Channel,
        /// How many columns give one.
        columns: u8,
        /// How many rows give one.
        rows: u8,
    },
    /// Adds an argument's address to a register and the one behind it.
    Patch {
        /// Which register.
        to: Address,
        /// Which of the kernel's buffers, from 0.
        argument: u8,
        /// Bytes from the beginning of the buffer, and for arguments from 5 on in a stream for an xclbin 0x80000000
        /// more, which the firmware adds to those before.
        plus: u64,
    },
    /// One of three that say their own length: 0x82 reads registers, 0x83 records the time, 0x84 merges tokens.
    Custom {
        /// Which.
        code: u8,
        /// What follows.
        payload: Vec<u32>,
    },
}

impl Instruction {
    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Write { .. } => "write32",
            Self::BlockWrite { .. } => "blockwrite",
            Self::MaskWrite { .. } => "maskwrite",
            Self::MaskPoll { busy: false, .. } => "maskpoll",
            Self::MaskPoll { busy: true, .. } => "maskpoll_busy",
            Self::NoOp => "noop",
            Self::Preempt { .. } => "preempt",
            Self::LoadPdi { .. } => "loadpdi",
            Self::LoadProgram { .. } => "load_pm",
            Self::CreateScratchpad { .. } => "create_scratchpad",
            Self::UpdateState { .. } => "update_state",
            Self::UpdateRegister { .. } => "update_reg",
            Self::UpdateScratchpad => "update_scratch",
            Self::Sync { .. } => "sync",
            Self::Patch { .. } => "ddr_patch",
            Self::Custom { code: code::READ_REGISTERS, .. } => "read_regs",
            Self::Custom { code: code::RECORD_TIMER, .. } => "record_timer",
            Self::Custom { .. } => "merge_sync",
        }
    }
}

/// The lowest byte of an instruction.
pub(super) mod code {
    pub const WRITE: u8 = 0;
    pub const BLOCK_WRITE: u8 = 1;
    pub const BLOCK_SET: u8 = 2;
    pub const MASK_WRITE: u8 = 3;
    pub const MASK_POLL: u8 = 4;
    pub const NO_OP: u8 = 5;
    pub const PREEMPT: u8 = 6;
    pub const MASK_POLL_BUSY: u8 = 7;
    pub const LOAD_PDI: u8 = 8;
    pub const LOAD_PROGRAM: u8 = 9;
    pub const CREATE_SCRATCHPAD: u8 = 10;
    pub const UPDATE_STATE: u8 = 11;
    pub const UPDATE_REGISTER: u8 = 12;
    pub const UPDATE_SCRATCHPAD: u8 = 13;
    pub const SHIM_BD: u8 = 14;
    pub const SHIM_DMABUF_BD: u8 = 15;
    pub const SYNC: u8 = 0x80;
    pub const PATCH: u8 = 0x81;
    pub const READ_REGISTERS: u8 = 0x82;
    pub const RECORD_TIMER: u8 = 0x83;
    pub const MERGE_SYNC: u8 = 0x84;
    pub const LOAD_PROGRAM_END: u8 = 200;
}
