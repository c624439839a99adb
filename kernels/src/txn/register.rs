//! What an address of the array means (AMD AM025, the same on both devices).

use std::fmt;

/// A register's address: 7 bits of column, 5 of row, 20 inside the tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address(pub u32);

impl Address {
    const COLUMN: u32 = 25;
    const ROW: u32 = 20;

    /// The address of a place in a tile. Bits that do not fit are lost.
    pub fn new(column: u8, row: u8, offset: u32) -> Self {
        let row = u32::from(row & 0x1f) << Self::ROW;
        Self(u32::from(column) << Self::COLUMN | row | offset & 0xf_ffff)
    }

    /// The column.
    pub fn column(self) -> u8 {
        (self.0 >> Self::COLUMN) as u8
    }

    /// The row; the shim's is 0.
    pub fn row(self) -> u8 {
        (self.0 >> Self::ROW) as u8 & 0x1f
    }

    /// The place inside the tile, in bytes.
    pub fn offset(self) -> u32 {
        self.0 & 0xf_ffff
    }

    /// What is there, in an array with so many rows of memory tiles.
    pub fn place(self, memory_rows: u8) -> Place {
        let kind = match self.row() {
            0 => TileKind::Shim,
            row if row <= memory_rows => TileKind::Memory,
            _ => TileKind::Core,
        };
        Place { kind, column: self.column(), row: self.row(), register: kind.register(self.offset()) }
    }
}

/// What a tile is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TileKind {
    /// Between the array and the memory of the system.
    Shim,
    /// 512 KB and a DMA.
    Memory,
    /// 64 KB, a DMA and a processor.
    Core,
}

/// Which way a DMA channel carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// S2MM: from a stream to memory.
    ToMemory = 0,
    /// MM2S: from memory to a stream.
    FromMemory = 1,
}

/// A channel of a tile's DMA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Channel {
    /// Which way.
    pub direction: Direction,
    /// Which of that way's.
    pub number: u8,
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.direction {
            Direction::ToMemory => "S2MM",
            Direction::FromMemory => "MM2S",
        };
        write!(f, "{name} {}", self.number)
    }
}

/// A register of a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Register {
    /// A byte of data memory.
    Data(u32),
    /// A byte of program memory.
    Program(u32),
    /// A word of a buffer descriptor.
    Descriptor {
        /// Which descriptor.
        number: u8,
        /// Which of its eight words.
        word: u8,
    },
    /// A channel's settings.
    Control(Channel),
    /// A channel's queue of tasks.
    Queue(Channel),
    /// A lock's value.
    Lock(u8),
    /// Whether the processor runs.
    CoreControl,
    /// Routes of the stream switch.
    StreamSwitch(u32),
    /// One that has no name here.
    Other(u32),
}

/// Where a tile keeps what all have.
struct Map {
    data: u32,
    descriptors: (u32, u32),
    locks: (u32, u32),
    /// Control of channel 0 to memory; its queue is 4 bytes further, and the next channel 8.
    to_memory: u32,
    from_memory: u32,
    channels: u32,
    switch: u32,
}

/// Bytes from one buffer descriptor to the next.
const DESCRIPTOR_STRIDE: u32 = 0x20;
/// Bytes from one lock to the next.
const LOCK_STRIDE: u32 = 0x10;
/// Bytes of a stream switch's registers.
const SWITCH: u32 = 0x1000;
/// Program memory of a core, and its end.
const PROGRAM: (u32, u32) = (0x2_0000, 0x2_4000);
/// Whether a core runs.
const CORE_CONTROL: u32 = 0x3_2000;

