//! The runtime: XRT's library and its plugin for the NPU, by their files.

use super::places::Places;
use std::path::{Path, PathBuf};

/// What is installed of XRT, by the versions in the files' names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Runtime {
    /// XRT's own library (`libxrt_coreutil`), such as `2.25.00`; empty if the version is not known.
    pub library: Option<String>,
    /// Its plugin for the NPU (`libxrt_driver_xdna`).
    pub plugin: Option<String>,
}

/// Where distributions and AMD's own packages put them.
const FOLDERS: [&str; 7] = [
    "usr/lib/x86_64-linux-gnu",
    "usr/lib64",
    "usr/lib",
    "usr/local/lib",
    "opt/xilinx/xrt/lib",
    "opt/xilinx/xrt/lib64",
    "opt/amd/xrt/lib",
];

pub fn find(places: &Places<'_>) -> Runtime {
    let mut folders: Vec<PathBuf> = Vec::new();
    if let Some(listed) = (places.environment)("LD_LIBRARY_PATH") {
        folders.extend(std::env::split_paths(&listed).filter(|folder| folder.is_absolute()));
    }
    if let Some(root) = (places.environment)("XILINX_XRT").map(PathBuf::from) {
        folders.extend([root.join("lib"), root.join("lib/x86_64-linux-gnu")]);
    }
    folders.extend(FOLDERS.iter().map(|folder| places.root.join(folder)));
    Runtime {
        library: version(&folders, "libxrt_coreutil.so.2"),
        plugin: version(&folders, "libxrt_driver_xdna.so.2"),
    }
}

fn version(folders: &[PathBuf], library: &str) -> Option<String> {
    let file = folders.iter().map(|folder| folder.join(library)).find(|file| file.exists())?;
    let real = std::fs::canonicalize(&file).unwrap_or(file);
    Some(version_of(&real).unwrap_or_default())
}

/// What follows `.so.` in a file's name.
fn version_of(file: &Path) -> Option<String> {
    let name = file.file_name()?.to_str()?;
    name.split_once(".so.").map(|(_, version)| version.to_owned())
}
