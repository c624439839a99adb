//! Attention of one head whose scores never leave the cache: six queries at a time against all keys.
//!
//! softmax(q · kᵀ / √width) · v, in f32, or with integers: queries and keys quantised per row, values per
//! channel, and the softmax's numerators as integers of the same width, whose exact sum is the
//! denominator. 8-bit numerators are dithered.

use crate::aligned::Aligned;
use crate::isa::{Isa, dispatched, fma};
use crate::kernels::{self, Left, PAIR, PANEL, QUAD, TILE_ROWS, Tile};
use crate::quantise::{nearest, quantise_row, symmetric, symmetric16};
use crate::rows::{fold, largest};

/// What queries, keys, values and the softmax are computed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    /// 32-bit floating point.
    F32,
    /// 13-bit queries, keys and numerators, 11-bit values.
    Int16,
    /// 8 bits each.
    Int8,
}

/// Largest magnitudes of 16-bit operands: 64 products of a query and a key, and `INT16_BLOCK` of a
/// numerator and a value, stay below 2³¹.
const QUERY_16: f32 = 4095.0;
const WEIGHT_16: f32 = 8191.0;
const VALUE_16: f32 = 1023.0;
/// Positions whose 16-bit products are added before the sum goes on in f32.
const INT16_BLOCK: usize = 256;

/// Keys and values of one head, in the layout that the kernels stream. Room is kept when it is filled
/// again.
#[derive(Clone)]
pub struct HeadKv {
    isa: Isa,
    width: usize,
    positions: usize,
    store: Store,
}

#[derive(Clone)]
enum Store {
    /// Keys `[panels of 64 positions][width][64]`, values `[positions][64]`.
    F32 { keys: Aligned<f32>, values: Aligned<f32> },
    /// Keys `[panels][⌈width / 2⌉][64][2]`, values `[⌈positions / 2⌉][64][2]`.
    Int16 { keys: Aligned<i16>, key_scales: Vec<f32>, values: Aligned<i16>, value_scales: [f32; PANEL] },
    /// Keys `[panels][⌈width / 4⌉][64][4]`, values `[⌈positions / 4⌉][64][4]`; `key_sums` are those of a
    /// key's integers.
    Int8 {
        keys: Aligned<i8>,
        key_scales: Vec<f32>,
        key_sums: Vec<f32>,
        values: Aligned<i8>,
        value_scales: [f32; PANEL],
    },
}

/// Rows of one head within rows of all heads.
#[derive(Clone, Copy)]
pub struct HeadRows<'a> {
    /// Rows of all heads.
    pub rows: &'a [f32],
    /// Values from one row to the next.
    pub stride: usize,
    /// The head's first column.
    pub column: usize,
}

impl<'a> HeadRows<'a> {
    fn row(&self, row: usize, width: usize) -> &'a [f32] {
        &self.rows[row * self.stride + self.column..][..width]
    }

    /// The rows from `first` on, up to `end`.
    fn after(self, first: usize, end: usize) -> Stretch<'a> {
        let rows = HeadRows { rows: &self.rows[first * self.stride..], ..self };
        Stretch { rows, count: end.saturating_sub(first) }
    }
}

/// Some rows of a head.
#[derive(Clone, Copy)]
struct Stretch<'a> {
    rows: HeadRows<'a>,
    count: usize,
}

/// Room for the scores of one tile.
#[derive(Default)]
pub struct AttentionScratch {
    scores: Aligned<f32>,
    bytes: Aligned<u8>,
    shorts: Aligned<i16>,
}

impl HeadKv {
    /// An empty head of `width` channels, at most 64.
    ///
    /// # Panics
    /// If it is wider.
    pub fn new(isa: Isa, grain: Grain, width: usize) -> Self {
        assert!((1..=PANEL).contains(&width), "heads have at most 64 channels");
        let store = match grain {
            Grain::F32 => Store::F32 { keys: Aligned::default(), values: Aligned::default() },
            Grain::Int16 => Store::Int16 {
                keys: Aligned::default(),
                key_scales: Vec::new(),
                values: Aligned::default(),
                value_scales: [0.0; PANEL],
            },
            Grain::Int8 => Store::Int8 {
                keys: Aligned::default(),
                key_scales: Vec::new(),
                key_sums: Vec::new(),
                values: Aligned::default(),
                value_scales: [0.0; PANEL],
            },
        };
        Self { isa, width, positions: 0, store }
    }

