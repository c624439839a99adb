//! How long an operation takes, and what it waits for.
//!
//! A core's program, the streams and memory all work at once; the slowest decides. What cannot overlap comes on top:
//! the controller's orders before anything moves, the way of the first tiles to the cores, and that of the last ones to
//! memory, for an operation begins when all of the one before is in memory.

use super::changes::Changes;
use super::control::Control;
use super::kernels::{self, PRODUCTS};
use crate::constants::Constants;
use crate::design::{Command, ROWS, TOKEN, Tiles, mode};
use crate::txn::Device;

/// Bytes of a tile.
const TILE: f64 = 4.0 * TOKEN as f64;
/// Tiles that a memory tile has room for, and those that A, B and C have in it.
const MEMORY_TILE: u32 = (512 << 10) / (4 * TOKEN);
const IN_USE: u32 = 2 + 2 + 8;
/// Tiles of a stream that wait for a core: one beside that which it uses, and one in the memory tile, for the other there
/// is still arriving.
const AHEAD: f64 = 2.0;
/// Times that an output tile follows on another until all are alike.
const ROUNDS: u32 = 3;
/// Rows of values in a row block of all cores.
const ROW_BLOCK: u32 = 256;

/// What an operation asks of the array.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// For people.
    pub name: &'static str,
    /// What all cores are told.
    pub command: Command,
    /// What the controller does.
    pub control: Control,
}

/// An array with a design on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Machine {
    /// Which, and how many of its columns.
    pub device: Device,
    /// What times are made of.
    pub constants: Constants,
    /// How the design differs from what it is.
    pub changes: Changes,
}

/// What an operation may wait for most of the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Bound {
    /// The cores.
    Compute,
    /// A's way to the cores.
    StreamA,
    /// B's way to the cores.
    StreamB,
    /// What goes out.
    StreamC,
    /// Memory, which all columns share.
    Memory,
    /// The controller, which starts tasks and waits for them.
    Control,
}

impl Bound {
    /// All of them, in the order of [`Times::busy`].
    pub const ALL: [Self; 6] =
        [Self::Compute, Self::StreamA, Self::StreamB, Self::StreamC, Self::Memory, Self::Control];

    /// For tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Compute => "compute",
            Self::StreamA => "stream A",
            Self::StreamB => "stream B",
            Self::StreamC => "stream C",
            Self::Memory => "DDR",
            Self::Control => "control",
        }
    }
}

/// Simulated times of an operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Times {
    /// Seconds from the controller's first order to the last word in memory.
    pub total: f64,
    /// Seconds of it in which nothing overlaps: orders, the first tiles' way in, the last ones' way out.
    pub edges: f64,
    /// Seconds for which each is busy, in the order of [`Bound::ALL`].
    pub busy: [f64; 6],
    /// Bytes that are read from memory.
    pub read: f64,
    /// Bytes that are written to memory.
    pub written: f64,
    /// Products of bfloat16 that are added, those with padding included.
    pub products: f64,
}

impl Times {
    /// What it waits for most of the time.
    pub fn bound(&self) -> Bound {
        let mut most = (Bound::Compute, 0.0);
        for (bound, busy) in Bound::ALL.into_iter().zip(self.busy) {
            if busy > most.1 {
                most = (bound, busy);
            }
        }
        most.0
    }
}

/// An output tile of a core: cycles before and after tiles come in, and for each phase those of the core, tiles of A
/// and tiles of B.
struct Phases {
    fixed: f64,
    phases: [(f64, f64, f64); 4],
}

impl Phases {
    fn compute(&self) -> f64 {
        self.fixed + self.phases.iter().map(|phase| phase.0).sum::<f64>()
    }

