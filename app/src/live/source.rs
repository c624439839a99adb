//! A recording under way, as the engine follows it.

use crate::capture::Tapped;
use hark_engine::EngineError;
use hark_engine::transcribe::LiveSource;

/// A recording as it is made.
pub struct Followed(Tapped);

impl Followed {
    /// Follows what comes through a tap.
    pub fn new(tapped: Tapped) -> Self {
        Self(tapped)
    }
}

impl LiveSource for Followed {
    fn next(&mut self, out: &mut Vec<f32>) -> Result<bool, EngineError> {
        match self.0.blocks.recv() {
            Ok(block) => out.extend(block),
            Err(_) if self.0.is_complete() => return Ok(false),
            Err(_) => return Err(EngineError::FellBehind),
        }
        self.0.blocks.try_iter().for_each(|block| out.extend(block));
        Ok(true)
    }
}
