//! What an array is made of while it runs. Everything has a number in the array, by which others know it.

use super::addresses::Addresses;
use super::program::Op;
use super::shim::Registers;
use super::tasks::{Footprint, Task};
use crate::design::Command;
use crate::design::graph::{At, Buffer};
use crate::txn::{self, Instruction, TileKind};
use std::collections::VecDeque;
use std::sync::Arc;

/// Who can do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Actor {
    Controller,
    Channel(usize),
    Flow(usize),
    Core(usize),
}

/// A tile.
pub(super) struct Tile {
    pub at: At,
    pub kind: TileKind,
    pub name: String,
    /// A shim has none.
    pub memory: Vec<u8>,
    pub buffers: Vec<Buffer>,
    /// The array's numbers of its locks, in the graph's order.
    pub locks: Vec<usize>,
    pub channels: Vec<usize>,
    pub core: Option<usize>,
    /// Of a shim.
    pub registers: Registers,
}

impl Tile {
    /// The buffer that a byte of the memory is in.
    pub fn buffer_at(&self, byte: usize) -> String {
        let inside = |buffer: &&Buffer| {
            let begin = buffer.address as usize;
            (begin..begin + buffer.bytes as usize).contains(&byte)
        };
        let buffer = self.buffers.iter().find(inside);
        buffer.map_or_else(|| "memory of no buffer".into(), |buffer| format!("buffer {}", buffer.name))
    }
}

/// A lock.
pub(super) struct Lock {
    pub name: String,
    pub number: u8,
    pub tile: usize,
    pub value: u8,
    /// Who waits for how much, and since when.
    pub waiting: VecDeque<(Actor, u8, u64)>,
    /// Who counts it up, sooner or later.
    pub raised_by: Vec<Actor>,
    /// Cycles that somebody waited, of each waiter.
    pub waited: u64,
}

impl Lock {
    /// What it counts to at most.
    pub const MOST: u8 = 63;
}

/// A DMA channel.
pub(super) struct Channel {
    pub tile: usize,
    pub channel: txn::Channel,
    pub name: String,
    pub flow: Option<usize>,
    pub work: Work,
    pub state: State,
    /// Who takes its tokens, if that was said.
    pub token_taker: Option<u32>,
    /// Tokens that were given and not taken.
    pub tokens: u32,
    /// Tasks that the controller does not know to be done, of a channel that writes to the system's memory.
    pub unproven: VecDeque<Footprint>,
    pub bytes: u64,
    /// Cycles in which words went.
    pub busy: u64,
}

/// What a channel has to do.
pub(super) enum Work {
    /// Descriptors of the static graph, in a circle.
    Chain { links: Vec<Link>, next: usize },
    /// What the controller puts into the queue.
    Tasks(VecDeque<Task>),
}

/// A descriptor of a chain.
pub(super) struct Link {
    pub number: u8,
    pub addresses: Arc<Addresses>,
    pub acquire: (usize, u8),
    pub release: (usize, u8),
}

/// What a channel does just now.
#[derive(Clone)]
pub(super) enum State {
    /// It has no task.
    Idle,
    /// It waits for a lock.
    Lock(usize),
    /// Its first access is under way.
    Starting,
    /// It moves words, when the other end does.
    Moving(Moving),
}

/// A descriptor under way.
#[derive(Clone)]
pub(super) struct Moving {
    pub addresses: Arc<Addresses>,
    pub base: usize,
    /// Of which argument, for a shim.
    pub argument: Option<u8>,
    pub done: u32,
}

impl Moving {
    pub fn left(&self) -> u32 {
        self.addresses.words() - self.done
    }
}

/// A stream.
pub(super) struct Flow {
    pub from: usize,
    pub to: Vec<usize>,
    /// Words that are under way.
    pub under_way: u32,
    /// Whether one end is the system's memory.
    pub outside: bool,
}

/// A core's processor.
pub(super) struct Core {
    pub tile: usize,
    pub name: String,
    pub ops: Arc<[Op]>,
    pub ports: Vec<Port>,
    /// Where the command is, in bytes.
    pub command_at: usize,
    /// A command was written and announced, and not read.
    pub announced: bool,
    /// A command was written and not announced.
    pub written: bool,
    pub command: Option<[u32; Command::WORDS]>,
    pub at: usize,
    /// Of each loop: turn, count.
    pub turns: Vec<(u32, u32)>,
    pub doing: Doing,
    /// Cycles that the next call begins later.
    pub spent: u64,
    /// Statements without a call or a lock.
    pub restless: u32,
    pub busy: u64,
    pub calls: u64,
}

/// What a core does just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    Program,
    Lock(usize),
    Kernel,
}

/// An end of a stream at a core.
pub(super) struct Port {
    pub name: String,
    pub buffers: Vec<usize>,
    /// The array's number.
    pub take: usize,
    pub give: usize,
    pub next: usize,
    pub held: Option<usize>,
}

/// The controller, with an instruction stream under way.
pub(super) struct Controller {
    pub instructions: Vec<Instruction>,
    pub at: usize,
    /// Until then an instruction is being carried out.
    pub busy_until: u64,
    /// Before then no task is given to a channel.
    pub dispatch: u64,
    /// Whose tokens it waits for.
    pub awaits: Vec<usize>,
    /// When each instruction was done.
    pub done: Vec<u64>,
    /// When the last was.
    pub ended: Option<u64>,
}

impl Controller {
    pub fn new(instructions: Vec<Instruction>) -> Self {
        let done = Vec::with_capacity(instructions.len());
        Self { instructions, at: 0, busy_until: 0, dispatch: 0, awaits: Vec::new(), done, ended: None }
    }

    /// The instruction that is being carried out.
    pub fn place(&self) -> String {
        let name = self.instructions.get(self.at).map_or("end", Instruction::name);
        format!("instruction {} ({name})", self.at)
    }
}