    /// With what the core waits for. What a phase does not take arrives for the next, as far as there is room, and at
    /// the end of an output tile for the one that follows.
    fn paced(&self, supplies: &[Supply]) -> f64 {
        let (mut ahead, mut sum) = (vec![0.0; supplies.len()], 0.0);
        for _ in 0..ROUNDS {
            sum = 0.0;
            for number in 0..=self.phases.len() {
                let Some(phase) = number.checked_sub(1) else {
                    supplies
                        .iter()
                        .zip(&mut ahead)
                        .for_each(|(supply, ahead)| supply.wait(ahead, self.fixed));
                    sum += self.fixed;
                    continue;
                };
                let (compute, in_a, in_b) = self.phases[phase];
                // What was made goes out while the next tiles come in.
                let comes = |(_, a, b): &(f64, f64, f64)| a + b > 0.0;
                let first = self.phases.iter().position(comes);
                let out = if first == Some(phase) { 1.0 } else { 0.0 };
                let needed = |supply: &Supply| in_a * supply.a + in_b * supply.b + out * supply.out;
                let mut cycles = compute;
                for (supply, ahead) in supplies.iter().zip(&ahead) {
                    cycles = cycles.max(needed(supply) - ahead);
                }
                if number == self.phases.len() {
                    cycles = cycles.max(in_turn(compute, in_a, supplies[0].a));
                }
                for (supply, ahead) in supplies.iter().zip(&mut ahead) {
                    supply.wait(ahead, cycles - needed(supply));
                }
                sum += cycles;
            }
        }
        sum
    }
}

/// What brings and takes tiles: cycles for a tile of A, for one of B, and for what an output tile is.
struct Supply {
    a: f64,
    b: f64,
    out: f64,
}

impl Supply {
    /// Gets ahead while cores are at something else, as far as there is room.
    fn wait(&self, ahead: &mut f64, cycles: f64) {
        *ahead = (*ahead + cycles).min(AHEAD * (self.a + self.b));
    }
}

/// Cycles in which a row's cores add a residual, of which each has another tile. Two tiles are there; each of the others
/// comes when the first core is done with its own, and the last core adds its own when all have come.
fn in_turn(one: f64, tiles: f64, a: f64) -> f64 {
    if tiles > 2.0 { 2.0 * one + (tiles - 2.0) * a } else { one }
}

impl Machine {
    /// The design as it is, on a device.
    pub const fn new(device: Device) -> Self {
        Self { device, constants: Constants::of(device.generation), changes: Changes::NONE }
    }

    /// The same with changes.
    pub const fn with(self, changes: Changes) -> Self {
        Self { changes, ..self }
    }

    /// Cores of the design.
    pub fn cores(&self) -> f64 {
        f64::from(self.device.columns) * f64::from(ROWS)
    }

    /// Products per second that all multipliers could add.
    pub fn peak(&self) -> f64 {
        self.cores() * self.constants.products.value * self.constants.clock.value
    }

    /// The model of an operation.
    pub fn times(&self, operation: &Operation) -> Times {
        let (command, constants) = (&operation.command, &self.constants);
        let columns = f64::from(self.device.columns);
        let token = f64::from(TOKEN);
        let (rows, outs) = (f64::from(command.rows), command.tiles_out() as f64);
        // A shim may bring A of several rows, and their streams part behind its memory tile.
        let shim = f64::from(Tiles::new(&self.device).rows_fed()) * token / constants.shim_in.value;
        let [again_a, again_b] = self.sent_again(command);
        let a = (shim / again_a).max(token / constants.stream.value);
        let b = (token / constants.shim_in.value / again_b).max(token / constants.stream.value);
        let c = f64::from(ROWS) * token / constants.shim_out.value;
        let (first, later) = (self.phases(command, true), self.phases(command, false));
        let sum = |of: &dyn Fn(&Phases) -> f64| rows * of(&first) + (outs - rows).max(0.0) * of(&later);
        let compute = sum(&Phases::compute);
        let unsent = if self.changes.added_residual { of_ones(command) } else { 0 };
        let in_a = command.tiles_of_a() as f64;
        let in_b = command.tiles_of_b() as f64 - outs * f64::from(unsent);
        let read = (f64::from(ROWS) * in_a / again_a + columns * in_b / again_b) * TILE;
        let written = columns * f64::from(ROWS) * outs * TILE;
        let memory = (read + written) / constants.memory.value;
        let supplies =
            [Supply { a, b: 0.0, out: 0.0 }, Supply { a: 0.0, b, out: 0.0 }, self.memory([again_a, again_b])];
        let paced = sum(&|out| out.paced(&supplies));
        let control = &operation.control;
        let (orders, later) = (control.first.seconds(constants), control.later.seconds(constants));
        let (way_in, way_out) = self.edges(c);
        let way_in = if control.is_early { 0.0 } else { way_in };
        // Orders that are given early hide behind the last tiles' way out.
        let orders = if self.changes.early_orders { (orders - way_out).max(0.0) } else { orders };
        let clock = constants.clock.value;
        let array = paced.max(in_a * a).max(in_b * b).max(outs * c) / clock;
        let edges = orders + way_in + way_out;
        Times {
            total: edges + array.max(memory).max(later),
            edges,
            busy: [compute / clock, in_a * a / clock, in_b * b / clock, outs * c / clock, memory, later],
            read,
            written,
            products: self.cores() * PRODUCTS * (multiplying(command) - outs * f64::from(unsent)),
        }
    }

