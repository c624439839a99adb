//! The encoder on the CPU, in f32 (openai-whisper, `model.py`, `AudioEncoder`).

use super::{Backend, BackendError, BackendInfo, BackendKind, EncoderOutput, Evidence, Precision};
use crate::cancel::Cancel;
use crate::dims::{FRAMES_PER_POSITION, WINDOW_FRAMES};
use crate::mel::MelWindow;
use crate::model::{
    Attention, Conv1d, EncoderBlock, EncoderWeights, LayerNorm, Linear, Model, ModelDims, ModelError,
};
use crate::workers::Workers;
use hark_simd::{Matrix, MatrixMut, add, add_bias, gelu, layer_norm, multiply, softmax};
use rayon::prelude::*;
use std::time::Instant;

/// Rows that one task of the attention takes; its scores (100 × 1500) stay in the second-level cache.
const ATTENTION_ROWS: usize = 100;
/// Rows of the wide MLP layer at a time: bounds its memory, and the time between looks at `cancel`.
const MLP_ROWS: usize = 300;
/// Output rows of a convolution at a time, for the same two reasons.
const CONVOLUTION_ROWS: usize = 500;
/// Rows of a LayerNorm that one task takes.
const NORM_ROWS: usize = 30;
/// Width of a convolution.
const KERNEL: usize = 3;

/// Whisper's encoder in f32 on this machine's cores.
pub struct CpuBackend {
    dims: ModelDims,
    weights: EncoderWeights,
    workers: Workers,
    buffers: Buffers,
    evidence: Evidence,
}

/// Allocated once; `[positions, state]` unless said otherwise.
struct Buffers {
    states: Vec<f32>,
    normed: Vec<f32>,
    query: Vec<f32>,
    key: Vec<f32>,
    value: Vec<f32>,
    mixed: Vec<f32>,
    /// `[MLP_ROWS, 4 · state]`
    hidden: Vec<f32>,
}

/// Sees the states after a part of the encoder: its name and `[positions, state]` values.
pub type Trace<'a> = &'a mut (dyn FnMut(&str, &[f32]) + Send);

impl CpuBackend {
    /// Prepares the encoder of `model` for `threads` threads.
    ///
    /// # Errors
    /// [`ModelError`] if its weights cannot be read or hold values that are not finite.
    pub fn new(model: &Model, threads: usize) -> Result<Self, ModelError> {
        let dims = model.dims;
        let rows = || vec![0.0; dims.n_audio_ctx * dims.n_audio_state];
        let buffers = Buffers {
            states: rows(),
            normed: rows(),
            query: rows(),
            key: rows(),
            value: rows(),
            mixed: rows(),
            hidden: vec![0.0; MLP_ROWS * 4 * dims.n_audio_state],
        };
        let workers = Workers::new(threads);
        let weights = workers.run(|| EncoderWeights::fetch(model))?;
        Ok(Self { dims, weights, workers, buffers, evidence: Evidence::default() })
    }

    /// Encodes one window and shows the states after `stem` (positions added), each `block.N`
    /// and `ln_post`, for comparison with a reference.
    ///
    /// # Errors
    /// As [`Backend::encode`].
    pub fn encode_traced(
        &mut self,
        window: &MelWindow,
        trace: &mut (dyn FnMut(&str, &[f32]) + Send),
    ) -> Result<EncoderOutput, BackendError> {
        self.encode_one(window, &Cancel::new(), Some(trace))
    }

    fn encode_one(
        &mut self,
        window: &MelWindow,
        cancel: &Cancel,
        trace: Option<Trace<'_>>,
    ) -> Result<EncoderOutput, BackendError> {
        let (dims, start) = (self.dims, Instant::now());
        let (expected, given) = (dims.n_mels * WINDOW_FRAMES, window.data.len());
        let fits = dims.n_audio_ctx * FRAMES_PER_POSITION == WINDOW_FRAMES;
        if given != expected || window.n_mels != dims.n_mels || !fits {
            return Err(BackendError::Shape { expected, given });
        }
        let pass = Pass { dims, threads: self.workers.threads(), cancel };
        let (weights, buffers) = (&self.weights, &mut self.buffers);
        let data = self.workers.run(|| pass.run(weights, buffers, window, trace))?;
        self.evidence.windows += 1;
        self.evidence.layers += dims.n_audio_layer as u64;
        self.evidence.time += start.elapsed().into();
        Ok(EncoderOutput { positions: dims.n_audio_ctx, state: dims.n_audio_state, data })
    }
}

