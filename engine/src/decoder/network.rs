//! The decoder network (openai-whisper, `model.py`, `TextDecoder`).
//!
//! A pass takes the next tokens of any number of sequences, each with a window and a length of its own,
//! in one pass over the weights. What a row becomes does not depend on the others in it.

use super::cache::{CrossKv, SelfKv, Sequence};
use crate::cancel::{Cancel, Cancelled};
use crate::encoder::EncoderOutput;
use crate::model::{Model, ModelDims, ModelError};
use crate::packing::{LayerNorm, Packer};
use crate::precision::Precision;
use crate::transcript::Token;
use crate::workers::Workers;
use hark_simd::{AttentionScratch, Finish, HeadKv, HeadRows, Isa, Narrow, Packed};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Rows of the encoder output that one task projects to keys and values: two panels of keys.
const PROJECTED_ROWS: usize = 128;

/// Whisper's decoder on this machine's cores.
pub struct Decoder {
    dims: ModelDims,
    precision: Precision,
    weights: Weights,
    workers: Workers,
    scratch: Mutex<Vec<AttentionScratch>>,
}

struct Weights {
    /// `[n_vocab, n_text_state]`, also the last layer.
    token_embedding: Packed,
    /// `[n_text_ctx, n_text_state]`
    positions: Vec<f32>,
    blocks: Vec<Block>,
    ln: LayerNorm,
}

