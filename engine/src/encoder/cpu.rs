//! The encoder on the CPU (openai-whisper, `model.py`, `AudioEncoder`).
//!
//! A layer is two stages, in each of which every thread takes blocks of rows through all operations while
//! they are in its cache: LayerNorm, the projections to queries, keys and values and their packing by
//! head; then attention, the output projection and the whole MLP.

use super::{Backend, BackendError, BackendInfo, BackendKind, EncoderOutput, Evidence};
use crate::cancel::Cancel;
use crate::dims::FRAMES_PER_POSITION;
use crate::error::EngineError;
use crate::mel::MelWindow;
use crate::model::{Model, ModelDims, ModelError};
use crate::packing::{LayerNorm, Packer};
use crate::precision::Precision;
use crate::workers::Workers;
use hark_simd::{AttentionScratch, Finish, HeadKv, HeadRows, Isa, Narrow, Packed, Queries, add};
use std::ops::Range;
use std::time::Instant;

/// Rows that a block has at most: its hidden values fit into a second-level cache, and the weights are
/// read again for every block.
const BLOCK_ROWS: usize = 150;
/// Rows of a block are a multiple of what the kernels take at once.
const TILE_ROWS: usize = 6;
/// Positions whose keys are packed side by side, and blocks of them that are projected at once.
const PANEL: usize = 64;
const PROJECTED_PANELS: usize = 2;

/// Whisper's encoder on this machine's cores.
pub struct CpuBackend {
    dims: ModelDims,
    precision: Precision,
    weights: Weights,
    workers: Workers,
    buffers: Buffers,
    evidence: Evidence,
}

struct Weights {
    ends: Ends,
    blocks: Vec<Block>,
}

/// What comes before the blocks and behind them.
struct Ends {
    conv1: Packed,
    conv2: Packed,
    /// `[n_audio_ctx, n_audio_state]`
    positions: Vec<f32>,
    ln_post: LayerNorm,
}

struct Block {
    attn_ln: LayerNorm,
    /// Query, key and value.
    projections: Packed,
    out: Packed,
    mlp_ln: LayerNorm,
    up: Packed,
    down: Packed,
}

/// Allocated once.
struct Buffers {
    /// Mel frames with one of zeros on either side, `[frames + 2, n_mels]`.
    mel: Vec<f32>,
    /// The first convolution's output with one frame of zeros on either side, `[frames + 2, state]`.
    frames: Vec<f32>,
    /// `[positions, state]`
    states: Vec<f32>,
    /// Queries, keys and values of each head.
    heads: Vec<Head>,
    /// One per thread.
    scratch: Vec<Scratch>,
}

struct Head {
    queries: Queries,
    kv: HeadKv,
}

/// What a thread needs for a block of rows.
#[derive(Default)]
struct Scratch {
    narrow: Narrow,
    attention: AttentionScratch,
    /// `[rows, state]`
    normed: Vec<f32>,
    /// Queries, keys and values, `[rows, 3 · state]`; or hidden values, `[rows, 4 · state]`.
    wide: Vec<f32>,
}

/// Sees the states after a part of the encoder: its name and `[positions, state]` values.
pub type Trace<'a> = &'a mut dyn FnMut(&str, &[f32]);

impl Ends {
    fn pack(packer: &Packer<'_>) -> Result<Self, ModelError> {
        let dims = &packer.model.dims;
        let state = dims.n_audio_state;
        Ok(Self {
            // A spectrogram has few channels and all of the information: nothing is gained here.
            conv1: packer.convolution("encoder.conv1", state, dims.n_mels, Precision::F32)?,
            conv2: packer.convolution("encoder.conv2", state, state, packer.precision)?,
            positions: packer.vector("encoder.positional_embedding")?,
            ln_post: packer.norm("encoder.ln_post")?,
        })
    }
}

