//! The functional fake of an NPU, and the worker processes that use it.
#![allow(dead_code, reason = "each test file takes what it needs")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// The fake, which is built with this program.
pub fn library() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_hark"));
    let beside =
        [program.with_file_name("libhark_kernels.so"), program.with_file_name("deps/libhark_kernels.so")];
    beside.into_iter().find(|path| path.is_file()).expect("the fake is built with the tests")
}

/// The same command with the fake in the NPU's place, and with these variables.
pub fn with_fake<'c>(command: &'c mut Command, variables: &[(&str, &str)]) -> &'c mut Command {
    command.env("HARK_NPU", "fake").env("HARK_NPU_LIBRARY", library()).envs(variables.iter().copied())
}

/// What asks for a fault; for one that is noticed by a limit, with a short one. Others are not to be taken for hung on a
/// busy machine.
pub fn fault(fault: &str) -> Vec<(&str, &str)> {
    let mut variables = vec![("HARK_NPU_FAULT", fault)];
    if ["hang", "slow"].iter().any(|kind| fault.starts_with(kind)) {
        variables.push(("HARK_NPU_LIMIT_MS", "4000"));
    }
    variables
}

/// Numbers of workers that were started by this process.
pub fn workers_of(parent: u32) -> Vec<String> {
    let says =
        |entry: &std::fs::DirEntry| std::fs::read_to_string(entry.path().join("cmdline")).unwrap_or_default();
    let wanted = format!("npu-worker\0{parent}\0");
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter(|entry| says(entry).ends_with(&wanted))
        .map(|e| e.file_name().into_string().unwrap())
        .collect()
}
