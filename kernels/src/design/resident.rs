//! The resident design: every core does the same, with tiles of A that come along its row and tiles of B that come
//! along its column, and what goes out of a column's cores leaves together.
//!
//! | stream | way |
//! |---|---|
//! | A | shim MM2S 0 → memory tile → all cores of one row; a shim may bring the tiles of 2 or 4 rows in turn |
//! | B | shim MM2S 1 → memory tile → all cores of the column |
//! | C | each core → a quarter of an object in the memory tile → shim S2MM 0 |

use super::graph::{
    Argument, At, Buffer, Chain, Core, Descriptor, Flow, Graph, Kernel, Lock, Port, Statement, Tile, Value,
};
use super::mode;
use crate::design::Command;
use crate::txn::{Channel, Device, Dim, Direction, Generation, TileKind};

/// Words of a tile of values, which is what streams carry at a time.
pub const TOKEN: u32 = 2048;
/// Bytes of that.
const BYTES: u32 = 4 * TOKEN;
/// Rows of cores.
pub const ROWS: u8 = 4;
/// Row of the memory tiles.
const MEMORY: u8 = 1;
/// Row of the first cores.
const FIRST: u8 = 2;
/// Buffers of which one arrives while the other is used.
const PAIR: u8 = 2;

/// Channels of memory tiles from streams: A, B, and the cores of the column from this one on.
const CORES_IN: u8 = 2;
/// Channels of memory tiles to streams: A of the first row, B, C, then A of other rows.
const B_OUT: u8 = 1;
const C_OUT: u8 = 2;

/// What bytes a core's parts have; those of `kernels/cc/tile.h`.
mod part {
    use super::{BYTES, Generation};

    /// `struct Core`.
    pub const STATE: u32 = crate::tile::CORE_BYTES as u32;
    /// The command's words, with what aligns the next.
    pub const COMMAND: u32 = 64;

    /// Blocks that registers do not hold, and 1 KB for calls: `report` in `kernels/cc/host/run.cpp`.
    pub const fn stack(generation: Generation) -> u32 {
        match generation {
            Generation::Npu1 => 3 << 10,
            Generation::Npu2 => 5 << 10,
        }
    }

    /// Where each is. The stack comes first and constants last, because the compiler puts them there. The two of A have
    /// a bank and the two of B another, up to what constants push them down: a product reads A and B at once all the
    /// time, while the next tile arrives every fourth cycle only.
    pub const fn places(generation: Generation) -> [u32; 7] {
        let command = stack(generation);
        let state = command + COMMAND;
        let c = state + STATE;
        let a = c + BYTES;
        [command, state, c, a, a + BYTES, a + 2 * BYTES, a + 3 * BYTES]
    }
}

/// How rows and columns of cores are fed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tiles {
    /// Columns of the design.
    pub columns: u8,
    /// Columns through which A comes in: 1, 2 or 4.
    pub feeders: u8,
}

impl Tiles {
    /// Of a device.
    pub const fn new(device: &Device) -> Self {
        let columns = device.columns;
        let feeders = match columns {
            0 | 1 => 1,
            2 | 3 => 2,
            _ => 4,
        };
        Self { columns, feeders }
    }

    /// Rows of which one column brings A.
    pub const fn rows_fed(&self) -> u8 {
        ROWS / self.feeders
    }

    /// The column that brings A of these rows, which follow each other, from a number of feeder on.
    pub const fn feeder(&self, number: u8) -> u8 {
        number * (self.columns / self.feeders)
    }

    /// The first of the rows, from 0, whose A this column brings; none if it brings none.
    pub fn first_row_fed(&self, column: u8) -> Option<u8> {
        (0..self.feeders).find(|&number| self.feeder(number) == column).map(|number| number * self.rows_fed())
    }

    /// Where the cores are, column by column.
    pub fn cores(&self) -> impl Iterator<Item = At> + use<> {
        let columns = self.columns;
        (0..columns).flat_map(|column| (0..ROWS).map(move |r| At { column, row: FIRST + r }))
    }
}

/// Where a launch writes what a core does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Control {
    /// Address of the command's first word in the core's memory.
    pub command: u32,
    /// Lock that is counted up when the command is there.
    pub go: u8,
}

/// The same in all cores.
pub const fn control(device: &Device) -> Control {
    Control { command: part::places(device.generation)[0], go: lock::GO as u8 }
}

const fn input(number: u8) -> Channel {
    Channel { direction: Direction::ToMemory, number }
}

const fn output(number: u8) -> Channel {
    Channel { direction: Direction::FromMemory, number }
}

