//! The decoder network in f32 (openai-whisper, `model.py`, `TextDecoder`).

use super::cache::{CrossKv, Kv, SelfKv};
use crate::cancel::{Cancel, Cancelled};
use crate::encoder::EncoderOutput;
use crate::model::{DecoderBlock, DecoderWeights, LayerNorm, Linear, Model, ModelDims, ModelError};
use crate::transcript::Token;
use crate::workers::Workers;
use hark_simd::{Matrix, MatrixMut, add, add_bias, dot, gelu, layer_norm, multiply, project_rows, softmax};
use rayon::prelude::*;

/// Up to this many rows the weights are streamed once for all rows; more rows are a matrix product.
const FEW_ROWS: usize = 8;
/// Below this many multiplications attention is not worth handing to other threads.
const SERIAL_ATTENTION: usize = 1 << 16;

/// Whisper's decoder on this machine's cores.
pub struct Decoder {
    dims: ModelDims,
    weights: DecoderWeights,
    workers: Workers,
}

/// Cross-attention of chosen heads before its softmax: per head `[tokens, positions]`, row-major.
pub struct HeadWeights {
    /// One matrix per head, in the order of asking.
    pub heads: Vec<Vec<f32>>,
    /// Rows of each matrix.
    pub tokens: usize,
    /// Columns of each matrix.
    pub positions: usize,
}

/// Sees the states after a part of the decoder: its name and `[tokens, state]` values.
type Trace<'a> = &'a mut (dyn FnMut(&str, &[f32]) + Send);

/// Who watches a pass: whoever may stop it, and whoever wants to see something of it.
struct Watch<'a> {
    cancel: &'a Cancel,
    trace: Option<Trace<'a>>,
    /// Heads (layer, head) whose scores are wanted, and where they go.
    heads: Option<(&'a [(usize, usize)], &'a mut HeadWeights)>,
}

impl<'a> Watch<'a> {
    fn new(cancel: &'a Cancel) -> Self {
        Self { cancel, trace: None, heads: None }
    }
}

/// A pass that was cancelled leaves its caches in no state to go on from.
impl Decoder {
    /// Prepares the decoder of `model` for `threads` threads.
    ///
    /// # Errors
    /// [`ModelError`] if its weights cannot be read or hold values that are not finite.
    pub fn new(model: &Model, threads: usize) -> Result<Self, ModelError> {
        let workers = Workers::new(threads);
        let weights = workers.run(|| DecoderWeights::fetch(model))?;
        Ok(Self { dims: model.dims, weights, workers })
    }

    /// The model's shape.
    pub fn dims(&self) -> &ModelDims {
        &self.dims
    }

    /// The most tokens of text before the window that it takes as a prompt.
    pub fn longest_prompt(&self) -> usize {
        self.dims.n_text_ctx / 2 - 1
    }

    /// Keys and values of a window for all layers.
    ///
    /// # Errors
    /// [`Cancelled`] within one layer of `cancel` being raised, as for everything else here.
    pub fn cross_kv(&self, encoded: &EncoderOutput, cancel: &Cancel) -> Result<CrossKv, Cancelled> {
        let project = |layer: &Linear| -> Result<Vec<f32>, Cancelled> {
            cancel.check()?;
            let mut out = vec![0.0; encoded.positions * layer.out];
            self.linear(&mut out, &encoded.data, layer);
            Ok(out)
        };
        let blocks = self.weights.blocks.iter().map(|b| &b.cross_attn);
        let layers = self.workers.run(|| -> Result<Vec<Kv>, Cancelled> {
            blocks.map(|attn| Ok(Kv { key: project(&attn.key)?, value: project(&attn.value)? })).collect()
        });
        Ok(CrossKv { positions: encoded.positions, layers: layers? })
    }

    /// An empty cache for one sequence.
    pub fn cache(&self) -> SelfKv {
        SelfKv::new(self.weights.blocks.len())
    }

