//! From what was found to one state: what keeps the NPU from being used, in one line, and what to do about it.
//!
//! [`diagnose`] is a pure function, and the causes are asked after in the order in which they hide each other: what
//! is said is the first thing to put right.

mod state;
#[cfg(test)]
mod tests;

pub use state::{Severity, State};

use crate::discovery::{DRIVER, Findings, Kernel, Module, Node, Npu};
use crate::xclbin::{Refusal, check_file};
use crate::{Error, ErrorKind, Generation};
use std::path::Path;

/// XRT maps 64 MiB of locked memory when it opens the device, and each buffer on top of that.
pub const MEMLOCK_WANTED: u64 = 512 << 20;

/// The protocol of the firmware that drivers accept, by its major number.
fn firmware_protocol(generation: Generation) -> u32 {
    match generation {
        Generation::Xdna1 => 5,
        Generation::Xdna2 => 6,
    }
}

/// What is known of Hark's own files for the NPU, and of the last attempt to use it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attempt {
    /// Whether the library over XRT is installed beside Hark.
    pub library: bool,
    /// The design for this computer's NPU: what reading it gave; `None` if there is no file.
    pub design: Option<Result<(), Refusal>>,
    /// What opening the device said, where that was tried.
    pub opened: Option<Result<(), Error>>,
}

impl Attempt {
    /// Looks at the files that Hark brings for the NPU; nothing is opened on the device.
    pub fn of_files(library: &Path, design: &Path, generation: Option<Generation>) -> Self {
        let read = |bytes: Vec<u8>| check_file(design, &bytes, generation).map(drop);
        Self { library: library.is_file(), design: std::fs::read(design).ok().map(read), opened: None }
    }
}

/// The one state that what was found amounts to.
pub fn diagnose(found: &Findings, attempt: &Attempt) -> State {
    let Some(npu) = found.npus.first() else { return State::NoNpu };
    driver(found, npu)
        .or_else(|| access(found, npu))
        .or_else(|| runtime(found))
        .or_else(|| own_files(attempt))
        .or_else(|| attempt.opened.as_ref().and_then(|opened| opening(opened.as_ref().err()?)))
        .unwrap_or_else(|| State::Ready {
            npu: describe(npu, &found.kernel),
            runtime: found.runtime.library.clone().unwrap_or_default(),
            tried: matches!(attempt.opened, Some(Ok(()))),
        })
}

fn describe(npu: &Npu, kernel: &Kernel) -> String {
    let mut text = format!("{} ({})", npu.generation, npu.family());
    for (name, version) in [("firmware", &npu.firmware), (DRIVER, &kernel.driver_version)] {
        if let Some(version) = version {
            text.push_str(&format!(", {name} {version}"));
        }
    }
    text
}

fn driver(found: &Findings, npu: &Npu) -> Option<State> {
    match npu.driver.as_deref() {
        Some(DRIVER) => return None,
        Some(other) => return Some(State::OtherDriver { driver: other.into() }),
        None => {}
    }
    let kernel = &found.kernel;
    Some(match kernel.module {
        _ if kernel.restart_due => State::RestartDue,
        Module::Missing => State::NoDriver { release: kernel.release.clone() },
        Module::NotLoaded => State::DriverNotLoaded,
        Module::Loaded => probe_failure(npu, kernel.log.as_deref()),
    })
}

/// Why the driver gave up a device, by what it wrote into the kernel's log.
fn probe_failure(npu: &Npu, log: Option<&[String]>) -> State {
    let last = |part: &str| log.unwrap_or_default().iter().rev().find(|line| line.contains(part));
    if last("Incompatible firmware protocol").is_some() {
        let line = last("Incompatible firmware protocol").map(String::as_str).unwrap_or_default();
        let major = line.split("major ").nth(1).and_then(|rest| rest.split(' ').next()?.parse::<u32>().ok());
        return match major {
            Some(major) if major > firmware_protocol(npu.generation) => State::FirmwareNew,
            _ => State::FirmwareOld,
        };
    }
    if last("below minimum").or_else(|| last("smaller than supported")).is_some() {
        return State::FirmwareOld;
    }
    if last("request_firmware").or_else(|| last("Direct firmware load")).is_some() {
        return State::FirmwareMissing;
    }
    let why = last("*ERROR*").or_else(|| last("failed with error")).map(|line| line.trim().to_owned());
    State::ProbeFailed { why }
}

fn access(found: &Findings, npu: &Npu) -> Option<State> {
    const EPERM: i32 = 1;
    const EACCES: i32 = 13;
    const EBUSY: i32 = 16;
    const EINVAL: i32 = 22;
    let process = &found.process;
    match &npu.node {
        Node::Opens(_) => {}
        Node::Missing | Node::Refuses(_, Some(EPERM | EACCES)) if process.sandbox.is_some() => {
            return process.sandbox.clone().map(State::Sandboxed);
        }
        Node::Missing => return Some(State::NoNode),
        Node::Refuses(_, Some(EPERM | EACCES)) => {
            return Some(State::NotInGroup { joined_lately: process.joined_lately });
        }
        Node::Refuses(node, error) => {
            // The driver binds the process's address space when it is opened, which needs an IOMMU.
            let log = found.kernel.log.as_deref().unwrap_or_default();
            let said = log.iter().any(|line| line.contains("SVA bind device failed"));
            let plain = matches!(error, None | Some(EBUSY));
            return Some(if !plain && (said || !npu.iommu || *error == Some(EINVAL)) {
                State::IommuOff
            } else {
                State::CannotOpen { node: node.clone(), error: *error }
            });
        }
    }
    let limit = process.memlock.filter(|&limit| limit < MEMLOCK_WANTED)?;
    Some(State::Memlock { limit })
}

fn runtime(found: &Findings) -> Option<State> {
    let runtime = &found.runtime;
    match (&runtime.library, &runtime.plugin) {
        (None, _) => Some(State::NoRuntime),
        (Some(_), None) => Some(State::NoPlugin),
        _ => None,
    }
}

fn own_files(attempt: &Attempt) -> Option<State> {
    if !attempt.library {
        return Some(State::NoLibrary);
    }
    match &attempt.design {
        None => Some(State::NoDesign),
        Some(Err(refusal)) => Some(State::DesignRefused { why: refusal.to_string() }),
        Some(Ok(())) => None,
    }
}

fn opening(error: &Error) -> Option<State> {
    Some(match error.kind {
        ErrorKind::Abi => State::LibraryMismatch { why: error.message.clone() },
        ErrorKind::Library => State::LibraryBroken { why: error.message.clone() },
        ErrorKind::ContextLimit => State::ContextLimit,
        ErrorKind::Xclbin => State::DesignRefused { why: error.message.clone() },
        ErrorKind::Memory => State::NoMemory,
        _ => State::Failed { why: error.message.clone() },
    })
}
