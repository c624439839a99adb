//! The first pass over a recording, in pieces that others can come between.

use super::Event;
use super::listen::{Found, Listened, Pass, Source};
use crate::audio::{SampleStream, VoiceGate};
use crate::cancel::Cancel;
use crate::error::EngineError;
use crate::mel::{MelFilters, MelFrames, MelStream};
use crate::metrics::{AudioTime, WallTime};
use std::time::Instant;

/// A recording that is being read for the first time.
pub(crate) struct Listening<'a> {
    source: Source<'a>,
    filters: &'a MelFilters,
    ear: Reading,
    second_pass: Option<Pass>,
}

/// What reads: it can go to another thread, while the recording's source stays.
pub(crate) struct Reading {
    stream: Box<dyn SampleStream>,
    mel: MelStream,
    gate: Option<VoiceGate>,
    frames: MelFrames,
    /// Frames that are kept if there are no more; none are once there were.
    most_kept: usize,
    kept: bool,
    samples: usize,
    ended: bool,
    cancel: Cancel,
    mel_time: WallTime,
    time: WallTime,
}

impl<'a> Listening<'a> {
    /// At the start of a recording, of which the frames are kept if there are at most `most_kept`.
    pub(crate) fn open(
        source: Source<'a>,
        filters: &'a MelFilters,
        gate: Option<VoiceGate>,
        most_kept: usize,
        cancel: &Cancel,
    ) -> Result<Self, EngineError> {
        let start = Instant::now();
        let ear = Reading {
            stream: source.open()?,
            mel: MelStream::new(filters),
            gate,
            frames: MelFrames { n_mels: filters.n_mels, data: Vec::new() },
            most_kept,
            kept: true,
            samples: 0,
            ended: false,
            cancel: cancel.clone(),
            mel_time: WallTime::default(),
            time: start.elapsed().into(),
        };
        Ok(Self { source, filters, ear, second_pass: None })
    }

    /// Reads about `most` samples more; `false` when everything has been read.
    pub(crate) fn go_on(&mut self, most: usize) -> Result<bool, EngineError> {
        self.reading().go_on(most)?;
        self.is_not_over()
    }

    /// What reads.
    pub(crate) fn reading(&mut self) -> &mut Reading {
        &mut self.ear
    }

    /// Whether there is more to read. If not, everything is at hand for [`Listening::end`].
    pub(crate) fn is_not_over(&mut self) -> Result<bool, EngineError> {
        if self.ear.ended && !self.ear.kept && self.second_pass.is_none() {
            self.second_pass = Some(Pass::new(&self.source, self.filters)?);
        }
        Ok(!self.ear.ended)
    }

    /// What has been read.
    pub(crate) fn read(&self) -> AudioTime {
        AudioTime::from_samples(self.ear.samples)
    }

    /// How long the recording says that it is; nothing if it does not say.
    pub(crate) fn stated_length(&self) -> AudioTime {
        self.source.stated_length().unwrap_or_default()
    }

    /// Time that this took.
    pub(crate) fn time(&self) -> WallTime {
        self.ear.time
    }

    /// What the spectrogram took of that.
    pub(crate) fn mel_time(&self) -> WallTime {
        self.ear.mel_time
    }

    /// The recording, of which everything has been read.
    pub(crate) fn end(self, on_event: &mut dyn FnMut(Event)) -> Listened<'a> {
        let Self { source, filters, ear, second_pass } = self;
        let Reading { stream, mel, gate, mut frames, kept, samples, cancel, mel_time, .. } = ear;
        on_event(Event::Length(AudioTime::from_samples(samples)));
        if let Some(gate) = &gate {
            on_event(Event::Heard(gate.heard()));
        }
        if !kept {
            frames.data = Vec::new();
        }
        let spans = |gate: VoiceGate| (gate.spans().to_vec(), gate.lulls().to_vec(), gate.speech_end());
        let (speech, lulls, spoken) = gate.map_or_else(Default::default, spans);
        let (max, damage) = (mel.max(), stream.damage());
        let found = Found { frames, second_pass, samples, speech, spoken, lulls, damage, max, mel_time };
        Listened::new(source, filters, found, cancel)
    }
}

impl Reading {
    /// Reads about `most` samples more, or to the end.
    pub(crate) fn go_on(&mut self, most: usize) -> Result<(), EngineError> {
        let began = Instant::now();
        let (until, mut samples) = (self.samples.saturating_add(most), Vec::new());
        while !self.ended && self.samples < until {
            self.cancel.check()?;
            self.ended = !self.stream.next_block(&mut samples)?;
            self.samples += samples.len();
            let start = Instant::now();
            if self.ended {
                self.mel.finish(&mut self.frames);
            } else {
                self.mel.push(&samples, &mut self.frames);
            }
            self.mel_time += start.elapsed().into();
            if let Some(gate) = &mut self.gate {
                gate.push(&samples);
                if self.ended {
                    gate.finish();
                }
            }
            self.kept &= self.frames.len() <= self.most_kept;
            if !self.kept {
                self.frames.data.clear();
            }
            samples.clear();
        }
        self.time += began.elapsed().into();
        Ok(())
    }
}
