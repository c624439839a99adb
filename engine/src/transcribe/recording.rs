//! One recording and its transcript as far as it came.

use super::listen::{KEPT_FRAMES, Listened, Source};
use super::listening::Listening;
use super::stages::{Decoded, Stages};
use super::window::{Rules, Window};
use super::{Event, Options, Way, WindowTrace, options, words};
use crate::audio::VoiceGate;
use crate::dims::{FRAMES_PER_SECOND, SAMPLE_RATE_HZ};
use crate::error::EngineError;
use crate::metrics::Timings;
use crate::model::Tokenizer;
use crate::transcript::{Intervention, Segment, Token, Transcript};

/// Above this temperature a text is too uncertain to be the next window's prompt.
const PROMPT_TEMPERATURE_LIMIT: f32 = 0.5;

/// A recording that has been listened to, what is asked of it, and what is known of its text.
pub(crate) struct Recording<'a> {
    pub(crate) listened: Listened<'a>,
    pub(crate) options: Options,
    tokenizer: &'a Tokenizer,
    /// As many tokens as the decoder takes before a window.
    longest_prompt: usize,
    language: String,
    /// The language is that of all that comes.
    settled: bool,
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
    pub(crate) timings: Timings,
}

impl<'a> Recording<'a> {
    /// Reads a recording for the first time.
    pub(crate) fn listen(
        source: Source<'a>,
        options: Options,
        stages: &Stages<'a>,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<Self, EngineError> {
        let mut listening = Self::open(source, &options, stages)?;
        while listening.go_on(SAMPLE_RATE_HZ)? {
            on_event(Event::Listened(listening.read()));
        }
        Ok(Self::heard(listening, options, stages, on_event))
    }

