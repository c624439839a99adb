//! Attention of one head whose scores never leave the cache: six queries at a time against all keys, or 32
//! where the CPU multiplies so many rows at once.
//!
//! softmax(q · kᵀ / √width) · v, in f32, or with integers: queries, keys and values quantised row by row,
//! and the softmax's numerators as integers of the same width. The scale of a value goes into the
//! numerator that it is multiplied with. 8-bit numerators are dithered.

mod softmax;
mod store;
#[cfg(test)]
mod tests;

use crate::aligned::Aligned;
use crate::isa::{Isa, dispatched, fma};
use crate::kernels::{self, BLOCK_ROWS, Left, PAIR, PANEL, QUAD, TILE_ROWS, Tile};
use softmax::{numerators, numerators8, numerators16};
use std::ops::Range;
use store::{Elements, Store, StorePart, put_key};
pub use store::{Queries, QueriesPart};

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

/// Positions whose 16-bit products are added before the sum goes on in f32.
const INT16_BLOCK: usize = 256;

/// Keys and values of one head. Room is kept when it is filled again.
#[derive(Clone)]
pub struct HeadKv {
    isa: Isa,
    width: usize,
    positions: usize,
    store: Store,
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
    #[inline(always)]
    fn row(&self, row: usize, width: usize) -> &'a [f32] {
        &self.rows[row * self.stride + self.column..][..width]
    }
}

/// Room for the scores of one tile.
#[derive(Default)]
pub struct AttentionScratch {
    room: Room,
    queries: Option<Queries>,
}

#[derive(Default)]
struct Room {
    scores: Aligned<f32>,
    bytes: Aligned<u8>,
    shorts: Aligned<i16>,
}

/// Some panels of a head's keys and values, of which other threads have others.
pub struct HeadPart<'a> {
    isa: Isa,
    width: usize,
    positions: usize,
    store: StorePart<'a>,
}

impl HeadPart<'_> {
    /// Positions in it.
    pub fn positions(&self) -> usize {
        self.positions
    }

    /// Packs keys and values, whose first rows are those of the part's first position.
    ///
    /// # Panics
    /// If there are fewer rows than positions.
    pub fn fill(&mut self, keys: HeadRows<'_>, values: HeadRows<'_>) {
        self.store.fill(self.isa, keys, values, self.positions, self.width);
    }
}

impl HeadKv {
    /// An empty head of `width` channels, at most 64.
    ///
    /// # Panics
    /// If it is wider.
    pub fn new(isa: Isa, grain: Grain, width: usize) -> Self {
        assert!((1..=PANEL).contains(&width), "heads have at most 64 channels");
        Self { isa, width, positions: 0, store: Store::new(grain) }
    }

    /// Positions held.
    pub fn positions(&self) -> usize {
        self.positions
    }

    /// What it is computed in.
    pub fn grain(&self) -> Grain {
        match self.store {
            Store::F32 { .. } => Grain::F32,
            Store::Int16(_) => Grain::Int16,
            Store::Int8(_) => Grain::Int8,
        }
    }

    /// Bytes that one query reads.
    pub fn bytes(&self) -> usize {
        let values = self.positions * (self.width + PANEL);
        match &self.store {
            Store::F32 { .. } => 4 * values,
            Store::Int16(_) => 2 * values,
            Store::Int8(_) => values,
        }
    }

