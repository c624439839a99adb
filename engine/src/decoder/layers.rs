//! One layer of the decoder, and what several of them share.

use super::cache::{CrossKv, Sequence};
use crate::encoder::EncoderOutput;
use crate::model::{ModelDims, ModelError};
use crate::packing::{LayerNorm, Packer};
use crate::precision::Precision;
use crate::transcript::Token;
use crate::workers::Workers;
use hark_simd::{AttentionScratch, Finish, HeadKv, HeadRows, Isa, Narrow, Operand, Packed};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Rows of the encoder output that one task projects to keys and values: two panels of keys.
const PROJECTED_ROWS: usize = 128;

/// A layer's weights.
pub(super) struct Block {
    attn_ln: LayerNorm,
    /// Query, key and value.
    projections: Packed,
    out: Packed,
    cross_ln: LayerNorm,
    cross_query: Packed,
    /// Key and value.
    pub cross_projections: Packed,
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

/// What runs layers: everything but their weights.
pub(super) struct Layers {
    pub dims: ModelDims,
    precision: Precision,
    pub workers: Workers,
    scratch: Mutex<Vec<AttentionScratch>>,
    narrow: Mutex<Narrow>,
}

impl Block {
    pub fn pack(packer: &Packer<'_>, k: usize) -> Result<Self, ModelError> {
        let state = packer.model.dims.n_text_state;
        let at = format!("decoder.blocks.{k}");
        let (own, cross, mlp) = (format!("{at}.attn"), format!("{at}.cross_attn"), format!("{at}.mlp"));
        Ok(Self {
            attn_ln: packer.norm(&format!("{at}.attn_ln"))?,
            projections: packer.linear(&own, &["query", "key", "value"], state, state)?,
            out: packer.linear(&own, &["out"], state, state)?,
            cross_ln: packer.norm(&format!("{at}.cross_attn_ln"))?,
            cross_query: packer.linear(&cross, &["query"], state, state)?,
            cross_projections: packer.linear(&cross, &["key", "value"], state, state)?,
            cross_out: packer.linear(&cross, &["out"], state, state)?,
            mlp_ln: packer.norm(&format!("{at}.mlp_ln"))?,
            up: packer.linear(&mlp, &["0"], 4 * state, state)?,
            down: packer.linear(&mlp, &["2"], state, 4 * state)?,
        })
    }
}

impl Block {
    /// Bytes of weights that a step reads.
    pub fn step_bytes(&self) -> usize {
        let Self { projections, out, cross_query, cross_out, up, down, .. } = self;
        [projections, out, cross_query, cross_out, up, down].map(Packed::bytes).iter().sum()
    }
}

impl Layers {
    pub fn new(dims: ModelDims, workers: &Workers, precision: Precision) -> Self {
        let scratch = (0..workers.threads()).map(|_| AttentionScratch::default()).collect();
        Self {
            dims,
            precision,
            workers: workers.clone(),
            scratch: Mutex::new(scratch),
            narrow: Mutex::default(),
        }
    }

    pub fn head_width(&self) -> usize {
        self.dims.n_text_state / self.dims.n_text_head
    }

