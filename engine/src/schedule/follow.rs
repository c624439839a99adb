//! A recording that is being made, among others.

use super::request::LiveRequest;
use crate::cancel::Cancel;
use crate::error::EngineError;
use crate::metrics::Timings;
use crate::transcribe::live::{Following, Heard};
use crate::transcribe::stages::Stages;
use crate::transcribe::{Event, LiveSource};
use crate::transcript::Transcript;
use std::time::Duration;

/// A recording that is followed, and where its samples come from.
pub(super) struct Followed<'a> {
    following: Following<'a>,
    source: Box<dyn LiveSource + Send>,
    cancel: Cancel,
}

/// What came of going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// Nothing was due.
    Waits,
    /// Something was computed.
    Worked,
    /// All of it is final.
    Over,
}

impl<'a> Followed<'a> {
    pub(super) fn new(request: LiveRequest, stages: &Stages<'a>) -> Result<Self, EngineError> {
        let LiveRequest { source, options, cancel, hurry, .. } = request;
        Ok(Self { following: Following::new(options, hurry, stages)?, source, cancel })
    }

    pub(super) fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// Listens, for as long as `patience` says if there is nothing, and does what is due.
    pub(super) fn go_on(
        &mut self,
        patience: Duration,
        stages: &mut Stages<'a>,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<Pace, EngineError> {
        self.cancel.check()?;
        let Self { following, source, .. } = self;
        if !following.has_ended() && following.hear(&mut **source, Some(patience))? == Heard::End {
            following.end(on_event);
        }
        if following.is_over() {
            return Ok(Pace::Over);
        }
        let worked = following.work(&mut **source, stages, on_event)?;
        Ok(if worked { Pace::Worked } else { Pace::Waits })
    }

    /// The whole transcript, and where the time went.
    pub(super) fn finish(self) -> (Transcript, Timings) {
        self.following.finish()
    }
}
