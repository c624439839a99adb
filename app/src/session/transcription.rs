//! A transcription under way, and a finished one.

use super::snapshot::{LiveView, Speed, TranscriptView};
use crate::precision::Standing;
use hark_engine::audio::Heard;
use hark_engine::encoder::BackendInfo;
use hark_engine::encoder::npu::NpuUse;
use hark_engine::metrics::{AudioTime, Timings, WallTime};
use hark_engine::transcribe::{Event, LiveText};
use hark_engine::transcript::{Segment, Transcript};
use std::sync::Arc;
use std::time::Duration;

/// Live text comes twice a second; this long behind the speech it begins to confuse.
const BEHIND: Duration = Duration::from_secs(3);

/// A transcript and how it came about.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// The text.
    pub transcript: Transcript,
    /// The transcript's segments, to show: shared, because they are shown many times a second.
    segments: Arc<Vec<Segment>>,
    /// Where the time went.
    pub timings: Timings,
    /// Name of the model.
    pub model: String,
    /// What computed.
    pub backend: BackendInfo,
    /// Why it computed in its precision.
    pub standing: Standing,
    /// What became of the NPU meanwhile.
    pub npu: Option<Box<NpuUse>>,
}

/// What is known of a transcription under way.
#[derive(Clone, Debug, Default)]
pub struct Growing {
    /// Final segments up to now.
    segments: Arc<Vec<Segment>>,
    length: Option<AudioTime>,
    done: AudioTime,
    /// Clock time at which the length was known, and with it the real work began.
    began: WallTime,
    now: WallTime,
    /// What follows the segments, of a recording that is being made.
    live: LiveView,
    /// What the voice gate made of it.
    heard: Option<Heard>,
}

impl Growing {
    /// The recording is `length` long; `now` is the time since the transcription began.
    fn length(&mut self, length: AudioTime, now: WallTime) {
        self.length = Some(length);
        self.began = now;
        self.now = now;
    }

    /// Everything up to `done` is transcribed.
    fn progress(&mut self, done: AudioTime, now: WallTime) {
        self.done = done;
        self.now = now;
    }

    /// Takes in what the engine tells, `now` after the transcription began.
    pub fn take_in(&mut self, event: Event, now: WallTime) {
        match event {
            Event::Length(length) => self.length(length, now),
            Event::Segment(segment) => Arc::make_mut(&mut self.segments).push(segment),
            Event::Progress(done) => self.progress(done, now),
            Event::Heard(heard) => self.heard = Some(heard),
            Event::Live(text) => {
                let LiveText { committed, tentative, .. } = text;
                self.live = LiveView { committed, tentative, behind_s: None };
            }
            _ => {}
        }
    }

    /// Takes note of how far the live text is behind the recording.
    pub fn is_behind(&mut self, time: Duration) {
        self.live.behind_s = (time >= BEHIND).then_some(time.as_secs());
    }

    /// What the voice gate made of the recording, once that is known.
    pub fn heard(&self) -> Option<Heard> {
        self.heard
    }

    /// Share done in [0, 1].
    pub fn share(&self) -> f32 {
        let share = self.length.filter(|l| l.0 > 0.0).map_or(0.0, |l| self.done.0 / l.0);
        share.clamp(0.0, 1.0) as f32
    }

    /// Speed so far, the first pass over the audio included.
    pub fn speed(&self) -> Option<Speed> {
        speed(self.done, self.now)
    }

    /// Time left at the speed since the real work began; unknown before anything was measured.
    pub fn left(&self) -> Option<Duration> {
        let worked = self.now.0 - self.began.0;
        let rest = self.length?.0 - self.done.0;
        let seconds = rest * worked / self.done.0;
        (self.done.0 > 0.0 && worked > 0.0)
            .then(|| Duration::try_from_secs_f64(seconds.max(0.0)).ok())
            .flatten()
    }

    /// The transcript as far as it came, when no more will come.
    pub fn rest(&self) -> TranscriptView {
        TranscriptView { segments: self.segments.clone(), ..TranscriptView::default() }
    }

    /// The transcript of a recording that goes on.
    pub fn while_recording(&self) -> TranscriptView {
        let (segments, live) = (self.segments.clone(), self.live.clone());
        TranscriptView { segments, live, growing: true, ..TranscriptView::default() }
    }

    /// The transcript as far as it exists.
    pub fn view(&self) -> TranscriptView {
        TranscriptView {
            segments: self.segments.clone(),
            live: self.live.clone(),
            growing: true,
            progress: Some(self.share()),
            no_speech: false,
            speed: self.speed(),
        }
    }
}

/// A measured speed, if there is anything to divide.
fn speed(audio: AudioTime, processing: WallTime) -> Option<Speed> {
    (audio.0 > 0.0 && processing.0 > 0.0)
        .then_some(Speed { audio_s: audio.seconds(), processing_s: processing.seconds() })
}

impl Finished {
    /// What an engine has finished.
    pub fn new(
        transcript: Transcript,
        timings: Timings,
        model: String,
        backend: BackendInfo,
        standing: Standing,
    ) -> Self {
        let segments = Arc::new(transcript.segments.clone());
        Self { transcript, segments, timings, model, backend, standing, npu: None }
    }

    /// The same, with what became of the NPU meanwhile.
    pub fn with_npu(self, npu: Option<Box<NpuUse>>) -> Self {
        Self { npu, ..self }
    }

    /// Whether nobody spoke.
    pub fn is_empty(&self) -> bool {
        self.transcript.text.trim().is_empty()
    }

    /// How fast it was.
    pub fn speed(&self) -> Option<Speed> {
        speed(self.timings.audio, self.timings.processing)
    }

    /// How it is shown with another text in its place.
    pub fn view_as(&self, text: &str) -> TranscriptView {
        let start = self.segments.first().map(|s| s.start).unwrap_or_default();
        let end = self.segments.last().map(|s| s.end).unwrap_or_default();
        let whole = Segment { start, end, text: text.to_owned(), ..Segment::default() };
        TranscriptView { segments: Arc::new(vec![whole]), ..self.view() }
    }

    /// How it is shown.
    pub fn view(&self) -> TranscriptView {
        TranscriptView {
            segments: self.segments.clone(),
            live: LiveView::default(),
            growing: false,
            progress: None,
            no_speech: self.is_empty(),
            speed: self.speed(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_past_the_stated_end_stays_at_one() {
        let mut growing = Growing::default();
        growing.length(AudioTime(10.0), WallTime(0.0));
        growing.progress(AudioTime(12.0), WallTime(1.0));
        assert_eq!((growing.share(), growing.left()), (1.0, Some(Duration::ZERO)));
        let mut empty = Growing::default();
        empty.length(AudioTime(0.0), WallTime(0.0));
        assert_eq!((empty.share(), empty.left(), empty.speed()), (0.0, None, None));
    }

    #[test]
    fn views_share_the_segments() {
        let mut growing = Growing::default();
        growing.take_in(Event::Segment(Segment::default()), WallTime(1.0));
        let before = growing.view();
        growing.take_in(Event::Progress(AudioTime(1.0)), WallTime(2.0));
        assert!(Arc::ptr_eq(&before.segments, &growing.view().segments), "nothing was added");
        growing.take_in(Event::Segment(Segment::default()), WallTime(3.0));
        assert_eq!((before.segments.len(), growing.view().segments.len()), (1, 2));
    }
}
