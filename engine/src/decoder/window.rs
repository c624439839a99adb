//! One window's text (openai-whisper, `decoding.py`, DecodingTask).

use super::beam::Beams;
use super::cache::{CrossKv, SelfKv};
use super::filters::Filters;
use super::network::{Decoder, Sequence};
use super::sampling::{Random, argmax, draw};
use crate::cancel::{Cancel, Cancelled};
use crate::model::Tokenizer;
use crate::transcript::Token;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::io::Write;

/// How to decode one window.
#[derive(Clone, Debug)]
pub struct DecodeOptions<'a> {
    /// Start of transcript, language and task (the reference's `sot_sequence`).
    pub sot_sequence: &'a [Token],
    /// Tokens of the text before; as many of the last as fit are used.
    pub prompt: &'a [Token],
    /// Decode with timestamp tokens.
    pub timestamps: bool,
    /// 0 takes the likeliest token; above 0 tokens are drawn.
    pub temperature: f32,
    /// Beams at temperature 0; 1 is greedy.
    pub beam_size: usize,
    /// Samples above temperature 0.
    pub best_of: usize,
    /// Start of the random numbers.
    pub seed: u64,
}

/// What one window became.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WindowText {
    /// Tokens behind the prompt, timestamps included, without the end.
    pub tokens: Vec<Token>,
    /// Their text, trimmed.
    pub text: String,
    /// Mean log-probability of the tokens and the end.
    pub avg_logprob: f32,
    /// Probability of the no-speech token at the start of the transcript.
    pub no_speech_prob: f32,
    /// See [`compression_ratio`].
    pub compression_ratio: f32,
    /// Temperature at which this was decoded.
    pub temperature: f32,
    /// Decoder steps taken.
    pub steps: usize,
}

/// UTF-8 bytes of a text per byte after zlib (level 6): above 2.4 a text repeats itself.
/// Empty text counts as 0.
pub fn compression_ratio(text: &str) -> f32 {
    if text.is_empty() {
        return 0.0;
    }
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(6));
    // Writing to memory does not fail; were it to, the ratio would read as infinite and be retried.
    let compressed = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish());
    compressed.map_or(f32::INFINITY, |bytes| text.len() as f32 / bytes.len() as f32)
}

/// Decodes one window.
///
/// # Errors
/// [`Cancelled`] within one token of `cancel` being raised.
pub fn decode_window(
    decoder: &Decoder,
    tokenizer: &Tokenizer,
    cross: &CrossKv,
    options: &DecodeOptions<'_>,
    cancel: &Cancel,
) -> Result<WindowText, Cancelled> {
    let task = Task::new(decoder, tokenizer, cross, options);
    let (first, no_speech_prob, cache) = task.start(cancel)?;
    let search = if options.temperature == 0.0 && options.beam_size > 1 {
        task.beam(first, cache, cancel)?
    } else {
        task.sample(first, cache, cancel)?
    };
    // Maximum likelihood per token; the first of equals.
    let rate = |(tokens, sum): &(Vec<Token>, f32)| sum / tokens.len().max(1) as f32;
    let mut best = 0;
    for (i, candidate) in search.candidates.iter().enumerate() {
        if rate(candidate) > rate(&search.candidates[best]) {
            best = i;
        }
    }
    let (tokens, sum) = search.candidates.into_iter().nth(best).unwrap_or_default();
    let text = tokenizer.decode(&tokens).trim().to_owned();
    Ok(WindowText {
        avg_logprob: sum / (tokens.len() + 1) as f32,
        no_speech_prob,
        compression_ratio: compression_ratio(&text),
        temperature: options.temperature,
        steps: search.steps,
        tokens,
        text,
    })
}

struct Task<'a> {
    decoder: &'a Decoder,
    cross: &'a CrossKv,
    options: &'a DecodeOptions<'a>,
    filters: Filters,
    eot: Token,
    no_speech: Token,
    initial: Vec<Token>,
    sot_index: usize,
}

struct Search {
    candidates: Vec<(Vec<Token>, f32)>,
    steps: usize,
}

impl<'a> Task<'a> {
    fn new(
        decoder: &'a Decoder,
        tokenizer: &Tokenizer,
        cross: &'a CrossKv,
        options: &'a DecodeOptions<'a>,
    ) -> Self {
        let special = &tokenizer.special;
        let mut initial = Vec::new();
        if !options.prompt.is_empty() {
            let room = decoder.longest_prompt();
            initial.push(special.sot_prev);
            initial.extend(&options.prompt[options.prompt.len().saturating_sub(room)..]);
        }
        let sot_index = initial.len();
        initial.extend(options.sot_sequence);
        if !options.timestamps {
            initial.push(special.no_timestamps);
        }
        let filters = Filters::new(tokenizer, options.timestamps);
        let (eot, no_speech) = (special.eot, special.no_speech);
        Self { decoder, cross, options, filters, eot, no_speech, initial, sot_index }
    }

