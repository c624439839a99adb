//! Right-hand matrices packed once into the panels that the kernels stream, and products with them.

use crate::aligned::Aligned;
use crate::isa::{Isa, dispatched, fma};
use crate::kernels::{self, BLOCK_ROWS, Left, PAIR, PANEL, QUAD, TALL_ROWS, TILE_ROWS, Tile};
use crate::quantise::{Rows8, RowsBf16, nearest, symmetric8, to_bf16};
use crate::rows::{add_run, copy_run, fold16, gelu_body};
use crate::team::Team;
use std::ops::Range;

/// How the weights of a product are stored, and what they are multiplied with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// f32 by f32.
    F32,
    /// bf16, widened on the way, by f32.
    Bf16,
    /// bf16 by activations rounded to bf16, in dot products of pairs.
    Bf16Dot,
    /// 8-bit integers with a scale per output, by 8-bit activations with a scale and a zero point per
    /// row; sums are exact.
    Int8,
    /// As int8, with a second digit beside the panels: see [`Packed::refined`].
    Int8Fine,
}

/// A linear layer `y = W x + b`, packed in panels of 64 outputs.
pub struct Packed {
    isa: Isa,
    outputs: usize,
    inputs: usize,
    panels: Panels,
    /// Padded to whole panels, as all that is per output.
    bias: Vec<f32>,
}

enum Panels {
    /// `[inputs][64]` each.
    F32(Aligned<f32>),
    /// `[⌈inputs / 2⌉][64][2]` each.
    Bf16 { values: Aligned<u16>, dot: bool },
    /// `[⌈inputs / 4⌉][64][4]` each; a weight is `scale · value`, and `sums` are those of the values.
    /// `[outputs, inputs]` second digits, in units of a 254th, if there are any.
    Int8 { values: Aligned<i8>, scales: Vec<f32>, sums: Vec<i32>, second: Vec<i8> },
}

/// Left-hand rows in the form that a [`Packed`] multiplies.
#[derive(Clone, Copy)]
pub struct Operand<'a> {
    values: Values<'a>,
    width: usize,
    first: usize,
    rows: usize,
}

impl Operand<'_> {
    /// Rows in it.
    pub fn rows(self) -> usize {
        self.rows
    }

    /// Some of its rows.
    ///
    /// # Panics
    /// If it does not have them.
    pub fn slice(self, rows: Range<usize>) -> Self {
        assert!(rows.start <= rows.end && rows.end <= self.rows, "rows of an operand");
        Self { first: self.first + rows.start, rows: rows.len(), ..self }
    }
}

