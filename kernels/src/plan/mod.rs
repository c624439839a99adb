//! Whisper's encoder (openai-whisper, `model.py`, `AudioEncoder`) as launches of operations on five buffers.
//!
//! Weights are written once. Of each window, its mel goes in and its states come out; everything between lies in
//! scratch, where states go back and forth between two places, because no operation writes where it reads.

mod build;
mod check;
mod convey;
mod layout;

use crate::op::{Op, OpError, encode};
pub(crate) use check::MOST;
pub use convey::WeightsError;
use layout::Piece;
use std::ops::Range;

/// Bytes of a value.
pub const VALUE: usize = size_of::<f32>();

/// Mel frames per position.
pub(crate) const FRAMES_PER_POSITION: usize = 2;
/// Frames that an output of a convolution sees.
pub(crate) const TAPS: usize = 3;

/// The shape of an encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Mel bins (80 or 128).
    pub mels: usize,
    /// Positions that come out, half as many as mel frames go in (1500).
    pub positions: usize,
    /// Channels.
    pub state: usize,
    /// Heads, of 64 channels at most.
    pub heads: usize,
    /// Layers.
    pub layers: usize,
}

impl Shape {
    /// Whether an encoder may have this shape.
    ///
    /// # Errors
    /// [`PlanError::Shape`]
    pub fn check(&self) -> Result<(), PlanError> {
        check::shape(self)
    }
}

/// An encoder, ready to be run: what to do, and how long the buffers are.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What it encodes.
    pub shape: Shape,
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
    pieces: Vec<Piece>,
}

/// What one run of the kernel does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// `stem`, `block.N` or `ln_post`.
    pub name: String,
    /// In order.
    pub ops: Vec<Op>,
}

impl Launch {
    /// The words for the fake's instruction buffer.
    pub fn op_list(&self) -> Vec<u32> {
        encode(&self.ops)
    }
}

/// Why there is no plan, or why it was not followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// No encoder has this shape, or none that fits the device.
    #[error("no encoder for the NPU has {what} of {value}")]
    Shape {
        /// Of what.
        what: &'static str,
        /// How many.
        value: usize,
    },
    /// An operation of the plan cannot be computed: a defect.
    #[error("{launch}: {source}; please report this")]
    Op {
        /// The launch.
        launch: String,
        /// What is wrong.
        source: OpError,
    },
    /// Data would go where it must not, or come from where it is not: a defect.
    #[error("{launch}, {op}: {what}; please report this")]
    Flow {
        /// The launch.
        launch: String,
        /// The operation.
        op: &'static str,
        /// What is wrong.
        what: &'static str,
    },
    /// Memory of another length than the plan's.
    #[error("{what}: {given} where {expected} are needed")]
    Length {
        /// Of what.
        what: &'static str,
        /// How many are needed.
        expected: usize,
        /// How many were given.
        given: usize,
    },
}

impl Plan {
    /// Plans an encoder.
    ///
    /// # Errors
    /// [`PlanError::Shape`] for a shape that no encoder has. What is planned was checked: each operation keeps to its
    /// buffers and to shapes that belong together, and reads only what was written before.
    pub fn encoder(shape: &Shape) -> Result<Self, PlanError> {
        check::shape(shape)?;
        let plan = build::encoder(shape);
        check::plan(&plan)?;
        Ok(plan)
    }

    /// Bytes of each buffer in the order of the kernel's arguments. The last is not used, and as short as can be.
    pub fn buffer_lens(&self) -> [usize; 5] {
        [self.weights_len, self.input_len, self.output_len, self.scratch_len, layout::GRAIN as usize * VALUE]
    }
}
