//! Queries, keys and values of one head, in the layout that the kernels stream.

use super::{Grain, HeadRows};
use crate::aligned::{Aligned, Plain};
use crate::isa::{Isa, dispatched};
use crate::kernels::{PAIR, PANEL, QUAD, prefetch};
use crate::quantise::{quantise_row, symmetric, symmetric16};
use crate::rows::{fold, greater};
use std::ops::Range;

/// Largest magnitudes of 16-bit operands: 64 products of a query and a key, and as many of a numerator
/// and a value as are added before the sum goes on in f32, stay below 2³¹.
const QUERY_16: f32 = 4095.0;
const VALUE_16: f32 = 1023.0;
/// Scales of values are at least this: their logarithms are finite.
const LEAST_SCALE: f32 = 1e-20;

/// Keys and values, padded to whole panels of 64 positions.
#[derive(Clone)]
pub(super) enum Store {
    /// Keys `[panels][width][64]`, values `[positions][64]`.
    F32 { keys: Aligned<f32>, values: Aligned<f32> },
    /// In pairs.
    Int16(Integers<i16>),
    /// In quads.
    Int8(Integers<i8>),
}

/// Keys `[panels][⌈width / group⌉][64][group]`, values `[panels][64 / group][64][group]`, and what goes
/// with each position. The positions of a panel of values lie so that the first of each group come one
/// after the other, then the second ones: numerators are put together that way without shuffling.
#[derive(Clone)]
pub(super) struct Integers<T> {
    pub keys: Aligned<T>,
    pub values: Aligned<T>,
    pub key_scales: Vec<f32>,
    /// Sums of each key's integers.
    pub key_sums: Vec<f32>,
    /// log₂ of the values' scales, and their inverses.
    pub value_logs: Vec<f32>,
    pub value_inverses: Vec<f32>,
}

impl<T: Plain> Integers<T> {
    fn new() -> Self {
        Self {
            keys: Aligned::default(),
            values: Aligned::default(),
            key_scales: Vec::new(),
            key_sums: Vec::new(),
            value_logs: Vec::new(),
            value_inverses: Vec::new(),
        }
    }

    fn reserve(&mut self, padded: usize, key: usize) {
        self.keys.grow(padded * key);
        self.values.grow(padded * PANEL);
        for per_position in
            [&mut self.key_scales, &mut self.key_sums, &mut self.value_logs, &mut self.value_inverses]
        {
            per_position.resize(padded.max(per_position.len()), 0.0);
        }
    }

    /// Asks for what goes with the positions, which is too little for the CPU to see it coming.
    pub(super) fn prefetch(&self, positions: usize) {
        for per_position in [&self.key_scales, &self.key_sums, &self.value_logs, &self.value_inverses] {
            prefetch(&per_position[..positions]);
        }
    }

    /// Asks for the first values: the kernels ask for what comes behind those.
    pub(super) fn prefetch_values(&self) {
        const FIRST: usize = 1 << 14;
        prefetch(&self.values[..FIRST.min(self.values.len())]);
    }

    fn parts(&mut self, positions: usize, key: usize) -> impl Iterator<Item = IntegersPart<'_, T>> {
        let keys = self.keys.chunks_mut(positions * key);
        let values = self.values.chunks_mut(positions * PANEL);
        let scales = self.key_scales.chunks_mut(positions).zip(self.key_sums.chunks_mut(positions));
        let logs = self.value_logs.chunks_mut(positions).zip(self.value_inverses.chunks_mut(positions));
        keys.zip(values).zip(scales.zip(logs)).map(|((keys, values), (key, value))| IntegersPart {
            keys,
            values,
            key_scales: key.0,
            key_sums: key.1,
            value_logs: value.0,
            value_inverses: value.1,
        })
    }
}

impl Store {
    pub(super) fn new(grain: Grain) -> Self {
        match grain {
            Grain::F32 => Self::F32 { keys: Aligned::default(), values: Aligned::default() },
            Grain::Int16 => Self::Int16(Integers::new()),
            Grain::Int8 => Self::Int8(Integers::new()),
        }
    }

    /// Makes room for so many positions.
    pub(super) fn reserve(&mut self, positions: usize, width: usize) {
        let padded = positions.next_multiple_of(PANEL);
        match self {
            Self::F32 { keys, values } => {
                keys.grow(padded * width);
                values.grow(padded * PANEL);
            }
            Self::Int16(store) => store.reserve(padded, width.next_multiple_of(PAIR)),
            Self::Int8(store) => store.reserve(padded, width.next_multiple_of(QUAD)),
        }
    }