    /// The encoder's states as `block` multiplies them, in parts that tasks take; the same for all blocks.
    pub fn heard<'a>(
        &self,
        block: &Block,
        encoded: &'a EncoderOutput,
        narrow: &'a mut Vec<Narrow>,
    ) -> Vec<Operand<'a>> {
        let parts = encoded.data.chunks(PROJECTED_ROWS * encoded.state);
        narrow.resize_with(parts.len(), Narrow::default);
        let mut operands = vec![None; parts.len()];
        let tasks = parts.zip(narrow).zip(&mut operands);
        self.workers.for_each(tasks, |((rows, narrow), operand)| {
            *operand = Some(block.cross_projections.operand(rows, narrow));
        });
        operands.into_iter().flatten().collect()
    }

    /// Keys and values of a window for one layer.
    pub fn listen(&self, block: &Block, heard: &[Operand<'_>]) -> Vec<HeadKv> {
        let (state, width) = (self.dims.n_text_state, self.head_width());
        let positions = heard.iter().map(|rows| rows.rows()).sum();
        let layer = &block.cross_projections;
        let mut scratch = vec![Vec::new(); self.workers.threads()];
        let grain = self.precision.grain();
        let mut heads: Vec<HeadKv> =
            (0..self.dims.n_text_head).map(|_| HeadKv::new(Isa::best(), grain, width)).collect();
        let mut blocks: Vec<_> = heard.iter().map(|rows| (rows, Vec::new())).collect();
        for head in &mut heads {
            let parts = head.parts(positions, PROJECTED_ROWS);
            blocks.iter_mut().zip(parts).for_each(|((_, block), part)| block.push(part));
        }
        self.workers.for_each_with(&mut scratch, blocks, |out, (rows, mut heads)| {
            out.resize(rows.rows() * 2 * state, 0.0);
            layer.multiply_here(*rows, out, Finish::Store);
            for (i, head) in heads.iter_mut().enumerate() {
                let part = |column| HeadRows { rows: out.as_slice(), stride: 2 * state, column };
                head.fill(part(i * width), part(state + i * width));
            }
        });
        heads
    }

    /// Runs layer number `layer` over the states of all rows; returns the queries of the
    /// cross-attention.
    pub fn run(
        &self,
        block: &Block,
        layer: usize,
        sequences: &mut [Sequence<'_>],
        rows: &[Range<usize>],
        states: &mut [f32],
    ) -> Vec<f32> {
        let mut x = vec![0.0; states.len()];
        block.attn_ln.apply(&mut x, states);
        self.self_attention(block, sequences, rows, layer, &mut x);
        self.linear(&block.out, &x, states, Finish::Add);
        block.cross_ln.apply(&mut x, states);
        let query = self.cross_attention(block, sequences, rows, layer, &mut x);
        self.linear(&block.cross_out, &x, states, Finish::Add);
        block.mlp_ln.apply(&mut x, states);
        let mut hidden = vec![0.0; x.len() / block.up.inputs() * block.up.outputs()];
        self.linear(&block.up, &x, &mut hidden, Finish::Gelu);
        self.linear(&block.down, &hidden, states, Finish::Add);
        query
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
        let heads = sequences.iter_mut().map(|sequence| sequence.cache.layers[layer].iter_mut());
        let mut mixed = vec![0.0; x.len()];
        let tasks = by_head(rows.iter().cloned().zip(heads), &mut mixed, width);
        self.with_scratch(tasks, |scratch, (rows, i, head, out)| {
            for (row, out) in rows.clone().zip(out.chunks_exact_mut(width)) {
                let part = |part: usize| &all.rows[row * all.stride + part * state + *i * width..][..width];
                head.push(part(1), part(2));
                let query = HeadRows { rows: &all.rows[row * all.stride..], column: *i * width, ..all };
                head.attend(query, 1, head.positions(), out, width, scratch);
            }
        });
        by_row(&mixed, rows, state, width, x);
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
        // Beams hear the same window: their rows read its keys and values together.
        let mut groups: Vec<(Range<usize>, &CrossKv)> = Vec::new();
        for (sequence, rows) in sequences.iter().zip(rows) {
            match groups.last_mut() {
                Some((group, cross)) if std::ptr::eq(*cross, sequence.cross) => group.end = rows.end,
                _ => groups.push((rows.clone(), sequence.cross)),
            }
        }
        let mut mixed = vec![0.0; x.len()];
        let heads = groups.iter().map(|(rows, cross)| (rows.clone(), cross.layers[layer].iter()));
        let tasks = by_head(heads, &mut mixed, width);
        self.with_scratch(tasks, |scratch, (rows, i, head, out)| {
            let query = HeadRows { rows: &queries[rows.start * state..], stride: state, column: *i * width };
            head.attend(query, rows.len(), head.positions(), out, width, scratch);
        });
        let rows: Vec<Range<usize>> = groups.into_iter().map(|(rows, _)| rows).collect();
        by_row(&mixed, &rows, state, width, x);
        query
    }

    pub fn collect_scores(
        &self,
        heads: &[(usize, usize)],
        weights: &mut HeadWeights,
        layer: usize,
        query: &[f32],
        sequences: &[Sequence<'_>],
    ) {
        let (state, width) = (self.dims.n_text_state, self.head_width());
        let wanted = weights.heads.iter_mut().zip(heads).filter(|(_, (l, _))| *l == layer).collect();
        let Some(sequence) = sequences.first() else { return };
        let tokens = weights.tokens;
        self.with_scratch(wanted, |scratch, (out, (_, head))| {
            let queries = HeadRows { rows: query, stride: state, column: head * width };
            sequence.cross.layers[layer][*head].scores(queries, tokens, out, scratch);
        });
    }

    fn with_scratch<T: Send>(&self, mut tasks: Vec<T>, work: impl Fn(&mut AttentionScratch, &mut T) + Sync) {
        let mut scratch = self.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        // Several at once, of which each thread still has several.
        let at_once = (tasks.len() / (4 * self.workers.threads())).max(1);
        self.workers.for_each_with(&mut scratch, tasks.chunks_mut(at_once), |scratch, tasks| {
            tasks.iter_mut().for_each(|task| work(scratch, task));
        });
    }

    pub fn linear(&self, layer: &Packed, x: &[f32], out: &mut [f32], finish: Finish) {
        let mut narrow = self.narrow.lock().unwrap_or_else(PoisonError::into_inner);
        layer.multiply(&self.workers, layer.operand(x, &mut narrow), out, finish);
    }
}

/// The rows of each sequence among all rows.
pub(super) fn rows_of(tokens: &[&[Token]]) -> Vec<Range<usize>> {
    let mut end = 0;
    let mut range = |tokens: &&[Token]| {
        end += tokens.len();
        end - tokens.len()..end
    };
    tokens.iter().map(&mut range).collect()
}

/// A task for each head of each group of rows: rows, number, head, and where its `[rows, width]` go.
fn by_head<H>(
    groups: impl Iterator<Item = (Range<usize>, impl ExactSizeIterator<Item = H>)>,
    mut out: &mut [f32],
    width: usize,
) -> Vec<(Range<usize>, usize, H, &mut [f32])> {
    let mut tasks = Vec::new();
    for (rows, heads) in groups {
        for (i, head) in heads.enumerate() {
            let (now, later) = std::mem::take(&mut out).split_at_mut(rows.len() * width);
            tasks.push((rows.clone(), i, head, now));
            out = later;
        }
    }
    tasks
}

/// From `[heads, rows, width]` of each group to rows of all heads.
fn by_row(mixed: &[f32], groups: &[Range<usize>], state: usize, width: usize, out: &mut [f32]) {
    for rows in groups {
        let (mixed, out) = (&mixed[rows.start * state..], &mut out[rows.start * state..]);
        for (head, mixed) in mixed.chunks_exact(rows.len() * width).take(state / width).enumerate() {
            for (row, mixed) in mixed.chunks_exact(width).enumerate() {
                out[row * state + head * width..][..width].copy_from_slice(mixed);
            }
        }
    }
}
