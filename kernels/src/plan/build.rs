//! The encoder's operations: the stem, one launch per layer, the last LayerNorm.

use super::layout::{Activations, Linear, Norm, Weights, matrix};
use super::{FRAMES_PER_POSITION, Launch, Plan, Shape, TAPS, VALUE};
use crate::op::{Buffer, Matrix, Op};

/// The plan of a shape that was checked.
pub(super) fn encoder(shape: &Shape) -> Plan {
    let mut weights = Weights::default();
    let places = Activations::new(shape);
    let mut launches = vec![stem(shape, &mut weights, &places)];
    for layer in 0..shape.layers {
        launches.push(block(shape, layer, &mut weights, &places));
    }
    let first = places.states[0].offset as usize * VALUE;
    let last = weights.norm("encoder.ln_post", shape.state as u32);
    launches.push(Launch { name: "ln_post".into(), ops: vec![norm(places.states[0], last, places.output)] });
    Plan {
        shape: *shape,
        launches,
        weights_len: weights.room.bytes(),
        input_len: places.input_len,
        output_len: places.output_len,
        scratch_len: places.scratch_len,
        states: first..first + shape.positions * shape.state * VALUE,
        pieces: weights.pieces,
    }
}

fn norm(x: Matrix, Norm { gain, shift }: Norm, out: Matrix) -> Op {
    Op::LayerNorm { x, gain, shift, out }
}

fn product(x: Matrix, Linear { weights, bias }: Linear, out: Matrix) -> Op {
    Op::Product { x, weights, bias, gelu: false, residual: None, out }
}

fn with_gelu(x: Matrix, Linear { weights, bias }: Linear, out: Matrix, residual: Option<Matrix>) -> Op {
    Op::Product { x, weights, bias, gelu: true, residual, out }
}

fn with_residual(x: Matrix, Linear { weights, bias }: Linear, residual: Matrix, out: Matrix) -> Op {
    Op::Product { x, weights, bias, gelu: false, residual: Some(residual), out }
}

/// As many rows as outputs, each of the frames that one output sees, `step` frames apart.
fn neighbours(frames: Matrix, rows: u32, step: u32) -> Matrix {
    Matrix { rows, columns: TAPS as u32 * frames.columns, stride: step * frames.columns, ..frames }
}

/// Two convolutions with GELU, the second halving the frames, and the positions.
fn stem(shape: &Shape, weights: &mut Weights, places: &Activations) -> Launch {
    let [mels, positions, state] = [shape.mels, shape.positions, shape.state].map(|n| n as u32);
    let Activations { mel, frames, states, .. } = *places;
    let inner = frames.rows - 1;
    let zeros = weights.zeros(state);
    let conv1 = weights.convolution("encoder.conv1", state, mels);
    let conv2 = weights.convolution("encoder.conv2", state, state);
    let table = weights.table("encoder.positional_embedding", positions, state);
    let some = |first: u32, rows: u32| matrix(Buffer::Scratch, frames.offset + first * state, rows, state);
    let ops = vec![
        Op::Copy { from: zeros, to: some(0, 1) },
        with_gelu(neighbours(mel, inner, 1), conv1, some(1, inner), None),
        with_gelu(neighbours(frames, positions, FRAMES_PER_POSITION as u32), conv2, states[0], Some(table)),
    ];
    Launch { name: "stem".into(), ops }
}

/// States go from the first place to the second with attention, and back with the MLP.
fn block(shape: &Shape, layer: usize, weights: &mut Weights, places: &Activations) -> Launch {
    let (state, name) = (shape.state as u32, format!("encoder.blocks.{layer}"));
    let Activations { states: [states, attended], rows, projected, hidden, .. } = *places;
    let (attention, mlp) = (format!("{name}.attn"), format!("{name}.mlp"));
    let attn_ln = weights.norm(&format!("{name}.attn_ln"), state);
    let projections = weights.projections(&attention, state);
    let out = weights.linear(&format!("{attention}.out"), state, state);
    let mlp_ln = weights.norm(&format!("{name}.mlp_ln"), state);
    let up = weights.linear(&format!("{mlp}.0"), 4 * state, state);
    let down = weights.linear(&format!("{mlp}.2"), state, 4 * state);
    let part = |part: u32| Matrix { offset: projected.offset + part * state, columns: state, ..projected };
    let ops = vec![
        norm(states, attn_ln, rows),
        product(rows, projections, projected),
        Op::Attention {
            queries: part(0),
            keys: part(1),
            values: part(2),
            heads: shape.heads as u32,
            out: rows,
        },
        with_residual(rows, out, states, attended),
        norm(attended, mlp_ln, rows),
        with_gelu(rows, up, hidden, None),
        with_residual(hidden, down, attended, states),
    ];
    Launch { name: format!("block.{layer}"), ops }
}
