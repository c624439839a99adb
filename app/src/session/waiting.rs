//! Recordings that wait: for a real model, for a click, or for the next start.

use super::banners::{Action, AfterAll, Topic};
use super::lookups::Found;
use super::machine::{Event, Generation, State};
use super::recordings::clock;
use super::snapshot::{Shown, Tone};
use super::state::Session;
use super::transcription::Growing;
use crate::capture::{self, Recorded, Recovered};
use crate::history::Order;
use crate::texts;
use crate::wish::Manner;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Shorter recordings are mostly slips.
const WORTH_KEEPING: Duration = Duration::from_secs(1);
/// How long a person can change their mind.
const UNDO: Duration = Duration::from_secs(10);
/// So many files are named in one sentence, at most.
const MOST_NAMED: usize = 3;

impl Session {
    /// Keeps recordings for a real model, and says so.
    pub(super) fn keep(&mut self, recordings: Vec<(PathBuf, Duration)>) {
        for (path, length) in recordings {
            self.recordings.keep(path, length);
        }
        self.remind();
    }

    /// Says that recordings wait: for a real model, or for the click that transcribes them.
    pub(super) fn remind(&mut self) {
        let Some(kept) = self.recordings.waiting() else { return };
        if self.choice.fallback {
            let why = texts::say_demo_only();
            self.offer_models(&format!("{kept} {why}"));
        } else {
            let action = Action::Transcribe(self.recordings.waiting_paths());
            self.banners.offer(Topic::DemoModel, Tone::Info, kept, texts::do_transcribe(), action);
        }
    }

    /// Offers a recording that was cancelled: the person can change their mind, here and, unless it was a slip, later
    /// in the history.
    pub(super) fn offer_cancelled(&mut self, generation: Generation, recorded: &Recorded) {
        let (path, length) = (recorded.path.clone(), recorded.length);
        let silent = generation == self.dictation.state.generation() && !self.dictation.sounded;
        let end = Instant::now() + UNDO;
        let text = if length >= WORTH_KEEPING {
            self.keep_cancelled(recorded);
            texts::say_discarded(clock(length))
        } else if silent {
            return self.forget_recording(path);
        } else {
            // A word takes no longer. If Hark ends in some other way than by a Quit, it is offered at the next start.
            self.recordings.slip(path.clone(), end);
            texts::say_discarded_slip().to_owned()
        };
        let action = Action::AfterAll(AfterAll { generation, path, length, voice_gate: true });
        self.banners.offer_until(end, Topic::Cancelled, text, texts::do_undo(), action);
    }

    /// Lets go of the slips that nobody wanted until `now`, or of all.
    pub(super) fn forget_slips(&mut self, now: Option<Instant>) {
        for path in self.recordings.take_slips(now) {
            self.forget_recording(path);
        }
    }

    fn forget_recording(&mut self, path: PathBuf) {
        self.settle(&path);
        self.ask_history(Order::Forget(path));
    }

    /// Does what the newest offer to make a text after all offers. `false` if there is none.
    pub(super) fn undo(&mut self) -> bool {
        match self.banners.press_newest(|action| matches!(action, Action::AfterAll(_))) {
            Some(Action::AfterAll(offer)) => {
                self.transcribe_after_all(offer);
                true
            }
            _ => false,
        }
    }

    /// Makes the text of a recording after all: as a dictation, or as a file if there was
    /// another dictation since.
    pub(super) fn transcribe_after_all(&mut self, offer: AfterAll) {
        let AfterAll { generation, path, length, voice_gate } = offer;
        self.recordings.want(&path);
        if path.starts_with(&self.setup.recordings) {
            let (recording, note) = (path.clone(), self.recordings.manner(&path).note());
            let want = move || {
                // Without its mark a recording is only not offered at the next start.
                let _ = capture::mark(&recording, &note);
                None
            };
            let _ = self.outbox.delivery.write(Box::new(want));
        }
        if self.choice.fallback || self.dictation.state != State::Idle(generation) {
            let shown = self.shown;
            self.transcribe_recordings(vec![path]);
            if self.dictation.state.listens() {
                // Who is speaking goes on seeing what they say.
                self.shown = shown;
            }
            return;
        }
        self.shown = Shown::Dictation;
        self.dictation.growing = Growing::default();
        self.dictation.elapsed = length;
        self.dictation.recorded = Some(Recorded { path, length, memory: None, beginning_lost: None });
        self.dictation.voice_gate = voice_gate;
        self.drive(Event::Undo(generation));
    }

    /// Says what of an earlier start cannot be read, and where it is. It stays there, so it is said at each start.
    pub(super) fn tell_of_unrepaired(&mut self, paths: &[PathBuf]) {
        let mut named: Vec<_> =
            paths.iter().take(MOST_NAMED).map(|path| path.display().to_string()).collect();
        if paths.len() > named.len() {
            named.push("…".into());
        }
        if !named.is_empty() {
            self.banners.warn(Topic::Unrepaired, texts::say_unrepaired(paths.len(), named.join(", ")));
        }
    }

    /// Offers what earlier starts left without a text.
    pub(super) fn offer_recovered(&mut self, recovered: Vec<Recovered>) {
        for Recovered { path, note, .. } in &recovered {
            self.recordings.remember(path, &Manner::noted(note));
        }
        let length = recovered.iter().map(|r| r.length.seconds()).sum::<f64>();
        let length = clock(Duration::from_secs_f64(length));
        let text = match recovered.len() {
            0 => return,
            count => texts::say_recovered(count, length),
        };
        let action = Action::Transcribe(recovered.into_iter().map(|r| r.path).collect());
        self.banners.offer(Topic::Recovered, Tone::Info, text, texts::do_transcribe(), action);
    }

    /// The text of a recording is made, or nobody wants it: the next start need not offer it.
    pub(super) fn settle(&mut self, recording: &Path) {
        self.recordings.settle(recording);
        if recording.starts_with(&self.setup.recordings) {
            let recording = recording.to_owned();
            let settle = move || {
                capture::settle(&recording);
                None
            };
            // If the disk does not answer, the recording is offered once too often.
            let _ = self.outbox.delivery.write(Box::new(settle));
        }
    }

    /// Offers the disk once more what it refused.
    pub(super) fn rescue_recordings(&self) {
        for (samples, beginning, wanted) in self.recordings.only_in_memory() {
            let folder = self.setup.recordings.clone();
            let rescue = move || {
                // There is nobody left to tell.
                let _ = capture::rescue(&folder, &samples, &beginning, wanted);
                None
            };
            let _ = self.outbox.delivery.write(Box::new(rescue));
        }
    }

    pub(super) fn offer_models(&mut self, text: &str) {
        self.banners.offer(Topic::DemoModel, Tone::Info, text, texts::model_choose(), Action::ChooseModel);
    }

    pub(super) fn transcribe_recordings(&mut self, paths: Vec<PathBuf>) {
        if self.choice.fallback {
            return self.outbox.lookups.ask(|| Found::Lengths(paths.into_iter().map(with_length).collect()));
        }
        self.recordings.take_waiting();
        let added = self.files.add(paths);
        if let Some(first) = added.first() {
            self.shown = Shown::File(*first);
        }
        self.look_into(&added);
    }
}

fn with_length(recording: PathBuf) -> (PathBuf, Duration) {
    let seconds = hound::WavReader::open(&recording).map_or(0.0, |r| f64::from(r.duration()) / 16_000.0);
    (recording, Duration::from_secs_f64(seconds))
}
