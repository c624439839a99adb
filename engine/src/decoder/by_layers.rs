//! Logits with one layer's weights in memory at a time: how f32 is had beside a model in use.

use super::cache::{CrossKv, SelfKv, Sequence};
use super::layers::{Block, Layers, rows_of};
use crate::EngineError;
use crate::cancel::Cancel;
use crate::encoder::EncoderOutput;
use crate::model::Model;
use crate::packing::Packer;
use crate::precision::Precision;
use crate::transcript::Token;
use crate::workers::Workers;
use hark_simd::Finish;

/// Rows of the token embedding that are in memory at once.
const VOCABULARY_AT_ONCE: usize = 4096;

/// The logits in f32, `[tokens.len() - first, n_vocab]`, of the tokens from `first` on, when all are
/// given at once. Weights are fetched from the model, layer by layer.
///
/// # Errors
/// [`EngineError`]: cancelled, or weights that cannot be read.
pub(crate) fn logits_by_layers(
    model: &Model,
    workers: &Workers,
    encoded: &EncoderOutput,
    tokens: &[Token],
    first: usize,
    cancel: &Cancel,
) -> Result<Vec<f32>, EngineError> {
    let (dims, packer) = (model.dims, Packer { model, workers, precision: Precision::F32 });
    let layers = Layers::new(dims, workers, Precision::F32);
    let (state, width, heads) = (dims.n_text_state, layers.head_width(), dims.n_text_head);
    let positions = packer.vector("decoder.positional_embedding")?;
    let mut states = vec![0.0; tokens.len() * state];
    for (i, (token, row)) in tokens.iter().zip(states.chunks_exact_mut(state)).enumerate() {
        let token = *token as usize;
        model.read("decoder.token_embedding.weight", token..token + 1, row)?;
        hark_simd::add(row, &positions[i * state..][..state]);
    }
    let rows = rows_of(&[tokens]);
    for k in 0..dims.n_text_layer {
        cancel.check()?;
        let block = Block::pack(&packer, k)?;
        let mut narrow = Vec::new();
        let heard = layers.listen(&block, &layers.heard(&block, encoded, &mut narrow));
        let cross = CrossKv { positions: encoded.positions, layers: vec![heard] };
        let mut cache = SelfKv::new(1, heads, width);
        layers.run(&block, 0, &mut [Sequence { cross: &cross, cache: &mut cache }], &rows, &mut states);
    }
    let picked = &states[first * state..];
    let mut normed = vec![0.0; picked.len()];
    packer.norm("decoder.ln")?.apply(&mut normed, picked);
    let count = tokens.len() - first;
    let mut logits = vec![0.0; count * dims.n_vocab];
    for start in (0..dims.n_vocab).step_by(VOCABULARY_AT_ONCE) {
        cancel.check()?;
        let end = dims.n_vocab.min(start + VOCABULARY_AT_ONCE);
        let some = packer.rows("decoder.token_embedding.weight", start..end, state)?;
        let mut part = vec![0.0; count * (end - start)];
        layers.linear(&some, &normed, &mut part, Finish::Store);
        for (row, part) in logits.chunks_exact_mut(dims.n_vocab).zip(part.chunks_exact(end - start)) {
            row[start..end].copy_from_slice(part);
        }
    }
    Ok(logits)
}