#[derive(Clone, Copy)]
enum Values<'a> {
    F32 { values: &'a [f32], stride: usize },
    Bf16(&'a RowsBf16),
    Int8(&'a Rows8),
}

/// Room for rows in a narrower form; kept from one product to the next.
#[derive(Default)]
pub struct Narrow {
    bf16: RowsBf16,
    int8: Rows8,
}

/// What happens to a product, bias added, on its way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// It is written.
    Store,
    /// Its GELU is written.
    Gelu,
    /// It is added to what is there.
    Add,
}

impl Packed {
    /// Packs a matrix of `outputs × inputs` on the threads of `team`. `fetch` is asked for rows, a panel
    /// of them at a time, in any order and from any thread, so that the whole never has to exist twice.
    ///
    /// # Errors
    /// What `fetch` returns; of several, any.
    ///
    /// # Panics
    /// If there are no inputs, or so many (more than 2¹⁶) that sums of int8 might leave 32 bits.
    pub fn pack<E: Send>(
        isa: Isa,
        team: &Team,
        format: Format,
        (outputs, inputs): (usize, usize),
        fetch: impl Fn(Range<usize>, &mut [f32]) -> Result<(), E> + Sync,
    ) -> Result<Self, E> {
        assert!(inputs > 0, "a matrix without inputs");
        let narrow = matches!(format, Format::Int8 | Format::Int8Fine);
        assert!(!narrow || inputs <= INT8_INPUTS, "too many inputs for sums in 32 bits");
        let count = outputs.div_ceil(PANEL);
        let mut scratch = Vec::new();
        scratch.resize_with(team.threads(), || Scratch::new(inputs));
        let failed = std::sync::Mutex::new(None);
        let load = |scratch: &mut Scratch, panel: usize| -> bool {
            let rows = panel * PANEL..(panel * PANEL + PANEL).min(outputs);
            scratch.rows[rows.len() * inputs..].fill(0.0);
            match fetch(rows.clone(), &mut scratch.rows[..rows.len() * inputs]) {
                Ok(()) => true,
                Err(error) => {
                    *failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(error);
                    false
                }
            }
        };
        let panels = match format {
            Format::F32 => {
                let mut values = Aligned::zeroed(count * PANEL * inputs);
                let chunks = values.chunks_exact_mut((PANEL * inputs).max(1)).enumerate();
                team.for_each_with(&mut scratch, chunks, |scratch, (panel, out)| {
                    if load(scratch, panel) {
                        interleave::<f32, 1>(out, &scratch.rows, inputs);
                    }
                });
                Panels::F32(values)
            }
            Format::Bf16 | Format::Bf16Dot => {
                let width = inputs.next_multiple_of(PAIR);
                let mut values = Aligned::zeroed(count * PANEL * width);
                let chunks = values.chunks_exact_mut((PANEL * width).max(1)).enumerate();
                team.for_each_with(&mut scratch, chunks, |scratch, (panel, out)| {
                    if load(scratch, panel) {
                        let halves = scratch.halves.chunks_exact_mut(width);
                        for (half, row) in halves.zip(scratch.rows.chunks_exact(inputs)) {
                            to_bf16(isa, &mut half[..inputs], row);
                        }
                        interleave::<u16, PAIR>(out, &scratch.halves, width);
                    }
                });
                Panels::Bf16 { values, dot: format == Format::Bf16Dot }
            }
            Format::Int8 | Format::Int8Fine => {
                let width = inputs.next_multiple_of(QUAD);
                let mut values = Aligned::zeroed(count * PANEL * width);
                let (mut scales, mut sums) = (vec![0.0; count * PANEL], vec![0; count * PANEL]);
                let fine = format == Format::Int8Fine;
                let mut second = vec![0; if fine { outputs * inputs } else { 0 }];
                let mut seconds = second.chunks_mut(PANEL * inputs);
                let chunks = values.chunks_exact_mut((PANEL * width).max(1));
                let per_output = scales.chunks_exact_mut(PANEL).zip(sums.chunks_exact_mut(PANEL));
                let chunks = chunks.zip(per_output).map(|chunk| (chunk, seconds.next().unwrap_or_default()));
                team.for_each_with(
                    &mut scratch,
                    chunks.enumerate(),
                    |scratch, (panel, ((out, (scales, sums)), second))| {
                        if load(scratch, panel) {
                            let bytes = scratch.bytes.chunks_exact_mut(width);
                            let rows = bytes.zip(scratch.rows.chunks_exact(inputs));
                            for (j, (bytes, row)) in rows.enumerate() {
                                scales[j] = symmetric8(isa, &mut bytes[..inputs], row);
                                sums[j] = bytes.iter().map(|v| i32::from(*v)).sum();
                                if let Some(second) = second.chunks_exact_mut(inputs).nth(j) {
                                    second_digits(isa, second, &bytes[..inputs], row, scales[j]);
                                }
                            }
                            interleave::<i8, QUAD>(out, &scratch.bytes, width);
                        }
                    },
                );
                Panels::Int8 { values, scales, sums, second }
            }
        };
        match failed.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
            Some(error) => Err(error),
            None => Ok(Self { isa, outputs, inputs, panels, bias: vec![0.0; count * PANEL] }),
        }
    }

    /// The same layer with a bias in place of none.
    ///
    /// # Panics
    /// If `bias` does not have a value per output.
    pub fn with_bias(mut self, bias: &[f32]) -> Self {
        assert_eq!(bias.len(), self.outputs, "a bias per output");
        self.bias[..bias.len()].copy_from_slice(bias);
        self
    }

    /// Values in a result's row.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Values in an operand's row.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Bytes that a product reads of the packed matrix.
    pub fn bytes(&self) -> usize {
        match &self.panels {
            Panels::F32(values) => size_of_val(&values[..]),
            Panels::Bf16 { values, .. } => size_of_val(&values[..]),
            Panels::Int8 { values, scales, .. } => values.len() + 8 * scales.len(),
        }
    }

    /// One element of a product with the second digits in it and `x` (a row of f32) as it is: what is
    /// right to 15 bits where the product itself is right to 7. `None` if there are no second digits.
    ///
    /// # Panics
    /// If there is no such output or `x` does not have a value per input.
    pub fn refined(&self, output: usize, x: &[f32]) -> Option<f32> {
        assert!(output < self.outputs && x.len() == self.inputs, "a row of the matrix");
        let Panels::Int8 { values, scales, second, .. } = &self.panels else { return None };
        let second = second.get(output * self.inputs..)?.get(..self.inputs)?;
        let width = self.inputs.next_multiple_of(QUAD);
        let panel = &values[output / PANEL * PANEL * width..][..PANEL * width];
        let sum = two_digits(self.isa, panel, output % PANEL, second, x);
        Some(sum * scales[output] + self.bias[output])
    }

    /// The weights of one output as f32: what the product works with, not what was packed.
    ///
    /// # Panics
    /// If there is no such output or `out` does not have a value per input.
    pub fn row(&self, output: usize, out: &mut [f32]) {
        assert!(output < self.outputs && out.len() == self.inputs, "a row of the matrix");
        let (panel, column) = (output / PANEL, output % PANEL);
        let at = |width: usize, group: usize, k: usize| {
            panel * PANEL * width + (k / group * PANEL + column) * group + k % group
        };
        for (k, out) in out.iter_mut().enumerate() {
            *out = match &self.panels {
                Panels::F32(values) => values[at(self.inputs, 1, k)],
                Panels::Bf16 { values, .. } => {
                    f32::from_bits(u32::from(values[at(self.inputs.next_multiple_of(PAIR), PAIR, k)]) << 16)
                }
                Panels::Int8 { values, scales, second, .. } => {
                    let width = self.inputs.next_multiple_of(QUAD);
                    let second = second.get(output * self.inputs + k).map_or(0.0, |v| f32::from(*v));
                    (f32::from(values[at(width, QUAD, k)]) + second * SECOND_UNIT) * scales[output]
                }
            };
        }
    }

    /// The rows of `x` (`[_, inputs]`) in the form that this matrix is multiplied with.
    pub fn operand<'a>(&self, x: &'a [f32], narrow: &'a mut Narrow) -> Operand<'a> {
        self.operand_strided(x, self.inputs, x.len() / self.inputs, narrow)
    }

    /// As [`Packed::operand`], of `rows` rows that begin `stride` apart and may overlap.
    ///
    /// # Panics
    /// If the last row ends outside `x`.
    pub fn operand_strided<'a>(
        &self,
        x: &'a [f32],
        stride: usize,
        rows: usize,
        narrow: &'a mut Narrow,
    ) -> Operand<'a> {
        let end = rows.saturating_sub(1).checked_mul(stride).and_then(|last| last.checked_add(self.inputs));
        assert!(rows == 0 || end.is_some_and(|end| end <= x.len()), "rows outside the slice");
        let strided = (0..rows).map(|row| &x[row * stride..][..self.inputs]);
        let values = match &self.panels {
            Panels::F32(_) | Panels::Bf16 { dot: false, .. } => Values::F32 { values: x, stride },
            Panels::Bf16 { dot: true, .. } => {
                narrow.bf16.fill(self.isa, strided, self.inputs);
                Values::Bf16(&narrow.bf16)
            }
            Panels::Int8 { .. } => {
                narrow.int8.fill(self.isa, strided, self.inputs);
                Values::Int8(&narrow.int8)
            }
        };
        Operand { values, width: self.inputs, first: 0, rows }
    }

    /// `out = x · Wᵀ + b`, finished; `out` is `[rows, outputs]`. Panels are shared among the team.
    ///
    /// # Panics
    /// If `out` has another size or the operand was made for another format or width.
    pub fn multiply(&self, team: &Team, x: Operand<'_>, out: &mut [f32], finish: Finish) {
        let out = Out::new(out, x.rows, self.outputs);
        let panels = self.outputs.div_ceil(PANEL);
        if x.rows * self.outputs * self.inputs < SERIAL {
            return self.multiply_panels(x, 0..panels, &out, finish);
        }
        // A task worth its while, and several of them for each thread.
        let at_once = (panels / (4 * team.threads())).clamp(1, 8);
        team.indices(panels.div_ceil(at_once), |task| {
            let first = task * at_once;
            self.multiply_panels(x, first..(first + at_once).min(panels), &out, finish);
        });
    }

    /// As [`Packed::multiply`], by the calling thread alone.
    ///
    /// # Panics
    /// As [`Packed::multiply`].
    pub fn multiply_here(&self, x: Operand<'_>, out: &mut [f32], finish: Finish) {
        let out = Out::new(out, x.rows, self.outputs);
        self.multiply_panels(x, 0..self.outputs.div_ceil(PANEL), &out, finish);
    }

    fn multiply_panels(&self, x: Operand<'_>, panels: Range<usize>, out: &Out<'_>, finish: Finish) {
        assert_eq!(x.width, self.inputs, "an operand of the matrix's width");
        match self.panels {
            Panels::Int8 { .. } if x.rows <= TALL_ROWS => {
                self.multiply_tiles::<TALL_ROWS>(x, 1, panels, out, finish);
            }
            Panels::Int8 { .. } if kernels::takes_blocks(self.isa, self.inputs.div_ceil(QUAD)) => {
                self.multiply_tiles::<BLOCK_ROWS>(x, x.rows.div_ceil(BLOCK_ROWS), panels, out, finish);
                kernels::release_blocks();
            }
            _ => self.multiply_tiles::<TILE_ROWS>(x, x.rows.div_ceil(TILE_ROWS), panels, out, finish),
        }
    }

    /// The rows in `count` tiles of even heights, which are at most `ROWS`.
    fn multiply_tiles<const ROWS: usize>(
        &self,
        x: Operand<'_>,
        count: usize,
        panels: Range<usize>,
        out: &Out<'_>,
        finish: Finish,
    ) {
        let (mut exact, mut result) = (Tile::<_, ROWS>::new(), Tile::<_, ROWS>::new());
        for panel in panels {
            for rows in tiles(x.rows, count) {
                let taken = x.first + rows.start..x.first + rows.end;
                self.tile(x, panel, taken, &mut exact, &mut result);
                if finish == Finish::Gelu {
                    gelu_tile(self.isa, &mut result.0[..rows.len()]);
                }
                let columns = PANEL.min(self.outputs - panel * PANEL);
                for (values, row) in result.0.iter().zip(rows) {
                    // SAFETY: tasks have panels of their own, so no other thread has these columns,
                    // and this thread lets go of each row before it takes the next.
                    let out = unsafe { out.columns(row, panel * PANEL, columns) };
                    match finish {
                        Finish::Add => add_run(self.isa, out, &values[..columns]),
                        Finish::Store | Finish::Gelu => copy_run(self.isa, out, &values[..columns]),
                    }
                }
            }
        }
    }

    /// Some rows by one panel, bias added; `exact` is room for sums of integers.
    fn tile<const ROWS: usize>(
        &self,
        x: Operand<'_>,
        panel: usize,
        rows: Range<usize>,
        exact: &mut Tile<i32, ROWS>,
        out: &mut Tile<f32, ROWS>,
    ) {
        let (isa, count, few) = (self.isa, rows.len(), x.rows <= TALL_ROWS);
        let at = panel * PANEL;
        let bias = &self.bias[at..][..PANEL];
        let widened = self.inputs.next_multiple_of(PAIR) * PANEL;
        match (&self.panels, x.values) {
            (Panels::F32(weights), Values::F32 { values, stride }) => {
                let left = Left::new(&values[rows.start * stride..], stride, count);
                kernels::tile_f32(isa, left, &weights[at * self.inputs..], self.inputs, out);
                add_bias(isa, &mut out.0[..count], bias);
            }
            (Panels::Bf16 { values: weights, dot: false }, Values::F32 { values, stride }) => {
                let left = Left::new(&values[rows.start * stride..], stride, count);
                kernels::tile_widened(isa, left, &weights[panel * widened..], self.inputs, out);
                add_bias(isa, &mut out.0[..count], bias);
            }
            (Panels::Bf16 { values: weights, dot: true }, Values::Bf16(x)) => {
                let left = Left::new(&x.values[rows.start * x.stride..], x.stride, count);
                kernels::tile_bf16(isa, left, &weights[panel * widened..], x.stride / PAIR, out);
                add_bias(isa, &mut out.0[..count], bias);
            }
            (Panels::Int8 { values: weights, scales, sums, .. }, Values::Int8(x)) => {
                let left = Left::new(&x.values[rows.start * x.stride..], x.stride, count);
                let width = self.inputs.next_multiple_of(QUAD);
                // So few rows take each panel once, and from memory.
                let multiply = if few { kernels::streamed_int8 } else { kernels::tile_int8 };
                multiply(isa, left, &weights[at * width..], width / QUAD, exact);
                let (row_scales, zeros) = (&x.scales[rows.clone()], &x.zeros[rows]);
                let (scales, sums) = (&scales[at..][..PANEL], &sums[at..][..PANEL]);
                rescale(isa, &mut out.0[..count], &exact.0, row_scales, zeros, scales, sums, bias);
            }
            _ => unreachable_operand(),
        }
    }
}