    /// Its room in parts of so many positions, whole panels, from the first on.
    pub(super) fn parts(&mut self, at_once: usize, width: usize) -> Vec<StorePart<'_>> {
        match self {
            Self::F32 { keys, values } => {
                let parts = keys.chunks_mut(at_once * width).zip(values.chunks_mut(at_once * PANEL));
                parts.map(|(keys, values)| StorePart::F32 { keys, values }).collect()
            }
            Self::Int16(store) => {
                store.parts(at_once, width.next_multiple_of(PAIR)).map(StorePart::Int16).collect()
            }
            Self::Int8(store) => {
                store.parts(at_once, width.next_multiple_of(QUAD)).map(StorePart::Int8).collect()
            }
        }
    }
}

/// Some panels of a head's keys and values, of which other threads have others.
pub(super) enum StorePart<'a> {
    F32 { keys: &'a mut [f32], values: &'a mut [f32] },
    Int16(IntegersPart<'a, i16>),
    Int8(IntegersPart<'a, i8>),
}

pub(super) struct IntegersPart<'a, T> {
    keys: &'a mut [T],
    values: &'a mut [T],
    key_scales: &'a mut [f32],
    key_sums: &'a mut [f32],
    value_logs: &'a mut [f32],
    value_inverses: &'a mut [f32],
}

impl StorePart<'_> {
    /// Packs the first `count` rows.
    pub(super) fn fill(
        &mut self,
        isa: Isa,
        keys: HeadRows<'_>,
        values: HeadRows<'_>,
        count: usize,
        width: usize,
    ) {
        match self {
            Self::F32 { keys: k, values: v } => {
                for position in 0..count {
                    put_key(k, position, keys.row(position, width));
                    v[position * PANEL..][..width].copy_from_slice(values.row(position, width));
                }
            }
            Self::Int16(part) => fill16(isa, part, keys, values, count, width),
            Self::Int8(part) => fill8(isa, part, keys, values, count, width),
        }
    }
}

/// A key's column in its panel.
pub(super) fn put_key(keys: &mut [f32], position: usize, key: &[f32]) {
    let panel = &mut keys[position / PANEL * PANEL * key.len()..][..PANEL * key.len()];
    for (step, value) in panel.chunks_exact_mut(PANEL).zip(key) {
        step[position % PANEL] = *value;
    }
}

/// A row, padded with zeros.
#[inline(always)]
fn padded(row: &[f32]) -> [f32; PANEL] {
    match row.try_into() {
        Ok(row) => row,
        Err(_) => {
            let mut padded = [0.0; PANEL];
            padded[..row.len()].copy_from_slice(row);
            padded
        }
    }
}

#[inline(always)]
fn fill_body<T: Copy + Default, const GROUP: usize>(
    part: &mut IntegersPart<'_, T>,
    (keys, values): (HeadRows<'_>, HeadRows<'_>),
    count: usize,
    width: usize,
    (key_limit, value_limit): (f32, f32),
    narrow: impl Fn(i32) -> T,
) {
    let (steps, words) = (width.div_ceil(GROUP), PANEL / GROUP);
    let panels = part.keys.as_chunks_mut::<GROUP>().0.chunks_exact_mut(PANEL * steps);
    for (panel, first) in panels.zip((0..count).step_by(PANEL)) {
        for column in 0..PANEL.min(count - first) {
            let (key, scale) = symmetric(&padded(keys.row(first + column, width)), key_limit);
            part.key_scales[first + column] = scale;
            part.key_sums[first + column] = fold(key, |a, b| a + b) as f32;
            let groups = key.as_chunks::<GROUP>().0;
            for (step, group) in panel.chunks_exact_mut(PANEL).zip(groups) {
                step[column] = group.map(&narrow);
            }
        }
    }
    let panels = part.values.as_chunks_mut::<GROUP>().0.chunks_exact_mut(PANEL * words);
    for (panel, first) in panels.zip((0..count).step_by(PANEL)) {
        for (word, out) in panel.chunks_exact_mut(PANEL).enumerate() {
            // Positions beyond the end become zero.
            let mut rows = [[0i32; PANEL]; GROUP];
            for (member, row) in rows.iter_mut().enumerate() {
                let at = first + member * words + word;
                if at < count {
                    let scale;
                    (*row, scale) = symmetric(&padded(values.row(at, width)), value_limit);
                    let scale = greater(scale, LEAST_SCALE);
                    (part.value_logs[at], part.value_inverses[at]) = (scale.log2(), 1.0 / scale);
                }
            }
            for (channel, out) in out.iter_mut().enumerate() {
                *out = std::array::from_fn(|i| narrow(rows[i][channel]));
            }
        }
    }
}

#[inline(always)]
fn fill16_body(
    part: &mut IntegersPart<'_, i16>,
    keys: HeadRows<'_>,
    values: HeadRows<'_>,
    count: usize,
    width: usize,
) {
    fill_body::<i16, PAIR>(part, (keys, values), count, width, (QUERY_16, VALUE_16), |q| q as i16);
}

#[inline(always)]
fn fill8_body(
    part: &mut IntegersPart<'_, i8>,
    keys: HeadRows<'_>,
    values: HeadRows<'_>,
    count: usize,
    width: usize,
) {
    fill_body::<i8, QUAD>(part, (keys, values), count, width, (127.0, 127.0), |q| q as i8);
}

