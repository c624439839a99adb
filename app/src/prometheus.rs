//! What an engine does, as Prometheus reads it: its text format, version 0.0.4
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/>). Times are in seconds.

use hark_engine::encoder::BackendInfo;
use hark_engine::encoder::npu::NpuReport;
use hark_engine::metrics::{Figures, Histogram};
use std::fmt::{Display, Write};

/// What an answer over HTTP says that it is.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Quantiles that are told beside the histograms, which know only doublings.
const QUANTILES: [f64; 3] = [0.5, 0.95, 0.99];

/// What the figures are of.
#[derive(Clone, Copy, Default)]
pub struct About<'a> {
    /// The model that is loaded, if one is, and who encodes.
    pub model: Option<(&'a str, &'a BackendInfo)>,
    /// How the NPU stands, if there is one.
    pub npu: Option<&'a NpuReport>,
}

/// The figures as a page.
pub fn page(figures: &Figures, about: About<'_>) -> String {
    let mut page = Page(String::new());
    page.info(about);
    page.jobs(figures);
    page.work(figures);
    page.stages(figures);
    page.batches(&figures.batch_sizes);
    if let Some(npu) = about.npu {
        page.npu(npu);
    }
    page.0
}

/// A page that is being written. Writing to a string cannot fail.
struct Page(String);

/// Names and values of what tells the samples of a family apart.
type Labels<'a> = &'a [(&'a str, &'a str)];

impl Page {
    fn info(&mut self, about: About<'_>) {
        self.family("hark_build_info", "gauge", "Always 1; the label is the version of Hark.");
        self.sample("hark_build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
        if let Some((model, backend)) = about.model {
            let (precision, threads) = (backend.precision.to_string(), backend.threads.to_string());
            let labels = [
                ("model", model),
                ("backend", &backend.name),
                ("precision", &precision),
                ("threads", &threads),
            ];
            self.family("hark_model_info", "gauge", "Always 1; the labels are the model and who encodes.");
            self.sample("hark_model_info", &labels, 1);
        }
    }

    fn jobs(&mut self, figures: &Figures) {
        let Figures { admitted, finished, failed, cancelled, refused, .. } = figures;
        self.counter("hark_jobs_admitted_total", "Recordings that were taken in.", admitted);
        self.family("hark_jobs_ended_total", "counter", "Recordings that were taken in and have ended.");
        for (outcome, count) in [("finished", finished), ("failed", failed), ("cancelled", cancelled)] {
            self.sample("hark_jobs_ended_total", &[("outcome", outcome)], count);
        }
        self.counter("hark_jobs_refused_total", "Recordings for which there was no room.", refused);
        self.gauge("hark_jobs_under_way", "Recordings that have not ended.", figures.under_way());
    }

    fn work(&mut self, figures: &Figures) {
        let Figures { windows, audio, busy, launches, encoder_time, fallbacks, .. } = figures;
        self.gauge("hark_uptime_seconds", "Time since the engine began.", figures.uptime().seconds());
        self.counter(
            "hark_busy_seconds_total",
            "Time in which anything was computed; windows and audio by it are the engine's speed.",
            busy.seconds(),
        );
        self.counter("hark_windows_total", "Windows of 30 s or less that became text.", windows);
        self.counter(
            "hark_audio_seconds_total",
            "Audio of the recordings that were finished.",
            audio.seconds(),
        );
        self.counter("hark_encoder_launches_total", "Encoder layers that ran.", launches);
        self.counter(
            "hark_encoder_seconds_total",
            "Time inside the encoder; its rate is the share of the time in which the device is busy.",
            encoder_time.seconds(),
        );
        self.counter("hark_fallbacks_total", "Attempts at a window at another temperature.", fallbacks);
    }

    /// The exact counts of a histogram, and quantiles, which cannot be computed from doublings.
    fn stages(&mut self, figures: &Figures) {
        let stages = figures.stages();
        let name = "hark_stage_seconds";
        self.family(
            name,
            "histogram",
            "How long a piece's reading and its spectrogram, a window's encoding and cross keys and values, a step of the \
             decoder, a job's wait for its first window and a whole job took.",
        );
        for (stage, histogram) in stages {
            for (bound, count) in histogram.cumulative() {
                self.sample(
                    "hark_stage_seconds_bucket",
                    &[("stage", stage), ("le", &bound.to_string())],
                    count,
                );
            }
            self.sample("hark_stage_seconds_bucket", &[("stage", stage), ("le", "+Inf")], histogram.count());
            self.totals(name, &[("stage", stage)], histogram);
        }
        let name = "hark_stage_quantiles_seconds";
        self.family(name, "summary", "The same since the engine began: what a share of all did not exceed.");
        for (stage, histogram) in stages {
            for q in QUANTILES {
                let value = histogram.quantile(q).unwrap_or(f64::NAN);
                self.sample(name, &[("stage", stage), ("quantile", &q.to_string())], value);
            }
            self.totals(name, &[("stage", stage)], histogram);
        }
    }

    fn totals(&mut self, name: &str, labels: Labels<'_>, histogram: &Histogram) {
        self.sample(&format!("{name}_sum"), labels, histogram.sum());
        self.sample(&format!("{name}_count"), labels, histogram.count());
    }

    fn batches(&mut self, sizes: &[u64]) {
        let name = "hark_batch_windows";
        self.family(name, "histogram", "Windows that shared a step of the decoder.");
        let (mut steps, mut windows) = (0, 0);
        for (count, size) in sizes.iter().zip(1u64..) {
            (steps, windows) = (steps + count, windows + count * size);
            self.sample("hark_batch_windows_bucket", &[("le", &size.to_string())], steps);
        }
        self.sample("hark_batch_windows_bucket", &[("le", "+Inf")], steps);
        self.sample("hark_batch_windows_sum", &[], windows);
        self.sample("hark_batch_windows_count", &[], steps);
    }

    fn npu(&mut self, npu: &NpuReport) {
        let NpuReport { windows, device_ms, counters, vigil, restarts, .. } = npu;
        self.counter("hark_npu_windows_total", "Windows that the NPU encoded.", windows);
        self.counter("hark_npu_device_seconds_total", "Time that the device took for them.", device_ms / 1e3);
        self.counter("hark_npu_commands_total", "Commands that the device completed.", counters.commands);
        self.counter("hark_npu_wrong_windows_total", "Windows that were found wrong.", vigil.wrong);
        self.counter("hark_npu_restarts_total", "Processes that replaced one with a fault.", restarts);
    }

    fn counter(&mut self, name: &str, help: &str, value: impl Display) {
        self.family(name, "counter", help);
        self.sample(name, &[], value);
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.family(name, "gauge", help);
        self.sample(name, &[], value);
    }

    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: Labels<'_>, value: impl Display) {
        let labels: Vec<_> =
            labels.iter().map(|(label, value)| format!("{label}=\"{}\"", escaped(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}

#[cfg(test)]
mod tests;