/// The design for so many columns of a device: 1 to 4, or 1 to 8. (Others are made as well, and refused by
/// [`Graph::check`].)
pub fn resident(device: Device) -> Graph {
    let tiles = Tiles::new(&device);
    let mut all = Vec::new();
    for column in 0..device.columns {
        let shim = TileKind::Shim;
        let at = At { column, row: 0 };
        all.push(Tile { at, kind: shim, buffers: vec![], locks: vec![], chains: vec![], core: None });
        all.push(memory_tile(&device, &tiles, column));
        all.extend((0..ROWS).map(|r| core_tile(&device, At { column, row: FIRST + r })));
    }
    Graph { device, tiles: all, flows: flows(&tiles) }
}

/// The channel of a feeder's memory tile that sends A of the row with this number among those that it feeds.
const fn a_out(fed: u8) -> u8 {
    if fed == 0 { 0 } else { C_OUT + fed }
}

fn flows(tiles: &Tiles) -> Vec<Flow> {
    let shim = |column| At { column, row: 0 };
    let memory = |column| At { column, row: MEMORY };
    let core = |column, r| At { column, row: FIRST + r };
    let mut flows = Vec::new();
    for column in 0..tiles.columns {
        if let Some(first) = tiles.first_row_fed(column) {
            flows.push(Flow { from: (shim(column), output(0)), to: vec![(memory(column), input(0))] });
            for fed in 0..tiles.rows_fed() {
                let to = (0..tiles.columns).map(|c| (core(c, first + fed), input(0))).collect();
                flows.push(Flow { from: (memory(column), output(a_out(fed))), to });
            }
        }
        flows.push(Flow { from: (shim(column), output(1)), to: vec![(memory(column), input(1))] });
        let to = (0..ROWS).map(|r| (core(column, r), input(1))).collect();
        flows.push(Flow { from: (memory(column), output(B_OUT)), to });
        for r in 0..ROWS {
            let to = vec![(memory(column), input(CORES_IN + r))];
            flows.push(Flow { from: (core(column, r), output(0)), to });
        }
        flows.push(Flow { from: (memory(column), output(C_OUT)), to: vec![(shim(column), input(0))] });
    }
    flows
}

/// Words of a tile from blocks as they come out of a core to blocks as A has them: two blocks of 4 columns side by side
/// become one of 8.
fn to_blocks_of_a(generation: Generation) -> Vec<Dim> {
    let rows = match generation {
        Generation::Npu1 => 4,
        Generation::Npu2 => 8,
    };
    let block = 2 * rows;
    [(2, 1), (2, block), (rows, 2), (TOKEN / (2 * block), 2 * block)]
        .map(|(size, stride)| Dim { size, stride })
        .to_vec()
}

/// Bytes of a memory tile's bank. Each stream has one of its own, and each of the two objects of C.
const BANK: u32 = 64 << 10;

/// A memory tile while it is put together: buffers one behind the other, and descriptors in the half that the channel
/// may use.
struct Memory {
    column: u8,
    buffers: Vec<Buffer>,
    locks: Vec<Lock>,
    chains: Vec<Chain>,
    /// The next descriptor of even channels, and of odd ones.
    free: [u8; 2],
}

/// Buffers of a memory tile that are filled and emptied in turn.
#[derive(Clone, Copy)]
struct Queue {
    /// The first of both, by its index; the other follows.
    buffer: usize,
    /// Words from the beginning of either.
    offset: u32,
    /// How many buffers may be filled, and how many have been: locks by their indices.
    empty: usize,
    full: usize,
}

impl Memory {
    /// Two buffers, of which the second is so much further on.
    fn buffers(&mut self, name: &str, bytes: u32, address: u32, apart: u32) -> usize {
        let first = self.buffers.len();
        for i in 0..PAIR {
            let address = address + u32::from(i) * apart;
            let name = format!("{name}_{i}_{}_{MEMORY}", self.column);
            self.buffers.push(Buffer { name, address, bytes });
        }
        first
    }

    fn queue(&mut self, name: &str, buffer: usize, offset: u32) -> Queue {
        let mut lock = |what: &str, initial| {
            let number = self.locks.len();
            let name = format!("{name}_{what}_{}_{MEMORY}", self.column);
            self.locks.push(Lock { name, number: number as u8, initial });
            number
        };
        Queue { buffer, offset, empty: lock("empty", PAIR), full: lock("full", 0) }
    }

