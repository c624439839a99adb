//! What is known of who encodes, and why: everything behind the badge.

use super::fault::{Fault, FaultKind};
use super::policy::{Speeds, Why};
use super::recovery::Recovery;
use super::stamps::Stamp;
use crate::encoder::BackendKind;
use serde::{Deserialize, Serialize};

/// What an implementation of `nx_*` drives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NpuKind {
    /// A device.
    Hardware,
    /// The simulator.
    Simulated,
    /// The functional fake.
    Fake,
}

/// What a device says of itself; empty where it says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceFacts {
    /// As the driver names it.
    pub name: String,
    /// Its PCI address.
    pub address: String,
    /// The runtime and its version.
    pub runtime: String,
    /// The firmware's version.
    pub firmware: String,
}

/// What has run since the worker was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Commands that the device reported as completed.
    pub commands: u64,
    /// Buffers that were allocated.
    pub allocations: u64,
    /// Buffers that were at hand instead.
    pub reuses: u64,
    /// Bytes in buffers.
    pub bytes: u64,
    /// Synchronisations of buffers with the device.
    pub syncs: u64,
    /// Bytes synchronised.
    pub synced_bytes: u64,
}

/// The distance of the device's states from the CPU's f32 states.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SelfCheck {
    /// Relative L2 distance over all values.
    pub relative_l2: f64,
    /// Largest absolute difference of a value.
    pub largest: f64,
    /// What `relative_l2` must not exceed.
    pub limit: f64,
}

impl SelfCheck {
    /// Whether the result is right; not if anything is no number.
    pub fn passed(&self) -> bool {
        self.relative_l2 <= self.limit && self.largest.is_finite()
    }

    /// What it means that `what` did not pass.
    pub fn fault(&self, what: &str) -> Fault {
        let Self { relative_l2, largest, limit } = self;
        let text = format!(
            "the NPU computes wrongly: {what} differs from the CPU's by {relative_l2:.4} (relative L2; at most \
             {limit}), largest error {largest:.4}"
        );
        Fault::new(FaultKind::Wrong, text)
    }
}

/// What was looked at while windows were encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct VigilReport {
    /// Blocks that were compared with the CPU's, and were right.
    pub compared: u64,
    /// How long windows waited for that, in milliseconds.
    pub compared_ms: f64,
    /// The last of these comparisons.
    pub last: Option<SelfCheck>,
    /// Windows whose result was found wrong, and came from the CPU instead.
    pub wrong: u64,
}

/// Who encodes, and all that speaks for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NpuReport {
    /// What the library drives.
    pub kind: NpuKind,
    /// How the NPU stands.
    pub state: NpuState,
    /// Whether the NPU encodes the next window, and why.
    pub why: Why,
    /// The device, once it was opened.
    pub device: Option<DeviceFacts>,
    /// The comparison of the first block, made when the device was opened.
    pub check: Option<SelfCheck>,
    /// The comparison of the whole encoder on the clip that both were timed with.
    pub whole: Option<SelfCheck>,
    /// How long a window takes.
    pub speeds: Speeds,
    /// Windows that the NPU has encoded.
    pub windows: u64,
    /// Time that the device took for them, in milliseconds.
    pub device_ms: f64,
    /// What has run in the worker at hand.
    pub counters: Counters,
    /// What was looked at in the middle of a session.
    #[serde(default)]
    pub vigil: VigilReport,
    /// New processes after a fault.
    pub restarts: u32,
    /// The last change of who encodes.
    pub last_change: Option<BackendChange>,
}

/// How the NPU stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum NpuState {
    /// It is switched off.
    Off,
    /// This computer has none.
    None,
    /// It is being opened.
    Opening {
        /// The fault that made it necessary to open it again.
        after: Option<FaultKind>,
    },
    /// It can encode.
    Ready,
    /// It cannot.
    Failed {
        /// What that means.
        kind: FaultKind,
        /// What happened and what to do.
        message: String,
    },
    /// The driver holds the process that used it; only a restart of the computer helps.
    Stuck,
}

/// A change of who encodes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BackendChange {
    /// Badge before.
    pub from: String,
    /// Badge from now on.
    pub to: String,
    /// Why.
    pub reason: String,
    /// Seconds since 1970.
    pub at: u64,
}

/// What became of the NPU while a transcript was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NpuUse {
    /// How it stood at the end.
    #[serde(flatten)]
    pub report: NpuReport,
    /// Who encoded from when on, and why, in order.
    pub changes: Vec<BackendChange>,
    /// What the last faults cost.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recoveries: Vec<Recovery>,
    /// The last moments around the device: what ran beside what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trace: Vec<Stamp>,
}

