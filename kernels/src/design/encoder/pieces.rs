//! What the buffer of weights consists of: where each part lies, and what it is made of.

use crate::design::tiles::Tiled;

/// What weights are made of, by openai-whisper's names.
#[derive(Clone, Debug)]
pub(super) enum Recipe {
    /// A layer's weights.
    Linear {
        name: String,
        /// The LayerNorm before it.
        norm: Option<String>,
        is_biased: bool,
        /// What comes out is multiplied by this.
        scale: f32,
    },
    /// Over mel frames, with its bias among the weights.
    FirstConvolution { name: String },
    /// Over frames of states.
    SecondConvolution { name: String },
    /// As they are, `[outputs, inputs]`.
    Given { weights: Vec<f32>, bias: Vec<f32> },
    /// A LayerNorm's gains.
    Diagonal { name: String },
    /// Rows as the array makes them.
    Table { tensor: String, place: Tiled },
}

/// Part of the buffer of weights.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// First word.
    pub(super) offset: u32,
    /// Columns of the design; what each has lies one behind the other.
    pub(super) columns: u32,
    /// Tiles of a row that each column makes; for each there are
    pub(super) outs: u32,
    /// so many tiles of weights, a tile of parameters,
    pub(super) depth: u32,
    /// and, if something is added, one with ones on the diagonal.
    pub(super) residual: bool,
    pub(super) recipe: Recipe,
}
