//! `hark bench`: how fast this machine is with a model.
//!
//! Here the benchmark itself is what the engine thread is elsewhere: the one that computes.

use super::args::BenchArgs;
use super::exit::{Complaint, Exit, Failure};
use super::{machine, models, stdout};
use crate::text::size;
use hark_engine::decoder::CrossKv;
use hark_engine::dims::{SAMPLE_RATE_HZ, WINDOW_FRAMES, WINDOW_SAMPLES};
use hark_engine::encoder::{BackendInfo, EncoderOutput, Precision};
use hark_engine::mel::{self, MelFill, MelWindow};
use hark_engine::metrics::{AudioTime, WallTime, rtf, speed_x};
use hark_engine::model::{Model, ModelError, ModelSpec};
use hark_engine::transcript::Token;
use hark_engine::{Cancel, Cancelled, Whisper};
use serde::Serialize;
use std::fmt::Write;
use std::time::{Duration, Instant};

/// Tokens per decoding, about what 15 s of speech need, if the model has room for so many.
const TOKENS: usize = 64;

/// What was measured, on what, and how.
#[derive(Serialize)]
struct Report {
    hark: &'static str,
    build: Build,
    machine: Machine,
    model: String,
    backend: BackendInfo,
    figures: [Figure; 5],
    /// One window: the audio in it, and the median time it took.
    audio_s: f64,
    processing_s: f64,
    speed_x: Option<f64>,
    rtf: Option<f64>,
    /// Includes one copy of the model and everything the figures needed.
    peak_rss_bytes: Option<u64>,
}

#[derive(Serialize)]
struct Build {
    target: &'static str,
    optimised: bool,
}

#[derive(Serialize)]
struct Machine {
    cpu: Option<String>,
    features: Vec<&'static str>,
    physical_cores: usize,
    logical_cores: usize,
    memory_bytes: Option<u64>,
}

/// A measured time in milliseconds.
#[derive(Serialize)]
struct Figure {
    name: &'static str,
    /// What is inside.
    what: String,
    median: f64,
    min: f64,
    max: f64,
    runs: usize,
}

/// How often a figure is measured.
#[derive(Clone, Copy)]
struct Effort {
    runs: usize,
    /// No further run begins after this time.
    limit: Duration,
}

impl Effort {
    /// Calls `once` again and again; it gives the time of each run.
    fn figure(
        self,
        name: &'static str,
        what: &str,
        mut once: impl FnMut() -> Result<Duration, Failure>,
    ) -> Result<Figure, Failure> {
        let start = Instant::now();
        let mut times = vec![once()?];
        while times.len() < self.runs && start.elapsed() < self.limit {
            times.push(once()?);
        }
        let mut times: Vec<_> = times.iter().map(|time| time.as_secs_f64() * 1000.0).collect();
        times.sort_by(f64::total_cmp);
        let (min, max) = (times[0], times[times.len() - 1]);
        Ok(Figure { name, what: what.into(), median: median(&times), min, max, runs: times.len() })
    }
}

/// The middle of sorted numbers, of which there is at least one.
fn median(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) { (sorted[half - 1] + sorted[half]) / 2.0 } else { sorted[half] }
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

/// Measures and prints.
pub fn run(args: &BenchArgs) -> Result<Exit, Failure> {
    let choice = models::choose(args.model.as_deref())?;
    let threads = args.threads.map_or_else(machine::physical_cores, usize::from);
    let effort = Effort { runs: args.runs.get(), limit: Duration::from_secs_f64(args.seconds) };
    let report = measure(&choice.spec, choice.name, threads, effort)?;
    if args.json {
        stdout::put_json(&report)?;
    } else {
        stdout::put(&table(&report))?;
    }
    Ok(Exit::Ok)
}

/// The stages of one window, over one model.
struct Stages {
    whisper: Whisper,
    samples: Vec<f32>,
}

