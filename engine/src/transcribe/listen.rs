//! A recording as mel windows in bounded memory.
//!
//! The loudness maximum of the whole recording scales every window, so a first pass ([`super::listening`]) reads
//! it all. Short recordings keep their frames from it; long ones are read a second time, window by window.

use super::Event;
use super::gate::Speech;
use crate::audio::{AudioError, AudioSource, Damage, SampleStream, Samples, SpeechSpan, VoiceGate};
use crate::cancel::Cancel;
use crate::dims::{HOP, N_FFT, WINDOW_FRAMES, WINDOW_SAMPLES};
use crate::error::EngineError;
use crate::mel::{MelFill, MelFilters, MelFrames, MelStream, MelWindow};
use crate::metrics::{AudioTime, WallTime};
use std::ops::Range;
use std::time::Instant;

/// Frames kept from the first pass: ten minutes, 19 MB at 80 mel bins.
pub(crate) const KEPT_FRAMES: usize = 60_000;

/// Where a recording is read from.
pub(crate) enum Source<'a> {
    /// Somebody else's.
    Lent(&'a dyn AudioSource),
    /// Gone with the recording.
    Own(Box<dyn AudioSource>),
    /// Nowhere: it is being made.
    Growing(Box<Ear>),
}

/// What hears a recording that is being made.
pub(crate) struct Ear {
    mel: MelStream,
    gate: VoiceGate,
    /// As many of the first samples as the language is detected from.
    head: Vec<f32>,
    samples: usize,
}

/// A recording that has been listened to once.
pub(crate) struct Listened<'a> {
    source: Source<'a>,
    filters: &'a MelFilters,
    /// Frames of content: whole hops of the recording.
    pub(crate) frames: usize,
    pub(crate) length: AudioTime,
    /// See [`Listened::speech`].
    speech: Vec<SpeechSpan>,
    /// Where the last of it is over, without padding, in samples.
    spoken: usize,
    /// Lulls in that speech.
    pub(crate) lulls: Vec<SpeechSpan>,
    /// What could not be read.
    pub(crate) damage: Damage,
    max: f32,
    reader: Reader,
    cancel: Cancel,
    pub(crate) mel_time: WallTime,
}

/// The frames at hand, and the pass that brings more of them.
struct Reader {
    frames: MelFrames,
    /// Number of the first frame at hand.
    first: usize,
    pass: Option<Pass>,
}

pub(crate) struct Pass {
    samples: Box<dyn SampleStream>,
    mel: MelStream,
    ended: bool,
}

/// What a first pass has found out.
pub(crate) struct Found {
    /// All frames, or none if a second pass is to bring them.
    pub(crate) frames: MelFrames,
    pub(crate) second_pass: Option<Pass>,
    pub(crate) samples: usize,
    pub(crate) speech: Vec<SpeechSpan>,
    /// Where the last of it is over, without padding, in samples.
    pub(crate) spoken: usize,
    pub(crate) lulls: Vec<SpeechSpan>,
    pub(crate) damage: Damage,
    pub(crate) max: f32,
    pub(crate) mel_time: WallTime,
}

impl<'a> Listened<'a> {
    /// What a first pass has found out.
    pub(crate) fn new(source: Source<'a>, filters: &'a MelFilters, found: Found, cancel: Cancel) -> Self {
        let Found { frames, second_pass, samples, speech, spoken, lulls, damage, max, mel_time } = found;
        let reader = Reader { frames, first: 0, pass: second_pass };
        let (frames, length) = (samples / HOP, AudioTime::from_samples(samples));
        Self { source, filters, frames, length, speech, spoken, lulls, damage, max, reader, cancel, mel_time }
    }

    /// A recording that is being made, of which nothing has been heard.
    pub(crate) fn growing(filters: &'a MelFilters, cancel: &Cancel) -> Self {
        let frames = MelFrames { n_mels: filters.n_mels, data: Vec::new() };
        let ear = Ear { mel: MelStream::new(filters), gate: VoiceGate::new(), head: Vec::new(), samples: 0 };
        Self {
            max: ear.mel.max(),
            source: Source::Growing(ear.into()),
            filters,
            frames: 0,
            length: AudioTime::default(),
            speech: Vec::new(),
            spoken: 0,
            lulls: Vec::new(),
            damage: Damage::default(),
            reader: Reader { frames, first: 0, pass: None },
            cancel: cancel.clone(),
            mel_time: WallTime::default(),
        }
    }

