//! The decoder network (openai-whisper, `model.py`, `TextDecoder`).
//!
//! A pass takes the next tokens of any number of sequences, each with a window and a length of its own,
//! in one pass over the weights. What a row becomes does not depend on the others in it.

use super::cache::{CrossKv, SelfKv, Sequence};
use super::layers::{Block, HeadWeights, Layers, rows_of};
use super::shortlist;
use crate::cancel::{Cancel, Cancelled};
use crate::encoder::EncoderOutput;
use crate::model::{Model, ModelDims, ModelError};
use crate::packing::{LayerNorm, Packer};
use crate::precision::Precision;
use crate::transcript::Token;
use crate::workers::Workers;
use hark_simd::{Finish, HeadKv, Packed};

/// Whisper's decoder on this machine's cores.
pub struct Decoder {
    layers: Layers,
    weights: Weights,
}

struct Weights {
    /// `[n_vocab, n_text_state]`, also the last layer.
    token_embedding: Packed,
    /// `[n_text_ctx, n_text_state]`
    positions: Vec<f32>,
    blocks: Vec<Block>,
    ln: LayerNorm,
}

/// Sees the states after a part of the decoder: its name and `[tokens, state]` values.
type Trace<'a> = &'a mut dyn FnMut(&str, &[f32]);

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

impl Weights {
    fn pack(packer: &Packer<'_>, dims: &ModelDims) -> Result<Self, ModelError> {
        let state = dims.n_text_state;
        // The largest comes first, while there is nothing beside it.
        let token_embedding = packer.vocabulary("decoder.token_embedding.weight", dims.n_vocab, state)?;
        Ok(Self {
            token_embedding,
            positions: packer.vector("decoder.positional_embedding")?,
            blocks: (0..dims.n_text_layer).map(|k| Block::pack(packer, k)).collect::<Result<_, _>>()?,
            ln: packer.norm("decoder.ln")?,
        })
    }
}

/// A pass that was cancelled leaves its caches in no state to go on from.
impl Decoder {
    /// Prepares the decoder of `model`.
    ///
    /// # Errors
    /// [`ModelError`] if the weights cannot be read or hold values that are not finite.
    pub fn new(model: &Model, workers: &Workers, precision: Precision) -> Result<Self, ModelError> {
        let dims = model.dims;
        let weights = Weights::pack(&Packer { model, workers, precision }, &dims)?;
        Ok(Self { layers: Layers::new(dims, workers, precision), weights })
    }

    /// The model's shape.
    pub fn dims(&self) -> &ModelDims {
        &self.layers.dims
    }

    /// Who computes.
    pub(crate) fn workers(&self) -> &Workers {
        &self.layers.workers
    }

    /// The most tokens of text before the window that it takes as a prompt.
    pub fn longest_prompt(&self) -> usize {
        self.layers.dims.n_text_ctx / 2 - 1
    }

    /// The most tokens that are sampled behind `initial` ones: half of the context, and never beyond its
    /// end.
    pub fn longest_text(&self, initial: usize) -> usize {
        let context = self.dims().n_text_ctx;
        (context / 2).min((context + 1).saturating_sub(initial))
    }

