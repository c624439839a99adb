//! What the parent has to know to start a worker.

use super::call::Call;
use super::fault::{Fault, FaultKind};
use super::report::NpuKind;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Child;
use std::time::Duration;

/// How a worker is started.
#[derive(Clone, Debug)]
pub struct NpuConfig {
    /// What the library drives.
    pub kind: NpuKind,
    /// The program …
    pub executable: PathBuf,
    /// … and the arguments that make it a worker.
    pub arguments: Vec<OsString>,
    /// The implementation of `nx_*`.
    pub library: PathBuf,
    /// The device's program; `None` is the one that devices without hardware take.
    pub xclbin: Option<PathBuf>,
    /// CPU threads for preparing weights there.
    pub threads: usize,
    /// How long each call may take.
    pub limits: Limits,
    /// Where the beginning of what it says on standard error is kept.
    pub log: Option<PathBuf>,
    /// Kills a worker; tests put in its place what a driver does that does not let go.
    pub kill: fn(&mut Child) -> std::io::Result<()>,
}

/// How long each call may take before it counts as hung.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From the start of the process to its first word.
    pub start: Duration,
    /// Opening the device.
    pub device: Duration,
    /// Making a context.
    pub context: Duration,
    /// Allocating memory, or bringing to the device what stays there.
    pub memory: Duration,
    /// Preparing weights: work of the CPU that grows with the model.
    pub weights: Duration,
    /// The CPU's part of the self-check.
    pub check: Duration,
    /// A window.
    pub run: Duration,
    /// Closing the device.
    pub close: Duration,
    /// From a kill to the process's end.
    pub kill: Duration,
}

impl Limits {
    /// For a device. A fault costs at most the longest of the driver's calls and a kill: under three seconds. The
    /// driver's own watchdog takes two.
    pub const DEVICE: Self = Self {
        start: Duration::from_secs(2),
        device: Duration::from_millis(2000),
        context: Duration::from_millis(2000),
        memory: Duration::from_millis(2000),
        weights: Duration::from_secs(20),
        check: Duration::from_secs(30),
        run: Duration::from_millis(2000),
        close: Duration::from_millis(1000),
        kill: Duration::from_millis(900),
    };

    /// For what computes on the CPU, on a machine that has other things to do, too.
    pub const PATIENT: Self = {
        let minute = Duration::from_secs(60);
        let calls = Self { device: minute, context: minute, memory: minute, run: minute, ..Self::DEVICE };
        Self { start: minute, close: minute, ..calls }
    };

    /// That of a call.
    pub fn of(&self, call: Call) -> Duration {
        let Self { start, device, context, memory, weights, check, run, close, kill: _ } = *self;
        match call {
            Call::Start => start,
            Call::Device => device,
            Call::Context => context,
            Call::Memory => memory,
            Call::Weights => weights,
            Call::Check => check,
            Call::Run => run,
            Call::Close => close,
        }
    }

    /// What it means that a call has not come back in time.
    pub(super) fn hung(&self, call: Call) -> Fault {
        let limit = self.of(call).as_secs_f64();
        Fault::new(FaultKind::Hung, format!("the NPU hangs: {call} takes longer than {limit} s"))
    }

    /// The same limit for every call of the driver.
    pub fn with_calls(self, limit: Duration) -> Self {
        Self { device: limit, context: limit, memory: limit, run: limit, close: limit, ..self }
    }
}
