//! The stages of a 30 s window, as a transcription runs them.

use super::figure::timed;
use crate::cli::exit::{Complaint, Exit, Failure};
use hark_engine::decoder::{CrossKv, DecodeOptions, Lockstep};
use hark_engine::dims::{SAMPLE_RATE_HZ, WINDOW_FRAMES, WINDOW_SAMPLES};
use hark_engine::encoder::{BackendError, EncoderOutput};
use hark_engine::mel::{self, MelFill, MelWindow};
use hark_engine::transcript::Token;
use hark_engine::{Cancel, Cancelled, Whisper};
use std::time::Duration;

/// Runs one stage after the other.
pub struct Stages {
    pub whisper: Whisper,
    /// Ends the work between two layers.
    pub cancel: Cancel,
}

impl Stages {
    /// Log-mel spectrogram of 30 s.
    pub fn mel(&self, samples: &[f32]) -> MelWindow {
        let (frames, max) = mel::whole(&self.whisper.model.mel_filters, samples);
        frames.window(0, WINDOW_FRAMES, max, MelFill::Zero)
    }

    pub fn encode(&mut self, window: &MelWindow) -> Result<EncoderOutput, Failure> {
        let encoded = self.whisper.backend.encode(std::slice::from_ref(window), &self.cancel);
        let encoded = encoded.map_err(|error| match error {
            BackendError::Cancelled(cancelled) => stopped(cancelled),
            other => Exit::Failed.with(Complaint::new(other.to_string())),
        })?;
        let none = || Exit::Failed.with(Complaint::new("the encoder gave nothing"));
        encoded.into_iter().next().ok_or_else(none)
    }

    pub fn cross_kv(&self, encoded: &EncoderOutput) -> Result<CrossKv, Failure> {
        self.whisper.decoder.cross_kv(encoded, &self.cancel).map_err(stopped)
    }

    /// Takes `tokens` as one prompt; the logits of the last.
    pub fn prefill(&self, cross: &CrossKv, tokens: &[Token]) -> Result<Vec<f32>, Failure> {
        let decoder = &self.whisper.decoder;
        let last = tokens.len().saturating_sub(1);
        decoder.prefill_rows(cross, &mut decoder.cache(), tokens, &[last], &self.cancel).map_err(stopped)
    }

    /// What tells the decoder to begin.
    pub fn start(&self) -> Vec<Token> {
        let special = &self.whisper.model.tokenizer.special;
        let mut start = vec![special.sot];
        if self.whisper.model.tokenizer.multilingual {
            start.extend([special.first_language, special.transcribe]);
        }
        start
    }

    /// As many of `tokens` as a text has room for.
    pub fn room(&self, tokens: usize) -> usize {
        tokens.min(self.whisper.decoder.longest_text(self.start().len()))
    }

    /// Decodes windows side by side into texts of as many tokens: passes, filters, the likeliest tokens
    /// and their probabilities. Gives the time of each step but the first, which takes the prompt, too;
    /// calls `between` before each.
    pub fn decode(
        &self,
        windows: &[CrossKv],
        tokens: usize,
        mut between: impl FnMut(),
    ) -> Result<Vec<Duration>, Failure> {
        let options = DecodeOptions {
            sot_sequence: &self.start(),
            prompt: &[],
            prefix: &[],
            timestamps: true,
            temperature: 0.0,
            beam_size: 1,
            best_of: 1,
            seed: 0,
            forced: Some(tokens),
            some_word: false,
        };
        let mut lockstep = Lockstep::new(&self.whisper.decoder, &self.whisper.model.tokenizer);
        for (name, cross) in windows.iter().enumerate() {
            lockstep.admit(name, cross, &options);
        }
        lockstep.step(&self.cancel).map_err(stopped)?;
        let mut times = Vec::with_capacity(tokens);
        while !lockstep.is_empty() {
            between();
            let (done, time) = timed(|| lockstep.step(&self.cancel));
            done.map_err(stopped)?;
            times.push(time);
        }
        Ok(times)
    }

    /// All of it, from samples to a text of `tokens` tokens.
    pub fn whole(&mut self, samples: &[f32], tokens: usize) -> Result<(), Failure> {
        let mel = self.mel(samples);
        let encoded = self.encode(&mel)?;
        let cross = self.cross_kv(&encoded)?;
        self.decode(&[cross], tokens, || {}).map(drop)
    }
}

/// Whoever stops a benchmark knows that it was stopped.
pub fn stopped(_: Cancelled) -> Failure {
    Exit::Interrupted.quietly()
}

/// 30 s of a tone that glides and swells, another one for each number.
pub fn hum(number: usize) -> Vec<f32> {
    let second = SAMPLE_RATE_HZ as f32;
    let pitch = 150.0 + 37.0 * number as f32;
    let sample = |i: usize| {
        let t = i as f32 / second;
        (t * (pitch + 20.0 * t) * std::f32::consts::TAU).sin() * 0.3 * (t * 3.0).sin()
    };
    (0..WINDOW_SAMPLES).map(sample).collect()
}
