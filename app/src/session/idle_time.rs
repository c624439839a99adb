//! What is done while nothing else is: proving that the model's precision is good enough.

use super::machine::State;
use super::state::Session;
use crate::engine_thread::Proved;
use std::time::{Duration, Instant};

impl Session {
    /// Whether nothing is recorded, transcribed or waiting.
    pub(super) fn is_at_rest(&self) -> bool {
        matches!(self.dictation.state, State::Idle(_))
            && !self.dictation.waits
            && !self.demo.waits
            && self.files.next().is_none()
            && self.retries.is_at_rest()
            && self.desk.is_at_rest()
    }

    /// How long to wait for something to happen before idle time is used; `None` if it will not be.
    pub(super) fn patience(&self) -> Option<Duration> {
        let wanted = self.desk.is_free() && self.desk.is_unproven() && self.idle_time.is_hopeful();
        wanted.then(|| self.idle_time.left(Instant::now())).flatten()
    }

    /// Begins a proof if nothing has happened for long enough. It is cancelled by whatever comes.
    pub(super) fn use_idle_time(&mut self) {
        let at_rest = self.is_at_rest();
        self.idle_time.note(at_rest, Instant::now());
        let precision = self.usual_precision();
        if at_rest
            && self.desk.is_free()
            && let Some(width) = self.shelf.to_gauge(precision)
        {
            self.desk.gauge(width, precision);
        }
        if self.patience() == Some(Duration::ZERO) {
            self.desk.prove();
        }
    }

    /// Goes on with the precision that the proof speaks for.
    pub(super) fn act_on_proof(&mut self, Proved { decision, .. }: &Proved) {
        if self.desk.precision() != Some(decision.precision) {
            self.load_own_model();
        }
    }
}
