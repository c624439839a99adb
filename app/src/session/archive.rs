//! The history as the session knows it, and how what was recorded gets into it.

use super::machine::Generation;
use super::snapshot::Playing;
use super::transcription::Finished;
use crate::history::{Entry, EntryId, Keeper, Order, Piece, Version};
use crate::sounds::Playback;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// The history as the session knows it.
pub struct History {
    pub(super) keeper: Keeper,
    pub(super) playback: Playback,
    /// The oldest first.
    pub(super) entries: Arc<Vec<Arc<Entry>>>,
    /// What is heard, with its number at the playback.
    pub(super) playing: Option<(u64, Playing)>,
    /// What the recordings of this session are called.
    pub(super) ids: HashMap<PathBuf, EntryId>,
    /// The last dictation with a text.
    pub(super) last: Option<(Generation, EntryId)>,
    /// Recordings without a word in them, of which nothing is to be kept: somebody may want them after all.
    pub(super) unwanted: Vec<PathBuf>,
}

impl History {
    /// What a keeper keeps and a playback plays.
    pub fn new(keeper: Keeper, playback: Playback) -> Self {
        let (entries, playing, ids, last, unwanted) = Default::default();
        Self { keeper, playback, entries, playing, ids, last, unwanted }
    }

    /// An entry that was not deleted.
    pub fn entry(&self, id: EntryId) -> Option<&Arc<Entry>> {
        self.entries.iter().rev().find(|entry| entry.id == id)
    }

    /// Plays nothing any more.
    pub fn stop_playing(&mut self) {
        if self.playing.take().is_some() {
            self.playback.stop();
        }
    }

    /// Carries out what it was asked for, but takes no longer than this.
    pub fn finish(self, deadline: Instant) {
        for recording in self.unwanted {
            let _ = self.keeper.ask(Order::Forget(recording));
        }
        self.keeper.finish(deadline);
    }
}

/// How a text came about, to keep.
pub fn version(finished: &Finished) -> Version {
    let Finished { transcript, timings, model, backend, .. } = finished;
    let piece = |segment: &hark_engine::transcript::Segment| Piece {
        start: segment.start,
        end: segment.end,
        text: segment.text.clone(),
    };
    Version {
        time: Timestamp::now(),
        heard: transcript.text.trim().to_owned(),
        text: None,
        pieces: transcript.segments.iter().map(piece).collect(),
        language: transcript.language.clone(),
        model: model.clone(),
        precision: backend.precision.to_string(),
        backend: backend.name.clone(),
        processing_s: timings.processing.seconds(),
    }
}

/// When a recording began, by its name; now if that says nothing.
pub fn time_of(recording: &Path) -> Timestamp {
    let name = recording.file_name().and_then(|name| name.to_str()).and_then(|name| name.get(..19));
    let time = name.and_then(|name| DateTime::strptime("%Y-%m-%d_%H-%M-%S", name).ok());
    let time = time.and_then(|time| time.to_zoned(TimeZone::UTC).ok());
    time.map_or_else(Timestamp::now, |time| time.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_says_when_it_began() {
        let time = |name: &str| time_of(Path::new(name)).to_string();
        assert_eq!(time("a/2026-11-21_14-05-09.wav"), "2026-11-21T14:05:09Z");
        assert_eq!(time("2026-11-21_14-05-09-2.wav"), "2026-11-21T14:05:09Z");
        for name in ["", "é-11-21_14-05-0é9.wav", "2026-13-41_14-05-09.wav"] {
            assert!(Timestamp::now().duration_since(time_of(Path::new(name))).as_secs() < 60, "{name}");
        }
    }
}
