//! When things happened around the device, to show what ran beside what.

use super::call::Call;
use super::fault::FaultKind;
use crate::metrics::WallTime;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Moments that are kept.
const KEPT: usize = 64;

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Moment {
    /// A worker that opens the device comes to a call.
    Enters {
        /// Which.
        call: Call,
    },
    /// It has opened the device.
    Opened,
    /// The worker was asked for windows.
    Asked {
        /// How many.
        windows: usize,
    },
    /// Somebody began to wait for them.
    Waits,
    /// The states of one are there.
    Encoded {
        /// Which.
        window: usize,
        /// How long the device was at work.
        device_ms: f64,
    },
    /// It was noticed that the device or its process has failed.
    Failed {
        /// What that means.
        kind: FaultKind,
    },
    /// The process that had failed is gone.
    Ended {
        /// Not so: the driver holds it, and it was left behind.
        stuck: bool,
    },
    /// The CPU has encoded windows that the device did not.
    EncodedOnCpu {
        /// How many.
        windows: usize,
    },
    /// The decoder began with windows that were encoded before.
    DecodingBegins,
    /// The decoder has finished with them.
    DecodingEnds,
}

/// A moment and its time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stamp {
    /// Since the first.
    pub at: WallTime,
    /// What happened.
    #[serde(flatten)]
    pub moment: Moment,
}

/// The last moments, in order; clones share them.
#[derive(Clone, Debug)]
pub struct Stamps {
    began: Instant,
    last: Arc<Mutex<VecDeque<Stamp>>>,
}

impl Default for Stamps {
    fn default() -> Self {
        Self { began: Instant::now(), last: Arc::default() }
    }
}

impl Stamps {
    fn last(&self) -> MutexGuard<'_, VecDeque<Stamp>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that something happens now.
    pub fn note(&self, moment: Moment) {
        let mut last = self.last();
        if last.len() == KEPT {
            last.pop_front();
        }
        last.push_back(Stamp { at: self.began.elapsed().into(), moment });
    }

    /// The last moments, oldest first.
    pub fn all(&self) -> Vec<Stamp> {
        self.last().iter().copied().collect()
    }
}
