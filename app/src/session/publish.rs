//! The way of snapshots to the window: the newest replaces an older one that nobody took.

use super::Snapshot;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use std::sync::Arc;

/// Wakes whoever draws; called after each publication and must not wait for anything.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// The session's end. Publishing never waits, whether or not anybody draws.
pub struct Publisher {
    sender: Sender<Arc<Snapshot>>,
    /// The same channel's other end, to take back what was not drawn.
    stale: Receiver<Arc<Snapshot>>,
    last: Arc<Snapshot>,
    wake: Wake,
}

impl Publisher {
    /// A publisher and the window's end of it.
    pub fn new(wake: Wake) -> (Self, Receiver<Arc<Snapshot>>) {
        let (sender, receiver) = bounded(1);
        let publisher = Self { sender, stale: receiver.clone(), last: Arc::default(), wake };
        (publisher, receiver)
    }

    /// Makes `snapshot` the one that the window takes next; does nothing if it shows nothing new.
    pub fn publish(&mut self, snapshot: Snapshot) {
        if snapshot == *self.last {
            return;
        }
        self.last = Arc::new(snapshot);
        let mut next = self.last.clone();
        while let Err(TrySendError::Full(refused)) = self.sender.try_send(next) {
            let _ = self.stale.try_recv();
            next = refused;
        }
        (self.wake)();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Shown;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn showing(file: u64) -> Snapshot {
        Snapshot { shown: Shown::File(file), ..Snapshot::default() }
    }

    #[test]
    fn the_newest_wins_and_nobody_waits() {
        let woken = Arc::new(AtomicUsize::new(0));
        let count = woken.clone();
        let (mut publisher, window) = Publisher::new(Arc::new(move || {
            count.fetch_add(1, Ordering::Relaxed);
        }));
        for file in 1..=100 {
            publisher.publish(showing(file));
        }
        assert_eq!(*window.recv().unwrap(), showing(100));
        assert!(window.is_empty());
        assert_eq!(woken.load(Ordering::Relaxed), 100);
    }

    #[test]
    fn what_shows_nothing_new_wakes_nobody() {
        let (mut publisher, window) = Publisher::new(Arc::new(|| {}));
        publisher.publish(showing(1));
        assert!(window.try_recv().is_ok());
        publisher.publish(showing(1));
        assert!(window.try_recv().is_err());
    }

    #[test]
    fn a_window_that_is_gone_does_not_matter() {
        let (mut publisher, window) = Publisher::new(Arc::new(|| {}));
        drop(window);
        publisher.publish(showing(1));
        publisher.publish(showing(2));
    }
}
