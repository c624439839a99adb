//! What happens to rows between products: LayerNorm, softmax, GELU.

use crate::isa::dispatched;

/// Lanes of a sum over a row; fixed, so that the order of additions is the same everywhere.
const LANES: usize = 16;
/// Whisper's LayerNorm epsilon.
const EPSILON: f32 = 1e-5;

#[inline(always)]
fn sum(values: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0f32; LANES];
    let blocks = values.chunks_exact(LANES);
    let tail: f32 = blocks.remainder().iter().map(|v| f(*v)).sum();
    for block in blocks {
        for (lane, v) in lanes.iter_mut().zip(block) {
            *lane += f(*v);
        }
    }
    lanes.iter().sum::<f32>() + tail
}

/// e^x by range reduction and a polynomial, relative error ≤ 2e-7 for x in [-87, 88]; 0 below.
#[inline(always)]
fn exp(x: f32) -> f32 {
    const MAGIC: f32 = 12_582_912.0;
    let clamped = x.clamp(-87.0, 88.0);
    let n = clamped * std::f32::consts::LOG2_E + MAGIC;
    let k = n - MAGIC;
    // ln 2 in two parts, so that k · ln 2 is exact enough.
    let r = (clamped - k * 0.693_359_4) - k * -2.121_944_4e-4;
    let p = 1.987_569_1e-4;
    let p = p * r + 1.398_199_9e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_5e-1;
    let p = p * r + 0.5;
    let p = (p * r) * r + r + 1.0;
    let scale = f32::from_bits((n.to_bits() << 23).wrapping_add(0x3f80_0000));
    let value = p * scale;
    if x < -87.0 { 0.0 } else { value }
}

/// Error function: rational approximation on [-4, 4], absolute error ≤ 5e-7.
#[inline(always)]
fn erf(x: f32) -> f32 {
    let x = x.clamp(-4.0, 4.0);
    let s = x * x;
    let p = -2.726_142_3e-10;
    let p = p * s + 2.770_681_4e-8;
    let p = p * s + -2.101_024e-6;
    let p = p * s + -5.692_506_6e-5;
    let p = p * s + -7.349_906_3e-4;
    let p = p * s + -2.954_6e-3;
    let p = p * s + -1.609_603_3e-2;
    let q = -1.456_607_2e-5;
    let q = q * s + -2.133_740_6e-4;
    let q = q * s + -1.682_827e-3;
    let q = q * s + -7.373_329e-3;
    let q = q * s + -1.426_473_9e-2;
    x * p / q
}

#[inline(always)]
fn gelu_body(values: &mut [f32]) {
    for v in values {
        *v = 0.5 * *v * (1.0 + erf(*v * std::f32::consts::FRAC_1_SQRT_2));
    }
}

#[inline(always)]
fn largest(row: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let blocks = row.chunks_exact(LANES);
    let mut max = blocks.remainder().iter().fold(f32::NEG_INFINITY, |m, v| if *v > m { *v } else { m });
    for block in blocks {
        for (lane, v) in lanes.iter_mut().zip(block) {
            *lane = if *v > *lane { *v } else { *lane };
        }
    }
    for lane in lanes {
        max = if lane > max { lane } else { max };
    }
    max
}

#[inline(always)]
fn softmax_body(row: &mut [f32]) {
    let max = largest(row);
    for v in row.iter_mut() {
        *v = exp(*v - max);
    }
    let scale = 1.0 / sum(row, |v| v);
    for v in row {
        *v *= scale;
    }
}

#[inline(always)]
fn log_sum_exp_body(row: &[f32]) -> f32 {
    let max = largest(row);
    if max == f32::NEG_INFINITY { max } else { max + sum(row, |v| exp(v - max)).ln() }
}

#[inline(always)]
fn layer_norm_body(out: &mut [f32], x: &[f32], weight: &[f32], bias: &[f32]) {
    let n = x.len() as f32;
    let mean = sum(x, |v| v) / n;
    let variance = sum(x, |v| (v - mean) * (v - mean)) / n;
    let scale = 1.0 / (variance + EPSILON).sqrt();
    for (((y, x), w), b) in out.iter_mut().zip(x).zip(weight).zip(bias) {
        *y = (x - mean) * scale * w + b;
    }
}

#[inline(always)]
fn add_body(out: &mut [f32], x: &[f32]) {
    for (y, x) in out.iter_mut().zip(x) {
        *y += x;
    }
}

dispatched! { pub(crate) fn gelu_run(values: &mut [f32]) = gelu_body }
dispatched! { pub(crate) fn softmax_run(row: &mut [f32]) = softmax_body }
dispatched! { pub(crate) fn log_sum_exp_run(row: &[f32]) -> f32 = log_sum_exp_body }
dispatched! { pub(crate) fn layer_norm_run(out: &mut [f32], x: &[f32], weight: &[f32], bias: &[f32]) = layer_norm_body }
dispatched! { pub(crate) fn add_run(out: &mut [f32], x: &[f32]) = add_body }

