//! What was measured, on what, and how.

use super::baseline::Comparison;
use super::ceilings::Ceilings;
use super::figure::Figure;
use super::fresh_process::Fresh;
use super::stages::StageFigures;
use super::streams::Served;
use crate::cli::machine;
use hark_engine::dims::WINDOW_SAMPLES;
use hark_engine::encoder::npu::NpuReport;
use hark_engine::encoder::{BackendInfo, Precision};
use hark_engine::metrics::{AudioTime, WallTime, rtf, speed_x};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
pub struct Report {
    pub hark: &'static str,
    pub build: Build,
    pub machine: Machine,
    pub model: String,
    #[serde(flatten)]
    pub runs: Runs,
    /// If there was something to compare with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compared: Option<Comparison>,
}

/// A single run is part of the report itself.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Runs {
    One(Box<Run>),
    Several { runs: Vec<Run> },
}

impl Runs {
    pub fn of(mut runs: Vec<Run>) -> Self {
        match runs.pop() {
            Some(run) if runs.is_empty() => Self::One(Box::new(run)),
            last => Self::Several { runs: runs.into_iter().chain(last).collect() },
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Run> {
        match self {
            Self::One(run) => std::slice::from_ref(&**run).iter(),
            Self::Several { runs } => runs.iter(),
        }
    }
}

#[derive(Serialize)]
pub struct Build {
    pub target: &'static str,
    pub optimised: bool,
}

#[derive(Serialize)]
pub struct Machine {
    pub cpu: Option<String>,
    pub features: Vec<&'static str>,
    pub physical_cores: usize,
    pub logical_cores: usize,
    pub memory_bytes: Option<u64>,
}

impl Machine {
    pub fn this() -> Self {
        let there = machine::cpu_features().into_iter().filter(|(_, there)| *there);
        Self {
            cpu: machine::cpu_name(),
            features: there.map(|(feature, _)| feature).collect(),
            physical_cores: machine::physical_cores(),
            logical_cores: machine::logical_cores(),
            memory_bytes: machine::memory().map(|(total, _)| total),
        }
    }
}

/// One precision on one number of threads.
#[derive(Clone, Serialize)]
pub struct Run {
    pub threads: usize,
    pub precision: Precision,
    pub backend: BackendInfo,
    /// What speaks for the backend, if there is an NPU.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub npu: Option<NpuReport>,
    #[serde(flatten)]
    pub fresh: Fresh,
    #[serde(flatten)]
    pub stages: StageFigures,
    /// Recordings side by side, if that was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub served: Vec<Served>,
    #[serde(flatten)]
    pub ceilings: Ceilings,
    /// One window: the audio in it, and the median time it took.
    pub audio_s: f64,
    pub processing_s: f64,
    pub speed_x: Option<f64>,
    pub rtf: Option<f64>,
    /// What is inside the figures.
    pub what: BTreeMap<&'static str, String>,
}

impl Run {
    pub fn new(
        (backend, npu): (BackendInfo, Option<NpuReport>),
        fresh: Fresh,
        (stages, served): (StageFigures, Vec<Served>),
        ceilings: Ceilings,
    ) -> Self {
        let audio = AudioTime::from_samples(WINDOW_SAMPLES);
        let processing = WallTime(stages.window_total_ms.median / 1000.0);
        let mut run = Self {
            threads: backend.threads,
            precision: backend.precision,
            backend,
            npu,
            fresh,
            stages,
            served,
            ceilings,
            audio_s: audio.seconds(),
            processing_s: processing.seconds(),
            speed_x: speed_x(audio, processing),
            rtf: rtf(processing, audio),
            what: BTreeMap::new(),
        };
        run.what = run.times().into_iter().map(|time| (time.name, time.what)).collect();
        run
    }

    /// Every time, and memory, with what is inside.
    pub fn times(&self) -> Vec<Time> {
        let StageFigures { tokens, prompt_tokens, .. } = self.stages;
        let s = &self.stages;
        let time = |name, figure, what: &str| Time { name, figure, what: what.to_owned() };
        let rss = self.fresh.peak_rss_mb;
        let rss = rss.map(|rss| time("peak_rss_mb", rss, "at most, for load and one window; own process"));
        let mut times = vec![time("load_ms", self.fresh.load_ms, "file in memory to ready; own process")];
        times.extend(rss);
        times.extend([
            time("mel_ms", s.mel_ms, "log-mel spectrogram of 30 s; one thread"),
            time("encoder_ms", s.encoder_ms, "encoder, one 30 s window"),
            time("cross_kv_ms", s.cross_kv_ms, "keys and values of one window"),
            time("prefill256_ms", s.prefill256_ms, &format!("prompt of {prompt_tokens} tokens in one pass")),
            time("decoder_ms_per_token", s.decoder_ms_per_token, "middle step of one window with sampling"),
            time("batch8_ms_per_token", s.batch8_ms_per_token, "middle step of 8 windows, divided by 8"),
            time("decoder_cold_ms", s.decoder_cold_ms, "step of one window after reading 300 MB"),
            time("window_total_ms", s.window_total_ms, &format!("30 s to a text of {tokens} tokens, all in")),
        ]);
        times
    }
}

/// A line of the report.
pub struct Time {
    pub name: &'static str,
    pub figure: Figure,
    pub what: String,
}