fn measure(spec: &ModelSpec, name: String, threads: usize, effort: Effort) -> Result<Report, Failure> {
    let (load, mut stages) = load(spec, threads, effort)?;
    let mel = stages.mel();
    let encoded = stages.encode(&mel)?;
    let cross = stages.cross(&encoded)?;
    let tokens = stages.tokens();

    let what = "log-mel spectrogram of 30 s";
    let mel_figure = effort.figure("mel_ms", what, || Ok(timed(|| stages.mel()).1))?;
    let what = "encoder, one 30 s window";
    let encode = effort.figure("encode_ms", what, || {
        let (encoded, time) = timed(|| stages.encode(&mel));
        encoded.map(|_| time)
    })?;
    let what =
        format!("decoder, mean of {tokens} steps of one sequence, likeliest token; prompt not included");
    let decode =
        effort.figure("decode_ms_per_token", &what, || Ok(stages.decode(&cross)? / tokens as u32))?;
    let what = format!("one 30 s window: log-mel, encoder, cross-attention keys, prompt, {tokens} tokens");
    let window = effort.figure("window_ms", &what, || {
        let (done, time) = timed(|| {
            let mel = stages.mel();
            let encoded = stages.encode(&mel)?;
            stages.decode(&stages.cross(&encoded)?).map(drop)
        });
        done.map(|()| time)
    })?;

    let audio = AudioTime::from_samples(WINDOW_SAMPLES);
    let processing = WallTime(window.median / 1000.0);
    Ok(Report {
        hark: env!("CARGO_PKG_VERSION"),
        build: Build { target: std::env::consts::ARCH, optimised: !cfg!(debug_assertions) },
        machine: Machine {
            cpu: machine::cpu_name(),
            features: machine::cpu_features()
                .into_iter()
                .filter(|(_, there)| *there)
                .map(|(f, _)| f)
                .collect(),
            physical_cores: machine::physical_cores(),
            logical_cores: machine::logical_cores(),
            memory_bytes: machine::memory().map(|(total, _)| total),
        },
        model: name,
        backend: stages.whisper.backend.describe(),
        figures: [load, mel_figure, encode, decode, window],
        audio_s: audio.seconds(),
        processing_s: processing.seconds(),
        speed_x: speed_x(audio, processing),
        rtf: rtf(processing, audio),
        peak_rss_bytes: machine::peak_memory(),
    })
}

fn load(spec: &ModelSpec, threads: usize, effort: Effort) -> Result<(Figure, Stages), Failure> {
    let mut stages = None;
    let what = "model file to ready; from the second run on the file is in memory";
    let figure = effort.figure("load_ms", what, || {
        // Two models side by side would show in the peak of memory.
        stages = None;
        let (loaded, time) = timed(|| {
            Whisper::new(
                Model::load(spec)?,
                threads,
                std::env::var("HP").ok().map_or(Precision::F32, |p| p.parse().unwrap()),
            )
        });
        let unusable = |error: ModelError| Exit::Model.with(Complaint::new(error.to_string()));
        stages = Some(Stages { whisper: loaded.map_err(unusable)?, samples: hum() });
        Ok(time)
    })?;
    let none = || Exit::Failed.with(Complaint::new("nothing was measured"));
    Ok((figure, stages.ok_or_else(none)?))
}

impl Stages {
    fn mel(&self) -> MelWindow {
        let (frames, max) = mel::whole(&self.whisper.model.mel_filters, &self.samples);
        frames.window(0, WINDOW_FRAMES, max, MelFill::Zero)
    }

    fn encode(&mut self, window: &MelWindow) -> Result<EncoderOutput, Failure> {
        let encoded = self
            .whisper
            .backend
            .encode(std::slice::from_ref(window), &Cancel::new())
            .map_err(|error| Exit::Failed.with(Complaint::new(error.to_string())))?;
        let none = || Exit::Failed.with(Complaint::new("the encoder gave nothing"));
        encoded.into_iter().next().ok_or_else(none)
    }

    /// What tells the decoder to begin.
    fn prompt(&self) -> Vec<Token> {
        let special = &self.whisper.model.tokenizer.special;
        let mut prompt = vec![special.sot];
        if self.whisper.model.tokenizer.multilingual {
            prompt.extend([special.first_language, special.transcribe]);
        }
        prompt
    }

    /// Steps of each decoding; short contexts have no room for [`TOKENS`].
    fn tokens(&self) -> usize {
        TOKENS.min(self.whisper.model.dims.n_text_ctx - self.prompt().len())
    }

