//! What the decoder remembers between steps.

/// Keys and values of the encoder output, computed once per window: per layer
/// `[positions, state]` each.
pub struct CrossKv {
    pub(super) positions: usize,
    pub(super) layers: Vec<Kv>,
}

/// Keys and values of the tokens so far: per layer `[tokens, state]` each. Grows by one row per token.
#[derive(Clone)]
pub struct SelfKv {
    pub(super) tokens: usize,
    pub(super) layers: Vec<Kv>,
}

/// One of several sequences that share a pass over the weights: the window it listens to and the
/// tokens so far.
pub struct Sequence<'a> {
    /// The window.
    pub cross: &'a CrossKv,
    /// The tokens.
    pub cache: &'a mut SelfKv,
}

#[derive(Clone, Default)]
pub(super) struct Kv {
    pub(super) key: Vec<f32>,
    pub(super) value: Vec<f32>,
}

impl SelfKv {
    pub(super) fn new(layers: usize) -> Self {
        Self { tokens: 0, layers: vec![Kv::default(); layers] }
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
