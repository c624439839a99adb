//! What a launch is made of: operations on matrices in the five buffers of the kernel.
//!
//! An operation names shapes and places, nothing of the host: the fake computes it, and instruction streams are lowered
//! from it. Places and lengths are in values, so that they hold for any width of a value.

mod check;
mod list;
#[cfg(test)]
pub(crate) mod samples;

pub use check::OpError;
pub use list::{ListError, MAGIC, VERSION, decode, encode};

/// The buffers of the kernel, in the order of its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Buffer {
    /// Everything that is written once, before the first run.
    Weights = 0,
    /// What goes in.
    Input = 1,
    /// What comes out.
    Output = 2,
    /// Activations, which never leave the device.
    Scratch = 3,
    /// Nothing yet.
    Spare = 4,
}

impl Buffer {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Weights, Self::Input, Self::Output, Self::Scratch, Self::Spare];
}

/// Rows of values in a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matrix {
    /// Where it lies.
    pub buffer: Buffer,
    /// Its first value.
    pub offset: u32,
    /// Rows.
    pub rows: u32,
    /// Values in a row.
    pub columns: u32,
    /// Values from the beginning of a row to that of the next. Less than `columns` lets rows overlap, which is how a
    /// convolution is a product.
    pub stride: u32,
}

impl Matrix {
    /// The value behind its last one.
    pub fn end(&self) -> u64 {
        let last = u64::from(self.rows).saturating_sub(1) * u64::from(self.stride);
        u64::from(self.offset) + last + u64::from(self.columns)
    }

    /// Whether a value may belong to both, rows taken with what lies between them.
    pub fn meets(&self, other: &Self) -> bool {
        let (start, other_start) = (u64::from(self.offset), u64::from(other.offset));
        self.buffer == other.buffer && start < other.end() && other_start < self.end()
    }
}

/// One step of a launch. No operation writes where it reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// `to = from`
    Copy {
        /// Read.
        from: Matrix,
        /// Written; of the same shape.
        to: Matrix,
    },
    /// `out = activation(x · weightsᵀ + bias) + residual`
    Product {
        /// `[rows, inputs]`; its rows may overlap.
        x: Matrix,
        /// `[outputs, inputs]`
        weights: Matrix,
        /// `[1, outputs]`
        bias: Matrix,
        /// Whether the activation is GELU, with the exact error function, or none.
        gelu: bool,
        /// `[rows, outputs]`
        residual: Option<Matrix>,
        /// `[rows, outputs]`
        out: Matrix,
    },
    /// Each row less its mean, over its standard deviation (ε = 1e-5), times `gain`, plus `shift`.
    LayerNorm {
        /// `[rows, columns]`
        x: Matrix,
        /// `[1, columns]`
        gain: Matrix,
        /// `[1, columns]`
        shift: Matrix,
        /// `[rows, columns]`
        out: Matrix,
    },
    /// Per head, `out = softmax(queries · keysᵀ / √width) · values`; a head is `columns / heads` columns.
    Attention {
        /// `[rows, columns]`
        queries: Matrix,
        /// `[positions, columns]`
        keys: Matrix,
        /// `[positions, columns]`
        values: Matrix,
        /// How many heads lie side by side.
        heads: u32,
        /// `[rows, columns]`
        out: Matrix,
    },
}

impl Op {
    /// Its name, for messages and traces.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Copy { .. } => "copy",
            Self::Product { .. } => "product",
            Self::LayerNorm { .. } => "layer norm",
            Self::Attention { .. } => "attention",
        }
    }

    /// What it reads.
    pub fn reads(&self) -> impl Iterator<Item = Matrix> {
        let reads = match *self {
            Self::Copy { from, .. } => [Some(from), None, None, None],
            Self::Product { x, weights, bias, residual, .. } => {
                [Some(x), Some(weights), Some(bias), residual]
            }
            Self::LayerNorm { x, gain, shift, .. } => [Some(x), Some(gain), Some(shift), None],
            Self::Attention { queries, keys, values, .. } => [Some(queries), Some(keys), Some(values), None],
        };
        reads.into_iter().flatten()
    }

    /// What it writes.
    pub fn writes(&self) -> Matrix {
        match *self {
            Self::Copy { to, .. } => to,
            Self::Product { out, .. } | Self::LayerNorm { out, .. } | Self::Attention { out, .. } => out,
        }
    }
}
