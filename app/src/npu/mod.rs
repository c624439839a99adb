//! How this machine's NPU is reached, and whether it may be.
//!
//! The environment variable `HARK_NPU` (`auto`, `off`, `sim`, `fake`) is for tests: `sim` and `fake` take that library
//! in place of the device's and switch the rule off that otherwise says who encodes.

mod boot;

use crate::machine;
use crate::models::data_folder;
use boot::StuckMark;
use hark_engine::encoder::npu::{
    Fault, FaultKind, Limits, NewsSink, NpuConfig, NpuKind, NpuPlan, NpuReport, NpuSession, NpuSetting,
    NpuState, Power, since_boot,
};
use hark_xdna::Generation;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::Arc;
use std::time::Duration;

/// The argument that makes this program a worker.
pub const WORKER: &str = "npu-worker";

/// What decides how the NPU is used, besides the person's setting.
#[derive(Clone)]
pub struct NpuWay {
    mode: Mode,
    /// Where it is remembered that the driver does not let go, and where the worker's log is.
    folder: Option<PathBuf>,
    session: NpuSession,
}

/// Who is to encode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Whoever the rule chooses.
    Auto,
    /// Nobody asks for the NPU.
    Off,
    /// A test chose this.
    Test(NpuKind),
}

impl Mode {
    fn of(text: Option<&str>) -> Self {
        match text {
            Some("off") => Self::Off,
            Some("sim") => Self::Test(NpuKind::Simulated),
            Some("fake") => Self::Test(NpuKind::Fake),
            _ => Self::Auto,
        }
    }

    fn kind(self) -> NpuKind {
        match self {
            Self::Auto | Self::Off => NpuKind::Hardware,
            Self::Test(kind) => kind,
        }
    }
}

impl NpuWay {
    /// The NPU of this machine, or what a test wants in its place. `folder` is Hark's data.
    pub fn of_this_machine(folder: Option<PathBuf>) -> Self {
        let mode = Mode::of(env::var("HARK_NPU").ok().as_deref());
        Self { mode, folder, session: NpuSession::new() }
    }

    /// No NPU at all.
    pub fn none() -> Self {
        Self { mode: Mode::Off, folder: None, session: NpuSession::new() }
    }

    /// What outlives a model.
    pub fn session(&self) -> &NpuSession {
        &self.session
    }

    /// How the NPU is to be used for the next model. `on_news` is told of changes.
    pub fn plan(&self, setting: NpuSetting, threads: usize, on_news: NewsSink) -> NpuPlan {
        let mark = StuckMark::in_folder(self.folder.as_deref());
        let setting = match self.mode {
            Mode::Auto => setting,
            Mode::Off => NpuSetting::Off,
            Mode::Test(_) => NpuSetting::Auto,
        };
        let config = match setting {
            _ if self.mode.kind() == NpuKind::Hardware && !has_device(Path::new(DEVICES_FOLDER)) => {
                Err(NpuState::None)
            }
            NpuSetting::Off => Err(NpuState::Off),
            _ if mark.is_of_this_boot() => Err(NpuState::Stuck),
            _ => self.config(threads),
        };
        let on_news = Arc::new(move |report: &NpuReport| {
            if report.state == NpuState::Stuck {
                mark.set();
            }
            on_news(report);
        });
        NpuPlan {
            config,
            kind: self.mode.kind(),
            forced: matches!(self.mode, Mode::Test(_)),
            setting,
            power,
            since_boot,
            session: self.session.clone(),
            on_news,
        }
    }

    fn config(&self, threads: usize) -> Result<NpuConfig, NpuState> {
        let kind = self.mode.kind();
        let missing = |kind, what: &str| {
            let Fault { kind, message } = Fault::new(kind, what);
            NpuState::Failed { kind, message }
        };
        let library = library(kind).ok_or_else(|| {
            missing(
                FaultKind::Library,
                "Hark's library for the NPU is not installed; `hark doctor` says more",
            )
        })?;
        let xclbin = match kind {
            NpuKind::Hardware => Some(beside_or_in_lib("hark-npu.xclbin").ok_or_else(|| {
                missing(
                    FaultKind::Program,
                    "Hark's program for this NPU is not installed; `hark doctor` says more",
                )
            })?),
            NpuKind::Simulated | NpuKind::Fake => None,
        };
        let executable = executable()
            .ok_or_else(|| missing(FaultKind::Internal, "the system does not say where this program is"))?;
        Ok(NpuConfig {
            kind,
            executable,
            arguments: vec![WORKER.into(), std::process::id().to_string().into()],
            library,
            xclbin,
            threads,
            limits: limits(kind),
            log: self.folder.as_ref().map(|folder| folder.join("npu-worker.log")),
            kill: if env::var_os("HARK_NPU_HELD").is_some() { |_| Ok(()) } else { Child::kill },
        })
    }
}