    /// Begins to read a recording for the first time.
    pub(crate) fn open(
        source: Source<'a>,
        options: &Options,
        stages: &Stages<'a>,
    ) -> Result<Listening<'a>, EngineError> {
        options.check(&stages.model.tokenizer)?;
        let gate = (options.way != Way::Strict && options.voice_gate).then(VoiceGate::new);
        Listening::open(source, &stages.model.mel_filters, gate, KEPT_FRAMES, &stages.cancel)
    }

    /// A recording of which everything has been read.
    pub(crate) fn heard(
        listening: Listening<'a>,
        options: Options,
        stages: &Stages<'a>,
        on_event: &mut dyn FnMut(Event),
    ) -> Self {
        let time = listening.time();
        let mut recording = Self::of(listening.end(on_event), options, stages);
        recording.timings.processing = time;
        recording
    }

    /// A recording that is being made.
    pub(crate) fn growing(options: Options, stages: &Stages<'a>) -> Result<Self, EngineError> {
        options.check(&stages.model.tokenizer)?;
        Ok(Self::of(Listened::growing(&stages.model.mel_filters, &stages.cancel), options, stages))
    }

    fn of(listened: Listened<'a>, options: Options, stages: &Stages<'a>) -> Self {
        let tokenizer = &stages.model.tokenizer;
        let prompt = options.initial_prompt.as_deref().map(str::trim).filter(|p| !p.is_empty());
        let tokens = prompt.map_or_else(Vec::new, |p| tokenizer.encode(&format!(" {p}")));
        Self {
            options,
            tokenizer,
            longest_prompt: stages.decoder.longest_prompt(),
            language: String::new(),
            settled: false,
            sot_sequence: Vec::new(),
            transcript: Transcript { damage: listened.damage, ..Transcript::default() },
            initial: tokens.len(),
            tokens,
            prompt_from: 0,
            speech_end: 0.0,
            timings: Timings { audio: listened.length, ..Timings::default() },
            listened,
        }
    }

    /// The language asked for, or the one heard at `seek`, unless it is settled already.
    pub(crate) fn settle_language(
        &mut self,
        seek: usize,
        stages: &mut Stages<'a>,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<(), EngineError> {
        if self.settled {
            return Ok(());
        }
        // The other ways ask once.
        self.settled = self.options.way != Way::Default;
        self.language = match self.options.stated_language(self.tokenizer) {
            Some(language) => {
                self.settled = true;
                language
            }
            None => {
                let (languages, encode) = stages.languages(self.listened.language_window(seek)?)?;
                let (code, probability, settled) = self.options.language.likeliest(&languages);
                self.settled |= settled;
                self.timings.encode += encode;
                self.timings.windows += 1;
                on_event(Event::Language(code.into(), probability));
                code.into()
            }
        };
        self.sot_sequence = options::sot_sequence(self.tokenizer, &self.language, self.options.task);
        Ok(())
    }

    /// The window of `frames` frames at `seek`, which must not go back between calls.
    pub(crate) fn window(&mut self, seek: usize, frames: usize) -> Result<Window, EngineError> {
        let mel = self.listened.window(seek, frames)?;
        Ok(Window { seek, frames, mel, speaks: self.speaks(seek, frames) })
    }

    /// Whether the voice gate was asked, and heard somebody in the `frames` frames at `seek`.
    pub(crate) fn speaks(&self, seek: usize, frames: usize) -> bool {
        self.asks_gate() && self.listened.judged().is_in(seek..seek + frames)
    }

    fn asks_gate(&self) -> bool {
        self.options.way != Way::Strict && self.options.voice_gate
    }

    /// How many frames of a window its text stands for: fewer than all if somebody speaks again behind its end.
    pub(crate) fn advance(&self, decoded: &Decoded) -> Option<usize> {
        let (seek, frames) = (decoded.seek, decoded.frames);
        let cut = decoded.cut.as_ref()?;
        if cut.advance < frames || !self.asks_gate() {
            return Some(cut.advance);
        }
        let said = cut.segments.iter().rev().find(|segment| segment.is_kept())?.end;
        let said = (said * FRAMES_PER_SECOND as f64).round() as usize;
        let left = self.listened.judged().left(seek..seek + frames, said);
        Some(left.map_or(frames, |at| at - seek))
    }

    /// How its next window is to be decoded.
    pub(crate) fn rules(&self) -> Rules {
        let (options, sot_sequence) = (self.options.clone(), self.sot_sequence.clone());
        Rules { options, sot_sequence, prompt: self.prompt().to_vec(), some_word: false }
    }

    /// The text before the next window, or the initial prompt if windows do not wait for each other.
    pub(crate) fn prompt(&self) -> &[Token] {
        match self.options.way {
            Way::Default | Way::Strict => self.longest(&self.tokens[self.prompt_from..]),
            Way::Fast => self.initial_prompt(),
        }
    }

    /// The text that the recording was said to begin with.
    pub(crate) fn initial_prompt(&self) -> &[Token] {
        self.longest(&self.tokens[..self.initial])
    }

    fn longest<'t>(&self, before: &'t [Token]) -> &'t [Token] {
        &before[before.len().saturating_sub(self.longest_prompt)..]
    }

    /// Notes that something was done that the reference's rules alone would not have done.
    pub(crate) fn note(&mut self, intervention: Intervention) {
        self.transcript.interventions.push(intervention);
    }

    /// Takes what a window became into the transcript; returns where the decoding ended. Windows must
    /// come in the order of the recording.
    pub(crate) fn take(&mut self, decoded: Decoded, on_event: &mut dyn FnMut(Event)) -> usize {
        let advance = self.advance(&decoded);
        let Decoded { seek, frames, outcome, cut, times, timings } = decoded;
        let text = outcome.text;
        self.timings.add(&timings);
        self.transcript.interventions.extend(outcome.interventions);
        let temperature = text.temperature;
        on_event(Event::Window(WindowTrace { seek, prompt: self.prompt().to_vec(), text }));
        let Some(mut cut) = cut else { return seek + frames };
        let mut next = seek + advance.unwrap_or(frames);
        if next < seek + cut.advance {
            let said = cut.segments.iter().rev().find(|segment| segment.is_kept());
            let (start, end) = (said.map_or(0.0, |s| s.end), next as f64 / FRAMES_PER_SECOND as f64);
            self.note(Intervention::SpeechLeft { start, end });
        }
        if let Some(times) = times {
            let (segments, speech_end) = (&mut cut.segments, &mut self.speech_end);
            words::add_words(segments, &times, self.tokenizer, &self.language, speech_end);
            let words = segments.iter().rev().flat_map(|s| s.words.last());
            let end = words.map(|w| w.end).next().or(segments.last().map(|s| s.end));
            let offset = seek as f64 / FRAMES_PER_SECOND as f64;
            // A recording that is being made has the windows that it has without times.
            let moves = !cut.complete && !self.listened.is_growing();
            if let Some(end) = end.filter(|end| *end > offset && moves) {
                next = (end * FRAMES_PER_SECOND as f64).round() as usize;
            }
            self.speech_end = end.unwrap_or(self.speech_end);
        }
        self.keep(cut.segments, on_event);
        if temperature > PROMPT_TEMPERATURE_LIMIT {
            self.prompt_from = self.tokens.len();
        }
        next
    }

    /// Takes the segments that hold text and time. The reference keeps the others, too, but empties
    /// them; nobody has a use for those.
    fn keep(&mut self, segments: Vec<Segment>, on_event: &mut dyn FnMut(Event)) {
        for mut segment in segments {
            if !segment.is_kept() {
                continue;
            }
            segment.id = self.transcript.segments.len();
            self.tokens.extend(&segment.tokens);
            on_event(Event::Segment(segment.clone()));
            self.transcript.segments.push(segment);
        }
    }

    /// Its language, once that is settled.
    pub(crate) fn language(&self) -> Option<String> {
        let settled = (!self.language.is_empty()).then(|| self.language.clone());
        settled.or_else(|| self.options.stated_language(self.tokenizer))
    }

    /// The segments that are final.
    pub(crate) fn segments(&self) -> &[Segment] {
        &self.transcript.segments
    }

    /// The whole transcript, and where the time went.
    pub(crate) fn finish(mut self) -> (Transcript, Timings) {
        let mut transcript = self.transcript;
        transcript.text = self.tokenizer.decode(&self.tokens[self.initial..]);
        transcript.language = self.language;
        if transcript.language.is_empty() {
            transcript.language = self.options.stated_language(self.tokenizer).unwrap_or_default();
        }
        transcript.interventions.sort_by(|a, b| a.start().total_cmp(&b.start()));
        self.timings.mel = self.listened.mel_time;
        self.timings.audio = self.listened.length;
        (transcript, self.timings)
    }
}
