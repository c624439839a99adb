//! The report for people, within 100 columns.

use super::baseline::Comparison;
use super::figure::Figure;
use super::report::{Report, Run};
use crate::text::size;
use std::fmt::{self, Write};

/// The whole report.
pub fn table(report: &Report) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = head(&mut text, report);
    for run in report.runs.iter() {
        let _ = times(&mut text, run).and_then(|()| batches(&mut text, run));
        let _ = served(&mut text, run);
        let _ = speeds(&mut text, run).and_then(|()| summary(&mut text, run));
    }
    text += &report.compared.as_ref().map(Comparison::table).unwrap_or_default();
    text
}

fn head(text: &mut String, report: &Report) -> fmt::Result {
    let Report { machine, build, .. } = report;
    let cpu = machine.cpu.as_deref().unwrap_or(build.target);
    let memory = machine.memory_bytes.map_or_else(|| "memory not told".into(), size);
    let (physical, logical) = (machine.physical_cores, machine.logical_cores);
    writeln!(text, "machine  {cpu}, {physical} physical and {logical} logical cores, {memory}")?;
    writeln!(text, "flags    {}", machine.features.join(" "))?;
    let unoptimised = if build.optimised { "" } else { "; this is a debug build, several times as slow" };
    writeln!(text, "build    hark {} for {}{unoptimised}", report.hark, build.target)?;
    writeln!(text, "model    {}", report.model)
}

fn times(text: &mut String, run: &Run) -> fmt::Result {
    let threads = if run.threads == 1 { "1 thread".into() } else { format!("{} threads", run.threads) };
    let title = format!("{}, {threads}", run.precision);
    writeln!(text, "\n{title:<22}  {:>9}  {:>9}  {:>3}  of what", "median", "spread", "n")?;
    for time in run.times() {
        row(text, time.name, time.figure, &time.what)?;
    }
    Ok(())
}

fn row(text: &mut String, name: &str, figure: Figure, what: &str) -> fmt::Result {
    let Figure { median, spread, n } = figure;
    writeln!(text, "{name:<22}  {median:>9.2}  {spread:>9.2}  {n:>3}  {what}")
}

fn batches(text: &mut String, run: &Run) -> fmt::Result {
    writeln!(
        text,
        "\n{:<22}  {:>9}  {:>9}  {:>3}  reading",
        "windows side by side", "ms/token", "spread", "n"
    )?;
    for batch in &run.stages.batches {
        row(text, &batch.windows.to_string(), batch.ms_per_token, &format!("{:.1} GB/s", batch.gbs.median))?;
    }
    Ok(())
}

fn served(text: &mut String, run: &Run) -> fmt::Result {
    if run.served.is_empty() {
        return Ok(());
    }
    let tokens = run.stages.tokens;
    let head = ("recordings at once", "x real", "spread", "n");
    writeln!(
        text,
        "\n{:<22}  {:>9}  {:>9}  {:>3}  30 s each, {tokens} tokens, all in",
        head.0, head.1, head.2, head.3
    )?;
    for served in &run.served {
        let (windows, time, batch) = (served.windows, served.total_ms.median, served.mean_batch.median);
        let what = format!("{windows} in {time:.0} ms, {batch:.1} a step");
        row(text, &served.streams.to_string(), served.speed_x, &what)?;
    }
    Ok(())
}

fn speeds(text: &mut String, run: &Run) -> fmt::Result {
    let (stages, ceilings) = (&run.stages, &run.ceilings);
    let products = ceilings.of_products(run.precision);
    let lines = [
        ("encoder", stages.encoder_gops, products, "Gop/s"),
        ("cross keys, values", stages.cross_kv_gops, products, "Gop/s"),
        ("prompt", stages.prefill256_gops, products, "Gop/s"),
        ("decoder, warm", stages.decoder_gbs, ceilings.of_reading(stages.bytes_per_token), "GB/s"),
        ("decoder, cold", stages.decoder_cold_gbs, ceilings.memory_read_gbs, "GB/s"),
    ];
    writeln!(text, "\n{:<22}  {:>9}  {:>9}  share", "against the machine", "achieved", "peak")?;
    for (name, achieved, peak, unit) in lines {
        let share = if peak.median > 0.0 { 100.0 * achieved.median / peak.median } else { 0.0 };
        let (achieved, peak) = (achieved.median, peak.median);
        // Caches larger than the sweep are not emptied by it.
        let note = if share > 105.0 && unit == "GB/s" { ", from caches" } else { "" };
        writeln!(text, "{name:<22}  {achieved:>9.1}  {peak:>9.1}  {share:>4.0} %  {unit}{note}")?;
    }
    Ok(())
}

fn summary(text: &mut String, run: &Run) -> fmt::Result {
    let (ceilings, power) = (&run.ceilings, run.stages.power);
    let where_there =
        |peak: Option<Figure>| peak.map_or_else(|| "none".into(), |peak| format!("{:.0}", peak.median));
    let (matrices, bf16) =
        (where_there(ceilings.int8_matrix_peak_gops), where_there(ceilings.bf16_peak_gflops));
    writeln!(
        text,
        "\npeaks    int8 {:.0} (matrices {matrices}), int16 {:.0}, bf16 {bf16}, f32 {:.0} Gop/s\n         reading 300 MB {:.1}, 50 MB {:.1} GB/s",
        ceilings.int8_peak_gops.median,
        ceilings.int16_peak_gops.median,
        ceilings.f32_peak_gflops.median,
        ceilings.memory_read_gbs.median,
        ceilings.cache_read_gbs.median,
    )?;
    match (power.encoder_w, power.decoder_w) {
        (Some(encoder), Some(decoder)) => {
            writeln!(text, "power    {encoder:.1} W while encoding, {decoder:.1} W while decoding")?;
        }
        _ => writeln!(text, "power    not told by this machine")?,
    }
    let speed = match run.speed_x {
        Some(speed) if speed >= 1.0 => format!("{speed:.1}× real time"),
        Some(speed) => format!("slower than real time ({speed:.1}×)"),
        None => "not measured".into(),
    };
    writeln!(text, "speed    {speed} (30 s of audio in {:.2} s: window_total_ms)", run.processing_s)
}
