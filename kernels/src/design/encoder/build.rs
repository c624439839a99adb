//! The encoder's operations: the stem, one launch per layer, the last LayerNorm.

use super::job::{Attention, Job, Place, Product, Rows};
use super::layout::{Activations, Sizes, Weights};
use super::pieces::Recipe;
use super::{Launch, Operation, Program, schedule};
use crate::design::mode;
use crate::design::resident::{Tiles, control};
use crate::design::tiles::{OBJECT, Tiled};
use crate::plan::{Shape, TAPS};
use crate::txn::{Device, Dim, Traffic};

const NORMALISED: u32 = mode::STATISTICS | mode::NORMALISE;
const WORD: usize = 4;

struct Builder<'a> {
    shape: &'a Shape,
    sizes: Sizes,
    tiles: Tiles,
    clips: u32,
    places: Activations,
    weights: Weights,
}

/// The program of a shape that was checked.
pub(super) fn encoder(shape: &Shape, device: Device, clips: usize) -> Program {
    let sizes = Sizes::new(shape, device.columns, clips);
    let (tiles, places) = (Tiles::new(&device), Activations::new(&sizes));
    let (clips, weights) = (clips as u32, Weights::default());
    let mut builder = Builder { shape, sizes, tiles, clips, places, weights };
    let mut launches = vec![("stem".to_owned(), builder.stem())];
    launches.extend((0..shape.layers).map(|layer| (format!("block.{layer}"), builder.block(layer))));
    launches.push(("ln_post".into(), builder.ln_post()));
    let Builder { places, weights, .. } = builder;
    let words = [weights.words, places.input.words(), places.output.words(), places.scratch];
    let arguments = [&words[..], &[(super::layout::SPARE / WORD) as u32]].concat();
    let launches =
        launches.into_iter().map(|(name, jobs)| launch(name, &jobs, &tiles, device, arguments.clone()));
    let [weights_len, input_len, output_len, scratch_len] = words.map(|words| words as usize * WORD);
    let states = &places.states[0];
    let states = [states.offset, states.offset + states.words()].map(|word| word as usize * WORD);
    Program {
        shape: *shape,
        device,
        clips: clips as usize,
        launches: launches.collect(),
        weights_len,
        input_len,
        output_len,
        scratch_len,
        states: states[0]..states[1],
        input: places.input,
        output: places.output,
        pieces: weights.pieces,
    }
}

/// A launch that does all jobs in their order, with buffers of so many words.
pub(super) fn launch(
    name: String,
    jobs: &[Job],
    tiles: &Tiles,
    device: Device,
    arguments: Vec<u32>,
) -> Launch {
    let (steps, ranges) = schedule::steps(jobs, tiles, control(&device));
    let operations = jobs.iter().zip(ranges).map(|(job, steps)| {
        let Job { name, command, .. } = *job;
        Operation { name, command, steps }
    });
    let operations = operations.collect();
    Launch { name, operations, traffic: Traffic { device, arguments, steps } }
}

