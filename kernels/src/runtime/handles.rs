//! Handles: numbers that look like pointers, are never used twice, and mean nothing but a place in a table. So a null,
//! closed or foreign one is merely not found.

use super::Failure;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Numbers of all kinds of handles come from here, so that one kind's are not another's.
static NEXT: AtomicUsize = AtomicUsize::new(1);

/// From one handle to the next: odd as an address, so that a pointer is never taken for one.
const STEP: usize = 2;

/// What the handles of one kind stand for.
pub(super) struct Table<T> {
    kind: &'static str,
    alive: HashMap<usize, T>,
}

impl<T: Clone> Table<T> {
    pub(super) fn new(kind: &'static str) -> Self {
        Self { kind, alive: HashMap::new() }
    }

    pub(super) fn add(&mut self, value: T) -> usize {
        let handle = NEXT.fetch_add(STEP, Ordering::Relaxed);
        self.alive.insert(handle, value);
        handle
    }

    pub(super) fn get(&self, handle: usize) -> Result<T, Failure> {
        let closed = || Failure::argument(format!("no such {}: it was closed, or never opened", self.kind));
        self.alive.get(&handle).cloned().ok_or_else(closed)
    }

    pub(super) fn take(&mut self, handle: usize) -> Option<T> {
        self.alive.remove(&handle)
    }

    pub(super) fn len(&self) -> usize {
        self.alive.len()
    }
}
