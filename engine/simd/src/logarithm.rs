//! Logarithms of many values at once.

use crate::isa::{Isa, dispatched};

/// Decimal logarithm of a normal positive number, within 0.6 units in the last place and 5e-8:
/// ln((1 + s) / (1 - s)) is a short series in s.
#[inline(always)]
fn log10_of(x: f32) -> f32 {
    const SQRT_HALF: u32 = std::f32::consts::FRAC_1_SQRT_2.to_bits();
    /// log10 2 in two parts, so that the exponent's share is exact enough.
    const HIGH: f32 = 1233.0 / 4096.0;
    const LOW: f32 = 4.605_039e-6;
    let exponent = (x.to_bits().wrapping_sub(SQRT_HALF) as i32) >> 23;
    let m = f32::from_bits(x.to_bits().wrapping_sub((exponent << 23) as u32));
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    let p = 1.0 / 9.0;
    let p = p * z + 1.0 / 7.0;
    let p = p * z + 1.0 / 5.0;
    let p = p * z + 1.0 / 3.0;
    let series = s + s * (z * p);
    let e = exponent as f32;
    e * HIGH + (e * LOW + series * (2.0 * std::f32::consts::LOG10_E))
}

#[inline(always)]
fn log10_body(values: &mut [f32]) {
    for v in values {
        *v = log10_of(*v);
    }
}

dispatched! { fn log10_run(values: &mut [f32]) = log10_body }

/// Decimal logarithms in place, within 0.6 units in the last place and 5e-8, with the same bits on every
/// CPU. Values must be normal positive numbers.
pub fn log10(values: &mut [f32]) {
    log10_run(Isa::best(), values);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_stay_within_their_bound_in_every_instruction_set() {
        let values: Vec<f32> = (0..2_000_000).map(|i| f32::from_bits(1e-10f32.to_bits() + i * 193)).collect();
        let mut plain = values.clone();
        log10_body(&mut plain);
        for (x, log) in values.iter().zip(&plain) {
            let expected = f64::from(*x).log10();
            let bound = 0.6 * f64::from(f32::EPSILON) * expected.abs().max(0.01) + 5e-8;
            assert!((f64::from(*log) - expected).abs() <= bound, "log10({x}) = {log}");
        }
        for isa in Isa::all() {
            let mut logs = values.clone();
            log10_run(isa, &mut logs);
            assert_eq!(logs, plain, "{isa}");
        }
    }

    #[test]
    fn powers_of_ten_that_matter_are_exact() {
        let mut values = [1.0, 1e-10];
        log10(&mut values);
        assert_eq!(values, [0.0, -10.0]);
    }
}
