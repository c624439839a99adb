//! A recording that is transcribed while it is made.
//!
//! Two kinds of work, on one thread:
//!
//! * The final text, by the default rules and the same code as for files: a window is decoded as soon as
//!   its 30 s are there, so that little is left to do when the recording ends. The loudness maximum so far
//!   instead of the whole recording's is the only difference to transcribing it afterwards.
//! * Live passes over what is not final yet, about twice a second while somebody speaks: the whole stretch
//!   is encoded again, the decoder goes on behind the words that two passes agreed on ([`super::agreement`]).

use super::agreement::{Agreement, pieces};
use super::recording::Recording;
use super::stages::Stages;
use super::window::Window;
use super::{Event, Options, Way, fallback, gate, in_order, options};
use crate::cancel::Cancel;
use crate::decoder::{DecodeOptions, Lockstep, WindowText, detect_language};
use crate::dims::{FRAMES_PER_SECOND, HOP, WINDOW_FRAMES};
use crate::error::EngineError;
use crate::metrics::{AudioTime, Timings};
use crate::transcript::Transcript;
use crate::whisper::Whisper;
use std::time::{Duration, Instant};

/// The least time from one live pass to the next.
const STEP: usize = FRAMES_PER_SECOND / 2;
/// Live passes take at most this share of the time, so that everything else goes on.
const LOAD_PERCENT: u128 = 80;
/// Frames kept of a silence, for speech that is noticed late.
const KEPT_SILENCE: usize = 5 * FRAMES_PER_SECOND;

/// Where the samples of a recording that is being made come from.
pub trait LiveSource {
    /// Appends the samples (16 kHz mono, [-1, 1]) that have come since the last call; if there are none,
    /// waits for some. `false` when the recording is over and nothing was added.
    ///
    /// # Errors
    /// [`EngineError::FellBehind`] if samples were lost on the way.
    fn next(&mut self, out: &mut Vec<f32>) -> Result<bool, EngineError>;

    /// As [`LiveSource::next`], but waits for at most `patience`; `None` if nothing has come by then. A source that never
    /// waits need not have this.
    ///
    /// # Errors
    /// As [`LiveSource::next`].
    fn next_within(&mut self, out: &mut Vec<f32>, _patience: Duration) -> Result<Option<bool>, EngineError> {
        self.next(out).map(Some)
    }

    /// How long work took by the source's clock, given how long it really took.
    fn charge(&mut self, work: Duration) -> Duration {
        work
    }
}

/// What is known of the stretch that is not final yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LiveText {
    /// Words that will stay until the final text takes their place.
    pub committed: String,
    /// The latest guess at what follows.
    pub tentative: String,
    /// What has been encoded up to now …
    pub encoded: AudioTime,
    /// … and what had been recorded when that was done.
    pub recorded: AudioTime,
    /// Where the first sound that the voice gate takes for speech begins, if there was any.
    pub speech: Option<AudioTime>,
}

/// Transcribes a recording while it is made. `hurry` stops the live passes, also one that is under way,
/// when nobody looks at them any more; `cancel` stops everything.
///
/// # Errors
/// As [`super::transcribe`]; also if the options are not for the default way.
pub fn transcribe_live(
    whisper: &mut Whisper,
    source: &mut dyn LiveSource,
    options: &Options,
    (cancel, hurry): (&Cancel, &Cancel),
    on_event: &mut dyn FnMut(Event),
) -> Result<(Transcript, Timings), EngineError> {
    let mut stages = Stages::new(whisper, cancel);
    let mut live = Following::new(options.clone(), hurry.clone(), &stages)?;
    while !live.is_over() {
        stages.cancel.check()?;
        if !live.has_ended() && live.hear(source, None)? == Heard::End {
            live.end(on_event);
        } else {
            live.work(source, &mut stages, on_event)?;
        }
    }
    Ok(live.finish())
}

/// A recording that is being made and its text, a piece of work at a time.
pub(crate) struct Following<'a> {
    live: Live<'a>,
    hurry: Cancel,
    samples: Vec<f32>,
    ended: bool,
}

/// What came of listening to a recording that is being made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Nothing yet.
    Nothing,
    Samples,
    /// It is over.
    End,
}

