//! Words that come out wrong: the bundled clips by the bundled model, clean and in noise.

use crate::bundled;
use crate::cli::bench::window::stopped;
use crate::cli::exit::{Complaint, Exit, Failure};
use crate::live::word_errors;
use hark_engine::audio::Samples;
use hark_engine::encoder::Precision;
use hark_engine::model::{Model, ModelSpec};
use hark_engine::transcribe::{Options, transcribe};
use hark_engine::{Cancel, EngineError, Whisper};
use serde::{Deserialize, Serialize};

/// Amplitudes of the noise that is added; some words drown in the last.
const NOISE: [f32; 3] = [0.0, 0.03, 0.1];

/// What was said, and how much of it came out wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accuracy {
    /// Words that were changed, left out or put in.
    pub wrong: usize,
    /// Words that were said.
    pub words: usize,
}

impl Accuracy {
    /// Wrong words per word.
    pub fn error_rate(self) -> f64 {
        self.wrong as f64 / self.words.max(1) as f64
    }
}

/// Transcribes the clips.
///
/// # Errors
/// If that fails, or somebody stops it.
pub fn measure(precision: Precision, threads: usize, cancel: &Cancel) -> Result<Accuracy, Failure> {
    let failed = |what: String| Exit::Failed.with(Complaint::new(what));
    let model = Model::load(&ModelSpec::Demo).and_then(|model| Whisper::new(model, threads, precision));
    let mut whisper = model.map_err(|error| failed(error.to_string()))?;
    let mut accuracy = Accuracy { wrong: 0, words: 0 };
    for (truth, clip) in bundled::clips().map_err(failed)? {
        for level in NOISE {
            let audio = Samples(noisy(&clip, level).into());
            let text = transcribe(&mut whisper, &audio, &Options::default(), cancel, &mut |_| ());
            let (transcript, _) = text.map_err(|error| match error {
                EngineError::Cancelled(cancelled) => stopped(cancelled),
                error => failed(error.to_string()),
            })?;
            let text: String = transcript.segments.iter().map(|segment| &*segment.text).collect();
            let (wrong, words) = word_errors(truth, &text);
            accuracy.wrong += wrong;
            accuracy.words += words;
        }
    }
    Ok(accuracy)
}

/// A clip with noise that is the same each time.
fn noisy(clip: &[f32], level: f32) -> Vec<f32> {
    let mut state = 1u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1u32 << 23) as f32 - 1.0
    };
    clip.iter().map(|sample| sample + level * noise()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_within_its_level_and_around_zero() {
        let noise = noisy(&[0.0; 10_000], 0.5);
        assert!(noise.iter().all(|value| value.abs() <= 0.5) && noise.iter().any(|value| *value < -0.4));
        assert!((noise.iter().sum::<f32>() / 10_000.0).abs() < 0.02);
        assert_eq!(noisy(&[0.25], 0.0), [0.25]);
    }
}
