//! Small designs to test with, and streams for them.

use crate::design::Command;
use crate::design::graph::{
    Argument, At, Buffer, Chain, Core, Descriptor, Flow, Graph, Kernel, Lock, Port, Statement, Tile,
};
use crate::runtime::POISON;
use crate::sim::{Costs, Kernels, Settings, SimError, Simulator, Speed};
use crate::txn::{
    Channel, Device, Dialect, Dim, Direction, Header, Instruction, Layout, Pattern, Step, Stream, TileKind,
    Traffic, Transfer, Wait, Write, encode,
};
use std::sync::atomic::{AtomicU32, Ordering};

pub const SHIM: At = At { column: 0, row: 0 };
pub const MEMORY: At = At { column: 0, row: 1 };
pub const CORE: At = At { column: 0, row: 2 };

pub const fn input(number: u8) -> Channel {
    Channel { direction: Direction::ToMemory, number }
}

pub const fn output(number: u8) -> Channel {
    Channel { direction: Direction::FromMemory, number }
}

pub const fn dim(size: u32, stride: u32) -> Dim {
    Dim { size, stride }
}

/// Where a queue of buffers is, and how its words are ordered on their way out.
pub struct Place<'a> {
    pub address: u32,
    pub words: u32,
    pub buffers: u8,
    pub dims: &'a [Dim],
}

impl Place<'_> {
    pub const fn pair(address: u32, words: u32) -> Self {
        Self { address, words, buffers: 2, dims: &[] }
    }
}

/// A graph while it is put together, and how many words its kernels take at a time.
pub struct Design(pub Graph, pub u32);

impl Design {
    pub fn new(columns: u8) -> Self {
        Self(Graph { device: Device::npu1(columns), tiles: Vec::new(), flows: Vec::new() }, 64)
    }

    pub fn tile(&mut self, at: At) -> &mut Tile {
        let found = self.0.tiles.iter().position(|tile| tile.at == at).unwrap_or_else(|| {
            let kind = [TileKind::Shim, TileKind::Memory, TileKind::Core][usize::from(at.row.min(2))];
            let (buffers, locks, chains) = (vec![], vec![], vec![]);
            self.0.tiles.push(Tile { at, kind, buffers, locks, chains, core: None });
            self.0.tiles.len() - 1
        });
        &mut self.0.tiles[found]
    }

    pub fn buffer(&mut self, at: At, name: &str, address: u32, words: u32) -> usize {
        let tile = self.tile(at);
        let name = format!("{name}_{}_{}", at.column, at.row);
        tile.buffers.push(Buffer { name, address, bytes: words * 4 });
        tile.buffers.len() - 1
    }

    pub fn lock(&mut self, at: At, name: &str, initial: u8) -> usize {
        let tile = self.tile(at);
        let (name, number) = (format!("{name}_{}_{}", at.column, at.row), tile.locks.len() as u8);
        tile.locks.push(Lock { name, number, initial });
        tile.locks.len() - 1
    }

    /// A chain over buffers that follow each other.
    pub fn chain(&mut self, at: At, channel: Channel, first: usize, place: &Place<'_>, locks: [usize; 2]) {
        let tile = self.tile(at);
        let used: Vec<u8> = tile.chains.iter().flat_map(|c| &c.descriptors).map(|d| d.number).collect();
        let from = if tile.kind == TileKind::Memory && channel.number % 2 == 1 { 24 } else { 0 };
        let mut free = (from..48).filter(|number| !used.contains(number));
        let dims = if channel.direction == Direction::FromMemory { place.dims.to_vec() } else { vec![] };
        let descriptor = |i| Descriptor {
            number: free.next().unwrap(),
            buffer: first + i,
            offset: 0,
            words: place.words,
            dims: dims.clone(),
            acquire: (locks[0], 1),
            release: (locks[1], 1),
        };
        let descriptors = (0..usize::from(place.buffers)).map(descriptor).collect();
        tile.chains.push(Chain { channel, descriptors });
    }

    pub fn flow(&mut self, from: (At, Channel), to: &[(At, Channel)]) {
        self.0.flows.push(Flow { from, to: to.to_vec() });
    }

    /// Buffers that a channel of a memory tile fills and others empty: with several, all of them must have emptied one.
    pub fn queue(&mut self, at: At, name: &str, from: Channel, to: Channel, place: &Place<'_>) {
        let (first, empty, full) = self.store(at, name, place);
        self.chain(at, from, first, place, [empty, full]);
        self.chain(at, to, first, place, [full, empty]);
    }