impl TileKind {
    const fn map(self) -> Map {
        match self {
            Self::Shim => Map {
                data: 0,
                descriptors: (0x1_d000, 16),
                locks: (0x1_4000, 16),
                to_memory: 0x1_d200,
                from_memory: 0x1_d210,
                channels: 2,
                switch: 0x3_f000,
            },
            Self::Memory => Map {
                data: 0x8_0000,
                descriptors: (0xa_0000, 48),
                locks: (0xc_0000, 64),
                to_memory: 0xa_0600,
                from_memory: 0xa_0630,
                channels: 6,
                switch: 0xb_0000,
            },
            Self::Core => Map {
                data: 0x1_0000,
                descriptors: (0x1_d000, 16),
                locks: (0x1_f000, 16),
                to_memory: 0x1_de00,
                from_memory: 0x1_de10,
                channels: 2,
                switch: 0x3_f000,
            },
        }
    }

    /// What is at that place inside a tile.
    pub fn register(self, offset: u32) -> Register {
        let map = self.map();
        let (descriptors, count) = map.descriptors;
        let inside = |base: u32, len: u32| offset.checked_sub(base).filter(|at| *at < len);
        if let Some(at) = inside(descriptors, count * DESCRIPTOR_STRIDE).filter(|at| at % 4 == 0) {
            let (number, word) = ((at / DESCRIPTOR_STRIDE) as u8, (at % DESCRIPTOR_STRIDE / 4) as u8);
            return Register::Descriptor { number, word };
        }
        for (direction, base) in
            [(Direction::ToMemory, map.to_memory), (Direction::FromMemory, map.from_memory)]
        {
            if let Some(at) = inside(base, map.channels * 8) {
                let channel = Channel { direction, number: (at / 8) as u8 };
                match at % 8 {
                    0 => return Register::Control(channel),
                    4 => return Register::Queue(channel),
                    _ => {}
                }
            }
        }
        let (locks, count) = map.locks;
        if let Some(at) = inside(locks, count * LOCK_STRIDE).filter(|at| at % LOCK_STRIDE == 0) {
            return Register::Lock((at / LOCK_STRIDE) as u8);
        }
        if let Some(at) = inside(map.switch, SWITCH) {
            return Register::StreamSwitch(at);
        }
        match offset {
            at if at < map.data => Register::Data(at),
            CORE_CONTROL if self == Self::Core => Register::CoreControl,
            at if self == Self::Core && (PROGRAM.0..PROGRAM.1).contains(&at) => {
                Register::Program(at - PROGRAM.0)
            }
            at => Register::Other(at),
        }
    }

    /// Where a word of a buffer descriptor is.
    pub fn descriptor(self, number: u8, word: u8) -> u32 {
        self.map().descriptors.0 + u32::from(number) * DESCRIPTOR_STRIDE + u32::from(word) * 4
    }

    /// Where a channel's settings are.
    pub fn control(self, channel: Channel) -> u32 {
        let base = match channel.direction {
            Direction::ToMemory => self.map().to_memory,
            Direction::FromMemory => self.map().from_memory,
        };
        base + u32::from(channel.number) * 8
    }

    /// Where a channel's queue is.
    pub fn queue(self, channel: Channel) -> u32 {
        self.control(channel) + 4
    }

    /// Where a lock's value is.
    pub fn lock(self, number: u8) -> u32 {
        self.map().locks.0 + u32::from(number) * LOCK_STRIDE
    }

    /// How many locks there are.
    pub fn locks(self) -> u8 {
        self.map().locks.1 as u8
    }

    /// How many bytes of data memory there are.
    pub fn memory(self) -> u32 {
        self.map().data
    }

    /// How many buffer descriptors there are.
    pub fn descriptors(self) -> u8 {
        self.map().descriptors.1 as u8
    }

    /// How many channels there are each way.
    pub fn channels(self) -> u8 {
        self.map().channels as u8
    }
}

