//! Rows as 8-bit and 16-bit integers and as bf16: the left-hand side of narrow products.

use crate::aligned::Aligned;
use crate::isa::{Isa, dispatched, fma};
use crate::kernels::{PAIR, QUAD};
use crate::rows::{LANES, fold, for_blocks, greater};

/// Adding this to a number below 2²² in magnitude rounds it to an integer (ties to even), which then
/// stands in the lower bits.
const ROUND: f32 = 12_582_912.0;

/// The integer nearest to a number of magnitude below 2²².
#[inline(always)]
pub(crate) fn nearest(x: f32) -> i32 {
    (x + ROUND).to_bits() as i32 - ROUND.to_bits() as i32
}

/// Rows of u8, each with a scale and a zero point of its own: a value is `scale · (byte - zero)`.
/// Rows are padded to whole quads with bytes whose weights are zero.
#[derive(Default)]
pub struct Rows8 {
    pub(crate) values: Aligned<u8>,
    pub(crate) scales: Vec<f32>,
    pub(crate) zeros: Vec<i32>,
    pub(crate) stride: usize,
}

impl Rows8 {
    /// Quantises rows of `width` values over the range of each, zero included.
    pub(crate) fn fill<'a>(&mut self, isa: Isa, x: impl ExactSizeIterator<Item = &'a [f32]>, width: usize) {
        let rows = x.len();
        self.stride = spread(width.next_multiple_of(QUAD));
        self.values.grow(rows * self.stride);
        self.scales.resize(rows, 0.0);
        self.zeros.resize(rows, 0);
        for (row, x) in x.enumerate() {
            let out = &mut self.values[row * self.stride..][..width];
            (self.scales[row], self.zeros[row]) = quantise_row(isa, out, x);
        }
    }
}

/// Bytes from one row to the next: those of a row, or a line of the cache more where many rows would
/// begin in the same few places of a first-level cache and push each other out.
fn spread(width: usize) -> usize {
    const LINE: usize = 64;
    if width.is_multiple_of(2 * LINE) { width + LINE } else { width }
}

/// Rows of bf16, rounded to nearest, ties to even; padded to whole pairs with zeros.
#[derive(Default)]
pub struct RowsBf16 {
    pub(crate) values: Aligned<u16>,
    pub(crate) stride: usize,
}

impl RowsBf16 {
    pub(crate) fn fill<'a>(&mut self, isa: Isa, x: impl ExactSizeIterator<Item = &'a [f32]>, width: usize) {
        self.stride = width.next_multiple_of(PAIR);
        self.values.grow(x.len() * self.stride);
        for (out, x) in self.values.chunks_exact_mut(self.stride).zip(x) {
            to_bf16(isa, &mut out[..width], x);
            out[width..].fill(0);
        }
    }
}

/// Least and largest value, zero included.
#[inline(always)]
fn range(x: &[f32]) -> (f32, f32) {
    let (mut low, mut high) = ([0.0f32; LANES], [0.0f32; LANES]);
    for_blocks(x, 0.0, |block| {
        for i in 0..LANES {
            (low[i], high[i]) = (lesser(low[i], block[i]), greater(high[i], block[i]));
        }
    });
    (fold(low, lesser), fold(high, greater))
}

#[inline(always)]
fn lesser(a: f32, b: f32) -> f32 {
    if b < a { b } else { a }
}

#[inline(always)]
fn quantise_row_body<const FMA: bool>(out: &mut [u8], x: &[f32]) -> (f32, i32) {
    let (low, high) = range(x);
    let scale = (high - low) * (1.0 / 255.0);
    // Nothing but zeros, or values so small that the scale vanishes.
    if !scale.is_normal() {
        out.fill(0);
        return (0.0, 0);
    }
    let inverse = 1.0 / scale;
    let zero = nearest(-low * inverse).clamp(0, 255);
    let offset = zero as f32;
    for (q, v) in out.iter_mut().zip(x) {
        *q = nearest(fma::<FMA>(*v, inverse, offset).clamp(0.0, 255.0)) as u8;
    }
    (scale, zero)
}

/// The first bit of the mantissa, which keeps not-a-number apart from infinity.
const QUIET: u32 = 0x0040_0000;

#[inline(always)]
fn to_bf16_body<const FMA: bool>(out: &mut [u16], x: &[f32]) {
    for (out, v) in out.iter_mut().zip(x) {
        let bits = v.to_bits();
        let rounded = bits.wrapping_add(0x7fff + (bits >> 16 & 1));
        // What is not a number must not be rounded to one that is.
        let kept = if v.is_nan() { bits | QUIET } else { rounded };
        *out = (kept >> 16) as u16;
    }
}

