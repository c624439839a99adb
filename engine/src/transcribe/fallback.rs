//! Trying again at a higher temperature (openai-whisper, `transcribe.py`, `decode_with_fallback`).

use super::Way;
use super::window::{Rules, Window};
use crate::cancel::{Cancel, Cancelled};
use crate::decoder::{CrossKv, DecodeOptions, Decoder, Lockstep, WindowText, compression_ratio};
use crate::dims::FRAMES_PER_SECOND;
use crate::hash::fnv1a;
use crate::mel::MelWindow;
use crate::model::Tokenizer;
use crate::transcript::{Intervention, Token};
use std::collections::{BTreeMap, VecDeque};
use std::ops::Deref;

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
/// A full stop or the like may close it: so many tokens.
const LOOP_TRAIL: usize = 2;

/// Decodes windows at rising temperatures until the results are credible, side by side as far as there is room;
/// a window that comes in later takes the next place. None of the results depends on the other windows.
///
/// Windows and what the encoder made of them are lent (`&`) or kept (`Arc`).
pub(crate) struct Attempts<'a, W, C> {
    tokenizer: &'a Tokenizer,
    lockstep: Lockstep<'a, C>,
    /// By the name that the caller gave each.
    asked: BTreeMap<usize, Asked<W, C>>,
    /// Who is to be decoded at which temperature as soon as there is room, those that try again first.
    waiting: VecDeque<(usize, f32)>,
}

/// A window that is being decoded, or was.
pub(crate) struct Asked<W, C> {
    pub(crate) window: W,
    pub(crate) cross: C,
    pub(crate) rules: Rules,
    pub(crate) outcome: Outcome,
}

/// Windows that are done, with their names.
pub(crate) type Done<W, C> = Vec<(usize, Asked<W, C>)>;

/// What became of one window.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    /// The last attempt.
    pub(crate) text: WindowText,
    /// Steps of all attempts.
    pub(crate) steps: usize,
    /// Why there was more than one.
    pub(crate) interventions: Vec<Intervention>,
}

impl<'a, W, C> Attempts<'a, W, C>
where
    W: Deref<Target = Window>,
    C: Clone + Deref<Target = CrossKv>,
{
    pub(crate) fn new(decoder: &'a Decoder, tokenizer: &'a Tokenizer) -> Self {
        let lockstep = Lockstep::new(decoder, tokenizer);
        Self { tokenizer, lockstep, asked: BTreeMap::new(), waiting: VecDeque::new() }
    }

    /// Takes in a window under a name of the caller's choice, to be decoded by its recording's rules.
    pub(crate) fn admit(&mut self, name: usize, window: W, cross: C, rules: Rules) {
        self.waiting.push_back((name, rules.options.strategy.temperature));
        self.asked.insert(name, Asked { window, cross, rules, outcome: Outcome::default() });
    }

    /// Lets a window go that nobody waits for any more.
    pub(crate) fn dismiss(&mut self, name: usize) {
        self.lockstep.dismiss(name);
        self.asked.remove(&name);
        self.waiting.retain(|(known, _)| *known != name);
    }

    /// Windows that are not done.
    pub(crate) fn len(&self) -> usize {
        self.asked.len()
    }

    /// Sequences under way, and those that wait for room.
    pub(crate) fn rows(&self) -> usize {
        let waiting = self.waiting.iter().map(|(name, temperature)| {
            self.asked.get(name).map_or(0, |asked| asked.options(*temperature).rows())
        });
        self.lockstep.rows() + waiting.sum::<usize>()
    }

    /// One more token for every sequence; the windows that are done, with their names.
    pub(crate) fn step(&mut self, cancel: &Cancel) -> Result<Done<W, C>, Cancelled> {
        while let Some((name, temperature)) = self.waiting.pop_front() {
            let Some(asked) = self.asked.get(&name) else { continue };
            let options = asked.options(temperature);
            if !self.lockstep.has_room(&options) {
                self.waiting.push_front((name, temperature));
                break;
            }
            self.lockstep.admit(name, asked.cross.clone(), &options);
        }
        let mut done = Vec::new();
        for (name, text) in self.lockstep.step(cancel)? {
            let Some(mut asked) = self.asked.remove(&name) else { continue };
            asked.outcome.steps += text.steps;
            let start = asked.window.seek as f64 / FRAMES_PER_SECOND as f64;
            let next = if asked.rules.some_word {
                // It was asked for what it had not said by itself: that has to be likely.
                if rejected(&text, start, Way::Default, self.tokenizer).is_none() {
                    asked.outcome.text = text;
                }
                None
            } else if let Some(reason) = rejected(&text, start, asked.rules.options.way, self.tokenizer) {
                Some((reason, warmer(text.temperature)))
            } else {
                let doubt = asked.doubt(&text, start);
                asked.outcome.text = text;
                doubt
            };
            match next {
                Some((reason, temperature)) => {
                    asked.outcome.interventions.push(reason);
                    self.asked.insert(name, asked);
                    self.waiting.push_front((name, temperature));
                }
                None => done.push((name, asked)),
            }
        }
        Ok(done)
    }
}