/// GELU with the exact error function (not the tanh form), in place; absolute error ≤ 2e-6 for
/// |x| ≤ 6.
pub fn gelu(values: &mut [f32]) {
    gelu_run(values);
}

/// Softmax of one row, in place. Entries of -inf become 0; a row must hold a finite value.
pub fn softmax(row: &mut [f32]) {
    softmax_run(row);
}

/// ln Σ e^x; -inf for an empty row or one of nothing but -inf.
pub fn log_sum_exp(row: &[f32]) -> f32 {
    log_sum_exp_run(row)
}

/// LayerNorm of each row of `x` (`[rows, weight.len()]`) into `out`, epsilon 1e-5.
///
/// # Panics
/// If the slices do not have these shapes.
pub fn layer_norm(out: &mut [f32], x: &[f32], weight: &[f32], bias: &[f32]) {
    assert!(out.len() == x.len() && weight.len() == bias.len() && x.len().is_multiple_of(weight.len()));
    for (out, x) in out.chunks_exact_mut(weight.len()).zip(x.chunks_exact(weight.len())) {
        layer_norm_run(out, x, weight, bias);
    }
}

/// Adds `bias` to each row of `rows` (`[_, bias.len()]`).
pub fn add_bias(rows: &mut [f32], bias: &[f32]) {
    for row in rows.chunks_exact_mut(bias.len()) {
        add_run(row, bias);
    }
}

/// `out += x`, element by element.
///
/// # Panics
/// If the lengths differ.
pub fn add(out: &mut [f32], x: &[f32]) {
    assert_eq!(out.len(), x.len());
    add_run(out, x);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// erf by its Maclaurin series in f64, good to 1e-12 for |x| ≤ 4.
    fn erf_series(x: f64) -> f64 {
        let (mut term, mut total) = (x, x);
        for n in 1..200 {
            term *= -x * x / f64::from(n);
            total += term / f64::from(2 * n + 1);
        }
        total * 2.0 / std::f64::consts::PI.sqrt()
    }

    #[test]
    fn gelu_stays_within_its_bound() {
        for i in -6000..=6000 {
            let x = f64::from(i) / 1000.0;
            let expected =
                if x.abs() > 5.0 { x.max(0.0) } else { 0.5 * x * (1.0 + erf_series(x / 2f64.sqrt())) };
            let mut v = [x as f32];
            gelu(&mut v);
            assert!((f64::from(v[0]) - expected).abs() < 2e-6, "gelu({x}) = {} not {expected}", v[0]);
        }
    }

    #[test]
    fn exp_stays_within_its_bound() {
        for i in -86_000..=86_000 {
            let x = i as f32 / 1000.0;
            let expected = f64::from(x).exp();
            assert!((f64::from(exp(x)) / expected - 1.0).abs() < 2e-7, "exp({x})");
        }
        assert_eq!((exp(-1000.0), exp(f32::NEG_INFINITY)), (0.0, 0.0));
    }

    #[test]
    fn softmax_agrees_with_f64() {
        for n in [1, 2, 15, 16, 17, 63, 1500] {
            let mut row: Vec<f32> = (0..n).map(|i| ((i * 37 % 101) as f32 - 50.0) * 0.3).collect();
            if n > 2 {
                row[1] = f32::NEG_INFINITY;
            }
            let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let e: Vec<f64> = row.iter().map(|v| f64::from(v - max).exp()).collect();
            let total: f64 = e.iter().sum();
            let mut scalar = row.clone();
            assert!((f64::from(log_sum_exp(&row) - max) - total.ln()).abs() < 1e-5);
            softmax(&mut row);
            softmax_body(&mut scalar);
            assert_eq!(row, scalar, "the same bits in every instruction set");
            for (got, e) in row.iter().zip(&e) {
                assert!((f64::from(*got) - e / total).abs() < 1e-6 * (e / total) + 1e-9);
            }
        }
    }

    #[test]
    fn layer_norm_agrees_with_f64() {
        for n in [1, 5, 192, 385] {
            let x: Vec<f32> = (0..2 * n).map(|i| ((i * 53 % 97) as f32 - 48.0) * 0.1 + 3.0).collect();
            let w: Vec<f32> = (0..n).map(|i| 1.0 + i as f32 * 0.01).collect();
            let b: Vec<f32> = (0..n).map(|i| i as f32 * -0.02).collect();
            let mut out = vec![f32::NAN; 2 * n];
            layer_norm(&mut out, &x, &w, &b);
            for (row, out) in x.chunks(n).zip(out.chunks(n)) {
                let mean = row.iter().map(|v| f64::from(*v)).sum::<f64>() / n as f64;
                let variance = row.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / n as f64;
                for i in 0..n {
                    let expected = (f64::from(row[i]) - mean) / (variance + 1e-5).sqrt() * f64::from(w[i])
                        + f64::from(b[i]);
                    assert!((f64::from(out[i]) - expected).abs() < 2e-5, "{n} {i}");
                }
            }
        }
    }
}