/// The largest magnitude.
#[inline(always)]
fn magnitude(x: &[f32]) -> f32 {
    let mut lanes = [0.0f32; LANES];
    for_blocks(x, 0.0, |block| {
        for (lane, v) in lanes.iter_mut().zip(block) {
            *lane = greater(*lane, v.abs());
        }
    });
    fold(lanes, greater)
}

/// Symmetric quantisation to ±`limit`; also the scale.
#[inline(always)]
pub(crate) fn symmetric<const N: usize>(x: &[f32; N], limit: f32) -> ([i32; N], f32) {
    let (scale, inverse) = symmetric_scale(x, limit);
    (x.map(|v| nearest((v * inverse).clamp(-limit, limit))), scale)
}

/// The scale and its inverse, both 0 if there is nothing to scale.
#[inline(always)]
fn symmetric_scale(x: &[f32], limit: f32) -> (f32, f32) {
    let scale = magnitude(x) / limit;
    if scale.is_normal() { (scale, 1.0 / scale) } else { (0.0, 0.0) }
}

#[inline(always)]
fn symmetric8_body<const FMA: bool>(out: &mut [i8], x: &[f32]) -> f32 {
    let (scale, inverse) = symmetric_scale(x, 127.0);
    for (out, v) in out.iter_mut().zip(x) {
        *out = nearest((*v * inverse).clamp(-127.0, 127.0)) as i8;
    }
    scale
}

#[inline(always)]
fn symmetric16_body<const FMA: bool>(out: &mut [i16], x: &[f32], limit: f32) -> f32 {
    let (scale, inverse) = symmetric_scale(x, limit);
    for (out, v) in out.iter_mut().zip(x) {
        *out = nearest((*v * inverse).clamp(-limit, limit)) as i16;
    }
    scale
}

