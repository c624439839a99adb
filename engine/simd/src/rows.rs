//! What happens to rows between products: LayerNorm, softmax, GELU.

use crate::isa::{Isa, dispatched, fma};

/// Lanes of a sum over a row; fixed, so that the order of additions is the same everywhere.
pub(crate) const LANES: usize = 64;
/// Whisper's LayerNorm epsilon.
const EPSILON: f32 = 1e-5;

/// Calls `work` with one block of lanes after the other, the last one padded.
#[inline(always)]
pub(crate) fn for_blocks(values: &[f32], padding: f32, mut work: impl FnMut(&[f32; LANES])) {
    let (blocks, rest) = values.as_chunks::<LANES>();
    for block in blocks {
        work(block);
    }
    if !rest.is_empty() {
        let mut last = [padding; LANES];
        last[..rest.len()].copy_from_slice(rest);
        work(&last);
    }
}

/// The sum of `f` of all values; `f` of the padding is 0.
#[inline(always)]
fn sum(values: &[f32], padding: f32, f: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0f32; LANES];
    for_blocks(values, padding, |block| {
        for (lane, v) in lanes.iter_mut().zip(block) {
            *lane += f(*v);
        }
    });
    fold(lanes, |a, b| a + b)
}

/// e^x by range reduction and a polynomial, relative error ≤ 2e-7 for x in [-87, 88]; 0 below.
#[inline(always)]
pub(crate) fn exp<const FMA: bool>(x: f32) -> f32 {
    const MAGIC: f32 = 12_582_912.0;
    let clamped = x.clamp(-87.0, 88.0);
    let n = fma::<FMA>(clamped, std::f32::consts::LOG2_E, MAGIC);
    let k = n - MAGIC;
    // ln 2 in two parts, so that k · ln 2 is exact enough.
    let r = fma::<FMA>(k, 2.121_944_4e-4, fma::<FMA>(k, -0.693_359_4, clamped));
    let p = fma::<FMA>(1.987_569_1e-4, r, 1.398_199_9e-3);
    let p = fma::<FMA>(p, r, 8.333_452e-3);
    let p = fma::<FMA>(p, r, 4.166_579_6e-2);
    let p = fma::<FMA>(p, r, 1.666_666_5e-1);
    let p = fma::<FMA>(p, r, 0.5);
    let p = fma::<FMA>(p * r, r, r) + 1.0;
    let scale = f32::from_bits((n.to_bits() << 23).wrapping_add(0x3f80_0000));
    let value = p * scale;
    if x < -87.0 { 0.0 } else { value }
}

/// Error function: rational approximation on [-4, 4], absolute error ≤ 5e-7.
#[inline(always)]
fn erf<const FMA: bool>(x: f32) -> f32 {
    let x = x.clamp(-4.0, 4.0);
    let s = x * x;
    let p = fma::<FMA>(-2.726_142_3e-10, s, 2.770_681_4e-8);
    let p = fma::<FMA>(p, s, -2.101_024e-6);
    let p = fma::<FMA>(p, s, -5.692_506_6e-5);
    let p = fma::<FMA>(p, s, -7.349_906_3e-4);
    let p = fma::<FMA>(p, s, -2.954_6e-3);
    let p = fma::<FMA>(p, s, -1.609_603_3e-2);
    let q = fma::<FMA>(-1.456_607_2e-5, s, -2.133_740_6e-4);
    let q = fma::<FMA>(q, s, -1.682_827e-3);
    let q = fma::<FMA>(q, s, -7.373_329e-3);
    let q = fma::<FMA>(q, s, -1.426_473_9e-2);
    x * p / q
}

/// GELU with the exact error function.
#[inline(always)]
pub(crate) fn gelu_body<const FMA: bool>(values: &mut [f32]) {
    for v in values {
        *v = 0.5 * *v * (1.0 + erf::<FMA>(*v * std::f32::consts::FRAC_1_SQRT_2));
    }
}

#[inline(always)]
pub(crate) fn largest_body<const FMA: bool>(row: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    for_blocks(row, f32::NEG_INFINITY, |block| {
        for (lane, v) in lanes.iter_mut().zip(block) {
            *lane = greater(*lane, *v);
        }
    });
    fold(lanes, greater)
}

/// The greater of two numbers, in one instruction; the first if they cannot be compared.
#[inline(always)]
pub(crate) fn greater(a: f32, b: f32) -> f32 {
    if b > a { b } else { a }
}