    /// Positions held.
    pub fn positions(&self) -> usize {
        self.positions
    }

    /// Bytes that one query reads.
    pub fn bytes(&self) -> usize {
        match &self.store {
            Store::F32 { keys, values } => 4 * (keys.len() + values.len()),
            Store::Int16 { keys, values, .. } => 2 * (keys.len() + values.len()),
            Store::Int8 { keys, values, .. } => keys.len() + values.len(),
        }
    }

    /// Takes the keys and values of `positions` positions in place of what was there.
    ///
    /// # Panics
    /// If the rows are not that many.
    pub fn fill(&mut self, keys: HeadRows<'_>, values: HeadRows<'_>, positions: usize) {
        let (isa, width) = (self.isa, self.width);
        self.positions = positions;
        let padded = positions.next_multiple_of(PANEL);
        match &mut self.store {
            Store::F32 { keys: k, values: v } => {
                k.grow(padded * width);
                v.grow(positions * PANEL);
                for position in 0..positions {
                    put_key(k, position, keys.row(position, width));
                    v[position * PANEL..][..width].copy_from_slice(values.row(position, width));
                }
            }
            Store::Int16 { keys: k, key_scales, values: v, value_scales } => {
                let steps = width.div_ceil(PAIR);
                k.grow(padded * steps * PAIR);
                key_scales.resize(padded, 0.0);
                v.grow(positions.next_multiple_of(PAIR) * PANEL);
                let panels = k.chunks_exact_mut(PANEL * steps * PAIR).zip(key_scales.chunks_exact_mut(PANEL));
                for (panel, (out, scales)) in panels.enumerate() {
                    keys16(isa, out, scales, keys.after(panel * PANEL, positions), width);
                }
                let inverse = channel_scales(isa, values, positions, width, VALUE_16, value_scales);
                values16(isa, v, values.after(0, positions), width, &inverse);
            }
            Store::Int8 { keys: k, key_scales, key_sums, values: v, value_scales } => {
                let steps = width.div_ceil(QUAD);
                k.grow(padded * steps * QUAD);
                key_scales.resize(padded, 0.0);
                key_sums.resize(padded, 0.0);
                v.grow(positions.next_multiple_of(QUAD) * PANEL);
                let per_key = key_scales.chunks_exact_mut(PANEL).zip(key_sums.chunks_exact_mut(PANEL));
                let panels = k.chunks_exact_mut(PANEL * steps * QUAD).zip(per_key);
                for (panel, (out, (scales, sums))) in panels.enumerate() {
                    keys8(isa, out, scales, sums, keys.after(panel * PANEL, positions), width);
                }
                let inverse = channel_scales(isa, values, positions, width, 127.0, value_scales);
                values8(isa, v, values.after(0, positions), width, &inverse);
            }
        }
    }

    /// Adds a position to a head in f32.
    ///
    /// # Panics
    /// If the head is not in f32 or the rows have another width.
    pub fn push(&mut self, key: &[f32], value: &[f32]) {
        assert!(key.len() == self.width && value.len() == self.width, "rows of the head's width");
        let Store::F32 { keys, values } = &mut self.store else { unreachable_store() };
        let at = self.positions;
        self.positions += 1;
        keys.grow(self.positions.next_multiple_of(PANEL) * self.width);
        values.grow(self.positions.next_multiple_of(PANEL) * PANEL);
        put_key(keys, at, key);
        values[at * PANEL..][..self.width].copy_from_slice(value);
    }

