//! The NPU: what keeps it from being used, or that nothing does.

use super::{Check, Facts, remedies};
use hark_xdna::diagnosis::{Attempt, Severity, diagnose};
use hark_xdna::discovery::{Findings, Npu, Places, look};
use hark_xdna::xclbin::{Manifest, Refusal, check_file};
use hark_xdna::{Error, ErrorKind, Library};
use std::env;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The argument that makes this program try the NPU and end.
pub const COMMAND: &str = "npu-try";
/// Opening takes a fraction of a second; a driver that takes longer does not answer.
const PATIENCE: Duration = Duration::from_secs(6);
/// How often it is looked whether the trial has ended.
const LOOK: Duration = Duration::from_millis(20);
/// More is not read of what the trial says.
const LONGEST_ANSWER: u64 = 4096;

/// The NPU, as far as it can be told without running anything on it.
pub fn npu() -> Check {
    if crate::npu::is_stuck() {
        let found = "the driver holds on to a process that used the NPU, which is left alone";
        return Check::warn("npu", found, remedies::NPU_STUCK);
    }
    let found = look(&Places { open: &open_apart, ..Places::here() });
    let generation = found.npus.first().map(|npu| npu.generation);
    let (library, design) = (installed("libhark_nx_xrt.so"), installed("hark-npu.xclbin"));
    let mut attempt = Attempt::of_files(&library, &design, generation);
    let mut state = diagnose(&found, &attempt);
    if generation.is_some() && state.severity() == Severity::Fine {
        attempt.opened = Some(try_apart(&library, &design));
        state = diagnose(&found, &attempt);
    }
    let check = match state.remedy() {
        None => Check::ok("npu", state.line()),
        Some(remedy) => Check::warn("npu", state.line(), remedy),
    };
    let made_for = Manifest::beside(&design).ok().flatten().map(|manifest| manifest.generation.to_string());
    Check { facts: facts(&found, state.name(), made_for), ..check }
}

