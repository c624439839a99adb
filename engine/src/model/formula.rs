//! Models whose weights come from a formula: any Whisper shape without a download, for kernel
//! timing, shapes and layer goldens, not for text. `tests/golden/formula.py` makes the same bits.
//!
//! A tensor's seed is the FNV-1a 64 of its openai-whisper name. Element `i`, row-major, is the
//! upper 24 bits of splitmix64 at `seed + i`, as `u` in [-1, 1); then, in f64 and rounded once:
//!
//! | tensor | value |
//! |---|---|
//! | linear and convolution weights | u · √(3 / fan-in) |
//! | biases, also of LayerNorm | 0.02 u |
//! | LayerNorm weights | 1 + 0.1 u, with `outliers` times 30 in channels 7 and 7 + d/2 |
//! | token embedding | 0.05 u |
//! | decoder positions | 0.02 u |
//! | encoder positions | the reference's sinusoids in multiples of 2⁻²⁰ |

use super::source::{Part, Source};
use super::tokenizer::Vocabulary;
use super::{Model, ModelDims, ModelError, Parts, demo};
use crate::hash::{fnv1a, splitmix64};
use crate::mel::MelFilters;
use std::sync::Arc;

/// Channels at which `outliers` makes LayerNorm weights large, as trained models have them: this
/// one and the one half the channels further.
const OUTLIER_CHANNEL: usize = 7;
const OUTLIER_FACTOR: f64 = 30.0;

