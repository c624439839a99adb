//! Which tokens may come next (openai-whisper, `decoding.py`: SuppressBlank, SuppressTokens,
//! ApplyTimestampRules).

use crate::dims::SECONDS_PER_TIMESTAMP;
use crate::model::Tokenizer;
use crate::transcript::Token;

/// The first timestamp of a window may be at most this late.
const MAX_INITIAL_TIMESTAMP_SECONDS: f64 = 1.0;

/// The reference's logits filters, in its order.
#[derive(Clone, Debug)]
pub struct Filters {
    /// Forbidden as the first token: a lone space, and the end.
    blank: Vec<Token>,
    /// Never allowed.
    suppressed: Vec<Token>,
    timestamps: bool,
    /// The end is forbidden before the first text.
    some_word: bool,
    eot: usize,
    no_timestamps: usize,
    timestamp_begin: usize,
}

impl Filters {
    /// Filters for a vocabulary, with or without timestamp tokens.
    pub fn new(tokenizer: &Tokenizer, timestamps: bool) -> Self {
        let special = &tokenizer.special;
        let mut blank = tokenizer.encode(" ");
        blank.push(special.eot);
        let mut suppressed = tokenizer.non_speech_tokens();
        suppressed.extend([
            special.transcribe,
            special.translate,
            special.sot,
            special.sot_prev,
            special.sot_lm,
            special.no_speech,
        ]);
        Self {
            blank,
            suppressed,
            timestamps,
            some_word: false,
            eot: special.eot as usize,
            no_timestamps: special.no_timestamps as usize,
            timestamp_begin: special.timestamp_begin as usize,
        }
    }

    /// Forbids one more token for good.
    pub(super) fn never(&mut self, token: Token) {
        self.suppressed.push(token);
    }

    /// Forbids the end before there is a word.
    pub(super) fn some_word(&mut self) {
        self.some_word = true;
    }

    /// Sets the logits (`[n_vocab]`) of forbidden tokens to -inf; `sampled` are the window's tokens
    /// behind the prompt.
    pub fn apply(&self, logits: &mut [f32], sampled: &[Token]) {
        let mut forbid = |token: &Token| logits[*token as usize] = f32::NEG_INFINITY;
        if sampled.is_empty() {
            self.blank.iter().for_each(&mut forbid);
        }
        self.suppressed.iter().for_each(&mut forbid);
        if self.some_word && sampled.iter().all(|token| *token as usize >= self.eot) {
            forbid(&(self.eot as Token));
        }
        if self.timestamps {
            self.timestamp_rules(logits, sampled);
        }
    }

    /// Timestamps come in pairs but for the first and before the end, never go back, begin every
    /// window, and are forced when together they are likelier than any text token.
    fn timestamp_rules(&self, logits: &mut [f32], sampled: &[Token]) {
        const NEVER: f32 = f32::NEG_INFINITY;
        let begin = self.timestamp_begin;
        let is_time = |token: Option<&Token>| token.is_some_and(|t| *t as usize >= begin);
        logits[self.no_timestamps] = NEVER;
        let last = is_time(sampled.last());
        let penultimate = sampled.len() < 2 || is_time(sampled.get(sampled.len() - 2));
        if last && penultimate {
            logits[begin..].fill(NEVER);
        } else if last {
            logits[..self.eot].fill(NEVER);
        }
        if let Some(newest) = sampled.iter().rev().find(|t| is_time(Some(t))) {
            // A second of a pair may repeat the first; anything else must move on.
            let from = *newest as usize + usize::from(!last || penultimate);
            logits[begin..from].fill(NEVER);
        }
        if sampled.is_empty() {
            logits[..begin].fill(NEVER);
            let latest = begin + (MAX_INITIAL_TIMESTAMP_SECONDS / SECONDS_PER_TIMESTAMP).round() as usize;
            logits[latest + 1..].fill(NEVER);
        }
        let (text, times) = logits.split_at(begin);
        let likeliest_text = hark_simd::largest(text);
        if hark_simd::log_sum_exp(times) > likeliest_text {
            logits[..begin].fill(NEVER);
        }
    }
}