/// Brings lanes together by halves, which is what registers can do.
#[inline(always)]
pub(crate) fn fold<T: Copy>(lanes: [T; LANES], f: impl Fn(T, T) -> T) -> T {
    use std::array::from_fn;
    let lanes: [T; 32] = from_fn(|i| f(lanes[i], lanes[i + 32]));
    fold16(from_fn(|i| f(lanes[i], lanes[i + 16])), f)
}

/// As [`fold`], of fewer lanes.
#[inline(always)]
pub(crate) fn fold16<T: Copy>(lanes: [T; 16], f: impl Fn(T, T) -> T) -> T {
    use std::array::from_fn;
    let lanes: [T; 8] = from_fn(|i| f(lanes[i], lanes[i + 8]));
    let lanes: [T; 4] = from_fn(|i| f(lanes[i], lanes[i + 4]));
    f(f(lanes[0], lanes[2]), f(lanes[1], lanes[3]))
}

#[inline(always)]
fn softmax_body<const FMA: bool>(row: &mut [f32]) {
    let max = largest_body::<FMA>(row);
    for v in row.iter_mut() {
        *v = exp::<FMA>(*v - max);
    }
    let scale = 1.0 / sum(row, 0.0, |v| v);
    for v in row {
        *v *= scale;
    }
}

#[inline(always)]
fn log_sum_exp_body<const FMA: bool>(row: &[f32]) -> f32 {
    let max = largest_body::<FMA>(row);
    if max == f32::NEG_INFINITY {
        max
    } else {
        max + sum(row, f32::NEG_INFINITY, |v| exp::<FMA>(v - max)).ln()
    }
}

#[inline(always)]
fn layer_norm_body<const FMA: bool>(out: &mut [f32], x: &[f32], weight: &[f32], bias: &[f32]) {
    let n = x.len() as f32;
    let mean = sum(x, 0.0, |v| v) / n;
    let variance = sum(x, mean, |v| (v - mean) * (v - mean)) / n;
    let scale = 1.0 / (variance + EPSILON).sqrt();
    for (((y, x), w), b) in out.iter_mut().zip(x).zip(weight).zip(bias) {
        *y = (x - mean) * scale * w + b;
    }
}

#[inline(always)]
fn add_body<const FMA: bool>(out: &mut [f32], x: &[f32]) {
    for (y, x) in out.iter_mut().zip(x) {
        *y += x;
    }
}

/// In line, where a call to copy memory would cost as much as the copy.
#[inline(always)]
fn copy_body(out: &mut [f32], x: &[f32]) {
    out.iter_mut().zip(x).for_each(|(y, x)| *y = *x);
}

dispatched! { pub(crate) fn copy_run(out: &mut [f32], x: &[f32]) = copy_body }
dispatched! { fn largest_run(row: &[f32]) -> f32 = largest_body<FMA> }
dispatched! { pub(crate) fn gelu_run(values: &mut [f32]) = gelu_body<FMA> }
dispatched! { pub(crate) fn softmax_run(row: &mut [f32]) = softmax_body<FMA> }
dispatched! { pub(crate) fn log_sum_exp_run(row: &[f32]) -> f32 = log_sum_exp_body<FMA> }
dispatched! { pub(crate) fn layer_norm_run(out: &mut [f32], x: &[f32], weight: &[f32], bias: &[f32]) = layer_norm_body<FMA> }
dispatched! { pub(crate) fn add_run(out: &mut [f32], x: &[f32]) = add_body<FMA> }

/// GELU with the exact error function (not the tanh form), in place; absolute error ≤ 2e-6 for
/// |x| ≤ 6.
pub fn gelu(values: &mut [f32]) {
    gelu_run(Isa::best(), values);
}

/// Softmax of one row, in place. Entries of -inf become 0; a row must hold a finite value.
pub fn softmax(row: &mut [f32]) {
    softmax_run(Isa::best(), row);
}

/// The largest value; -inf for an empty row.
pub fn largest(row: &[f32]) -> f32 {
    largest_run(Isa::best(), row)
}

/// ln Σ e^x; -inf for an empty row or one of nothing but -inf.
pub fn log_sum_exp(row: &[f32]) -> f32 {
    log_sum_exp_run(Isa::best(), row)
}