impl Builder<'_> {
    /// A product from `x`, of so many tiles, to a matrix or to keys or values of so many.
    fn product(
        &mut self,
        name: &'static str,
        mode: u32,
        x: Rows,
        to: (u32, Place),
        recipe: Recipe,
    ) -> Product {
        let depth = x.along[0].size * x.along[1].size;
        let weights = self.weights.product(&self.sizes, recipe, [depth, to.0], false);
        let (rows, outs) = (self.sizes.rows, self.sizes.outs(to.0));
        Product { name, mode, x, rows, outs, weights, residual: None, place: to.1 }
    }

    /// The same with something added.
    fn with_residual(
        &mut self,
        name: &'static str,
        x: Rows,
        out: Tiled,
        residual: Tiled,
        recipe: Recipe,
    ) -> Product {
        let (depth, tiles) = (x.along[0].size * x.along[1].size, self.sizes.state);
        let weights = self.weights.product(&self.sizes, recipe, [depth, tiles], true);
        let (rows, outs) = (self.sizes.rows, self.sizes.outs(tiles));
        let (residual, place) = (Some(residual), Place::Tiles(out));
        Product { name, mode: 0, x, rows, outs, weights, residual, place }
    }

    /// Two convolutions with GELU, the second halving the frames, and the positions. No stride is needed, because the
    /// first is done for each of the three frames that the second sees.
    fn stem(&mut self) -> Vec<Job> {
        let Activations { input, frames, states, .. } = self.places;
        let Sizes { rows, mels, state, .. } = self.sizes;
        let wide = self.sizes.padded(state);
        let sets = Place::Sets { all: frames, rows, columns: wide };
        let recipe = Recipe::FirstConvolution { name: "encoder.conv1".into() };
        let mut conv1 = self.product("conv1", mode::GELU, Rows::of(&input, mels), (state, sets), recipe);
        conv1.rows = TAPS as u32 * rows;
        let table = self.weights.table(&self.sizes, "encoder.positional_embedding");
        let taps = Dim { size: TAPS as u32, stride: wide * OBJECT };
        let x = Rows { along: [Dim { size: state, stride: OBJECT }, taps], ..Rows::of(&frames, state) };
        let recipe = Recipe::SecondConvolution { name: "encoder.conv2".into() };
        let mut conv2 = self.with_residual("conv2", x, states[0], table, recipe);
        conv2.mode = mode::GELU;
        vec![conv1.job(&self.tiles), conv2.job(&self.tiles)]
    }

    /// States go from the first place to the second with attention, and back with the MLP.
    fn block(&mut self, layer: usize) -> Vec<Job> {
        let name = format!("encoder.blocks.{layer}");
        let Activations { states: [states, attended], queries, kv, heads, hidden, .. } = self.places;
        let Sizes { state, hidden: wide, .. } = self.sizes;
        let x = Rows::of(&states, state);
        let projection = |part: &str, scale| Recipe::Linear {
            name: format!("{name}.attn.{part}"),
            norm: Some(format!("{name}.attn_ln")),
            is_biased: part != "key",
            scale,
        };
        let linear = |part: &str, norm: Option<&str>| Recipe::Linear {
            name: format!("{name}.{part}"),
            norm: norm.map(|norm| format!("{name}.{norm}")),
            is_biased: true,
            scale: 1.0,
        };
        // The kernels' exponentials are powers of two.
        let scale = std::f32::consts::LOG2_E / 8.0;
        let to = Place::Tiles(queries);
        let query = self.product("query", NORMALISED, x, (state, to), projection("query", scale));
        let halves = |second| Place::Halves { first: kv, second };
        let to = (state, halves(false));
        let key = self.product("key", NORMALISED | mode::KEYS, x, to, projection("key", 1.0));
        let to = (state, halves(true));
        let values = self.product("value", NORMALISED | mode::VALUES, x, to, projection("value", 1.0));
        let (clips, keys) = (self.clips, self.shape.positions as u32);
        let attention = Attention { queries, kv, out: heads, clips, keys };
        let x = Rows::of(&heads, state);
        let out = self.with_residual("out", x, attended, states, linear("attn.out", None));
        let (x, to) = (Rows::of(&attended, state), (wide, Place::Tiles(hidden)));
        let up = self.product("up", NORMALISED | mode::GELU, x, to, linear("mlp.0", Some("mlp_ln")));
        let x = Rows::of(&hidden, wide);
        let down = self.with_residual("down", x, states, attended, linear("mlp.2", None));
        let tiles = &self.tiles;
        let [query, key, values] = [query, key, values].map(|product| product.job(tiles));
        let [out, up, down] = [out, up, down].map(|product| product.job(tiles));
        vec![query, key, values, attention.job(tiles), out, up, down]
    }

    /// A LayerNorm as the product with the gains on the diagonal.
    fn ln_post(&mut self) -> Vec<Job> {
        let (state, Activations { states, output, .. }) = (self.sizes.state, &self.places);
        let (x, to) = (Rows::of(&states[0], state), (state, Place::Tiles(*output)));
        let recipe = Recipe::Diagonal { name: "encoder.ln_post".into() };
        vec![self.product("ln_post", NORMALISED, x, to, recipe).job(&self.tiles)]
    }
}
