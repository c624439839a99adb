//! A transcription under way, and a finished one.

use super::snapshot::{LiveView, Speed, TranscriptView};
use crate::kept_files;
use crate::precision::Standing;
use crate::speakers;
use hark_engine::audio::Heard;
use hark_engine::encoder::BackendInfo;
use hark_engine::encoder::npu::NpuUse;
use hark_engine::metrics::{AudioTime, Timings, WallTime};
use hark_engine::transcribe::{Event, LiveText};
use hark_engine::transcript::{Segment, Transcript};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// Live text comes twice a second; this long behind the speech it begins to confuse.
const BEHIND: Duration = Duration::from_secs(3);

/// A transcript and how it came about.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// The text as it was heard.
    pub transcript: Transcript,
    /// The transcript's segments as the person has edited them, to show: shared, because they are shown many times
    /// a second.
    segments: Arc<Vec<Segment>>,
    /// What the person made of segments, by their place.
    edits: BTreeMap<usize, String>,
    /// The places.
    edited: Arc<BTreeSet<usize>>,
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
    /// Final segments that are shown as soon as it is known which live words they replace.
    coming: Vec<Segment>,
    /// What follows the segments, of a recording that is being made.
    live: LiveView,
    /// What the voice gate made of it.
    heard: Option<Heard>,
    /// The segments are made once more, from the beginning, and shown until then.
    once_more: bool,
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
            Event::Segment(segment) if std::mem::take(&mut self.once_more) => {
                self.segments = Arc::new(vec![segment]);
            }
            Event::Segment(segment) if self.live.is_empty() => self.append([segment]),
            Event::Segment(segment) => self.coming.push(segment),
            Event::Progress(done) => self.progress(done, now),
            Event::Heard(heard) => self.heard = Some(heard),
            Event::Live(text) => {
                let LiveText { committed, tentative, encoded, .. } = text;
                let of = Duration::try_from_secs_f64(encoded.seconds()).unwrap_or_default();
                self.live = LiveView { committed, tentative, of, behind_s: None };
                let coming = std::mem::take(&mut self.coming);
                self.append(coming);
            }
            _ => {}
        }
    }

    fn append(&mut self, segments: impl IntoIterator<Item = Segment>) {
        Arc::make_mut(&mut self.segments).extend(segments);
    }

    /// Shows nothing any more that is not final.
    pub fn drop_live(&mut self) {
        self.live = LiveView::default();
        let coming = std::mem::take(&mut self.coming);
        self.append(coming);
    }

    /// All of it will be transcribed from the beginning; until then, what is final stays to be seen.
    pub fn begin_once_more(&mut self) {
        self.drop_live();
        *self = Self { segments: std::mem::take(&mut self.segments), once_more: true, ..Self::default() };
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

    /// Time that all of it takes at that speed.
    pub fn whole(&self) -> Option<Duration> {
        let worked = self.now.0 - self.began.0;
        let seconds = self.length?.0 * worked / self.done.0;
        (self.done.0 > 0.0 && worked > 0.0).then(|| Duration::try_from_secs_f64(seconds).ok()).flatten()
    }

    /// The transcript as far as it came, when no more will come.
    pub fn rest(&self) -> TranscriptView {
        let mut segments = self.segments.clone();
        if !self.coming.is_empty() {
            Arc::make_mut(&mut segments).extend(self.coming.iter().cloned());
        }
        TranscriptView { segments, ..TranscriptView::default() }
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
            speed: self.speed(),
            ..TranscriptView::default()
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
        let (edits, edited) = Default::default();
        Self { transcript, segments, edits, edited, timings, model, backend, standing, npu: None }
    }

    /// The same, with what became of the NPU meanwhile.
    pub fn with_npu(self, npu: Option<Box<NpuUse>>) -> Self {
        Self { npu, ..self }
    }

    /// One text of those of a recording's channels. `None` if there are none.
    pub fn of_channels(parts: Vec<Self>) -> Option<Self> {
        let timings = parts.iter().map(|part| part.timings).reduce(Timings::one_after_another)?;
        let last = parts.last().cloned()?;
        let transcript = speakers::by_channel(parts.into_iter().map(|part| part.transcript).collect());
        let Self { model, backend, standing, npu, .. } = last;
        Some(Self::new(transcript, timings, model, backend, standing).with_npu(npu))
    }

    /// Takes over what was kept.
    pub fn from_kept(text: kept_files::Text) -> Self {
        let kept_files::Text { transcript, edits, timings, model, backend, standing, npu } = text;
        let mut finished = Self::new(transcript, timings, model, backend, standing).with_npu(npu);
        edits.into_iter().for_each(|(place, text)| finished.edit(place, &text));
        finished
    }

    /// What is to be kept.
    pub fn to_keep(&self) -> kept_files::Text {
        kept_files::Text {
            transcript: self.transcript.clone(),
            edits: self.edits.clone(),
            timings: self.timings,
            model: self.model.clone(),
            backend: self.backend.clone(),
            standing: self.standing.clone(),
            npu: self.npu.clone(),
        }
    }

    /// Puts this text in place of a segment's; one as it was heard is no edit.
    pub fn edit(&mut self, place: usize, text: &str) {
        let Some(heard) = self.transcript.segments.get(place) else { return };
        let Some(shown) = Arc::make_mut(&mut self.segments).get_mut(place) else { return };
        if text.trim() == heard.text.trim() {
            self.edits.remove(&place);
            Arc::make_mut(&mut self.edited).remove(&place);
            shown.clone_from(heard);
        } else {
            let space = if heard.text.starts_with(' ') { " " } else { "" };
            self.edits.insert(place, text.to_owned());
            Arc::make_mut(&mut self.edited).insert(place);
            // What it was decoded from says nothing of it any more.
            shown.text = format!("{space}{}", text.trim());
            shown.words.clear();
            shown.tokens.clear();
        }
    }

    /// Takes all edits back.
    pub fn restore(&mut self) {
        self.edits.clear();
        self.edited = Arc::default();
        self.segments = Arc::new(self.transcript.segments.clone());
    }

    /// Whether somebody has changed something.
    pub fn is_edited(&self) -> bool {
        !self.edits.is_empty()
    }

    /// The transcript as it was edited.
    pub fn as_edited(&self) -> Transcript {
        if !self.is_edited() {
            return self.transcript.clone();
        }
        let segments = (*self.segments).clone();
        let text = segments.iter().map(|segment| segment.text.as_str()).collect();
        Transcript { text, segments, ..self.transcript.clone() }
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
        TranscriptView { segments: Arc::new(vec![whole]), editable: false, ..self.view() }
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
            edited: self.edited.clone(),
            editable: true,
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

    #[test]
    fn final_text_takes_the_place_of_its_live_words_at_once() {
        let segment = || Event::Segment(Segment::default());
        let live = |committed: &str| {
            Event::Live(LiveText {
                committed: committed.into(),
                encoded: AudioTime(1.0),
                ..LiveText::default()
            })
        };
        let mut growing = Growing::default();
        let mut shown = |event| {
            growing.take_in(event, WallTime(1.0));
            let TranscriptView { segments, live, .. } = growing.while_recording();
            (segments.len(), live.committed, growing.rest().segments.len())
        };
        assert_eq!(shown(segment()), (1, String::new(), 1), "there is nothing to wait for");
        assert_eq!(shown(live("two three")), (1, "two three".into(), 1));
        assert_eq!(shown(segment()), (1, "two three".into(), 2), "no word is there twice, and none is lost");
        assert_eq!(shown(live("three")), (2, "three".into(), 2));
    }

    #[test]
    fn what_is_made_once_more_shows_what_was_final_until_then() {
        let segment = |text: &str| Event::Segment(Segment { text: text.into(), ..Segment::default() });
        let live = LiveText { tentative: " three".into(), ..LiveText::default() };
        let mut growing = Growing::default();
        for event in [segment(" One"), Event::Live(live), segment(" two"), Event::Progress(AudioTime(9.0))] {
            growing.take_in(event, WallTime(1.0));
        }
        growing.begin_once_more();
        let view = growing.view();
        assert_eq!((view.text().as_str(), view.live, view.speed), ("One two", LiveView::default(), None));
        growing.take_in(Event::Length(AudioTime(9.0)), WallTime(0.5));
        assert_eq!(growing.view().text(), "One two");
        for (text, shown) in [(" One", "One"), (" too", "One too")] {
            growing.take_in(segment(text), WallTime(1.0));
            assert_eq!(growing.view().text(), shown);
        }
    }

    #[test]
    fn edits_are_shown_and_can_be_taken_back() {
        let word = hark_engine::transcript::Word { word: " one".into(), ..Default::default() };
        let segment =
            |text: &str| Segment { text: text.into(), words: vec![word.clone()], ..Segment::default() };
        let transcript = Transcript {
            text: " one two".into(),
            segments: vec![segment(" one"), segment(" two")],
            ..Transcript::default()
        };
        let heard = super::super::stage::finished(transcript.clone());
        let mut finished = heard.clone();
        let before = finished.view();
        finished.edit(1, "three ");
        finished.edit(7, "nothing is there");
        assert_eq!((finished.view().text(), before.text()), ("one three".into(), "one two".into()));
        assert_eq!(finished.view().edited.iter().collect::<Vec<_>>(), [&1]);
        let edited = finished.as_edited();
        assert_eq!((edited.text.as_str(), edited.segments[1].words.len()), (" one three", 0));
        assert_eq!((&finished.transcript, edited.segments[0].words.len()), (&transcript, 1));
        assert_eq!(Finished::from_kept(finished.to_keep()), finished);
        finished.edit(1, "two");
        assert_eq!(finished, heard);
        finished.edit(0, "");
        finished.restore();
        assert_eq!(finished, heard);
    }
}
