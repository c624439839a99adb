//! The recordings of this session that are not transcribed yet, and those that no disk would take.

use super::sources::{LateFile, Part};
use crate::capture::Recorded;
use crate::texts;
use crate::wish::Manner;
use hark_engine::audio::{AudioSource, Samples};
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Recordings and where their samples are.
#[derive(Default)]
pub struct Recordings {
    /// Recordings that wait for a real model.
    waiting: Vec<(PathBuf, Duration)>,
    in_memory: HashMap<PathBuf, InMemory>,
    /// Cancelled recordings that are too short to be kept, and until when they can be had after all.
    slips: Vec<(PathBuf, Instant)>,
    /// What differs in recordings from others.
    manners: HashMap<PathBuf, Manner>,
}

/// A recording that no disk would take whole.
struct InMemory {
    samples: Arc<[f32]>,
    /// Whether its text is still to be made.
    wanted: bool,
}

impl Recordings {
    /// Takes note of a recording that is partly or wholly in memory.
    pub fn hold(&mut self, recorded: &Recorded) {
        if let Some(samples) = &recorded.memory {
            let kept = InMemory { samples: samples.clone(), wanted: true };
            self.in_memory.insert(recorded.path.clone(), kept);
        }
    }

    /// Remembers in which manner a recording is to become text, whenever that is.
    pub fn remember(&mut self, path: &Path, manner: &Manner) {
        if *manner != Manner::default() {
            self.manners.insert(path.to_owned(), manner.clone());
        }
    }

    /// In which manner a recording is to become text; the usual one for any other file.
    pub fn manner(&self, path: &Path) -> Manner {
        self.manners.get(path).cloned().unwrap_or_default()
    }

    /// The text of a recording is made, or nobody wants it.
    pub fn settle(&mut self, path: &Path) {
        if let Some(kept) = self.in_memory.get_mut(path) {
            kept.wanted = false;
        }
    }

    /// The text of a recording is wanted after all.
    pub fn want(&mut self, path: &Path) {
        self.slips.retain(|(slip, _)| slip != path);
        if let Some(kept) = self.in_memory.get_mut(path) {
            kept.wanted = true;
        }
    }

    /// Keeps a cancelled recording until this moment only.
    pub fn slip(&mut self, path: PathBuf, end: Instant) {
        self.settle(&path);
        self.slips.push((path, end));
    }

    /// The slips whose time is over by `now`, or all; they are none any more.
    pub fn take_slips(&mut self, now: Option<Instant>) -> Vec<PathBuf> {
        let over = |(_, end): &mut (PathBuf, Instant)| now.is_none_or(|now| *end <= now);
        self.slips.extract_if(.., over).map(|(path, _)| path).collect()
    }

    /// What is only in memory: samples, the part that is on disk, and whether the text is still to be made.
    pub fn only_in_memory(&self) -> impl Iterator<Item = (Arc<[f32]>, PathBuf, bool)> {
        self.in_memory.iter().map(|(path, kept)| (kept.samples.clone(), path.clone(), kept.wanted))
    }

    /// Lets a recording wait for a real model.
    pub fn keep(&mut self, path: PathBuf, length: Duration) {
        if !self.waiting.iter().any(|(kept, _)| *kept == path) {
            self.waiting.push((path, length));
        }
    }

    /// How many wait and how long they are together, such as `Recording kept (0:07).`.
    pub fn waiting(&self) -> Option<String> {
        let length = clock(self.waiting.iter().map(|(_, length)| *length).sum());
        let count = self.waiting.len();
        (count > 0).then(|| texts::say_kept(count, length))
    }

    /// The recordings that wait; none do afterwards.
    pub fn take_waiting(&mut self) -> Vec<PathBuf> {
        std::mem::take(&mut self.waiting).into_iter().map(|(path, _)| path).collect()
    }

    /// The recordings that wait.
    pub fn waiting_paths(&self) -> Vec<PathBuf> {
        self.waiting.iter().map(|(path, _)| path.clone()).collect()
    }

    /// Where the samples of a recording or of any file are read from.
    pub fn source(&self, path: &Path) -> Box<dyn AudioSource> {
        self.part(path, Part::default())
    }

    /// The same of one track or channel.
    pub fn part(&self, path: &Path, part: Part) -> Box<dyn AudioSource> {
        match self.in_memory.get(path) {
            Some(kept) => Box::new(Samples(kept.samples.clone())),
            None => Box::new(LateFile::new(path.to_owned(), part)),
        }
    }

    /// As [`Recordings::source`], for the demo model that nobody chose.
    pub fn bundled_source(
        path: &Path,
        is_bundled: fn(&Path) -> io::Result<bool>,
        part: Part,
    ) -> Box<dyn AudioSource> {
        Box::new(LateFile::only_bundled(path.to_owned(), is_bundled, part))
    }
}

/// `M:SS`, with hours in front once there are any.
pub fn clock(length: Duration) -> String {
    crate::text::clock(length.as_secs_f64().round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_as_on_a_clock() {
        let table = [(0.4, "0:00"), (6.7, "0:07"), (59.6, "1:00"), (3_599.0, "59:59"), (3_661.0, "1:01:01")];
        for (seconds, text) in table {
            assert_eq!(clock(Duration::from_secs_f64(seconds)), text);
        }
    }

    #[test]
    fn what_waits_is_counted_once_and_given_out_once() {
        let mut recordings = Recordings::default();
        assert_eq!(recordings.waiting(), None);
        recordings.keep("a.wav".into(), Duration::from_secs(7));
        recordings.keep("a.wav".into(), Duration::from_secs(7));
        assert_eq!(recordings.waiting().as_deref(), Some("Recording kept (0:07)."));
        recordings.keep("b.wav".into(), Duration::from_secs(60));
        assert_eq!(recordings.waiting().as_deref(), Some("2 recordings kept (1:07)."));
        assert_eq!(recordings.take_waiting(), [PathBuf::from("a.wav"), "b.wav".into()]);
        assert_eq!(recordings.waiting(), None);
    }

    #[test]
    fn a_slip_has_its_time_unless_it_is_wanted() {
        let (now, mut recordings) = (Instant::now(), Recordings::default());
        let seconds = |s| now + Duration::from_secs(s);
        for (name, end) in [("a.wav", 1), ("b.wav", 2), ("c.wav", 2), ("d.wav", 3)] {
            recordings.slip(name.into(), seconds(end));
        }
        recordings.want(Path::new("b.wav"));
        assert_eq!(recordings.take_slips(Some(now)), Vec::<PathBuf>::new());
        assert_eq!(recordings.take_slips(Some(seconds(2))), [PathBuf::from("a.wav"), "c.wav".into()]);
        assert_eq!(recordings.take_slips(None), [PathBuf::from("d.wav")]);
    }

    #[test]
    fn what_no_disk_would_take_is_read_from_memory() {
        let mut recordings = Recordings::default();
        let memory: Arc<[f32]> = vec![0.25; 5].into();
        let path = PathBuf::from("never written.wav");
        recordings.hold(&Recorded {
            path: path.clone(),
            length: Duration::ZERO,
            memory: Some(memory),
            beginning_lost: None,
        });
        let mut samples = Vec::new();
        while recordings.source(&path).open().unwrap().next_block(&mut samples).unwrap() {
            if samples.len() >= 5 {
                break;
            }
        }
        assert_eq!(samples, [0.25; 5]);
        assert!(recordings.source(Path::new("another.wav")).open().is_err());
    }
}
