//! Places in buffers, given out one behind the other.

use super::{Shape, TAPS, VALUE};
use crate::op::{Buffer, Matrix};

/// Everything begins at a multiple of so many values: 64 bytes, the size of a cache line.
pub(super) const GRAIN: u32 = 16;

/// How a tensor's values lie in the buffer of weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As they are stored.
    Stored,
    /// Of `[outputs, channels, taps]`, as `[outputs, taps, channels]`.
    Filters {
        /// Channels.
        channels: usize,
    },
    /// Zeros, of no tensor.
    Zeros,
}

/// Part of the buffer of weights.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// openai-whisper's name.
    pub(super) tensor: String,
    /// First value.
    pub(super) offset: u32,
    /// Values.
    pub(super) values: usize,
    pub(super) form: Form,
}

/// Gives out a buffer from the front.
#[derive(Default)]
pub(super) struct Room(u32);

impl Room {
    pub(super) fn values(&mut self, values: u32) -> u32 {
        let offset = self.0;
        self.0 = (offset + values).next_multiple_of(GRAIN);
        offset
    }

    pub(super) fn bytes(&self) -> usize {
        self.0 as usize * VALUE
    }
}

/// A matrix without gaps.
pub(super) fn matrix(buffer: Buffer, offset: u32, rows: u32, columns: u32) -> Matrix {
    Matrix { buffer, offset, rows, columns, stride: columns }
}

/// Weights of a layer that is applied to rows.
#[derive(Clone, Copy)]
pub(super) struct Linear {
    pub(super) weights: Matrix,
    pub(super) bias: Matrix,
}

/// Weights of a LayerNorm.
#[derive(Clone, Copy)]
pub(super) struct Norm {
    pub(super) gain: Matrix,
    pub(super) shift: Matrix,
}

/// The buffer of weights while it is laid out.
#[derive(Default)]
pub(super) struct Weights {
    pub(super) room: Room,
    pub(super) pieces: Vec<Piece>,
}

impl Weights {
    /// Tensors one behind the other, as one matrix.
    pub(super) fn stacked(&mut self, parts: &[(String, Form)], rows: u32, columns: u32) -> Matrix {
        let each = rows * columns;
        let offset = self.room.values(parts.len() as u32 * each);
        for (i, (tensor, form)) in (0..).zip(parts) {
            let (tensor, offset) = (tensor.clone(), offset + i * each);
            self.pieces.push(Piece { tensor, offset, values: each as usize, form: *form });
        }
        matrix(Buffer::Weights, offset, parts.len() as u32 * rows, columns)
    }

    fn stored(&mut self, tensor: String, rows: u32, columns: u32) -> Matrix {
        self.stacked(&[(tensor, Form::Stored)], rows, columns)
    }

    pub(super) fn vector(&mut self, tensor: &str, values: u32) -> Matrix {
        self.stored(tensor.into(), 1, values)
    }

    /// A table with a row per position.
    pub(super) fn table(&mut self, tensor: &str, rows: u32, columns: u32) -> Matrix {
        self.stored(tensor.into(), rows, columns)
    }

    pub(super) fn zeros(&mut self, values: u32) -> Matrix {
        self.stacked(&[(String::new(), Form::Zeros)], 1, values)
    }

    pub(super) fn norm(&mut self, name: &str, columns: u32) -> Norm {
        let gain = self.vector(&format!("{name}.weight"), columns);
        Norm { gain, shift: self.vector(&format!("{name}.bias"), columns) }
    }

    pub(super) fn linear(&mut self, name: &str, outputs: u32, inputs: u32) -> Linear {
        let weights = self.stored(format!("{name}.weight"), outputs, inputs);
        Linear { weights, bias: self.vector(&format!("{name}.bias"), outputs) }
    }

    /// Queries, keys and values as one layer. Keys have no bias.
    pub(super) fn projections(&mut self, attention: &str, state: u32) -> Linear {
        let weights =
            ["query", "key", "value"].map(|part| (format!("{attention}.{part}.weight"), Form::Stored));
        let weights = self.stacked(&weights, state, state);
        let bias = |part: &str| format!("{attention}.{part}.bias");
        let parts =
            [(bias("query"), Form::Stored), (String::new(), Form::Zeros), (bias("value"), Form::Stored)];
        let Matrix { offset, .. } = self.stacked(&parts, 1, state);
        Linear { weights, bias: matrix(Buffer::Weights, offset, 1, 3 * state) }
    }

    /// A convolution over neighbouring frames as a layer that reads them one behind the other.
    pub(super) fn convolution(&mut self, name: &str, outputs: u32, channels: u32) -> Linear {
        let form = Form::Filters { channels: channels as usize };
        let filters = [(format!("{name}.weight"), form)];
        let weights = self.stacked(&filters, outputs, TAPS as u32 * channels);
        Linear { weights, bias: self.vector(&format!("{name}.bias"), outputs) }
    }
}

/// Where activations lie.
pub(super) struct Activations {
    /// Mel frames with one of zeros on either side.
    pub(super) mel: Matrix,
    /// The first convolution's frames behind one of zeros; the second, two frames apart, sees none behind the last.
    pub(super) frames: Matrix,
    /// States, which are read from one and written to the other in turn.
    pub(super) states: [Matrix; 2],
    /// Normalised states, or what attention gives.
    pub(super) rows: Matrix,
    /// Queries, keys and values side by side.
    pub(super) projected: Matrix,
    /// The MLP's hidden values.
    pub(super) hidden: Matrix,
    /// What comes out.
    pub(super) output: Matrix,
    pub(super) input_len: usize,
    pub(super) output_len: usize,
    pub(super) scratch_len: usize,
}

impl Activations {
    pub(super) fn new(shape: &Shape) -> Self {
        let [mels, positions, state] = [shape.mels, shape.positions, shape.state].map(|n| n as u32);
        let frames = super::FRAMES_PER_POSITION as u32 * positions;
        let (mut input, mut output, mut scratch) = (Room::default(), Room::default(), Room::default());
        let mel = matrix(Buffer::Input, input.values((frames + 2) * mels), frames + 2, mels);
        let out = matrix(Buffer::Output, output.values(positions * state), positions, state);
        let mut place = || matrix(Buffer::Scratch, scratch.values(positions * state), positions, state);
        let (states, rows) = ([place(), place()], place());
        // Frames, projections and hidden values are never there at once.
        let wide = |rows: u32, columns: u32, at: u32| matrix(Buffer::Scratch, at, rows, columns);
        let at = scratch.values(((frames + 1) * state).max(4 * positions * state));
        Self {
            mel,
            frames: wide(frames + 1, state, at),
            states,
            rows,
            projected: wide(positions, 3 * state, at),
            hidden: wide(positions, 4 * state, at),
            output: out,
            input_len: input.bytes(),
            output_len: output.bytes(),
            scratch_len: scratch.bytes(),
        }
    }
}
