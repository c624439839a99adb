//! Power by the machine's own counters of energy (Linux's powercap interface; AMD's CPUs have it, too).
//! Many systems let only the superuser read them.

use super::figure::timed;
use std::fs;
use std::path::{Path, PathBuf};

const COUNTERS: &str = "/sys/class/powercap";

/// The counters of whole CPU packages.
pub struct Meter {
    packages: Vec<PathBuf>,
}

impl Meter {
    /// `None` where there are no counters or they may not be read.
    pub fn of_this_machine() -> Option<Self> {
        Self::in_folder(Path::new(COUNTERS))
    }

    fn in_folder(folder: &Path) -> Option<Self> {
        // Parts of a package have a second colon; they are in its count already.
        let is_package = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.strip_prefix("intel-rapl:").is_some_and(|number| !number.contains(':'))
        };
        let entries = fs::read_dir(folder).ok()?;
        let packages: Vec<_> = entries.flatten().map(|entry| entry.path()).filter(is_package).collect();
        let meter = Self { packages };
        (!meter.read()?.is_empty()).then_some(meter)
    }

    /// What `work` gives, and the mean power in watts meanwhile, of everything that ran.
    pub fn watch<T>(meter: Option<&Self>, work: impl FnOnce() -> T) -> (T, Option<f64>) {
        let before = meter.and_then(Self::read);
        let (result, time) = timed(work);
        let joules = before.zip(meter).and_then(|(before, meter)| meter.joules_since(&before));
        (result, joules.map(|joules| joules / time.as_secs_f64()))
    }

    /// Microjoules of each package.
    fn read(&self) -> Option<Vec<u64>> {
        self.packages.iter().map(|package| number(&package.join("energy_uj"))).collect()
    }

    fn joules_since(&self, before: &[u64]) -> Option<f64> {
        let mut sum = 0;
        for ((package, before), after) in self.packages.iter().zip(before).zip(self.read()?) {
            sum += match after.checked_sub(*before) {
                Some(difference) => difference,
                // It has run over and begun again.
                None => number(&package.join("max_energy_range_uj"))?.checked_sub(*before)? + after,
            };
        }
        Some(sum as f64 / 1e6)
    }
}

fn number(file: &Path) -> Option<u64> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(folder: &Path, zone: &str, file: &str, value: u64) {
        fs::create_dir_all(folder.join(zone)).unwrap();
        fs::write(folder.join(zone).join(file), format!("{value}\n")).unwrap();
    }

    #[test]
    fn packages_are_added_parts_are_not_and_a_counter_may_run_over() {
        let dir = tempfile::TempDir::new().unwrap();
        let folder = dir.path();
        for (zone, energy) in [("intel-rapl:0", 5_000_000), ("intel-rapl:1", 90), ("intel-rapl:0:0", 7)] {
            set(folder, zone, "energy_uj", energy);
            set(folder, zone, "max_energy_range_uj", 100);
        }
        let meter = Meter::in_folder(folder).unwrap();
        let before = meter.read().unwrap();
        set(folder, "intel-rapl:0", "energy_uj", 7_000_000);
        set(folder, "intel-rapl:1", "energy_uj", 15);
        set(folder, "intel-rapl:0:0", "energy_uj", 1_000_000_000);
        assert_eq!(meter.joules_since(&before), Some(2.000_025));
    }

    #[test]
    fn without_counters_there_is_no_power() {
        let dir = tempfile::TempDir::new().unwrap();
        assert!(Meter::in_folder(dir.path()).is_none());
        assert!(Meter::in_folder(&dir.path().join("missing")).is_none());
        fs::create_dir(dir.path().join("intel-rapl:0")).unwrap();
        assert!(Meter::in_folder(dir.path()).is_none());
        assert_eq!(Meter::watch(None, || 3), (3, None));
    }
}