    /// Memory, which all rows and columns share, if tiles are sent on so often.
    fn memory(&self, [again_a, again_b]: [f64; 2]) -> Supply {
        let (rows, columns) = (f64::from(ROWS), f64::from(self.device.columns));
        let tile = TILE / self.constants.memory.value * self.constants.clock.value;
        Supply { a: rows * tile / again_a, b: columns * tile / again_b, out: rows * columns * tile }
    }

    /// How often, in the mean, a tile of A and one of B that come from memory are sent on to cores.
    fn sent_again(&self, command: &Command) -> [f64; 2] {
        let fed = u32::from(Tiles::new(&self.device).rows_fed());
        let room = MEMORY_TILE - IN_USE;
        let residual = if self.changes.added_residual { 0 } else { of_ones(command) };
        let of_b = command.outs * (command.ab + command.b + residual);
        // Attention's B begins again after all rows of a head, products' after each row.
        let is_attention = command.mode & mode::ATTENTION != 0;
        let rows = if is_attention { command.keys.div_ceil(ROW_BLOCK) } else { command.rows };
        let keeps_b = self.changes.resident_b && of_b <= room;
        let room = if keeps_b { room - of_b } else { room };
        // Two panels, one of which arrives.
        let panel = command.a + command.ab;
        let keeps_a = self.changes.resident_a && 2 * fed * panel <= room;
        // A residual's tiles are different ones for each output tile.
        let (panel, added) = (f64::from(panel), f64::from(command.residual));
        [
            if keeps_a { (panel + added) / (panel / f64::from(command.outs) + added) } else { 1.0 },
            if keeps_b { f64::from(rows) } else { 1.0 },
        ]
    }

    fn phases(&self, command: &Command, is_first: bool) -> Phases {
        let parts = kernels::parts(self.device.generation, command, is_first, &self.changes);
        let [queries, both, alone, added] = parts.phases;
        let [a, ab, b, residual] = [command.a, command.ab, command.b, command.residual].map(f64::from);
        // What goes out must be gone before the next can be made, if it has one place.
        let out = if self.changes.late_c { 0.0 } else { f64::from(TOKEN) / self.constants.stream.value };
        let in_b = if self.changes.added_residual { 0 } else { of_ones(command) };
        Phases {
            fixed: parts.fixed + out,
            phases: [(queries, a, 0.0), (both, ab, ab), (alone, 0.0, b), (added, residual, in_b.into())],
        }
    }

    /// Seconds until the first tiles are in the cores, and from the last ones' being done until an object of so many
    /// cycles is in memory.
    fn edges(&self, object: f64) -> (f64, f64) {
        let (constants, token) = (&self.constants, f64::from(TOKEN));
        let seconds =
            |array: f64, control: f64| array / constants.clock.value + control / constants.control.value;
        (
            seconds(token / constants.shim_in.value, constants.first_in.value + constants.task_in.value),
            seconds(token / constants.stream.value + object, constants.task_out.value),
        )
    }
}

/// Calls of a core that multiply.
fn multiplying(command: &Command) -> f64 {
    let in_b = if command.mode & mode::ATTENTION != 0 { command.b } else { 0 };
    command.tiles_out() as f64 * f64::from(command.ab + of_ones(command) + in_b)
}

/// Tiles of ones for an output tile, by which a residual is multiplied.
fn of_ones(command: &Command) -> u32 {
    command.residual.min(1)
}
