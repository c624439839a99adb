//! Values and references for tests.

/// Numbers evenly spread over [-1, 1), from a linear congruential generator.
pub(crate) fn values(n: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_769);
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    std::iter::repeat_with(next).take(n).collect()
}

/// Half the distance of neighbouring f32 numbers at 1: the relative error of one rounding.
pub(crate) const ROUNDING: f64 = 1.0 / (1 << 24) as f64;

/// The largest error of an inner product of magnitude `total` (the sum of its terms' magnitudes) after
/// so many roundings in a chain: each multiplies by 1 + ε with |ε| ≤ 2⁻²⁴, and a term passes them all
/// at the most. The last part is for what is below the least normal number.
pub(crate) fn chain_error(roundings: usize, total: f64) -> f64 {
    roundings as f64 * ROUNDING * 1.01 * total + 1e-37
}

/// erf by its Maclaurin series, good to 1e-12 for |x| ≤ 4.
fn erf(x: f64) -> f64 {
    let (mut term, mut total) = (x, x);
    for n in 1..200 {
        term *= -x * x / f64::from(n);
        total += term / f64::from(2 * n + 1);
    }
    total * 2.0 / std::f64::consts::PI.sqrt()
}

/// GELU; beyond ±5 it is its asymptote but for 2e-6.
pub(crate) fn gelu(x: f64) -> f64 {
    if x.abs() > 5.0 { x.max(0.0) } else { 0.5 * x * (1.0 + erf(x / 2f64.sqrt())) }
}

/// Whether two rows have the same bits.
pub(crate) fn same_bits(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
}