impl Block {
    fn pack(packer: &Packer<'_>, k: usize) -> Result<Self, ModelError> {
        let state = packer.model.dims.n_audio_state;
        let at = format!("encoder.blocks.{k}");
        let (attention, mlp) = (format!("{at}.attn"), format!("{at}.mlp"));
        Ok(Self {
            attn_ln: packer.norm(&format!("{at}.attn_ln"))?,
            projections: packer.linear(&attention, &["query", "key", "value"], state, state)?,
            out: packer.linear(&attention, &["out"], state, state)?,
            mlp_ln: packer.norm(&format!("{at}.mlp_ln"))?,
            up: packer.linear(&mlp, &["0"], 4 * state, state)?,
            down: packer.linear(&mlp, &["2"], state, 4 * state)?,
        })
    }
}

impl Buffers {
    fn new(dims: &ModelDims, precision: Precision, threads: usize) -> Self {
        let (state, positions) = (dims.n_audio_state, dims.n_audio_ctx);
        let (isa, grain, width) = (Isa::best(), precision.grain(), state / dims.n_audio_head);
        let head = || Head { queries: Queries::new(isa, grain, width), kv: HeadKv::new(isa, grain, width) };
        Self {
            mel: vec![0.0; (frames(dims) + 2) * dims.n_mels],
            frames: vec![0.0; (frames(dims) + 2) * state],
            states: vec![0.0; positions * state],
            heads: (0..dims.n_audio_head).map(|_| head()).collect(),
            scratch: (0..threads).map(|_| Scratch::default()).collect(),
        }
    }
}

/// Mel frames of a window.
fn frames(dims: &ModelDims) -> usize {
    dims.n_audio_ctx * FRAMES_PER_POSITION
}

impl CpuBackend {
    /// Prepares the encoder of `model`.
    ///
    /// # Errors
    /// [`ModelError`] if the weights cannot be read or hold values that are not finite.
    pub fn new(model: &Model, workers: &Workers, precision: Precision) -> Result<Self, ModelError> {
        let dims = model.dims;
        let packer = Packer { model, workers, precision };
        Ok(Self {
            dims,
            precision,
            weights: Weights {
                ends: Ends::pack(&packer)?,
                blocks: (0..dims.n_audio_layer).map(|k| Block::pack(&packer, k)).collect::<Result<_, _>>()?,
            },
            workers: workers.clone(),
            buffers: Buffers::new(&dims, precision, workers.threads()),
            evidence: Evidence::default(),
        })
    }

    /// Cuts it to the first positions of a window: mels have `2 · positions` frames then, and attention sees no other
    /// positions. For comparison with encoders that are cut so; the decoder takes whole windows.
    #[must_use]
    pub fn cut(mut self, positions: usize) -> Self {
        self.dims.n_audio_ctx = positions.min(self.dims.n_audio_ctx);
        self.buffers = Buffers::new(&self.dims, self.precision, self.workers.threads());
        self
    }

    /// Encodes one window and shows the states after `stem` (positions added), each `block.N`
    /// and `ln_post`, for comparison with a reference.
    ///
    /// # Errors
    /// As [`Backend::encode`].
    pub fn encode_traced(
        &mut self,
        window: &MelWindow,
        trace: Trace<'_>,
    ) -> Result<EncoderOutput, BackendError> {
        self.encode_one(window, &Cancel::new(), trace)
    }

    fn encode_one(
        &mut self,
        window: &MelWindow,
        cancel: &Cancel,
        trace: Trace<'_>,
    ) -> Result<EncoderOutput, BackendError> {
        let start = Instant::now();
        let Weights { ends, blocks } = &self.weights;
        let mut pass = Pass { dims: self.dims, workers: &self.workers, cancel, buffers: &mut self.buffers };
        pass.stem(ends, window)?;
        trace("stem", &pass.buffers.states);
        for (i, block) in blocks.iter().enumerate() {
            pass.block(block)?;
            trace(&format!("block.{i}"), &pass.buffers.states);
        }
        let output = pass.finish(ends);
        trace("ln_post", &output.data);
        self.evidence.windows += 1;
        self.evidence.layers += self.dims.n_audio_layer as u64;
        self.evidence.time += start.elapsed().into();
        Ok(output)
    }
}

