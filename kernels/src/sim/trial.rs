//! An encoder with weights of no meaning on the simulated array: what it would take there, and what that takes here.

use super::{Outcome, Settings, SimError, Simulator, Speed};
use crate::design::encoder::{Launch, Program, ProgramError};
use crate::design::resident;
use crate::plan::{PlanError, Shape, WeightsError};
use crate::runtime::POISON;
use crate::tile;
use crate::txn::{Device, Step, TrafficError, encode};
use std::convert::Infallible;
use std::fmt;
use std::sync::atomic::AtomicU32;
use std::time::{Duration, Instant};

/// An encoder's launches, one after the other.
pub struct Trial {
    /// On what.
    pub device: Device,
    /// How finely.
    pub speed: Speed,
    /// Cycles of the array in a second, by the settings.
    pub hertz: f64,
    /// In order.
    pub launches: Vec<Launched>,
}

/// What a launch took.
pub struct Launched {
    /// Its name.
    pub name: String,
    /// On the array.
    pub outcome: Outcome,
    /// Each operation's name, and cycles from the end of the one before.
    pub operations: Vec<(&'static str, u64)>,
    /// On this machine.
    pub wall: Duration,
}

/// Why there was none.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// No program for the shape.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// Weights or input that do not fit: a defect.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Instructions that cannot be: a defect.
    #[error(transparent)]
    Traffic(#[from] TrafficError),
    /// What went wrong on the array.
    #[error(transparent)]
    Simulated(#[from] SimError),
}

impl From<WeightsError<Infallible>> for TrialError {
    fn from(error: WeightsError<Infallible>) -> Self {
        match error {
            WeightsError::Plan(error) => Self::Plan(error),
            WeightsError::Tensor(never) => match never {},
        }
    }
}

impl Trial {
    /// Runs an encoder of this shape once.
    ///
    /// # Errors
    /// [`TrialError`]
    pub fn run(shape: &Shape, device: Device, speed: Speed) -> Result<Self, TrialError> {
        let program = Program::encoder(shape, device, 1)?;
        let buffers = buffers(&program)?;
        let arguments = buffers.each_ref().map(|buffer| &buffer[..]);
        let settings = Settings::new(&device, speed);
        let kernels = Box::new(tile::Kernels::new(device.generation));
        let mut simulator = Simulator::new(&resident(device), kernels, settings)?;
        let mut launches = Vec::new();
        for launch in &program.launches {
            let words = encode(&launch.stream()?);
            let begun = Instant::now();
            let outcome = simulator.run(&words, &arguments)?;
            let wall = begun.elapsed();
            let operations = operations(launch, &outcome);
            launches.push(Launched { name: launch.name.clone(), outcome, operations, wall });
        }
        Ok(Self { device, speed, hertz: settings.hertz as f64, launches })
    }

    fn milliseconds(&self, cycles: u64) -> f64 {
        cycles as f64 / self.hertz * 1e3
    }

    fn sum(&self, of: impl Fn(&Outcome) -> u64) -> u64 {
        self.launches.iter().map(|launch| of(&launch.outcome)).sum()
    }
}

/// Cycles of each operation: those until the last of its instructions is done.
fn operations(launch: &Launch, outcome: &Outcome) -> Vec<(&'static str, u64)> {
    let mut before = 0;
    let until = |step: usize| {
        let steps = launch.traffic.steps.iter().take(step);
        let instructions: usize = steps.map(instructions_of).sum();
        instructions.checked_sub(1).and_then(|last| outcome.done.get(last)).copied().unwrap_or(0)
    };
    let cycles = launch.operations.iter().map(|operation| {
        let end = until(operation.steps.end);
        let cycles = end.saturating_sub(before);
        before = end;
        (operation.name, cycles)
    });
    cycles.collect()
}

/// How many instructions a step is.
fn instructions_of(step: &Step) -> usize {
    match step {
        Step::Write(_) | Step::Wait(_) => 1,
        // Descriptor, address, queue, and who takes the token.
        Step::Transfer(transfer) => 3 + usize::from(transfer.token),
    }
}

/// Weights and a window without meaning, as large as a model's.
fn buffers(program: &Program) -> Result<[Vec<AtomicU32>; 5], TrialError> {
    let Shape { mels, positions, state, .. } = program.shape;
    let mut tensor = |name: &str| {
        let layer = name.rsplit('.').nth(1).unwrap_or_default();
        let inputs = match layer {
            "conv1" => 3 * mels,
            "conv2" => 3 * state,
            "2" => 4 * state,
            _ => state,
        };
        let outputs = if layer == "0" { 4 * state } else { state };
        let values = if name.ends_with("positional_embedding") {
            noise(positions * state, 0.5)
        } else if name.ends_with("bias") {
            noise(outputs, 0.1)
        } else if layer.contains("ln") {
            noise(state, 0.3).into_iter().map(|v| v + 1.0).collect()
        } else {
            noise(outputs * inputs, 1.7 / (inputs as f32).sqrt())
        };
        Ok::<_, Infallible>(values)
    };
    let [weights_len, input_len, rest @ ..] = program.buffer_lens();
    let (mut weights, mut input) = (vec![0; weights_len], vec![0; input_len]);
    program.weights(&mut tensor, &mut weights)?;
    program.write_input(0, &noise(mels * positions * 2, 1.0), &mut input)?;
    let words = |bytes: &[u8]| -> Vec<AtomicU32> {
        bytes.as_chunks().0.iter().map(|word| AtomicU32::new(u32::from_le_bytes(*word))).collect()
    };
    let [output, scratch, spare] = rest.map(|bytes| (0..bytes / 4).map(|_| AtomicU32::new(POISON)).collect());
    Ok([words(&weights), words(&input), output, scratch, spare])
}

/// Deterministic values around 0.
fn noise(count: usize, size: f32) -> Vec<f32> {
    let mut state = count as u64;
    let next = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 40) as f32 / (1u64 << 23) as f32 - 1.0) * size
    };
    (0..count).map(next).collect()
}

