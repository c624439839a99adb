//! A recording as mel windows in bounded memory.
//!
//! The loudness maximum of the whole recording scales every window, so a first pass reads it all.
//! Short recordings keep their frames from it; long ones are read a second time, window by window.

use super::Event;
use crate::audio::{AudioSource, SampleStream, SpeechSpan, VoiceGate};
use crate::cancel::Cancel;
use crate::dims::{HOP, SAMPLE_RATE_HZ, WINDOW_FRAMES, WINDOW_SAMPLES};
use crate::error::EngineError;
use crate::mel::{MelFill, MelFilters, MelFrames, MelStream, MelWindow};
use crate::metrics::{AudioTime, WallTime};
use std::time::Instant;

/// Frames kept from the first pass: ten minutes, 19 MB at 80 mel bins.
const KEPT_FRAMES: usize = 60_000;

/// A recording that has been listened to once.
pub(super) struct Listened<'a> {
    source: &'a dyn AudioSource,
    filters: &'a MelFilters,
    /// Frames of content: whole hops of the recording.
    pub(super) frames: usize,
    pub(super) length: AudioTime,
    /// Where somebody speaks; empty if the voice gate was not asked.
    pub(super) speech: Vec<SpeechSpan>,
    max: f32,
    reader: Reader,
    pub(super) mel_time: WallTime,
}

/// The frames at hand, and the pass that brings more of them.
struct Reader {
    frames: MelFrames,
    /// Number of the first frame at hand.
    first: usize,
    pass: Option<Pass>,
}

struct Pass {
    samples: Box<dyn SampleStream>,
    mel: MelStream,
}

impl<'a> Listened<'a> {
    /// Reads the whole recording once.
    pub(super) fn new(
        source: &'a dyn AudioSource,
        filters: &'a MelFilters,
        mut gate: Option<VoiceGate>,
        cancel: &Cancel,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<Self, EngineError> {
        let mut stream = source.open()?;
        let mut mel = MelStream::new(filters);
        let mut frames = MelFrames { n_mels: filters.n_mels, data: Vec::new() };
        let (mut total, mut samples, mut kept) = (0usize, Vec::new(), true);
        let mut mel_time = WallTime::default();
        let mut told = 0;
        while stream.next_block(&mut samples)? {
            cancel.check()?;
            total += samples.len();
            let start = Instant::now();
            mel.push(&samples, &mut frames);
            mel_time += start.elapsed().into();
            if let Some(gate) = &mut gate {
                gate.push(&samples);
            }
            if frames.len() > KEPT_FRAMES {
                kept = false;
            }
            if !kept {
                frames.data.clear();
            }
            samples.clear();
            if total - told >= SAMPLE_RATE_HZ {
                told = total;
                on_event(Event::Listened(AudioTime::from_samples(total)));
            }
        }
        mel.finish(&mut frames);
        let speech = gate.map_or_else(Vec::new, |mut gate| {
            gate.finish();
            gate.spans().to_vec()
        });
        if !kept {
            frames = MelFrames { n_mels: filters.n_mels, data: Vec::new() };
        }
        let pass = if kept { None } else { Some(Pass::new(source, filters)?) };
        let reader = Reader { frames, first: 0, pass };
        let length = AudioTime::from_samples(total);
        on_event(Event::Length(length));
        Ok(Self { source, filters, frames: total / HOP, length, speech, max: mel.max(), reader, mel_time })
    }

    /// The model input of at most `frames` frames from frame `seek` on. `seek` must not go back
    /// between calls.
    pub(super) fn window(&mut self, seek: usize, frames: usize) -> Result<MelWindow, EngineError> {
        let start = Instant::now();
        self.reader.advance(seek, seek + frames)?;
        let window = self.reader.frames.window(seek - self.reader.first, frames, self.max, MelFill::Zero);
        self.mel_time += start.elapsed().into();
        Ok(window)
    }

    /// The model input that the language is detected from: the reference takes the first 30 s of
    /// the recording with silence behind it, not the zeros in the mel domain that decoding sees.
    pub(super) fn language_window(&mut self, seek: usize) -> Result<MelWindow, EngineError> {
        let mut samples = Vec::new();
        let (from, needed) = (seek * HOP, WINDOW_SAMPLES + SAMPLE_RATE_HZ);
        let mut stream = self.source.open()?;
        // The hop before `seek` is read too, since the first frames look back into it.
        let keep_from = from.saturating_sub(HOP * 2);
        let mut dropped = 0;
        while dropped + samples.len() < from + needed && stream.next_block(&mut samples)? {
            let surplus = keep_from.saturating_sub(dropped).min(samples.len());
            samples.drain(..surplus);
            dropped += surplus;
        }
        samples.resize(from - dropped + needed, 0.0);
        let mut mel = MelStream::new(self.filters);
        let mut frames = MelFrames { n_mels: self.filters.n_mels, data: Vec::new() };
        mel.push(&samples, &mut frames);
        Ok(frames.window((from - dropped) / HOP, WINDOW_FRAMES, self.max, MelFill::Silence))
    }
}

impl Pass {
    fn new(source: &dyn AudioSource, filters: &MelFilters) -> Result<Self, EngineError> {
        Ok(Self { samples: source.open()?, mel: MelStream::new(filters) })
    }
}

impl Reader {
    /// Drops frames before `from` and reads until frame `to` is at hand or the recording ends.
    fn advance(&mut self, from: usize, to: usize) -> Result<(), EngineError> {
        let Some(pass) = &mut self.pass else { return Ok(()) };
        let width = self.frames.n_mels;
        let mut samples = Vec::new();
        loop {
            let surplus = from.saturating_sub(self.first).min(self.frames.len());
            self.frames.data.drain(..surplus * width);
            self.first += surplus;
            if self.first + self.frames.len() >= to {
                return Ok(());
            }
            if !pass.samples.next_block(&mut samples)? {
                pass.mel.finish(&mut self.frames);
                return Ok(());
            }
            pass.mel.push(&samples, &mut self.frames);
            samples.clear();
        }
    }
}