/// LayerNorm of each row of `x` (`[rows, weight.len()]`) into `out`, epsilon 1e-5.
///
/// # Panics
/// If the slices do not have these shapes.
pub fn layer_norm(out: &mut [f32], x: &[f32], weight: &[f32], bias: &[f32]) {
    assert!(out.len() == x.len() && weight.len() == bias.len() && x.len().is_multiple_of(weight.len()));
    for (out, x) in out.chunks_exact_mut(weight.len()).zip(x.chunks_exact(weight.len())) {
        layer_norm_run(Isa::best(), out, x, weight, bias);
    }
}

/// Adds `bias` to each row of `rows` (`[_, bias.len()]`).
pub fn add_bias(rows: &mut [f32], bias: &[f32]) {
    for row in rows.chunks_exact_mut(bias.len()) {
        add_run(Isa::best(), row, bias);
    }
}

/// `out += x`, element by element.
///
/// # Panics
/// If the lengths differ.
pub fn add(out: &mut [f32], x: &[f32]) {
    assert_eq!(out.len(), x.len());
    add_run(Isa::best(), out, x);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_values::{self, ROUNDING, same_bits, values};

    /// The results of all instruction sets with fused multiply-add, which have the same bits.
    fn one_result(run: impl Fn(Isa) -> Vec<f32>) -> Vec<f32> {
        let results: Vec<Vec<f32>> = Isa::all().into_iter().skip(1).map(&run).collect();
        assert!(results.iter().all(|result| same_bits(result, &results[0])));
        results.into_iter().next().unwrap_or_else(|| run(Isa::best()))
    }

    #[test]
    fn gelu_stays_within_its_bound() {
        let x: Vec<f32> = (-6000..=6000).map(|i| i as f32 / 1000.0).collect();
        for isa in Isa::all() {
            let mut got = x.clone();
            gelu_run(isa, &mut got);
            for (x, got) in x.iter().zip(got) {
                let expected = test_values::gelu(f64::from(*x));
                assert!((f64::from(got) - expected).abs() < 2e-6, "{isa}: gelu({x}) = {got} not {expected}");
            }
            let mut far = [-1e4, -100.0, -0.0, 100.0, 1e4];
            gelu_run(isa, &mut far);
            // Further out it is zero or the value itself but for a few units in the last place of it.
            assert!(
                far.iter().zip([0.0, 0.0, 0.0, 100.0, 1e4f32]).all(|(a, b)| (a - b).abs() <= 1e-3),
                "{far:?}"
            );
        }
        // Of lengths with any remainder, the same for each value.
        for n in [0, 1, 7, 8, 9, 15, 16, 17, 31, 65] {
            let got = one_result(|isa| {
                let mut v = x[5900..5900 + n].to_vec();
                gelu_run(isa, &mut v);
                v
            });
            for (got, x) in got.iter().zip(&x[5900..]) {
                let mut alone = [*x];
                gelu_run(Isa::all()[Isa::all().len() - 1], &mut alone);
                assert_eq!(got.to_bits(), alone[0].to_bits());
            }
        }
    }

    #[test]
    fn exp_stays_within_its_bound() {
        for i in -86_000..=86_000 {
            let x = i as f32 / 1000.0;
            let expected = f64::from(x).exp();
            assert!((f64::from(exp::<true>(x)) / expected - 1.0).abs() < 2e-7, "exp({x})");
            assert!((f64::from(exp::<false>(x)) / expected - 1.0).abs() < 2e-7, "exp({x})");
        }
        assert_eq!((exp::<true>(-1000.0), exp::<false>(f32::NEG_INFINITY)), (0.0, 0.0));
    }

    #[test]
    fn softmax_and_log_sum_exp_agree_with_f64() {
        for n in [1, 2, 15, 16, 17, 63, 64, 65, 1500, 51_866] {
            let mut row: Vec<f32> = values(n, 1).iter().map(|v| v * 20.0).collect();
            if n > 2 {
                row[1] = f32::NEG_INFINITY;
            }
            let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let e: Vec<f64> = row.iter().map(|v| (f64::from(*v) - f64::from(max)).exp()).collect();
            let total: f64 = e.iter().sum();
            // Differences below 64 are rounded, exponentials have 2e-7, and each of 16 lanes its additions.
            let bound = 40.0 * ROUNDING + 2e-7 + (n / 16 + 20) as f64 * ROUNDING;
            for isa in Isa::all() {
                let lse = f64::from(log_sum_exp_run(isa, &row));
                let expected = f64::from(max) + total.ln();
                assert!((lse - expected).abs() < bound + 4.0 * ROUNDING * expected.abs(), "{isa} {n}");
                let mut got = row.clone();
                softmax_run(isa, &mut got);
                for (got, e) in got.iter().zip(&e) {
                    let expected = e / total;
                    assert!(
                        (f64::from(*got) - expected).abs() <= 2.0 * bound * expected + 1e-38,
                        "{isa} {n}"
                    );
                }
                assert!(n <= 2 || got[1] == 0.0, "what is forbidden has no weight");
            }
            one_result(|isa| {
                let mut got = row.clone();
                softmax_run(isa, &mut got);
                got.push(log_sum_exp_run(isa, &row));
                got
            });
        }
    }

    #[test]
    fn extremes_of_softmax_and_log_sum_exp() {
        for isa in Isa::all() {
            assert_eq!(log_sum_exp_run(isa, &[]), f32::NEG_INFINITY);
            assert_eq!(log_sum_exp_run(isa, &[f32::NEG_INFINITY; 70]), f32::NEG_INFINITY);
            assert_eq!(log_sum_exp_run(isa, &[f32::NEG_INFINITY, -3e38]), -3e38);
            for (n, offset) in [(1, 1e4), (3, -1e4), (64, 3e38), (100, -3e38)] {
                let mut row = vec![offset; n];
                softmax_run(isa, &mut row);
                let share = 1.0 / n as f32;
                assert!(row.iter().all(|v| (v - share).abs() < 1e-6 * share), "{isa}: {n} times {offset}");
            }
            for n in [2, 65] {
                let mut row = vec![-1e4; n];
                row[n - 1] = 1e4;
                softmax_run(isa, &mut row);
                assert!(row[..n - 1].iter().all(|v| *v == 0.0) && row[n - 1] == 1.0);
            }
            softmax_run(isa, &mut []);
        }
    }

    #[test]
    fn layer_norm_agrees_with_f64() {
        for n in [1, 5, 15, 16, 17, 192, 385, 1280] {
            let x: Vec<f32> = values(n, 2).iter().map(|v| v * 5.0 + 3.0).collect();
            let (weight, bias) = (values(n, 3), values(n, 4));
            let mean = x.iter().map(|v| f64::from(*v)).sum::<f64>() / n as f64;
            let variance = x.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / n as f64;
            let run = |isa| {
                let mut out = vec![f32::NAN; n];
                layer_norm_run(isa, &mut out, &x, &weight, &bias);
                out
            };
            for isa in Isa::all() {
                for (i, got) in run(isa).into_iter().enumerate() {
                    let z = (f64::from(x[i]) - mean) / (variance + 1e-5).sqrt();
                    let expected = z * f64::from(weight[i]) + f64::from(bias[i]);
                    // The mean of values up to 8 is off by the roundings of its lanes' sums at the most,
                    // and of a row of one value, that counts 1 / √ε-fold.
                    let mean_error = (n / 16 + 20) as f64 * ROUNDING * 8.0 / (variance + 1e-5).sqrt();
                    let bound = if n == 1 { 0.0 } else { mean_error } + (n / 16 + 24) as f64 * ROUNDING * 3.0;
                    assert!(
                        (f64::from(got) - expected).abs() <= bound,
                        "{isa} {n} {i}: {got} not {expected}"
                    );
                }
            }
            one_result(run);
        }
        // Rows do not mix.
        let (x, weight, bias) = (values(70, 5), values(35, 6), values(35, 7));
        let (mut both, mut alone) = (vec![f32::NAN; 70], vec![f32::NAN; 35]);
        layer_norm(&mut both, &x, &weight, &bias);
        layer_norm(&mut alone, &x[35..], &weight, &bias);
        assert!(same_bits(&alone, &both[35..]));
    }

    #[test]
    fn additions_are_exact() {
        let (x, y, bias) = (values(70, 8), values(70, 9), values(35, 10));
        let mut out = x.clone();
        add(&mut out, &y);
        assert!(out.iter().zip(x.iter().zip(&y)).all(|(out, (x, y))| *out == x + y));
        let mut out = x.clone();
        add_bias(&mut out, &bias);
        assert!(out.iter().enumerate().all(|(i, out)| *out == x[i] + bias[i % 35]));
    }
}
