//! Numerators and denominators of a softmax, in f32 or as dithered integers.

use crate::isa::{dispatched, fma};
use crate::rows::{fold, largest_body};

/// Largest 16-bit numerator.
pub(super) const WEIGHT_16: f32 = 8191.0;
/// Largest 8-bit numerator.
pub(super) const WEIGHT_8: f32 = 255.0;
/// Columns after which the thresholds of rounding repeat; also values at a time.
const DITHER: usize = 64;

/// 2^x for x ≤ 0, with a polynomial of these coefficients on [-½, ½]; 2⁻¹²⁶ at the least.
#[inline(always)]
fn exp2<const FMA: bool>(x: f32, coefficients: &[f32]) -> f32 {
    const MAGIC: f32 = 12_582_912.0;
    let x = if x > -126.0 { x } else { -126.0 };
    let n = x + MAGIC;
    let f = x - (n - MAGIC);
    let p = coefficients.iter().fold(0.0, |p, c| fma::<FMA>(p, f, *c));
    f32::from_bits(p.to_bits().wrapping_add(n.to_bits() << 23))
}

/// Relative error ≤ 3e-7.
const FINE: [f32; 7] =
    [1.540_353e-4, 1.333_355_8e-3, 9.618_129e-3, 5.550_411e-2, 2.402_265e-1, 6.931_472e-1, 1.0];
/// Relative error ≤ 3e-6, for numerators that are rounded to 13 bits.
const COARSE: [f32; 5] = [9.582_9e-3, 5.590_645e-2, 2.402_409_8e-1, 6.931_242e-1, 1.0];
/// Relative error ≤ 8e-5, for numerators that are rounded to 8 bits.
const COARSER: [f32; 4] = [5.517_158e-2, 2.426_111_2e-1, 6.932_61e-1, 9.999_281e-1];

/// Replaces scores (in units of ln 2) by the numerators of their softmax; returns their sum.
#[inline(always)]
fn numerators_body<const FMA: bool>(row: &mut [f32]) -> f32 {
    const LANES: usize = 32;
    let most = largest_body::<FMA>(row);
    let mut sums = [0.0f32; LANES];
    let (blocks, rest) = row.as_chunks_mut::<LANES>();
    for block in blocks {
        for (v, sum) in block.iter_mut().zip(&mut sums) {
            *v = exp2::<FMA>(*v - most, &FINE);
            *sum += *v;
        }
    }
    for (v, sum) in rest.iter_mut().zip(&mut sums) {
        *v = exp2::<FMA>(*v - most, &FINE);
        *sum += *v;
    }
    fold(sums, |a, b| a + b)
}

/// What is added before rounding down, by position: the numbers (i + ½) / 64 with the bits of i turned
/// round, so that any few neighbours have thresholds all over [0, 1). Rounded to the nearest, the long
/// tails of a softmax would vanish, all of them below half a step; with these, neighbours keep their sum.
const fn thresholds() -> [f32; DITHER] {
    let mut thresholds = [0.0; DITHER];
    let mut i = 0;
    while i < DITHER {
        let turned = (i as u32).reverse_bits() >> (32 - DITHER.ilog2());
        thresholds[i] = (turned as f32 + 0.5) / DITHER as f32;
        i += 1;
    }
    thresholds
}

/// A half everywhere: rounding to the nearest.
const NEAREST: [f32; DITHER] = [0.5; DITHER];

/// Writes the numerators of scores (in units of ln 2, the logarithm of each value's scale included) as
/// multiples of 1 / `limit`; returns the sum of the numerators without the scales, whose `inverses`
/// are given.
#[inline(always)]
fn narrow<const FMA: bool, T>(
    row: &[f32],
    inverses: &[f32],
    out: &mut [T],
    limit: f32,
    (thresholds, coefficients): (&[f32; DITHER], &[f32]),
    put: impl Fn(u32) -> T,
) -> f32 {
    // Adding this brings the rounded number into the lower bits. Half as much again as 2²³: just below
    // that halves still have a place, and what a threshold brings below zero would not round to zero.
    const ROUND: f32 = 12_582_912.0;
    let most = largest_body::<FMA>(row);
    let mut sums = [0.0f32; DITHER];
    let (blocks, rest) = row.as_chunks::<DITHER>();
    let (inverse_blocks, inverse_rest) = inverses.as_chunks::<DITHER>();
    let (out_blocks, out_rest) = out.as_chunks_mut::<DITHER>();
    for ((block, inverses), out) in blocks.iter().zip(inverse_blocks).zip(out_blocks) {
        for i in 0..DITHER {
            let numerator = exp2::<FMA>(block[i] - most, coefficients);
            sums[i] = fma::<FMA>(numerator, inverses[i], sums[i]);
            out[i] = put((fma::<FMA>(numerator, limit, thresholds[i] - 0.5) + ROUND).to_bits());
        }
    }
    for (i, ((v, inverse), out)) in rest.iter().zip(inverse_rest).zip(out_rest).enumerate() {
        let numerator = exp2::<FMA>(*v - most, coefficients);
        sums[i] = fma::<FMA>(numerator, *inverse, sums[i]);
        *out = put((fma::<FMA>(numerator, limit, thresholds[i] - 0.5) + ROUND).to_bits());
    }
    fold(sums, |a, b| a + b)
}

#[inline(always)]
fn numerators8_body<const FMA: bool>(row: &[f32], inverses: &[f32], out: &mut [u8]) -> f32 {
    let rounding = (&const { thresholds() }, &COARSER[..]);
    narrow::<FMA, u8>(row, inverses, out, WEIGHT_8, rounding, |q| q as u8)
}

#[inline(always)]
fn numerators16_body<const FMA: bool>(row: &[f32], inverses: &[f32], out: &mut [i16]) -> f32 {
    narrow::<FMA, i16>(row, inverses, out, WEIGHT_16, (&NEAREST, &COARSE[..]), |q| q as i16)
}

dispatched! { pub(super) fn numerators(row: &mut [f32]) -> f32 = numerators_body<FMA> }
dispatched! {
    pub(super) fn numerators8(row: &[f32], inverses: &[f32], out: &mut [u8]) -> f32 = numerators8_body<FMA>
}
dispatched! {
    pub(super) fn numerators16(row: &[f32], inverses: &[f32], out: &mut [i16]) -> f32 = numerators16_body<FMA>
}
