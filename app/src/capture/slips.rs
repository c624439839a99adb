//! Sound that a sound system loses without a word: there are fewer samples than the clock says.

use std::time::Duration;

/// How long samples may be under way before they are missed.
const WINDOW: Duration = Duration::from_secs(1);
/// The clock of a sound card is off by a fraction of a millisecond per second; this much is lost sound.
const SLIP_US: i64 = 30_000;

/// Compares samples with the clock, second by second. Within a second the smallest lag counts: samples
/// that are only late make it large for a while, samples that are lost for ever.
#[derive(Debug, Default)]
pub struct Slips {
    window: Option<Window>,
    before_us: Option<i64>,
    lost_us: i64,
    seconds: u32,
}

#[derive(Debug)]
struct Window {
    began: Duration,
    least_us: i64,
}

impl Slips {
    /// At the time `at`, samples are `behind_us` behind the clock (plus any constant).
    pub fn observe(&mut self, at: Duration, behind_us: i64) {
        let window = self.window.get_or_insert(Window { began: at, least_us: behind_us });
        if at.saturating_sub(window.began) < WINDOW {
            window.least_us = window.least_us.min(behind_us);
            return;
        }
        let least_us = window.least_us;
        *window = Window { began: at, least_us: behind_us };
        let grown = self.before_us.map_or(0, |before| least_us - before);
        if grown >= SLIP_US {
            self.seconds += 1;
            self.lost_us += grown;
        } else if grown <= -SLIP_US {
            // What seemed lost was more than a second late.
            self.lost_us = (self.lost_us + grown).max(0);
            self.seconds = if self.lost_us == 0 { 0 } else { self.seconds };
        }
        self.before_us = Some(least_us);
    }

    /// How much is lost.
    pub fn lost(&self) -> Duration {
        Duration::from_micros(self.lost_us as u64)
    }

    /// In how many seconds something was lost.
    pub fn seconds(&self) -> u32 {
        self.seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Slips after observations every 10 ms, of lags in milliseconds.
    fn slips(seconds: u64, lag_ms: impl Fn(u64) -> i64) -> (Duration, u32) {
        let mut slips = Slips::default();
        for ms in (0..=seconds * 1000).step_by(10) {
            slips.observe(Duration::from_millis(ms), 1000 * lag_ms(ms));
        }
        (slips.lost(), slips.seconds())
    }

    #[test]
    fn late_samples_are_not_lost() {
        assert_eq!(slips(20, |ms| (ms % 200) as i64), (Duration::ZERO, 0));
        assert_eq!(slips(20, |ms| if (5_000..5_900).contains(&ms) { 900 } else { 10 }), (Duration::ZERO, 0));
        let stalled = |ms| if (5_000..8_500).contains(&ms) { ms as i64 - 5_000 } else { 0 };
        assert_eq!(slips(20, stalled), (Duration::ZERO, 0), "all of it came after all");
        assert_eq!(slips(20, |ms| if ms < 1_500 { 1_500 } else { 0 }), (Duration::ZERO, 0), "a slow start");
    }

    #[test]
    fn another_idea_of_a_second_is_no_loss() {
        assert_eq!(slips(7200, |ms| ms as i64 / 2_000), (Duration::ZERO, 0), "500 ppm");
    }

    #[test]
    fn lost_samples_are_measured_and_their_seconds_counted() {
        let lost = |ms| 5 + 100 * i64::from(ms >= 3_500) + 400 * i64::from(ms >= 9_500);
        assert_eq!(slips(20, lost), (Duration::from_millis(500), 2));
        let (all, seconds) = slips(11, |ms| ms as i64 * 6 / 10);
        assert!(all >= Duration::from_secs(5) && seconds >= 9, "60 % lost: {all:?} in {seconds}");
    }
}
