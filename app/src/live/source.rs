//! A recording under way, as the engine follows it.

use crossbeam_channel::Receiver;
use hark_engine::EngineError;
use hark_engine::transcribe::LiveSource;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Blocks of samples as they are recorded.
pub struct Followed {
    blocks: Receiver<Vec<f32>>,
    /// Whether every block came this far.
    complete: Arc<AtomicBool>,
}

impl Followed {
    /// Follows blocks, of which `complete` says at their end whether they were all.
    pub fn new(blocks: Receiver<Vec<f32>>, complete: Arc<AtomicBool>) -> Self {
        Self { blocks, complete }
    }
}

impl LiveSource for Followed {
    fn next(&mut self, out: &mut Vec<f32>) -> Result<bool, EngineError> {
        match self.blocks.recv() {
            Ok(block) => out.extend(block),
            Err(_) if self.complete.load(Ordering::Acquire) => return Ok(false),
            Err(_) => return Err(EngineError::FellBehind),
        }
        self.blocks.try_iter().for_each(|block| out.extend(block));
        Ok(true)
    }
}