dispatched! {
    fn fill16(
        part: &mut IntegersPart<'_, i16>,
        keys: HeadRows<'_>,
        values: HeadRows<'_>,
        count: usize,
        width: usize
    ) = fill16_body
}
dispatched! {
    fn fill8(
        part: &mut IntegersPart<'_, i8>,
        keys: HeadRows<'_>,
        values: HeadRows<'_>,
        count: usize,
        width: usize
    ) = fill8_body
}

/// Queries of one head, each padded to 64 elements, with a scale and a zero point.
pub struct Queries {
    isa: Isa,
    width: usize,
    pub(super) elements: Elements,
    pub(super) scales: Vec<f32>,
    pub(super) zeros: Vec<f32>,
}

pub(super) enum Elements {
    F32(Aligned<f32>),
    Int16(Aligned<i16>),
    Int8(Aligned<u8>),
}

impl Queries {
    /// None yet.
    pub fn new(isa: Isa, grain: Grain, width: usize) -> Self {
        let elements = match grain {
            Grain::F32 => Elements::F32(Aligned::default()),
            Grain::Int16 => Elements::Int16(Aligned::default()),
            Grain::Int8 => Elements::Int8(Aligned::default()),
        };
        Self { isa, width, elements, scales: Vec::new(), zeros: Vec::new() }
    }

    /// Makes room for so many, and gives it in parts of `at_once`.
    pub fn parts(&mut self, rows: usize, at_once: usize) -> Vec<QueriesPart<'_>> {
        self.reserve(rows);
        let (isa, width) = (self.isa, self.width);
        let scales = self.scales.chunks_mut(at_once).zip(self.zeros.chunks_mut(at_once));
        let part = move |(elements, (scales, zeros))| QueriesPart { isa, width, elements, scales, zeros };
        let at_once = at_once * PANEL;
        match &mut self.elements {
            Elements::F32(values) => {
                values.chunks_mut(at_once).map(ElementsPart::F32).zip(scales).map(part).collect()
            }
            Elements::Int16(values) => {
                values.chunks_mut(at_once).map(ElementsPart::Int16).zip(scales).map(part).collect()
            }
            Elements::Int8(values) => {
                values.chunks_mut(at_once).map(ElementsPart::Int8).zip(scales).map(part).collect()
            }
        }
    }

    /// Takes `count` queries in place of what was there.
    pub(super) fn fill(&mut self, queries: HeadRows<'_>, count: usize) {
        self.reserve(count);
        let elements = match &mut self.elements {
            Elements::F32(values) => ElementsPart::F32(values),
            Elements::Int16(values) => ElementsPart::Int16(values),
            Elements::Int8(values) => ElementsPart::Int8(values),
        };
        let Self { isa, width, scales, zeros, .. } = self;
        QueriesPart { isa: *isa, width: *width, elements, scales, zeros }.fill(queries, count);
    }

    fn reserve(&mut self, rows: usize) {
        self.scales.resize(rows.max(self.scales.len()), 1.0);
        self.zeros.resize(rows.max(self.zeros.len()), 0.0);
        match &mut self.elements {
            Elements::F32(values) => values.grow(rows * PANEL),
            Elements::Int16(values) => values.grow(rows * PANEL),
            Elements::Int8(values) => values.grow(rows * PANEL),
        }
    }

    /// Whether it holds these rows for a head of this width.
    pub(super) fn holds(&self, rows: &Range<usize>, width: usize) -> bool {
        rows.start <= rows.end && rows.end <= self.scales.len() && self.width == width
    }
}

/// Some of a head's queries, of which other threads have others.
pub struct QueriesPart<'a> {
    isa: Isa,
    width: usize,
    elements: ElementsPart<'a>,
    scales: &'a mut [f32],
    zeros: &'a mut [f32],
}

enum ElementsPart<'a> {
    F32(&'a mut [f32]),
    Int16(&'a mut [i16]),
    Int8(&'a mut [u8]),
}

impl QueriesPart<'_> {
    /// Takes the first `count` rows.
    ///
    /// # Panics
    /// If there are fewer, or the part has no room for them.
    pub fn fill(&mut self, queries: HeadRows<'_>, count: usize) {
        let (isa, width) = (self.isa, self.width);
        for row in 0..count {
            let query = queries.row(row, width);
            let at = row * PANEL..row * PANEL + width;
            match &mut self.elements {
                ElementsPart::F32(values) => values[at].copy_from_slice(query),
                ElementsPart::Int16(values) => {
                    self.scales[row] = symmetric16(isa, &mut values[at], query, QUERY_16);
                }
                ElementsPart::Int8(values) => {
                    let (scale, zero) = quantise_row(isa, &mut values[at], query);
                    (self.scales[row], self.zeros[row]) = (scale, zero as f32);
                }
            }
        }
    }
}