    fn store(&mut self, at: At, name: &str, place: &Place<'_>) -> (usize, usize, usize) {
        let buffer = |design: &mut Self, i: u8| {
            let address = place.address + u32::from(i) * place.words * 4;
            design.buffer(at, &format!("{name}{i}"), address, place.words)
        };
        let buffers: Vec<usize> = (0..place.buffers).map(|i| buffer(self, i)).collect();
        let empty = self.lock(at, &format!("{name}_empty"), place.buffers);
        (buffers[0], empty, self.lock(at, &format!("{name}_full"), 0))
    }

    /// A core that does this for ever, without streams.
    pub fn core(&mut self, at: At, program: Vec<Statement>) {
        let command = self.buffer(at, "command", 0x400, Command::WORDS as u32);
        self.tile(at).core = Some(Core { stack: 0x400, ports: Vec::new(), command, program });
    }

    /// A stream's end at a core.
    pub fn port(&mut self, at: At, name: &str, channel: Channel, place: &Place<'_>) -> usize {
        let (first, empty, full) = self.store(at, name, place);
        let (take, give) = if channel.direction == Direction::ToMemory {
            self.chain(at, channel, first, place, [empty, full]);
            (full, empty)
        } else {
            self.chain(at, channel, first, place, [full, empty]);
            (empty, full)
        };
        let buffers = (first..first + usize::from(place.buffers)).collect();
        let core = self.tile(at).core.as_mut().unwrap();
        core.ports.push(Port { name: name.into(), buffers, take, give });
        core.ports.len() - 1
    }

    pub fn simulator(&self, settings: Settings) -> Simulator {
        self.with_kernels_of(0, settings)
    }

    pub fn with_kernels_of(&self, cycles: u64, settings: Settings) -> Simulator {
        self.try_with_kernels_of(cycles, settings).unwrap()
    }

    pub fn try_with_kernels_of(&self, cycles: u64, settings: Settings) -> Result<Simulator, SimError> {
        let bytes = self.1 as usize * 4;
        Simulator::new(&self.0, Box::new(Simple { cycles, bytes }), settings)
    }

    pub fn functional(&self) -> Simulator {
        self.simulator(Settings::new(&self.0.device, Speed::Functional))
    }
}

/// Nothing costs anything but words and kernels, and memory is as fast as shims.
pub fn bare(block: u32) -> Settings {
    let settings = Settings::new(&Device::npu1(4), Speed::Timed { block });
    Settings { costs: Costs::NONE, shim_words: [1.0; 2], memory_words: 1e9, ..settings }
}

/// Copies what comes in to what goes out, for ever.
pub fn copying(input: usize, output: usize) -> Vec<Statement> {
    let (input, output) = (Argument::Held(input), Argument::Held(output));
    let one = Argument::Value(crate::design::graph::Value::Constant(1));
    vec![
        Statement::Take(0),
        Statement::Take(1),
        Statement::Call { kernel: Kernel::A, arguments: vec![input, output, one] },
        Statement::Give(0),
        Statement::Give(1),
    ]
}

/// Shim → memory tile → core → memory tile → shim, in tokens of so many words.
pub fn passthrough(words: u32) -> Design {
    let mut design = Design::new(1);
    design.1 = words;
    design.tile(SHIM);
    design.queue(MEMORY, "in", input(0), output(0), &Place::pair(0, words));
    design.queue(MEMORY, "out", input(1), output(1), &Place::pair(0x2_0000, words));
    design.core(CORE, copying(0, 1));
    design.port(CORE, "in", input(0), &Place::pair(0x1000, words));
    design.port(CORE, "out", output(0), &Place::pair(0x8000, words));
    design.flow((SHIM, output(0)), &[(MEMORY, input(0))]);
    design.flow((MEMORY, output(0)), &[(CORE, input(0))]);
    design.flow((CORE, output(0)), &[(MEMORY, input(1))]);
    design.flow((MEMORY, output(1)), &[(SHIM, input(0))]);
    design
}

/// Copies, sums of products, and what a test says they take.
struct Simple {
    cycles: u64,
    bytes: usize,
}