impl<W: Deref<Target = Window>, C> Asked<W, C> {
    /// Why a text that says nothing is not believed, if it is not, and the temperature at which the window is tried
    /// again by other rules. Where the voice gate heard somebody, text before the window may have led astray, and
    /// silence is believed only of a model that hears it.
    fn doubt(&mut self, text: &WindowText, start: f64) -> Option<(Intervention, f32)> {
        let empty = text.text.is_empty() || is_silence(text);
        if !(empty && self.window.speaks) || self.rules.options.way == Way::Strict {
            return None;
        }
        let reason = if !self.rules.prompt.is_empty() {
            self.rules.prompt.clear();
            Intervention::PromptDropped { start }
        } else if text.no_speech_prob <= NO_SPEECH_LIMIT {
            self.rules.some_word = true;
            Intervention::SilenceDoubted { start }
        } else {
            return None;
        };
        Some((reason, self.rules.options.strategy.temperature))
    }

    fn options(&self, temperature: f32) -> DecodeOptions<'_> {
        let Rules { options, sot_sequence, prompt, some_word } = &self.rules;
        DecodeOptions {
            sot_sequence,
            prompt,
            prefix: &[],
            timestamps: options.timestamps,
            temperature,
            beam_size: options.strategy.beam_size,
            best_of: options.strategy.best_of,
            // Nothing is drawn at temperature 0.
            seed: if temperature > 0.0 { seed(&self.window.mel, prompt, temperature) } else { 0 },
            forced: options.forced,
            some_word: *some_word,
        }
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

/// Whether this text repeats itself, and the reference or the guard against loops would try again.
pub(super) fn is_nonsense(tokens: &[Token], tokenizer: &Tokenizer) -> bool {
    let text: Vec<Token> = tokens.iter().copied().filter(|t| *t < tokenizer.special.eot).collect();
    compression_ratio(tokenizer.decode(&text).trim()) > COMPRESSION_RATIO_LIMIT
        || ends_in_loop(tokens, tokenizer.special.eot)
}

/// The next temperature, a whole number of tenths.
fn warmer(temperature: f32) -> f32 {
    ((temperature + TEMPERATURE_STEP) * 10.0).round() / 10.0
}

/// Whether the text tokens (those below `eot`) end in rounds of the same tokens.
fn ends_in_loop(tokens: &[Token], eot: Token) -> bool {
    let text: Vec<Token> = tokens.iter().copied().filter(|t| *t < eot).collect();
    (0..=LOOP_TRAIL.min(text.len())).any(|trail| {
        let text = &text[..text.len() - trail];
        (1..=text.len() / LOOP_ROUNDS).any(|period| {
            let same =
                text.iter().rev().zip(text.iter().rev().skip(period)).take_while(|(a, b)| a == b).count();
            let looped = same + period;
            looped >= LOOP_TOKENS && looped / period >= LOOP_ROUNDS
        })
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
        assert!(looped(&[vec![7; 20], vec![8, 9]].concat()), "a full stop behind it");
        assert!(!looped(&[vec![7; 20], vec![8, 9, 10]].concat()));
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
