//! Whole layers of real shapes, on activations of a clip: of the demo model, and of one with outliers.

use super::common::engine::{Mel, encode_traced};
use super::common::{clip, model};
use super::compiled::{Core, Rounding, for_each_case};
use super::matrix::Matrix;
use super::operations::{Linear, Norm, Run, fold, in_log2};
use super::programs::Program;
use super::streams::{attention, attention_from_states, matrix, product, tiles_of_keys};
use hark_engine::mel::MelWindow;
use hark_engine::model::Model;
use hark_kernels::design::mode::{GELU, NORMALISE, STATISTICS};
use hark_simd::Isa;
use std::collections::BTreeMap;

/// Relative L2 that an operation may have.
const LIMIT: f64 = 0.02;
/// And between the kernels and the simulator's.
const TOGETHER: f64 = 2e-3;
const HEAD: usize = 64;

struct Weights<'a>(&'a Model);

impl Weights<'_> {
    fn vector(&self, name: &str) -> Vec<f32> {
        self.0.tensor(&format!("encoder.{name}")).unwrap()
    }

    fn linear(&self, name: &str, inputs: usize, biased: bool) -> Linear {
        let weights = self.vector(&format!("{name}.weight"));
        let outputs = weights.len() / inputs;
        let bias = if biased { self.vector(&format!("{name}.bias")) } else { vec![0.0; outputs] };
        Linear { weights: Matrix::new(outputs, inputs, weights), bias }
    }

    /// From `[outputs, channels, taps]` to rows of all frames that an output sees.
    fn convolution(&self, name: &str, channels: usize) -> Linear {
        let stored = self.linear(name, 3 * channels, true);
        let weight = |r: usize, c: usize| stored.weights.at(r, c % channels * 3 + c / channels);
        Linear { weights: Matrix::from_fn(stored.weights.rows, 3 * channels, weight), bias: stored.bias }
    }

    fn norm(&self, name: &str) -> Norm {
        Norm { gain: self.vector(&format!("{name}.weight")), shift: self.vector(&format!("{name}.bias")) }
    }
}

/// What the kernels get for an operation, and what plain loops make of it.
enum Task {
    Product { x: Matrix, layer: Linear, gelu: bool, residual: Option<Matrix> },
    Normalised { x: Matrix, norm: Norm, layer: Linear, gelu: bool },
    Rows { x: Matrix, norm: Norm },
    Attention { queries: Matrix, keys: Matrix, values: Matrix },
    AttentionInThree { queries: Matrix, keys: Matrix, values: Matrix },
    AttentionFromStates { x: Matrix, states: Matrix, norm: Norm, projections: Box<[Linear; 3]> },
}

impl Task {
    fn run(&self, run: Run<'_>) -> Matrix {
        match self {
            Self::Product { x, layer, gelu, residual } => run.product(x, layer, *gelu, residual.as_ref()).0,
            Self::Normalised { x, norm, layer, gelu } => run.normalised_product(x, norm, layer, *gelu).0,
            Self::Rows { x, norm } => run.normalised_rows(x, norm).0,
            Self::Attention { queries, keys, values } => run.attention(queries, keys, values).0,
            Self::AttentionInThree { queries, keys, values } => {
                run.attention_in_three(queries, keys, values).0
            }
            Self::AttentionFromStates { x, states, norm, projections } => {
                let compiled = |program: &Program| program.compiled(run.kernels, run.rounding);
                attention_from_states(run.kernels.core(), (x, states), norm, projections, compiled)
            }
        }
    }

    /// By the simulator's kernels, which are those of a core's program alone.
    fn simulated(&self, core: Core, rounding: Rounding) -> Option<Matrix> {
        let run = |program: &Program| program.simulated(core, Isa::best(), rounding).0;
        let gelu_mode = |gelu: bool| if gelu { GELU } else { 0 };
        let (tiles, rows, columns) = match self {
            Self::Product { x, layer, gelu, residual } => {
                let program = product(core, gelu_mode(*gelu), x, layer, &[], residual.as_ref());
                (run(&program), x.rows, layer.weights.rows)
            }
            Self::Normalised { x, norm, layer, gelu } => {
                let ((folded, sums), mode) = (fold(norm, layer), STATISTICS | NORMALISE | gelu_mode(*gelu));
                (run(&product(core, mode, x, &folded, &sums, None)), x.rows, layer.weights.rows)
            }
            Self::Attention { queries, keys, values } => {
                let program = attention(core, &in_log2(queries), keys.rows, tiles_of_keys(keys, values));
                (run(&program), queries.rows, HEAD)
            }
            Self::AttentionFromStates { x, states, norm, projections } => {
                return Some(attention_from_states(core, (x, states), norm, projections, run));
            }
            Self::Rows { .. } | Self::AttentionInThree { .. } => return None,
        };
        Some(matrix(core, &tiles, rows, columns))
    }
}