    /// Hears more of a recording that is being made. `frames` are those whose samples are all there, and
    /// windows are scaled by the loudness maximum so far.
    pub(crate) fn hear(&mut self, samples: &[f32]) {
        let Source::Growing(ear) = &mut self.source else { return };
        let start = Instant::now();
        ear.mel.push(samples, &mut self.reader.frames);
        ear.gate.push(samples);
        ear.samples += samples.len();
        let room = (WINDOW_SAMPLES + N_FFT).saturating_sub(ear.head.len()).min(samples.len());
        ear.head.extend_from_slice(&samples[..room]);
        self.max = ear.mel.max();
        self.frames = self.reader.first + self.reader.frames.len();
        self.length = AudioTime::from_samples(ear.samples);
        self.mel_time += start.elapsed().into();
    }

    /// The recording that is being made ends here.
    pub(crate) fn end(&mut self, on_event: &mut dyn FnMut(Event)) {
        let Source::Growing(ear) = &mut self.source else { return };
        ear.mel.finish(&mut self.reader.frames);
        ear.gate.finish();
        self.max = ear.mel.max();
        self.frames = ear.samples / HOP;
        on_event(Event::Length(self.length));
        on_event(Event::Heard(ear.gate.heard()));
    }

    /// Where somebody speaks, as far as it is known; empty if the voice gate was not asked.
    pub(crate) fn speech(&self) -> &[SpeechSpan] {
        match &self.source {
            Source::Growing(ear) => ear.gate.spans(),
            _ => &self.speech,
        }
    }

    /// Whether it is being made.
    pub(crate) fn is_growing(&self) -> bool {
        matches!(self.source, Source::Growing(_))
    }

    /// The same, as it is judged.
    pub(crate) fn judged(&self) -> Speech<'_> {
        let end = match &self.source {
            Source::Growing(ear) => ear.gate.speech_end(),
            _ => self.spoken,
        };
        Speech { spans: self.speech(), end }
    }

    /// Where the first speech of a recording that is being made begins, in samples.
    pub(crate) fn first_onset(&self) -> Option<usize> {
        match &self.source {
            Source::Growing(ear) => ear.gate.first_onset(),
            _ => None,
        }
    }

    /// Forgets the frames before `frame` of a recording that is being made.
    pub(crate) fn forget(&mut self, frame: usize) {
        let surplus = frame.saturating_sub(self.reader.first).min(self.reader.frames.len());
        self.reader.frames.drop_front(surplus);
        self.reader.first += surplus;
    }

    /// Reads on, at most about `most` samples, until the `frames` frames from frame `seek` on are at hand; whether they
    /// are. `seek` must not go back between calls.
    pub(crate) fn approach(&mut self, seek: usize, frames: usize, most: usize) -> Result<bool, EngineError> {
        self.reader.advance(seek..seek + frames, most, &self.cancel, &mut self.mel_time)
    }

    /// The model input of at most `frames` frames from frame `seek` on. `seek` must not go back
    /// between calls.
    pub(crate) fn window(&mut self, seek: usize, frames: usize) -> Result<MelWindow, EngineError> {
        self.approach(seek, frames, usize::MAX)?;
        let start = Instant::now();
        let window = self.reader.frames.window(seek - self.reader.first, frames, self.max, MelFill::Zero);
        self.mel_time += start.elapsed().into();
        Ok(window)
    }

    /// The model input that the language is detected from: 30 s with silence behind the recording's
    /// end, not the zeros in the mel domain that decoding sees.
    pub(crate) fn language_window(&mut self, seek: usize) -> Result<MelWindow, EngineError> {
        if seek == 0 {
            return self.first_window();
        }
        self.approach(seek, WINDOW_FRAMES, usize::MAX)?;
        let start = seek - self.reader.first;
        Ok(self.reader.frames.window(start, WINDOW_FRAMES, self.max, MelFill::Silence))
    }

    /// The first 30 s as the reference sees them: the frames that straddle the recording's end count.
    fn first_window(&mut self) -> Result<MelWindow, EngineError> {
        let needed = WINDOW_SAMPLES + N_FFT;
        let mut samples = Vec::new();
        if let Source::Growing(ear) = &self.source {
            samples.clone_from(&ear.head);
        } else {
            let mut stream = self.source.open()?;
            while samples.len() < needed && stream.next_block(&mut samples)? {
                self.cancel.check()?;
            }
        }
        samples.resize(needed, 0.0);
        let start = Instant::now();
        let mut mel = MelStream::new(self.filters);
        let mut frames = MelFrames { n_mels: self.filters.n_mels, data: Vec::new() };
        mel.push(&samples, &mut frames);
        self.mel_time += start.elapsed().into();
        Ok(frames.window(0, WINDOW_FRAMES, self.max, MelFill::Silence))
    }
}