    /// Makes room for `positions` positions in place of what was there, in parts of `at_once`, a
    /// multiple of 64, for several threads to fill. All of them have to be filled.
    ///
    /// # Panics
    /// If `at_once` is no such multiple.
    pub fn parts(&mut self, positions: usize, at_once: usize) -> Vec<HeadPart<'_>> {
        assert!(at_once > 0 && at_once.is_multiple_of(PANEL), "parts of whole panels");
        let (isa, width) = (self.isa, self.width);
        self.store.reserve(positions, width);
        self.positions = positions;
        let starts = (0..positions).step_by(at_once);
        let parts = self.store.parts(at_once, width).into_iter().zip(starts);
        let part = |(store, start): (_, usize)| HeadPart {
            isa,
            width,
            positions: at_once.min(positions - start),
            store,
        };
        parts.map(part).collect()
    }

    /// Takes the keys and values of `positions` positions in place of what was there.
    ///
    /// # Panics
    /// If the rows are not that many.
    pub fn fill(&mut self, keys: HeadRows<'_>, values: HeadRows<'_>, positions: usize) {
        for part in &mut self.parts(positions, positions.next_multiple_of(PANEL).max(PANEL)) {
            part.fill(keys, values);
        }
    }

    /// Adds a position to a head in f32.
    ///
    /// # Panics
    /// If the head is not in f32 or the rows have another width.
    pub fn push(&mut self, key: &[f32], value: &[f32]) {
        assert!(key.len() == self.width && value.len() == self.width, "rows of the head's width");
        let at = self.positions;
        self.store.reserve(at + 1, self.width);
        let Store::F32 { keys, values } = &mut self.store else { unreachable_store() };
        self.positions += 1;
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
        let (queries, room) = self.prepare(queries, rows, scratch);
        self.attend_rows(queries, 0..rows, seen, (out, out_stride), room);
    }

    /// As [`HeadKv::attend`], with some of the queries that were prepared for heads of this grain and
    /// width.
    ///
    /// # Panics
    /// As [`HeadKv::attend`], and if there are no such queries.
    pub fn attend_prepared(
        &self,
        queries: &Queries,
        rows: Range<usize>,
        seen: usize,
        out: &mut [f32],
        out_stride: usize,
        scratch: &mut AttentionScratch,
    ) {
        self.attend_rows(queries, rows, seen, (out, out_stride), &mut scratch.room);
    }

    fn attend_rows(
        &self,
        queries: &Queries,
        rows: Range<usize>,
        seen: usize,
        (out, out_stride): (&mut [f32], usize),
        room: &mut Room,
    ) {
        assert!((1..=self.positions).contains(&seen), "positions to attend to");
        assert!(queries.holds(&rows, self.width), "queries of this head");
        let rows_before = rows.len().saturating_sub(1).checked_mul(out_stride);
        let needed = rows_before.and_then(|before| before.checked_add(self.width));
        assert!(rows.is_empty() || needed.is_some_and(|n| n <= out.len()), "room for the result");
        // Scores in units of ln 2, which makes their exponential one of base two.
        let unit = std::f32::consts::LOG2_E / (self.width as f32).sqrt();
        let out = out.chunks_mut(out_stride.max(1));
        if rows.len() > TILE_ROWS && self.takes_blocks() {
            self.attend_tiles::<BLOCK_ROWS>(queries, rows, seen, unit, out, room);
            kernels::release_blocks();
        } else {
            self.attend_tiles::<TILE_ROWS>(queries, rows, seen, unit, out, room);
        }
    }

    /// Whether many queries at once are faster than few.
    fn takes_blocks(&self) -> bool {
        matches!(self.store, Store::Int8(_)) && kernels::takes_blocks(self.isa, self.width.div_ceil(QUAD))
    }

    /// As many queries at a time as a tile has rows.
    fn attend_tiles<'a, const ROWS: usize>(
        &self,
        queries: &Queries,
        rows: Range<usize>,
        seen: usize,
        unit: f32,
        mut out: impl Iterator<Item = &'a mut [f32]>,
        room: &mut Room,
    ) {
        let reading = Reading::of(rows.len());
        for first in rows.clone().step_by(ROWS) {
            let tile = first..rows.end.min(first + ROWS);
            let mut mixed = Tile::new();
            self.score_tile::<ROWS>(queries, tile.clone(), seen, (unit, true, reading), room);
            self.mix_tile::<ROWS>(tile.len(), seen, reading, room, &mut mixed);
            for (values, out) in mixed.0[..tile.len()].iter().zip(out.by_ref()) {
                out[..self.width].copy_from_slice(&values[..self.width]);
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
        if out.is_empty() {
            return;
        }
        let padded = self.positions.next_multiple_of(PANEL);
        let unit = 1.0 / (self.width as f32).sqrt();
        let (queries, room) = self.prepare(queries, rows, scratch);
        for (tile, out) in out.chunks_mut(TILE_ROWS * self.positions).enumerate() {
            let first = tile * TILE_ROWS;
            let rows = first..first + out.len() / self.positions;
            self.score_tile::<TILE_ROWS>(queries, rows, self.positions, (unit, false, Reading::Again), room);
            for (out, scores) in out.chunks_mut(self.positions).zip(room.scores.chunks(padded)) {
                out.copy_from_slice(&scores[..self.positions]);
            }
        }
    }

    /// The scratch's own queries, filled with these, and the rest of it.
    fn prepare<'a>(
        &self,
        rows: HeadRows<'_>,
        count: usize,
        scratch: &'a mut AttentionScratch,
    ) -> (&'a Queries, &'a mut Room) {
        let fits = |queries: &Queries| queries.holds(&(0..0), self.width) && queries.grain() == self.grain();
        if !scratch.queries.as_ref().is_some_and(fits) {
            scratch.queries = None;
        }
        let new = || Queries::new(self.isa, self.grain(), self.width);
        // Where they lie: moving them would wait for all that was written before.
        let queries = scratch.queries.get_or_insert_with(new);
        queries.fill(rows, count);
        (queries, &mut scratch.room)
    }

    /// Scores times `unit` of up to `ROWS` queries, each row padded to whole panels; of integers with the
    /// logarithm of each value's scale if wanted.
    fn score_tile<const ROWS: usize>(
        &self,
        queries: &Queries,
        rows: Range<usize>,
        seen: usize,
        (unit, with_logs, reading): (f32, bool, Reading),
        room: &mut Room,
    ) {
        let (isa, width, count) = (self.isa, self.width, rows.len());
        let padded = seen.next_multiple_of(PANEL);
        let scores = &mut room.scores;
        scores.grow(ROWS * padded);
        let zero_logs = [0.0; PANEL];
        let (scales, zeros) = (&queries.scales[rows.clone()], &queries.zeros[rows.clone()]);
        let first = rows.start * PANEL;
        let panels = 0..padded / PANEL;
        match (&self.store, &queries.elements) {
            (Store::F32 { keys, .. }, Elements::F32(elements)) => {
                let left = Left::new(&elements[first..], PANEL, count);
                let mut tile = Tile::<_, ROWS>::new();
                for (panel, keys) in panels.zip(keys.chunks_exact(width * PANEL)) {
                    kernels::tile_f32(isa, left, keys, width, &mut tile);
                    scale_scores(isa, scores, padded, panel, &tile.0[..count], unit);
                }
            }
            (Store::Int16(store), Elements::Int16(elements)) => {
                let steps = width.div_ceil(PAIR);
                let left = Left::new(&elements[first..], PANEL, count);
                let mut tile = Tile::<_, ROWS>::new();
                for (panel, keys) in panels.zip(store.keys.chunks_exact(steps * PAIR * PANEL)) {
                    kernels::tile_int16(isa, left, keys, steps, &mut tile);
                    let logs = if with_logs { &store.value_logs[panel * PANEL..] } else { &zero_logs };
                    let keys = (&store.key_scales[panel * PANEL..], &store.key_sums[panel * PANEL..]);
                    rescale(isa, scores, padded, panel, &tile.0[..count], (unit, scales, zeros), keys, logs);
                }
            }
            (Store::Int8(store), Elements::Int8(elements)) => {
                let steps = width.div_ceil(QUAD);
                if reading == Reading::Once {
                    store.prefetch(seen);
                }
                let left = Left::new(&elements[first..], PANEL, count);
                let mut tile = Tile::<_, ROWS>::new();
                for (panel, keys) in panels.zip(store.keys.chunks_exact(steps * QUAD * PANEL)) {
                    reading.multiply(isa, left, keys, steps, &mut tile);
                    let logs = if with_logs { &store.value_logs[panel * PANEL..] } else { &zero_logs };
                    let keys = (&store.key_scales[panel * PANEL..], &store.key_sums[panel * PANEL..]);
                    rescale(isa, scores, padded, panel, &tile.0[..count], (unit, scales, zeros), keys, logs);
                }
            }
            _ => unreachable_store(),
        }
    }

    /// From the scores of `count` queries to their mixtures of values.
    fn mix_tile<const ROWS: usize>(
        &self,
        count: usize,
        seen: usize,
        reading: Reading,
        room: &mut Room,
        out: &mut Tile<f32, ROWS>,
    ) {
        let isa = self.isa;
        let padded = seen.next_multiple_of(PANEL);
        let Room { scores, bytes, shorts } = room;
        let rows = scores.chunks_exact_mut(padded).take(count);
        let mut sums = [0.0; ROWS];
        match &self.store {
            Store::F32 { values, .. } => {
                for (row, sum) in rows.zip(&mut sums) {
                    *sum = numerators(isa, row, seen);
                }
                kernels::tile_f32(isa, Left::new(scores, padded, count), values, seen, out);
                divide(isa, &mut out.0[..count], &sums);
            }
            Store::Int16(store) => {
                shorts.grow(ROWS * padded);
                for ((row, out), sum) in rows.zip(shorts.chunks_exact_mut(padded)).zip(&mut sums) {
                    *sum = numerators16(isa, row, seen, &store.value_inverses, out);
                }
                out.0[..count].iter_mut().for_each(|row| row.fill(0.0));
                let mut exact = Tile::<_, ROWS>::new();
                for first in (0..padded).step_by(INT16_BLOCK) {
                    let steps = INT16_BLOCK.min(padded - first) / PAIR;
                    let left = Left::new(&shorts[first..count * padded], padded, count);
                    kernels::tile_int16(isa, left, &store.values[first * PANEL..], steps, &mut exact);
                    add_exact(isa, &mut out.0[..count], &exact.0);
                }
                divide(isa, &mut out.0[..count], &sums);
            }
            Store::Int8(store) => {
                if reading == Reading::Once {
                    store.prefetch_values();
                }
                bytes.grow(ROWS * padded);
                for ((row, out), sum) in rows.zip(bytes.chunks_exact_mut(padded)).zip(&mut sums) {
                    *sum = numerators8(isa, row, seen, &store.value_inverses, out);
                }
                let mut exact = Tile::<_, ROWS>::new();
                let left = Left::new(&bytes[..count * padded], padded, count);
                reading.multiply(isa, left, &store.values, padded / QUAD, &mut exact);
                out.0[..count].iter_mut().for_each(|row| row.fill(0.0));
                add_exact(isa, &mut out.0[..count], &exact.0);
                divide(isa, &mut out.0[..count], &sums);
            }
        }
    }
}

