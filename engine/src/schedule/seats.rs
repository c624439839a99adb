//! The windows that the decoder works on, and whose they are.

use crate::cancel::{Cancel, Cancelled};
use crate::decoder::{CrossKv, Decoder};
use crate::metrics::{Timings, WallTime};
use crate::model::Tokenizer;
use crate::transcribe::fallback::{Asked, Attempts};
use crate::transcribe::window::{Rules, Window};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

/// A window that the decoder has, or had.
pub(super) type Seated = Asked<Arc<Window>, Arc<CrossKv>>;

/// The decoder's seats.
pub(super) struct Seats<'a> {
    attempts: Attempts<'a, Arc<Window>, Arc<CrossKv>>,
    /// By number: the job that each window is of, and what it took up to now.
    taken: BTreeMap<usize, (u64, Timings)>,
    next: usize,
}

impl<'a> Seats<'a> {
    pub(super) fn new(decoder: &'a Decoder, tokenizer: &'a Tokenizer) -> Self {
        Self { attempts: Attempts::new(decoder, tokenizer), taken: BTreeMap::new(), next: 0 }
    }

    /// Windows.
    pub(super) fn len(&self) -> usize {
        self.taken.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.taken.is_empty()
    }

    /// Sequences, under way or waiting for room.
    pub(super) fn rows(&self) -> usize {
        self.attempts.rows()
    }

    /// Seats a window of a job. `encode` is what the encoder took for it, `spent` all up to now.
    pub(super) fn take(
        &mut self,
        job: u64,
        window: Arc<Window>,
        cross: CrossKv,
        rules: Rules,
        (encode, spent): (WallTime, WallTime),
    ) {
        let decode = WallTime(spent.seconds() - encode.seconds());
        let timings = Timings { processing: spent, encode, decode, windows: 1, ..Timings::default() };
        self.attempts.admit(self.next, window, Arc::new(cross), rules);
        self.taken.insert(self.next, (job, timings));
        self.next += 1;
    }

    /// Everything of a job leaves.
    pub(super) fn dismiss(&mut self, job: u64) {
        for (seat, _) in self.taken.extract_if(.., |_, (of, _)| *of == job) {
            self.attempts.dismiss(seat);
        }
    }

    /// One token for every sequence: the windows that are done, with their jobs and what they took, and the job of
    /// each window that had a part in the step.
    #[expect(clippy::type_complexity, reason = "two results of one step, read once")]
    pub(super) fn step(&mut self) -> Result<(Vec<(u64, Seated, Timings)>, Vec<u64>), Cancelled> {
        let (start, count) = (Instant::now(), self.taken.len());
        // A step is short: who is cancelled leaves behind it.
        let done = self.attempts.step(&Cancel::new())?;
        let share = WallTime::from(start.elapsed()).share(count);
        for (_, timings) in self.taken.values_mut() {
            timings.decode += share;
            timings.processing += share;
        }
        let jobs = self.taken.values().map(|(job, _)| *job).collect();
        let left = done.into_iter().filter_map(|(seat, asked)| {
            let (job, timings) = self.taken.remove(&seat)?;
            Some((job, asked, timings))
        });
        Ok((left.collect(), jobs))
    }
}