/// Operations by name, with what they make.
type Tasks = Vec<(String, Task, Matrix)>;

/// Positions at which a window is looked at: its beginning, its middle and its end.
fn positions(count: usize) -> Vec<usize> {
    [0, count / 2, count - 40].iter().flat_map(|&first| first..first + 40).collect()
}

/// Rows of the `step` · row-th frame and its neighbours, one behind the other; zeros beyond the ends.
fn neighbours(frames: &Matrix, rows: &[usize], step: usize) -> Matrix {
    let value = |r: usize, c: usize| {
        let frame = (rows[r] * step + c / frames.columns).checked_sub(1).filter(|frame| *frame < frames.rows);
        frame.map_or(0.0, |frame| frames.at(frame, c % frames.columns))
    };
    Matrix::from_fn(rows.len(), 3 * frames.columns, value)
}

/// The convolutions; gives what they make of the positions, too.
fn stem(model: &Model, window: &MelWindow, at: &[usize], tasks: &mut Tasks) -> Matrix {
    let (state, weights) = (model.dims.n_audio_state, Weights(model));
    let mel = Matrix::new(window.n_mels, 3000, window.data.clone()).transposed();
    let conv1 = weights.convolution("conv1", window.n_mels);
    let all: Vec<usize> = (0..mel.rows).collect();
    let frames = neighbours(&mel, &all, 1).linear(&conv1.weights, &conv1.bias).gelu();
    let x = neighbours(&mel, at, 1);
    tasks.push((
        "conv1".into(),
        Task::Product { x, layer: conv1, gelu: true, residual: None },
        frames.rows_at(at),
    ));
    let conv2 = weights.convolution("conv2", state);
    let table =
        Matrix::new(model.dims.n_audio_ctx, state, weights.vector("positional_embedding")).rows_at(at);
    let x = neighbours(&frames, at, 2);
    let out = x.linear(&conv2.weights, &conv2.bias).gelu().plus(&table);
    let task = Task::Product { x, layer: conv2, gelu: true, residual: Some(table) };
    tasks.push(("conv2".into(), task, out.clone()));
    out
}

/// A layer; gives what it makes of the positions, too.
fn block(model: &Model, layer: usize, states: &Matrix, at: &[usize], tasks: &mut Tasks) -> Matrix {
    let (state, weights) = (model.dims.n_audio_state, Weights(model));
    let named = |part: &str| format!("blocks.{layer}.{part}");
    let linear = |part: &str, inputs: usize| weights.linear(&named(part), inputs, part != "attn.key");
    let mut task = |name: &str, task: Task, out: &Matrix| tasks.push((named(name), task, out.clone()));
    let (norm, x) = (weights.norm(&named("attn_ln")), states.rows_at(at));
    let all = states.layer_norm(&norm.gain, &norm.shift);
    let rows = all.rows_at(at);
    task("rows", Task::Rows { x: x.clone(), norm: norm.clone() }, &rows);
    let [query, key, value] = ["attn.query", "attn.key", "attn.value"].map(|part| linear(part, state));
    let stacked = |parts: [&Linear; 3]| Linear {
        weights: Matrix::new(
            3 * state,
            state,
            parts.iter().flat_map(|part| part.weights.values.clone()).collect(),
        ),
        bias: parts.iter().flat_map(|part| part.bias.clone()).collect(),
    };
    let qkv = stacked([&query, &key, &value]);
    let projected = rows.linear(&qkv.weights, &qkv.bias);
    let normalised = Task::Normalised { x: x.clone(), norm: norm.clone(), layer: qkv.clone(), gelu: false };
    task("qkv, norm folded", normalised, &projected);
    task("qkv", Task::Product { x: rows, layer: qkv, gelu: false, residual: None }, &projected);
    let (keys, values) = (all.linear(&key.weights, &key.bias), all.linear(&value.weights, &value.bias));
    let mut attended = Matrix::from_fn(at.len(), state, |_, _| 0.0);
    for head in 0..state / HEAD {
        let part = |m: &Matrix| m.columns_at(head * HEAD, HEAD);
        let (queries, keys, values) = (part(&projected), part(&keys), part(&values));
        let out = queries.attend(&keys, &values);
        for r in 0..at.len() {
            attended.values[r * state + head * HEAD..][..HEAD].copy_from_slice(out.row(r));
        }
        if head == 0 {
            let (q, k, v) = (queries.clone(), keys.clone(), values.clone());
            task("attention", Task::Attention { queries: q, keys: k, values: v }, &out);
            task("attention in three", Task::AttentionInThree { queries, keys, values }, &out);
            let projections = Box::new([&query, &key, &value].map(|layer| layer.outputs(0..HEAD)));
            let (x, states, norm) = (x.clone(), states.clone(), norm.clone());
            task("attention from states", Task::AttentionFromStates { x, states, norm, projections }, &out);
        }
    }
    let out = linear("attn.out", state);
    let after = attended.linear(&out.weights, &out.bias).plus(&x);
    task("out", Task::Product { x: attended, layer: out, gelu: false, residual: Some(x) }, &after);
    let (norm, up, down) =
        (weights.norm(&named("mlp_ln")), linear("mlp.0", state), linear("mlp.2", 4 * state));
    let hidden = after.layer_norm(&norm.gain, &norm.shift).linear(&up.weights, &up.bias).gelu();
    task("up, norm folded", Task::Normalised { x: after.clone(), norm, layer: up, gelu: true }, &hidden);
    let result = hidden.linear(&down.weights, &down.bias).plus(&after);
    task("down", Task::Product { x: hidden, layer: down, gelu: false, residual: Some(after) }, &result);
    result
}