/// Whether the driver has held a process that used the NPU since the computer was started.
pub fn is_stuck() -> bool {
    StuckMark::in_folder(data_folder().as_deref()).is_of_this_boot()
}

/// Time limits; a test may set that of every call of the driver.
fn limits(kind: NpuKind) -> Limits {
    let usual = if kind == NpuKind::Hardware { Limits::DEVICE } else { Limits::PATIENT };
    let wanted = env::var("HARK_NPU_LIMIT_MS").ok().and_then(|text| text.parse().ok());
    wanted.map_or(usual, |ms| usual.with_calls(Duration::from_millis(ms)))
}

fn power() -> Power {
    if machine::is_on_battery(Path::new(machine::POWER_SUPPLIES)) { Power::Battery } else { Power::Mains }
}

/// This program, even if an update has taken its file away.
fn executable() -> Option<PathBuf> {
    let running = Path::new("/proc/self/exe");
    if running.exists() { Some(running.to_owned()) } else { env::current_exe().ok() }
}

/// The implementation of `nx_*`.
fn library(kind: NpuKind) -> Option<PathBuf> {
    match kind {
        NpuKind::Hardware => beside_or_in_lib("libhark_nx_xrt.so"),
        NpuKind::Simulated | NpuKind::Fake => {
            let named = env::var_os("HARK_NPU_LIBRARY").filter(|value| !value.is_empty());
            named.map(PathBuf::from).or_else(|| beside_or_in_lib("libhark_kernels.so"))
        }
    }
}

/// A file beside this program, or where packages put it.
fn beside_or_in_lib(name: &str) -> Option<PathBuf> {
    let program = env::current_exe().ok()?;
    let folder = program.parent()?;
    let places = [folder.join(name), folder.join("../lib/hark").join(name)];
    places.into_iter().find(|path| path.is_file())
}

/// Where the system lists devices.
const DEVICES_FOLDER: &str = "/sys/bus/pci/devices";

/// Whether this computer has an NPU that Hark knows. Nothing of the driver is touched: it may hang.
fn has_device(devices: &Path) -> bool {
    let id = |device: &Path, name: &str| {
        let text = std::fs::read_to_string(device.join(name)).ok()?;
        u16::from_str_radix(text.trim().trim_start_matches("0x"), 16).ok()
    };
    std::fs::read_dir(devices).into_iter().flatten().flatten().any(|entry| {
        let (vendor, device) = (id(&entry.path(), "vendor"), id(&entry.path(), "device"));
        vendor.zip(device).is_some_and(|(vendor, device)| Generation::of_pci_id(vendor, device).is_some())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_for_tests_is_no_setting() {
        for (text, mode) in [
            (None, Mode::Auto),
            (Some("auto"), Mode::Auto),
            (Some(""), Mode::Auto),
            (Some("something"), Mode::Auto),
            (Some("off"), Mode::Off),
            (Some("sim"), Mode::Test(NpuKind::Simulated)),
            (Some("fake"), Mode::Test(NpuKind::Fake)),
        ] {
            assert_eq!(Mode::of(text), mode, "{text:?}");
        }
    }

    #[test]
    fn devices_are_known_by_their_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let devices = folder.path();
        assert!(!has_device(devices) && !has_device(&devices.join("missing")));
        let add = |name: &str, vendor: &str, device: &str| {
            let folder = devices.join(name);
            std::fs::create_dir(&folder).unwrap();
            std::fs::write(folder.join("vendor"), vendor).unwrap();
            std::fs::write(folder.join("device"), device).unwrap();
        };
        add("0000:00:01.0", "0x8086\n", "0x1502\n");
        assert!(!has_device(devices), "another vendor's network card");
        add("0000:c5:00.1", "0x1022\n", "0x17f0\n");
        assert!(has_device(devices));
    }

    #[test]
    fn a_device_that_the_driver_holds_is_not_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let way = NpuWay {
            mode: Mode::Test(NpuKind::Fake),
            folder: Some(folder.path().to_owned()),
            session: NpuSession::new(),
        };
        let plan = || way.plan(NpuSetting::Auto, 1, Arc::new(|_| ()));
        assert!(!matches!(plan().config, Err(NpuState::Stuck)));
        let stuck = NpuReport { state: NpuState::Stuck, ..NpuReport::nothing(NpuKind::Fake) };
        (plan().on_news)(&stuck);
        assert!(matches!(plan().config, Err(NpuState::Stuck)));
    }
}
