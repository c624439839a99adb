//! Matrices of floats and what an encoder does to them, in plain loops with sums in f64.

/// Rows one behind the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    pub rows: usize,
    pub columns: usize,
    pub values: Vec<f32>,
}

/// A matrix that an operation does without.
pub static NONE: Matrix = Matrix { rows: 0, columns: 0, values: Vec::new() };

impl Matrix {
    pub fn new(rows: usize, columns: usize, values: Vec<f32>) -> Self {
        assert_eq!(values.len(), rows * columns);
        Self { rows, columns, values }
    }

    pub fn from_fn(rows: usize, columns: usize, value: impl Fn(usize, usize) -> f32) -> Self {
        let value = &value;
        let values = (0..rows).flat_map(|r| (0..columns).map(move |c| value(r, c))).collect();
        Self { rows, columns, values }
    }

    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.columns..][..self.columns]
    }

    pub fn at(&self, row: usize, column: usize) -> f32 {
        self.values[row * self.columns + column]
    }

    pub fn map(&self, change: impl Fn(f32) -> f32) -> Self {
        Self { values: self.values.iter().map(|v| change(*v)).collect(), ..*self }
    }

    /// Some of the rows.
    pub fn rows_at(&self, rows: &[usize]) -> Self {
        Self::new(rows.len(), self.columns, rows.iter().flat_map(|&row| self.row(row).to_vec()).collect())
    }

    /// `count` columns from the `first` on.
    pub fn columns_at(&self, first: usize, count: usize) -> Self {
        Self::from_fn(self.rows, count, |r, c| self.at(r, first + c))
    }

    pub fn transposed(&self) -> Self {
        Self::from_fn(self.columns, self.rows, |r, c| self.at(c, r))
    }

    pub fn plus(&self, other: &Self) -> Self {
        assert_eq!((self.rows, self.columns), (other.rows, other.columns));
        Self::from_fn(self.rows, self.columns, |r, c| self.at(r, c) + other.at(r, c))
    }

    /// `self · weightsᵀ + bias`
    pub fn linear(&self, weights: &Self, bias: &[f32]) -> Self {
        assert_eq!(self.columns, weights.columns);
        Self::from_fn(self.rows, weights.rows, |r, c| {
            (dot(self.row(r), weights.row(c)) + f64::from(bias[c])) as f32
        })
    }

    pub fn layer_norm(&self, gain: &[f32], shift: &[f32]) -> Self {
        let n = self.columns as f64;
        let mut out = self.clone();
        for row in out.values.chunks_exact_mut(self.columns) {
            let mean = row.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
            let variance = row.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / n;
            let scale = 1.0 / (variance + 1e-5).sqrt();
            for (i, v) in row.iter_mut().enumerate() {
                *v = ((f64::from(*v) - mean) * scale * f64::from(gain[i]) + f64::from(shift[i])) as f32;
            }
        }
        out
    }

    pub fn gelu(&self) -> Self {
        self.map(|x| (0.5 * f64::from(x) * erfc(-f64::from(x) / std::f64::consts::SQRT_2)) as f32)
    }

    /// Attention of one head, with these as queries.
    pub fn attend(&self, keys: &Self, values: &Self) -> Self {
        let scale = 1.0 / (self.columns as f64).sqrt();
        let mut out = Vec::new();
        for r in 0..self.rows {
            let scores: Vec<f64> = (0..keys.rows).map(|k| dot(self.row(r), keys.row(k)) * scale).collect();
            let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let weights: Vec<f64> = scores.iter().map(|score| (score - largest).exp()).collect();
            let total: f64 = weights.iter().sum();
            let mut sums = vec![0.0; values.columns];
            for (k, weight) in weights.iter().enumerate() {
                sums.iter_mut().zip(values.row(k)).for_each(|(sum, v)| *sum += weight * f64::from(*v));
            }
            out.extend(sums.iter().map(|sum| (sum / total) as f32));
        }
        Self::new(self.rows, values.columns, out)
    }

    /// √(Σ(a − b)² / Σb²)
    pub fn apart_from(&self, right: &Self) -> f64 {
        assert_eq!((self.rows, self.columns), (right.rows, right.columns));
        super::common::npu::relative_l2(&self.values, &right.values)
    }
}

/// Eight sums side by side, which is faster.
fn dot(a: &[f32], b: &[f32]) -> f64 {
    let mut sums = [0.0f64; 8];
    let (a, b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = a.remainder().iter().zip(b.remainder()).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum();
    for (a, b) in a.zip(b) {
        for i in 0..8 {
            sums[i] += f64::from(a[i]) * f64::from(b[i]);
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// The complementary error function by its series, and by its continued fraction where that is long.
fn erfc(x: f64) -> f64 {
    if x < 0.0 {
        return 2.0 - erfc(-x);
    }
    if x < 3.0 {
        let (mut term, mut sum) = (x, x);
        for n in 1..80 {
            term *= -x * x / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        return 1.0 - sum * 2.0 / std::f64::consts::PI.sqrt();
    }
    let fraction = (1..60).rev().fold(x, |below, n| x + f64::from(n) / 2.0 / below);
    (-x * x).exp() / std::f64::consts::PI.sqrt() / fraction
}

/// Deterministic values in [-1, 1).
pub fn noise(rows: usize, columns: usize, seed: u64) -> Matrix {
    let mut state = seed;
    let value = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    Matrix::new(rows, columns, (0..rows * columns).map(value).collect())
}

/// To the nearest bfloat16, as the host writes weights.
pub fn bfloat16(value: f32) -> f32 {
    let bits = value.to_bits();
    f32::from_bits((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff_0000)
}
