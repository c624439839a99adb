//! How much of the computer others had while something was measured: Linux counts all time and one's own in the same
//! hundredths of a second.

use std::fs;

/// What had been counted at some moment.
pub struct Company {
    /// Of all processors: at work, and in all.
    busy: u64,
    all: u64,
    /// This process and the ended ones that it had started.
    own: u64,
}

impl Company {
    /// Now; `None` where the system does not tell.
    pub fn now() -> Option<Self> {
        let stat = fs::read_to_string("/proc/stat").ok()?;
        Self::read(&stat, &fs::read_to_string("/proc/self/stat").ok()?)
    }

    fn read(machine: &str, process: &str) -> Option<Self> {
        // user nice system idle iowait irq softirq steal; guests are counted as users already.
        let first = machine.lines().next()?.strip_prefix("cpu ")?;
        let times: Vec<u64> = first.split_whitespace().take(8).map_while(|time| time.parse().ok()).collect();
        let all: u64 = times.iter().sum();
        let rests: u64 = times.get(3..5)?.iter().sum();
        // The name may have spaces and parentheses in it. Behind it: utime stime cutime cstime, from the 12th on.
        let (_, fields) = process.rsplit_once(')')?;
        let times: Vec<u64> =
            fields.split_whitespace().skip(11).take(4).map_while(|time| time.parse().ok()).collect();
        let own = times.get(..4)?.iter().sum();
        Some(Self { busy: all - rests, all, own })
    }

    /// The part of all processors' time that others had since then.
    pub fn others_since(&self, before: &Self) -> f64 {
        let spent = |now: u64, then: u64| now.saturating_sub(then) as f64;
        let others = spent(self.busy, before.busy) - spent(self.own, before.own);
        (others / spent(self.all, before.all).max(1.0)).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_ones_own_is_that_of_others() {
        let process = |own: [u64; 4]| {
            let [a, b, c, d] = own;
            format!(
                "17 (a (strange) name) S 1 17 17 0 -1 4194304 100 0 0 0 {a} {b} {c} {d} 20 0 3 0 99 1 1\n"
            )
        };
        let before =
            Company::read("cpu  100 0 50 800 50 0 0 0 7 0\ncpu0 1 2\n", &process([10, 5, 0, 0])).unwrap();
        let after = Company::read("cpu  160 10 60 880 70 0 0 20 9 0\n", &process([50, 10, 4, 1])).unwrap();
        // 100 of 200 were busy, of which 50 were one's own.
        assert_eq!(after.others_since(&before), 0.25);
        assert_eq!(before.others_since(&before), 0.0);
        assert!(Company::read("intr 1 2\n", &process([0; 4])).is_none());
        assert!(Company::read("cpu  1 2 3 4 5 6 7 8\n", "17 (x) S 1").is_none());
    }
}
