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
use hark_engine::transcribe::Event;
use std::time::{Duration, Instant};

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
    fn shows_live_text(&mut self) -> bool {
        match self.choices.live_text {
            LiveText::On => true,
            LiveText::Off => false,
            LiveText::OnMains => !self.battery.is_in_use(Instant::now()),
        }
    }

    /// Ends the live text of the recording under way if it is not to be seen any more. It comes back with the next
    /// recording.
    pub(super) fn look_at_live_text(&mut self) {
        if matches!(self.dictation.live, Live::Runs { shown: true }) && !self.shows_live_text() {
            self.desk.hurry(Work::Live(self.dictation.state.generation()));
            self.dictation.live = Live::Runs { shown: false };
            self.dictation.growing.drop_live();
        }
    }

    /// Says that live text is behind while the engine has something else to do, such as loading a model.
    pub(super) fn look_whether_text_waits(&mut self) {
        if matches!(self.dictation.live, Live::Waits(_)) && self.shows_live_text() {
            self.dictation.growing.is_behind(self.dictation.elapsed);
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
        self.dictation.live = Live::Runs { shown: true };
        self.dictation.growing.is_behind(Duration::ZERO);
        self.look_at_live_text();
    }

    /// The engine tells of the recording that it follows.
    pub(super) fn live_advances(&mut self, generation: Generation, event: JobEvent, at: WallTime) {
        if generation != self.dictation.state.generation() {
            return;
        }
        if let JobEvent::Running(Event::Live(_)) = event {
            self.look_at_live_text();
            if let Live::Runs { shown: false } = self.dictation.live {
                return;
            }
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
        self.dictation.growing.begin_once_more();
        self.dictation.waits = self.dictation.recorded.is_some();
    }

    /// The recording is complete: its text comes from where it was followed, or is to be made now.
    pub(super) fn make_text(&mut self, generation: Generation) {
        match std::mem::take(&mut self.dictation.live) {
            runs @ Live::Runs { .. } => self.dictation.live = runs,
            Live::Finished(finished) => self.dictation_is_finished(generation, *finished),
            Live::Off | Live::Waits(_) => self.dictation.waits = true,
        }
    }
}
