//! The threads that share the work of an encoder and a decoder.

use hark_simd::Team;
use std::ops::Deref;
use std::sync::Arc;

/// A team of threads, shared by clones.
#[derive(Clone)]
pub struct Workers(Arc<Team>);

impl Workers {
    /// `threads` threads, the caller's among them, or as many as the system gives.
    pub fn new(threads: usize) -> Self {
        Self(Arc::new(Team::new(threads.max(1))))
    }
}

impl Deref for Workers {
    type Target = Team;

    fn deref(&self) -> &Team {
        &self.0
    }
}
