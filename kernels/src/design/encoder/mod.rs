//! Whisper's encoder (openai-whisper, `model.py`, `AudioEncoder`) on the resident design: what each launch moves, and
//! what the buffers hold.
//!
//! A launch is the stem, a layer, or the last LayerNorm. Each is a few operations, of which each core gets a
//! [`Command`], A and B in the order in which it uses them, and from which C goes where the next reads it. Everything
//! that is sent lies in memory as it is sent: see [`super::tiles`].

mod build;
mod convey;
mod dense;
mod job;
mod layout;
mod pieces;
mod schedule;
#[cfg(test)]
mod tests;
pub mod trial;
mod weights;

use super::Command;
use super::tiles::{BLOCK_ROWS, SIDE, Tiled};
use crate::plan::{PlanError, Shape};
use crate::txn::{Device, Dialect, Stream, Traffic, TrafficError};
use pieces::Piece;
use std::ops::Range;

/// Positions that a window may be cut to: all of 30 s, and what shorter clips need.
pub const PROFILES: [usize; 4] = [512, 768, 1024, 1500];

/// An encoder for a device: launches, and what lies in the buffers.
#[derive(Clone, Debug)]
pub struct Program {
    /// What it encodes.
    pub shape: Shape,
    /// On what.
    pub device: Device,
    /// How many clips at once, side by side along rows.
    pub clips: usize,
    /// In order; the next begins when all of one is done.
    pub launches: Vec<Launch>,
    /// Bytes of the buffer of weights.
    pub weights_len: usize,
    /// Bytes of the buffer that goes in.
    pub input_len: usize,
    /// Bytes of the buffer that comes out.
    pub output_len: usize,
    /// Bytes of the buffer that stays on the device.
    pub scratch_len: usize,
    /// Bytes of scratch in which the states lie after each launch but the last.
    pub states: Range<usize>,
    input: Tiled,
    output: Tiled,
    pieces: Vec<Piece>,
}

/// What one run of the kernel does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// `stem`, `block.N` or `ln_post`.
    pub name: String,
    /// In order.
    pub operations: Vec<Operation>,
    /// All that the controller does.
    pub traffic: Traffic,
}

/// One command of all cores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// For people.
    pub name: &'static str,
    /// What each core does.
    pub command: Command,
    /// Steps of the launch's traffic, from the command until all of C is there. Among them may be tasks of the next.
    pub steps: Range<usize>,
}

/// Why there is no program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProgramError {
    /// No encoder has this shape, or none that fits the design.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Traffic that the hardware could not do: a defect.
    #[error("{launch}: {source}; please report this")]
    Traffic {
        /// In which launch.
        launch: String,
        /// What could not be done.
        source: TrafficError,
    },
}

impl Launch {
    /// The instructions.
    ///
    /// # Errors
    /// None for launches of a [`Program`], which were checked.
    pub fn stream(&self) -> Result<Stream, TrafficError> {
        self.traffic.emit(&Dialect::OURS)
    }
}

impl Program {
    /// Lowers an encoder to a device. `positions` is that of a profile; there are one or two clips.
    ///
    /// # Errors
    /// [`ProgramError::Plan`] for a shape that no encoder has, or heads of other than 64 channels. What is made was
    /// checked against the hardware's limits.
    pub fn encoder(shape: &Shape, device: Device, clips: usize) -> Result<Self, ProgramError> {
        shape.check()?;
        let wrong = |what, value| Err(PlanError::Shape { what, value }.into());
        if shape.state != shape.heads * SIDE {
            return wrong("channels per head", shape.state / shape.heads);
        }
        if !(1..=2).contains(&clips) {
            return wrong("clips at once", clips);
        }
        let program = build::encoder(shape, device, clips);
        for launch in &program.launches {
            let error = |source| ProgramError::Traffic { launch: launch.name.clone(), source };
            launch.traffic.check(&Dialect::OURS).map_err(error)?;
        }
        Ok(program)
    }

    /// Bytes of each buffer in the order of the kernel's arguments. The last is not used, and as short as can be.
    pub fn buffer_lens(&self) -> [usize; 5] {
        [self.weights_len, self.input_len, self.output_len, self.scratch_len, layout::SPARE]
    }

    /// Rows of a clip, those that fill up blocks among them.
    fn clip_rows(&self) -> usize {
        self.shape.positions.next_multiple_of(BLOCK_ROWS)
    }
}