    /// A chain that goes through queues in turn, then through their other buffers.
    fn chain(&mut self, channel: Channel, queues: &[Queue], dims: &[Dim]) {
        let free = &mut self.free[usize::from(channel.number % 2)];
        let mut descriptors = Vec::new();
        for i in 0..usize::from(PAIR) {
            for queue in queues {
                let (acquire, release) = match channel.direction {
                    Direction::ToMemory => (queue.empty, queue.full),
                    Direction::FromMemory => (queue.full, queue.empty),
                };
                descriptors.push(Descriptor {
                    number: *free,
                    buffer: queue.buffer + i,
                    offset: queue.offset,
                    words: TOKEN,
                    dims: dims.to_vec(),
                    acquire: (acquire, 1),
                    release: (release, 1),
                });
                *free += 1;
            }
        }
        self.chains.push(Chain { channel, descriptors });
    }
}

fn memory_tile(device: &Device, tiles: &Tiles, column: u8) -> Tile {
    let half = TileKind::Memory.descriptors() / 2;
    let mut memory = Memory { column, buffers: vec![], locks: vec![], chains: vec![], free: [0, half] };
    if let Some(first) = tiles.first_row_fed(column) {
        let rows: Vec<Queue> = (first..first + tiles.rows_fed())
            .map(|r| {
                let name = format!("a{r}");
                let buffer = memory.buffers(&name, BYTES, u32::from(r - first) * BANK, BYTES);
                memory.queue(&name, buffer, 0)
            })
            .collect();
        memory.chain(input(0), &rows, &[]);
        for (fed, queue) in (0..).zip(&rows) {
            memory.chain(output(a_out(fed)), &[*queue], &to_blocks_of_a(device.generation));
        }
    }
    let buffer = memory.buffers("b", BYTES, u32::from(ROWS) * BANK, BYTES);
    let b = memory.queue("b", buffer, 0);
    memory.chain(input(1), &[b], &[]);
    memory.chain(output(B_OUT), &[b], &[]);
    let (bytes, address) = (u32::from(ROWS) * BYTES, u32::from(ROWS + 1) * BANK);
    let buffer = memory.buffers("c", bytes, address, BANK);
    let quarters: Vec<Queue> =
        (0..ROWS).map(|r| memory.queue(&format!("c{r}"), buffer, u32::from(r) * TOKEN)).collect();
    for (r, quarter) in (0..).zip(&quarters) {
        memory.chain(input(CORES_IN + r), &[*quarter], &[]);
    }
    memory.chain(output(C_OUT), &quarters, &[]);
    let Memory { buffers, locks, chains, .. } = memory;
    let at = At { column, row: MEMORY };
    Tile { at, kind: TileKind::Memory, buffers, locks, chains, core: None }
}

/// Indices of a core's buffers.
mod buffer {
    pub const COMMAND: usize = 0;
    pub const STATE: usize = 1;
    pub const C: usize = 2;
    pub const A: usize = 3;
    pub const B: usize = 5;
}

/// Indices of a core's locks, which are their numbers.
mod lock {
    pub const GO: usize = 0;
    pub const A_EMPTY: usize = 1;
    pub const A_FULL: usize = 2;
    pub const B_EMPTY: usize = 3;
    pub const B_FULL: usize = 4;
    pub const C_EMPTY: usize = 5;
    pub const C_FULL: usize = 6;
}

/// A core's ends of streams.
mod port {
    pub const A: usize = 0;
    pub const B: usize = 1;
    pub const C: usize = 2;
}

fn core_tile(device: &Device, at: At) -> Tile {
    let At { column, row } = at;
    let lens = [4 * Command::WORDS as u32, part::STATE, BYTES, BYTES, BYTES, BYTES, BYTES];
    let names = ["command", "state", "c", "a_0", "a_1", "b_0", "b_1"];
    let buffers = names.iter().zip(part::places(device.generation)).zip(lens);
    let buffers = buffers.map(|((name, address), bytes)| {
        let name = format!("{name}_{column}_{row}");
        Buffer { name, address, bytes }
    });
    let locks = [
        ("go", 0),
        ("a_empty", PAIR),
        ("a_full", 0),
        ("b_empty", PAIR),
        ("b_full", 0),
        ("c_empty", 1),
        ("c_full", 0),
    ];
    let locks = (0..).zip(locks).map(|(number, (name, initial))| {
        let name = format!("{name}_{column}_{row}");
        Lock { name, number, initial }
    });
    let descriptor = |number, buffer, acquire, release| Descriptor {
        number,
        buffer,
        offset: 0,
        words: TOKEN,
        dims: vec![],
        acquire: (acquire, 1),
        release: (release, 1),
    };
    let both = |first: u8, buffer, empty, full| {
        (0..PAIR).map(|i| descriptor(first + i, buffer + usize::from(i), empty, full)).collect()
    };
    let chains = vec![
        Chain { channel: input(0), descriptors: both(0, buffer::A, lock::A_EMPTY, lock::A_FULL) },
        Chain { channel: input(1), descriptors: both(PAIR, buffer::B, lock::B_EMPTY, lock::B_FULL) },
        Chain {
            channel: output(0),
            descriptors: vec![descriptor(2 * PAIR, buffer::C, lock::C_FULL, lock::C_EMPTY)],
        },
    ];
    let core = Core {
        stack: part::stack(device.generation),
        ports: ports(),
        command: buffer::COMMAND,
        program: program(column),
    };
    let (buffers, locks) = (buffers.collect(), locks.collect());
    Tile { at, kind: TileKind::Core, buffers, locks, chains, core: Some(core) }
}

