//! Small launches with known results, each a step further into the design: for whoever brings up a device.
//!
//! They are programs as the encoder's are, of one block of 256 rows, and run on the same array.

use super::job::{Attention, Place, Product, Rows, Tokens};
use super::layout::{SPARE, Sizes, Weights};
use super::pieces::Recipe;
use super::{Program, ProgramError, build};
use crate::design::mode;
use crate::design::resident::Tiles;
use crate::design::tiles::{BLOCK_ROWS, SIDE, Tiled, bfloat16, value};
use crate::op::Buffer;
use crate::plan::{PlanError, Shape, WeightsError};
use crate::txn::{Device, Dialect};
use std::convert::Infallible;

/// Bytes of a bfloat16 and of a word.
const HALF: usize = 2;
const WORD: usize = 4;
/// Inputs and outputs of the product with a bias.
const PRODUCT: [usize; 2] = [512, 256];
/// How far results may be from the CPU's, relatively: a bfloat16 alone is within 0.002 (see `tile/tests.rs` for the
/// kernels' own bounds), and what is left out or swapped is beyond 0.1.
const ROUNDED: f64 = 0.005;
const SOFTMAX: f64 = 0.02;

/// A launch whose result is known.
#[derive(Clone, Debug)]
pub struct Trial {
    /// For people.
    pub name: &'static str,
    /// What is run. Its positions are rows, and its states what comes out.
    pub program: Program,
    /// `[rows, outputs]`, as the CPU computes it in f32 or better.
    pub expected: Vec<f32>,
    /// The relative L2 distance from it that is allowed; 0 is none.
    pub limit: f64,
    /// `[rows, inputs]`, bfloat16 all of them.
    x: Vec<f32>,
}

/// What all trials of a device have in common.
struct Draft {
    device: Device,
    tiles: Tiles,
    shape: Shape,
    sizes: Sizes,
    weights: Weights,
    input: Tiled,
    output: Tiled,
    x: Vec<f32>,
}

impl Trial {
    /// Names of all trials, in their order.
    pub const NAMES: [&'static str; 4] = ["passthrough", "element-wise", "product", "attention"];

    /// All trials of a device, the simplest first.
    ///
    /// # Errors
    /// [`ProgramError::Traffic`] for a device whose columns the design does not take.
    pub fn all(device: Device) -> Result<[Self; 4], ProgramError> {
        let wide = usize::from(device.columns) * SIDE;
        let [passthrough, element_wise, product, attention] = Self::NAMES;
        let unit = |mode, finish: fn(&mut [f32]), limit, name| {
            let draft = Draft::new(device, [wide; 2], 4.0);
            let mut expected = draft.x.clone();
            finish(&mut expected);
            draft.product(name, mode, diagonal(wide, 1.0), vec![0.0; wide], expected, limit)
        };
        Ok([
            unit(0, |_| (), 0.0, passthrough)?,
            unit(mode::GELU, hark_simd::gelu, ROUNDED, element_wise)?,
            with_bias(device, product)?,
            heads(device, attention)?,
        ])
    }

    /// Writes all weights.
    ///
    /// # Errors
    /// [`PlanError::Length`] if the buffer does not have the program's length.
    pub fn weights(&self, into: &mut [u8]) -> Result<(), PlanError> {
        let mut none = |_: &str| -> Result<Vec<f32>, Infallible> { Ok(Vec::new()) };
        self.program.weights(&mut none, into).map_err(|error| match error {
            WeightsError::Plan(error) => error,
            WeightsError::Tensor(never) => match never {},
        })
    }

    /// Writes what goes in.
    ///
    /// # Errors
    /// [`PlanError::Length`] if the buffer does not have the program's length.
    pub fn write_input(&self, into: &mut [u8]) -> Result<(), PlanError> {
        let (expected, given) = (self.program.input_len, into.len());
        if given != expected {
            return Err(PlanError::Length { what: "bytes for what goes in", expected, given });
        }
        let (values, _) = into.as_chunks_mut::<HALF>();
        let (generation, inputs) = (self.program.device.generation, self.x.len() / BLOCK_ROWS);
        for (i, x) in self.x.iter().enumerate() {
            let at = self.program.input.place(generation, i / inputs, i % inputs);
            values[at] = bfloat16(*x).to_le_bytes();
        }
        Ok(())
    }
}

/// One product with a bias.
fn with_bias(device: Device, name: &'static str) -> Result<Trial, ProgramError> {
    let [inputs, outputs] = PRODUCT;
    let draft = Draft::new(device, PRODUCT, 1.0);
    let (weights, bias) = (noise(7, inputs * outputs, 0.125), noise(11, outputs, 1.0));
    let expected = draft.x.chunks_exact(inputs).flat_map(|x| {
        let outputs = weights.chunks_exact(inputs).zip(&bias);
        outputs.map(|(w, bias)| (dot(x, w) + f64::from(*bias)) as f32)
    });
    let expected = expected.collect();
    draft.product(name, 0, weights, bias, expected, ROUNDED)
}

/// Attention of as many heads as there are columns, in which queries, keys and values are all what goes in.
fn heads(device: Device, name: &'static str) -> Result<Trial, ProgramError> {
    let wide = usize::from(device.columns) * SIDE;
    let mut draft = Draft::new(device, [wide; 2], 1.0);
    let columns = draft.sizes.columns;
    let queries = Tiled { buffer: Buffer::Scratch, offset: 0, rows: 1, columns };
    let kv = Tokens::new(queries.words(), columns, 1);
    // The kernels' exponentials are powers of two.
    let scale = value(bfloat16(std::f32::consts::LOG2_E / 8.0));
    let mut product = |name, mode, gain, place| {
        draft.job(name, mode, diagonal(wide, gain), vec![0.0; wide], place).job(&draft.tiles)
    };
    let halves = |second| Place::Halves { first: kv, second };
    let mut jobs = vec![
        product("query", 0, scale, Place::Tiles(queries)),
        product("key", mode::KEYS, 1.0, halves(false)),
        product("value", mode::VALUES, 1.0, halves(true)),
    ];
    let attention = Attention { queries, kv, out: draft.output, clips: 1, keys: BLOCK_ROWS as u32 };
    jobs.push(attention.job(&draft.tiles));
    let expected = softmax(&draft.x, wide, scale);
    draft.trial(name, &jobs, kv.span().end, expected, SOFTMAX)
}

impl Draft {
    fn new(device: Device, [inputs, outputs]: [usize; 2], most: f32) -> Self {
        let shape =
            Shape { mels: 0, positions: BLOCK_ROWS, state: outputs, heads: outputs / SIDE, layers: 0 };
        let sizes = Sizes::new(&shape, device.columns, 1);
        let of = |buffer, columns| Tiled { buffer, offset: 0, rows: 1, columns };
        Self {
            device,
            tiles: Tiles::new(&device),
            shape,
            sizes,
            weights: Weights::default(),
            input: of(Buffer::Input, (inputs / SIDE) as u32),
            output: of(Buffer::Output, sizes.padded(sizes.state)),
            x: noise(3, BLOCK_ROWS * inputs, most),
        }
    }