/// Below this many products a stage is not worth other threads.
const SERIAL: usize = 1 << 15;

/// Products of a u8 and an i8 of ±127 of which a sum in 32 bits is sure to hold so many.
const INT8_INPUTS: usize = 1 << 16;

/// Rows in `count` tiles of even heights.
fn tiles(rows: usize, count: usize) -> impl Iterator<Item = Range<usize>> {
    (0..count).map(move |i| i * rows / count..(i + 1) * rows / count).filter(|rows| !rows.is_empty())
}

#[cold]
#[allow(clippy::panic, reason = "a defect of the caller that no input can cause")]
fn unreachable_operand() -> ! {
    panic!("an operand made for another format");
}

/// Rows and their narrower form while a panel is packed.
struct Scratch {
    rows: Vec<f32>,
    halves: Vec<u16>,
    bytes: Vec<i8>,
}

impl Scratch {
    fn new(inputs: usize) -> Self {
        let padded = PANEL * inputs.next_multiple_of(QUAD);
        Self { rows: vec![0.0; PANEL * inputs], halves: vec![0; padded], bytes: vec![0; padded] }
    }
}

/// From 64 rows of `width` to `[width / GROUP][64][GROUP]`.
fn interleave<T: Copy, const GROUP: usize>(out: &mut [T], rows: &[T], width: usize) {
    let steps = out.as_chunks_mut::<GROUP>().0;
    for (j, row) in rows[..PANEL * width].chunks_exact(width).enumerate() {
        for (step, group) in row.as_chunks::<GROUP>().0.iter().enumerate() {
            steps[step * PANEL + j] = *group;
        }
    }
}

