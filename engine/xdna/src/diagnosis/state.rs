//! The states, each with one line and its remedy.

use crate::discovery::Sandbox;

/// How the NPU stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// There is none: nothing is wrong.
    NoNpu,
    /// Nothing stands in its way.
    Ready {
        /// Which it is.
        npu: String,
        /// XRT's version.
        runtime: String,
        /// Whether it was opened, and not only looked at.
        tried: bool,
    },
    /// The running kernel has no driver for it.
    NoDriver {
        /// The kernel's release.
        release: String,
    },
    /// The driver is there and not loaded.
    DriverNotLoaded,
    /// Another driver has the device.
    OtherDriver {
        /// Its name.
        driver: String,
    },
    /// Something was installed that runs only after a restart.
    RestartDue,
    /// The driver is loaded and gave the device up.
    ProbeFailed {
        /// What it wrote, if that may be read.
        why: Option<String>,
    },
    /// The firmware's file is not installed.
    FirmwareMissing,
    /// The firmware is older than the driver takes.
    FirmwareOld,
    /// The firmware is newer than the driver takes.
    FirmwareNew,
    /// The driver has the device, which has no node.
    NoNode,
    /// This user may not open the node.
    NotInGroup {
        /// Whether the user is in the group, but not the session.
        joined_lately: bool,
    },
    /// The node cannot be opened, because addresses are not translated.
    IommuOff,
    /// The node cannot be opened.
    CannotOpen {
        /// The node.
        node: String,
        /// The errno.
        error: Option<i32>,
    },
    /// A sandbox keeps the device away.
    Sandboxed(Sandbox),
    /// This process may lock too little memory.
    Memlock {
        /// How much it may lock, in bytes.
        limit: u64,
    },
    /// XRT is not installed.
    NoRuntime,
    /// XRT is installed without its plugin for the NPU.
    NoPlugin,
    /// Hark's own library over XRT is not there.
    NoLibrary,
    /// That library is there and cannot be loaded.
    LibraryBroken {
        /// Why.
        why: String,
    },
    /// That library is not of this version.
    LibraryMismatch {
        /// What differs.
        why: String,
    },
    /// Hark's design for this NPU is not there.
    NoDesign,
    /// That design is damaged or for another NPU.
    DesignRefused {
        /// What is wrong with it.
        why: String,
    },
    /// Other programs have all places on the device.
    ContextLimit,
    /// The driver found no memory.
    NoMemory,
    /// Opening it failed in another way.
    Failed {
        /// How.
        why: String,
    },
}

/// How bad a state is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Nothing is wrong.
    Fine,
    /// Hark works, on the CPU.
    Hindered,
}

