//! What is done while nothing else is: proving that the model's precision is good enough, and taking the model
//! out of memory in the end.

use super::machine::State;
use super::state::Session;
use crate::engine_thread::Proved;
use std::time::{Duration, Instant};

impl Session {
    /// Whether nothing is recorded, transcribed or waiting.
    pub(super) fn is_at_rest(&self) -> bool {
        !self.wants_engine() && self.desk.is_at_rest()
    }

    /// Whether somebody dictates, or waits for what the engine is to do, be it another program.
    pub(super) fn wants_engine(&self) -> bool {
        !matches!(self.dictation.state, State::Idle(_))
            || self.dictation.waits
            || self.demo.waits
            || self.files.next().is_some()
            || !self.retries.is_at_rest()
            || self.programs.have_customers()
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
        } else if self.time_to_unload() == Some(Duration::ZERO) {
            self.desk.unload();
        }
    }

    /// How long until the model is taken out of memory, if nothing happens; `None` if it stays.
    pub(super) fn time_to_unload(&self) -> Option<Duration> {
        let minutes = self.choices.unload_after_min;
        let rested = self.idle_time.rested(Instant::now()).filter(|_| minutes > 0 && self.desk.is_free())?;
        Some(self.setup.minute.saturating_mul(minutes).saturating_sub(rested))
    }

    /// Goes on with the precision that the proof speaks for.
    pub(super) fn act_on_proof(&mut self, Proved { decision, .. }: &Proved) {
        if self.desk.precision() != Some(decision.precision) {
            self.load_own_model();
        }
    }
}
