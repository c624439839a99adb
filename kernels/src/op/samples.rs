//! One operation of each kind, for tests.

use super::{Buffer, Matrix, Op};

pub(crate) fn matrix(buffer: Buffer, offset: u32, rows: u32, columns: u32) -> Matrix {
    Matrix { buffer, offset, rows, columns, stride: columns }
}

/// A copy, a product without and one with residual, a norm, attention.
pub(crate) fn samples() -> Vec<Op> {
    use Buffer::{Input, Output, Scratch, Weights};
    let product = |residual: Option<Matrix>| Op::Product {
        x: Matrix { stride: 2, ..matrix(Input, 1, 4, 6) },
        weights: matrix(Weights, 8, 5, 6),
        bias: matrix(Weights, 38, 1, 5),
        gelu: residual.is_none(),
        residual,
        out: matrix(Output, 0, 4, 5),
    };
    let qkv = |part: u32| Matrix { stride: 18, ..matrix(Scratch, 100 + 6 * part, 4, 6) };
    vec![
        Op::Copy { from: matrix(Weights, 0, 1, 8), to: matrix(Scratch, 16, 1, 8) },
        product(None),
        product(Some(matrix(Scratch, 64, 4, 5))),
        Op::LayerNorm {
            x: matrix(Scratch, 0, 2, 8),
            gain: matrix(Weights, 0, 1, 8),
            shift: matrix(Weights, 8, 1, 8),
            out: matrix(Scratch, 16, 2, 8),
        },
        Op::Attention {
            queries: qkv(0),
            keys: qkv(1),
            values: qkv(2),
            heads: 3,
            out: matrix(Output, 0, 4, 6),
        },
    ]
}
