//! Rows as 8-bit and 16-bit integers and as bf16: the left-hand side of narrow products.

use crate::aligned::Aligned;
use crate::isa::{Isa, dispatched, fma};
use crate::kernels::{PAIR, QUAD};
use crate::rows::fold;

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
        self.stride = width.next_multiple_of(QUAD);
        self.values.grow(rows * self.stride);
        self.scales.resize(rows, 0.0);
        self.zeros.resize(rows, 0);
        for (row, x) in x.enumerate() {
            let out = &mut self.values[row * self.stride..][..width];
            (self.scales[row], self.zeros[row]) = quantise_row(isa, out, x);
        }
    }
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
    const LANES: usize = 32;
    let (mut low, mut high) = ([0.0f32; LANES], [0.0f32; LANES]);
    let least = |a: f32, b: f32| if b < a { b } else { a };
    let most = |a: f32, b: f32| if b > a { b } else { a };
    let (blocks, rest) = x.as_chunks::<LANES>();
    for (i, v) in rest.iter().enumerate() {
        (low[i], high[i]) = (least(low[i], *v), most(high[i], *v));
    }
    for block in blocks {
        for i in 0..LANES {
            (low[i], high[i]) = (least(low[i], block[i]), most(high[i], block[i]));
        }
    }
    (fold(low, least), fold(high, most))
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

#[inline(always)]
fn to_bf16_body<const FMA: bool>(out: &mut [u16], x: &[f32]) {
    for (out, v) in out.iter_mut().zip(x) {
        let bits = v.to_bits();
        *out = ((bits + 0x7fff + (bits >> 16 & 1)) >> 16) as u16;
    }
}

/// The largest magnitude.
#[inline(always)]
fn magnitude(x: &[f32]) -> f32 {
    const LANES: usize = 32;
    let mut lanes = [0.0f32; LANES];
    let most = |a: f32, b: f32| if b > a { b } else { a };
    let (blocks, rest) = x.as_chunks::<LANES>();
    for (lane, v) in lanes.iter_mut().zip(rest) {
        *lane = most(*lane, v.abs());
    }
    for block in blocks {
        for (lane, v) in lanes.iter_mut().zip(block) {
            *lane = most(*lane, v.abs());
        }
    }
    fold(lanes, most)
}

/// Symmetric quantisation to ±`limit`; returns the scale.
#[inline(always)]
pub(crate) fn symmetric<const FMA: bool>(out: &mut [i32], x: &[f32], limit: f32) -> f32 {
    let (scale, inverse) = symmetric_scale(x, limit);
    for (out, v) in out.iter_mut().zip(x) {
        *out = nearest((*v * inverse).clamp(-limit, limit));
    }
    scale
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
    pub(crate) fn quantise_row(out: &mut [u8], x: &[f32]) -> (f32, i32) = quantise_row_body
}
dispatched! {
    /// Values rounded to bf16.
    pub(crate) fn to_bf16(out: &mut [u16], x: &[f32]) = to_bf16_body
}
dispatched! {
    /// Values of ±127 and their scale.
    pub(crate) fn symmetric8(out: &mut [i8], x: &[f32]) -> f32 = symmetric8_body
}
dispatched! {
    /// Values of ±`limit` and their scale.
    pub(crate) fn symmetric16(out: &mut [i16], x: &[f32], limit: f32) -> f32 = symmetric16_body
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
