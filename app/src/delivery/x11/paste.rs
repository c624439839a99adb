//! A paste that is waited for: when it was served, and until when content is lent for it.
//!
//! Others fetch content, too, and the app itself may do so whenever the clipboard changes. So a request counts
//! only once the app is about to be told to paste, and by the time that it carries: that of the key that it
//! answers. GTK 4 sends the time at which the content was offered instead, as one that watches the clipboard
//! does; such a request may be the paste, and the content stays for a while in case it was not.

use crossbeam_channel::Sender;
use std::time::{Duration, Instant};

/// After a paste was served, some apps ask for a second form of it.
const SECOND_THOUGHTS: Duration = Duration::from_millis(60);
/// Where it is not sure that a request was the paste, that comes no later than this.
const DOUBT: Duration = Duration::from_secs(1);
/// An app that has not pasted by then does not paste.
const LONGEST: Duration = Duration::from_secs(30);

/// A paste that is waited for.
pub struct Paste {
    /// The server's time before the app was told to paste; `None` while it was not.
    since: Option<u32>,
    /// The app has fetched the content before it was told to paste.
    watches: bool,
    served: Option<Sender<()>>,
    /// When the last form of it was fetched, and whether that was surely the paste.
    fetched: Option<(Instant, bool)>,
    until: Instant,
}

impl Paste {
    /// Content is on loan, and nobody was told to paste it yet.
    pub fn lent(now: Instant) -> Self {
        Self { since: None, watches: false, served: None, fetched: None, until: now + LONGEST }
    }

    /// After now, which is `since` by the server's clock, requests are the paste. `served` gets one value.
    pub fn expect(&mut self, since: u32, served: Sender<()>, now: Instant) {
        (self.since, self.served, self.until) = (Some(since), Some(served), now + LONGEST);
    }

    /// The app has fetched content by a request of this time by the server's clock, where 0 is none.
    pub fn fetched(&mut self, time: u32, now: Instant) {
        let Some(since) = self.since else {
            self.watches = true;
            return;
        };
        // The server's clock begins anew after 49 days.
        let later = (1..=u32::MAX / 2).contains(&time.wrapping_sub(since));
        let sure = if time == 0 { !self.watches } else { later };
        let was_sure = self.fetched.is_some_and(|(_, sure)| sure);
        self.fetched = Some((now, sure || was_sure));
        if let Some(served) = self.served.take() {
            let _ = served.try_send(());
        }
    }

    /// When what is lent is no longer needed.
    pub fn over(&self) -> Instant {
        match self.fetched {
            Some((at, sure)) => at + if sure { SECOND_THOUGHTS } else { DOUBT },
            None => self.until,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossbeam_channel::bounded;

    #[test]
    fn what_is_lent_stays_until_the_paste_and_not_for_ever() {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        // Requests before the app is told, then after: time by the server, ms. Served? Over at which ms?
        type Row = (&'static str, &'static [u32], &'static [(u32, u64)], bool, u64);
        let table: [Row; 10] = [
            ("nobody asks", &[], &[], false, 30_010),
            ("the key's time", &[], &[(105, 20)], true, 80),
            ("a minute late", &[], &[(105, 60_000)], true, 60_060),
            ("no time", &[], &[(0, 20)], true, 80),
            ("a second form", &[], &[(105, 20), (105, 50)], true, 110),
            ("only by whoever watches", &[90, 0], &[], false, 30_010),
            ("whoever watches is slow", &[], &[(90, 12)], true, 1012),
            ("in the same moment", &[], &[(100, 12)], true, 1012),
            ("whoever watches names no time", &[0], &[(0, 12)], true, 1012),
            ("and then pastes", &[90], &[(90, 12), (105, 300)], true, 360),
        ];
        for (name, early, requests, is_served, over) in table {
            let (send, served) = bounded(1);
            let mut paste = Paste::lent(start);
            early.iter().for_each(|&time| paste.fetched(time, at(5)));
            paste.expect(100, send, at(10));
            requests.iter().for_each(|&(time, ms)| paste.fetched(time, at(ms)));
            assert_eq!((served.try_recv().is_ok(), paste.over()), (is_served, at(over)), "{name}");
        }
    }

    #[test]
    fn the_clock_may_begin_anew() {
        let start = Instant::now();
        let mut paste = Paste::lent(start);
        paste.expect(u32::MAX - 5, bounded(1).0, start);
        paste.fetched(3, start);
        assert_eq!(paste.over(), start + SECOND_THOUGHTS);
    }
}
