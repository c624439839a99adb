//! What the decoder remembers between steps.

use hark_simd::{Grain, HeadKv, Isa};

/// Keys and values of the encoder output, computed once per window: heads per layer.
pub struct CrossKv {
    pub(super) positions: usize,
    pub(super) layers: Vec<Vec<HeadKv>>,
}

/// Keys and values of the tokens so far: heads per layer. Grows by one position per token.
#[derive(Clone)]
pub struct SelfKv {
    pub(super) tokens: usize,
    pub(super) layers: Vec<Vec<HeadKv>>,
}

/// A text under way: the window it is about and what was decoded so far.
pub struct Sequence<'a> {
    /// Keys and values of the window.
    pub cross: &'a CrossKv,
    /// Keys and values of the tokens so far.
    pub cache: &'a mut SelfKv,
}

impl SelfKv {
    pub(super) fn new(layers: usize, heads: usize, width: usize) -> Self {
        let layer = || (0..heads).map(|_| HeadKv::new(Isa::best(), Grain::F32, width)).collect();
        Self { tokens: 0, layers: (0..layers).map(|_| layer()).collect() }
    }

    /// Tokens held.
    pub fn len(&self) -> usize {
        self.tokens
    }

    /// Whether no token is held.
    pub fn is_empty(&self) -> bool {
        self.tokens == 0
    }
}