    /// Attends with `rows` queries to the first `seen` positions; `out` receives `[rows]` rows of
    /// `width` values that begin `out_stride` apart.
    ///
    /// # Panics
    /// If rows are too few or too short, or so many positions are not there.
    pub fn attend(
        &self,
        queries: HeadRows<'_>,
        rows: usize,
        seen: usize,
        out: &mut [f32],
        out_stride: usize,
        scratch: &mut AttentionScratch,
    ) {
        assert!((1..=self.positions).contains(&seen), "positions to attend to");
        for first in (0..rows).step_by(TILE_ROWS) {
            let count = TILE_ROWS.min(rows - first);
            let queries = HeadRows { rows: &queries.rows[first * queries.stride..], ..queries };
            let mut mixed = Tile::new();
            // Scores in units of ln 2, which makes their exponential one of base two.
            let unit = std::f32::consts::LOG2_E / (self.width as f32).sqrt();
            self.score_tile(queries, count, seen, unit, scratch);
            self.mix_tile(count, seen, scratch, &mut mixed);
            for (row, values) in mixed.0[..count].iter().enumerate() {
                out[(first + row) * out_stride..][..self.width].copy_from_slice(&values[..self.width]);
            }
        }
    }

    /// The scores of `rows` queries before the softmax, `[rows, positions]`.
    ///
    /// # Panics
    /// As [`HeadKv::attend`], and if `out` has another size.
    pub fn scores(
        &self,
        queries: HeadRows<'_>,
        rows: usize,
        out: &mut [f32],
        scratch: &mut AttentionScratch,
    ) {
        assert_eq!(out.len(), rows * self.positions, "a score per query and position");
        let padded = self.positions.next_multiple_of(PANEL);
        for (tile, out) in out.chunks_mut(TILE_ROWS * self.positions).enumerate() {
            let queries = HeadRows { rows: &queries.rows[tile * TILE_ROWS * queries.stride..], ..queries };
            let count = out.len() / self.positions;
            self.score_tile(queries, count, self.positions, 1.0 / (self.width as f32).sqrt(), scratch);
            for (out, scores) in out.chunks_mut(self.positions).zip(scratch.scores.chunks(padded)) {
                out.copy_from_slice(&scores[..self.positions]);
            }
        }
    }

    /// Scores times `unit` of up to six queries, each row padded to whole panels.
    fn score_tile(
        &self,
        queries: HeadRows<'_>,
        count: usize,
        seen: usize,
        unit: f32,
        scratch: &mut AttentionScratch,
    ) {
        let (isa, width) = (self.isa, self.width);
        let padded = seen.next_multiple_of(PANEL);
        let AttentionScratch { scores, bytes, shorts } = scratch;
        scores.grow(TILE_ROWS * padded);
        let mut units = [unit; TILE_ROWS];
        match &self.store {
            Store::F32 { keys, .. } => {
                let left = Left::new(&queries.rows[queries.column..], queries.stride, count);
                let mut tile = Tile::new();
                for (panel, keys) in keys.chunks_exact(width * PANEL).take(padded / PANEL).enumerate() {
                    kernels::tile_f32(isa, left, keys, width, &mut tile);
                    scale_scores(isa, scores, padded, panel, &tile.0[..count], unit);
                }
            }
            Store::Int16 { keys, key_scales, .. } => {
                let steps = width.div_ceil(PAIR);
                shorts.grow(TILE_ROWS * PANEL);
                for (row, unit) in units.iter_mut().enumerate().take(count) {
                    let out = &mut shorts[row * PANEL..][..width];
                    *unit *= symmetric16(isa, out, queries.row(row, width), QUERY_16);
                }
                let left = Left::new(&shorts[..count * PANEL], PANEL, count);
                let mut tile = Tile::new();
                for (panel, keys) in keys.chunks_exact(steps * PAIR * PANEL).take(padded / PANEL).enumerate()
                {
                    kernels::tile_int16(isa, left, keys, steps, &mut tile);
                    let scales = &key_scales[panel * PANEL..][..PANEL];
                    rescale_scores(isa, scores, padded, panel, &tile.0[..count], &units, &[], &[], scales);
                }
            }
            Store::Int8 { keys, key_scales, key_sums, .. } => {
                let steps = width.div_ceil(QUAD);
                bytes.grow(TILE_ROWS * PANEL);
                let mut zeros = [0.0; TILE_ROWS];
                for row in 0..count {
                    let out = &mut bytes[row * PANEL..][..width];
                    let (scale, zero) = quantise_row(isa, out, queries.row(row, width));
                    units[row] *= scale;
                    zeros[row] = zero as f32;
                }
                let left = Left::new(&bytes[..count * PANEL], PANEL, count);
                let mut tile = Tile::new();
                for (panel, keys) in keys.chunks_exact(steps * QUAD * PANEL).take(padded / PANEL).enumerate()
                {
                    kernels::tile_int8(isa, left, keys, steps, &mut tile);
                    let at = panel * PANEL;
                    let (scales, sums) = (&key_scales[at..][..PANEL], &key_sums[at..][..PANEL]);
                    rescale_scores(
                        isa,
                        scores,
                        padded,
                        panel,
                        &tile.0[..count],
                        &units,
                        &zeros,
                        sums,
                        scales,
                    );
                }
            }
        }
    }

