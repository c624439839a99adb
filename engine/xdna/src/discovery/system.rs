//! The kernel and what it lets this process do.

use super::places::{Places, names, text};
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::path::{Path, PathBuf};

/// The driver's name.
pub(crate) const DRIVER: &str = "amdxdna";
/// More of the kernel's log is not read.
const LONGEST_LOG: usize = 4 << 20;
/// The bit of the capability that lifts the limit on locked memory (CAP_IPC_LOCK).
const CAP_IPC_LOCK: u32 = 14;

/// The kernel and its driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kernel {
    /// Its release, such as `6.14.0-15-generic`.
    pub release: String,
    /// The driver's module.
    pub module: Module,
    /// The driver's version, where it says one.
    pub driver_version: Option<String>,
    /// Whether a restart is due: something was installed that runs only after it.
    pub restart_due: bool,
    /// Lines of the kernel's log about the driver, the last ones last; `None` where it may not be read.
    pub log: Option<Vec<String>>,
}

/// The driver's module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Module {
    /// It is loaded, or built into the kernel.
    Loaded,
    /// The running kernel has it, but it is not loaded.
    NotLoaded,
    /// The running kernel lacks it.
    Missing,
}

/// What this process may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// How much memory it may lock, in bytes; `None` for as much as it likes.
    pub memlock: Option<u64>,
    /// Whether its user has been put into the group of the node, but not this process: the user has to log in anew.
    pub joined_lately: bool,
    /// The sandbox that it runs in.
    pub sandbox: Option<Sandbox>,
}

/// A sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sandbox {
    /// Flatpak, and the application's id there.
    Flatpak(String),
    /// Snap, and the name there.
    Snap(String),
}

pub fn kernel(places: &Places<'_>) -> Kernel {
    let release = text(&places.proc.join("sys/kernel/osrelease")).unwrap_or_default();
    let modules = ["lib/modules", "usr/lib/modules"].map(|folder| places.root.join(folder));
    // Upgrading a kernel takes the modules of the running one away, on some distributions.
    let gone = !modules.iter().any(|folder| folder.join(&release).is_dir())
        && modules.iter().any(|folder| !names(folder).is_empty());
    let asked =
        ["run/reboot-required", "var/run/reboot-required"].iter().any(|file| places.root.join(file).exists());
    Kernel {
        module: module(places, &modules.map(|folder| folder.join(&release))),
        driver_version: text(&places.sys.join("module").join(DRIVER).join("version")),
        restart_due: gone || asked,
        log: log(&places.dev.join("kmsg")),
        release,
    }
}

fn module(places: &Places<'_>, folders: &[PathBuf]) -> Module {
    let listed = |file: &str| {
        let ends = |line: &str| {
            let path = line.split(':').next().unwrap_or_default();
            path.rsplit('/').next().is_some_and(|name| name.split('.').next() == Some(DRIVER))
        };
        let read = |folder: &PathBuf| bounded(&folder.join(file), 8 << 20);
        folders.iter().filter_map(read).any(|list| list.lines().any(ends))
    };
    if places.sys.join("module").join(DRIVER).is_dir() || listed("modules.builtin") {
        Module::Loaded
    } else if listed("modules.dep") {
        Module::NotLoaded
    } else {
        Module::Missing
    }
}

fn bounded(path: &Path, longest: u64) -> Option<String> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(longest).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Reads the log without waiting for more of it.
fn log(node: &Path) -> Option<Vec<String>> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::OpenOptionsExt;
        const O_NONBLOCK: i32 = 0o4000;
        options.custom_flags(O_NONBLOCK);
    }
    let mut node = options.open(node).ok()?;
    let mut text = Vec::new();
    // One read gives one record, and an error means the end of what there is, or a record that was overwritten.
    let mut record = vec![0; 16 << 10];
    let mut errors = 0;
    while text.len() < LONGEST_LOG && errors < 3 {
        match node.read(&mut record) {
            Ok(0) => break,
            Ok(length) => text.extend_from_slice(&record[..length]),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => break,
            Err(_) if text.is_empty() => return None,
            Err(_) => errors += 1,
        }
    }
    let text = String::from_utf8_lossy(&text);
    // The message stands behind numbers that end with a semicolon.
    let about = text.lines().filter(|line| line.contains(DRIVER));
    Some(about.map(|line| line.split_once(';').map_or(line, |(_, message)| message).to_owned()).collect())
}

pub fn process(places: &Places<'_>) -> Process {
    let status = text(&places.proc.join("self/status")).unwrap_or_default();
    let field = |name: &str| {
        status
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .map(str::trim)
            .unwrap_or_default()
    };
    let capabilities = u64::from_str_radix(field("CapEff"), 16).unwrap_or_default();
    let limits = text(&places.proc.join("self/limits")).unwrap_or_default();
    let memlock = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max locked memory"))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|soft| soft.parse().ok());
    Process {
        memlock: memlock.filter(|_| capabilities >> CAP_IPC_LOCK & 1 == 0),
        joined_lately: joined_lately(places, field("Groups")),
        sandbox: sandbox(places),
    }
}

/// Whether the list of groups names the user in `render`, while the process is not in it.
fn joined_lately(places: &Places<'_>, groups: &str) -> bool {
    let Some(user) = places.variable("USER") else { return false };
    let list = text(&places.root.join("etc/group")).unwrap_or_default();
    list.lines().any(|line| {
        let mut parts = line.split(':');
        let (name, number) = (parts.next(), parts.nth(1).unwrap_or_default());
        let members = parts.next().unwrap_or_default();
        name == Some("render")
            && members.split(',').any(|member| member == user)
            && !groups.split_whitespace().any(|group| group == number)
    })
}

fn sandbox(places: &Places<'_>) -> Option<Sandbox> {
    if let Some(info) = text(&places.root.join(".flatpak-info")) {
        let id = info.lines().find_map(|line| line.strip_prefix("name=")).unwrap_or("the application's id");
        return Some(Sandbox::Flatpak(id.to_owned()));
    }
    places.variable("SNAP").and(places.variable("SNAP_NAME")).map(Sandbox::Snap)
}
