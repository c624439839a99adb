//! An encoder's operations as the kernels take them.

use super::compiled::{Counts, Kernels, Operation, Rounding};
use super::matrix::{Matrix, NONE, bfloat16};
use hark_kernels::design::mode::{GELU, NORMALISE, STATISTICS};

/// Weights and bias of a layer.
#[derive(Clone)]
pub struct Linear {
    pub weights: Matrix,
    pub bias: Vec<f32>,
}

impl Linear {
    /// Some of the outputs.
    pub fn outputs(&self, outputs: std::ops::Range<usize>) -> Self {
        let rows: Vec<usize> = outputs.clone().collect();
        Self { weights: self.weights.rows_at(&rows), bias: self.bias[outputs].to_vec() }
    }
}

/// Weights of a LayerNorm.
#[derive(Clone)]
pub struct Norm {
    pub gain: Vec<f32>,
    pub shift: Vec<f32>,
}

/// The kernels of a core that rounds in one way.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    pub kernels: &'a Kernels,
    pub rounding: Rounding,
}

fn one_row(values: &[f32]) -> Matrix {
    Matrix::new(1, values.len(), values.to_vec())
}

impl Run<'_> {
    /// `activation(x · weightsᵀ + bias) + residual`
    pub fn product(
        &self,
        x: &Matrix,
        layer: &Linear,
        gelu: bool,
        residual: Option<&Matrix>,
    ) -> (Matrix, Counts) {
        let mode = if gelu { GELU } else { 0 };
        let residual = residual.unwrap_or(&NONE);
        self.raw_product(mode, [x, &layer.weights, &one_row(&layer.bias), &NONE, residual])
    }

    pub fn raw_product(&self, mode: u32, matrices: [&Matrix; 5]) -> (Matrix, Counts) {
        self.kernels.run(Operation::Product, self.rounding, mode, 0, &matrices)
    }

    /// `activation(norm(x) · weightsᵀ + bias)`, the norm as part of the product.
    pub fn normalised_product(
        &self,
        x: &Matrix,
        norm: &Norm,
        layer: &Linear,
        gelu: bool,
    ) -> (Matrix, Counts) {
        let (Linear { weights, bias }, sums) = fold(norm, layer);
        let mode = STATISTICS | NORMALISE | if gelu { GELU } else { 0 };
        self.raw_product(mode, [x, &weights, &one_row(&bias), &one_row(&sums), &NONE])
    }

    pub fn normalised_rows(&self, x: &Matrix, norm: &Norm) -> (Matrix, Counts) {
        let (gain, shift) = (one_row(&norm.gain), one_row(&norm.shift));
        self.kernels.run(Operation::NormaliseRows, self.rounding, 0, 0, &[x, &gain, &shift])
    }

    /// One head, scores staying in the core.
    pub fn attention(&self, queries: &Matrix, keys: &Matrix, values: &Matrix) -> (Matrix, Counts) {
        let queries = in_log2(queries);
        self.kernels.run(Operation::Attention, self.rounding, 0, 0, &[&queries, keys, values])
    }

    /// One head as two products with a softmax between them, on keys up to a multiple of a tile's.
    pub fn attention_in_three(&self, queries: &Matrix, keys: &Matrix, values: &Matrix) -> (Matrix, Counts) {
        let padded = keys.rows.next_multiple_of(64);
        let pad = |m: &Matrix, with: f32| {
            Matrix::from_fn(padded, m.columns, |r, c| if r < m.rows { m.at(r, c) } else { with })
        };
        let (scores, _) = self.raw_product(0, [&in_log2(queries), &pad(keys, 3.0), &NONE, &NONE, &NONE]);
        let (weights, counts) =
            self.kernels.run(Operation::SoftmaxRows, self.rounding, 0, keys.rows, &[&scores]);
        let (out, _) =
            self.raw_product(0, [&weights, &pad(values, 1000.0).transposed(), &NONE, &NONE, &NONE]);
        (out, counts)
    }
}

/// A layer with the norm before it in its weights and bias, and the sums of these weights.
pub fn fold(norm: &Norm, layer: &Linear) -> (Linear, Vec<f32>) {
    let Linear { weights, bias } = layer;
    let folded =
        Matrix::from_fn(weights.rows, weights.columns, |r, c| bfloat16(weights.at(r, c) * norm.gain[c]));
    let shift = one_row(&norm.shift).linear(weights, bias);
    // Of what the kernels multiply by, rounded as it is.
    let sums = one_row(&vec![1.0; weights.columns]).linear(&folded, &vec![0.0; weights.rows]);
    (Linear { weights: folded, bias: shift.values }, sums.values)
}

/// As the weights of the projection make them on a device.
pub fn in_log2(queries: &Matrix) -> Matrix {
    let scale = std::f32::consts::LOG2_E / (queries.columns as f32).sqrt();
    queries.map(|v| v * scale)
}
