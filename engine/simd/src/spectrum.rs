//! The steps around a Fourier transform that turns samples into powers.

use crate::isa::{Isa, dispatched};
use num_complex::Complex64;

#[inline(always)]
fn weigh_body(samples: &[f32], weights: &[f64], out: &mut [f64]) {
    for ((out, sample), weight) in out.iter_mut().zip(samples).zip(weights) {
        *out = f64::from(*sample) * weight;
    }
}

#[inline(always)]
fn powers_body(bins: &[Complex64], out: &mut [f32]) {
    for (out, bin) in out.iter_mut().zip(bins) {
        *out = bin.norm_sqr() as f32;
    }
}

dispatched! { fn weigh_run(samples: &[f32], weights: &[f64], out: &mut [f64]) = weigh_body }
dispatched! { fn powers_run(bins: &[Complex64], out: &mut [f32]) = powers_body }

/// Samples times weights, as many as the shortest has, with the same bits on every CPU.
pub fn weigh(samples: &[f32], weights: &[f64], out: &mut [f64]) {
    weigh_run(Isa::best(), samples, weights, out);
}

/// Squared magnitudes, rounded, as many as the shorter has, with the same bits on every CPU.
pub fn powers(bins: &[Complex64], out: &mut [f32]) {
    powers_run(Isa::best(), bins, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instruction_set_has_the_same_bits() {
        let value = |i: usize| (i as f64 * 0.37).sin() * 10f64.powi(i as i32 % 30 - 15);
        let samples: Vec<f32> = (0..401).map(|i| value(i) as f32).collect();
        let weights: Vec<f64> = (0..401).map(|i| value(3 * i + 1)).collect();
        let bins: Vec<_> = (0..201).map(|i| Complex64::new(value(i), value(i + 9))).collect();
        for isa in Isa::all() {
            let (mut products, mut squares) = (vec![0.0; 401], vec![0.0; 201]);
            weigh_run(isa, &samples, &weights, &mut products);
            powers_run(isa, &bins, &mut squares);
            for i in 0..401 {
                assert_eq!(products[i], f64::from(samples[i]) * weights[i], "{isa}, {i}");
            }
            for (square, bin) in squares.iter().zip(&bins) {
                assert_eq!(*square, (bin.re * bin.re + bin.im * bin.im) as f32, "{isa}");
            }
        }
    }
}
