//! How long an operation takes, and what it waits for.
//!
//! A core's program, the streams and memory all work at once; the slowest decides. What cannot overlap comes on top:
//! the controller's orders before anything moves, the way of the first tiles to the cores, and that of the last ones to
//! memory, for an operation begins when all of the one before is in memory.

use super::constants::Constants;
use super::kernels;
use crate::design::graph::Kernel;

use crate::design::{Command, ROWS, TOKEN, Tiles, mode};
use crate::txn::Device;

/// Bytes of a tile.
const TILE: f64 = 4.0 * TOKEN as f64;
/// Products of a call of a kernel that multiplies.
const PRODUCTS: f64 = 64.0 * 64.0 * 64.0;

/// What an operation asks of the array.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// For people.
    pub name: String,
    /// What all cores are told.
    pub command: Command,
    /// Tasks that the controller starts.
    pub tasks: u32,
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
    /// The controller, which starts tasks.
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

    /// The share of the multipliers' peak that is reached.
    pub fn use_of(&self, device: &Device, constants: &Constants) -> f64 {
        self.products / (cores(device) * constants.products.value * constants.clock.value * self.total)
    }
}

fn cores(device: &Device) -> f64 {
    f64::from(device.columns) * f64::from(ROWS)
}

/// Cycles of the parts of an output tile, in a core.
struct Parts {
    /// Before and after tiles come in.
    fixed: f64,
    /// While tiles of A come alone, of both, of B alone, and those of the residual: cycles of the core, tiles of A and
    /// of B.
    phases: [(f64, f64, f64); 4],
}

impl Parts {
    fn new(device: &Device, command: &Command, first: bool) -> Self {
        let told = if first { command.mode } else { command.mode & !mode::STATISTICS };
        let later = command.mode & !mode::STATISTICS;
        let cycles = |kernel, mode| kernels::cycles(device.generation, kernel, mode);
        let [a, ab, b, residual] = [command.a, command.ab, command.b, command.residual].map(f64::from);
        // Of tiles of A that come alone, one is the core's own.
        let own = if command.a > 0 { cycles(Kernel::A, told) } else { 0.0 };
        Self {
            // What goes out has one place, so it must be gone before the next can be made.
            fixed: cycles(Kernel::Begin, told) + cycles(Kernel::End, told) + f64::from(TOKEN),
            phases: [
                (own + (a - 1.0).max(0.0) * kernels::BETWEEN, a, 0.0),
                (ab * cycles(Kernel::AB, told), ab, ab),
                (b * cycles(Kernel::B, told), 0.0, b),
                (residual * cycles(Kernel::AB, later), residual, residual),
            ],
        }
    }

    fn compute(&self) -> f64 {
        self.fixed + self.phases.iter().map(|phase| phase.0).sum::<f64>()
    }

    /// With what the core waits for when streams are slower, which are as many cycles for a tile of A and of B.
    fn paced(&self, a: f64, b: f64) -> f64 {
        let slowest = |phase: &(f64, f64, f64)| phase.0.max(phase.1 * a).max(phase.2 * b);
        self.fixed + self.phases.iter().map(slowest).sum::<f64>()
    }
}

/// The model of an operation.
pub fn times(device: &Device, constants: &Constants, operation: &Operation) -> Times {
    let command = &operation.command;
    let tiles = Tiles::new(device);
    let columns = f64::from(device.columns);
    let (rows, outs) = (f64::from(command.rows), command.tiles_out() as f64);
    // A shim may bring A of several rows.
    let a = f64::from(tiles.rows_fed()) * f64::from(TOKEN) / constants.shim_in.value;
    let b = f64::from(TOKEN) / constants.shim_in.value;
    let c = f64::from(ROWS) * f64::from(TOKEN) / constants.shim_out.value;
    let (first, later) = (Parts::new(device, command, true), Parts::new(device, command, false));
    let sum = |of: &dyn Fn(&Parts) -> f64| rows * of(&first) + (outs - rows).max(0.0) * of(&later);
    let compute = sum(&Parts::compute);
    let paced = sum(&|parts| parts.paced(a, b));
    let (in_a, in_b) = (command.tiles_of_a() as f64, command.tiles_of_b() as f64);
    let read = (f64::from(ROWS) * in_a + columns * in_b) * TILE;
    let written = columns * f64::from(ROWS) * outs * TILE;
    let memory = (read + written) / constants.memory.value;
    let (orders, starts) = control(device, constants, operation.tasks);
    let clock = constants.clock.value;
    let array = paced.max(in_a * a).max(in_b * b).max(outs * c) / clock;
    let edges = orders + edges(constants, c);
    Times {
        total: edges + array.max(memory).max(starts),
        edges,
        busy: [compute / clock, in_a * a / clock, in_b * b / clock, outs * c / clock, memory, starts],
        read,
        written,
        products: cores(device) * PRODUCTS * multiplying(command),
    }
}

/// Calls of a core that multiply.
fn multiplying(command: &Command) -> f64 {
    let in_b = if command.mode & mode::ATTENTION != 0 { command.b } else { 0 };
    command.tiles_out() as f64 * f64::from(command.ab + command.residual + in_b)
}

/// Seconds that the controller takes before all channels have begun, and those for all other tasks.
fn control(device: &Device, constants: &Constants, tasks: u32) -> (f64, f64) {
    let channels = 2 * u32::from(device.columns) + u32::from(Tiles::new(device).feeders);
    let task = constants.write_block.value + constants.write_masked.value;
    let command = cores(device) * (constants.write_block.value + constants.write.value);
    let idle = f64::from(channels.min(tasks)) * constants.start_idle.value.max(task);
    let queued = f64::from(tasks.saturating_sub(channels)) * constants.start_queued.value.max(task);
    ((command + idle) / constants.control.value, queued / constants.control.value)
}

/// Seconds until the first tiles are in the cores, and from the last ones' being done until they are in memory.
fn edges(constants: &Constants, object: f64) -> f64 {
    let token = f64::from(TOKEN);
    let array = token / constants.shim_in.value + token / constants.stream.value + object;
    let first = constants.first_in.value + constants.task_in.value + constants.task_out.value;
    array / constants.clock.value + first / constants.control.value
}