impl State {
    /// A name for programs, which stays.
    pub fn name(&self) -> &'static str {
        match self {
            Self::NoNpu => "no-npu",
            Self::Ready { .. } => "ready",
            Self::NoDriver { .. } => "no-driver",
            Self::DriverNotLoaded => "driver-not-loaded",
            Self::OtherDriver { .. } => "other-driver",
            Self::RestartDue => "restart-due",
            Self::ProbeFailed { .. } => "probe-failed",
            Self::FirmwareMissing => "firmware-missing",
            Self::FirmwareOld => "firmware-old",
            Self::FirmwareNew => "firmware-new",
            Self::NoNode => "no-node",
            Self::NotInGroup { .. } => "not-in-group",
            Self::IommuOff => "iommu-off",
            Self::CannotOpen { .. } => "cannot-open",
            Self::Sandboxed(_) => "sandboxed",
            Self::Memlock { .. } => "memlock",
            Self::NoRuntime => "no-runtime",
            Self::NoPlugin => "no-plugin",
            Self::NoLibrary => "no-library",
            Self::LibraryBroken { .. } => "library-broken",
            Self::LibraryMismatch { .. } => "library-mismatch",
            Self::NoDesign => "no-design",
            Self::DesignRefused { .. } => "design-refused",
            Self::ContextLimit => "context-limit",
            Self::NoMemory => "no-memory",
            Self::Failed { .. } => "failed",
        }
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        match self {
            Self::NoNpu | Self::Ready { .. } => Severity::Fine,
            _ => Severity::Hindered,
        }
    }

    /// One line that says what was found.
    pub fn line(&self) -> String {
        match self {
            Self::NoNpu => "no NPU in this computer".into(),
            Self::Ready { npu, runtime, tried } => {
                let tried = if *tried { "" } else { ", not tried" };
                format!("{npu}, XRT {runtime}{tried}")
            }
            Self::NoDriver { release } => {
                format!("the kernel ({release}) has no driver for the NPU (amdxdna)")
            }
            Self::DriverNotLoaded => "the NPU's driver (amdxdna) is installed but not loaded".into(),
            Self::OtherDriver { driver } => format!("the NPU belongs to another driver ({driver})"),
            Self::RestartDue => "a restart is due before the NPU can be used".into(),
            Self::ProbeFailed { why: Some(why) } => format!("the driver could not start the NPU: {why}"),
            Self::ProbeFailed { why: None } => "the driver could not start the NPU".into(),
            Self::FirmwareMissing => "the NPU's firmware is not installed".into(),
            Self::FirmwareOld => "the NPU's firmware is older than the driver accepts".into(),
            Self::FirmwareNew => "the NPU's firmware is newer than the driver accepts".into(),
            Self::NoNode => "the NPU has no device node (/dev/accel/accel0)".into(),
            Self::NotInGroup { joined_lately: false } => {
                "you may not open the NPU: you are not in the group render".into()
            }
            Self::NotInGroup { joined_lately: true } => {
                "you may not open the NPU yet: you are in the group render, but this session began before"
                    .into()
            }
            Self::IommuOff => {
                "the NPU cannot reach this program's memory: the IOMMU is off (SVA bind fails)".into()
            }
            Self::CannotOpen { node, error } => format!("{node} cannot be opened{}", number(*error)),
            Self::Sandboxed(Sandbox::Flatpak(_)) => "the Flatpak sandbox keeps the NPU away".into(),
            Self::Sandboxed(Sandbox::Snap(_)) => "the Snap sandbox keeps the NPU away".into(),
            Self::Memlock { limit } => {
                format!(
                    "this program may lock {} of memory, and the NPU needs more (memlock)",
                    mebibytes(*limit)
                )
            }
            Self::NoRuntime => "the NPU's runtime (XRT) is not installed".into(),
            Self::NoPlugin => "XRT is installed without its plugin for the NPU".into(),
            Self::NoLibrary => "Hark's library for the NPU is missing".into(),
            Self::LibraryBroken { why } => format!("Hark's library for the NPU cannot be loaded: {why}"),
            Self::LibraryMismatch { why } => {
                format!("Hark's library for the NPU is of another version: {why}")
            }
            Self::NoDesign => "Hark's design for this NPU (xclbin) is missing".into(),
            Self::DesignRefused { why } => format!("Hark's design for this NPU cannot be used: {why}"),
            Self::ContextLimit => "other programs use every place on the NPU".into(),
            Self::NoMemory => "the driver found no memory to lock for the NPU".into(),
            Self::Failed { why } => format!("the NPU could not be opened: {why}"),
        }
    }

    /// What to do about it; nothing where nothing is wrong.
    pub fn remedy(&self) -> Option<String> {
        let text = match self {
            Self::NoNpu | Self::Ready { .. } => return None,
            Self::NoDriver { .. } => {
                "run Linux 6.14 or later with the module amdxdna, or install AMD's driver (xrt-plugin-amdxdna), and restart"
            }
            Self::DriverNotLoaded => "restart the computer, or `sudo modprobe amdxdna`",
            Self::OtherDriver { .. } => {
                "give the NPU back to amdxdna: end the virtual machine that has it, or undo its binding"
            }
            Self::RestartDue => "restart the computer",
            Self::ProbeFailed { .. } => {
                "restart once with the power off between; if that does not help, `sudo journalctl -k -b -g amdxdna` says why"
            }
            Self::FirmwareMissing => {
                "install the firmware (linux-firmware, or firmware-misc-nonfree on Debian) and restart"
            }
            Self::FirmwareOld => {
                "update the firmware (linux-firmware, or firmware-misc-nonfree on Debian) and restart"
            }
            Self::FirmwareNew => {
                "update the kernel or AMD's driver, or go back to the firmware that came with it, and restart"
            }
            Self::NoNode => {
                "restart the computer; if that does not help, `sudo journalctl -k -b -g amdxdna` says why"
            }
            Self::NotInGroup { joined_lately: false } => {
                "`sudo usermod -aG render $USER`, then log out and in again"
            }
            Self::NotInGroup { joined_lately: true } => "log out and in again; some desktops need a restart",
            Self::IommuOff => {
                "switch the IOMMU on in the firmware's setup (AMD-Vi, SVM), take amd_iommu=off and iommu=off from the kernel's command line, and restart"
            }
            Self::CannotOpen { .. } => {
                "close other programs that use the NPU; `sudo journalctl -k -b -g amdxdna` says more"
            }
            Self::Sandboxed(Sandbox::Flatpak(id)) => {
                return Some(format!("`flatpak override --user --device=all {id}`, then start Hark again"));
            }
            Self::Sandboxed(Sandbox::Snap(_)) => {
                "Snap has no permission for NPUs: install Hark from another package"
            }
            Self::Memlock { .. } => {
                "desktop programs take the limit from systemd's user session: `sudo systemctl edit user@.service`, add the lines \
                 [Service] and LimitMEMLOCK=infinity, and restart; limits.conf counts only for logins on a terminal"
            }
            Self::NoRuntime => {
                "install XRT and its plugin for the NPU (libxrt2 and libxrt-npu2 on Debian and Ubuntu)"
            }
            Self::NoPlugin => {
                "install the plugin too (libxrt-npu2 on Debian and Ubuntu, xrt-plugin-amdxdna from AMD)"
            }
            Self::NoLibrary | Self::LibraryMismatch { .. } => "install Hark anew: the library comes with it",
            Self::LibraryBroken { .. } => {
                "install an XRT of the version that Hark was built for (2.25), or Hark anew"
            }
            Self::NoDesign => "install the designs for the NPU; Hark works on the CPU without them",
            Self::DesignRefused { .. } => "install the designs of this Hark for this NPU anew",
            Self::ContextLimit => "close other programs that use the NPU",
            Self::NoMemory => {
                "close other programs, or raise the memlock limit: `sudo systemctl edit user@.service`, LimitMEMLOCK=infinity"
            }
            Self::Failed { .. } => {
                "`sudo journalctl -k -b -g amdxdna` says more; Hark works on the CPU meanwhile"
            }
        };
        Some(text.to_owned())
    }
}

fn number(error: Option<i32>) -> String {
    error.map(|error| format!(" ({})", std::io::Error::from_raw_os_error(error))).unwrap_or_default()
}

fn mebibytes(bytes: u64) -> String {
    if bytes < 1 << 20 { format!("{} KiB", bytes >> 10) } else { format!("{} MiB", bytes >> 20) }
}
