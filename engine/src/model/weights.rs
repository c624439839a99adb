//! Weights in f32, row-major, with the shapes of the reference, fetched for encoder and decoder.

use super::{Model, ModelError};
use rayon::prelude::*;

/// `y = W x + b`; `weight` is `[out, inp]`.
pub(crate) struct Linear {
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
pub(crate) struct LayerNorm {
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
}

/// Multi-head attention; every matrix is `[state, state]`.
pub(crate) struct Attention {
    pub query: Linear,
    pub key: Linear,
    pub value: Linear,
    pub out: Linear,
}

/// One-dimensional convolution, kernel 3, padding 1; `weight` is `[out, inp, 3]`.
pub(crate) struct Conv1d {
    pub out: usize,
    pub inp: usize,
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
}

/// Two linear layers with GELU between: `[4·state, state]`, then `[state, 4·state]`.
pub(crate) struct Mlp {
    pub up: Linear,
    pub down: Linear,
}

/// A block of the encoder.
pub(crate) struct EncoderBlock {
    pub attn_ln: LayerNorm,
    pub attn: Attention,
    pub mlp_ln: LayerNorm,
    pub mlp: Mlp,
}

/// The encoder.
pub(crate) struct EncoderWeights {
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
pub(crate) struct DecoderBlock {
    pub attn_ln: LayerNorm,
    pub attn: Attention,
    pub cross_attn_ln: LayerNorm,
    pub cross_attn: Attention,
    pub mlp_ln: LayerNorm,
    pub mlp: Mlp,
}

/// The decoder.
pub(crate) struct DecoderWeights {
    /// `[n_vocab, n_text_state]`, also the last layer.
    pub token_embedding: Vec<f32>,
    /// `[n_text_ctx, n_text_state]`.
    pub positions: Vec<f32>,
    /// In order.
    pub blocks: Vec<DecoderBlock>,
    /// Behind the last block.
    pub ln: LayerNorm,
}

impl EncoderWeights {
    /// Fetches the encoder's tensors.
    pub(crate) fn fetch(model: &Model) -> Result<Self, ModelError> {
        let (state, fetch) = (model.dims.n_audio_state, Fetch(model));
        let block = |k: usize| -> Result<EncoderBlock, ModelError> {
            let at = format!("encoder.blocks.{k}");
            Ok(EncoderBlock {
                attn_ln: fetch.norm(&format!("{at}.attn_ln"))?,
                attn: fetch.attention(&format!("{at}.attn"))?,
                mlp_ln: fetch.norm(&format!("{at}.mlp_ln"))?,
                mlp: fetch.mlp(&at)?,
            })
        };
        Ok(Self {
            conv1: fetch.conv("encoder.conv1", model.dims.n_mels)?,
            conv2: fetch.conv("encoder.conv2", state)?,
            positions: model.tensor("encoder.positional_embedding")?,
            blocks: (0..model.dims.n_audio_layer).into_par_iter().map(block).collect::<Result<_, _>>()?,
            ln_post: fetch.norm("encoder.ln_post")?,
        })
    }
}

impl DecoderWeights {
    /// Fetches the decoder's tensors.
    pub(crate) fn fetch(model: &Model) -> Result<Self, ModelError> {
        let fetch = Fetch(model);
        let block = |k: usize| -> Result<DecoderBlock, ModelError> {
            let at = format!("decoder.blocks.{k}");
            Ok(DecoderBlock {
                attn_ln: fetch.norm(&format!("{at}.attn_ln"))?,
                attn: fetch.attention(&format!("{at}.attn"))?,
                cross_attn_ln: fetch.norm(&format!("{at}.cross_attn_ln"))?,
                cross_attn: fetch.attention(&format!("{at}.cross_attn"))?,
                mlp_ln: fetch.norm(&format!("{at}.mlp_ln"))?,
                mlp: fetch.mlp(&at)?,
            })
        };
        Ok(Self {
            token_embedding: model.tensor("decoder.token_embedding.weight")?,
            positions: model.tensor("decoder.positional_embedding")?,
            blocks: (0..model.dims.n_text_layer).into_par_iter().map(block).collect::<Result<_, _>>()?,
            ln: fetch.norm("decoder.ln")?,
        })
    }
}

/// Fetches what layers consist of.
#[derive(Clone, Copy)]
struct Fetch<'a>(&'a Model);

impl Fetch<'_> {
    fn weight(self, name: &str) -> Result<Vec<f32>, ModelError> {
        self.0.tensor(&format!("{name}.weight"))
    }

    fn bias(self, name: &str) -> Result<Vec<f32>, ModelError> {
        self.0.tensor(&format!("{name}.bias"))
    }

    fn norm(self, name: &str) -> Result<LayerNorm, ModelError> {
        Ok(LayerNorm { weight: self.weight(name)?, bias: self.bias(name)? })
    }

    fn conv(self, name: &str, inp: usize) -> Result<Conv1d, ModelError> {
        let (weight, bias) = (self.weight(name)?, self.bias(name)?);
        Ok(Conv1d { out: bias.len(), inp, weight, bias })
    }

    fn linear(self, name: &str) -> Result<Linear, ModelError> {
        let (weight, bias) = (self.weight(name)?, self.bias(name)?);
        Ok(Linear { out: bias.len(), inp: weight.len() / bias.len(), weight, bias: Some(bias) })
    }

    /// Every matrix is square, and keys have no bias.
    fn attention(self, name: &str) -> Result<Attention, ModelError> {
        let state = self.0.dims.n_audio_state;
        let key = self.weight(&format!("{name}.key"))?;
        Ok(Attention {
            query: self.linear(&format!("{name}.query"))?,
            key: Linear { out: state, inp: state, weight: key, bias: None },
            value: self.linear(&format!("{name}.value"))?,
            out: self.linear(&format!("{name}.out"))?,
        })
    }

    fn mlp(self, block: &str) -> Result<Mlp, ModelError> {
        Ok(Mlp { up: self.linear(&format!("{block}.mlp.0"))?, down: self.linear(&format!("{block}.mlp.2"))? })
    }
}
