//! From a recording to a transcript, window by window (openai-whisper, `transcribe.py`).
//!
//! The stages are listen, skip silence, mel, encode, decode, cut. In the reference's order each
//! window begins where the decoding of the one before ended (`seek`), so the stages run in one
//! explicit loop; `fast` is the other order.

mod fallback;
mod fast;
mod gate;
mod listen;
mod options;
mod plan;
mod segments;
mod words;

pub(crate) use options::sot_sequence;
pub use options::{Language, Options, Strategy, Task, Way};

use crate::audio::{AudioSource, VoiceGate};
use crate::cancel::Cancel;
use crate::decoder::{CrossKv, Decoder, WindowText, align, detect_language};
use crate::dims::{FRAMES_PER_SECOND, HOP, WINDOW_FRAMES};
use crate::encoder::{Backend, BackendError};
use crate::error::EngineError;
use crate::mel::MelWindow;
use crate::metrics::{AudioTime, Timings, WallTime};
use crate::model::Model;
use crate::transcript::{Segment, Token, Transcript};
use crate::whisper::Whisper;
use fallback::{Attempts, Outcome};
use listen::Listened;
use std::time::Instant;

/// Above this temperature a text is too uncertain to be the next window's prompt.
const PROMPT_TEMPERATURE_LIMIT: f32 = 0.5;

/// What happens while a recording is transcribed, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The first pass over the audio is under way: this much has been read.
    Listened(AudioTime),
    /// The first pass is over; the recording is this long.
    Length(AudioTime),
    /// The language was detected, with its probability.
    Language(String, f32),
    /// A window was decoded.
    Window(WindowTrace),
    /// A segment is final.
    Segment(Segment),
    /// Everything up to here is transcribed.
    Progress(AudioTime),
}

/// One window's decoding, for comparison with a reference.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowTrace {
    /// Mel frame at which the window begins.
    pub seek: usize,
    /// Tokens of the text before the window, as many of the last as the decoder takes.
    pub prompt: Vec<Token>,
    /// What was decoded, and its scores.
    pub text: WindowText,
}

/// Transcribes a recording.
///
/// # Errors
/// [`EngineError`]: cancelled, unreadable audio, a failed backend, or options that do not fit the model.
pub fn transcribe(
    whisper: &mut Whisper,
    audio: &dyn AudioSource,
    options: &Options,
    cancel: &Cancel,
    on_event: &mut dyn FnMut(Event),
) -> Result<(Transcript, Timings), EngineError> {
    let start = Instant::now();
    let Whisper { model, backend, decoder } = whisper;
    options.check(&model.tokenizer)?;
    let gate = (options.way != Way::Strict).then(VoiceGate::new);
    let listened = Listened::new(audio, &model.mel_filters, gate, listen::KEPT_FRAMES, cancel, on_event)?;
    let transcript = Transcript { damage: listened.damage, ..Transcript::default() };
    let timings = Timings { audio: listened.length, ..Timings::default() };
    let language = String::new();
    let mut walk = Walk {
        model,
        backend: &mut **backend,
        decoder,
        options,
        cancel,
        listened,
        language,
        sot_sequence: Vec::new(),
        transcript,
        tokens: Vec::new(),
        initial: 0,
        prompt_from: 0,
        speech_end: 0.0,
        timings,
    };
    walk.run(on_event)?;
    walk.timings.mel = walk.listened.mel_time;
    walk.timings.processing = start.elapsed().into();
    Ok((walk.transcript, walk.timings))
}

/// The way through one recording.
struct Walk<'a> {
    model: &'a Model,
    backend: &'a mut dyn Backend,
    decoder: &'a Decoder,
    options: &'a Options,
    cancel: &'a Cancel,
    listened: Listened<'a>,
    language: String,
    sot_sequence: Vec<Token>,
    transcript: Transcript,
    /// The initial prompt's tokens and those of every segment.
    tokens: Vec<Token>,
    /// How many of them are the initial prompt's.
    initial: usize,
    /// Tokens before this are no longer a prompt.
    prompt_from: usize,
    /// Where the last word ended, in seconds.
    speech_end: f64,
    timings: Timings,
}

