//! The encoder as operations, and how long each launch and all of them take.

use super::constants::LISTED;
use super::operation::{Bound, Machine, Operation, Times};
use crate::design::{Command, mode};
use crate::plan::Shape;
use crate::txn::Device;

/// Seconds of a window of audio.
pub const WINDOW: f64 = 30.0;
/// Side of a tile, in values.
const SIDE: usize = 64;
/// Rows of tiles that the rows of cores make at once.
const BLOCK: usize = 4;
/// Values of conv1's bias, as columns of what goes in.
const BIAS: usize = 3;

/// One run of the kernel.
#[derive(Clone, Debug, PartialEq)]
pub struct Launch {
    /// For people.
    pub name: String,
    /// In order.
    pub operations: Vec<Operation>,
}

/// The models whose times are reported.
pub const MODELS: [(&str, Shape); 4] = [
    ("tiny", Shape { mels: 80, positions: 1500, state: 384, heads: 6, layers: 4 }),
    ("base", Shape { mels: 80, positions: 1500, state: 512, heads: 8, layers: 6 }),
    ("small", Shape { mels: 80, positions: 1500, state: 768, heads: 12, layers: 12 }),
    ("turbo", Shape { mels: 128, positions: 1500, state: 1280, heads: 20, layers: 32 }),
];

/// What makes commands for a shape and a device.
struct Maker {
    columns: usize,
    blocks: usize,
    positions: usize,
}

impl Maker {
    fn product(&self, name: &str, mode: u32, inner: usize, out: usize, residual: bool) -> Operation {
        let (rows, outs) = (self.blocks, out.div_ceil(self.columns));
        let residual_tiles = if residual { self.columns } else { 0 };
        // A's tiles come row by row of tiles; those of a residual interrupt them. B goes round and round.
        let of_a = if residual { 2 * rows * outs } else { rows };
        let per_column = 1 + rows;
        self.operation(
            name,
            Command {
                mode,
                rows: rows as u32,
                outs: outs as u32,
                ab: inner as u32,
                b: 1,
                residual: residual_tiles as u32,
                ..Command::default()
            },
            of_a,
            per_column,
        )
    }

    fn attention(&self, heads: usize) -> Operation {
        let rows = self.blocks * heads.div_ceil(self.columns);
        let command = Command {
            mode: mode::ATTENTION,
            rows: rows as u32,
            outs: 1,
            a: self.columns as u32,
            b: (2 * BLOCK * self.blocks) as u32,
            keys: self.positions as u32,
            ..Command::default()
        };
        self.operation("attention", command, rows, rows.div_ceil(self.blocks) + rows)
    }

    fn operation(&self, name: &str, command: Command, of_a: usize, per_column: usize) -> Operation {
        let tasks = 4 * of_a + self.columns * per_column;
        Operation { name: name.into(), command, tasks: tasks as u32 }
    }
}

/// The launches of a shape's encoder for one window.
pub fn launches(device: &Device, shape: &Shape) -> Vec<Launch> {
    let tiles = |values: usize| values.div_ceil(SIDE);
    let maker = Maker {
        columns: device.columns.into(),
        blocks: tiles(shape.positions).div_ceil(BLOCK),
        positions: shape.positions,
    };
    let (state, hidden) = (tiles(shape.state), tiles(4 * shape.state));
    let mels = tiles(3 * shape.mels + BIAS);
    let normal = mode::STATISTICS | mode::NORMALISE;
    let mut stem: Vec<Operation> =
        (0..3).map(|set| maker.product(&format!("conv1.{set}"), mode::GELU, mels, state, false)).collect();
    stem.push(maker.product("conv2", mode::GELU, 3 * state, state, true));
    let layer = || {
        vec![
            maker.product("query", normal, state, state, false),
            maker.product("keys", normal | mode::KEYS, state, state, false),
            maker.product("values", normal | mode::VALUES, state, state, false),
            maker.attention(shape.heads),
            maker.product("out", 0, state, state, true),
            maker.product("fc1", normal | mode::GELU, state, hidden, false),
            maker.product("fc2", 0, hidden, state, true),
        ]
    };
    let named = |name: String, operations| Launch { name, operations };
    let mut all = vec![named("stem".into(), stem)];
    all.extend((0..shape.layers).map(|number| named(format!("block.{number}"), layer())));
    all.push(named("ln_post".into(), vec![maker.product("ln_post", normal, state, state, false)]));
    all
}

/// Simulated times of a launch.
#[derive(Clone, Debug, PartialEq)]
pub struct LaunchTimes {
    /// Its name.
    pub name: String,
    /// Each operation with its times.
    pub operations: Vec<(Operation, Times)>,
    /// Seconds of being a run in a list.
    pub listed: f64,
}

impl LaunchTimes {
    /// Seconds in all.
    pub fn total(&self) -> f64 {
        self.listed + self.sum(|times| times.total)
    }

    /// The sum of something over all operations.
    pub fn sum(&self, of: impl Fn(&Times) -> f64) -> f64 {
        self.operations.iter().map(|(_, times)| of(times)).sum()
    }
}

/// Simulated times of an encoder.
#[derive(Clone, Debug, PartialEq)]
pub struct EncoderTimes {
    /// On what.
    pub machine: Machine,
    /// Of what.
    pub shape: Shape,
    /// The launches of one window.
    pub launches: Vec<LaunchTimes>,
}

impl EncoderTimes {
    /// The model of an encoder.
    pub fn new(machine: &Machine, shape: &Shape) -> Self {
        let launches = launches(&machine.device, shape).into_iter().map(|launch| LaunchTimes {
            name: launch.name,
            operations: launch.operations.into_iter().map(|one| (one.clone(), machine.times(&one))).collect(),
            listed: machine.constants.listed.value,
        });
        Self { machine: *machine, shape: *shape, launches: launches.collect() }
    }

    /// Seconds for so many windows, one after the other in as few lists of runs as can be.
    pub fn windows(&self, windows: usize) -> f64 {
        let lists = (windows * self.launches.len()).div_ceil(LISTED);
        lists as f64 * self.machine.constants.list.value
            + windows as f64 * self.launches.iter().map(LaunchTimes::total).sum::<f64>()
    }

    /// Seconds of audio in a second of so many windows.
    pub fn real_time(&self, windows: usize) -> f64 {
        WINDOW * windows as f64 / self.windows(windows)
    }

    /// The sum of something over all operations of a window.
    pub fn sum(&self, of: impl Fn(&Times) -> f64) -> f64 {
        self.launches.iter().map(|launch| launch.sum(&of)).sum()
    }

    /// The share of the multipliers' peak that a window's operations use, padding and residuals included.
    pub fn in_use(&self) -> f64 {
        self.sum(|times| times.products) / (self.machine.peak() * self.sum(|times| times.total))
    }

    /// Seconds of operations that wait most for this.
    pub fn bound_by(&self, bound: Bound) -> f64 {
        self.sum(|times| if times.bound() == bound { times.total } else { 0.0 })
    }

    /// One of the layers, which are all the same.
    pub fn layer(&self) -> Option<&LaunchTimes> {
        self.launches.get(1)
    }
}