impl Backend for CpuBackend {
    fn describe(&self) -> BackendInfo {
        BackendInfo {
            kind: BackendKind::Cpu,
            name: "CPU".into(),
            precision: Precision::F32,
            threads: self.workers.threads(),
        }
    }

    fn encode(&mut self, windows: &[MelWindow], cancel: &Cancel) -> Result<Vec<EncoderOutput>, BackendError> {
        windows.iter().map(|window| self.encode_one(window, cancel, None)).collect()
    }

    fn evidence(&self) -> Evidence {
        self.evidence
    }
}

/// One window on its way through the layers.
struct Pass<'a> {
    dims: ModelDims,
    threads: usize,
    cancel: &'a Cancel,
}

impl Pass<'_> {
    fn run(
        &self,
        weights: &EncoderWeights,
        b: &mut Buffers,
        window: &MelWindow,
        mut trace: Option<Trace<'_>>,
    ) -> Result<Vec<f32>, BackendError> {
        let mut show = |name: &str, states: &[f32]| {
            if let Some(trace) = &mut trace {
                trace(name, states);
            }
        };
        self.stem(weights, &mut b.states, window)?;
        show("stem", &b.states);
        for (i, block) in weights.blocks.iter().enumerate() {
            self.attention(block, b)?;
            self.mlp(block, b)?;
            show(&format!("block.{i}"), &b.states);
        }
        let mut out = vec![0.0; b.states.len()];
        normalise(&mut out, &b.states, &weights.ln_post);
        show("ln_post", &out);
        Ok(out)
    }

    /// Two convolutions with GELU, the second halving the frames, and the positions.
    fn stem(
        &self,
        weights: &EncoderWeights,
        states: &mut [f32],
        window: &MelWindow,
    ) -> Result<(), BackendError> {
        let mut frames = vec![0.0; WINDOW_FRAMES * self.dims.n_audio_state];
        let at = |frame: usize, channel: usize| window.data[channel * WINDOW_FRAMES + frame];
        self.convolve(&weights.conv1, 1, WINDOW_FRAMES, at, &mut frames)?;
        let width = self.dims.n_audio_state;
        let at = |frame: usize, channel: usize| frames[frame * width + channel];
        self.convolve(&weights.conv2, FRAMES_PER_POSITION, WINDOW_FRAMES, at, states)?;
        add(states, &weights.positions);
        Ok(())
    }

    /// A convolution as a product: each row of `columns` holds the three frames that an output
    /// position sees, in the order of the weights (channel, then tap).
    fn convolve(
        &self,
        conv: &Conv1d,
        stride: usize,
        frames: usize,
        at: impl Fn(usize, usize) -> f32 + Sync,
        out: &mut [f32],
    ) -> Result<(), BackendError> {
        let width = conv.inp * KERNEL;
        let weight = Matrix::new(&conv.weight, conv.out, width).transposed();
        let mut columns = vec![0.0; CONVOLUTION_ROWS * width];
        for (block, out) in out.chunks_mut(CONVOLUTION_ROWS * conv.out).enumerate() {
            self.cancel.check()?;
            let rows = out.len() / conv.out;
            let columns = &mut columns[..rows * width];
            columns.par_chunks_mut(width).enumerate().for_each(|(row, taps)| {
                let centre = (block * CONVOLUTION_ROWS + row) * stride;
                for (i, tap) in taps.iter_mut().enumerate() {
                    // Padding of one frame on either side.
                    let frame = centre + i % KERNEL;
                    *tap = if frame == 0 || frame > frames { 0.0 } else { at(frame - 1, i / KERNEL) };
                }
            });
            let columns = Matrix::new(columns, rows, width);
            multiply(MatrixMut::new(out, rows, conv.out), columns, weight, 1.0, self.threads);
            out.par_chunks_mut(conv.out).for_each(|row| {
                add_bias(row, &conv.bias);
                gelu(row);
            });
        }
        Ok(())
    }

    fn attention(&self, block: &EncoderBlock, b: &mut Buffers) -> Result<(), BackendError> {
        let Attention { query, key, value, out } = &block.attn;
        normalise(&mut b.normed, &b.states, &block.attn_ln);
        for (layer, target) in [(query, &mut b.query), (key, &mut b.key), (value, &mut b.value)] {
            self.linear(target, &b.normed, layer)?;
        }
        let (state, heads) = (self.dims.n_audio_state, self.dims.n_audio_head);
        let (positions, width) = (self.dims.n_audio_ctx, state / heads);
        let scale = 1.0 / (width as f32).sqrt();
        b.mixed
            .par_chunks_mut(ATTENTION_ROWS * state)
            .zip(b.query.par_chunks(ATTENTION_ROWS * state))
            .try_for_each_init(
                || vec![0.0; ATTENTION_ROWS * positions],
                |scores, (mixed, query)| {
                    let rows = query.len() / state;
                    for head in 0..heads {
                        self.cancel.check()?;
                        let columns = head * width;
                        let q = Matrix::strided(&query[columns..], rows, width, state);
                        let k = Matrix::strided(&b.key[columns..], positions, width, state);
                        let v = Matrix::strided(&b.value[columns..], positions, width, state);
                        let scores = &mut scores[..rows * positions];
                        multiply(MatrixMut::new(scores, rows, positions), q, k.transposed(), scale, 1);
                        scores.chunks_exact_mut(positions).for_each(softmax);
                        let scores = Matrix::new(scores, rows, positions);
                        multiply(
                            MatrixMut::strided(&mut mixed[columns..], rows, width, state),
                            scores,
                            v,
                            1.0,
                            1,
                        );
                    }
                    Ok::<_, BackendError>(())
                },
            )?;
        self.linear(&mut b.normed, &b.mixed, out)?;
        add(&mut b.states, &b.normed);
        Ok(())
    }

    fn mlp(&self, block: &EncoderBlock, b: &mut Buffers) -> Result<(), BackendError> {
        let (state, wide) = (self.dims.n_audio_state, block.mlp.up.out);
        normalise(&mut b.normed, &b.states, &block.mlp_ln);
        for (states, normed) in
            b.states.chunks_mut(MLP_ROWS * state).zip(b.normed.chunks_mut(MLP_ROWS * state))
        {
            let hidden = &mut b.hidden[..normed.len() / state * wide];
            self.linear(hidden, normed, &block.mlp.up)?;
            hidden.par_chunks_mut(wide).for_each(gelu);
            self.linear(normed, hidden, &block.mlp.down)?;
            add(states, normed);
        }
        Ok(())
    }

    fn linear(&self, out: &mut [f32], x: &[f32], layer: &Linear) -> Result<(), BackendError> {
        self.cancel.check()?;
        let rows = x.len() / layer.inp;
        let weight = Matrix::new(&layer.weight, layer.out, layer.inp).transposed();
        let x = Matrix::new(x, rows, layer.inp);
        multiply(MatrixMut::new(out, rows, layer.out), x, weight, 1.0, self.threads);
        if let Some(bias) = &layer.bias {
            add_bias(out, bias);
        }
        Ok(())
    }
}

fn normalise(out: &mut [f32], x: &[f32], ln: &LayerNorm) {
    let width = ln.weight.len() * NORM_ROWS;
    out.par_chunks_mut(width)
        .zip(x.par_chunks(width))
        .for_each(|(out, x)| layer_norm(out, x, &ln.weight, &ln.bias));
}