    /// From the scores of `count` queries to their mixtures of values.
    fn mix_tile(&self, count: usize, seen: usize, scratch: &mut AttentionScratch, out: &mut Tile<f32>) {
        let isa = self.isa;
        let padded = seen.next_multiple_of(PANEL);
        let AttentionScratch { scores, bytes, shorts } = scratch;
        let rows = scores.chunks_exact_mut(padded).take(count);
        match &self.store {
            Store::F32 { values, .. } => {
                let mut inverse = [0.0; TILE_ROWS];
                for (row, inverse) in rows.zip(&mut inverse) {
                    *inverse = 1.0 / numerators(isa, &mut row[..seen]);
                }
                kernels::tile_f32(isa, Left::new(scores, padded, count), values, seen, out);
                for (row, inverse) in out.0.iter_mut().zip(&inverse).take(count) {
                    row.iter_mut().for_each(|v| *v *= inverse);
                }
            }
            Store::Int16 { values, value_scales, .. } => {
                shorts.grow(TILE_ROWS * padded);
                let mut inverse = [0.0; TILE_ROWS];
                for ((row, out), inverse) in rows.zip(shorts.chunks_exact_mut(padded)).zip(&mut inverse) {
                    *inverse = 1.0 / numerators16(isa, &mut row[..seen], &mut out[..seen]) as f32;
                    // The last pair may be half beyond the end.
                    out[seen..].fill(0);
                }
                for row in &mut out.0[..count] {
                    row.fill(0.0);
                }
                let mut exact = Tile::new();
                for first in (0..seen).step_by(INT16_BLOCK) {
                    let steps = INT16_BLOCK.min(seen - first).div_ceil(PAIR);
                    let left = Left::new(&shorts[first..count * padded], padded, count);
                    kernels::tile_int16(isa, left, &values[first * PANEL..], steps, &mut exact);
                    add_exact(isa, &mut out.0[..count], &exact.0);
                }
                weigh(isa, &mut out.0[..count], &inverse, value_scales);
            }
            Store::Int8 { values, value_scales, .. } => {
                bytes.grow(TILE_ROWS * padded);
                let mut inverse = [0.0; TILE_ROWS];
                for ((row, out), inverse) in rows.zip(bytes.chunks_exact_mut(padded)).zip(&mut inverse) {
                    *inverse = 1.0 / numerators8(isa, &mut row[..seen], &mut out[..seen]) as f32;
                    out[seen..].fill(0);
                }
                let mut exact = Tile::new();
                let left = Left::new(&bytes[..count * padded], padded, count);
                kernels::tile_int8(isa, left, values, seen.div_ceil(QUAD), &mut exact);
                out.0[..count].iter_mut().for_each(|row| row.fill(0.0));
                add_exact(isa, &mut out.0[..count], &exact.0);
                weigh(isa, &mut out.0[..count], &inverse, value_scales);
            }
        }
    }
}

#[cold]
#[allow(clippy::panic, reason = "a defect of the caller that no input can cause")]
fn unreachable_store() -> ! {
    panic!("positions are pushed to heads in f32 only");
}

