//! The list of files: a value that knows what waits, runs and is done. It reads no disk and no clock.

use super::snapshot::{FileId, FileState, FileView, Speed, TranscriptView};
use hark_engine::encoder::BackendInfo;
use hark_engine::metrics::{AudioTime, Timings, WallTime};
use hark_engine::transcribe::Event;
use hark_engine::transcript::{Segment, Transcript};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Files in the order of adding; at most one runs.
#[derive(Default)]
pub struct Queue {
    entries: Vec<Entry>,
    last: FileId,
}

struct Entry {
    id: FileId,
    path: PathBuf,
    state: FileState,
    growing: Growing,
    finished: Option<Finished>,
}

/// A transcript and how it came about.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// The text.
    pub transcript: Transcript,
    /// Where the time went.
    pub timings: Timings,
    /// Name of the model.
    pub model: String,
    /// What computed.
    pub backend: BackendInfo,
}

/// What is known of a transcription under way.
#[derive(Clone, Debug, Default)]
pub struct Growing {
    /// Final segments up to now.
    segments: Vec<Segment>,
    length: Option<AudioTime>,
    done: AudioTime,
    /// Clock time at which the length was known, and with it the real work began.
    began: WallTime,
    now: WallTime,
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
            Event::Segment(segment) => self.segments.push(segment),
            Event::Progress(done) => self.progress(done, now),
            _ => {}
        }
    }

    /// Share done in [0, 1].
    fn share(&self) -> f32 {
        let share = self.length.filter(|l| l.0 > 0.0).map_or(0.0, |l| self.done.0 / l.0);
        share.clamp(0.0, 1.0) as f32
    }

    /// Speed so far, the first pass over the audio included.
    fn speed(&self) -> Option<Speed> {
        speed(self.done, self.now)
    }

    /// Time left at the speed since the real work began; unknown before anything was measured.
    fn left(&self) -> Option<Duration> {
        let worked = self.now.0 - self.began.0;
        let rest = self.length?.0 - self.done.0;
        let seconds = rest * worked / self.done.0;
        (self.done.0 > 0.0 && worked > 0.0)
            .then(|| Duration::try_from_secs_f64(seconds.max(0.0)).ok())
            .flatten()
    }

    /// The transcript as far as it exists.
    pub fn view(&self) -> TranscriptView {
        TranscriptView {
            segments: self.segments.clone(),
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
    /// Whether nobody spoke.
    pub fn is_empty(&self) -> bool {
        self.transcript.text.trim().is_empty()
    }

    /// How fast it was.
    pub fn speed(&self) -> Option<Speed> {
        speed(self.timings.audio, self.timings.processing)
    }

    /// How it is shown.
    pub fn view(&self) -> TranscriptView {
        TranscriptView {
            segments: self.transcript.segments.clone(),
            growing: false,
            progress: None,
            no_speech: self.is_empty(),
            speed: self.speed(),
        }
    }
}

impl Queue {
    /// Puts files at the end, each path at most once while it waits or runs. Returns their numbers.
    pub fn add(&mut self, paths: impl IntoIterator<Item = PathBuf>) -> Vec<FileId> {
        let mut added = Vec::new();
        for path in paths {
            if self.entries.iter().any(|e| e.path == path && e.is_pending()) {
                continue;
            }
            self.last += 1;
            added.push(self.last);
            self.entries.push(Entry {
                id: self.last,
                path,
                state: FileState::Waiting,
                growing: Growing::default(),
                finished: None,
            });
        }
        added
    }

    /// The file that is to run next: the first that waits.
    pub fn next(&self) -> Option<(FileId, &Path)> {
        let waiting = self.entries.iter().find(|e| e.state == FileState::Waiting);
        waiting.map(|e| (e.id, e.path.as_path()))
    }

    /// The engine has begun with a file.
    pub fn started(&mut self, id: FileId) {
        if let Some(entry) = self.entry(id) {
            entry.growing = Growing::default();
            entry.finished = None;
            entry.show_progress();
        }
    }

    /// The engine tells how far the running file is.
    pub fn advance(&mut self, id: FileId, step: impl FnOnce(&mut Growing)) {
        if let Some(entry) = self.entry(id).filter(|e| matches!(e.state, FileState::Running { .. })) {
            step(&mut entry.growing);
            entry.show_progress();
        }
    }

    /// A file has its transcript.
    pub fn finish(&mut self, id: FileId, finished: Finished) {
        if let Some(entry) = self.entry(id) {
            entry.state = FileState::Done { speed: finished.speed() };
            entry.finished = Some(finished);
        }
    }

    /// A file has no transcript, and why.
    pub fn failed(&mut self, id: FileId, message: String) {
        if let Some(entry) = self.entry(id) {
            entry.state = FileState::Failed { message };
        }
    }

    /// Takes a file off what waits or runs.
    pub fn cancel(&mut self, id: FileId) {
        if let Some(entry) = self.entry(id).filter(|e| e.is_pending()) {
            entry.state = FileState::Cancelled;
        }
    }

    /// Takes everything off what waits or runs.
    pub fn cancel_all(&mut self) {
        for entry in self.entries.iter_mut().filter(|e| e.is_pending()) {
            entry.state = FileState::Cancelled;
        }
    }

    /// Lets the running file wait again, to start afresh in its old place.
    pub fn postpone(&mut self, id: FileId) {
        if let Some(entry) = self.entry(id).filter(|e| matches!(e.state, FileState::Running { .. })) {
            entry.state = FileState::Waiting;
            entry.growing = Growing::default();
        }
    }

    /// Name of a file and the share of it that is done.
    pub fn progress(&self, id: FileId) -> Option<(String, f32)> {
        let entry = self.entries.iter().find(|e| e.id == id)?;
        let name = entry.path.file_name().unwrap_or(entry.path.as_os_str());
        Some((name.to_string_lossy().into_owned(), entry.growing.share()))
    }

    /// Lets a file that failed or was cancelled wait again, in its old place.
    pub fn retry(&mut self, id: FileId) {
        if let Some(entry) = self.entry(id)
            && matches!(entry.state, FileState::Failed { .. } | FileState::Cancelled)
        {
            entry.state = FileState::Waiting;
        }
    }

    /// Takes a file off the list unless it waits or runs. `true` if it is gone.
    pub fn remove(&mut self, id: FileId) -> bool {
        let before = self.entries.len();
        self.entries.retain(|e| e.id != id || e.is_pending());
        self.entries.len() < before
    }

    /// The list as the window shows it.
    pub fn views(&self) -> Vec<FileView> {
        let view = |e: &Entry| FileView { id: e.id, path: e.path.clone(), state: e.state.clone() };
        self.entries.iter().map(view).collect()
    }

    /// Where a file is.
    pub fn path(&self, id: FileId) -> Option<&Path> {
        self.entries.iter().find(|e| e.id == id).map(|e| e.path.as_path())
    }

    /// A file's finished transcript.
    pub fn finished(&self, id: FileId) -> Option<&Finished> {
        self.entries.iter().find(|e| e.id == id)?.finished.as_ref()
    }

    /// A file's transcript as far as it exists.
    pub fn transcript_view(&self, id: FileId) -> TranscriptView {
        let Some(entry) = self.entries.iter().find(|e| e.id == id) else {
            return TranscriptView::default();
        };
        match (&entry.state, &entry.finished) {
            (FileState::Done { .. }, Some(finished)) => finished.view(),
            (FileState::Running { .. }, _) => entry.growing.view(),
            _ => TranscriptView { segments: entry.growing.segments.clone(), ..TranscriptView::default() },
        }
    }

    fn entry(&mut self, id: FileId) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|e| e.id == id)
    }
}

