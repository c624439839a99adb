//! A recording under way, as the engine follows it.

use crate::capture::Tapped;
use crossbeam_channel::RecvTimeoutError;
use hark_engine::EngineError;
use hark_engine::transcribe::LiveSource;
use std::time::Duration;

/// A recording as it is made.
pub struct Followed(Tapped);

impl Followed {
    /// Follows what comes through a tap.
    pub fn new(tapped: Tapped) -> Self {
        Self(tapped)
    }
}

impl Followed {
    /// The first block, or none because nothing more comes, and all that wait behind it.
    fn take(&self, first: Option<Vec<f32>>, out: &mut Vec<f32>) -> Result<bool, EngineError> {
        match first {
            Some(block) => out.extend(block),
            None if self.0.is_complete() => return Ok(false),
            None => return Err(EngineError::FellBehind),
        }
        self.0.blocks.try_iter().for_each(|block| out.extend(block));
        Ok(true)
    }
}

impl LiveSource for Followed {
    fn next(&mut self, out: &mut Vec<f32>) -> Result<bool, EngineError> {
        self.take(self.0.blocks.recv().ok(), out)
    }

    fn next_within(&mut self, out: &mut Vec<f32>, patience: Duration) -> Result<Option<bool>, EngineError> {
        match self.0.blocks.recv_timeout(patience) {
            Err(RecvTimeoutError::Timeout) => Ok(None),
            first => self.take(first.ok(), out).map(Some),
        }
    }
}