struct Block {
    attn_ln: LayerNorm,
    /// Query, key and value.
    projections: Packed,
    out: Packed,
    cross_ln: LayerNorm,
    cross_query: Packed,
    /// Key and value.
    cross_projections: Packed,
    cross_out: Packed,
    mlp_ln: LayerNorm,
    up: Packed,
    down: Packed,
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
        let token_embedding = packer.matrix("decoder.token_embedding.weight", dims.n_vocab, state)?;
        let block = |k: usize| -> Result<Block, ModelError> {
            let at = format!("decoder.blocks.{k}");
            let (own, cross) = (format!("{at}.attn"), format!("{at}.cross_attn"));
            Ok(Block {
                attn_ln: packer.norm(&format!("{at}.attn_ln"))?,
                projections: packer.linear(&own, &["query", "key", "value"], state, state)?,
                out: packer.linear(&own, &["out"], state, state)?,
                cross_ln: packer.norm(&format!("{at}.cross_attn_ln"))?,
                cross_query: packer.linear(&cross, &["query"], state, state)?,
                cross_projections: packer.linear(&cross, &["key", "value"], state, state)?,
                cross_out: packer.linear(&cross, &["out"], state, state)?,
                mlp_ln: packer.norm(&format!("{at}.mlp_ln"))?,
                up: packer.linear(&format!("{at}.mlp"), &["0"], 4 * state, state)?,
                down: packer.linear(&format!("{at}.mlp"), &["2"], state, 4 * state)?,
            })
        };
        Ok(Self {
            token_embedding,
            positions: packer.vector("decoder.positional_embedding")?,
            blocks: (0..dims.n_text_layer).map(block).collect::<Result<_, _>>()?,
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
        let scratch = (0..workers.threads()).map(|_| AttentionScratch::default()).collect();
        Ok(Self { dims, precision, weights, workers: workers.clone(), scratch: Mutex::new(scratch) })
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
        let (state, positions) = (self.dims.n_text_state, encoded.positions);
        let width = self.head_width();
        let mut scratch = vec![Vec::new(); self.workers.threads()];
        let mut narrow = Narrow::default();
        let mut layers = Vec::with_capacity(self.weights.blocks.len());
        // All layers read the same rows, so that these are narrowed once.
        let first = self.weights.blocks.first().map(|block| &block.cross_projections);
        let rows = first.map(|layer| layer.operand(&encoded.data, &mut narrow));
        for (block, rows) in self.weights.blocks.iter().zip(std::iter::repeat(rows).flatten()) {
            cancel.check()?;
            let layer = &block.cross_projections;
            let grain = self.precision.grain();
            let mut heads: Vec<HeadKv> =
                (0..self.dims.n_text_head).map(|_| HeadKv::new(Isa::best(), grain, width)).collect();
            let mut blocks: Vec<_> = (0..positions.div_ceil(PROJECTED_ROWS)).map(|_| Vec::new()).collect();
            for head in &mut heads {
                let parts = head.parts(positions, PROJECTED_ROWS);
                blocks.iter_mut().zip(parts).for_each(|(block, part)| block.push(part));
            }
            self.workers.for_each_with(
                &mut scratch,
                blocks.into_iter().enumerate(),
                |out, (i, mut heads)| {
                    let first = i * PROJECTED_ROWS;
                    let rows = rows.slice(first..positions.min(first + PROJECTED_ROWS));
                    out.resize(rows.rows() * 2 * state, 0.0);
                    layer.multiply_here(rows, out, Finish::Store);
                    for (i, head) in heads.iter_mut().enumerate() {
                        let part = |column| HeadRows { rows: out.as_slice(), stride: 2 * state, column };
                        head.fill(part(i * width), part(state + i * width));
                    }
                },
            );
            layers.push(heads);
        }
        Ok(CrossKv { positions, layers })
    }

    /// An empty cache for one sequence.
    pub fn cache(&self) -> SelfKv {
        SelfKv::new(self.weights.blocks.len(), self.dims.n_text_head, self.head_width())
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

    /// One more token for each of several sequences, in one pass over the weights; logits
    /// `[sequences, n_vocab]`.
    ///
    /// # Panics
    /// As [`Decoder::prefill`].
    pub fn step_many(
        &self,
        sequences: &mut [Sequence<'_>],
        tokens: &[Token],
        cancel: &Cancel,
    ) -> Result<Vec<f32>, Cancelled> {
        let rows: Vec<usize> = (0..tokens.len()).collect();
        let tokens: Vec<&[Token]> = tokens.chunks(1).collect();
        self.pass(sequences, &tokens, &rows, Watch::new(cancel))
    }

    fn head_width(&self) -> usize {
        self.dims.n_text_state / self.dims.n_text_head
    }

    /// Takes the next tokens of each sequence; the logits of the wanted rows, which are numbered
    /// through all sequences.
    fn pass(
        &self,
        sequences: &mut [Sequence<'_>],
        tokens: &[&[Token]],
        wanted: &[usize],
        watch: Watch<'_>,
    ) -> Result<Vec<f32>, Cancelled> {
        let states = self.blocks(sequences, tokens, watch)?;
        let state = self.dims.n_text_state;
        let picked: Vec<f32> =
            wanted.iter().flat_map(|row| &states[row * state..][..state]).copied().collect();
        let mut logits = vec![0.0; wanted.len() * self.dims.n_vocab];
        self.linear(&self.weights.token_embedding, &picked, &mut logits, Finish::Store);
        Ok(logits)
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
        let mut x = vec![0.0; states.len()];
        for (i, block) in self.weights.blocks.iter().enumerate() {
            watch.cancel.check()?;
            block.attn_ln.apply(&mut x, &states);
            self.self_attention(block, sequences, &rows, i, &mut x);
            self.linear(&block.out, &x, &mut states, Finish::Add);
            block.cross_ln.apply(&mut x, &states);
            let query = self.cross_attention(block, sequences, &rows, i, &mut x);
            if let Some((heads, weights)) = &mut watch.heads {
                self.collect_scores(heads, weights, i, &query, sequences);
            }
            self.linear(&block.cross_out, &x, &mut states, Finish::Add);
            block.mlp_ln.apply(&mut x, &states);
            let mut hidden = vec![0.0; x.len() / block.up.inputs() * block.up.outputs()];
            self.linear(&block.up, &x, &mut hidden, Finish::Gelu);
            self.linear(&block.down, &hidden, &mut states, Finish::Add);
            show(&format!("block.{i}"), &states);
        }
        for (sequence, tokens) in sequences.iter_mut().zip(tokens) {
            sequence.cache.tokens += tokens.len();
        }
        self.weights.ln.apply(&mut x, &states);
        show("ln", &x);
        Ok(x)
    }

    fn embed(&self, sequences: &[Sequence<'_>], tokens: &[&[Token]]) -> Vec<f32> {
        let state = self.dims.n_text_state;
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

    /// Causal attention over the caches; `x` holds the normalised rows and receives the mixtures.
    fn self_attention(
        &self,
        block: &Block,
        sequences: &mut [Sequence<'_>],
        rows: &[Range<usize>],
        layer: usize,
        x: &mut [f32],
    ) {
        let (state, width) = (self.dims.n_text_state, self.head_width());
        let mut projected = vec![0.0; 3 * x.len()];
        self.linear(&block.projections, x, &mut projected, Finish::Store);
        let all = HeadRows { rows: &projected, stride: 3 * state, column: 0 };
        let tasks = sequences.iter_mut().zip(rows).flat_map(|(sequence, rows)| {
            sequence.cache.layers[layer].iter_mut().enumerate().map(move |(i, head)| (rows.clone(), i, head))
        });
        let tasks = by_head(tasks, x, state, width, rows);
        self.with_scratch(tasks, |scratch, ((rows, i, head), mut out)| {
            for (row, out) in rows.zip(out.iter_mut()) {
                let part = |part: usize| &all.rows[row * all.stride + part * state + i * width..][..width];
                head.push(part(1), part(2));
                let query = HeadRows { rows: &all.rows[row * all.stride..], column: i * width, ..all };
                head.attend(query, 1, head.positions(), out, width, scratch);
            }
        });
    }

    /// Attention over the windows; `x` as above. Returns the queries.
    fn cross_attention(
        &self,
        block: &Block,
        sequences: &[Sequence<'_>],
        rows: &[Range<usize>],
        layer: usize,
        x: &mut [f32],
    ) -> Vec<f32> {
        let (state, width) = (self.dims.n_text_state, self.head_width());
        let mut query = vec![0.0; x.len()];
        self.linear(&block.cross_query, x, &mut query, Finish::Store);
        let queries = &query;
        let tasks = sequences.iter().zip(rows).flat_map(|(sequence, rows)| {
            let (cross, rows) = (sequence.cross, rows.clone());
            cross.layers[layer].iter().enumerate().map(move |(i, head)| (rows.clone(), i, head))
        });
        let tasks = by_head(tasks, x, state, width, rows);
        self.with_scratch(tasks, |scratch, ((rows, i, head), mut out)| {
            let query = HeadRows { rows: &queries[rows.start * state..], stride: state, column: i * width };
            let count = rows.len();
            let mut mixed = vec![0.0; count * width];
            head.attend(query, count, head.positions(), &mut mixed, width, scratch);
            for (out, mixed) in out.iter_mut().zip(mixed.chunks_exact(width)) {
                out.copy_from_slice(mixed);
            }
        });
        query
    }

    fn collect_scores(
        &self,
        heads: &[(usize, usize)],
        weights: &mut HeadWeights,
        layer: usize,
        query: &[f32],
        sequences: &[Sequence<'_>],
    ) {
        let (state, width) = (self.dims.n_text_state, self.head_width());
        let wanted = weights.heads.iter_mut().zip(heads).filter(|(_, (l, _))| *l == layer);
        let Some(sequence) = sequences.first() else { return };
        let tokens = weights.tokens;
        self.with_scratch(wanted, |scratch, (out, (_, head))| {
            let queries = HeadRows { rows: query, stride: state, column: head * width };
            sequence.cross.layers[layer][*head].scores(queries, tokens, out, scratch);
        });
    }

    fn with_scratch<T: Send>(
        &self,
        tasks: impl IntoIterator<Item = T>,
        work: impl Fn(&mut AttentionScratch, T) + Sync,
    ) {
        let mut scratch = self.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        self.workers.for_each_with(&mut scratch, tasks, work);
    }

    fn linear(&self, layer: &Packed, x: &[f32], out: &mut [f32], finish: Finish) {
        let mut narrow = Narrow::default();
        layer.multiply(&self.workers, layer.operand(x, &mut narrow), out, finish);
    }
}

/// The rows of each sequence among all rows.
fn rows_of(tokens: &[&[Token]]) -> Vec<Range<usize>> {
    let mut end = 0;
    let mut range = |tokens: &&[Token]| {
        end += tokens.len();
        end - tokens.len()..end
    };
    tokens.iter().map(&mut range).collect()
}

/// Gives each task, one per sequence and head, the places in `x` that its rows and head have.
fn by_head<'a, T>(
    tasks: impl Iterator<Item = T>,
    x: &'a mut [f32],
    state: usize,
    width: usize,
    rows: &[Range<usize>],
) -> Vec<(T, Vec<&'a mut [f32]>)> {
    let heads = state / width;
    let mut places: Vec<Vec<&mut [f32]>> =
        rows.iter().flat_map(|rows| std::iter::repeat_n(rows.len(), heads).map(Vec::with_capacity)).collect();
    let mut x = x.chunks_exact_mut(state);
    for (sequence, rows) in rows.iter().enumerate() {
        for row in x.by_ref().take(rows.len()) {
            for (head, place) in row.chunks_exact_mut(width).enumerate() {
                places[sequence * heads + head].push(place);
            }
        }
    }
    tasks.zip(places).collect()
}