/// A key's column in its panel.
fn put_key(keys: &mut [f32], position: usize, key: &[f32]) {
    let panel = &mut keys[position / PANEL * PANEL * key.len()..][..PANEL * key.len()];
    for (step, value) in panel.chunks_exact_mut(PANEL).zip(key) {
        step[position % PANEL] = *value;
    }
}

/// Scales of each channel's values to ±`limit`; returns their inverses.
fn channel_scales(
    isa: Isa,
    values: HeadRows<'_>,
    positions: usize,
    width: usize,
    limit: f32,
    scales: &mut [f32; PANEL],
) -> [f32; PANEL] {
    let mut most = [0.0f32; PANEL];
    for position in 0..positions {
        raise(isa, &mut most[..width], values.row(position, width));
    }
    *scales = most.map(|m| m / limit);
    scales.map(|scale| if scale.is_normal() { 1.0 / scale } else { 0.0 })
}

/// Quantises up to 64 keys into a panel, in groups; `put` sees each row's integers.
#[inline(always)]
fn keys_panel<const FMA: bool, T: Copy + Default, const GROUP: usize>(
    out: &mut [T],
    scales: &mut [f32],
    keys: Stretch<'_>,
    width: usize,
    limit: f32,
    narrow: impl Fn(i32) -> T,
    mut see: impl FnMut(usize, &[i32; PANEL]),
) {
    let groups = out.as_chunks_mut::<GROUP>().0;
    for (j, scale) in scales.iter_mut().enumerate().take(keys.count) {
        let mut row = [0i32; PANEL];
        *scale = symmetric::<FMA>(&mut row[..width], keys.rows.row(j, width), limit);
        see(j, &row);
        for (step, group) in row.as_chunks::<GROUP>().0.iter().enumerate().take(width.div_ceil(GROUP)) {
            groups[step * PANEL + j] = group.map(&narrow);
        }
    }
}

#[inline(always)]
fn keys16_body<const FMA: bool>(out: &mut [i16], scales: &mut [f32], keys: Stretch<'_>, width: usize) {
    keys_panel::<FMA, i16, PAIR>(out, scales, keys, width, QUERY_16, |q| q as i16, |_, _| ());
}

#[inline(always)]
fn keys8_body<const FMA: bool>(
    out: &mut [i8],
    scales: &mut [f32],
    sums: &mut [f32],
    keys: Stretch<'_>,
    width: usize,
) {
    let sum = |j: usize, row: &[i32; PANEL]| sums[j] = fold(*row, |a, b| a + b) as f32;
    keys_panel::<FMA, i8, QUAD>(out, scales, keys, width, 127.0, |q| q as i8, sum);
}

/// Values in groups of positions; those beyond the end are zero.
#[inline(always)]
fn values_body<T: Copy, const GROUP: usize>(
    out: &mut [T],
    values: Stretch<'_>,
    width: usize,
    inverse: &[f32; PANEL],
    narrow: impl Fn(i32) -> T,
) {
    let steps = out.as_chunks_mut::<GROUP>().0.chunks_exact_mut(PANEL);
    for (step, out) in steps.enumerate().take(values.count.div_ceil(GROUP)) {
        let mut rows = [[0i32; PANEL]; GROUP];
        for (part, row) in rows.iter_mut().enumerate().take(values.count - step * GROUP) {
            let given = values.rows.row(step * GROUP + part, width);
            for ((q, v), inverse) in row.iter_mut().zip(given).zip(inverse) {
                *q = nearest(v * inverse);
            }
        }
        for (channel, out) in out.iter_mut().enumerate() {
            *out = std::array::from_fn(|part| narrow(rows[part][channel]));
        }
    }
}

#[inline(always)]
fn values16_body<const FMA: bool>(
    out: &mut [i16],
    values: Stretch<'_>,
    width: usize,
    inverse: &[f32; PANEL],
) {
    values_body::<i16, PAIR>(out, values, width, inverse, |q| q as i16);
}