    /// Bytes that [`Decoder::step_many`] reads: the weights once, and what each sequence remembers.
    pub fn step_bytes(&self, sequences: &[Sequence<'_>]) -> usize {
        let weights: usize = self.weights.blocks.iter().map(Block::step_bytes).sum();
        let heads = |layers: &[Vec<HeadKv>]| layers.iter().flatten().map(HeadKv::bytes).sum::<usize>();
        let remembered = sequences.iter().map(|s| heads(&s.cross.layers) + heads(&s.cache.layers));
        weights + self.weights.token_embedding.bytes() + remembered.sum::<usize>()
    }

    /// Keys and values of a window for all layers.
    ///
    /// # Errors
    /// [`Cancelled`] within one layer of `cancel` being raised, as for everything else here.
    pub fn cross_kv(&self, encoded: &EncoderOutput, cancel: &Cancel) -> Result<CrossKv, Cancelled> {
        let (mut narrow, blocks) = (Vec::new(), &self.weights.blocks);
        let Some(first) = blocks.first() else { return Ok(CrossKv { positions: 0, layers: Vec::new() }) };
        let heard = self.layers.heard(first, encoded, &mut narrow);
        let mut layers = Vec::with_capacity(blocks.len());
        for block in blocks {
            cancel.check()?;
            layers.push(self.layers.listen(block, &heard));
        }
        let positions = encoded.positions;
        Ok(CrossKv { positions, layers })
    }

    /// An empty cache for one sequence.
    pub fn cache(&self) -> SelfKv {
        SelfKv::new(self.weights.blocks.len(), self.layers.dims.n_text_head, self.layers.head_width())
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
        self.pass(&mut [Sequence { cross, cache }], &[tokens], rows, Watch::new(cancel))
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
        trace: &mut dyn FnMut(&str, &[f32]),
        cancel: &Cancel,
    ) -> Result<Vec<f32>, Cancelled> {
        let rows: Vec<usize> = (0..tokens.len()).collect();
        let watch = Watch { trace: Some(trace), ..Watch::new(cancel) };
        self.pass(&mut [Sequence { cross, cache }], &[tokens], &rows, watch)
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
        let sequence = Sequence { cross, cache: &mut self.cache() };
        let logits = self.pass(&mut [sequence], &[tokens], &rows, watch)?;
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

    /// One more token for each of several sequences, in one pass over the weights; `logits` receives
    /// `[sequences, n_vocab]`. Kept from step to step, it needs no new memory.
    ///
    /// # Panics
    /// As [`Decoder::prefill`].
    pub fn step_many(
        &self,
        sequences: &mut [Sequence<'_>],
        tokens: &[Token],
        logits: &mut Vec<f32>,
        cancel: &Cancel,
    ) -> Result<(), Cancelled> {
        let rows: Vec<usize> = (0..tokens.len()).collect();
        let tokens: Vec<&[Token]> = tokens.chunks(1).collect();
        self.next_rows(sequences, &tokens, &rows, logits, cancel)
    }

    /// As [`Decoder::step_many`] with any number of tokens for each, and the logits `[wanted.len(), n_vocab]` of
    /// some of their rows, which are numbered through all sequences.
    ///
    /// # Panics
    /// As [`Decoder::prefill`].
    pub fn next_rows(
        &self,
        sequences: &mut [Sequence<'_>],
        tokens: &[&[Token]],
        wanted: &[usize],
        logits: &mut Vec<f32>,
        cancel: &Cancel,
    ) -> Result<(), Cancelled> {
        self.pass_into(sequences, tokens, wanted, logits, Watch::new(cancel))
    }

    /// As [`Decoder::pass_into`], with logits of its own.
    fn pass(
        &self,
        sequences: &mut [Sequence<'_>],
        tokens: &[&[Token]],
        wanted: &[usize],
        watch: Watch<'_>,
    ) -> Result<Vec<f32>, Cancelled> {
        let mut logits = Vec::new();
        self.pass_into(sequences, tokens, wanted, &mut logits, watch)?;
        Ok(logits)
    }

    /// Takes the next tokens of each sequence; the logits of the wanted rows, which are numbered
    /// through all sequences.
    fn pass_into(
        &self,
        sequences: &mut [Sequence<'_>],
        tokens: &[&[Token]],
        wanted: &[usize],
        logits: &mut Vec<f32>,
        watch: Watch<'_>,
    ) -> Result<(), Cancelled> {
        let states = self.blocks(sequences, tokens, watch)?;
        let state = self.layers.dims.n_text_state;
        let picked: Vec<f32> =
            wanted.iter().flat_map(|row| &states[row * state..][..state]).copied().collect();
        logits.resize(wanted.len() * self.layers.dims.n_vocab, 0.0);
        let embedding = &self.weights.token_embedding;
        self.layers.linear(embedding, &picked, logits, Finish::Store);
        shortlist::refine(&self.layers.workers, embedding, &picked, logits);
        Ok(())
    }

    fn blocks(
        &self,
        sequences: &mut [Sequence<'_>],
        tokens: &[&[Token]],
        mut watch: Watch<'_>,
    ) -> Result<Vec<f32>, Cancelled> {
        let mut show = |name: &str, states: &[f32]| {
            if let Some(trace) = &mut watch.trace {
                trace(name, states);
            }
        };
        let rows = rows_of(tokens);
        let mut states = self.embed(sequences, tokens);
        show("embedding", &states);
        for (i, block) in self.weights.blocks.iter().enumerate() {
            watch.cancel.check()?;
            let query = self.layers.run(block, i, sequences, &rows, &mut states);
            if let Some((heads, weights)) = &mut watch.heads {
                self.layers.collect_scores(heads, weights, i, &query, sequences);
            }
            show(&format!("block.{i}"), &states);
        }
        for (sequence, tokens) in sequences.iter_mut().zip(tokens) {
            sequence.cache.tokens += tokens.len();
        }
        let mut x = vec![0.0; states.len()];
        self.weights.ln.apply(&mut x, &states);
        show("ln", &x);
        Ok(x)
    }

    fn embed(&self, sequences: &[Sequence<'_>], tokens: &[&[Token]]) -> Vec<f32> {
        let state = self.layers.dims.n_text_state;
        let mut states = Vec::new();
        for (sequence, tokens) in sequences.iter().zip(tokens) {
            for (i, token) in tokens.iter().enumerate() {
                let first = states.len();
                states.resize(first + state, 0.0);
                let row = &mut states[first..];
                self.weights.token_embedding.row(*token as usize, row);
                let place = (sequence.cache.tokens + i) * state;
                hark_simd::add(row, &self.weights.positions[place..][..state]);
            }
        }
        states
    }
}
