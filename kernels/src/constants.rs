//! What times are made of: each number with where it is from.
//!
//! None of these was measured by this project, which has no NPU. Numbers marked [`Evidence::Fitted`] were chosen so
//! that the points of [`crate::cost::points`] that are for it come out best. The model of times and the simulator have
//! the same.
//!
//! Of XDNA2's controller nothing is known: what is published of it are whole launches, which hold the host and the
//! firmware, too.

use crate::txn::Generation;

/// How a number is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Somebody measured it on hardware and published it.
    Measured,
    /// It is in a driver's, a compiler's or a manual's tables.
    Read,
    /// It follows from something else that was measured or read.
    Inferred,
    /// It makes the points that are for calibration come out best.
    Fitted,
    /// Nobody published it: it is taken from the other device, or guessed.
    Assumed,
}

impl Evidence {
    /// For tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Read => "read",
            Self::Inferred => "inferred",
            Self::Fitted => "fitted",
            Self::Assumed => "assumed",
        }
    }
}

/// A number, and why it is that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Known {
    /// The number.
    pub value: f64,
    /// How it is known.
    pub evidence: Evidence,
    /// From whom: repository and file, or paper.
    pub source: &'static str,
}

const fn known(value: f64, evidence: Evidence, source: &'static str) -> Known {
    Known { value, evidence, source }
}

/// All numbers of a device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Constants {
    /// Cycles of the array per second.
    pub clock: Known,
    /// bfloat16 products that a core's multiplier adds per cycle, when nothing keeps it from it.
    pub products: Known,
    /// The share of them that others' compiled kernels reach.
    pub reached: Known,
    /// Words per cycle of a stream inside the array.
    pub stream: Known,
    /// Words per cycle of a shim's channel that reads.
    pub shim_in: Known,
    /// Words per cycle of a shim's channel that writes.
    pub shim_out: Known,
    /// Bytes per second of all shims together, what is read and what is written.
    pub memory: Known,
    /// Cycles per second in which all costs of the controller and of its tasks are counted.
    pub control: Known,
    /// Cycles of the controller for writing a register.
    pub write: Known,
    /// Cycles of the controller for writing some bits of a register.
    pub write_masked: Known,
    /// Cycles of the controller for writing eight words.
    pub write_block: Known,
    /// Cycles from one start to the next, when the channel of the first was idle.
    pub start_idle: Known,
    /// Cycles from one start to the next, when the channel of the first was busy.
    pub start_queued: Known,
    /// Cycles until the first word of the first task that reads.
    pub first_in: Known,
    /// Cycles until the first word of the first task that writes.
    pub first_out: Known,
    /// Cycles of each task that reads, besides its words.
    pub task_in: Known,
    /// Cycles of each task that writes, besides its words.
    pub task_out: Known,
    /// Seconds of a run that does nothing, from its start to the end of the wait for it.
    pub launch: Known,
    /// Seconds of a list of runs, besides its runs.
    pub list: Known,
    /// Seconds of a run in a list, besides what it does.
    pub listed: Known,
    /// Seconds until another design is on the array.
    pub switch: Known,
}

/// Runs that a list may have.
pub const LISTED: usize = 64;

use Evidence::{Assumed, Fitted, Inferred, Measured, Read};

const CONTROL: &str =
    "FIM43-Redeye/xdna-emu, docs/archive/findings/2026-05-04-control-path-cycle-calibration.md";
const DISPATCH: &str =
    "FIM43-Redeye/xdna-emu, docs/superpowers/findings/2026-05-27-phase-2c-dispatch-overhead-recalibration.md";
const SHIM: &str =
    "FIM43-Redeye/xdna-emu, docs/superpowers/findings/2026-05-25-shim-throughput-1-word-per-cycle.md";
const OF_XDNA1: &str = "XDNA1's: nothing is published for XDNA2";

impl Constants {
    /// Those of a generation.
    pub const fn of(generation: Generation) -> Self {
        match generation {
            Generation::Npu1 => Self::XDNA1,
            Generation::Npu2 => Self::XDNA2,
        }
    }