impl<'a> Following<'a> {
    /// At the start of a recording.
    pub(crate) fn new(options: Options, hurry: Cancel, stages: &Stages<'a>) -> Result<Self, EngineError> {
        if options.way != Way::Default {
            return Err(EngineError::Options("live dictation knows only the default way".into()));
        }
        let live = Live::new(Recording::growing(options, stages)?);
        Ok(Self { live, hurry, samples: Vec::new(), ended: false })
    }

    /// Takes in the samples that have come, waiting for some for as long as `patience` says.
    pub(crate) fn hear(
        &mut self,
        source: &mut dyn LiveSource,
        patience: Option<Duration>,
    ) -> Result<Heard, EngineError> {
        self.samples.clear();
        let more = match patience {
            Some(patience) => source.next_within(&mut self.samples, patience)?,
            None => Some(source.next(&mut self.samples)?),
        };
        self.live.recording.listened.hear(&self.samples);
        Ok(match more {
            None => Heard::Nothing,
            Some(true) => Heard::Samples,
            Some(false) => Heard::End,
        })
    }

    /// Does what is due: makes a window final, or makes a live pass. Whether anything was.
    pub(crate) fn work(
        &mut self,
        source: &mut dyn LiveSource,
        stages: &mut Stages<'a>,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<bool, EngineError> {
        let Self { live, hurry, ended, .. } = self;
        stages.cancel.check()?;
        let start = Instant::now();
        if *ended {
            live.advance(stages, on_event)?;
        } else if live.final_is_due() {
            live.advance(stages, on_event)?;
            source.charge(start.elapsed());
        } else if !hurry.is_raised() && live.pass_is_due() {
            match live.pass(stages, hurry, on_event) {
                Err(EngineError::Cancelled(_)) if hurry.is_raised() && !stages.cancel.is_raised() => {}
                result => result?,
            }
            live.cost = source.charge(start.elapsed());
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// Nothing more comes.
    pub(crate) fn end(&mut self, on_event: &mut dyn FnMut(Event)) {
        self.live.recording.listened.end(on_event);
        self.ended = true;
    }

    /// Whether nothing more comes.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended
    }

    /// Whether all of it is final.
    pub(crate) fn is_over(&self) -> bool {
        self.ended && self.live.seek >= self.live.recording.listened.frames
    }

    /// The whole transcript, and where the time went.
    pub(crate) fn finish(self) -> (Transcript, Timings) {
        self.live.recording.finish()
    }
}

struct Live<'a> {
    recording: Recording<'a>,
    /// Everything before this frame is final.
    seek: usize,
    /// Where passes begin, at `seek` or behind a pause.
    from: usize,
    agreement: Agreement,
    /// The last frame of the last pass, and whether somebody was still speaking then.
    encoded: usize,
    speaking: bool,
    /// What the last pass took.
    cost: Duration,
}

impl<'a> Live<'a> {
    fn new(recording: Recording<'a>) -> Self {
        let (agreement, cost) = (Agreement::default(), Duration::ZERO);
        Self { recording, seek: 0, from: 0, agreement, encoded: 0, speaking: false, cost }
    }

    /// Whether a window's samples are all there, or a pause in front of speech can be skipped.
    fn final_is_due(&mut self) -> bool {
        let listened = &mut self.recording.listened;
        let first = listened.speech().iter().find(|span| span.end > self.seek * HOP).copied();
        let Some(first) = first else {
            // Nothing is known of a silence before it ends.
            let kept = listened.frames.saturating_sub(KEPT_SILENCE);
            listened.forget(kept);
            return false;
        };
        let skips = gate::skip_silence(self.seek, listened.frames, &[first]).1.is_some();
        skips || listened.frames >= self.seek + WINDOW_FRAMES
    }

    /// Makes what is at `seek` final.
    fn advance(
        &mut self,
        stages: &mut Stages<'a>,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<(), EngineError> {
        let segments = self.recording.segments().len();
        self.seek = in_order::advance(&mut self.recording, self.seek, stages, on_event)?;
        self.recording.listened.forget(self.seek);
        let moved = self.seek > self.from;
        self.from = self.from.max(self.seek);
        let begin = stages.model.tokenizer.special.timestamp_begin;
        let finals = self.recording.segments()[segments..].iter();
        let words: Vec<&str> = finals.flat_map(|segment| segment.text.split_whitespace()).collect();
        if words.is_empty() && self.agreement.is_empty() {
            return Ok(());
        }
        self.agreement.finalise(words.into_iter(), (self.seek, moved), begin);
        self.tell(on_event);
        Ok(())
    }

