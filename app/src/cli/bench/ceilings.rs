//! What this machine reaches at most with a number of threads: the yardstick for everything else.

use super::figure::{Effort, Figure, timed};
use crate::cli::exit::Failure;
use hark_engine::Workers;
use hark_engine::encoder::Precision;
use hark_engine::peaks::{self, Arithmetic};
use serde::Serialize;
use std::hint::black_box;

/// More than the caches of a desktop hold.
const SWEEP_BYTES: usize = 300_000_000;
/// About what a token of the base model reads.
const BUFFER_BYTES: usize = 50_000_000;
/// Tiles that a task multiplies in one run, which takes about a millisecond: most runs end before
/// another program gets its turn.
const TILES: usize = 100;
/// Runs at least, as they are so short.
const RUNS: usize = 15;

/// Peaks in 10⁹ per second: two operations per product, in registers, and bytes read.
#[derive(Clone, Debug, Serialize)]
pub struct Ceilings {
    /// Dot products of vectors.
    pub int8_peak_gops: Figure,
    /// `None` where the CPU has no registers for matrices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub int8_matrix_peak_gops: Option<Figure>,
    pub int16_peak_gops: Figure,
    /// `None` where the CPU has no such instruction.
    pub bf16_peak_gflops: Option<Figure>,
    pub f32_peak_gflops: Figure,
    /// Reading 300 MB.
    pub memory_read_gbs: Figure,
    /// Reading 50 MB again and again.
    pub cache_read_gbs: Figure,
}

impl Ceilings {
    /// Measures them on the threads of `workers`.
    pub fn measure(workers: &Workers, sweep: &Sweep, effort: Effort) -> Result<Self, Failure> {
        let effort = Effort { runs: effort.runs.max(RUNS), ..effort };
        let arithmetic = |kind| arithmetic(workers, kind, effort);
        let where_there = |kind| peaks::has(kind).then(|| arithmetic(kind)).transpose();
        let read = |values: &[u64]| {
            let times =
                effort.repeat(|| Ok(timed(|| black_box(peaks::read(workers, black_box(values)))).1))?;
            Ok(Figure::of_rates(size_of_val(values) as f64, &times))
        };
        Ok(Self {
            int8_peak_gops: arithmetic(Arithmetic::Int8)?,
            int16_peak_gops: arithmetic(Arithmetic::Int16)?,
            int8_matrix_peak_gops: where_there(Arithmetic::Int8Matrix)?,
            bf16_peak_gflops: where_there(Arithmetic::Bf16)?,
            f32_peak_gflops: arithmetic(Arithmetic::F32)?,
            memory_read_gbs: read(&sweep.0)?,
            cache_read_gbs: read(&sweep.0[..BUFFER_BYTES / size_of::<u64>()])?,
        })
    }

    /// The higher one of each of two.
    pub fn or_higher(self, other: &Self) -> Self {
        let higher = |a: Figure, b: Figure| if b.median > a.median { b } else { a };
        let where_there = |a: Option<Figure>, b: Option<Figure>| Some(higher(a?, b?));
        Self {
            int8_peak_gops: higher(self.int8_peak_gops, other.int8_peak_gops),
            int8_matrix_peak_gops: where_there(self.int8_matrix_peak_gops, other.int8_matrix_peak_gops),
            int16_peak_gops: higher(self.int16_peak_gops, other.int16_peak_gops),
            bf16_peak_gflops: where_there(self.bf16_peak_gflops, other.bf16_peak_gflops),
            f32_peak_gflops: higher(self.f32_peak_gflops, other.f32_peak_gflops),
            memory_read_gbs: higher(self.memory_read_gbs, other.memory_read_gbs),
            cache_read_gbs: higher(self.cache_read_gbs, other.cache_read_gbs),
        }
    }

    /// That of the products of linear layers. bf16 weights are widened and multiplied in f32.
    pub fn of_products(&self, precision: Precision) -> Figure {
        match precision {
            Precision::Int8 | Precision::Int8Int16 => {
                self.int8_matrix_peak_gops.unwrap_or(self.int8_peak_gops)
            }
            Precision::Bf16 | Precision::F32 => self.f32_peak_gflops,
        }
    }

    /// That of reading `bytes` again and again.
    pub fn of_reading(&self, bytes: f64) -> Figure {
        let small = bytes < ((BUFFER_BYTES + SWEEP_BYTES) / 2) as f64;
        if small { self.cache_read_gbs } else { self.memory_read_gbs }
    }
}

fn arithmetic(workers: &Workers, kind: Arithmetic, effort: Effort) -> Result<Figure, Failure> {
    let runs = effort.repeat(|| Ok(timed(|| peaks::multiply_add(workers, kind, TILES))))?;
    Ok(Figure::of(runs.iter().map(|(done, time)| *done as f64 / time.as_secs_f64() / 1e9).collect()))
}

/// Other data, which pushes the model out of the caches when it is read.
pub struct Sweep(Vec<u64>);

impl Sweep {
    /// Written, so that it is memory of its own.
    pub fn new() -> Self {
        Self(vec![1; SWEEP_BYTES / size_of::<u64>()])
    }

    /// Reads all of it on all threads.
    pub fn read(&self, workers: &Workers) {
        black_box(peaks::read(workers, black_box(&self.0)));
    }
}