/// How often a head's keys and values are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// By one tile of queries: they come from memory.
    Once,
    /// By one tile after the other: they are in a cache.
    Again,
}

impl Reading {
    /// For so many queries.
    fn of(queries: usize) -> Self {
        if queries <= TILE_ROWS { Self::Once } else { Self::Again }
    }

    fn multiply<const ROWS: usize>(
        self,
        isa: Isa,
        a: Left<'_, u8>,
        panel: &[i8],
        steps: usize,
        out: &mut Tile<i32, ROWS>,
    ) {
        match self {
            Self::Once => kernels::streamed_int8(isa, a, panel, steps, out),
            Self::Again => kernels::tile_int8(isa, a, panel, steps, out),
        }
    }
}

impl Queries {
    fn grain(&self) -> Grain {
        match self.elements {
            Elements::F32(_) => Grain::F32,
            Elements::Int16(_) => Grain::Int16,
            Elements::Int8(_) => Grain::Int8,
        }
    }
}

#[cold]
#[allow(clippy::panic, reason = "a defect of the caller that no input can cause")]
fn unreachable_store() -> ! {
    panic!("a head and queries of different grains");
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

/// From exact sums to scores: `(exact - zero · key's sum) · unit · scales + log`.
#[inline(always)]
#[allow(clippy::too_many_arguments, reason = "the parts of one formula")]
fn rescale_body<const FMA: bool>(
    scores: &mut [f32],
    stride: usize,
    panel: usize,
    tile: &[[i32; PANEL]],
    (unit, scales, zeros): (f32, &[f32], &[f32]),
    (key_scales, key_sums): (&[f32], &[f32]),
    logs: &[f32],
) {
    // Column by column, so that what goes with a key is read once for all queries.
    const LANES: usize = 16;
    for first in (0..PANEL).step_by(LANES) {
        let key_scales = &key_scales[first..][..LANES];
        let (key_sums, logs) = (&key_sums[first..][..LANES], &logs[first..][..LANES]);
        let rows = scores.chunks_exact_mut(stride).zip(tile).zip(scales.iter().zip(zeros));
        for ((scores, tile), (scale, zero)) in rows {
            let (unit, zero) = (unit * scale, -zero);
            let out = &mut scores[panel * PANEL + first..][..LANES];
            let tile = &tile[first..][..LANES];
            for i in 0..LANES {
                // Whole numbers below 2²⁴: exact with and without fused multiply-add.
                let sum = fma::<FMA>(zero, key_sums[i], tile[i] as f32);
                out[i] = fma::<FMA>(sum, unit * key_scales[i], logs[i]);
            }
        }
    }
}

#[inline(always)]
fn add_exact_body<const FMA: bool>(out: &mut [[f32; PANEL]], exact: &[[i32; PANEL]]) {
    for (out, exact) in out.iter_mut().zip(exact) {
        out.iter_mut().zip(exact).for_each(|(out, v)| *out += *v as f32);
    }
}

#[inline(always)]
fn divide_body<const FMA: bool>(rows: &mut [[f32; PANEL]], sums: &[f32]) {
    for (row, sum) in rows.iter_mut().zip(sums) {
        let inverse = 1.0 / sum;
        row.iter_mut().for_each(|v| *v *= inverse);
    }
}

dispatched! {
    fn scale_scores(scores: &mut [f32], stride: usize, panel: usize, tile: &[[f32; PANEL]], unit: f32) = scale_scores_body<FMA>
}
dispatched! {
    #[allow(clippy::too_many_arguments, reason = "the parts of one formula")]
    fn rescale(
        scores: &mut [f32],
        stride: usize,
        panel: usize,
        tile: &[[i32; PANEL]],
        queries: (f32, &[f32], &[f32]),
        keys: (&[f32], &[f32]),
        logs: &[f32]
    ) = rescale_body<FMA>
}
dispatched! { fn add_exact(out: &mut [[f32; PANEL]], exact: &[[i32; PANEL]]) = add_exact_body<FMA> }
dispatched! { fn divide(rows: &mut [[f32; PANEL]], sums: &[f32]) = divide_body<FMA> }
