//! Numerators and denominators of a softmax, in f32 or as dithered integers.

use crate::isa::{dispatched, fma};
use crate::kernels::{PAIR, PANEL, QUAD};
use crate::rows::{fold, greater};

/// A score that leaves no numerator.
const UNSEEN: f32 = f32::MIN;
/// Exponents are cut off here, well before numbers get so small that CPUs take their time with them.
const LEAST: f32 = -120.0;
/// Relative error ≤ 3e-7 on [-½, ½].
const FINE: [f32; 7] =
    [1.540_353e-4, 1.333_355_8e-3, 9.618_129e-3, 5.550_411e-2, 2.402_265e-1, 6.931_472e-1, 1.0];
/// Relative error ≤ 3e-6, for numerators that are rounded to 13 bits.
const COARSE: [f32; 5] = [9.582_9e-3, 5.590_645e-2, 2.402_409_8e-1, 6.931_242e-1, 1.0];
/// Relative error ≤ 8e-5, for numerators that are rounded to 8 bits.
const COARSER: [f32; 4] = [5.517_158e-2, 2.426_111_2e-1, 6.932_61e-1, 9.999_281e-1];

/// What exponentials are taken of: scores less this, a whole number from the largest up, so that none of
/// it is lost in [`exp2`].
struct Top {
    whole: f32,
    /// How far it is above the largest score: in [0, 1).
    excess: f32,
}

/// The top of the `seen` scores; the others are made to vanish.
#[inline(always)]
fn top(row: &mut [f32], seen: usize) -> Top {
    row[seen..].fill(UNSEEN);
    let mut lanes = [UNSEEN; PANEL];
    for block in row.as_chunks::<PANEL>().0 {
        for (lane, v) in lanes.iter_mut().zip(block) {
            *lane = greater(*lane, *v);
        }
    }
    let largest = fold(lanes, greater);
    let whole = largest.ceil();
    Top { whole, excess: whole - largest }
}

/// 2^(x - top), with a polynomial of these coefficients on [-½, ½]; 2⁻¹²⁰ at the least.
#[inline(always)]
fn exp2<const FMA: bool, const N: usize>(x: f32, top: &Top, coefficients: &[f32; N]) -> f32 {
    // Adding 1.5 · 2²³ rounds to an integer, which then stands in the lower bits.
    let round = 12_582_912.0 - top.whole;
    let n = greater(top.whole + LEAST, x) + round;
    let f = greater(top.whole + LEAST, x) - (n - round);
    let mut p = coefficients[0];
    for c in &coefficients[1..] {
        p = fma::<FMA>(p, f, *c);
    }
    f32::from_bits(p.to_bits().wrapping_add(n.to_bits() << 23))
}

/// Replaces scores (in units of ln 2) by the numerators of their softmax; returns their sum. What is
/// beyond the `seen` positions, up to whole panels, is room to work in.
#[inline(always)]
fn numerators_body<const FMA: bool>(row: &mut [f32], seen: usize) -> f32 {
    let top = top(row, seen);
    let mut sums = [0.0f32; PANEL];
    for block in row.as_chunks_mut::<PANEL>().0 {
        for (v, sum) in block.iter_mut().zip(&mut sums) {
            *v = exp2::<FMA, _>(*v, &top, &FINE);
            *sum += *v;
        }
    }
    fold(sums, |a, b| a + b)
}

/// How numerators become integers of some bits.
struct Rounding<'a, const N: usize> {
    coefficients: &'a [f32; N],
    /// What the largest becomes: a little less than what the integers hold.
    largest: f32,
    /// The integers' bits.
    mask: u32,
    /// What is added before rounding down, by position, and [`FRACTION`] with it.
    thresholds: &'a [f32; PANEL],
}

/// Adding this leaves eight bits for the fraction, and the integer above them.
const FRACTION: f32 = 49_152.0;
const FRACTION_BITS: u32 = 8;

