//! Trying again at a higher temperature (openai-whisper, `transcribe.py`, `decode_with_fallback`).

use super::{Options, Way};
use crate::cancel::{Cancel, Cancelled};
use crate::decoder::{CrossKv, DecodeOptions, Decoder, WindowText, decode_window};
use crate::hash::fnv1a;
use crate::mel::MelWindow;
use crate::model::Tokenizer;
use crate::transcript::{Intervention, Token};

/// Text that compresses better than this repeats itself.
const COMPRESSION_RATIO_LIMIT: f32 = 2.4;
/// Text less likely than this per token is a failure.
pub(super) const LOG_PROBABILITY_LIMIT: f32 = -1.0;
/// Above this, unlikely text is taken for silence.
pub(super) const NO_SPEECH_LIMIT: f32 = 0.6;
/// Step from one temperature to the next, and the last one.
const TEMPERATURE_STEP: f32 = 0.2;
const LAST_TEMPERATURE: f32 = 1.0;

/// A loop is at least this many tokens long in all …
const LOOP_TOKENS: usize = 20;
/// … and at least this many rounds of the same tokens.
const LOOP_ROUNDS: usize = 4;

/// Decodes one window at rising temperatures until the result is credible.
pub(super) struct Attempts<'a> {
    pub(super) decoder: &'a Decoder,
    pub(super) tokenizer: &'a Tokenizer,
    pub(super) options: &'a Options,
    pub(super) sot_sequence: &'a [Token],
    pub(super) cancel: &'a Cancel,
}

impl Attempts<'_> {
    /// The last attempt, the number of steps of all of them, and why there were more than one.
    /// `start` is where the window begins, in seconds.
    pub(super) fn run(
        &self,
        cross: &CrossKv,
        window: &MelWindow,
        prompt: &[Token],
        start: f64,
        interventions: &mut Vec<Intervention>,
    ) -> Result<(WindowText, usize), Cancelled> {
        let strategy = &self.options.strategy;
        let mut temperature = strategy.temperature;
        let mut steps = 0;
        loop {
            let options = DecodeOptions {
                sot_sequence: self.sot_sequence,
                prompt,
                timestamps: self.options.timestamps,
                temperature,
                beam_size: strategy.beam_size,
                best_of: strategy.best_of,
                // Nothing is drawn at temperature 0.
                seed: if temperature > 0.0 { seed(window, prompt, temperature) } else { 0 },
            };
            let text = decode_window(self.decoder, self.tokenizer, cross, &options, self.cancel)?;
            steps += text.steps;
            let last =
                self.options.way == Way::Strict || temperature + TEMPERATURE_STEP > LAST_TEMPERATURE + 1e-3;
            if last {
                return Ok((text, steps));
            }
            let silent = text.no_speech_prob > NO_SPEECH_LIMIT && text.avg_logprob < LOG_PROBABILITY_LIMIT;
            let incredible =
                text.compression_ratio > COMPRESSION_RATIO_LIMIT || text.avg_logprob < LOG_PROBABILITY_LIMIT;
            if incredible && !silent {
                interventions.push(Intervention::TemperatureFallback { start, temperature });
            } else if !silent && ends_in_loop(&text.tokens, self.tokenizer.special.eot) {
                interventions.push(Intervention::LoopRetried { start, temperature });
            } else {
                return Ok((text, steps));
            }
            temperature = ((temperature + TEMPERATURE_STEP) * 10.0).round() / 10.0;
        }
    }
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
