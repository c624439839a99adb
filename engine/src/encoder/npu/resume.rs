//! Whether the computer slept: a device that lost its power has lost its contexts.

use std::time::{Duration, Instant};

/// Clocks are read one after the other, and the one of the boot in hundredths.
const SLACK: Duration = Duration::from_millis(500);

/// Watches the difference between a clock that counts sleep and one that does not.
#[derive(Debug)]
pub struct ResumeWatch {
    counts_sleep: fn() -> Option<Duration>,
    last: Option<(Duration, Instant)>,
}

impl ResumeWatch {
    /// A watch with a clock that counts sleep, such as [`since_boot`].
    pub fn new(counts_sleep: fn() -> Option<Duration>) -> Self {
        Self { counts_sleep, last: counts_sleep().map(|boot| (boot, Instant::now())) }
    }

    /// Whether the computer slept since the last call.
    pub fn has_slept(&mut self) -> bool {
        let now = (self.counts_sleep)().map(|boot| (boot, Instant::now()));
        let before = std::mem::replace(&mut self.last, now);
        let (Some((boot, awake)), Some((boot_before, awake_before))) = (now, before) else { return false };
        boot.saturating_sub(boot_before) > awake.duration_since(awake_before) + SLACK
    }
}

/// Time since the computer started, sleep included; `None` where the system does not say.
pub fn since_boot() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/uptime").ok()?;
    let seconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    static SLEPT: AtomicU64 = AtomicU64::new(0);

    #[test]
    fn a_sleep_is_noticed_once() {
        let began = std::sync::LazyLock::new(Instant::now);
        let _ = *began;
        fn clock() -> Option<Duration> {
            static BEGAN: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
            Some(BEGAN.elapsed() + Duration::from_secs(SLEPT.load(Ordering::Relaxed)))
        }
        let mut watch = ResumeWatch::new(clock);
        assert!(!watch.has_slept());
        SLEPT.store(3600, Ordering::Relaxed);
        assert!(watch.has_slept());
        assert!(!watch.has_slept());
        assert!(!ResumeWatch::new(|| None).has_slept());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_system_says_how_long_it_runs() {
        assert!(since_boot().unwrap() > Duration::ZERO);
    }
}
