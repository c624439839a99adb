//! Which figures are kept, as shares of what the machine reaches, and how much worse each may be.
//!
//! Measurements of the demo model on two shared cores, one after the other with nothing else running, differed by 12 % at
//! most. The margins are wider: a figure that depends on one thing alone (the encoder on arithmetic) has a small one, one
//! that depends on memory and caches, which others use as well, a larger one.

use crate::cli::bench::ceilings::Ceilings;
use crate::cli::bench::figure::Figure;
use crate::cli::bench::report::Run;

/// Windows of the spectrogram: 3000 transforms of 400 values and as many products with 80 filters of 201 values. What
/// is saved of them does not matter, as long as it stays the same number.
const MEL_OPERATIONS: f64 = 3000.0 * (5.0 * 400.0 * 8.64 + 2.0 * 80.0 * 201.0);

/// One figure of a measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kept {
    /// As in the report.
    pub name: &'static str,
    /// As in the report: milliseconds, or 10⁶ bytes.
    pub figure: Figure,
    /// The part of its time that it would take at the machine's peaks, more is better; of memory, 100 MB over what is
    /// taken.
    pub share: f64,
}

/// What a figure is held to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Margin {
    /// As in the report.
    pub name: &'static str,
    /// The share may be smaller by this part.
    pub margin: f64,
    /// Whether the figure tells of the instruction set as well, of which a share says nothing on another one.
    pub is_speed: bool,
}

/// The margins.
pub const MARGINS: [Margin; 10] = [
    speed("load_ms", 0.30),
    Margin { name: "peak_rss_mb", margin: 0.10, is_speed: false },
    speed("mel_ms", 0.20),
    speed("encoder_ms", 0.15),
    speed("cross_kv_ms", 0.20),
    speed("prefill256_ms", 0.20),
    speed("decoder_ms_per_token", 0.20),
    speed("batch8_ms_per_token", 0.20),
    speed("decoder_cold_ms", 0.25),
    speed("window_total_ms", 0.15),
];

const fn speed(name: &'static str, margin: f64) -> Margin {
    Margin { name, margin, is_speed: true }
}

/// The figures of a run whose model's file has so many bytes, on a machine with these peaks.
pub fn of(run: &Run, ceilings: &Ceilings, file_bytes: u64) -> Vec<Kept> {
    let stages = &run.stages;
    let products = ceilings.of_products(run.precision).median;
    let reading = |bytes: f64| ceilings.of_reading(bytes).median;
    let (warm, cold) = (reading(stages.bytes_per_token), ceilings.memory_read_gbs.median);
    let f32_of_one = ceilings.f32_peak_gflops.median / run.threads as f64;
    let batch = stages.batches.iter().max_by_key(|batch| batch.windows);
    let batch = batch.map_or(0.0, |batch| batch.gbs.median / warm);
    // What each part of a window takes at least, in milliseconds.
    let at_best = |milliseconds: Figure, rate: Figure, peak: f64| milliseconds.median * rate.median / peak;
    let steps = stages.tokens as f64 * stages.bytes_per_token / (warm * 1e6);
    let mel = MEL_OPERATIONS / (f32_of_one * 1e6);
    let window = mel
        + at_best(stages.encoder_ms, stages.encoder_gops, products)
        + at_best(stages.cross_kv_ms, stages.cross_kv_gops, products)
        + steps;
    let share = |name: &str, figure: Figure| match name {
        "load_ms" => file_bytes as f64 / (cold * 1e6) / figure.median,
        "peak_rss_mb" => 100.0 / figure.median,
        "mel_ms" => mel / figure.median,
        "encoder_ms" => stages.encoder_gops.median / products,
        "cross_kv_ms" => stages.cross_kv_gops.median / products,
        "prefill256_ms" => stages.prefill256_gops.median / products,
        "decoder_ms_per_token" => stages.decoder_gbs.median / warm,
        "batch8_ms_per_token" => batch,
        "decoder_cold_ms" => stages.decoder_cold_gbs.median / cold,
        _ => window / figure.median,
    };
    let kept = |margin: Margin| {
        let time = run.times().into_iter().find(|time| time.name == margin.name)?;
        let share = share(time.name, time.figure);
        share.is_finite().then_some(Kept { name: time.name, figure: time.figure, share })
    };
    MARGINS.into_iter().filter_map(kept).collect()
}

/// What the shares are of, in 10⁹ per second.
pub fn peaks(ceilings: &Ceilings) -> Vec<(&'static str, f64)> {
    let mut peaks = vec![
        ("int8_peak_gops", ceilings.int8_peak_gops.median),
        ("f32_peak_gflops", ceilings.f32_peak_gflops.median),
        ("memory_read_gbs", ceilings.memory_read_gbs.median),
        ("cache_read_gbs", ceilings.cache_read_gbs.median),
    ];
    peaks.extend(ceilings.int8_matrix_peak_gops.map(|peak| ("int8_matrix_peak_gops", peak.median)));
    peaks
}
