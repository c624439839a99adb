//! Who encodes: a pure rule.
//!
//! On mains whoever is faster; on battery the NPU, which needs less power, unless it takes over twice the
//! CPU's time. What each took for a clip at load counts until it has encoded [`ENOUGH`] windows of its own;
//! then the median of its last [`KEPT`]. No window is computed twice for this.

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Windows whose median counts.
pub const KEPT: usize = 20;
/// Windows from which on their median counts: fewer may all have met the same disturbance.
pub const ENOUGH: usize = 5;
/// On battery the NPU may take this many times the CPU's time.
const BATTERY_FACTOR: f64 = 2.0;

/// What the person wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NpuSetting {
    /// Use the NPU where it serves better.
    #[default]
    Auto,
    /// Never use it.
    Off,
}

/// Where the power comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Power {
    /// From the wall, or nobody knows.
    Mains,
    /// From the battery.
    Battery,
}

/// Milliseconds per window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// The CPU's.
    pub cpu: Option<f64>,
    /// The NPU's.
    pub npu: Option<f64>,
}

/// Everything that is known of how fast each is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Speeds {
    /// For the clip, when the model was loaded.
    pub measured: Pair,
    /// Medians of windows that each has really encoded.
    pub recent: Pair,
}

/// Who encodes the next window, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The NPU: it is faster.
    Faster,
    /// The NPU: it spares the battery.
    SparesBattery,
    /// The NPU: a test wants it.
    Forced,
    /// The CPU: it is faster.
    Slower,
    /// The CPU: on battery, and yet the NPU takes over twice its time.
    FarSlower,
    /// The CPU: the person wants it.
    SwitchedOff,
    /// The CPU: the NPU cannot.
    NotThere,
    /// The CPU: nobody knows yet how fast the NPU is.
    NotMeasured,
}

impl Why {
    /// Whether that means the NPU.
    pub fn is_npu(self) -> bool {
        matches!(self, Self::Faster | Self::SparesBattery | Self::Forced)
    }

    /// A few words for the badge, behind who encodes.
    pub fn brief(self) -> &'static str {
        match self {
            Self::Faster | Self::Slower => "faster",
            Self::SparesBattery => "spares the battery",
            Self::Forced => "for a test",
            Self::FarSlower => "far faster",
            Self::SwitchedOff => "NPU off",
            Self::NotThere => "no NPU",
            Self::NotMeasured => "NPU starting",
        }
    }

    /// A sentence for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Faster => "the NPU is faster than the CPU here",
            Self::SparesBattery => "the NPU spares the battery",
            Self::Forced => "a test chose the NPU",
            Self::Slower => "the CPU is faster than the NPU here",
            Self::FarSlower => "the NPU takes over twice the CPU's time, even if it spares the battery",
            Self::SwitchedOff => "the NPU is switched off",
            Self::NotThere => "the NPU cannot be used",
            Self::NotMeasured => "the NPU's speed is not known yet",
        }
    }
}

impl Speeds {
    /// What counts now.
    pub fn in_force(&self) -> Pair {
        Pair { cpu: self.recent.cpu.or(self.measured.cpu), npu: self.recent.npu.or(self.measured.npu) }
    }
}

/// Who encodes the next window where an NPU is ready.
pub fn choose(setting: NpuSetting, power: Power, speeds: &Speeds) -> Why {
    let Pair { cpu, npu } = speeds.in_force();
    match (setting, npu, cpu) {
        (NpuSetting::Off, ..) => Why::SwitchedOff,
        (_, Some(npu), Some(cpu)) => match power {
            Power::Mains if npu < cpu => Why::Faster,
            Power::Mains => Why::Slower,
            Power::Battery if npu <= BATTERY_FACTOR * cpu => Why::SparesBattery,
            Power::Battery => Why::FarSlower,
        },
        _ => Why::NotMeasured,
    }
}

/// What the last windows took.
#[derive(Clone, Debug, Default)]
pub struct Recent(VecDeque<f64>);

impl Recent {
    /// Takes a window into account.
    pub fn note(&mut self, ms: f64) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(ms);
    }

    /// The median, if there are enough.
    pub fn median(&self) -> Option<f64> {
        if self.0.len() < ENOUGH {
            return None;
        }
        let mut sorted: Vec<f64> = self.0.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        let upper = sorted.get(middle).copied()?;
        let lower = if sorted.len() % 2 == 1 { upper } else { sorted.get(middle - 1).copied()? };
        Some((lower + upper) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_by_its_table() {
        use NpuSetting::{Auto, Off};
        use Power::{Battery, Mains};
        let of = |cpu, npu| Pair { cpu, npu };
        let none = Pair::default();
        let slow_now = of(None, Some(90.0));
        for (setting, power, measured, recent, why) in [
            // Mains: the faster one; as fast is no reason to change.
            (Auto, Mains, of(Some(50.0), Some(49.9)), none, Why::Faster),
            (Auto, Mains, of(Some(50.0), Some(50.0)), none, Why::Slower),
            (Auto, Mains, of(Some(50.0), Some(60.0)), none, Why::Slower),
            // Battery: the NPU up to twice the time.
            (Auto, Battery, of(Some(50.0), Some(60.0)), none, Why::SparesBattery),
            (Auto, Battery, of(Some(50.0), Some(100.0)), none, Why::SparesBattery),
            (Auto, Battery, of(Some(50.0), Some(100.1)), none, Why::FarSlower),
            // Medians replace what was measured at load, each its own.
            (Auto, Mains, of(Some(50.0), Some(10.0)), slow_now, Why::Slower),
            (Auto, Battery, of(Some(50.0), Some(10.0)), slow_now, Why::SparesBattery),
            (Auto, Mains, of(Some(50.0), Some(60.0)), of(Some(70.0), None), Why::Faster),
            (Auto, Mains, none, of(Some(70.0), Some(60.0)), Why::Faster),
            // Nobody guesses.
            (Auto, Mains, of(Some(50.0), None), none, Why::NotMeasured),
            (Auto, Battery, of(None, Some(50.0)), none, Why::NotMeasured),
            (Auto, Mains, of(Some(50.0), Some(f64::NAN)), none, Why::Slower),
            // The person's word comes first.
            (Off, Mains, of(Some(50.0), Some(1.0)), none, Why::SwitchedOff),
            (Off, Battery, none, none, Why::SwitchedOff),
        ] {
            let speeds = Speeds { measured, recent };
            assert_eq!(choose(setting, power, &speeds), why, "{setting:?} {power:?} {speeds:?}");
        }
    }

    #[test]
    fn medians_are_of_the_last_windows_and_of_enough_of_them() {
        let mut recent = Recent::default();
        for ms in [9.0, 1.0, 5.0, 7.0] {
            recent.note(ms);
            assert_eq!(recent.median(), None);
        }
        recent.note(3.0);
        assert_eq!(recent.median(), Some(5.0));
        recent.note(6.0);
        assert_eq!(recent.median(), Some(5.5));
        (0..KEPT).for_each(|_| recent.note(100.0));
        assert_eq!(recent.median(), Some(100.0), "old windows are forgotten");
    }
}
