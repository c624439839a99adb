//! The times of one layer. Called by the engine's thread only.

use super::Sample;
use crate::bundled;
use crate::models::published::Size;
use hark_engine::decoder::{CrossKv, DecodeOptions, Lockstep};
use hark_engine::dims::WINDOW_FRAMES;
use hark_engine::encoder::{BackendError, EncoderOutput};
use hark_engine::mel::{self, MelFill};
use hark_engine::model::{Model, ModelDims};
use hark_engine::{Cancel, EngineError, Precision, Whisper};
use std::time::{Duration, Instant};

/// How often a stage is run; the shortest time counts, for other programs only add to it.
const RUNS: usize = 3;
/// Tokens that are decoded.
const TOKENS: usize = 24;

/// Times one encoder and one decoder layer with `width` channels.
///
/// # Errors
/// If it is cancelled, or the layers cannot be made.
pub fn gauge(
    width: usize,
    precision: Precision,
    threads: usize,
    cancel: &Cancel,
) -> Result<Sample, EngineError> {
    let shape = [Size::Tiny, Size::Base, Size::Small, Size::Medium, Size::Large]
        .map(Size::dims)
        .into_iter()
        .find(|dims| dims.n_audio_state == width)
        .ok_or_else(|| EngineError::Defect(format!("no model has {width} channels")))?;
    let dims = ModelDims { n_audio_layer: 1, n_text_layer: 1, ..shape };
    let model = Model::from_formula("one layer", dims, false).map_err(defect)?;
    let mut whisper = Whisper::new(model, threads, precision).map_err(defect)?;
    let clip = bundled::proof_clip().map_err(EngineError::Defect)?;

    let (mel_time, window) = fastest(|| {
        let (frames, max) = mel::whole(&whisper.model.mel_filters, &clip);
        Ok(frames.window(0, frames.len().min(WINDOW_FRAMES), max, MelFill::Zero))
    })?;
    // The clip is shorter than a window, which is what counts.
    let share = window_share(clip.len());
    let (encoder, encoded) = fastest(|| {
        let encoded = whisper.backend.encode(std::slice::from_ref(&window), cancel).map_err(stopped)?;
        encoded.into_iter().next().ok_or_else(|| EngineError::Defect("the encoder gave nothing".into()))
    })?;
    let (cross, kept) = fastest(|| keys(&whisper, &encoded, cancel))?;
    let step = step(&whisper, &kept, cancel)?;
    let [encoder, cross, step] = [encoder, cross, step].map(|time| time.as_secs_f64());
    Ok(Sample { mel: mel_time.as_secs_f64() / share, encoder, cross, step })
}

fn keys(whisper: &Whisper, encoded: &EncoderOutput, cancel: &Cancel) -> Result<CrossKv, EngineError> {
    whisper.decoder.cross_kv(encoded, cancel).map_err(EngineError::from)
}

fn window_share(samples: usize) -> f64 {
    (samples as f64 / hark_engine::dims::WINDOW_SAMPLES as f64).clamp(0.01, 1.0)
}

/// The middle one of some steps behind the first, which takes the prompt.
fn step(whisper: &Whisper, cross: &CrossKv, cancel: &Cancel) -> Result<Duration, EngineError> {
    let special = &whisper.model.tokenizer.special;
    let start = [special.sot, special.first_language, special.transcribe];
    let options = DecodeOptions {
        sot_sequence: &start,
        prompt: &[],
        prefix: &[],
        timestamps: true,
        temperature: 0.0,
        beam_size: 1,
        best_of: 1,
        seed: 0,
        forced: Some(TOKENS),
        some_word: false,
    };
    let mut lockstep = Lockstep::new(&whisper.decoder, &whisper.model.tokenizer);
    lockstep.admit(0, cross, &options);
    lockstep.step(cancel)?;
    let mut times = Vec::with_capacity(TOKENS);
    while !lockstep.is_empty() {
        let began = Instant::now();
        lockstep.step(cancel)?;
        times.push(began.elapsed());
    }
    times.sort();
    times.get(times.len() / 2).copied().ok_or_else(|| EngineError::Defect("no token was decoded".into()))
}

/// The shortest time of [`RUNS`], and what the last gave.
fn fastest<T>(mut work: impl FnMut() -> Result<T, EngineError>) -> Result<(Duration, T), EngineError> {
    let began = Instant::now();
    let mut last = work()?;
    let mut least = began.elapsed();
    for _ in 1..RUNS {
        let began = Instant::now();
        last = work()?;
        least = least.min(began.elapsed());
    }
    Ok((least, last))
}

fn defect(error: impl ToString) -> EngineError {
    EngineError::Defect(error.to_string())
}

fn stopped(error: BackendError) -> EngineError {
    match error {
        BackendError::Cancelled(cancelled) => cancelled.into(),
        other => defect(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speeds::{WIDTHS, estimated};

    #[test]
    fn a_layer_has_times_and_they_end_when_nobody_wants_them() {
        let sample = gauge(WIDTHS[0], Precision::Int8, 1, &Cancel::new()).unwrap();
        for time in [sample.mel, sample.encoder, sample.cross, sample.step] {
            assert!(time > 0.0 && time < 60.0, "{sample:?}");
        }
        assert!(estimated(&Size::Tiny.dims(), &sample).is_finite());
        let cancel = Cancel::new();
        cancel.raise();
        assert!(matches!(gauge(WIDTHS[0], Precision::Int8, 1, &cancel), Err(EngineError::Cancelled(_))));
        assert!(gauge(7, Precision::Int8, 1, &Cancel::new()).is_err());
    }
}
