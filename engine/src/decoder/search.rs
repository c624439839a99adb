//! The search for one window's text, a step at a time (openai-whisper, `decoding.py`, DecodingTask).

use super::beam::Beams;
use super::cache::{CrossKv, SelfKv, Sequence};
use super::filters::Filters;
use super::network::Decoder;
use super::sampling::{Random, argmax, draw};
use super::window::{DecodeOptions, WindowText, compression_ratio};
use crate::model::Tokenizer;
use crate::transcript::Token;
use std::ops::Deref;

/// A window's sequences between two steps; it holds the window in whichever way suits the caller.
pub(super) struct Search<C> {
    cross: C,
    temperature: f32,
    /// Sequences that it begins with.
    width: usize,
    /// Tokens that the text is known to begin with.
    known: usize,
    filters: Filters,
    eot: Token,
    no_speech: Token,
    /// What every sequence begins with, and where the transcript starts in it.
    initial: Vec<Token>,
    sot_index: usize,
    /// Tokens that may be sampled: half of the context, and never beyond its end.
    longest: usize,
    no_speech_prob: f32,
    steps: usize,
    choice: Choice,
    /// One per living sequence, and the token that it takes next; before it has begun, one for them all.
    caches: Vec<SelfKv>,
    next: Vec<Token>,
}

/// How tokens are chosen, and what was chosen.
enum Choice {
    /// The likeliest token, or one drawn.
    Sample {
        random: Random,
        /// Sampled tokens and the sum of their log-probabilities.
        sequences: Vec<(Vec<Token>, f32)>,
        /// The sequences that have not ended.
        alive: Vec<usize>,
    },
    Beam(Beams),
}

impl<C: Deref<Target = CrossKv>> Search<C> {
    pub(super) fn new(
        decoder: &Decoder,
        tokenizer: &Tokenizer,
        cross: C,
        options: &DecodeOptions<'_>,
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
        initial.extend(options.prefix);
        let mut filters = Filters::new(tokenizer, options.timestamps);
        let mut longest = decoder.longest_text(initial.len());
        if let Some(tokens) = options.forced {
            filters.never(special.eot);
            longest = longest.min(tokens);
        }
        if options.some_word {
            filters.some_word();
        }
        let rows = options.rows();
        let choice = if options.temperature == 0.0 && rows > 1 {
            Choice::Beam(Beams::new(rows, options.prefix, special.eot))
        } else {
            Choice::Sample {
                random: Random::new(options.seed),
                sequences: vec![(options.prefix.to_vec(), 0.0); rows],
                alive: (0..rows).collect(),
            }
        };
        Self {
            cross,
            filters,
            eot: special.eot,
            no_speech: special.no_speech,
            longest,
            temperature: options.temperature,
            width: rows,
            known: options.prefix.len(),
            initial,
            sot_index,
            no_speech_prob: 0.0,
            steps: 0,
            choice,
            caches: vec![decoder.cache()],
            next: Vec::new(),
        }
    }

    /// Sequences that share the passes, now or once it has begun.
    pub(super) fn rows(&self) -> usize {
        if self.begun() { self.next.len() } else { self.width }
    }

    pub(super) fn begun(&self) -> bool {
        self.steps > 0
    }

    pub(super) fn ended(&self) -> bool {
        self.begun() && self.next.is_empty()
    }

    /// What every sequence begins with.
    pub(super) fn initial(&self) -> &[Token] {
        &self.initial
    }

    /// Where in [`Search::initial`] the transcript starts.
    pub(super) fn sot_index(&self) -> usize {
        self.sot_index
    }

    /// Rows of the next pass: a token of each living sequence, or all that they begin with.
    pub(super) fn pass_rows(&self) -> usize {
        if self.begun() { self.next.len() } else { self.initial.len() }
    }

    /// The rows of the next pass whose logits [`Search::take`] needs.
    pub(super) fn wanted(&self) -> impl Iterator<Item = usize> {
        let first = (!self.begun()).then_some([self.sot_index, self.initial.len() - 1]);
        first.into_iter().flatten().chain(0..self.next.len())
    }

    /// The sequences of the next pass, each with the tokens that it takes.
    pub(super) fn sequences(&mut self) -> impl Iterator<Item = (Sequence<'_>, &[Token])> {
        let cross = &*self.cross;
        let (tokens, each) =
            if self.steps > 0 { (&self.next, 1) } else { (&self.initial, self.initial.len()) };
        let sequences = self.caches.iter_mut().map(move |cache| Sequence { cross, cache });
        sequences.zip(tokens.chunks(each))
    }

