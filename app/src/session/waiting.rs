//! Recordings that wait for a real model.

use super::banners::{Action, Topic};
use super::lookups::Found;
use super::snapshot::{Shown, Tone};
use super::state::Session;
use std::path::PathBuf;
use std::time::Duration;

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
            let why = "The built-in demo model only understands its own synthetic clips.";
            self.offer_models(&format!("{kept}. {why}"));
        } else {
            let action = Action::Transcribe(self.recordings.waiting_paths());
            self.banners.offer(Topic::DemoModel, Tone::Info, format!("{kept}."), "Transcribe", action);
        }
    }

    pub(super) fn offer_models(&mut self, text: &str) {
        self.banners.offer(Topic::DemoModel, Tone::Info, text, "Choose a model", Action::ChooseModel);
    }

    pub(super) fn transcribe_recordings(&mut self, paths: Vec<PathBuf>) {
        if self.choice.fallback {
            return self.outbox.lookups.ask(|| Found::Lengths(paths.into_iter().map(with_length).collect()));
        }
        self.recordings.take_waiting();
        if let Some(first) = self.files.add(paths).first() {
            self.shown = Shown::File(*first);
        }
    }
}

fn with_length(recording: PathBuf) -> (PathBuf, Duration) {
    let seconds = hound::WavReader::open(&recording).map_or(0.0, |r| f64::from(r.duration()) / 16_000.0);
    (recording, Duration::from_secs_f64(seconds))
}