    /// A product of what goes in.
    fn job(
        &mut self,
        name: &'static str,
        mode: u32,
        weights: Vec<f32>,
        bias: Vec<f32>,
        place: Place,
    ) -> Product {
        let (x, state) = (Rows::of(&self.input, self.input.columns), self.sizes.state);
        let recipe = Recipe::Given { weights, bias };
        let weights = self.weights.product(&self.sizes, recipe, [self.input.columns, state], false);
        Product { name, mode, x, rows: 1, outs: self.sizes.outs(state), weights, residual: None, place }
    }

    /// That product alone, to where all comes out.
    fn product(
        mut self,
        name: &'static str,
        mode: u32,
        weights: Vec<f32>,
        bias: Vec<f32>,
        expected: Vec<f32>,
        limit: f64,
    ) -> Result<Trial, ProgramError> {
        let job = self.job(name, mode, weights, bias, Place::Tiles(self.output)).job(&self.tiles);
        self.trial(name, &[job], (SPARE / WORD) as u32, expected, limit)
    }

    fn trial(
        self,
        name: &'static str,
        jobs: &[super::job::Job],
        scratch: u32,
        expected: Vec<f32>,
        limit: f64,
    ) -> Result<Trial, ProgramError> {
        let Self { device, tiles, shape, weights, input, output, x, .. } = self;
        let words = [weights.words, input.words(), output.words(), scratch, (SPARE / WORD) as u32];
        let launch = build::launch(name.to_owned(), jobs, &tiles, device, words.to_vec());
        let error = |source| ProgramError::Traffic { launch: name.to_owned(), source };
        launch.traffic.check(&Dialect::OURS).map_err(error)?;
        let [weights_len, input_len, output_len, scratch_len, _] = words.map(|words| words as usize * WORD);
        let program = Program {
            shape,
            device,
            clips: 1,
            launches: vec![launch],
            weights_len,
            input_len,
            output_len,
            scratch_len,
            states: 0..0,
            input,
            output,
            pieces: weights.pieces,
        };
        Ok(Trial { name, program, expected, limit, x })
    }
}

/// `[side, side]`
fn diagonal(side: usize, gain: f32) -> Vec<f32> {
    let mut matrix = vec![0.0; side * side];
    matrix.iter_mut().step_by(side + 1).for_each(|v| *v = gain);
    matrix
}

/// Bfloat16 between -`most` and `most`, the same every time and none of them 0.
fn noise(seed: u32, count: usize, most: f32) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let number = ((state >> 16) as f32 + 0.5) / 32_768.0 - 1.0;
        value(bfloat16(number * most))
    };
    (0..count).map(|_| next()).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

/// Attention of rows of `wide` values to themselves, 64 to a head; scores are exponents of 2 when scaled.
fn softmax(x: &[f32], wide: usize, scale: f32) -> Vec<f32> {
    let mut out = vec![0.0; x.len()];
    for first in (0..wide).step_by(SIDE) {
        let rows: Vec<&[f32]> = x.chunks_exact(wide).map(|row| &row[first..first + SIDE]).collect();
        for (row, out) in rows.iter().zip(out.chunks_exact_mut(wide)) {
            let query: Vec<f32> = row.iter().map(|v| value(bfloat16(v * scale))).collect();
            let scores: Vec<f64> = rows.iter().map(|key| dot(&query, key)).collect();
            let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let shares: Vec<f64> = scores.iter().map(|score| (score - most).exp2()).collect();
            let all: f64 = shares.iter().sum();
            for (channel, out) in out[first..first + SIDE].iter_mut().enumerate() {
                let values = rows.iter().map(|row| f64::from(row[channel]));
                *out = (shares.iter().zip(values).map(|(share, v)| share * v).sum::<f64>() / all) as f32;
            }
        }
    }
    out
}