    /// Takes the next tokens of one sequence as one product; logits `[tokens, n_vocab]` of all of them.
    ///
    /// # Panics
    /// If a token is outside the vocabulary, or the cache would outgrow `n_text_ctx`.
    pub fn prefill(
        &self,
        cross: &CrossKv,
        cache: &mut SelfKv,
        tokens: &[Token],
        cancel: &Cancel,
    ) -> Result<Vec<f32>, Cancelled> {
        let rows: Vec<usize> = (0..tokens.len()).collect();
        self.prefill_rows(cross, cache, tokens, &rows, cancel)
    }

    /// As [`Decoder::prefill`], with the logits `[rows.len(), n_vocab]` of some rows only.
    ///
    /// # Panics
    /// As [`Decoder::prefill`].
    pub fn prefill_rows(
        &self,
        cross: &CrossKv,
        cache: &mut SelfKv,
        tokens: &[Token],
        rows: &[usize],
        cancel: &Cancel,
    ) -> Result<Vec<f32>, Cancelled> {
        self.pass(cross, std::slice::from_mut(cache), tokens, rows, Watch::new(cancel))
    }

    /// As [`Decoder::prefill`], showing the states after `embedding`, each `block.N` and `ln`.
    ///
    /// # Panics
    /// As [`Decoder::prefill`].
    pub fn prefill_traced(
        &self,
        cross: &CrossKv,
        cache: &mut SelfKv,
        tokens: &[Token],
        trace: &mut (dyn FnMut(&str, &[f32]) + Send),
        cancel: &Cancel,
    ) -> Result<Vec<f32>, Cancelled> {
        let rows: Vec<usize> = (0..tokens.len()).collect();
        let watch = Watch { trace: Some(trace), ..Watch::new(cancel) };
        self.pass(cross, std::slice::from_mut(cache), tokens, &rows, watch)
    }

    /// As [`Decoder::prefill`] on an empty cache, with the scores of some cross-attention heads.
    ///
    /// # Panics
    /// As [`Decoder::prefill`].
    pub fn attend(
        &self,
        cross: &CrossKv,
        tokens: &[Token],
        heads: &[(usize, usize)],
        cancel: &Cancel,
    ) -> Result<(Vec<f32>, HeadWeights), Cancelled> {
        let (n, positions) = (tokens.len(), cross.positions);
        let mut weights =
            HeadWeights { heads: vec![vec![0.0; n * positions]; heads.len()], tokens: n, positions };
        let rows: Vec<usize> = (0..n).collect();
        let watch = Watch { heads: Some((heads, &mut weights)), ..Watch::new(cancel) };
        let logits = self.pass(cross, &mut [self.cache()], tokens, &rows, watch)?;
        Ok((logits, weights))
    }

    /// Takes one more token of one sequence; its logits `[n_vocab]`.
    ///
    /// # Panics
    /// As [`Decoder::prefill`].
    pub fn step(
        &self,
        cross: &CrossKv,
        cache: &mut SelfKv,
        token: Token,
        cancel: &Cancel,
    ) -> Result<Vec<f32>, Cancelled> {
        self.prefill_rows(cross, cache, &[token], &[0], cancel)
    }

    /// One more token for each of several sequences over the same window, in one pass over the
    /// weights; logits `[sequences, n_vocab]`.
    ///
    /// # Panics
    /// As [`Decoder::prefill`]; all caches must hold equally many tokens.
    pub fn step_many(
        &self,
        cross: &CrossKv,
        caches: &mut [SelfKv],
        tokens: &[Token],
        cancel: &Cancel,
    ) -> Result<Vec<f32>, Cancelled> {
        let rows: Vec<usize> = (0..tokens.len()).collect();
        self.pass(cross, caches, tokens, &rows, Watch::new(cancel))
    }