impl fmt::Display for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "All times on the array are simulated: {:?}.", self.speed)?;
        writeln!(f, "launch        cycles        ms   memory MB   tile calls   cores at work   here s")?;
        for launch in &self.launches {
            let Launched { name, outcome, wall, .. } = launch;
            self.line(f, name, outcome.cycles, |of| of(outcome), wall.as_secs_f64())?;
            for (name, cycles) in &launch.operations {
                writeln!(f, "  {name:<10} {cycles:>10} {:>9.3}", self.milliseconds(*cycles))?;
            }
        }
        let wall: f64 = self.launches.iter().map(|launch| launch.wall.as_secs_f64()).sum();
        let cycles = self.sum(|outcome| outcome.cycles);
        self.line(f, "all", cycles, |of| self.sum(of), wall)?;
        let (bytes, calls) = (self.sum(Outcome::bytes) as f64, self.sum(Outcome::calls) as f64);
        writeln!(f, "here: {:.2} GB/s through all hops, {:.0} tile calls/s", bytes / wall / 1e9, calls / wall)
    }
}

impl Trial {
    fn line(
        &self,
        f: &mut fmt::Formatter<'_>,
        name: &str,
        cycles: u64,
        sum: impl Fn(&dyn Fn(&Outcome) -> u64) -> u64,
        wall: f64,
    ) -> fmt::Result {
        let busy = sum(&|outcome| outcome.cores.iter().map(|core| core.busy).sum());
        let cores = self.launches.first().map_or(1, |launch| launch.outcome.cores.len()).max(1);
        let share = busy as f64 / cores as f64 / cycles.max(1) as f64 * 100.0;
        let memory = sum(&Outcome::bytes_of_memory) as f64 / 1e6;
        let calls = sum(&Outcome::calls);
        let ms = self.milliseconds(cycles);
        writeln!(
            f,
            "{name:<12} {cycles:>10} {ms:>9.3} {memory:>11.1} {calls:>12} {share:>13.1} % {wall:>8.2}"
        )
    }
}
