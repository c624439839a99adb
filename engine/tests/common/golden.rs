//! The files in `tests/data`, as `tests/golden` writes them.

use hark_engine::transcript::Token;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::PathBuf;

fn path(name: &str) -> PathBuf {
    super::repository("engine/tests/data").join(name)
}

/// A golden in JSON.
pub fn read<T: DeserializeOwned>(name: &str) -> T {
    let text = std::fs::read_to_string(path(name)).expect(name);
    serde_json::from_str(&text).expect(name)
}

/// A golden of little-endian f32 values.
pub fn read_f32(name: &str) -> Vec<f32> {
    let bytes = std::fs::read(path(name)).expect(name);
    bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

/// Goldens per clip, and of which clips equality is demanded in free running.
#[derive(Deserialize)]
pub struct Clips<C> {
    pub model: String,
    #[serde(default)]
    pub exact: Vec<String>,
    pub clips: Vec<C>,
}

/// A transcript with everything that led to it.
#[derive(Deserialize)]
pub struct Clip {
    pub clip: String,
    pub text: String,
    /// The initial prompt, if there was one.
    #[serde(default)]
    pub prompt: Option<String>,
    #[serde(default)]
    pub segments: Vec<Segment>,
    pub windows: Vec<Window>,
}

#[derive(Deserialize)]
pub struct Segment {
    pub start: f64,
    pub end: f64,
    pub text: String,
    #[serde(default)]
    pub tokens: Vec<Token>,
    /// Word, start, end, probability.
    #[serde(default)]
    pub words: Vec<(String, f64, f64, f64)>,
}

/// One window. Some goldens keep only where it starts and what was sampled.
#[derive(Deserialize)]
pub struct Window {
    /// First mel frame.
    pub seek: usize,
    /// Every token fed before the first was sampled: previous text and the start sequence.
    #[serde(default)]
    pub initial: Vec<Token>,
    /// Sampled tokens without the end of text.
    pub tokens: Vec<Token>,
    /// Whether the sampling ended with the end of text.
    #[serde(default)]
    pub ended: bool,
    #[serde(default)]
    pub avg_logprob: Option<f64>,
    #[serde(default)]
    pub no_speech_prob: Option<f64>,
    #[serde(default)]
    pub compression_ratio: Option<f64>,
    /// Per step, from the best to the second best log-probability.
    #[serde(default)]
    pub gap: Vec<f64>,
    /// Per step, the log of all timestamps' probability before the rule about it; `None` where that rule was idle.
    #[serde(default)]
    pub mass: Vec<Option<f64>>,
    /// Per step, how far `mass` is from the best text token.
    #[serde(default)]
    pub mass_gap: Vec<Option<f64>>,
    /// At some steps the best tokens and their log-probabilities.
    #[serde(default)]
    pub top: BTreeMap<usize, Top>,
}

/// Tokens and their log-probabilities, best first.
pub type Top = (Vec<Token>, Vec<f64>);