    /// Row `i` is the next token of sequence `i`, or the tokens of the only sequence in order.
    fn pass(
        &self,
        cross: &CrossKv,
        caches: &mut [SelfKv],
        tokens: &[Token],
        wanted: &[usize],
        watch: Watch<'_>,
    ) -> Result<Vec<f32>, Cancelled> {
        self.workers.run(|| {
            let states = self.blocks(cross, caches, tokens, watch)?;
            let state = self.dims.n_text_state;
            let picked: Vec<f32> =
                wanted.iter().flat_map(|row| &states[row * state..][..state]).copied().collect();
            let mut logits = vec![0.0; wanted.len() * self.dims.n_vocab];
            self.project(&mut logits, &picked, &self.weights.token_embedding, state);
            Ok(logits)
        })
    }

    fn blocks(
        &self,
        cross: &CrossKv,
        caches: &mut [SelfKv],
        tokens: &[Token],
        mut watch: Watch<'_>,
    ) -> Result<Vec<f32>, Cancelled> {
        let mut show = |name: &str, states: &[f32]| {
            if let Some(trace) = &mut watch.trace {
                trace(name, states);
            }
        };
        let before = caches.first().map_or(0, |c| c.tokens);
        let alone = caches.len() == 1;
        let mut states = self.embed(tokens, |row| if alone { before + row } else { before });
        show("embedding", &states);
        let mut scratch = vec![0.0; states.len()];
        for (i, block) in self.weights.blocks.iter().enumerate() {
            watch.cancel.check()?;
            normalise(&mut scratch, &states, &block.attn_ln);
            self.self_attention(block, caches, i, &mut scratch);
            add(&mut states, &scratch);
            normalise(&mut scratch, &states, &block.cross_attn_ln);
            let query = self.cross_attention(block, &cross.layers[i], cross.positions, &mut scratch);
            if let Some((heads, weights)) = &mut watch.heads {
                self.collect_scores(heads, weights, i, &query, &cross.layers[i]);
            }
            add(&mut states, &scratch);
            normalise(&mut scratch, &states, &block.mlp_ln);
            self.mlp(block, &mut scratch);
            add(&mut states, &scratch);
            show(&format!("block.{i}"), &states);
        }
        let taken = if alone { tokens.len() } else { 1 };
        caches.iter_mut().for_each(|cache| cache.tokens += taken);
        normalise(&mut scratch, &states, &self.weights.ln);
        show("ln", &scratch);
        Ok(scratch)
    }

    fn embed(&self, tokens: &[Token], position: impl Fn(usize) -> usize) -> Vec<f32> {
        let state = self.dims.n_text_state;
        let mut states = Vec::with_capacity(tokens.len() * state);
        for (row, token) in tokens.iter().enumerate() {
            let embedding = &self.weights.token_embedding[*token as usize * state..][..state];
            let place = &self.weights.positions[position(row) * state..][..state];
            states.extend(embedding.iter().zip(place).map(|(e, p)| e + p));
        }
        states
    }

    /// Causal attention over the caches; `x` holds the normalised rows and receives the result.
    fn self_attention(&self, block: &DecoderBlock, caches: &mut [SelfKv], layer: usize, x: &mut [f32]) {
        let state = self.dims.n_text_state;
        let (mut query, mut key, mut value) = (vec![0.0; x.len()], vec![0.0; x.len()], vec![0.0; x.len()]);
        self.linear(&mut query, x, &block.attn.query);
        self.linear(&mut key, x, &block.attn.key);
        self.linear(&mut value, x, &block.attn.value);
        let alone = caches.len() == 1;
        let share = if alone { key.len() } else { state };
        for (cache, (key, value)) in caches.iter_mut().zip(key.chunks(share).zip(value.chunks(share))) {
            cache.layers[layer].key.extend_from_slice(key);
            cache.layers[layer].value.extend_from_slice(value);
        }
        let before = caches.first().map_or(0, |c| c.tokens);
        let mut mixed = vec![0.0; x.len()];
        let seen = |row: usize| {
            let (cache, length) = if alone { (0, before + row + 1) } else { (row, before + 1) };
            (&caches[cache].layers[layer], length)
        };
        self.mix(&mut mixed, &query, seen);
        self.linear(x, &mixed, &block.attn.out);
    }

