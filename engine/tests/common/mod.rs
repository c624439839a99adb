//! What the tests against the reference share: the samples, the goldens, a pass through the model,
//! and ways to spoil a model so that a comparison has something to find.
#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod engine;
pub mod golden;
pub mod hugging_face;
pub mod npu;
pub mod simulated;
pub mod spoil;
pub mod words;

use hark_engine::model::{Model, ModelSpec};
use std::path::{Path, PathBuf};

/// A file in the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The model of this name (`demo`, `demo:tiny`, `formula:…`).
pub fn model(name: &str) -> Model {
    Model::load(&ModelSpec::parse(name)).expect(name)
}

/// A sample clip's samples, read here so that these tests do not depend on the engine's file reading.
pub fn clip(name: &str) -> Vec<f32> {
    let path = repository("assets/demo/samples").join(format!("{name}.wav"));
    let bytes = std::fs::read(&path).expect(name);
    assert_eq!(bytes[20..28], [1, 0, 1, 0, 0x80, 0x3e, 0, 0], "{name} must be 16 kHz mono PCM");
    let mut at = 12;
    while &bytes[at..at + 4] != b"data" {
        at += 8 + chunk_length(&bytes, at);
    }
    let data = &bytes[at + 8..at + 8 + chunk_length(&bytes, at)];
    data.chunks_exact(2).map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32768.0).collect()
}

fn chunk_length(bytes: &[u8], at: usize) -> usize {
    u32::from_le_bytes([bytes[at + 4], bytes[at + 5], bytes[at + 6], bytes[at + 7]]) as usize
}

/// Log-probabilities of a row of logits; logits of minus infinity stay so.
pub fn log_softmax(logits: &[f32]) -> Vec<f64> {
    let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = logits.iter().map(|&x| f64::from(x - max).exp()).sum();
    let log_sum = sum.ln() + f64::from(max);
    logits.iter().map(|&x| f64::from(x) - log_sum).collect()
}

/// Index of the largest value, the first of equals, as the reference's argmax.
pub fn argmax(values: &[f64]) -> usize {
    let mut best = 0;
    for (i, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = i;
        }
    }
    best
}

/// `Err` with `what` and both values unless they are at most `tolerance` apart.
pub fn close(what: &str, ours: f64, golden: f64, tolerance: f64) -> Result<(), String> {
    if (ours - golden).abs() <= tolerance {
        Ok(())
    } else {
        Err(format!("{what}: {ours} instead of {golden}, more than {tolerance} apart"))
    }
}

/// `Err` with `what` and both values unless they are equal.
pub fn same<T: PartialEq + std::fmt::Debug>(what: &str, ours: &T, golden: &T) -> Result<(), String> {
    if ours == golden { Ok(()) } else { Err(format!("{what}: {ours:?} instead of {golden:?}")) }
}
