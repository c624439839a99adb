//! Whether the machine lives on its battery, asked of the system now and then.

use crate::machine;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// An answer holds for so long: some machines take a while to say how their battery is.
const HOLDS: Duration = Duration::from_secs(2);

/// The machine's battery.
pub struct Battery {
    /// Where the system tells of what gives power.
    supplies: PathBuf,
    /// The last answer, and when it was given.
    last: Option<(Instant, bool)>,
}

impl Battery {
    /// A battery of which this folder tells.
    pub fn of(supplies: PathBuf) -> Self {
        Self { supplies, last: None }
    }

    /// Whether the machine lives on it; known to two seconds.
    pub fn is_in_use(&mut self, now: Instant) -> bool {
        if let Some((_, answer)) = self.last.filter(|(then, _)| now < *then + HOLDS) {
            return answer;
        }
        let answer = machine::is_on_battery(&self.supplies);
        self.last = Some((now, answer));
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_system_is_asked_again_after_a_while() {
        let folder = tempfile::tempdir().unwrap();
        let now = Instant::now();
        let mut battery = Battery::of(folder.path().to_owned());
        assert!(!battery.is_in_use(now), "there is none");
        let supply = folder.path().join("BAT0");
        fs::create_dir(&supply).unwrap();
        fs::write(supply.join("type"), "Battery\n").unwrap();
        fs::write(supply.join("status"), "Discharging\n").unwrap();
        assert!(!battery.is_in_use(now + HOLDS / 2));
        assert!(battery.is_in_use(now + HOLDS));
    }
}