fn facts(found: &Findings, state: &str, made_for: Option<String>) -> Facts {
    let npu = found.npus.first();
    let of_npu = |fact: fn(&Npu) -> Option<String>| npu.and_then(fact);
    let facts = [
        ("state", Some(state.to_owned())),
        ("generation", of_npu(|npu| Some(npu.generation.to_string()))),
        ("pci_id", of_npu(|npu| Some(format!("1022:{:04x}:{:02x}", npu.id.0, npu.id.1)))),
        ("pci_address", of_npu(|npu| Some(npu.address.clone()))),
        ("name", of_npu(|npu| npu.name.clone())),
        ("firmware", of_npu(|npu| npu.firmware.clone())),
        ("driver", of_npu(|npu| npu.driver.clone())),
        ("driver_version", found.kernel.driver_version.clone()),
        ("kernel", npu.map(|_| found.kernel.release.clone())),
        ("xrt", found.runtime.library.clone()),
        ("xrt_npu_plugin", found.runtime.plugin.clone()),
        ("design_made_for", made_for),
    ];
    facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// Where a file of Hark's own is: beside the program or where packages put it.
fn installed(name: &str) -> PathBuf {
    let program = env::current_exe().unwrap_or_default();
    let folder = program.parent().unwrap_or(Path::new("."));
    let places = [folder.join(name), folder.join("../lib/hark").join(name)];
    let [beside, _] = &places;
    places.iter().find(|path| path.is_file()).unwrap_or(beside).clone()
}

/// Opens the device and a context, in a process of its own: a driver can hang, and a runtime can abort.
fn try_apart(library: &Path, design: &Path) -> Result<(), Error> {
    let failed = |kind, message: String| Error { kind, message, os_error: 0 };
    match apart(&[library, design]) {
        Ok(None) => Ok(()),
        Ok(Some(said)) => Err(match said.split_once('\n') {
            Some((kind, message)) => failed(kind_of(kind), message.trim_end().to_owned()),
            None => failed(ErrorKind::Internal, "the runtime ended the process".into()),
        }),
        Err(error) if error.kind() == io::ErrorKind::TimedOut => {
            Err(failed(ErrorKind::Timeout, "the driver does not answer".into()))
        }
        Err(error) => Err(failed(ErrorKind::Internal, error.to_string())),
    }
}

/// Opens the device's node in a process of its own: one that waits for the driver may never end.
fn open_apart(node: &Path) -> io::Result<()> {
    match apart(&[node])? {
        None => Ok(()),
        Some(said) => {
            Err(said.trim().parse().map_or_else(|_| io::Error::other(said), io::Error::from_raw_os_error))
        }
    }
}

/// Runs a trial in another process; gives what it said if it failed. One that cannot be killed is left behind.
fn apart(arguments: &[&Path]) -> io::Result<Option<String>> {
    let mut trial = Command::new(env::current_exe()?)
        .arg(COMMAND)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let began = Instant::now();
    let status = loop {
        if let Some(status) = trial.try_wait()? {
            break status;
        }
        if began.elapsed() > PATIENCE {
            let _ = trial.kill();
            let _ = trial.try_wait();
            return Err(io::ErrorKind::TimedOut.into());
        }
        std::thread::sleep(LOOK);
    };
    if status.success() {
        return Ok(None);
    }
    let mut said = String::new();
    if let Some(answer) = trial.stdout.take() {
        answer.take(LONGEST_ANSWER).read_to_string(&mut said)?;
    }
    Ok(Some(said))
}

/// Opens the node in this process. The error is its number.
///
/// # Errors
/// What the driver says.
pub fn open_here(node: &Path) -> Result<(), String> {
    let opened = std::fs::OpenOptions::new().read(true).write(true).open(node);
    opened.map(drop).map_err(|error| error.raw_os_error().unwrap_or_default().to_string())
}

/// The kinds that the diagnosis tells apart.
const KINDS: [ErrorKind; 7] = [
    ErrorKind::Library,
    ErrorKind::Abi,
    ErrorKind::NoDevice,
    ErrorKind::Driver,
    ErrorKind::Xclbin,
    ErrorKind::ContextLimit,
    ErrorKind::Memory,
];

fn kind_of(name: &str) -> ErrorKind {
    KINDS.into_iter().find(|kind| format!("{kind:?}") == name).unwrap_or(ErrorKind::Internal)
}

/// Tries the NPU in this process. The error says its kind in one line, and what happened in the next.
///
/// # Errors
/// What keeps the NPU from being opened.
pub fn try_here(library: &Path, design: &Path) -> Result<(), String> {
    let attempt = || {
        let device = Library::open(library)?.device(0)?;
        let unreadable = |error: std::io::Error| Error {
            kind: ErrorKind::Xclbin,
            message: format!("it cannot be read: {error}"),
            os_error: 0,
        };
        let bytes = std::fs::read(design).map_err(unreadable)?;
        let refused =
            |refusal: Refusal| Error { kind: ErrorKind::Xclbin, message: refusal.to_string(), os_error: 0 };
        check_file(design, &bytes, device.generation()).map_err(refused)?;
        let design = device.xclbin(&bytes)?;
        device.context(&design, &[]).map(drop)
    };
    attempt().map_err(|error: Error| {
        // Reports name no folders.
        let named = |text: String, path: &Path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            text.replace(&*path.to_string_lossy(), &name)
        };
        let message = [library, design].into_iter().fold(error.message.replace('\n', " "), named);
        format!("{:?}\n{message}", error.kind)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trial_says_why_it_failed() {
        let nowhere = tempfile::tempdir().unwrap();
        let said = try_here(&nowhere.path().join("libnone.so"), &nowhere.path().join("none")).unwrap_err();
        assert!(said.starts_with("Library\n") && said.contains("libnone.so"), "{said}");
        assert_eq!(said.lines().count(), 2);
        assert!(!said.contains(&*nowhere.path().to_string_lossy()), "{said}");
    }

    #[test]
    fn a_node_that_cannot_be_opened_says_its_number() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(open_here(&folder.path().join("missing")), Err("2".into()));
        assert_eq!(open_here(folder.path()), Err("21".into()), "a folder");
        std::fs::write(folder.path().join("there"), "").unwrap();
        assert_eq!(open_here(&folder.path().join("there")), Ok(()));
    }

    #[test]
    fn kinds_come_back_from_their_names() {
        for kind in KINDS {
            assert_eq!(kind_of(&format!("{kind:?}")), kind);
        }
        assert_eq!(kind_of("SIGSEGV"), ErrorKind::Internal);
    }
}
