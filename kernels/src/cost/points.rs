//! What others measured on hardware and published. Half of it is for calibration, half for judging the model.
//!
//! Which is for what was decided before there was a model: of each kind, in the order in which its source has them, in
//! turn. All figures are of XDNA1 and bfloat16 unless they say otherwise.
//!
//! Left out, because it is not known what ran: amd/IRON issue 55 (2048³ on XDNA2 in 24.7 ms, far below all others),
//! atassis/xdna-engine's 16.8 MB in 759 µs (on how many columns is not said), and everything that was timed through
//! Python.
//!
//! The peak of a product on the whole array is that of a kernel of others, which is counted by its own blocks
//! ([`super::counted`]), and waits for memory: which share of the peak it reaches depends on a clock that its source does
//! not name. By the model it is 64 % at 1.0 GHz, 50 at 1.39 and 43 at 1.6.

/// What a point is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Numbers are chosen so that it comes out well.
    Calibration,
    /// It says how good the model is.
    Judging,
}

/// Something that was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// What for.
    pub purpose: Purpose,
    /// What ran.
    pub what: What,
    /// What was measured, in the unit of [`What`].
    pub measured: f64,
    /// Who published it: repository and file, issue, or paper.
    pub source: &'static str,
}

/// What ran when something was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum What {
    /// A product of matrices on the whole array, as one launch; seconds.
    Product(Product),
    /// The share of the multipliers' peak that a large product reaches, on the whole array; per one.
    Peak {
        /// Rows, inner length and columns of the tile that a core computes at a time.
        tile: [u32; 3],
        /// Bytes of a value that comes out.
        out: u32,
    },
    /// The same of the best product that anybody made; with which tiles is not known here.
    Best,
    /// A core's product that is called again and again, of which nothing is moved; cycles.
    Core {
        /// Rows, inner length and columns.
        tile: [u32; 3],
    },
    /// A run that does nothing or next to nothing; seconds.
    Launch {
        /// Of XDNA2 or XDNA1.
        second: bool,
    },
    /// A run in lists of so many that do nothing; seconds.
    List {
        /// Of XDNA2 or XDNA1.
        second: bool,
        /// Runs in a list; none for runs that are queued one by one.
        runs: u32,
    },
    /// Bytes that go between memory and the array; per second. All of XDNA2.
    Memory,
    /// Cycles from the end of a task of 64 words to the next one's start.
    Gap {
        /// Whether it reads or writes.
        reads: bool,
    },
}

/// `C = A·B` as mlir-aie's `whole_array` example does it: A's tiles to the cores of a row, B's to those of a column, C's
/// from each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Product {
    /// Rows, inner length, columns.
    pub shape: [u32; 3],
    /// The same of the tile that a core computes at a time.
    pub tile: [u32; 3],
    /// Bytes of a value of C.
    pub out: u32,
}

const fn product(shape: [u32; 3], tile: [u32; 3]) -> What {
    What::Product(Product { shape, tile, out: 4 })
}

const fn point(purpose: Purpose, what: What, measured: f64, source: &'static str) -> Point {
    Point { purpose, what, measured, source }
}

/// Seconds of a product from its speed.
const fn at_gflops([m, k, n]: [u32; 3], gflops: f64) -> f64 {
    2.0 * m as f64 * k as f64 * n as f64 / (gflops * 1e9)
}

use Purpose::{Calibration, Judging};

const WHISPER_XDNA: &str = "drakosha/whisper-xdna README.md, GEMM throughput; tiles: bench/probe_floor.py";
const LISTS: &str = "amd/xdna-driver pull request 135, runlist_noop_test on 1502_00";
const GAPS: &str =
    "FIM43-Redeye/xdna-emu, docs/superpowers/findings/2026-05-25-npu-controller-dispatch-overhead.md";

const BY_HAND: &str =
    "scalable-analyses/xdna docs/source/xdna1_kernel.rst: 398 GFLOPS of one core at 1.8 GHz, in assembly";

/// Cycles of a core's product from its speed.
const fn at_clock([m, k, n]: [u32; 3], gflops: f64, clock: f64) -> f64 {
    at_gflops([m, k, n], gflops) * clock
}

