//! The newest snapshot, for as many as want to see it.

use crate::session::Snapshot;
use crossbeam_channel::Receiver;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The newest snapshot. One thread feeds it, which waits for nobody who reads.
#[derive(Default)]
pub struct News {
    latest: Mutex<Latest>,
    changed: Condvar,
}

/// A snapshot and its place in the order of all.
#[derive(Clone, Default)]
pub struct Latest {
    pub snapshot: Arc<Snapshot>,
    /// Counts snapshots; 0 before the first.
    pub number: u64,
    /// There will be no other.
    pub ended: bool,
}

impl News {
    /// Passes on what comes, until nothing comes any more.
    pub fn feed(&self, snapshots: &Receiver<Arc<Snapshot>>) {
        for snapshot in snapshots {
            let mut latest = self.lock();
            latest.snapshot = snapshot;
            latest.number += 1;
            drop(latest);
            self.changed.notify_all();
        }
        self.end();
    }

    /// Says that there will be no other.
    pub fn end(&self) {
        self.lock().ended = true;
        self.changed.notify_all();
    }

    /// The newest, as soon as there is one after `number` or the end; after `patience`, whatever there is.
    pub fn after(&self, number: u64, patience: Duration) -> Latest {
        let old = |latest: &mut Latest| latest.number <= number && !latest.ended;
        let waited = self.changed.wait_timeout_while(self.lock(), patience, old);
        waited.unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Latest> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