/// (name, channels, heads, encoder layers, decoder layers, mel bins)
type Size = (&'static str, usize, usize, usize, usize, usize);

/// The published shapes, and `tiny-128`, which is tiny with 128 mel bins, for tests of those.
const SIZES: [Size; 11] = [
    ("tiny", 384, 6, 4, 4, 80),
    ("tiny-128", 384, 6, 4, 4, 128),
    ("base", 512, 8, 6, 6, 80),
    ("small", 768, 12, 12, 12, 80),
    ("medium", 1024, 16, 24, 24, 80),
    ("large", 1280, 20, 32, 32, 80),
    ("large-v1", 1280, 20, 32, 32, 80),
    ("large-v2", 1280, 20, 32, 32, 80),
    ("large-v3", 1280, 20, 32, 32, 128),
    ("large-v3-turbo", 1280, 20, 32, 4, 128),
    ("turbo", 1280, 20, 32, 4, 128),
];

/// A model from `formula:SIZE[:multilingual][:outliers]`.
///
/// # Errors
/// What is wrong with the text and what may stand there.
pub(super) fn load(text: &str) -> Result<Model, ModelError> {
    let wrong = |reason: String| ModelError::format(text, reason);
    let mut words = text.split(':').skip(1);
    let size = words.next().unwrap_or_default();
    let (mut multilingual, mut outliers) = (false, false);
    for word in words {
        match word {
            "multilingual" => multilingual = true,
            "outliers" => outliers = true,
            _ => {
                return Err(wrong(format!(
                    "{word:?} is unknown; `multilingual` and `outliers` may follow the size"
                )));
            }
        }
    }
    let names = || SIZES.map(|size| size.0).join(", ");
    let dims = dims(size, multilingual)
        .ok_or_else(|| wrong(format!("{size:?} is no size; there are {}", names())))?;
    model(text, dims, outliers)
}

/// The shape of a published size: English-only where such a model exists, unless `multilingual`.
pub(super) fn dims(size: &str, multilingual: bool) -> Option<ModelDims> {
    let (_, state, heads, audio_layers, text_layers, n_mels) = *SIZES.iter().find(|s| s.0 == size)?;
    // 128 mel bins came with large-v3, and with it 100 languages.
    let english_only = !multilingual && state < 1280 && n_mels == 80;
    let n_vocab = match (english_only, n_mels) {
        (true, _) => 51_864,
        (false, 80) => 51_865,
        (false, _) => 51_866,
    };
    Some(ModelDims {
        n_mels,
        n_audio_ctx: 1500,
        n_audio_state: state,
        n_audio_head: heads,
        n_audio_layer: audio_layers,
        n_vocab,
        n_text_ctx: 448,
        n_text_state: state,
        n_text_head: heads,
        n_text_layer: text_layers,
    })
}

/// A model of any shape from the formula.
///
/// The ordinary tokens are the first of GPT-2's, which the demo model holds. The multilingual list
/// is not shipped: such a model gets GPT-2's 50256 tokens and an empty last one (the last one of the
/// real list is empty, too).
///
/// # Errors
/// If the shape is none that the engine can hold.
pub(super) fn model(name: &str, dims: ModelDims, outliers: bool) -> Result<Model, ModelError> {
    let wrong = |reason: String| ModelError::format(name, reason);
    dims.check().map_err(wrong)?;
    let gpt2 = demo::vocabulary()?;
    let mut vocabulary = Vocabulary::default();
    for token in gpt2.iter().take(dims.ordinary_tokens()) {
        vocabulary.push(token);
    }
    while vocabulary.len() < dims.ordinary_tokens() {
        vocabulary.push(b"");
    }
    let source = Arc::new(Formula { dims, outliers });
    let parts = Parts { dims, vocabulary, mel_filters: MelFilters::slaney(dims.n_mels), source };
    Model::from_parts(name, parts, None)
}

/// Counts the changes of the formula's definition.
const VERSION: u32 = 1;

/// The formula as a source.
struct Formula {
    dims: ModelDims,
    outliers: bool,
}

impl Source for Formula {
    fn read(&self, part: &Part<'_>, out: &mut [f32]) -> Result<(), String> {
        values(part, self.outliers, out);
        Ok(())
    }

    fn fingerprint(&self) -> Result<u64, String> {
        Ok(fnv1a(format!("formula {VERSION} {:?} {}", self.dims, self.outliers).bytes()))
    }
}

/// The values of a part of a tensor.
fn values(part: &Part<'_>, outliers: bool, out: &mut [f32]) {
    let (name, shape) = (part.name, part.shape);
    if name == "encoder.positional_embedding" {
        return sinusoids(part, out);
    }
    let channels = shape[0];
    let is_norm = name.split('.').any(|part| part == "ln" || part.ends_with("_ln") || part == "ln_post");
    let is_outlier = |i| outliers && (i == OUTLIER_CHANNEL || i == OUTLIER_CHANNEL + channels / 2);
    let at = (part.rows.start * part.width()) as u64;
    let seed = fnv1a(name.bytes()).wrapping_add(at);
    let mut fill = |value: &dyn Fn(usize, f64) -> f64| {
        for (i, out) in out.iter_mut().enumerate() {
            *out = value(i, unit(seed.wrapping_add(i as u64))) as f32;
        }
    };
    if name.ends_with(".bias") || name == "decoder.positional_embedding" {
        fill(&|_, u| 0.02 * u);
    } else if is_norm {
        // A vector is fetched whole, so that `i` is the channel.
        fill(&|i, u| (1.0 + 0.1 * u) * if is_outlier(i) { OUTLIER_FACTOR } else { 1.0 });
    } else if name == "decoder.token_embedding.weight" {
        fill(&|_, u| 0.05 * u);
    } else {
        let fan_in: usize = shape[1..].iter().product();
        let scale = (3.0 / fan_in as f64).sqrt();
        fill(&|_, u| u * scale);
    }
}

/// The reference's sinusoids, `[positions, channels]`: sines in the first half of the channels and
/// cosines in the second, rounded to multiples of 2⁻²⁰ so that no difference between libraries shows.
fn sinusoids(part: &Part<'_>, out: &mut [f32]) {
    const STEPS: f64 = (1_u32 << 20) as f64;
    let half = part.width() / 2;
    let increment = 10_000_f64.ln() / (half as f64 - 1.0);
    let rates: Vec<f64> = (0..half).map(|k| (-increment * k as f64).exp()).collect();
    let rounded = |x: f64| ((x * STEPS).round_ties_even() / STEPS) as f32;
    let row = |t: usize| {
        let angles = rates.iter().map(move |rate| t as f64 * rate);
        angles.clone().map(f64::sin).chain(angles.map(f64::cos)).map(rounded)
    };
    part.rows.clone().flat_map(row).zip(out).for_each(|(value, out)| *out = value);
}

/// splitmix64's output for this state, as a number in [-1, 1) of 24 bits.
fn unit(state: u64) -> f64 {
    (splitmix64(state) >> 40) as f64 / (1_u32 << 23) as f64 - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Golden {
        name: String,
        shape: Vec<usize>,
        outliers: bool,
        fnv1a: String,
        first: Vec<u32>,
    }

    #[test]
    fn bits_equal_those_of_the_python_script() {
        let golden: Vec<Golden> =
            serde_json::from_str(include_str!("../../tests/data/formula.json")).unwrap();
        assert!(golden.len() > 15);
        for tensor in golden {
            let whole = Part::whole(&tensor.name, &tensor.shape);
            let mut values = vec![0.0; whole.values()];
            // In parts, as they are fetched.
            let mut left = &mut *values;
            for part in whole.cut(5000) {
                let (now, later) = left.split_at_mut(part.values());
                super::values(&part, tensor.outliers, now);
                left = later;
            }
            let first: Vec<u32> = values.iter().take(4).map(|v| v.to_bits()).collect();
            assert_eq!(first, tensor.first, "{}", tensor.name);
            let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
            assert_eq!(format!("{:016x}", fnv1a(bytes)), tensor.fnv1a, "{}", tensor.name);
        }
    }

    #[test]
    fn shapes_are_those_of_the_published_models() {
        let shape = |size, multilingual| {
            let d = dims(size, multilingual).unwrap();
            (d.n_audio_state, d.n_text_head, d.n_audio_layer, d.n_text_layer, d.n_mels, d.n_vocab)
        };
        assert_eq!(shape("tiny", false), (384, 6, 4, 4, 80, 51_864));
        assert_eq!(shape("medium", true), (1024, 16, 24, 24, 80, 51_865));
        assert_eq!(shape("large", false), (1280, 20, 32, 32, 80, 51_865));
        assert_eq!(shape("large-v3", false), (1280, 20, 32, 32, 128, 51_866));
        assert_eq!(shape("large-v3-turbo", false), (1280, 20, 32, 4, 128, 51_866));
        assert_eq!(shape("tiny-128", true), (384, 6, 4, 4, 128, 51_866));
    }

    #[test]
    fn errors_name_the_wrong_word_and_the_sizes() {
        let error = load("formula:huge").unwrap_err().to_string();
        assert!(error.contains("\"huge\"") && error.contains("large-v3-turbo"), "{error}");
        let error = load("formula:tiny:german").unwrap_err().to_string();
        assert!(error.contains("\"german\"") && error.contains("multilingual"), "{error}");
    }
}