/// All of it.
pub const POINTS: [Point; 28] = [
    point(
        Calibration,
        product([1536, 1536, 384], [64, 64, 32]),
        at_gflops([1536, 1536, 384], 1761.0),
        WHISPER_XDNA,
    ),
    point(
        Judging,
        product([1536, 5120, 1280], [64, 64, 32]),
        at_gflops([1536, 5120, 1280], 1514.0),
        WHISPER_XDNA,
    ),
    point(
        Calibration,
        product([1536, 1280, 1280], [64, 64, 32]),
        at_gflops([1536, 1280, 1280], 1409.0),
        WHISPER_XDNA,
    ),
    point(Judging, product([1536, 64, 1536], [32, 64, 64]), at_gflops([1536, 64, 1536], 386.0), WHISPER_XDNA),
    point(
        Calibration,
        product([512, 512, 512], [64, 64, 32]),
        0.267e-3,
        "drakosha/whisper-xdna src/rawxrt.py, without the Python wrapper",
    ),
    point(
        Judging,
        What::Peak { tile: [64, 64, 64], out: 2 },
        0.5,
        "Xilinx/mlir-aie issue 2735: 'at most ~50 %', at a clock that is not named",
    ),
    point(Judging, What::Core { tile: [32, 32, 32] }, at_clock([32, 32, 32], 398.0, 1.8e9), BY_HAND),
    point(Calibration, What::Launch { second: false }, 45e-6, "Xilinx/mlir-aie issue 2381, an empty kernel"),
    point(Judging, What::Launch { second: false }, 60e-6, "Xilinx/mlir-aie issue 2381, a tiny kernel"),
    point(Calibration, What::Launch { second: true }, 50e-6, "amd/IRON issue 43, xrt-smi on Strix"),
    point(Judging, What::Launch { second: true }, 52e-6, "amd/IRON issue 55, xrt-smi on Strix Halo"),
    point(Judging, What::Launch { second: true }, 64e-6, "Xilinx/mlir-aie issue 3793, a persistent core"),
    point(Calibration, What::List { second: false, runs: 1 }, 55.6627e-6, LISTS),
    point(Judging, What::List { second: false, runs: 2 }, 42.5632e-6, LISTS),
    point(Calibration, What::List { second: false, runs: 4 }, 36.1183e-6, LISTS),
    point(Judging, What::List { second: false, runs: 8 }, 32.8424e-6, LISTS),
    point(Calibration, What::List { second: false, runs: 16 }, 1e6 / 32006.5e6, LISTS),
    point(
        Calibration,
        What::List { second: true, runs: 0 },
        1.0 / 87380.0,
        "amd/IRON issue 43, xrt-smi on Strix",
    ),
    point(
        Judging,
        What::List { second: true, runs: 0 },
        1.0 / 78771.0,
        "amd/IRON issue 55, xrt-smi on Strix Halo",
    ),
    point(
        Calibration,
        What::Memory,
        47e9,
        "atassis/xdna-engine docs/data-movement-thesis.md, reading without computing",
    ),
    point(
        Judging,
        What::Memory,
        57e9,
        "atassis/xdna-engine docs/data-movement-thesis.md, an encoder's products",
    ),
    point(
        Calibration,
        What::Memory,
        55.53e9,
        "Xilinx/mlir-aie pull request 2559, basic/memcpy before; that it is XDNA2 is inferred",
    ),
    point(
        Judging,
        What::Memory,
        66.58e9,
        "Xilinx/mlir-aie pull request 2559, basic/memcpy after; that it is XDNA2 is inferred",
    ),
    point(
        Judging,
        What::Memory,
        52.7e9,
        "atassis/xdna-engine docs/aie2p-architecture-and-roofline.md, reading on 8 columns",
    ),
    point(
        Judging,
        What::Memory,
        67.6e9,
        "atassis/xdna-engine docs/aie2p-architecture-and-roofline.md, reading and writing",
    ),
    point(Judging, What::Gap { reads: true }, 2700.0, GAPS),
    point(Judging, What::Gap { reads: false }, 2870.0, GAPS),
    point(Judging, What::Best, 3140.0 / 4096.0, "arXiv 2512.13282, best of bfloat16 on XDNA1"),
];