    /// Takes the prompt: logits of the first token, no-speech probability, cache.
    fn start(&self, cancel: &Cancel) -> Result<(Vec<f32>, f32, SelfKv), Cancelled> {
        let mut cache = self.decoder.cache();
        let rows = [self.sot_index, self.initial.len() - 1];
        let mut logits = self.decoder.prefill_rows(self.cross, &mut cache, &self.initial, &rows, cancel)?;
        let first = logits.split_off(logits.len() / 2);
        hark_simd::softmax(&mut logits);
        Ok((first, logits[self.no_speech as usize], cache))
    }

    /// Tokens that may still be sampled: half of the context, and never beyond its end.
    fn longest(&self) -> usize {
        let context = self.decoder.dims().n_text_ctx;
        (context / 2).min(context + 1 - self.initial.len())
    }

    /// Greedy, or `best_of` samples side by side.
    fn sample(&self, first: Vec<f32>, cache: SelfKv, cancel: &Cancel) -> Result<Search, Cancelled> {
        let temperature = self.options.temperature;
        let n = if temperature > 0.0 { self.options.best_of.max(1) } else { 1 };
        let vocabulary = first.len();
        let mut random = Random::new(self.options.seed);
        let (mut logits, mut caches) = (first.repeat(n), vec![cache; n]);
        let mut sequences = vec![(Vec::<Token>::new(), 0.0f32); n];
        let mut ended = vec![false; n];
        let mut steps = 0;
        loop {
            let mut next = Vec::with_capacity(n);
            for (i, row) in logits.chunks_exact_mut(vocabulary).enumerate() {
                if ended[i] {
                    next.push(self.eot);
                    continue;
                }
                let (tokens, sum) = &mut sequences[i];
                self.filters.apply(row, tokens);
                let token = if temperature > 0.0 { draw(row, temperature, &mut random) } else { argmax(row) };
                *sum += row[token as usize] - hark_simd::log_sum_exp(row);
                ended[i] = token == self.eot;
                if !ended[i] {
                    tokens.push(token);
                }
                next.push(token);
            }
            steps += 1;
            if ended.iter().all(|e| *e) || steps == self.longest() {
                return Ok(Search { candidates: sequences, steps });
            }
            logits = self.step(&mut caches, &next, cancel)?;
        }
    }

    fn step(&self, caches: &mut [SelfKv], next: &[Token], cancel: &Cancel) -> Result<Vec<f32>, Cancelled> {
        let mut sequences: Vec<_> =
            caches.iter_mut().map(|cache| Sequence { cross: self.cross, cache }).collect();
        self.decoder.step_many(&mut sequences, next, cancel)
    }

    fn beam(&self, first: Vec<f32>, cache: SelfKv, cancel: &Cancel) -> Result<Search, Cancelled> {
        let n = self.options.beam_size;
        let vocabulary = first.len();
        let mut beams = Beams::new(n, self.eot);
        let (mut logits, mut caches) = (first.repeat(n), vec![cache; n]);
        let mut steps = 0;
        loop {
            for (row, (tokens, _)) in logits.chunks_exact_mut(vocabulary).zip(&beams.alive) {
                self.filters.apply(row, tokens);
                let total = hark_simd::log_sum_exp(row);
                row.iter_mut().for_each(|v| *v -= total);
            }
            let sources = beams.advance(&logits);
            steps += 1;
            if beams.done() || steps == self.longest() {
                return Ok(Search { candidates: beams.finish(), steps });
            }
            caches = continued(caches, &sources);
            let next: Vec<Token> =
                beams.alive.iter().filter_map(|(tokens, _)| tokens.last().copied()).collect();
            logits = self.step(&mut caches, &next, cancel)?;
        }
    }
}

/// The cache of each beam's source. A cache is copied only for its second and further beams.
fn continued(caches: Vec<SelfKv>, sources: &[usize]) -> Vec<SelfKv> {
    let mut old: Vec<Option<SelfKv>> = caches.into_iter().map(Some).collect();
    let take = |(i, source): (usize, &usize)| {
        if sources[i + 1..].contains(source) { old[*source].clone() } else { old[*source].take() }
    };
    sources.iter().enumerate().filter_map(take).collect()
}

#[cfg(test)]
mod tests {
    use super::compression_ratio;

    #[test]
    fn the_ratio_is_that_of_zlib_level_6() {
        // len(text) / len(zlib.compress(text)) in Python 3.11.
        assert_eq!(compression_ratio(""), 0.0);
        let text = "the quick brown fox ".repeat(10);
        assert!((compression_ratio(&text) - 200.0 / 31.0).abs() < 1e-6, "{}", compression_ratio(&text));
        assert!(compression_ratio("Please restart the software.") < 1.0);
    }
}