/// What a second digit counts.
const SECOND_UNIT: f32 = 1.0 / 254.0;

#[inline(always)]
fn second_digits_body<const FMA: bool>(out: &mut [i8], first: &[i8], row: &[f32], scale: f32) {
    let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
    for ((out, first), v) in out.iter_mut().zip(first).zip(row) {
        let rest = fma::<FMA>(*v, inverse, -f32::from(*first));
        *out = nearest((rest / SECOND_UNIT).clamp(-127.0, 127.0)) as i8;
    }
}

#[inline(always)]
fn two_digits_body<const FMA: bool>(panel: &[i8], column: usize, second: &[i8], x: &[f32]) -> f32 {
    const LANES: usize = 16;
    let mut lanes = [0.0f32; LANES];
    let quads = panel.as_chunks::<QUAD>().0;
    for (block, (x, second)) in x.chunks(LANES).zip(second.chunks(LANES)).enumerate() {
        let mut first = [0i8; LANES];
        for (i, out) in first.as_chunks_mut::<QUAD>().0.iter_mut().enumerate() {
            if let Some(quad) = quads.get((block * (LANES / QUAD) + i) * PANEL + column) {
                *out = *quad;
            }
        }
        for (((lane, first), second), x) in lanes.iter_mut().zip(first).zip(second).zip(x) {
            let weight = fma::<FMA>(f32::from(*second), SECOND_UNIT, f32::from(first));
            *lane = fma::<FMA>(weight, *x, *lane);
        }
    }
    fold16(lanes, |a, b| a + b)
}