impl Entry {
    fn is_pending(&self) -> bool {
        matches!(self.state, FileState::Waiting | FileState::Running { .. })
    }

    fn show_progress(&mut self) {
        self.state = FileState::Running {
            progress: self.growing.share(),
            left: self.growing.left(),
            speed: self.growing.speed(),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hark_engine::encoder::{BackendKind, Precision};

    fn queue(paths: &[&str]) -> Queue {
        let mut queue = Queue::default();
        queue.add(paths.iter().map(PathBuf::from));
        queue
    }

    fn state(queue: &Queue, id: FileId) -> FileState {
        queue.views().into_iter().find(|v| v.id == id).unwrap().state
    }

    fn said(text: &str) -> Finished {
        let segment = Segment { text: text.into(), ..Segment::default() };
        let transcript = Transcript { text: text.into(), segments: vec![segment], ..Transcript::default() };
        let backend = BackendInfo {
            kind: BackendKind::Fake,
            name: "fake".into(),
            precision: Precision::F32,
            threads: 1,
        };
        Finished { transcript, timings: Timings::default(), model: "demo".into(), backend }
    }

    #[test]
    fn a_path_waits_only_once_but_can_come_again_when_it_is_done() {
        let mut queue = queue(&["a.wav", "b.wav", "a.wav"]);
        assert_eq!(queue.views().len(), 2);
        queue.started(1);
        assert!(queue.add([PathBuf::from("a.wav")]).is_empty(), "it runs");
        queue.finish(1, said("hello"));
        assert_eq!(queue.add([PathBuf::from("a.wav")]), [3]);
    }

    #[test]
    fn files_run_in_the_order_of_adding() {
        let mut queue = queue(&["a.wav", "b.wav", "c.wav"]);
        let mut order = Vec::new();
        while let Some((id, _)) = queue.next() {
            order.push(id);
            queue.started(id);
            queue.finish(id, said("x"));
        }
        assert_eq!(order, [1, 2, 3]);
    }

    #[test]
    fn progress_and_time_left_come_from_the_measured_speed() {
        let mut queue = queue(&["a.wav"]);
        queue.started(1);
        assert_eq!(state(&queue, 1), FileState::Running { progress: 0.0, left: None, speed: None });
        // Two seconds of listening, then 30 s of audio in 3 s of work: 70 s more take 7 s.
        queue.advance(1, |g| g.length(AudioTime(100.0), WallTime(2.0)));
        queue.advance(1, |g| g.progress(AudioTime(30.0), WallTime(5.0)));
        let FileState::Running { progress, left, speed } = state(&queue, 1) else { panic!("not running") };
        assert_eq!(progress, 0.3);
        assert_eq!(left, Some(Duration::from_secs(7)));
        assert_eq!(speed, Some(Speed { audio_s: 30.0, processing_s: 5.0 }));
        assert_eq!(speed.unwrap().x(), 6.0);
    }

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
    fn cancelled_files_do_not_run() {
        let mut queue = queue(&["a.wav", "b.wav", "c.wav"]);
        queue.started(1);
        queue.cancel(2);
        assert_eq!(queue.next().unwrap().0, 3);
        queue.cancel(1);
        queue.cancel_all();
        assert_eq!(queue.next(), None);
        queue.advance(1, |g| g.progress(AudioTime(1.0), WallTime(1.0)));
        assert_eq!(state(&queue, 1), FileState::Cancelled, "late progress does not revive it");
    }

    #[test]
    fn retried_files_keep_their_place_and_start_afresh() {
        let mut queue = queue(&["a.wav", "b.wav"]);
        queue.started(1);
        queue.advance(1, |g| g.segments.push(Segment { text: "half".into(), ..Segment::default() }));
        queue.failed(1, "broken".into());
        assert_eq!(queue.transcript_view(1).segments.len(), 1, "what was heard stays readable");
        queue.retry(1);
        assert_eq!(queue.next().unwrap().0, 1);
        queue.started(1);
        assert_eq!(queue.transcript_view(1).segments, []);
        queue.finish(1, said("all"));
        queue.retry(1);
        assert_eq!(queue.next().unwrap().0, 2, "what is done is not done again");
    }

    #[test]
    fn only_what_rests_can_be_removed() {
        let mut queue = queue(&["a.wav", "b.wav"]);
        queue.started(1);
        assert!(!queue.remove(1) && !queue.remove(2));
        queue.finish(1, said("x"));
        assert!(queue.remove(1) && queue.views().iter().all(|view| view.id != 1));
        assert_eq!(queue.finished(1), None);
    }

    #[test]
    fn an_empty_transcript_says_that_nobody_spoke() {
        let mut queue = queue(&["silence.wav"]);
        queue.started(1);
        queue.finish(1, said(""));
        assert!(queue.transcript_view(1).no_speech);
    }
}
