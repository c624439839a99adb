//! From the times of one layer to the speed of a model: pure arithmetic.

use super::operations;
use hark_engine::model::ModelDims;
use serde::{Deserialize, Serialize};

/// Channels that published models have.
pub const WIDTHS: [usize; 5] = [384, 512, 768, 1024, 1280];
/// Seconds that a window holds.
const WINDOW_S: f64 = 30.0;
/// Tokens of 30 s of speech at 150 words a minute, timestamps included.
const TOKENS: f64 = 100.0;

/// Times in seconds, of a model with one encoder and one decoder layer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Spectrogram of a window.
    pub mel: f64,
    /// The encoder over a window.
    pub encoder: f64,
    /// The decoder's keys and values of a window.
    pub cross: f64,
    /// One token.
    pub step: f64,
}

/// How much faster than speech a model of this shape is, from the sample of its width.
pub fn estimated(dims: &ModelDims, sample: &Sample) -> f64 {
    let one = ModelDims { n_audio_layer: 1, n_text_layer: 1, ..*dims };
    let encoder = sample.encoder * operations::encoder(dims) / operations::encoder(&one);
    let cross = sample.cross * dims.n_text_layer as f64;
    let step = sample.step * step_values(dims) / step_values(&one);
    WINDOW_S / (sample.mel + encoder + cross + TOKENS * step)
}

/// Values that a step reads, on which its time depends: matrices, the window's keys and values, the embedding.
fn step_values(dims: &ModelDims) -> f64 {
    let [state, layers, positions, vocabulary] =
        [dims.n_text_state, dims.n_text_layer, dims.n_audio_ctx, dims.n_vocab].map(|n| n as f64);
    // Four matrices of attention, two of cross-attention, and two of four times the size.
    layers * (14.0 * state * state + 2.0 * positions * state) + vocabulary * state
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::published::by_name;

    const SAMPLE: Sample = Sample { mel: 0.01, encoder: 0.1, cross: 0.01, step: 0.005 };

    fn dims(name: &str) -> ModelDims {
        by_name(name).unwrap().dims()
    }

    #[test]
    fn one_layer_takes_what_was_measured() {
        let one = ModelDims { n_audio_layer: 1, n_text_layer: 1, ..dims("base") };
        let seconds = 0.01 + 0.1 + 0.01 + 100.0 * 0.005;
        assert!((estimated(&one, &SAMPLE) - 30.0 / seconds).abs() < 1e-9);
    }

    #[test]
    fn more_layers_take_longer_and_a_short_decoder_pays() {
        let speed = |name| estimated(&dims(name), &SAMPLE);
        assert!(speed("large-v3-turbo") > 1.5 * speed("large-v3"));
        let two = ModelDims { n_audio_layer: 2, ..dims("base") };
        let four = ModelDims { n_audio_layer: 4, ..dims("base") };
        assert!(estimated(&two, &SAMPLE) > estimated(&four, &SAMPLE));
    }

    #[test]
    fn every_published_model_has_a_width_that_is_sampled() {
        for model in crate::models::published::ALL {
            assert!(WIDTHS.contains(&model.dims().n_audio_state), "{}", model.name);
        }
    }
}
