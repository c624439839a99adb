//! The dictation's text while it is spoken.
//!
//! The engine follows the recording as it grows and has little left to do when it ends. Whatever goes
//! wrong there costs only time: the recording's file is transcribed instead.

use super::desk::Work;
use super::dictation::Live;
use super::machine::Generation;
use super::state::Session;
use super::transcription::Finished;
use crate::capture::{Tap, tap};
use crate::engine_thread::JobEvent;
use crate::live::Followed;
use crate::settings::LiveText;
use hark_engine::metrics::WallTime;

/// Blocks of 20 ms that may wait for the engine: twenty minutes behind a proof or another model's work.
const BLOCKS: usize = 60_000;

impl Session {
    /// What the next recording is to be followed through.
    pub(super) fn tap_next(&mut self) -> Option<Tap> {
        // The demo model would understand nothing.
        if self.choice.fallback {
            return None;
        }
        let (tap, tapped) = tap(BLOCKS);
        self.dictation.live = Live::Waits(tapped);
        Some(tap)
    }

    /// Whether somebody looks at text that is not final yet.
    pub(super) fn shows_live_text(&self) -> bool {
        match self.choices.live_text {
            LiveText::On => true,
            LiveText::Off => false,
            LiveText::OnMains => !crate::machine::is_on_battery(),
        }
    }

    /// Begins to follow the recording if it waits for that; for a desk that is free to.
    pub(super) fn follow_recording(&mut self) {
        let tapped = match std::mem::take(&mut self.dictation.live) {
            Live::Waits(tapped) => tapped,
            other => {
                self.dictation.live = other;
                return;
            }
        };
        let work = Work::Live(self.dictation.state.generation());
        let source = Box::new(Followed::new(tapped));
        if !self.desk.follow(work, source, self.options(&self.dictation.manner)) {
            return;
        }
        self.dictation.live = Live::Runs;
        if !self.shows_live_text() {
            self.desk.hurry(work);
        }
    }

    /// The engine tells of the recording that it follows.
    pub(super) fn live_advances(&mut self, generation: Generation, event: JobEvent, at: WallTime) {
        if generation != self.dictation.state.generation() {
            return;
        }
        match event {
            JobEvent::Running(event) => self.dictation_advances(event, at),
            JobEvent::Finished { transcript, timings, model, backend, standing, npu } => {
                self.has_worked(&model, timings.audio.seconds(), timings.processing.0);
                let finished = Finished::new(transcript, timings, model, backend, standing).with_npu(npu);
                if self.dictation.recorded.is_some() {
                    self.dictation.live = Live::Off;
                    self.dictation_is_finished(generation, finished);
                } else {
                    self.dictation.live = Live::Finished(finished.into());
                }
            }
            JobEvent::Failed { .. } | JobEvent::Cancelled => self.stop_following(),
            JobEvent::Started | JobEvent::Proved(_) | JobEvent::Gauged { .. } => {}
        }
    }

    /// The recording will be transcribed when it is complete; at once if it is.
    fn stop_following(&mut self) {
        self.dictation.live = Live::Off;
        self.dictation.growing = Default::default();
        self.dictation.waits = self.dictation.recorded.is_some();
    }

    /// The recording is complete: its text comes from where it was followed, or is to be made now.
    pub(super) fn make_text(&mut self, generation: Generation) {
        match std::mem::take(&mut self.dictation.live) {
            Live::Runs => self.dictation.live = Live::Runs,
            Live::Finished(finished) => self.dictation_is_finished(generation, *finished),
            Live::Off | Live::Waits(_) => self.dictation.waits = true,
        }
    }
}
