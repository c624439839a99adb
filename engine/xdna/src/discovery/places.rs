//! Where to look.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// No file that is read here is longer, but for the kernel's log.
const LONGEST: u64 = 64 << 10;

/// Where to look, and how.
pub struct Places<'a> {
    /// `/sys`.
    pub sys: PathBuf,
    /// `/dev`.
    pub dev: PathBuf,
    /// `/proc`.
    pub proc: PathBuf,
    /// `/`, for what is in none of these.
    pub root: PathBuf,
    /// The process's environment.
    pub environment: &'a dyn Fn(&str) -> Option<OsString>,
    /// Opens a device node for reading and writing, and closes it.
    pub open: &'a dyn Fn(&Path) -> io::Result<()>,
}

fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

fn open(node: &Path) -> io::Result<()> {
    OpenOptions::new().read(true).write(true).open(node).map(drop)
}

impl Places<'static> {
    /// This computer's own.
    pub fn here() -> Self {
        Self {
            sys: "/sys".into(),
            dev: "/dev".into(),
            proc: "/proc".into(),
            root: "/".into(),
            environment: &variable,
            open: &open,
        }
    }
}

impl Places<'_> {
    /// A value of the environment, as text.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        (self.environment)(name)?.into_string().ok()
    }
}

/// The text of a small file, without the spaces around it.
pub fn text(path: &Path) -> Option<String> {
    let mut text = String::new();
    File::open(path).ok()?.take(LONGEST).read_to_string(&mut text).ok()?;
    Some(text.trim().to_owned())
}

/// The last part of what a link points to.
pub fn link_name(path: &Path) -> Option<String> {
    Some(std::fs::read_link(path).ok()?.file_name()?.to_string_lossy().into_owned())
}

/// The names in a folder, in order.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
