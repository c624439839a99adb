//! Trying again at a higher temperature (openai-whisper, `transcribe.py`, `decode_with_fallback`).

use super::Way;
use super::window::{Rules, Window};
use crate::cancel::{Cancel, Cancelled};
use crate::decoder::{CrossKv, DecodeOptions, Decoder, Lockstep, WindowText};
use crate::dims::FRAMES_PER_SECOND;
use crate::hash::fnv1a;
use crate::mel::MelWindow;
use crate::model::Tokenizer;
use crate::transcript::{Intervention, Token};
use std::collections::VecDeque;

/// Text that compresses better than this repeats itself.
const COMPRESSION_RATIO_LIMIT: f32 = 2.4;
/// Text less likely than this per token is a failure.
const LOG_PROBABILITY_LIMIT: f32 = -1.0;
/// Above this, unlikely text is taken for silence.
const NO_SPEECH_LIMIT: f32 = 0.6;
/// Step from one temperature to the next, and the last one.
const TEMPERATURE_STEP: f32 = 0.2;
const LAST_TEMPERATURE: f32 = 1.0;

/// A loop is at least this many tokens long in all …
const LOOP_TOKENS: usize = 20;
/// … and at least this many rounds of the same tokens.
const LOOP_ROUNDS: usize = 4;

/// Decodes windows at rising temperatures until the results are credible, side by side where there
/// are several.
pub(super) struct Attempts<'a> {
    pub(super) decoder: &'a Decoder,
    pub(super) tokenizer: &'a Tokenizer,
    pub(super) cancel: &'a Cancel,
}

/// What became of one window.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    /// The last attempt.
    pub(super) text: WindowText,
    /// Steps of all attempts.
    pub(super) steps: usize,
    /// Why there was more than one.
    pub(super) interventions: Vec<Intervention>,
}

impl Attempts<'_> {
    /// One outcome per window, each of which comes with what the encoder made of it and its
    /// recording's rules. None of the outcomes depends on the other windows.
    pub(super) fn run(&self, windows: &[(&Window, &CrossKv, Rules<'_>)]) -> Result<Vec<Outcome>, Cancelled> {
        let mut outcomes = vec![Outcome::default(); windows.len()];
        let mut lockstep = Lockstep::new(self.decoder, self.tokenizer);
        let first = windows.iter().map(|(_, _, rules)| rules.options.strategy.temperature);
        let mut waiting: VecDeque<_> = first.enumerate().collect();
        loop {
            while let Some((window, temperature)) = waiting.pop_front() {
                let (Window { mel, .. }, cross, rules) = windows[window];
                let options = decode_options(mel, rules, temperature);
                if !lockstep.has_room(&options) {
                    waiting.push_front((window, temperature));
                    break;
                }
                lockstep.admit(window, cross, options);
            }
            if lockstep.is_empty() {
                return Ok(outcomes);
            }
            for (window, text) in lockstep.step(self.cancel)? {
                let outcome = &mut outcomes[window];
                outcome.steps += text.steps;
                let (Window { seek, .. }, _, rules) = windows[window];
                let start = *seek as f64 / FRAMES_PER_SECOND as f64;
                match rejected(&text, start, rules.options.way, self.tokenizer) {
                    Some(reason) => {
                        outcome.interventions.push(reason);
                        waiting.push_front((window, warmer(text.temperature)));
                    }
                    None => outcome.text = text,
                }
            }
        }
    }
}

fn decode_options<'a>(window: &MelWindow, rules: Rules<'a>, temperature: f32) -> DecodeOptions<'a> {
    let Rules { options, sot_sequence, prompt } = rules;
    DecodeOptions {
        sot_sequence,
        prompt,
        prefix: &[],
        timestamps: options.timestamps,
        temperature,
        beam_size: options.strategy.beam_size,
        best_of: options.strategy.best_of,
        // Nothing is drawn at temperature 0.
        seed: if temperature > 0.0 { seed(window, prompt, temperature) } else { 0 },
        forced: None,
    }
}

/// Why the window that begins at `start` should be tried again, if it should.
fn rejected(text: &WindowText, start: f64, way: Way, tokenizer: &Tokenizer) -> Option<Intervention> {
    let temperature = text.temperature;
    if way == Way::Strict || temperature + TEMPERATURE_STEP > LAST_TEMPERATURE + 1e-3 {
        return None;
    }
    let unlikely = text.avg_logprob < LOG_PROBABILITY_LIMIT;
    if text.no_speech_prob > NO_SPEECH_LIMIT && unlikely {
        None
    } else if text.compression_ratio > COMPRESSION_RATIO_LIMIT || unlikely {
        Some(Intervention::TemperatureFallback { start, temperature })
    } else if ends_in_loop(&text.tokens, tokenizer.special.eot) {
        Some(Intervention::LoopRetried { start, temperature })
    } else {
        None
    }
}

/// Whether the model heard nobody (the reference's `no_speech_threshold` and `logprob_threshold`).
pub(super) fn is_silence(text: &WindowText) -> bool {
    let sure = text.avg_logprob > LOG_PROBABILITY_LIMIT;
    text.no_speech_prob > NO_SPEECH_LIMIT && !sure
}

/// Whether the text repeats itself, and the reference or the guard against loops would try again.
pub(super) fn is_nonsense(text: &WindowText, tokenizer: &Tokenizer) -> bool {
    text.compression_ratio > COMPRESSION_RATIO_LIMIT || ends_in_loop(&text.tokens, tokenizer.special.eot)
}

/// The next temperature, a whole number of tenths.
fn warmer(temperature: f32) -> f32 {
    ((temperature + TEMPERATURE_STEP) * 10.0).round() / 10.0
}

/// Whether the text tokens (those below `eot`) end in rounds of the same tokens.
fn ends_in_loop(tokens: &[Token], eot: Token) -> bool {
    let text: Vec<Token> = tokens.iter().copied().filter(|t| *t < eot).collect();
    (1..=text.len() / LOOP_ROUNDS).any(|period| {
        let same = text.iter().rev().zip(text.iter().rev().skip(period)).take_while(|(a, b)| a == b).count();
        let looped = same + period;
        looped >= LOOP_TOKENS && looped / period >= LOOP_ROUNDS
    })
}

/// A hash of what decides the result, so that the same input always draws the same tokens.
fn seed(window: &MelWindow, prompt: &[Token], temperature: f32) -> u64 {
    let bits = window.data.iter().map(|v| v.to_bits()).chain(prompt.iter().copied());
    fnv1a(bits.chain([temperature.to_bits()]).flat_map(u32::to_le_bytes))
}

#[cfg(test)]
mod tests {
    use super::ends_in_loop;

    #[test]
    fn loops_are_long_and_exact() {
        let looped = |tokens: &[u32]| ends_in_loop(tokens, 1000);
        assert!(looped(&[7; 20]));
        assert!(!looped(&[7; 19]));
        assert!(looped(&[[1, 2, 3, 4, 5].repeat(4), vec![]].concat()));
        assert!(looped(&[vec![9, 8], [1, 2, 3, 4, 5].repeat(4), vec![1, 2]].concat()));
        assert!(!looped(&[1, 2, 3, 4, 5, 6, 7].repeat(3)));
        assert!(!looped(&(0..200).collect::<Vec<_>>()));
        // Timestamps between the rounds do not hide a loop.
        let timed: Vec<u32> = (0..6).flat_map(|i| [1000 + i, 1, 2, 3, 4, 1001 + i]).collect();
        assert!(looped(&timed));
        assert!(!looped(&[]));
    }
}
