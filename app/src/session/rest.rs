//! How long nothing has been going on, and whether that is of use.

use std::time::{Duration, Instant};

/// How long nothing has been going on.
pub struct IdleTime {
    after: Duration,
    since: Option<Instant>,
    /// A proof of what is loaded has failed, and would again.
    hopeless: bool,
}

impl IdleTime {
    /// Idle time begins when nothing has been going on for so long.
    pub fn after(after: Duration) -> Self {
        Self { after, since: None, hopeless: false }
    }

    /// Something is going on at this moment, or nothing is.
    pub fn note(&mut self, at_rest: bool, now: Instant) {
        self.since = at_rest.then(|| self.since.unwrap_or(now));
    }

    /// Time until idle time begins; zero in it, `None` while something is going on.
    pub fn left(&self, now: Instant) -> Option<Duration> {
        Some(self.after.saturating_sub(now.saturating_duration_since(self.since?)))
    }

    /// How long nothing has been going on; `None` while something is.
    pub fn rested(&self, now: Instant) -> Option<Duration> {
        Some(now.saturating_duration_since(self.since?))
    }

    /// Whether something may still be tried with this model.
    pub fn is_hopeful(&self) -> bool {
        !self.hopeless
    }

    /// Nothing more is tried with this model.
    pub fn give_up(&mut self) {
        self.hopeless = true;
    }

    /// There is another model, or the same anew.
    pub fn hope_again(&mut self) {
        self.hopeless = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_time_begins_when_nothing_has_happened_for_long_enough() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut idle = IdleTime::after(Duration::from_secs(30));
        assert_eq!(idle.left(at(0)), None);
        let table = [
            (true, 0, Some(30)),
            (true, 20, Some(10)),
            (true, 29, Some(1)),
            (true, 30, Some(0)),
            (true, 99, Some(0)),
            (false, 100, None),
            (true, 101, Some(30)),
            (true, 131, Some(0)),
        ];
        for (at_rest, seconds, left) in table {
            idle.note(at_rest, at(seconds));
            assert_eq!(idle.left(at(seconds)), left.map(Duration::from_secs), "{seconds}");
        }
    }
}
