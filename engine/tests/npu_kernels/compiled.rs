//! The kernels as a program of this machine.

use super::common::repository;
use super::matrix::Matrix;
use hark_kernels::design::mode;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Which core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Core {
    /// AIE2, of XDNA1.
    Aie2,
    /// AIE2P, of XDNA2.
    Aie2p,
}

/// How a core rounds to bfloat16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest, as the kernels set it.
    Even,
    /// As a core does by itself.
    CutOff,
}

impl Rounding {
    /// In a mode.
    pub fn bits(self) -> u32 {
        if self == Self::CutOff { mode::CUT_OFF } else { 0 }
    }
}

/// Each core with each rounding.
pub const CASES: [(Core, Rounding); 4] = [
    (Core::Aie2, Rounding::Even),
    (Core::Aie2, Rounding::CutOff),
    (Core::Aie2p, Rounding::Even),
    (Core::Aie2p, Rounding::CutOff),
];

/// Operations of `kernels/cc/host/run.cpp`, in its order.
#[derive(Clone, Copy, Debug)]
pub enum Operation {
    Product = 0,
    Attention = 1,
    NormaliseRows = 2,
    SoftmaxRows = 3,
    Program = 4,
}

/// What the kernels did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub tiles: u32,
    pub macs: u32,
    pub loads: u32,
    pub stores: u32,
    pub conversions: u32,
    pub lookups: u32,
    pub others: u32,
}

/// The kernels for one core.
pub struct Kernels {
    core: Core,
    program: std::path::PathBuf,
    _folder: tempfile::TempDir,
}

/// The kernels, compiled once; nothing where there is no compiler.
pub fn kernels(core: Core) -> Option<&'static Kernels> {
    static COMPILED: [OnceLock<Option<Kernels>>; 2] = [const { OnceLock::new() }; 2];
    COMPILED[core as usize].get_or_init(|| Kernels::compile(core)).as_ref()
}

/// Says that a test could not be made, past the harness, which keeps what is printed in tests that pass.
pub fn skipped(test: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {test}: no C++ compiler can be started");
}

/// Does something for each case, or says once that nothing can be done.
pub fn for_each_case(test: &str, mut check: impl FnMut(&Kernels, Rounding)) {
    for (core, rounding) in CASES {
        let Some(kernels) = kernels(core) else {
            return skipped(test);
        };
        check(kernels, rounding);
    }
}

impl Kernels {
    fn compile(core: Core) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let (source, program) = (repository("kernels/cc"), folder.path().join("run"));
        let compiler = std::env::var("CXX").unwrap_or_else(|_| "c++".into());
        let architecture = match core {
            Core::Aie2 => "-D__AIEARCH__=20",
            Core::Aie2p => "-D__AIEARCH__=21",
        };
        let compiled = Command::new(compiler)
            .args([
                "-std=c++20",
                "-O2",
                "-Wall",
                "-Wextra",
                "-Wconversion",
                "-Wshadow",
                "-Werror",
                architecture,
                "-I",
            ])
            .arg(source.join("host"))
            .args([source.join("core.cc"), source.join("host/run.cpp")])
            .arg("-o")
            .arg(&program)
            .output()
            .ok()?;
        assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
        Some(Self { core, program, _folder: folder })
    }

    pub fn core(&self) -> Core {
        self.core
    }

    /// What is known of the kernels without an operation: `report` or `loops` of `kernels/cc/host/run.cpp`.
    pub fn report(&self, what: &str) -> String {
        let output = Command::new(&self.program).arg(what).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// Computes an operation. Before, the core is set to round in the other way.
    pub fn run(
        &self,
        operation: Operation,
        rounding: Rounding,
        mode: u32,
        keys: usize,
        matrices: &[&Matrix],
    ) -> (Matrix, Counts) {
        let before = if rounding == Rounding::Even { Rounding::CutOff } else { Rounding::Even };
        self.run_after(before, operation, rounding, mode, keys, matrices)
    }

    /// Computes an operation on a core that was left to round like this.
    pub fn run_after(
        &self,
        before: Rounding,
        operation: Operation,
        rounding: Rounding,
        mode: u32,
        keys: usize,
        matrices: &[&Matrix],
    ) -> (Matrix, Counts) {
        let mut request: Vec<u8> = [operation as u32, mode | rounding.bits(), keys as u32]
            .iter()
            .flat_map(|w| w.to_le_bytes())
            .collect();
        for m in matrices {
            request.extend([m.rows as u32, m.columns as u32].iter().flat_map(|w| w.to_le_bytes()));
            request.extend(m.values.iter().flat_map(|v| v.to_le_bytes()));
        }
        self.reply(before, &request)
    }

    /// Sends a request to a core that was left to round like this.
    pub fn reply(&self, before: Rounding, request: &[u8]) -> (Matrix, Counts) {
        let mut child = Command::new(&self.program)
            .arg(if before == Rounding::Even { "even" } else { "cut-off" })
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(request).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{:?}: {}", self.core, output.status);
        let words: Vec<[u8; 4]> =
            output.stdout.chunks_exact(4).map(|word| word.try_into().unwrap()).collect();
        let [tiles, macs, loads, stores, conversions, lookups, others, rows, columns] =
            std::array::from_fn(|i| u32::from_le_bytes(words[i]));
        let values = words[9..].iter().map(|word| f32::from_le_bytes(*word)).collect();
        let counts = Counts { tiles, macs, loads, stores, conversions, lookups, others };
        (Matrix::new(rows as usize, columns as usize, values), counts)
    }
}