    /// Attention over the window; returns the queries.
    fn cross_attention(&self, block: &DecoderBlock, kv: &Kv, positions: usize, x: &mut [f32]) -> Vec<f32> {
        let mut query = vec![0.0; x.len()];
        self.linear(&mut query, x, &block.cross_attn.query);
        let mut mixed = vec![0.0; x.len()];
        self.mix(&mut mixed, &query, |_| (kv, positions));
        self.linear(x, &mixed, &block.cross_attn.out);
        query
    }

    /// Softmax-weighted values for every row and head; `seen` says which keys a row may look at.
    fn mix<'a>(&self, mixed: &mut [f32], query: &[f32], seen: impl Fn(usize) -> (&'a Kv, usize) + Sync) {
        let (state, heads) = (self.dims.n_text_state, self.dims.n_text_head);
        let width = state / heads;
        let scale = 1.0 / (width as f32).sqrt();
        let task = |scores: &mut Vec<f32>, (i, (out, q)): (usize, (&mut [f32], &[f32]))| {
            let (kv, length) = seen(i / heads);
            let column = i % heads * width;
            scores.clear();
            scores.extend((0..length).map(|t| dot(q, &kv.key[t * state + column..][..width]) * scale));
            softmax(scores);
            for (t, weight) in scores.iter().enumerate() {
                let value = &kv.value[t * state + column..][..width];
                out.iter_mut().zip(value).for_each(|(o, v)| *o += weight * v);
            }
        };
        if query.len() * seen(0).1 < SERIAL_ATTENTION {
            let mut scores = Vec::new();
            let rows = mixed.chunks_mut(width).zip(query.chunks(width)).enumerate();
            rows.for_each(|row| task(&mut scores, row));
        } else {
            let rows = mixed.par_chunks_mut(width).zip(query.par_chunks(width)).enumerate();
            rows.for_each_init(Vec::new, task);
        }
    }

    fn collect_scores(
        &self,
        heads: &[(usize, usize)],
        weights: &mut HeadWeights,
        layer: usize,
        query: &[f32],
        kv: &Kv,
    ) {
        let state = self.dims.n_text_state;
        let width = state / self.dims.n_text_head;
        let (tokens, positions) = (weights.tokens, weights.positions);
        let scale = 1.0 / (width as f32).sqrt();
        for (out, (_, head)) in weights.heads.iter_mut().zip(heads).filter(|(_, (l, _))| *l == layer) {
            let q = Matrix::strided(&query[head * width..], tokens, width, state);
            let k = Matrix::strided(&kv.key[head * width..], positions, width, state);
            multiply(
                MatrixMut::new(out, tokens, positions),
                q,
                k.transposed(),
                scale,
                self.workers.threads(),
            );
        }
    }

    fn mlp(&self, block: &DecoderBlock, x: &mut [f32]) {
        let mut hidden = vec![0.0; x.len() / block.mlp.up.inp * block.mlp.up.out];
        self.linear(&mut hidden, x, &block.mlp.up);
        gelu(&mut hidden);
        self.linear(x, &hidden, &block.mlp.down);
    }

    fn linear(&self, out: &mut [f32], x: &[f32], layer: &Linear) {
        self.project(out, x, &layer.weight, layer.inp);
        if let Some(bias) = &layer.bias {
            add_bias(out, bias);
        }
    }

    fn project(&self, out: &mut [f32], x: &[f32], weight: &[f32], inp: usize) {
        let rows = x.len() / inp;
        if rows <= FEW_ROWS {
            project_rows(out, x, weight, inp);
        } else {
            let outputs = weight.len() / inp;
            let weight = Matrix::new(weight, outputs, inp).transposed();
            let x = Matrix::new(x, rows, inp);
            multiply(MatrixMut::new(out, rows, outputs), x, weight, 1.0, self.workers.threads());
        }
    }
}

fn normalise(out: &mut [f32], x: &[f32], ln: &LayerNorm) {
    layer_norm(out, x, &ln.weight, &ln.bias);
}
