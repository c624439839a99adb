//! Commands under way, and how they end.

use super::Failure;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How commands ended: the first that failed, if one did.
pub(super) type Outcome = Result<(), (u32, Failure)>;

/// Commands under way, whoever waits for them.
#[derive(Default)]
pub(super) struct Progress {
    outcome: Mutex<Option<Outcome>>,
    ended: Condvar,
}

impl Progress {
    pub(super) fn end(&self, outcome: Outcome) {
        *lock(&self.outcome) = Some(outcome);
        self.ended.notify_all();
    }

    pub(super) fn is_over(&self) -> bool {
        lock(&self.outcome).is_some()
    }

    /// How it ended, if it does within the limit.
    pub(super) fn wait(&self, limit: Duration) -> Option<Outcome> {
        let outcome = lock(&self.outcome);
        let waited = self.ended.wait_timeout_while(outcome, limit, |outcome| outcome.is_none());
        waited.unwrap_or_else(PoisonError::into_inner).0.clone()
    }
}

/// What is behind these locks is replaced whole.
pub(super) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