/// A stretch of the recording that is given to the model, at most 30 s long.
struct Window {
    /// Mel frame at which it begins.
    seek: usize,
    /// Its length in mel frames.
    frames: usize,
    mel: MelWindow,
}

impl Walk<'_> {
    fn run(&mut self, on_event: &mut dyn FnMut(Event)) -> Result<(), EngineError> {
        let prompt = self.options.initial_prompt.as_deref().map(str::trim).filter(|p| !p.is_empty());
        self.tokens = prompt.map_or_else(Vec::new, |p| self.model.tokenizer.encode(&format!(" {p}")));
        self.initial = self.tokens.len();
        match self.options.way {
            Way::Default | Way::Strict => self.run_in_order(on_event)?,
            Way::Fast => self.run_side_by_side(on_event)?,
        }
        self.transcript.text = self.model.tokenizer.decode(&self.tokens[self.initial..]);
        self.transcript.language = std::mem::take(&mut self.language);
        if self.transcript.language.is_empty() {
            self.transcript.language =
                self.options.stated_language(&self.model.tokenizer).unwrap_or_default();
        }
        Ok(())
    }

    fn run_in_order(&mut self, on_event: &mut dyn FnMut(Event)) -> Result<(), EngineError> {
        let mut seek = 0;
        if self.options.way == Way::Strict {
            self.settle_language(0, on_event)?;
        }
        while seek < self.listened.frames {
            self.cancel.check()?;
            let next = self.window(seek, on_event)?;
            // The rules always move on; were they not to, this would never end.
            seek = if next > seek { next } else { seek + WINDOW_FRAMES };
            let done = seek.min(self.listened.frames) * HOP;
            on_event(Event::Progress(AudioTime::from_samples(done)));
        }
        Ok(())
    }

    /// Transcribes the window at `seek`; returns where the next one begins.
    fn window(&mut self, seek: usize, on_event: &mut dyn FnMut(Event)) -> Result<usize, EngineError> {
        if self.options.way == Way::Default {
            let (next, skipped) = gate::skip_silence(seek, self.listened.frames, &self.listened.speech);
            if let Some(skipped) = skipped {
                self.transcript.interventions.push(skipped);
                return Ok(next);
            }
        }
        if self.language.is_empty() {
            self.settle_language(seek, on_event)?;
        }
        let frames = (self.listened.frames - seek).min(WINDOW_FRAMES);
        let mel = self.listened.window(seek, frames)?;
        let window = Window { seek, frames, mel };
        let cross = self.encode(std::slice::from_ref(&window.mel))?;
        let outcomes = self.decode(std::slice::from_ref(&window), &cross)?;
        let (Some(outcome), Some(cross)) = (outcomes.into_iter().next(), cross.first()) else {
            return Ok(seek + frames);
        };
        self.take(&window, cross, outcome, on_event)
    }

    /// Takes what a window became into the transcript; returns where the decoding ended.
    fn take(
        &mut self,
        window: &Window,
        cross: &CrossKv,
        outcome: Outcome,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<usize, EngineError> {
        let Window { seek, frames, .. } = *window;
        let Outcome { text, steps, interventions } = outcome;
        self.timings.steps += steps;
        self.transcript.interventions.extend(interventions);
        on_event(Event::Window(WindowTrace { seek, prompt: self.prompt().to_vec(), text: text.clone() }));
        if fallback::is_silence(&text) {
            return Ok(seek + frames);
        }
        let mut cut = segments::cut(&text, &self.model.tokenizer, seek, frames);
        let mut next = seek + cut.advance;
        if self.options.word_timestamps {
            self.add_words(&mut cut.segments, cross, frames)?;
            let words = cut.segments.iter().rev().flat_map(|s| s.words.last());
            let end = words.map(|w| w.end).next().or(cut.segments.last().map(|s| s.end));
            let offset = seek as f64 / FRAMES_PER_SECOND as f64;
            if let Some(end) = end.filter(|end| *end > offset && !cut.complete) {
                next = (end * FRAMES_PER_SECOND as f64).round() as usize;
            }
            self.speech_end = end.unwrap_or(self.speech_end);
        }
        self.keep(cut.segments, on_event);
        if text.temperature > PROMPT_TEMPERATURE_LIMIT {
            self.prompt_from = self.tokens.len();
        }
        Ok(next)
    }

    /// The text before the next window, or the initial prompt if windows do not wait for each other.
    fn prompt(&self) -> &[Token] {
        let before = match self.options.way {
            Way::Default | Way::Strict => &self.tokens[self.prompt_from..],
            Way::Fast => &self.tokens[..self.initial],
        };
        &before[before.len().saturating_sub(self.decoder.longest_prompt())..]
    }

    /// The language asked for, or the one heard at `seek` (the start, in the strict way).
    fn settle_language(&mut self, seek: usize, on_event: &mut dyn FnMut(Event)) -> Result<(), EngineError> {
        let tokenizer = &self.model.tokenizer;
        self.language = match self.options.stated_language(tokenizer) {
            Some(language) => language,
            None => {
                let window = self.listened.language_window(seek)?;
                let cross = self.encode(&[window])?;
                let languages = match cross.first() {
                    Some(cross) => detect_language(self.decoder, tokenizer, cross, self.cancel)?,
                    None => Vec::new(),
                };
                let (code, probability) = languages.first().copied().unwrap_or(("en", 0.0));
                on_event(Event::Language(code.into(), probability));
                code.into()
            }
        };
        self.sot_sequence = options::sot_sequence(tokenizer, &self.language, self.options.task);
        Ok(())
    }

    fn encode(&mut self, windows: &[MelWindow]) -> Result<Vec<CrossKv>, EngineError> {
        let start = Instant::now();
        let encoded = self.backend.encode(windows, self.cancel)?;
        self.timings.encode += start.elapsed().into();
        self.timings.windows += windows.len();
        if encoded.len() != windows.len() {
            let text = format!("the encoder gave {} outputs for {} windows", encoded.len(), windows.len());
            return Err(BackendError::Device(text).into());
        }
        let start = Instant::now();
        let cross: Result<_, _> =
            encoded.iter().map(|encoded| self.decoder.cross_kv(encoded, self.cancel)).collect();
        self.timings.decode += start.elapsed().into();
        Ok(cross?)
    }

    /// The texts of windows, each as if it were alone.
    fn decode(&mut self, windows: &[Window], cross: &[CrossKv]) -> Result<Vec<Outcome>, EngineError> {
        let start = Instant::now();
        let attempts = Attempts {
            decoder: self.decoder,
            tokenizer: &self.model.tokenizer,
            options: self.options,
            sot_sequence: &self.sot_sequence,
            prompt: self.prompt(),
            cancel: self.cancel,
        };
        let seconds = |window: &Window| window.seek as f64 / FRAMES_PER_SECOND as f64;
        let windows: Vec<_> =
            windows.iter().zip(cross).map(|(window, cross)| (cross, &window.mel, seconds(window))).collect();
        let outcomes = attempts.run(&windows)?;
        self.timings.decode += WallTime::from(start.elapsed());
        Ok(outcomes)
    }

    fn add_words(
        &mut self,
        segments: &mut [Segment],
        cross: &CrossKv,
        frames: usize,
    ) -> Result<(), EngineError> {
        let start = Instant::now();
        let tokenizer = &self.model.tokenizer;
        let eot = tokenizer.special.eot;
        let text: Vec<Token> =
            segments.iter().flat_map(|s| &s.tokens).copied().filter(|t| *t < eot).collect();
        let heads = &self.model.alignment_heads;
        let times =
            align(self.decoder, tokenizer, cross, &self.sot_sequence, &text, frames, heads, self.cancel)?;
        words::add_words(segments, &text, &times, tokenizer, &self.language, &mut self.speech_end);
        self.timings.decode += WallTime::from(start.elapsed());
        Ok(())
    }

    /// Takes the segments that hold text and time. The reference keeps the others, too, but empties
    /// them; nobody has a use for those.
    fn keep(&mut self, segments: Vec<Segment>, on_event: &mut dyn FnMut(Event)) {
        for mut segment in segments {
            if segment.start == segment.end || segment.text.trim().is_empty() {
                continue;
            }
            segment.id = self.transcript.segments.len();
            self.tokens.extend(&segment.tokens);
            on_event(Event::Segment(segment.clone()));
            self.transcript.segments.push(segment);
        }
    }
}