    /// XDNA1: Phoenix, Hawk Point.
    pub const XDNA1: Self = Self {
        clock: known(
            1.0e9,
            Inferred,
            "amd/xdna-driver npu1_regs.c has 800 to 1600 MHz; products of drakosha/whisper-xdna fit 1.0, and a core of \
             scalable-analyses/xdna needs 1.56 at least when the driver is told to be fast",
        ),
        products: known(128.0, Read, "Xilinx/aie_api detail/aie2/mmul_bf16_bf16.hpp: 4×8×4 a cycle"),
        reached: known(
            0.8,
            Measured,
            "Xilinx/mlir-aie issue 2735: compiled kernels reach 'at most ~80 %'; one by hand, scalable-analyses/xdna, 86",
        ),
        stream: known(1.0, Read, "AMD AM020: streams of 32 bits"),
        shim_in: known(0.95, Measured, SHIM),
        shim_out: known(1.0, Measured, SHIM),
        memory: known(22.2e9, Fitted, "products of drakosha/whisper-xdna"),
        control: known(1.0e9, Inferred, "the array's, whose timer they were measured with"),
        write: known(100.5, Measured, CONTROL),
        write_masked: known(210.0, Measured, CONTROL),
        write_block: known(203.0, Measured, CONTROL),
        start_idle: known(3050.0, Measured, DISPATCH),
        start_queued: known(520.0, Measured, DISPATCH),
        first_in: known(1330.0, Measured, DISPATCH),
        first_out: known(341.0, Measured, DISPATCH),
        task_in: known(325.0, Measured, DISPATCH),
        task_out: known(179.0, Measured, DISPATCH),
        launch: known(45e-6, Measured, "Xilinx/mlir-aie issue 2381: a kernel that does nothing"),
        list: known(26.05e-6, Fitted, "lists of amd/xdna-driver pull request 135"),
        listed: known(29.61e-6, Fitted, "lists of amd/xdna-driver pull request 135"),
        switch: known(2.81e-3, Measured, "drakosha/whisper-xdna README.md: a pair of switches"),
    };

    /// XDNA2: Strix, Krackan, Strix Halo.
    pub const XDNA2: Self = Self {
        clock: known(1.8e9, Inferred, "amd/xdna-driver npu4_regs.c has 792 to 1800 MHz"),
        products: known(128.0, Measured, "arXiv 2512.13282: 14.71 TFLOPS of 32 cores at 1.8 GHz"),
        reached: known(0.8, Assumed, OF_XDNA1),
        stream: known(1.0, Read, "AMD AM027: streams of 32 bits"),
        shim_in: known(0.95, Assumed, OF_XDNA1),
        shim_out: known(1.0, Assumed, OF_XDNA1),
        memory: known(51.1e9, Fitted, "copies of atassis/xdna-engine and Xilinx/mlir-aie"),
        control: known(1.0e9, Assumed, "as slow as XDNA1's"),
        write: known(100.5, Assumed, OF_XDNA1),
        write_masked: known(210.0, Assumed, OF_XDNA1),
        write_block: known(203.0, Assumed, OF_XDNA1),
        start_idle: known(3050.0, Assumed, OF_XDNA1),
        start_queued: known(520.0, Assumed, OF_XDNA1),
        first_in: known(1330.0, Assumed, OF_XDNA1),
        first_out: known(341.0, Assumed, OF_XDNA1),
        task_in: known(325.0, Assumed, OF_XDNA1),
        task_out: known(179.0, Assumed, OF_XDNA1),
        launch: known(50e-6, Measured, "amd/IRON issue 43: the latency test of xrt-smi on Strix"),
        list: known(38.6e-6, Inferred, "a launch less what a run of many takes"),
        listed: known(11.4e-6, Measured, "amd/IRON issue 43: the throughput test of xrt-smi on Strix"),
        switch: known(2.67e-3, Measured, "atassis/xdna-engine docs/where-time-goes.md"),
    };

    /// All of them with their names and units, for tables.
    pub fn table(&self) -> [(&'static str, Known, f64, &'static str); 21] {
        [
            ("clock", self.clock, 1e9, "GHz"),
            ("products of a core", self.products, 1.0, "per cycle"),
            ("share that kernels reach", self.reached, 1.0, "per one"),
            ("stream", self.stream, 1.0, "words/cycle"),
            ("shim, reading", self.shim_in, 1.0, "words/cycle"),
            ("shim, writing", self.shim_out, 1.0, "words/cycle"),
            ("memory", self.memory, 1e9, "GB/s"),
            ("controller", self.control, 1e9, "GHz"),
            ("write", self.write, 1.0, "cycles"),
            ("masked write", self.write_masked, 1.0, "cycles"),
            ("write of 8 words", self.write_block, 1.0, "cycles"),
            ("start of an idle channel", self.start_idle, 1.0, "cycles"),
            ("start of a busy channel", self.start_queued, 1.0, "cycles"),
            ("first word read", self.first_in, 1.0, "cycles"),
            ("first word written", self.first_out, 1.0, "cycles"),
            ("task that reads", self.task_in, 1.0, "cycles"),
            ("task that writes", self.task_out, 1.0, "cycles"),
            ("launch", self.launch, 1e-6, "µs"),
            ("list of runs", self.list, 1e-6, "µs"),
            ("run in a list", self.listed, 1e-6, "µs"),
            ("change of design", self.switch, 1e-3, "ms"),
        ]
    }
}