/// The operations of the stem and of some layers, on what the encoder really makes of a clip.
fn tasks(name: &str, layers: &[usize]) -> Tasks {
    let model = model(name);
    let window = Mel::new(&model, &clip("short01")).window(0);
    let (_, traced) = encode_traced(&model, &window);
    let (at, mut tasks) = (positions(model.dims.n_audio_ctx), Tasks::new());
    let states =
        |after: &str| Matrix::new(model.dims.n_audio_ctx, model.dims.n_audio_state, traced[after].clone());
    let same = |own: &Matrix, after: &str| {
        let apart = own.apart_from(&states(after).rows_at(&at));
        assert!(apart < 1e-5, "{name}: plain loops after {after}, relative L2 {apart:e}");
    };
    same(&stem(&model, &window, &at, &mut tasks), "stem");
    for &layer in layers {
        let before = layer.checked_sub(1).map_or("stem".into(), |before| format!("block.{before}"));
        same(&block(&model, layer, &states(&before), &at, &mut tasks), &format!("block.{layer}"));
    }
    // The norm behind the last block, as a product with ones on the diagonal.
    let last = states(&format!("block.{}", model.dims.n_audio_layer - 1)).rows_at(&at);
    let (norm, state) = (Weights(&model).norm("ln_post"), model.dims.n_audio_state);
    let ones = Matrix::from_fn(state, state, |r, c| if r == c { 1.0 } else { 0.0 });
    let layer = Linear { weights: ones, bias: vec![0.0; state] };
    let out = last.layer_norm(&norm.gain, &norm.shift);
    same(&out, "ln_post");
    tasks.push(("ln_post".into(), Task::Normalised { x: last, norm, layer, gelu: false }, out));
    tasks
}

fn check(test: &str, name: &str, layers: &[usize]) {
    let mut made = None;
    let mut worst = BTreeMap::<String, f64>::new();
    for_each_case(test, |kernels, rounding| {
        for (operation, task, right) in made.get_or_insert_with(|| tasks(name, layers)) {
            let own = task.run(Run { kernels, rounding });
            let apart = own.apart_from(right);
            let what = format!("{name}, {:?}, {rounding:?}, {operation}", kernels.core());
            println!("{what}: relative L2 {apart:.5}");
            if let Some(simulated) = task.simulated(kernels.core(), rounding) {
                let (from_right, from_own) = (simulated.apart_from(right), simulated.apart_from(&own));
                println!("{what}, simulated: {from_right:.5}, from the kernels {from_own:.2e}");
                assert!(from_right <= LIMIT && from_own <= TOGETHER, "{what}");
            }
            let entry = worst.entry(operation.clone()).or_default();
            *entry = entry.max(apart);
        }
    });
    assert!(worst.values().all(|apart| *apart <= LIMIT), "{worst:#?}");
}

#[test]
fn the_demo_model_is_computed_well() {
    check("the_demo_model_is_computed_well", "demo", &[0, 3]);
}

#[test]
fn a_model_with_outliers_is_computed_well() {
    check("a_model_with_outliers_is_computed_well", "formula:tiny:outliers", &[0, 3]);
}