impl NpuReport {
    /// Before anything is known.
    pub fn nothing(kind: NpuKind) -> Self {
        Self {
            kind,
            state: NpuState::None,
            why: Why::NotThere,
            device: None,
            check: None,
            whole: None,
            speeds: Speeds::default(),
            windows: 0,
            device_ms: 0.0,
            counters: Counters::default(),
            vigil: VigilReport::default(),
            restarts: 0,
            last_change: None,
        }
    }

    /// Whether the device itself says that it did the work, and the work was right.
    pub fn is_verified(&self) -> bool {
        let checked =
            self.check.is_some_and(|check| check.passed()) && self.whole.is_none_or(|whole| whole.passed());
        checked && self.windows > 0 && self.counters.commands > 0 && self.device_ms > 0.0
    }

    /// Who encodes.
    pub fn backend_kind(&self) -> BackendKind {
        match (self.why.is_npu(), self.kind) {
            (false, _) => BackendKind::Cpu,
            (true, NpuKind::Hardware) => BackendKind::Npu,
            (true, NpuKind::Simulated) => BackendKind::Simulated,
            (true, NpuKind::Fake) => BackendKind::Fake,
        }
    }

    /// What the badge says.
    pub fn badge(&self) -> String {
        match &self.state {
            NpuState::Stuck => "NPU stuck, restart the computer".into(),
            NpuState::None => "CPU".into(),
            NpuState::Off => "CPU (NPU off)".into(),
            NpuState::Opening { after: None } => "CPU (NPU starting)".into(),
            NpuState::Opening { after: Some(kind) } | NpuState::Failed { kind, .. } => {
                format!("CPU ({})", kind.brief())
            }
            NpuState::Ready => match (self.why.is_npu(), self.kind) {
                (false, _) => format!("CPU ({})", self.why.brief()),
                (true, NpuKind::Fake) => "NPU (fake)".into(),
                (true, NpuKind::Simulated) => "NPU (simulated)".into(),
                (true, NpuKind::Hardware) if self.is_verified() => "NPU verified".into(),
                (true, NpuKind::Hardware) => "NPU unverified".into(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(kind: NpuKind, state: NpuState, why: Why) -> NpuReport {
        NpuReport {
            state,
            why,
            check: Some(SelfCheck { relative_l2: 0.001, largest: 0.1, limit: 0.01 }),
            windows: 1,
            device_ms: 3.0,
            counters: Counters { commands: 6, ..Counters::default() },
            ..NpuReport::nothing(kind)
        }
    }

    #[test]
    fn the_badge_says_what_the_evidence_allows() {
        let ready = |kind, why| report(kind, NpuState::Ready, why);
        let hardware = ready(NpuKind::Hardware, Why::Faster);
        assert_eq!(hardware.badge(), "NPU verified");
        for lacks in [
            NpuReport { check: None, ..hardware.clone() },
            NpuReport { windows: 0, ..hardware.clone() },
            NpuReport { device_ms: 0.0, ..hardware.clone() },
            NpuReport { counters: Counters::default(), ..hardware.clone() },
            NpuReport {
                whole: Some(SelfCheck { relative_l2: f64::NAN, largest: 0.0, limit: 1.0 }),
                ..hardware.clone()
            },
        ] {
            assert_eq!(lacks.badge(), "NPU unverified", "{lacks:?}");
        }
        let failed = NpuState::Failed { kind: FaultKind::Hung, message: String::new() };
        for (report, badge) in [
            (ready(NpuKind::Fake, Why::Forced), "NPU (fake)"),
            (ready(NpuKind::Simulated, Why::Forced), "NPU (simulated)"),
            (ready(NpuKind::Hardware, Why::Slower), "CPU (faster)"),
            (report(NpuKind::Hardware, NpuState::Off, Why::SwitchedOff), "CPU (NPU off)"),
            (report(NpuKind::Hardware, NpuState::None, Why::NotThere), "CPU"),
            (report(NpuKind::Fake, failed, Why::NotThere), "CPU (NPU hung)"),
            (report(NpuKind::Hardware, NpuState::Stuck, Why::NotThere), "NPU stuck, restart the computer"),
        ] {
            assert_eq!(report.badge(), badge);
        }
    }

    #[test]
    fn what_is_no_number_does_not_pass() {
        let check = |relative_l2, largest| SelfCheck { relative_l2, largest, limit: 0.01 };
        assert!(check(0.01, 5.0).passed());
        for wrong in [check(0.011, 0.0), check(f64::NAN, 0.0), check(0.0, f64::INFINITY)] {
            assert!(!wrong.passed(), "{wrong:?}");
        }
    }
}