    fn pass_is_due(&self) -> bool {
        let listened = &self.recording.listened;
        let Some(last) = listened.speech().last() else { return false };
        // After speech one pass hears its end, and then there is nothing new.
        if last.end <= self.seek * HOP || (last.end <= self.encoded * HOP && !self.speaking) {
            return false;
        }
        let busy = self.cost.as_millis() * FRAMES_PER_SECOND as u128 / 1000 * 100 / LOAD_PERCENT;
        listened.frames >= self.encoded + STEP.max(busy as usize)
    }

    /// Encodes and decodes what is not final yet.
    fn pass(
        &mut self,
        stages: &mut Stages<'a>,
        hurry: &Cancel,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<(), EngineError> {
        let listened = &mut self.recording.listened;
        let utterance = gate::utterance(listened.speech());
        if utterance > self.from {
            // The model would end its text at the pause.
            self.agreement.settle();
            self.from = utterance;
        }
        let frames = (listened.frames - self.from).min(WINDOW_FRAMES);
        let last = listened.speech().last().map_or(0, |span| span.end);
        self.encoded = self.from + frames;
        self.speaking = last >= (listened.length.seconds() * crate::dims::SAMPLE_RATE_HZ as f64) as usize;
        let window = self.recording.window(self.from, frames)?;
        let (text, language) = self.draft(&window, stages, hurry)?;
        let tokenizer = &stages.model.tokenizer;
        let new = &text.tokens[self.agreement.prefix().len()..];
        if fallback::is_silence(&text) {
            self.agreement.clear_tentative();
        } else if !fallback::is_nonsense(new, tokenizer) {
            let new = pieces(new, tokenizer, &language, self.encoded);
            self.agreement.update(new, !self.speaking);
        }
        self.tell(on_event);
        Ok(())
    }

    /// The likeliest text of a window that begins with what is committed, and its language.
    fn draft(
        &self,
        window: &Window,
        stages: &mut Stages<'a>,
        hurry: &Cancel,
    ) -> Result<(WindowText, String), EngineError> {
        let (cross, _) = stages.encode(std::slice::from_ref(&window.mel), hurry)?;
        let Some(cross) = cross.first() else { return Ok(Default::default()) };
        let Stages { model, decoder, monitor, .. } = stages;
        let tokenizer = &model.tokenizer;
        let language = match self.recording.language() {
            Some(language) => language,
            None => {
                let languages = detect_language(decoder, tokenizer, cross, hurry)?;
                self.recording.options.language.likeliest(&languages).0.into()
            }
        };
        let (sot_sequence, prefix) = (
            options::sot_sequence(tokenizer, &language, self.recording.options.task),
            self.agreement.prefix(),
        );
        let options = DecodeOptions {
            sot_sequence: &sot_sequence,
            // Text before the window leads live text astray for as long as the window grows.
            prompt: self.recording.initial_prompt(),
            prefix: &prefix,
            timestamps: true,
            temperature: 0.0,
            beam_size: 1,
            best_of: 1,
            seed: 0,
            forced: None,
            some_word: false,
        };
        let mut lockstep = Lockstep::new(decoder, tokenizer);
        lockstep.admit(0, cross, &options);
        loop {
            let start = Instant::now();
            let done = lockstep.step(hurry)?.pop();
            monitor.note(|figures| figures.note_step(1, start.elapsed().into()));
            if let Some((_, text)) = done {
                return Ok((text, language));
            }
        }
    }

    fn tell(&self, on_event: &mut dyn FnMut(Event)) {
        let (committed, tentative) = self.agreement.texts();
        let encoded = AudioTime::from_samples(self.encoded.max(self.seek) * HOP);
        let recorded = self.recording.listened.length;
        let speech = self.recording.listened.first_onset().map(AudioTime::from_samples);
        on_event(Event::Live(LiveText { committed, tentative, encoded, recorded, speech }));
    }
}
