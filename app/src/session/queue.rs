//! The list of files: a value that knows what waits, runs and is done. It reads no disk and no clock.

use super::snapshot::{FileId, FileState, FileView, TranscriptView};
use super::transcription::{Finished, Growing};
use crate::text::sentence;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

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

impl Queue {
    /// Puts files at the end, each path at most once while it waits or runs. Returns their numbers.
    pub fn add(&mut self, paths: impl IntoIterator<Item = PathBuf>) -> Vec<FileId> {
        let pending = self.entries.iter().filter(|e| e.is_pending());
        let mut pending: HashSet<PathBuf> = pending.map(|e| e.path.clone()).collect();
        let mut added = Vec::new();
        for path in paths {
            if !pending.insert(path.clone()) {
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
            // The list shows the path already.
            let message = without_path(message, &entry.path);
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
            _ => entry.growing.rest(),
        }
    }

    fn entry(&mut self, id: FileId) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|e| e.id == id)
    }
}

fn without_path(message: String, path: &Path) -> String {
    let named = format!("{}: ", path.display());
    if let Some(reason) = message.strip_prefix(&named) {
        return sentence(reason);
    }
    let unreadable = message.strip_prefix("cannot read ").and_then(|rest| rest.strip_prefix(&named));
    unreadable.map(|reason| format!("It cannot be read: {reason}.")).unwrap_or(message)
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
    use super::super::snapshot::Speed;
    use super::*;
    use crate::precision::Standing;
    use hark_engine::encoder::{BackendInfo, BackendKind, Precision};
    use hark_engine::metrics::{AudioTime, Timings, WallTime};
    use hark_engine::transcribe::Event;
    use hark_engine::transcript::{Segment, Transcript};
    use std::time::Duration;

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
        Finished::new(transcript, Timings::default(), "demo".into(), backend, Standing::Proven)
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
    fn many_files_are_added_at_once() {
        let paths = || (0..100_000).map(|i| PathBuf::from(format!("{i}.wav")));
        let mut queue = Queue::default();
        assert_eq!(queue.add(paths()).len(), 100_000);
        assert!(queue.add(paths()).is_empty());
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
        queue.advance(1, |g| g.take_in(Event::Length(AudioTime(100.0)), WallTime(2.0)));
        queue.advance(1, |g| g.take_in(Event::Progress(AudioTime(30.0)), WallTime(5.0)));
        let FileState::Running { progress, left, speed } = state(&queue, 1) else { panic!("not running") };
        assert_eq!(progress, 0.3);
        assert_eq!(left, Some(Duration::from_secs(7)));
        assert_eq!(speed, Some(Speed { audio_s: 30.0, processing_s: 5.0 }));
        assert_eq!(speed.unwrap().x(), 6.0);
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
        queue.advance(1, |g| g.take_in(Event::Progress(AudioTime(1.0)), WallTime(1.0)));
        assert_eq!(state(&queue, 1), FileState::Cancelled, "late progress does not revive it");
    }

    #[test]
    fn retried_files_keep_their_place_and_start_afresh() {
        let mut queue = queue(&["a.wav", "b.wav"]);
        queue.started(1);
        let half = Segment { text: "half".into(), ..Segment::default() };
        queue.advance(1, |g| g.take_in(Event::Segment(half), WallTime(0.0)));
        queue.failed(1, "broken".into());
        assert_eq!(queue.transcript_view(1).segments.len(), 1, "what was heard stays readable");
        queue.retry(1);
        assert_eq!(queue.next().unwrap().0, 1);
        queue.started(1);
        assert!(queue.transcript_view(1).segments.is_empty());
        queue.finish(1, said("all"));
        queue.retry(1);
        assert_eq!(queue.next().unwrap().0, 2, "what is done is not done again");
    }

    #[test]
    fn a_failure_does_not_repeat_the_path() {
        let mut queue = queue(&["/a/b.wav"]);
        queue.failed(1, "/a/b.wav: it is cut short".into());
        assert_eq!(state(&queue, 1), FileState::Failed { message: "It is cut short.".into() });
        queue.failed(1, "cannot read /a/b.wav: it is gone".into());
        assert_eq!(state(&queue, 1), FileState::Failed { message: "It cannot be read: it is gone.".into() });
        queue.failed(1, "the engine stopped".into());
        assert_eq!(state(&queue, 1), FileState::Failed { message: "the engine stopped".into() });
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