dispatched! {
    fn second_digits(out: &mut [i8], first: &[i8], row: &[f32], scale: f32) = second_digits_body<FMA>
}
dispatched! {
    fn two_digits(panel: &[i8], column: usize, second: &[i8], x: &[f32]) -> f32 = two_digits_body<FMA>
}

/// A result's memory, of which tasks take disjoint pieces.
struct Out<'a> {
    start: *mut f32,
    rows: usize,
    width: usize,
    values: std::marker::PhantomData<&'a mut [f32]>,
}

// SAFETY: it stands for an exclusive borrow of plain numbers; who takes pieces of it promises that they
// are disjoint.
unsafe impl Sync for Out<'_> {}

impl<'a> Out<'a> {
    fn new(out: &'a mut [f32], rows: usize, width: usize) -> Self {
        assert_eq!(Some(out.len()), rows.checked_mul(width), "a result of rows × outputs");
        Self { start: out.as_mut_ptr(), rows, width, values: std::marker::PhantomData }
    }

    /// # Safety
    /// Nobody else has any of these columns of this row while the slice lives.
    #[allow(clippy::mut_from_ref, reason = "the exclusive borrow is divided among tasks")]
    unsafe fn columns(&self, row: usize, first: usize, count: usize) -> &mut [f32] {
        assert!(row < self.rows && first + count <= self.width);
        // SAFETY: inside the borrowed slice, and exclusive by the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(row * self.width + first), count) }
    }
}