fn ports() -> Vec<Port> {
    let port = |name: &str, buffers: &[usize], take, give| Port {
        name: name.into(),
        buffers: buffers.to_vec(),
        take,
        give,
    };
    vec![
        port("a", &[buffer::A, buffer::A + 1], lock::A_FULL, lock::A_EMPTY),
        port("b", &[buffer::B, buffer::B + 1], lock::B_FULL, lock::B_EMPTY),
        port("c", &[buffer::C], lock::C_EMPTY, lock::C_FULL),
    ]
}

/// Words of a command, in the order of [`Command::words`].
mod word {
    pub const MODE: u8 = 0;
    pub const ROWS: u8 = 1;
    pub const OUTS: u8 = 2;
    pub const A: u8 = 3;
    pub const AB: u8 = 4;
    pub const B: u8 = 5;
    pub const RESIDUAL: u8 = 6;
    pub const KEYS: u8 = 7;
}

/// The program of a core in this column.
fn program(column: u8) -> Vec<Statement> {
    const OUT: u8 = 1;
    const INNER: u8 = 2;
    let repeat = |count, body| Statement::Repeat { count: Value::Command(count), body };
    let call = |kernel, arguments| Statement::Call { kernel, arguments };
    let value = Argument::Value;
    let (state, held) = (Argument::Buffer(buffer::STATE), Argument::Held);
    let equal = |a, b| Value::Equal(Box::new(a), Box::new(Value::Constant(b)));
    // Statistics of a row of tiles are made with its first tile, and hold for the others.
    let later = Value::And(Box::new(Value::Command(word::MODE)), !mode::STATISTICS);
    let first = equal(Value::Turn(OUT), 0);
    let mode = Value::Choose(Box::new(first), Box::new(Value::Command(word::MODE)), Box::new(later.clone()));
    let product = vec![
        Statement::Take(port::A),
        Statement::Take(port::B),
        call(Kernel::AB, vec![state.clone(), value(mode.clone()), held(port::A), held(port::B)]),
        Statement::Give(port::A),
        Statement::Give(port::B),
    ];
    let is_mine = equal(Value::Turn(INNER), column.into());
    // Of the residual, all columns' tiles pass, and one is added: as a product with ones on the diagonal.
    let added = vec![
        Statement::Take(port::A),
        Statement::Repeat {
            count: is_mine.clone(),
            body: vec![
                Statement::Take(port::B),
                call(Kernel::AB, vec![state.clone(), value(later), held(port::A), held(port::B)]),
                Statement::Give(port::B),
            ],
        },
        Statement::Give(port::A),
    ];
    let alone_a = vec![
        Statement::Take(port::A),
        call(Kernel::A, vec![held(port::A), held(port::C), value(is_mine)]),
        Statement::Give(port::A),
    ];
    let alone_b = vec![
        Statement::Take(port::B),
        call(Kernel::B, vec![state.clone(), value(mode.clone()), held(port::B), held(port::C)]),
        Statement::Give(port::B),
    ];
    let begin = vec![state.clone(), value(mode.clone()), value(Value::Command(word::KEYS))];
    let tile = vec![
        Statement::Take(port::C),
        call(Kernel::Begin, begin),
        repeat(word::A, alone_a),
        repeat(word::AB, product),
        repeat(word::B, alone_b),
        repeat(word::RESIDUAL, added),
        call(Kernel::End, vec![state.clone(), value(mode), held(port::C)]),
        Statement::Give(port::C),
    ];
    vec![
        Statement::Acquire { lock: lock::GO, by: 1 },
        Statement::ReadCommand,
        repeat(word::ROWS, vec![repeat(word::OUTS, tile)]),
    ]
}
