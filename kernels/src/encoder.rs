//! Whisper's encoder in the form that a device takes.

use crate::design::encoder::{Program, ProgramError};
use crate::plan::{Plan, PlanError, Shape, WeightsError};
use crate::txn::{Device, TrafficError, encode};
use std::ops::Range;

/// What a device carries out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Lists of operations, as the fake does.
    Operations,
    /// Instruction streams for the resident design on this array, as hardware and its simulator do.
    Streams(Device),
}

/// An encoder of one window: launches, and what lies in the five buffers.
pub enum Encoder {
    /// As lists of operations.
    Operations(Plan),
    /// As instruction streams.
    Streams(Program),
}

/// What one run of the kernel is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instructions {
    /// `stem`, `block.N` or `ln_post`.
    pub name: String,
    /// For the buffer of instructions.
    pub words: Vec<u32>,
}

impl Encoder {
    /// An encoder of this shape.
    ///
    /// # Errors
    /// For a shape that no encoder has, or that does not fit the device.
    pub fn new(shape: &Shape, form: Form) -> Result<Self, ProgramError> {
        Ok(match form {
            Form::Operations => Self::Operations(Plan::encoder(shape)?),
            Form::Streams(device) => Self::Streams(Program::encoder(shape, device, 1)?),
        })
    }

    /// What the runs are given, in order; the next begins when all of one is done.
    ///
    /// # Errors
    /// None for an encoder, which was checked.
    pub fn launches(&self) -> Result<Vec<Instructions>, TrafficError> {
        match self {
            Self::Operations(plan) => {
                let launches = plan.launches.iter();
                Ok(launches.map(|l| Instructions { name: l.name.clone(), words: l.op_list() }).collect())
            }
            Self::Streams(program) => {
                let launches = program.launches.iter();
                launches
                    .map(|l| Ok(Instructions { name: l.name.clone(), words: encode(&l.stream()?) }))
                    .collect()
            }
        }
    }

    /// Bytes of each buffer in the order of the kernel's arguments.
    pub fn buffer_lens(&self) -> [usize; 5] {
        match self {
            Self::Operations(plan) => plan.buffer_lens(),
            Self::Streams(program) => program.buffer_lens(),
        }
    }

    /// Bytes of the buffer that goes in which a window takes.
    pub fn input_len(&self) -> usize {
        match self {
            Self::Operations(plan) => plan.input_len,
            Self::Streams(program) => program.input_len,
        }
    }

    /// Bytes of scratch in which the states lie after each launch but the last.
    pub fn states(&self) -> Range<usize> {
        match self {
            Self::Operations(plan) => plan.states.clone(),
            Self::Streams(program) => program.states.clone(),
        }
    }

    /// Writes all weights; `tensor` is asked for them by openai-whisper's names.
    ///
    /// # Errors
    /// Those of `tensor`, and lengths that are not the encoder's.
    pub fn weights<E>(
        &self,
        tensor: &mut dyn FnMut(&str) -> Result<Vec<f32>, E>,
        into: &mut [u8],
    ) -> Result<(), WeightsError<E>> {
        match self {
            Self::Operations(plan) => plan.weights(tensor, into),
            Self::Streams(program) => program.weights(tensor, into),
        }
    }

    /// Writes a window, `[mels, frames]`.
    ///
    /// # Errors
    /// [`PlanError::Length`] if either does not have the encoder's length.
    pub fn write_input(&self, mel: &[f32], into: &mut [u8]) -> Result<(), PlanError> {
        match self {
            Self::Operations(plan) => plan.write_input(mel, into),
            Self::Streams(program) => program.write_input(0, mel, into),
        }
    }

    /// Reads the states, `[positions, state]`, from the buffer that comes out or from [`Encoder::states`].
    ///
    /// # Errors
    /// [`PlanError::Length`] if there is not room for all, or not all there.
    pub fn read_output(&self, from: &[u8], into: &mut [f32]) -> Result<(), PlanError> {
        match self {
            Self::Operations(plan) => plan.read_output(from, into),
            Self::Streams(program) => program.read_output(0, from, into),
        }
    }
}