#[inline(always)]
fn values8_body<const FMA: bool>(out: &mut [i8], values: Stretch<'_>, width: usize, inverse: &[f32; PANEL]) {
    values_body::<i8, QUAD>(out, values, width, inverse, |q| q as i8);
}

#[inline(always)]
fn raise_body<const FMA: bool>(most: &mut [f32], values: &[f32]) {
    for (most, v) in most.iter_mut().zip(values) {
        *most = if v.abs() > *most { v.abs() } else { *most };
    }
}

#[inline(always)]
fn scale_scores_body<const FMA: bool>(
    scores: &mut [f32],
    stride: usize,
    panel: usize,
    tile: &[[f32; PANEL]],
    unit: f32,
) {
    for (scores, tile) in scores.chunks_exact_mut(stride).zip(tile) {
        for (out, v) in scores[panel * PANEL..][..PANEL].iter_mut().zip(tile) {
            *out = v * unit;
        }
    }
}

/// `zeros` and `sums` may be empty: then queries have no zero point.
#[inline(always)]
#[allow(clippy::too_many_arguments, reason = "the parts of one formula")]
fn rescale_scores_body<const FMA: bool>(
    scores: &mut [f32],
    stride: usize,
    panel: usize,
    tile: &[[i32; PANEL]],
    units: &[f32],
    zeros: &[f32],
    sums: &[f32],
    scales: &[f32],
) {
    for (row, (scores, tile)) in scores.chunks_exact_mut(stride).zip(tile).enumerate() {
        let out = scores[panel * PANEL..][..PANEL].iter_mut().zip(tile).zip(scales);
        if zeros.is_empty() {
            out.for_each(|((out, exact), scale)| *out = *exact as f32 * (units[row] * scale));
        } else {
            for (((out, exact), scale), sum) in out.zip(sums) {
                // Whole numbers below 2²⁴: exact with and without fused multiply-add.
                *out = fma::<FMA>(-zeros[row], *sum, *exact as f32) * (units[row] * scale);
            }
        }
    }
}

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
/// Relative error ≤ 3e-6, for numerators that are rounded to integers.
const COARSE: [f32; 5] = [9.582_9e-3, 5.590_645e-2, 2.402_409_8e-1, 6.931_242e-1, 1.0];

