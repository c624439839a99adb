//! Whole layers of real shapes, on activations of a clip: of the demo model, and of one with outliers.

use super::common::engine::{Mel, encode_traced};
use super::common::{clip, model};
use super::compiled::{Counts, for_each_case};
use super::matrix::Matrix;
use super::operations::{Linear, Norm, Run};
use hark_engine::mel::MelWindow;
use hark_engine::model::Model;
use std::collections::BTreeMap;

/// Relative L2 that an operation may have.
const LIMIT: f64 = 0.02;
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
}

impl Task {
    fn run(&self, run: Run<'_>) -> (Matrix, Counts) {
        match self {
            Self::Product { x, layer, gelu, residual } => run.product(x, layer, *gelu, residual.as_ref()),
            Self::Normalised { x, norm, layer, gelu } => run.normalised_product(x, norm, layer, *gelu),
            Self::Rows { x, norm } => run.normalised_rows(x, norm),
            Self::Attention { queries, keys, values } => run.attention(queries, keys, values),
            Self::AttentionInThree { queries, keys, values } => run.attention_in_three(queries, keys, values),
        }
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
    let normalised = Task::Normalised { x: x.clone(), norm, layer: qkv.clone(), gelu: false };
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
    tasks
}

fn check(test: &str, name: &str, layers: &[usize]) {
    let mut made = None;
    let mut worst = BTreeMap::<String, f64>::new();
    for_each_case(test, |kernels, rounding| {
        for (operation, task, right) in made.get_or_insert_with(|| tasks(name, layers)) {
            let (own, counts) = task.run(Run { kernels, rounding });
            let apart = own.apart_from(right);
            println!(
                "{name}, {:?}, {rounding:?}, {operation}: relative L2 {apart:.5}, {counts:?}",
                kernels.core()
            );
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
