//! The way of snapshots to those who show them: the newest replaces an older one that nobody took.

use super::Snapshot;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use std::sync::Arc;

/// Wakes whoever draws; called after each publication and must not wait for anything.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// The session's end. Publishing never waits, whether or not anybody takes what is published.
pub struct Publisher {
    outlets: Vec<Outlet>,
    last: Arc<Snapshot>,
    wake: Wake,
}

/// A way to one taker, which holds one snapshot at most.
struct Outlet {
    sender: Sender<Arc<Snapshot>>,
    /// The same channel's other end, to take back what was not taken.
    stale: Receiver<Arc<Snapshot>>,
}

impl Publisher {
    /// A publisher and the window's end of it.
    pub fn new(wake: Wake) -> (Self, Receiver<Arc<Snapshot>>) {
        let mut publisher = Self { outlets: Vec::new(), last: Arc::default(), wake };
        let window = publisher.subscribe();
        (publisher, window)
    }

    /// An end for somebody else, who takes at a pace of their own.
    pub fn subscribe(&mut self) -> Receiver<Arc<Snapshot>> {
        let (sender, receiver) = bounded(1);
        self.outlets.push(Outlet { sender, stale: receiver.clone() });
        receiver
    }

    /// Makes `snapshot` the one that each taker takes next; does nothing if it shows nothing new.
    pub fn publish(&mut self, snapshot: Snapshot) {
        if snapshot == *self.last {
            return;
        }
        self.last = Arc::new(snapshot);
        for outlet in &self.outlets {
            outlet.put(self.last.clone());
        }
        (self.wake)();
    }
}

impl Outlet {
    fn put(&self, mut next: Arc<Snapshot>) {
        while let Err(TrySendError::Full(refused)) = self.sender.try_send(next) {
            let _ = self.stale.try_recv();
            next = refused;
        }
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
    fn each_taker_gets_the_newest_at_its_own_pace() {
        let (mut publisher, window) = Publisher::new(Arc::new(|| {}));
        let other = publisher.subscribe();
        publisher.publish(showing(1));
        assert_eq!(*window.recv().unwrap(), showing(1));
        publisher.publish(showing(2));
        assert_eq!((*window.recv().unwrap()).clone(), showing(2));
        assert_eq!(*other.recv().unwrap(), showing(2));
        drop(publisher);
        assert!(other.recv().is_err(), "the end is heard");
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