#[inline(always)]
fn gelu_tile_body<const FMA: bool>(rows: &mut [[f32; PANEL]]) {
    rows.iter_mut().for_each(|row| gelu_body::<FMA>(row));
}

#[inline(always)]
fn add_bias_body<const FMA: bool>(rows: &mut [[f32; PANEL]], bias: &[f32]) {
    for row in rows {
        row.iter_mut().zip(bias).for_each(|(v, b)| *v += b);
    }
}

#[inline(always)]
#[allow(clippy::too_many_arguments, reason = "the parts of one formula")]
fn rescale_body<const FMA: bool>(
    out: &mut [[f32; PANEL]],
    exact: &[[i32; PANEL]],
    row_scales: &[f32],
    zeros: &[i32],
    scales: &[f32],
    sums: &[i32],
    bias: &[f32],
) {
    let rows = out.iter_mut().zip(exact).zip(row_scales.iter().zip(zeros));
    for ((out, exact), (row_scale, zero)) in rows {
        let columns = out.iter_mut().zip(exact).zip(scales).zip(sums).zip(bias);
        for ((((out, exact), scale), sum), bias) in columns {
            *out = fma::<FMA>((exact - zero * sum) as f32, row_scale * scale, *bias);
        }
    }
}

dispatched! { fn gelu_tile(rows: &mut [[f32; PANEL]]) = gelu_tile_body<FMA> }
dispatched! { fn add_bias(rows: &mut [[f32; PANEL]], bias: &[f32]) = add_bias_body<FMA> }
dispatched! {
    #[allow(clippy::too_many_arguments, reason = "the parts of one formula")]
    fn rescale(
        out: &mut [[f32; PANEL]],
        exact: &[[i32; PANEL]],
        row_scales: &[f32],
        zeros: &[i32],
        scales: &[f32],
        sums: &[i32],
        bias: &[f32]
    ) = rescale_body<FMA>
}
