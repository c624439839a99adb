//! Weights in f32, row-major, with the shapes of the reference.

/// `y = W x + b`; `weight` is `[out, inp]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Linear {
    /// Rows of `weight`.
    pub out: usize,
    /// Columns of `weight`.
    pub inp: usize,
    /// `out × inp` values.
    pub weight: Vec<f32>,
    /// `out` values; the key projections have none.
    pub bias: Option<Vec<f32>>,
}

/// Layer normalisation over the last axis, epsilon 1e-5.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "the names say it")]
pub struct LayerNorm {
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
}

/// Multi-head attention; every matrix is `[state, state]`.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "the names are the reference's")]
pub struct Attention {
    pub query: Linear,
    pub key: Linear,
    pub value: Linear,
    pub out: Linear,
}

/// One-dimensional convolution, kernel 3, padding 1; `weight` is `[out, inp, 3]`.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "as Linear")]
pub struct Conv1d {
    pub out: usize,
    pub inp: usize,
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
}

/// Two linear layers with GELU between: `[4·state, state]`, then `[state, 4·state]`.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Mlp {
    pub up: Linear,
    pub down: Linear,
}

/// A block of the encoder.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "the names are the reference's")]
pub struct EncoderBlock {
    pub attn_ln: LayerNorm,
    pub attn: Attention,
    pub mlp_ln: LayerNorm,
    pub mlp: Mlp,
}

/// The encoder.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EncoderWeights {
    /// Stride 1, from mel bins to state.
    pub conv1: Conv1d,
    /// Stride 2, from state to state.
    pub conv2: Conv1d,
    /// `[n_audio_ctx, n_audio_state]`.
    pub positions: Vec<f32>,
    /// In order.
    pub blocks: Vec<EncoderBlock>,
    /// Behind the last block.
    pub ln_post: LayerNorm,
}

/// A block of the decoder.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "the names are the reference's")]
pub struct DecoderBlock {
    pub attn_ln: LayerNorm,
    pub attn: Attention,
    pub cross_attn_ln: LayerNorm,
    pub cross_attn: Attention,
    pub mlp_ln: LayerNorm,
    pub mlp: Mlp,
}

/// The decoder.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DecoderWeights {
    /// `[n_vocab, n_text_state]`, also the last layer.
    pub token_embedding: Vec<f32>,
    /// `[n_text_ctx, n_text_state]`.
    pub positions: Vec<f32>,
    /// In order.
    pub blocks: Vec<DecoderBlock>,
    /// Behind the last block.
    pub ln: LayerNorm,
}