/// A register and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The tile's kind.
    pub kind: TileKind,
    /// Its column.
    pub column: u8,
    /// Its row.
    pub row: u8,
    /// The register.
    pub register: Register,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let column = self.column;
        match self.kind {
            TileKind::Shim => write!(f, "shim {column}"),
            TileKind::Memory => write!(f, "memtile {column},{}", self.row),
            TileKind::Core => write!(f, "core {column},{}", self.row),
        }?;
        match self.register {
            Register::Data(at) => write!(f, " data {at:#x}"),
            Register::Program(at) => write!(f, " program {at:#x}"),
            Register::Descriptor { number, word: 0 } => write!(f, " BD {number}"),
            Register::Descriptor { number, word: 1 } if self.kind == TileKind::Shim => {
                write!(f, " BD {number} base")
            }
            Register::Descriptor { number, word } => write!(f, " BD {number} word {word}"),
            Register::Control(channel) => write!(f, " {channel} control"),
            Register::Queue(channel) => write!(f, " {channel} queue"),
            Register::Lock(number) => write!(f, " lock {number}"),
            Register::CoreControl => write!(f, " core control"),
            Register::StreamSwitch(at) => write!(f, " stream switch {at:#x}"),
            Register::Other(at) => write!(f, " register {at:#x}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Addresses as AM025 and mlir-aie's register list have them.
    #[test]
    fn registers_have_their_names() {
        let name = |column, row, offset| Address::new(column, row, offset).place(1).to_string();
        assert_eq!(name(0, 0, 0x1_d000), "shim 0 BD 0");
        assert_eq!(name(3, 0, 0x1_d1e4), "shim 3 BD 15 base");
        assert_eq!(name(1, 0, 0x1_d200), "shim 1 S2MM 0 control");
        assert_eq!(name(1, 0, 0x1_d20c), "shim 1 S2MM 1 queue");
        assert_eq!(name(7, 0, 0x1_d214), "shim 7 MM2S 0 queue");
        assert_eq!(name(0, 0, 0x1_40f0), "shim 0 lock 15");
        assert_eq!(name(0, 0, 0x1_4100), "shim 0 register 0x14100");
        assert_eq!(name(2, 1, 0xa_05e0), "memtile 2,1 BD 47");
        assert_eq!(name(2, 1, 0xa_062c), "memtile 2,1 S2MM 5 queue");
        assert_eq!(name(2, 1, 0xa_0634), "memtile 2,1 MM2S 0 queue");
        assert_eq!(name(2, 1, 0xc_03f0), "memtile 2,1 lock 63");
        assert_eq!(name(2, 1, 0x7_fffc), "memtile 2,1 data 0x7fffc");
        assert_eq!(name(2, 2, 0xfffc), "core 2,2 data 0xfffc");
        assert_eq!(name(2, 5, 0x1_de1c), "core 2,5 MM2S 1 queue");
        assert_eq!(name(2, 5, 0x1_f010), "core 2,5 lock 1");
        assert_eq!(name(2, 5, 0x1_f0f0), "core 2,5 lock 15");
        assert_eq!(name(2, 5, 0x1_f100), "core 2,5 register 0x1f100");
        assert_eq!(name(2, 5, 0x2_3ffc), "core 2,5 program 0x3ffc");
        assert_eq!(name(2, 5, 0x3_2000), "core 2,5 core control");
        assert_eq!(name(2, 5, 0x3_f004), "core 2,5 stream switch 0x4");
    }

    #[test]
    fn an_address_keeps_its_parts() {
        let address = Address::new(127, 31, 0xf_ffff);
        assert_eq!((address.column(), address.row(), address.offset()), (127, 31, 0xf_ffff));
        assert_eq!(Address(0x0201_d204), Address::new(1, 0, 0x1_d204));
    }

    #[test]
    fn what_is_asked_for_by_name_has_that_name() {
        for kind in [TileKind::Shim, TileKind::Memory, TileKind::Core] {
            for direction in [Direction::ToMemory, Direction::FromMemory] {
                for number in 0..kind.channels() {
                    let channel = Channel { direction, number };
                    assert_eq!(kind.register(kind.control(channel)), Register::Control(channel));
                    assert_eq!(kind.register(kind.queue(channel)), Register::Queue(channel));
                }
            }
            for number in 0..kind.descriptors() {
                let register = Register::Descriptor { number, word: 1 };
                assert_eq!(kind.register(kind.descriptor(number, 1)), register);
            }
            for number in 0..kind.locks() {
                assert_eq!(kind.register(kind.lock(number)), Register::Lock(number));
            }
        }
    }
}