impl Kernels for Simple {
    fn call(&mut self, kernel: Kernel, _: At, arguments: &[u32], memory: &mut [u8]) -> Result<u64, String> {
        let at = |argument: usize| arguments[argument] as usize;
        let word = |memory: &[u8], at: usize| u32::from_le_bytes(memory[at..at + 4].try_into().unwrap());
        let token = self.bytes;
        match (kernel, arguments.len()) {
            (Kernel::A, 3) => memory.copy_within(at(0)..at(0) + token, at(1)),
            (Kernel::Begin, 3) => memory[at(0)..at(0) + token].fill(0),
            (Kernel::AB, 4) => {
                for i in (0..token).step_by(4) {
                    let product = word(memory, at(2) + i).wrapping_mul(word(memory, at(3) + i));
                    let sum = word(memory, at(0) + i).wrapping_add(product);
                    memory[at(0) + i..at(0) + i + 4].copy_from_slice(&sum.to_le_bytes());
                }
            }
            (Kernel::End, 3) => memory.copy_within(at(0)..at(0) + token, at(2)),
            _ => return Err("not a simple one".into()),
        }
        Ok(self.cycles)
    }
}

/// Words of a kernel's buffer.
pub fn argument(words: impl IntoIterator<Item = u32>) -> Vec<AtomicU32> {
    words.into_iter().map(AtomicU32::new).collect()
}

pub fn nothing(words: usize) -> Vec<AtomicU32> {
    argument(vec![POISON; words])
}

pub fn values(argument: &[AtomicU32]) -> Vec<u32> {
    argument.iter().map(|word| word.load(Ordering::Relaxed)).collect()
}

pub fn read(descriptor: u8, argument: u8, offset: u32, pattern: Pattern) -> Step {
    let channel = output(0);
    Step::Transfer(Transfer { column: 0, channel, descriptor, argument, offset, pattern, token: false })
}

pub fn write(descriptor: u8, argument: u8, offset: u32, pattern: Pattern) -> Step {
    let channel = input(0);
    Step::Transfer(Transfer { column: 0, channel, descriptor, argument, offset, pattern, token: true })
}

pub fn wait() -> Step {
    Step::Wait(Wait { column: 0, channel: input(0), proves: vec![] })
}

/// Words into a core.
pub fn command(at: At, words: [u32; Command::WORDS]) -> Step {
    Step::Write(Write { column: at.column, row: at.row, offset: 0x400, words: words.to_vec() })
}

/// A lock of a core.
pub fn set_lock(at: At, number: u8, value: u32) -> Step {
    let offset = TileKind::Core.lock(number);
    Step::Write(Write { column: at.column, row: at.row, offset, words: vec![value] })
}

pub fn words(device: Device, arguments: &[&[AtomicU32]], steps: Vec<Step>) -> Vec<u32> {
    let arguments = arguments.iter().map(|argument| argument.len() as u32).collect();
    encode(&Traffic { device, arguments, steps }.emit(&Dialect::OURS).unwrap())
}

/// The instructions of steps, whatever they do together.
pub fn instructions(device: Device, arguments: &[&[AtomicU32]], steps: &[Step]) -> Vec<Instruction> {
    let arguments: Vec<u32> = arguments.iter().map(|argument| argument.len() as u32).collect();
    let alone = |step: &Step| {
        let mut steps = vec![step.clone()];
        let extra = match step {
            Step::Transfer(Transfer { token: true, column, channel, .. }) => {
                steps.push(Step::Wait(Wait { column: *column, channel: *channel, proves: vec![] }));
                1
            }
            _ => 0,
        };
        if let Step::Wait(Wait { column, channel, .. }) = *step {
            return vec![Instruction::Sync { column, row: 0, channel, columns: 1, rows: 1 }];
        }
        let traffic = Traffic { device, arguments: arguments.clone(), steps };
        let mut all = traffic.emit(&Dialect::OURS).unwrap().instructions;
        all.truncate(all.len() - extra);
        all
    };
    steps.iter().flat_map(alone).collect()
}

/// The words of instructions.
pub fn encoded(device: Device, instructions: Vec<Instruction>) -> Vec<u32> {
    let Device { generation, rows, columns, memory_rows } = device;
    let header = Header { layout: Layout::Compiler, generation, rows, columns, memory_rows };
    encode(&Stream { header, instructions })
}

/// Runs steps, and gives the failure.
pub fn failure(simulator: &mut Simulator, arguments: &[&[AtomicU32]], steps: Vec<Step>) -> SimError {
    let device = Device::npu1(1);
    let list = instructions(device, arguments, &steps);
    simulator.run(&encoded(device, list), arguments).unwrap_err()
}