/// Encodes a window in f32 with one layer's weights in memory at a time, fetched from the model.
///
/// # Errors
/// [`EngineError`]: cancelled, the wrong shape, or weights that cannot be read.
pub(crate) fn encode_by_layers(
    model: &Model,
    workers: &Workers,
    window: &MelWindow,
    cancel: &Cancel,
) -> Result<EncoderOutput, EngineError> {
    let packer = Packer { model, workers, precision: Precision::F32 };
    let mut buffers = Buffers::new(&model.dims, Precision::F32, workers.threads());
    let mut pass = Pass { dims: model.dims, workers, cancel, buffers: &mut buffers };
    let ends = Ends::pack(&packer)?;
    pass.stem(&ends, window)?;
    for k in 0..model.dims.n_audio_layer {
        cancel.check()?;
        pass.block(&Block::pack(&packer, k)?)?;
    }
    Ok(pass.finish(&ends))
}

/// The states behind the first block, in f32, for comparison with another encoder.
///
/// # Errors
/// As [`encode_by_layers`].
pub(crate) fn encode_first_block(
    model: &Model,
    workers: &Workers,
    window: &MelWindow,
) -> Result<EncoderOutput, EngineError> {
    let packer = Packer { model, workers, precision: Precision::F32 };
    let mut buffers = Buffers::new(&model.dims, Precision::F32, workers.threads());
    let cancel = Cancel::new();
    let mut pass = Pass { dims: model.dims, workers, cancel: &cancel, buffers: &mut buffers };
    pass.stem(&Ends::pack(&packer)?, window)?;
    pass.block(&Block::pack(&packer, 0)?)?;
    let (positions, state) = (model.dims.n_audio_ctx, model.dims.n_audio_state);
    Ok(EncoderOutput { positions, state, data: std::mem::take(&mut pass.buffers.states) })
}

/// Some rows of the states behind block `k`, in f32, from all the states before it, for comparison with another
/// encoder. Which rows is chosen by `choice`, so that all of them have their turn.
///
/// # Errors
/// [`EngineError`] if the weights cannot be read.
pub(crate) fn encode_rows_of_block(
    model: &Model,
    workers: &Workers,
    k: usize,
    before: &[f32],
    choice: usize,
) -> Result<(Range<usize>, Vec<f32>), EngineError> {
    let packer = Packer { model, workers, precision: Precision::F32 };
    let mut buffers = Buffers::new(&model.dims, Precision::F32, workers.threads());
    let cancel = Cancel::new();
    let (positions, state) = (model.dims.n_audio_ctx, model.dims.n_audio_state);
    if before.len() != positions * state {
        return Err(BackendError::Shape { expected: positions * state, given: before.len() }.into());
    }
    buffers.states.copy_from_slice(before);
    let mut pass = Pass { dims: model.dims, workers, cancel: &cancel, buffers: &mut buffers };
    let block = Block::pack(&packer, k)?;
    let rows = pass.block_rows(positions);
    let chosen = choice % positions.div_ceil(rows);
    pass.project(&block);
    pass.attend_and_transform(&block, |row_block| row_block == chosen);
    let rows = chosen * rows..positions.min((chosen + 1) * rows);
    let states = pass.buffers.states[rows.start * state..rows.end * state].to_vec();
    Ok((rows, states))
}

impl Backend for CpuBackend {
    fn describe(&self) -> BackendInfo {
        BackendInfo {
            kind: BackendKind::Cpu,
            name: "CPU".into(),
            precision: self.precision,
            threads: self.workers.threads(),
        }
    }

