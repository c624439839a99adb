//! Every layer of encoder and decoder against the reference in f64, and proof that the comparison
//! would notice a wrong model.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::engine::{Layers, Mel, decode_traced, encode_traced};
use common::{clip, golden, model, spoil};
use hark_engine::model::{Model, ModelDims};
use hark_engine::transcript::Token;
use serde::Deserialize;

/// Relative L2 distance that the worst row of the worst layer may have. The reference's own f32 is
/// off by up to 3e-6 for ordinary models and by 4e-5 for the one with outliers, its mel included.
const LIMIT: f64 = 1e-4;

#[derive(Deserialize)]
struct Index {
    clip: String,
    models: Vec<ModelGolden>,
}

#[derive(Deserialize)]
struct ModelGolden {
    model: String,
    dims: ModelDims,
    tokens: Vec<Token>,
    /// Rows of the encoder whose norms are held; the decoder's are held for all tokens.
    norm_rows: Vec<usize>,
    encoder: Vec<Layer>,
    decoder: Vec<Layer>,
}

#[derive(Deserialize)]
struct Layer {
    name: String,
    rows: Vec<usize>,
    /// Where the values of `rows` start, `columns` per row.
    at: usize,
    columns: usize,
    /// Where the norms start.
    norms_at: usize,
}

struct Goldens {
    index: Index,
    values: Vec<f32>,
}

impl Goldens {
    fn read() -> Self {
        Self { index: golden::read("layers.json"), values: golden::read_f32("layers.f32") }
    }

    fn of(&self, name: &str) -> &ModelGolden {
        self.index.models.iter().find(|m| m.model == name).expect("no golden for this model")
    }

    /// The largest relative distance of a layer's rows and norms from the golden.
    fn distance(&self, layer: &Layer, norm_rows: &[usize], ours: &[f32], width: usize) -> f64 {
        // Of the logits only every 199th column is held.
        let stride = width.div_ceil(layer.columns);
        let mut worst = 0.0f64;
        for (i, row) in layer.rows.iter().enumerate() {
            let at = layer.at + i * layer.columns;
            let golden = &self.values[at..at + layer.columns];
            let ours = ours[row * width..(row + 1) * width].iter().step_by(stride);
            let difference: f64 =
                ours.zip(golden).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
            worst = larger(worst, difference.sqrt() / norm(golden));
        }
        for (i, row) in norm_rows.iter().enumerate() {
            let golden = f64::from(self.values[layer.norms_at + i]);
            worst = larger(worst, (norm(&ours[row * width..(row + 1) * width]) - golden).abs() / golden);
        }
        worst
    }

    /// The worst layer's distance and name; `Err` names the first layer that is too far from the
    /// golden or missing.
    fn compare(
        &self,
        part: &[Layer],
        norm_rows: &[usize],
        rows: usize,
        ours: &Layers,
    ) -> Result<String, String> {
        let mut worst = (0.0f64, "");
        for layer in part {
            let values = ours.get(&layer.name).ok_or(format!("the layer {} was not shown", layer.name))?;
            let distance = self.distance(layer, norm_rows, values, values.len() / rows);
            if distance.is_nan() || distance > LIMIT {
                return Err(format!("{}: relative distance {distance:.2e}", layer.name));
            }
            if distance > worst.0 {
                worst = (distance, &layer.name);
            }
        }
        Ok(format!("{:.2e} in {}", worst.0, worst.1))
    }

    fn compare_encoder(&self, golden: &ModelGolden, ours: &Layers) -> Result<String, String> {
        self.compare(&golden.encoder, &golden.norm_rows, 1500, ours)
    }

    fn compare_decoder(&self, golden: &ModelGolden, ours: &Layers) -> Result<String, String> {
        let rows: Vec<usize> = (0..golden.tokens.len()).collect();
        self.compare(&golden.decoder, &rows, golden.tokens.len(), ours)
    }
}

/// The larger of two, NaN if either is.
fn larger(a: f64, b: f64) -> f64 {
    if a.is_nan() || a > b { a } else { b }
}

fn norm(values: &[f32]) -> f64 {
    values.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt()
}

/// All layers of `model` fed the golden's tokens and `clip_name`'s first window.
fn pass(model: &Model, clip_name: &str, tokens: &[Token]) -> (Layers, Layers) {
    let window = Mel::new(model, &clip(clip_name)).window(0);
    let (encoded, encoder) = encode_traced(model, &window);
    (encoder, decode_traced(model, &encoded, tokens))
}

fn check(name: &str) {
    let goldens = Goldens::read();
    let golden = goldens.of(name);
    let (encoder, decoder) = pass(&model(name), &goldens.index.clip, &golden.tokens);
    let encoder =
        goldens.compare_encoder(golden, &encoder).unwrap_or_else(|e| panic!("{name}, encoder: {e}"));
    let decoder =
        goldens.compare_decoder(golden, &decoder).unwrap_or_else(|e| panic!("{name}, decoder: {e}"));
    println!("{name}, worst distances: encoder {encoder}, decoder {decoder}");
}

#[test]
fn demo_layers_equal_the_reference() {
    check("demo");
}

#[test]
fn widened_demo_layers_equal_the_reference() {
    check("demo:tiny");
}

#[test]
fn formula_layers_equal_the_reference() {
    check("formula:tiny");
}

#[test]
fn layers_with_outlier_channels_equal_the_reference() {
    check("formula:tiny:outliers");
}

#[test]
fn multilingual_layers_equal_the_reference() {
    check("formula:tiny:multilingual");
}

#[test]
fn layers_with_128_mels_equal_the_reference() {
    check("formula:tiny-128");
}

/// The largest layer that comes out wrong must be found, whichever model is looked at.
fn check_that_it_can_fail(name: &str) {
    let goldens = Goldens::read();
    let golden = goldens.of(name);
    let good = model(name);
    for (what, spoiled) in spoil::WAYS {
        let (_, decoder) = pass(&spoiled(&good), &goldens.index.clip, &golden.tokens);
        assert!(goldens.compare_decoder(golden, &decoder).is_err(), "{name}: {what} was not noticed");
    }
    let (encoder, decoder) = pass(&good, "multi02", &golden.tokens);
    assert!(goldens.compare_encoder(golden, &encoder).is_err(), "{name}: other audio was not noticed");
    assert!(goldens.compare_decoder(golden, &decoder).is_err(), "{name}: other audio was not noticed");
    let (encoder, _) = pass(&spoil::with_swapped_encoder_heads(&good), &goldens.index.clip, &golden.tokens);
    let noticed = goldens.compare_encoder(golden, &encoder).expect_err("swapped heads were not noticed");
    assert!(noticed.starts_with("block.3"), "{name}: the last block is wrong, not {noticed}");
}

#[test]
fn demo_comparison_can_fail() {
    check_that_it_can_fail("demo");
}

#[test]
fn formula_comparison_can_fail() {
    check_that_it_can_fail("formula:tiny");
}