/// The numbers (i + ½) / 64 with the bits of i turned round, so that any few neighbours have thresholds
/// all over [0, 1). Rounded to the nearest, the long tails of a softmax would vanish, all of them below
/// half a step; with these, neighbours keep their sum.
const fn dithered() -> [f32; PANEL] {
    let mut thresholds = [0.0; PANEL];
    let mut i = 0;
    while i < PANEL {
        let turned = (i as u32).reverse_bits() >> (32 - PANEL.ilog2());
        thresholds[i] = FRACTION + (turned as f32 + 0.5) / PANEL as f32;
        i += 1;
    }
    thresholds
}

/// Writes the numerators of scores (in units of ln 2, the logarithm of each value's scale included) as
/// integers, `GROUP` to a word and in the order in which the store has the values; returns the sum of the
/// numerators in the same unit without the scales, whose `inverses` are given. Rows are of whole panels;
/// what is beyond the `seen` positions becomes zero.
#[inline(always)]
fn narrow<const FMA: bool, T: Copy, const GROUP: usize, const N: usize>(
    row: &mut [f32],
    seen: usize,
    inverses: &[f32],
    out: &mut [T],
    rounding: &Rounding<'_, N>,
    split: impl Fn(u32) -> [T; GROUP],
) -> f32 {
    let top = top(row, seen);
    // About 2^excess, so that the largest numerator is the largest integer.
    let unit = rounding.largest * (1.0 + top.excess * (0.6565 + 0.3435 * top.excess));
    let mut sums = [0.0f32; PANEL];
    let blocks = row.as_chunks::<PANEL>().0.iter().zip(inverses.as_chunks::<PANEL>().0);
    let (words, bits) = (PANEL / GROUP, u32::BITS as usize / GROUP);
    for ((block, inverses), out) in blocks.zip(out.as_chunks_mut::<PANEL>().0) {
        for (word, out) in out.as_chunks_mut::<GROUP>().0.iter_mut().enumerate() {
            let mut packed = 0;
            for member in 0..GROUP {
                let i = member * words + word;
                let numerator = exp2::<FMA, N>(block[i], &top, rounding.coefficients);
                sums[i] = fma::<FMA>(numerator, inverses[i], sums[i]);
                let rounded = fma::<FMA>(numerator, unit, rounding.thresholds[i]).to_bits();
                packed |= (rounded >> FRACTION_BITS & rounding.mask) << (member * bits);
            }
            *out = split(packed);
        }
    }
    unit * fold(sums, |a, b| a + b)
}

#[inline(always)]
fn numerators8_body<const FMA: bool>(row: &mut [f32], seen: usize, inverses: &[f32], out: &mut [u8]) -> f32 {
    let thresholds = &const { dithered() };
    let rounding = Rounding { coefficients: &COARSER, largest: 254.0, mask: 0xff, thresholds };
    narrow::<FMA, _, QUAD, _>(row, seen, inverses, out, &rounding, u32::to_le_bytes)
}

#[inline(always)]
fn numerators16_body<const FMA: bool>(
    row: &mut [f32],
    seen: usize,
    inverses: &[f32],
    out: &mut [i16],
) -> f32 {
    let thresholds = &[FRACTION + 0.5; PANEL];
    let rounding = Rounding { coefficients: &COARSE, largest: 8160.0, mask: 0x3fff, thresholds };
    narrow::<FMA, _, PAIR, _>(row, seen, inverses, out, &rounding, |word| [word as i16, (word >> 16) as i16])
}

dispatched! { pub(super) fn numerators(row: &mut [f32], seen: usize) -> f32 = numerators_body<FMA> }
dispatched! {
    pub(super) fn numerators8(row: &mut [f32], seen: usize, inverses: &[f32], out: &mut [u8]) -> f32 = numerators8_body<FMA>
}
dispatched! {
    pub(super) fn numerators16(row: &mut [f32], seen: usize, inverses: &[f32], out: &mut [i16]) -> f32 = numerators16_body<FMA>
}