    /// Prompt and [`Stages::tokens`] steps, and the time of the steps alone. Which tokens they are does not
    /// change the work.
    fn decode(&self, cross: &CrossKv) -> Result<Duration, Failure> {
        let cancel = Cancel::new();
        let mut cache = self.whisper.decoder.cache();
        let prompt = self.prompt();
        let logits = self
            .whisper
            .decoder
            .prefill_rows(cross, &mut cache, &prompt, &[prompt.len() - 1], &cancel)
            .map_err(stopped)?;
        let mut token = likeliest(&logits);
        let start = Instant::now();
        for _ in 0..self.tokens() {
            token =
                likeliest(&self.whisper.decoder.step(cross, &mut cache, token, &cancel).map_err(stopped)?);
        }
        Ok(start.elapsed())
    }

    fn cross(&self, encoded: &EncoderOutput) -> Result<CrossKv, Failure> {
        self.whisper.decoder.cross_kv(encoded, &Cancel::new()).map_err(stopped)
    }
}

/// A benchmark is never cancelled; were it, this is what it would say.
fn stopped(cancelled: Cancelled) -> Failure {
    Exit::Interrupted.with(Complaint::new(cancelled.to_string()))
}

fn likeliest(logits: &[f32]) -> Token {
    let best = logits.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
    best.map_or(0, |(token, _)| token as Token)
}

/// 30 s of a tone that glides and swells: the time does not depend on what is heard.
fn hum() -> Vec<f32> {
    let second = SAMPLE_RATE_HZ as f32;
    let sample = |i: usize| {
        let t = i as f32 / second;
        (t * (150.0 + 20.0 * t) * std::f32::consts::TAU).sin() * 0.3 * (t * 3.0).sin()
    };
    (0..WINDOW_SAMPLES).map(sample).collect()
}

fn table(report: &Report) -> String {
    let Report { machine, backend, build, .. } = report;
    let mut text = String::new();
    let cpu = machine.cpu.as_deref().unwrap_or(build.target);
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "machine  {cpu}, {} physical and {} logical cores, {}",
        machine.physical_cores,
        machine.logical_cores,
        machine.memory_bytes.map_or_else(|| "memory not told".into(), size)
    );
    let _ = writeln!(text, "flags    {}", machine.features.join(" "));
    let unoptimised = if build.optimised { "" } else { "; this is a debug build, several times as slow" };
    let _ = writeln!(text, "build    hark {} for {}{unoptimised}", report.hark, build.target);
    let (threads, precision) = (backend.threads, backend.precision);
    let _ = writeln!(text, "model    {} on {}, {precision}, {threads} threads\n", report.model, backend.name);
    let _ = writeln!(text, "{:<20}  {:>9}  {:>20}  {:>4}  of what", "", "median", "min .. max", "runs");
    for figure in &report.figures {
        let spread = format!("{:.2} .. {:.2}", figure.min, figure.max);
        let Figure { name, median, runs, what, .. } = figure;
        let _ = writeln!(text, "{name:<20}  {median:>9.2}  {spread:>20}  {runs:>4}  {what}");
    }
    let speed = match report.speed_x {
        Some(speed) if speed >= 1.0 => format!("{speed:.1}× real time"),
        Some(speed) => format!("slower than real time ({speed:.1}×)"),
        None => "not measured".into(),
    };
    let _ = writeln!(text, "\nspeed    {speed} (30 s of audio in {:.2} s: window_ms)", report.processing_s);
    let peak = report.peak_rss_bytes.map_or_else(|| "n/a".into(), size);
    let _ = writeln!(text, "memory   {peak} at most, the model included");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_between_the_two_middles() {
        assert_eq!(median(&[3.0]), 3.0);
        assert_eq!(median(&[1.0, 2.0]), 1.5);
        assert_eq!(median(&[1.0, 2.0, 9.0]), 2.0);
    }

    #[test]
    fn runs_end_at_the_number_or_at_the_limit_but_there_is_one() {
        let runs = |runs, limit| {
            let effort = Effort { runs, limit };
            effort
                .figure("x", "y", || Ok(Duration::from_millis(2)))
                .map(|figure| (figure.runs, figure.median))
        };
        assert_eq!(runs(3, Duration::MAX), Ok((3, 2.0)));
        assert_eq!(runs(3, Duration::ZERO), Ok((1, 2.0)));
    }

    #[test]
    fn the_likeliest_token_is_the_largest() {
        assert_eq!(likeliest(&[-3.0, 2.0, 1.0]), 1);
        assert_eq!(likeliest(&[]), 0);
    }
}