/// Replaces scores (in units of ln 2) by the numerators of their softmax; returns their sum.
#[inline(always)]
fn numerators_body<const FMA: bool>(row: &mut [f32]) -> f32 {
    const LANES: usize = 32;
    let most = largest(row);
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

/// Columns after which the thresholds of rounding repeat.
const DITHER: usize = 64;

/// What is added before rounding down, by position: the numbers (i + ½) / 64 with the bits of i turned
/// round, so that any few neighbours have thresholds all over [0, 1). Rounded to the nearest, the long
/// tails of a softmax would vanish, all of them below half a step; with these, neighbours keep their sum.
const fn thresholds(even: bool) -> [f32; DITHER] {
    let mut thresholds = [0.5; DITHER];
    let mut i = 0;
    while i < DITHER && !even {
        let turned = (i as u32).reverse_bits() >> (32 - DITHER.ilog2());
        thresholds[i] = (turned as f32 + 0.5) / DITHER as f32;
        i += 1;
    }
    thresholds
}

/// Writes the numerators as multiples of 1 / `limit`; returns their sum.
#[inline(always)]
fn narrow_numerators<const FMA: bool, T>(
    row: &[f32],
    out: &mut [T],
    limit: f32,
    thresholds: &[f32; DITHER],
    put: impl Fn(u32) -> T,
) -> i32 {
    // Adding this brings the rounded number into the lower bits. Half as much again as 2²³: just below that
    // halves still have a place, and what a threshold brings below zero would not round to zero.
    const ROUND: f32 = 12_582_912.0;
    let most = largest(row);
    let mut sums = [0u32; DITHER];
    let (blocks, rest) = row.as_chunks::<DITHER>();
    let (out_blocks, out_rest) = out.as_chunks_mut::<DITHER>();
    let number = |v: f32, threshold: f32| {
        let scaled = fma::<FMA>(exp2::<FMA>(v - most, &COARSE), limit, threshold - 0.5);
        (scaled + ROUND).to_bits()
    };
    for (block, out) in blocks.iter().zip(out_blocks) {
        for (((v, out), sum), threshold) in block.iter().zip(out).zip(&mut sums).zip(thresholds) {
            let q = number(*v, *threshold);
            *sum = sum.wrapping_add(q);
            *out = put(q);
        }
    }
    for (((v, out), sum), threshold) in rest.iter().zip(out_rest).zip(&mut sums).zip(thresholds) {
        let q = number(*v, *threshold);
        *sum = sum.wrapping_add(q);
        *out = put(q);
    }
    // What was added for rounding goes again.
    let total = fold(sums, u32::wrapping_add);
    total.wrapping_sub((row.len() as u32).wrapping_mul(ROUND.to_bits())) as i32
}

#[inline(always)]
fn numerators8_body<const FMA: bool>(row: &mut [f32], out: &mut [u8]) -> i32 {
    narrow_numerators::<FMA, u8>(row, out, 255.0, &const { thresholds(false) }, |q| q as u8)
}

#[inline(always)]
fn numerators16_body<const FMA: bool>(row: &mut [f32], out: &mut [i16]) -> i32 {
    narrow_numerators::<FMA, i16>(row, out, WEIGHT_16, &const { thresholds(true) }, |q| q as i16)
}

#[inline(always)]
fn add_exact_body<const FMA: bool>(out: &mut [[f32; PANEL]], exact: &[[i32; PANEL]]) {
    for (out, exact) in out.iter_mut().zip(exact) {
        out.iter_mut().zip(exact).for_each(|(out, v)| *out += *v as f32);
    }
}

#[inline(always)]
fn weigh_body<const FMA: bool>(out: &mut [[f32; PANEL]], inverse: &[f32], scales: &[f32; PANEL]) {
    for (out, inverse) in out.iter_mut().zip(inverse) {
        out.iter_mut().zip(scales).for_each(|(out, scale)| *out *= inverse * scale);
    }
}

dispatched! { fn keys16(out: &mut [i16], scales: &mut [f32], keys: Stretch<'_>, width: usize) = keys16_body<FMA> }
dispatched! {
    fn keys8(out: &mut [i8], scales: &mut [f32], sums: &mut [f32], keys: Stretch<'_>, width: usize) = keys8_body<FMA>
}
dispatched! { fn values16(out: &mut [i16], values: Stretch<'_>, width: usize, inverse: &[f32; PANEL]) = values16_body<FMA> }
dispatched! { fn values8(out: &mut [i8], values: Stretch<'_>, width: usize, inverse: &[f32; PANEL]) = values8_body<FMA> }
dispatched! { fn raise(most: &mut [f32], values: &[f32]) = raise_body<FMA> }
dispatched! {
    fn scale_scores(scores: &mut [f32], stride: usize, panel: usize, tile: &[[f32; PANEL]], unit: f32) = scale_scores_body<FMA>
}
dispatched! {
    #[allow(clippy::too_many_arguments, reason = "the parts of one formula")]
    fn rescale_scores(
        scores: &mut [f32],
        stride: usize,
        panel: usize,
        tile: &[[i32; PANEL]],
        units: &[f32],
        zeros: &[f32],
        sums: &[f32],
        scales: &[f32]
    ) = rescale_scores_body<FMA>
}
dispatched! { fn numerators(row: &mut [f32]) -> f32 = numerators_body<FMA> }
dispatched! { fn numerators8(row: &mut [f32], out: &mut [u8]) -> i32 = numerators8_body<FMA> }
dispatched! { fn numerators16(row: &mut [f32], out: &mut [i16]) -> i32 = numerators16_body<FMA> }
dispatched! { fn add_exact(out: &mut [[f32; PANEL]], exact: &[[i32; PANEL]]) = add_exact_body<FMA> }
dispatched! { fn weigh(out: &mut [[f32; PANEL]], inverse: &[f32], scales: &[f32; PANEL]) = weigh_body<FMA> }
