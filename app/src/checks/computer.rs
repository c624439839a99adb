//! The computer itself, and where Hark keeps its data.

use super::{Check, remedies};
use crate::text::{reason, size};
use crate::{machine, models};
use hark_engine::machine_isa;
use std::env;
use std::path::Path;

/// Less than this is tight for a base model beside a desktop.
const MEMORY_WANTED: u64 = 1 << 30;
/// An hour of recording takes about 115 MB.
const SPACE_WANTED: u64 = 500_000_000;

/// The processor, and what it can do at once.
pub fn cpu() -> Check {
    let name = machine::cpu_name().unwrap_or_else(|| env::consts::ARCH.to_owned());
    let features = machine::cpu_features();
    let has = |wanted: &str| features.iter().any(|(feature, there)| *feature == wanted && *there);
    let list: Vec<_> = features.iter().filter(|(_, there)| *there).map(|(feature, _)| *feature).collect();
    let found =
        format!("{name}: {}", if list.is_empty() { "no vector extensions".into() } else { list.join(" ") });
    if has("avx2") && has("fma") {
        Check::ok("cpu", found)
    } else {
        Check::warn("cpu", found, remedies::SLOW_CPU)
    }
}

/// The vector extensions that the engine uses.
pub fn kernels() -> Check {
    Check::ok("kernels", machine_isa())
}

/// How much runs at the same time.
pub fn cores() -> Check {
    Check::ok(
        "cores",
        format!("{} physical, {} logical", machine::physical_cores(), machine::logical_cores()),
    )
}

/// How much memory there is.
pub fn memory() -> Check {
    let Some((total, available)) = machine::memory() else {
        return Check::ok("memory", "not told by this system");
    };
    let found = format!("{} of {} available", size(available), size(total));
    if available >= MEMORY_WANTED {
        Check::ok("memory", found)
    } else {
        Check::warn("memory", found, remedies::MEMORY)
    }
}

/// Where Hark keeps its data.
pub fn data() -> Check {
    let Some(folder) = models::data_folder() else {
        return Check::fail("data", "this user has no home folder", remedies::NO_HOME);
    };
    if let Err(error) = writable(&folder) {
        return Check::fail("data", format!("cannot be written: {}", reason(&error)), remedies::NOT_WRITABLE)
            .at(folder);
    }
    let Some(free) = machine::free_space(&folder) else { return Check::ok("data", "writable").at(folder) };
    let found = format!("writable, {} free", size(free));
    if free >= SPACE_WANTED {
        Check::ok("data", found).at(folder)
    } else {
        Check::warn("data", found, remedies::SPACE).at(folder)
    }
}

/// Whether files can be made there; makes the folder if there is none.
fn writable(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    tempfile::tempfile_in(folder).map(drop)
}