impl Source<'_> {
    pub(crate) fn stated_length(&self) -> Option<AudioTime> {
        match self {
            Self::Lent(source) => source.stated_length(),
            Self::Own(source) => source.stated_length(),
            Self::Growing(_) => None,
        }
    }

    pub(crate) fn open(&self) -> Result<Box<dyn SampleStream>, AudioError> {
        match self {
            Self::Lent(source) => source.open(),
            Self::Own(source) => source.open(),
            Self::Growing(ear) => Samples(ear.head.as_slice().into()).open(),
        }
    }
}

impl Pass {
    pub(crate) fn new(source: &Source<'_>, filters: &MelFilters) -> Result<Self, EngineError> {
        Ok(Self { samples: source.open()?, mel: MelStream::new(filters), ended: false })
    }
}

impl Reader {
    /// Drops frames before the wanted ones and reads until those are at hand or the recording ends, but no more than
    /// about `most` samples; whether it is done.
    fn advance(
        &mut self,
        wanted: Range<usize>,
        most: usize,
        cancel: &Cancel,
        mel_time: &mut WallTime,
    ) -> Result<bool, EngineError> {
        let Some(pass) = &mut self.pass else { return Ok(true) };
        let (mut samples, mut read) = (Vec::new(), 0);
        loop {
            cancel.check()?;
            let surplus = wanted.start.saturating_sub(self.first).min(self.frames.len());
            self.frames.drop_front(surplus);
            self.first += surplus;
            if pass.ended || self.first + self.frames.len() >= wanted.end {
                return Ok(true);
            }
            if read >= most {
                return Ok(false);
            }
            let more = pass.samples.next_block(&mut samples)?;
            let start = Instant::now();
            if more {
                pass.mel.push(&samples, &mut self.frames);
            } else {
                pass.mel.finish(&mut self.frames);
                pass.ended = true;
            }
            *mel_time += start.elapsed().into();
            read += samples.len();
            samples.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dims::SAMPLE_RATE_HZ;
    use crate::transcribe::listening::Listening;

    #[test]
    fn long_recordings_give_the_same_windows_as_short_ones() {
        let samples: Vec<f32> = (0..70 * SAMPLE_RATE_HZ)
            .map(|i| ((i as f32 * 0.05).sin() * (i as f32 * 0.000_3).sin()) * 0.3)
            .collect();
        let (source, filters, cancel) = (Samples(samples.into()), MelFilters::slaney(80), Cancel::new());
        let listen = |most| {
            let source = Source::Lent(&source);
            let mut listening = Listening::open(source, &filters, None, most, &cancel).unwrap();
            while listening.go_on(5 * SAMPLE_RATE_HZ).unwrap() {}
            listening.end(&mut |_| ())
        };
        let (mut kept, mut streamed) = (listen(KEPT_FRAMES), listen(500));
        assert!(kept.reader.pass.is_none() && streamed.reader.pass.is_some());
        assert_eq!(kept.frames, 7000);
        assert!(!streamed.approach(0, 3000, 16_000).unwrap(), "a second of it is not enough");
        for seek in [0, 1, 2500, 2999, 3000, 5400, 6999] {
            let frames = (kept.frames - seek).min(WINDOW_FRAMES);
            assert_eq!(kept.window(seek, frames).unwrap(), streamed.window(seek, frames).unwrap(), "{seek}");
        }
        assert!(streamed.reader.frames.len() < 4000, "no more than a window and a block is held");
    }
}