    fn encode(&mut self, windows: &[MelWindow], cancel: &Cancel) -> Result<Vec<EncoderOutput>, BackendError> {
        windows.iter().map(|window| self.encode_one(window, cancel, &mut |_, _| ())).collect()
    }

    fn evidence(&self) -> Evidence {
        self.evidence
    }

    fn cpu(&mut self) -> &mut dyn Backend {
        self
    }
}

/// One window on its way through the layers.
struct Pass<'a> {
    dims: ModelDims,
    workers: &'a Workers,
    cancel: &'a Cancel,
    buffers: &'a mut Buffers,
}

impl Pass<'_> {
    fn block(&mut self, block: &Block) -> Result<(), BackendError> {
        self.project(block);
        self.attend_and_transform(block, |_| true);
        // What was skipped because of a raised flag must not be taken for a result.
        Ok(self.cancel.check()?)
    }

    fn finish(&self, ends: &Ends) -> EncoderOutput {
        let states = &self.buffers.states;
        let mut data = vec![0.0; states.len()];
        let block = self.block_rows(self.dims.n_audio_ctx) * self.dims.n_audio_state;
        let pairs = data.chunks_mut(block).zip(states.chunks(block));
        self.workers.for_each(pairs, |(out, states)| ends.ln_post.apply(out, states));
        EncoderOutput { positions: self.dims.n_audio_ctx, state: self.dims.n_audio_state, data }
    }

    /// Rows of a block, so that every thread gets as many blocks as the others.
    fn block_rows(&self, rows: usize) -> usize {
        let threads = self.workers.threads();
        let blocks = rows.div_ceil(BLOCK_ROWS).next_multiple_of(threads);
        rows.div_ceil(blocks).next_multiple_of(TILE_ROWS)
    }

    /// Two convolutions with GELU, the second halving the frames, and the positions. Frames lie one
    /// behind the other, so that the three that an output sees are one row of a product.
    fn stem(&mut self, ends: &Ends, window: &MelWindow) -> Result<(), BackendError> {
        let all = frames(&self.dims);
        let (expected, given) = (self.dims.n_mels * all, window.data.len());
        if given != expected || window.n_mels != self.dims.n_mels {
            return Err(BackendError::Shape { expected, given });
        }
        let (state, n_mels, cancel) = (self.dims.n_audio_state, self.dims.n_mels, self.cancel);
        let frame_rows = self.block_rows(all);
        let position_rows = self.block_rows(self.dims.n_audio_ctx);
        let Buffers { mel, frames, states, scratch, .. } = &mut *self.buffers;
        let inner = mel[n_mels..].chunks_mut(frame_rows * n_mels).enumerate();
        self.workers.for_each(inner.take(all.div_ceil(frame_rows)), |(block, out)| {
            let first = block * frame_rows;
            let count = frame_rows.min(all - first);
            for channel in 0..n_mels {
                let row = &window.data[channel * all + first..][..count];
                for (frame, v) in row.iter().enumerate() {
                    out[frame * n_mels + channel] = *v;
                }
            }
        });
        let inner = &mut frames[state..][..all * state];
        let blocks = inner.chunks_mut(frame_rows * state).enumerate();
        self.workers.for_each_with(scratch, blocks, |scratch, (block, out)| {
            if !cancel.is_raised() {
                let x = &mel[block * frame_rows * n_mels..];
                let rows = out.len() / state;
                let x = ends.conv1.operand_strided(x, n_mels, rows, &mut scratch.narrow);
                ends.conv1.multiply_here(x, out, Finish::Gelu);
            }
        });
        let blocks = states.chunks_mut(position_rows * state).enumerate();
        self.workers.for_each_with(scratch, blocks, |scratch, (block, out)| {
            if !cancel.is_raised() {
                let stride = FRAMES_PER_POSITION * state;
                let x = &frames[block * position_rows * stride..];
                let rows = out.len() / state;
                let x = ends.conv2.operand_strided(x, stride, rows, &mut scratch.narrow);
                ends.conv2.multiply_here(x, out, Finish::Gelu);
                add(out, &ends.positions[block * position_rows * state..][..out.len()]);
            }
        });
        Ok(cancel.check()?)
    }

    fn project(&mut self, block: &Block) {
        let (state, positions, cancel) = (self.dims.n_audio_state, self.dims.n_audio_ctx, self.cancel);
        let width = state / self.dims.n_audio_head;
        let rows = self.projected_rows();
        let Buffers { states, heads, scratch, .. } = &mut *self.buffers;
        let mut blocks: Vec<_> = states.chunks(rows * state).map(|states| (states, Vec::new())).collect();
        for head in heads {
            let parts = head.kv.parts(positions, rows).into_iter().zip(head.queries.parts(positions, rows));
            for ((_, heads), parts) in blocks.iter_mut().zip(parts) {
                heads.push(parts);
            }
        }
        self.workers.for_each_with(scratch, blocks, |scratch, (states, mut heads)| {
            if cancel.is_raised() {
                return;
            }
            let x = normalise(&mut scratch.normed, states, &block.attn_ln);
            let count = states.len() / state;
            scratch.wide.resize(count * 3 * state, 0.0);
            let x = block.projections.operand(x, &mut scratch.narrow);
            block.projections.multiply_here(x, &mut scratch.wide, Finish::Store);
            for (i, (kv, queries)) in heads.iter_mut().enumerate() {
                let part = |part: usize| HeadRows {
                    rows: &scratch.wide,
                    stride: 3 * state,
                    column: part * state + i * width,
                };
                queries.fill(part(0), count);
                kv.fill(part(1), part(2));
            }
        });
    }

    /// Rows of a block of the projections: whole panels, as many blocks for every thread.
    fn projected_rows(&self) -> usize {
        let panels = self.dims.n_audio_ctx.div_ceil(PANEL);
        let blocks = panels.div_ceil(PROJECTED_PANELS).next_multiple_of(self.workers.threads());
        panels.div_ceil(blocks) * PANEL
    }

    /// Of the blocks of rows those that are `wanted`, by their number.
    fn attend_and_transform(&mut self, block: &Block, wanted: impl Fn(usize) -> bool) {
        let (state, positions, cancel) = (self.dims.n_audio_state, self.dims.n_audio_ctx, self.cancel);
        let width = state / self.dims.n_audio_head;
        let rows = self.block_rows(positions);
        let Buffers { states, heads, scratch, .. } = &mut *self.buffers;
        let blocks = states.chunks_mut(rows * state).enumerate().filter(|(index, _)| wanted(*index));
        self.workers.for_each_with(scratch, blocks, |scratch, (index, states)| {
            let Scratch { narrow, attention, normed, wide } = scratch;
            let count = states.len() / state;
            let first = index * rows;
            normed.resize(states.len(), 0.0);
            for (i, head) in heads.iter().enumerate() {
                if cancel.is_raised() {
                    return;
                }
                let (queries, rows) = (&head.queries, first..first + count);
                let out = &mut normed[i * width..];
                head.kv.attend_prepared(queries, rows, positions, out, state, attention);
            }
            block.out.multiply_here(block.out.operand(normed, narrow), states, Finish::Add);
            if cancel.is_raised() {
                return;
            }
            let x = normalise(normed, states, &block.mlp_ln);
            wide.resize(count * block.up.outputs(), 0.0);
            block.up.multiply_here(block.up.operand(x, narrow), wide, Finish::Gelu);
            block.down.multiply_here(block.down.operand(wide, narrow), states, Finish::Add);
        });
    }
}

fn normalise<'a>(out: &'a mut Vec<f32>, x: &[f32], ln: &LayerNorm) -> &'a [f32] {
    out.resize(x.len(), 0.0);
    ln.apply(out, x);
    out
}