dispatched! {
    /// A row of u8 over the range of `x`; returns scale and zero point.
    pub(crate) fn quantise_row(out: &mut [u8], x: &[f32]) -> (f32, i32) = quantise_row_body<FMA>
}
dispatched! {
    /// Values rounded to bf16.
    pub(crate) fn to_bf16(out: &mut [u16], x: &[f32]) = to_bf16_body<FMA>
}
dispatched! {
    /// Values of ±127 and their scale.
    pub(crate) fn symmetric8(out: &mut [i8], x: &[f32]) -> f32 = symmetric8_body<FMA>
}
dispatched! {
    /// Values of ±`limit` and their scale.
    pub(crate) fn symmetric16(out: &mut [i16], x: &[f32], limit: f32) -> f32 = symmetric16_body<FMA>
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_values::values;

    #[test]
    fn rows_come_back_within_half_a_step() {
        for isa in Isa::all() {
            for width in [1, 3, 4, 31, 64, 77] {
                let x: Vec<f32> = (0..3 * width).map(|i| ((i * 37 % 101) as f32 - 20.0) * 0.3).collect();
                let mut rows = Rows8::default();
                rows.fill(isa, x.chunks(width), width);
                for (i, v) in x.iter().enumerate() {
                    let (row, column) = (i / width, i % width);
                    let q = i32::from(rows.values[row * rows.stride + column]) - rows.zeros[row];
                    let step = rows.scales[row];
                    assert!((q as f32 * step - v).abs() <= step * 0.51 + 1e-6, "{isa} {width} {i}");
                }
            }
        }
    }

    #[test]
    fn zero_and_the_extremes_of_a_row_are_there() {
        for isa in Isa::all() {
            for x in
                [[0.5, 0.0, 3.0, 1.0], [-0.5, -2.0, 0.0, -1.0], [-3.0, 0.0, 1.5, 0.1], [7.0; 4], [-7.0; 4]]
            {
                let mut q = [0; 4];
                let (scale, zero) = quantise_row(isa, &mut q, &x);
                let (low, high) =
                    (x.iter().fold(0.0f32, |a, b| a.min(*b)), x.iter().fold(0.0f32, |a, b| a.max(*b)));
                assert!((scale * 255.0 / (high - low) - 1.0).abs() < 1e-6, "{isa}: the range of {x:?}");
                for (q, v) in q.iter().zip(&x) {
                    let back = (i32::from(*q) - zero) as f32 * scale;
                    // Zero has a value of its own, and where nothing else has its sign, so has the extreme.
                    let whole = *v == 0.0 || low == 0.0 || high == 0.0;
                    let step =
                        if whole && [0.0, low, high].contains(v) { 1e-6 * v.abs() } else { 0.501 * scale };
                    assert!((back - v).abs() <= step, "{isa}: {v} of {x:?} comes back as {back}");
                }
            }
        }
    }

    #[test]
    fn symmetric_integers_are_within_half_a_step() {
        for isa in Isa::all() {
            for width in [1, 3, 31, 32, 33, 64, 77] {
                let x: Vec<f32> = values(width, 3).iter().map(|v| v * 5.0).collect();
                let largest = x.iter().fold(0.0f32, |a, b| a.max(b.abs()));
                let (mut bytes, mut shorts) = (vec![0i8; width], vec![0i16; width]);
                let scale = symmetric8(isa, &mut bytes, &x);
                assert_eq!(scale, largest / 127.0);
                assert_eq!(bytes.iter().map(|q| q.unsigned_abs()).max(), Some(127));
                let near = |q: f32, v: f32, scale: f32| (q * scale - v).abs() <= 0.501 * scale;
                assert!(bytes.iter().zip(&x).all(|(q, v)| near(f32::from(*q), *v, scale)), "{isa} {width}");
                for limit in [1023.0, 4095.0] {
                    let scale = symmetric16(isa, &mut shorts, &x, limit);
                    assert_eq!(scale, largest / limit);
                    assert_eq!(shorts.iter().map(|q| q.unsigned_abs()).max(), Some(limit as u16));
                    assert!(
                        shorts.iter().zip(&x).all(|(q, v)| near(f32::from(*q), *v, scale)),
                        "{isa} {width}"
                    );
                }
            }
        }
    }

    #[test]
    fn instruction_sets_with_the_same_arithmetic_give_the_same_integers() {
        for width in [1, 31, 64, 100] {
            let x = values(width, 4);
            let all = Isa::all().into_iter().skip(1).map(|isa| {
                let (mut bytes, mut signed, mut halves) = (vec![0; width], vec![0; width], vec![0; width]);
                let (scale, zero) = quantise_row(isa, &mut bytes, &x);
                let symmetric = symmetric8(isa, &mut signed, &x);
                to_bf16(isa, &mut halves, &x);
                (bytes, signed, halves, scale.to_bits(), zero, symmetric.to_bits())
            });
            let all: Vec<_> = all.collect();
            assert!(all.iter().all(|one| *one == all[0]), "{width}");
        }
    }

    #[test]
    fn narrow_rows_of_many_sizes_share_one_room() {
        // What larger rows left behind stands in the padding of smaller ones, where weights are zero in
        // int8, and is overwritten by zeros in bf16.
        for isa in Isa::all() {
            let (mut bytes, mut halves) = (Rows8::default(), RowsBf16::default());
            let (large, small) = ([9.0f32; 64], [1.0f32, -1.0, 0.5, 0.25, 2.0, 1.0]);
            bytes.fill(isa, large.chunks(8), 8);
            bytes.fill(isa, small.chunks(3), 3);
            assert_eq!((bytes.stride, bytes.scales.len(), bytes.zeros.len()), (4, 2, 2));
            halves.fill(isa, large.chunks(8), 8);
            halves.fill(isa, small.chunks(3), 3);
            assert_eq!(halves.values[..8], [0x3f80, 0xbf80, 0x3f00, 0, 0x3e80, 0x4000, 0x3f80, 0]);
        }
    }

    #[test]
    fn extremes_do_no_harm() {
        for isa in Isa::all() {
            let mut rows = Rows8::default();
            let x = [0.0, 0.0, 0.0, 1e-44, 3e38, -3e38, f32::NAN, 1.0];
            rows.fill(isa, x.chunks(2), 2);
            assert_eq!((rows.scales[0], rows.scales[1]), (0.0, 0.0));
            let mut q = [0i8; 4];
            assert_eq!(symmetric8(isa, &mut q, &[-2.0, 1.0, 0.0, 2.0]), 2.0 / 127.0);
            assert_eq!(q, [-127, 64, 0, 127]);
        }
    }

    #[test]
    fn bf16_is_rounded_to_nearest_even() {
        for isa in Isa::all() {
            let mut out = [0; 4];
            let bits = [0x3f80_8000, 0x3f81_8000, 0x3f80_8001, 0xbf80_7fff];
            to_bf16(isa, &mut out, &bits.map(f32::from_bits));
            assert_eq!(out, [0x3f80, 0x3f82, 0x3f81, 0xbf80]);
        }
    }

    #[test]
    fn bf16_keeps_infinities_and_what_is_not_a_number() {
        for isa in Isa::all() {
            let x = [f32::INFINITY, f32::NEG_INFINITY, f32::NAN, f32::MAX].map(f32::to_bits);
            let x = [x[0], x[1], x[2], x[3], 0x7f80_0001, 0x7fff_ffff, 0xffff_ffff, 0x8000_0000];
            let mut out = [0; 8];
            to_bf16(isa, &mut out, &x.map(f32::from_bits));
            let back = out.map(|half| f32::from_bits(u32::from(half) << 16));
            assert_eq!(
                (back[0], back[1], back[3]),
                (f32::INFINITY, f32::NEG_INFINITY, f32::INFINITY),
                "{isa}"
            );
            assert!(back[2].is_nan() && back[4..7].iter().all(|v| v.is_nan()), "{isa}: {back:?}");
            assert_eq!(out[7], 0x8000);
        }
    }
}