    /// The only sequence before anything is chosen.
    pub(super) fn first_sequence(&mut self) -> Option<Sequence<'_>> {
        let cross = &*self.cross;
        self.caches.first_mut().map(|cache| Sequence { cross, cache })
    }

    /// Chooses the next tokens by what came of the pass: `logits` has a row of the vocabulary for each that is
    /// [`Search::wanted`].
    pub(super) fn take(&mut self, logits: &mut [f32]) {
        if self.begun() {
            return self.advance(logits);
        }
        let (start, first) = logits.split_at_mut(logits.len() / 2);
        self.begin_with(start, first);
    }

    /// Chooses the first tokens: `start` are the logits at the start of the transcript, `first` those
    /// behind the initial tokens.
    pub(super) fn begin_with(&mut self, start: &mut [f32], first: &[f32]) {
        hark_simd::softmax(start);
        self.no_speech_prob = start[self.no_speech as usize];
        self.caches = vec![self.caches.swap_remove(0); self.width];
        self.advance(&mut first.repeat(self.width));
    }

    /// Chooses the next tokens; `logits` has a row of the vocabulary per living sequence.
    fn advance(&mut self, logits: &mut [f32]) {
        let vocabulary = logits.len() / self.caches.len();
        let rows = logits.chunks_exact_mut(vocabulary);
        self.steps += 1;
        match &mut self.choice {
            Choice::Sample { random, sequences, alive } => {
                let temperature = self.temperature;
                self.next.clear();
                let mut lives = Vec::with_capacity(alive.len());
                for (i, row) in alive.iter().zip(rows) {
                    let (tokens, sum) = &mut sequences[*i];
                    self.filters.apply(row, tokens);
                    let token = if temperature > 0.0 { draw(row, temperature, random) } else { argmax(row) };
                    *sum += row[token as usize] - hark_simd::log_sum_exp(row);
                    lives.push(token != self.eot);
                    if token != self.eot {
                        tokens.push(token);
                        self.next.push(token);
                    }
                }
                keep(alive, &lives);
                keep(&mut self.caches, &lives);
            }
            Choice::Beam(beams) => {
                for (row, (tokens, _)) in rows.zip(&beams.alive) {
                    self.filters.apply(row, tokens);
                    let total = hark_simd::log_sum_exp(row);
                    row.iter_mut().for_each(|v| *v -= total);
                }
                let sources = beams.advance(logits);
                self.caches = continued(std::mem::take(&mut self.caches), &sources);
                self.next = beams.alive.iter().filter_map(|(tokens, _)| tokens.last().copied()).collect();
                if beams.done() {
                    self.next.clear();
                }
            }
        }
        if self.steps == self.longest {
            self.next.clear();
        }
    }

    /// The likeliest text: maximum likelihood per token, the first of equals.
    pub(super) fn finish(self, tokenizer: &Tokenizer) -> WindowText {
        let candidates = match self.choice {
            Choice::Sample { sequences, .. } => sequences,
            Choice::Beam(beams) => beams.finish(),
        };
        let rate = |(tokens, sum): &(Vec<Token>, f32)| sum / tokens.len().max(1) as f32;
        let mut best = 0;
        for (i, candidate) in candidates.iter().enumerate() {
            if rate(candidate) > rate(&candidates[best]) {
                best = i;
            }
        }
        let (tokens, sum) = candidates.into_iter().nth(best).unwrap_or_default();
        let text = tokenizer.decode(&tokens).trim().to_owned();
        WindowText {
            avg_logprob: sum / (tokens.len().saturating_sub(self.known) + 1) as f32,
            no_speech_prob: self.no_speech_prob,
            compression_ratio: compression_ratio(&text),
            temperature: self.temperature,
            steps: self.steps,
            tokens,
            text,
        }
    }
}

fn keep<T>(items: &mut Vec<T>, wanted: &[bool]) {
    let mut wanted = wanted.iter();
    items.retain(|_| wanted.next() == Some(&true));
}

/// The cache of each beam's source. A cache is copied only for its second and further beams.
fn continued(caches: Vec<SelfKv>, sources: &[usize]) -> Vec<SelfKv> {
    let mut old: Vec<Option<SelfKv>> = caches.into_iter().map(Some).collect();
    let take = |(i, source): (usize, &usize)| {
        if sources[i + 1..].contains(source) { old[*source].clone() } else { old[*source].take() }
    };
    sources.iter().enumerate().filter_map(take).collect()
}
