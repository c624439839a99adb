//! The encoder as operations, and how long each launch and all of them take.

use super::control;
use super::operation::{Bound, Machine, Operation, Times};
use crate::constants::LISTED;
use crate::design::encoder::{Launch, Program, ProgramError};
use crate::plan::Shape;

/// Seconds of a window of audio.
pub const WINDOW: f64 = 30.0;
/// The models whose times are reported.
pub const MODELS: [(&str, Shape); 4] = [
    ("tiny", Shape { mels: 80, positions: 1500, state: 384, heads: 6, layers: 4 }),
    ("base", Shape { mels: 80, positions: 1500, state: 512, heads: 8, layers: 6 }),
    ("small", Shape { mels: 80, positions: 1500, state: 768, heads: 12, layers: 12 }),
    ("turbo", Shape { mels: 128, positions: 1500, state: 1280, heads: 20, layers: 32 }),
];

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
    /// The model of a launch.
    pub fn new(machine: &Machine, launch: &Launch) -> Self {
        let operations = launch.operations.iter().zip(control::of(launch)).map(|(one, control)| {
            let operation = Operation { name: one.name, command: one.command, control };
            let times = machine.times(&operation);
            (operation, times)
        });
        Self {
            name: launch.name.clone(),
            operations: operations.collect(),
            listed: machine.constants.listed.value,
        }
    }

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
    ///
    /// # Errors
    /// If no program can be made for the shape.
    pub fn new(machine: &Machine, shape: &Shape) -> Result<Self, ProgramError> {
        // Layers differ in their weights only.
        let program = Program::encoder(&Shape { layers: 1, ..*shape }, machine.device, 1)?;
        let mut launches = Vec::new();
        for launch in &program.launches {
            let times = LaunchTimes::new(machine, launch);
            if launch.name.starts_with("block") {
                let named = |layer| LaunchTimes { name: format!("block.{layer}"), ..times.clone() };
                launches.extend((0..shape.layers).map(named));
            } else {
                launches.push(times);
            }
        }
        Ok(Self { machine: *machine, shape: *shape, launches })
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
