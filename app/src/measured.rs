//! What `hark bench` measures, made in a process of its own for whoever wants to show it. A process can be ended in the
//! middle, and its memory is gone then.

use crate::texts;
use serde_json::Value;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// Runs per figure; after a warm-up, the middle of three is steady enough to look at.
const RUNS: &str = "3";
/// No further run of a figure begins after so many seconds.
const SECONDS: &str = "5";
/// How often it is looked whether the process has ended, or is to.
const LOOK: Duration = Duration::from_millis(50);

/// What came of a measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The model that was measured.
    pub model: String,
    /// What computed: backend, precision and threads.
    pub with: String,
    /// Audio over processing time, for a window of 30 s.
    pub speed: Option<f64>,
    /// Parts of a window's time, in their order.
    pub stages: Vec<Stage>,
    /// A window's time in all, in milliseconds.
    pub window_ms: f64,
    /// Joules that the CPU package takes for a minute of audio; `None` where the machine does not tell.
    pub joules_per_minute: Option<f64>,
}

/// A part of the way from a window to its text.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// For people.
    pub name: String,
    /// The median, in milliseconds.
    pub ms: f64,
    /// The largest less the smallest.
    pub spread: f64,
}

/// Makes measurements. Takes half a minute or longer.
pub trait Measure: Send + Sync {
    /// Measures this model, until `cancel` is set: `Ok(None)` then.
    ///
    /// # Errors
    /// What went wrong, for people.
    fn measure(&self, model: &str, cancel: &AtomicBool) -> Result<Option<Measured>, String>;
}

/// `hark bench` of this program.
pub struct Bench;

impl Measure for Bench {
    fn measure(&self, model: &str, cancel: &AtomicBool) -> Result<Option<Measured>, String> {
        let failed = |error: io::Error| format!("it could not be measured: {error}");
        let program = std::env::current_exe().map_err(failed)?;
        let (mut output, mut said) =
            (tempfile::tempfile().map_err(failed)?, tempfile::tempfile().map_err(failed)?);
        let mut bench = Command::new(program)
            .args(["bench", "--json", "--runs", RUNS, "--seconds", SECONDS, "--model", model])
            .stdin(Stdio::null())
            .stdout(output.try_clone().map_err(failed)?)
            .stderr(said.try_clone().map_err(failed)?)
            .spawn()
            .map_err(failed)?;
        let status = loop {
            if let Some(status) = bench.try_wait().map_err(failed)? {
                break status;
            }
            if cancel.load(Ordering::Relaxed) {
                let _ = bench.kill();
                let _ = bench.wait();
                return Ok(None);
            }
            thread::sleep(LOOK);
        };
        if !status.success() {
            let said = content(&mut said).map_err(failed)?;
            let error = said.lines().find_map(|line| line.strip_prefix("error: "));
            return Err(error.map_or_else(|| format!("it ended with {status}"), str::to_owned));
        }
        let report = content(&mut output).map_err(failed)?;
        read(&report).map(Some).ok_or_else(|| "what it says makes no sense".into())
    }
}

fn content(file: &mut File) -> io::Result<String> {
    file.rewind()?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(text)
}

/// Reads the report of one run.
fn read(text: &str) -> Option<Measured> {
    let report: Value = serde_json::from_str(text).ok()?;
    let figure = |name: &str| Some((report[name]["median"].as_f64()?, report[name]["spread"].as_f64()?));
    let tokens = report["tokens"].as_f64()?;
    let stage = |name: &str, of: &str, times: f64| {
        let (ms, spread) = figure(of)?;
        Some(Stage { name: name.to_owned(), ms: ms * times, spread: spread * times })
    };
    let stages = vec![
        stage(texts::stage_spectrogram(), "mel_ms", 1.0)?,
        stage(texts::stage_encoder(), "encoder_ms", 1.0)?,
        stage(texts::stage_cross(), "cross_kv_ms", 1.0)?,
        stage(&texts::stage_decoder(tokens), "decoder_ms_per_token", tokens)?,
    ];
    let backend = &report["backend"];
    let threads = texts::stage_threads(report["threads"].as_u64()?);
    let with = [backend["name"].as_str()?, report["precision"].as_str()?, &threads].join(", ");
    let (encoder_ms, decoder_ms) = (stages[1].ms, stages[3].ms);
    let watts = |name: &str| report["power"][name].as_f64();
    let per_minute = 60.0 / report["audio_s"].as_f64().filter(|s| *s > 0.0)?;
    let joules = watts("encoder_w")
        .zip(watts("decoder_w"))
        .map(|(encoder, decoder)| (encoder * encoder_ms + decoder * decoder_ms) / 1000.0 * per_minute);
    Some(Measured {
        model: report["model"].as_str()?.to_owned(),
        with,
        speed: report["speed_x"].as_f64(),
        stages,
        window_ms: figure("window_total_ms")?.0,
        joules_per_minute: joules,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn report(power: Value) -> String {
        let figure = |median: f64| json!({ "median": median, "spread": median / 10.0, "n": 3 });
        json!({
            "model": "demo", "backend": { "name": "CPU" }, "precision": "int8", "threads": 2,
            "audio_s": 30.0, "speed_x": 60.0, "tokens": 100, "power": power,
            "mel_ms": figure(5.0), "encoder_ms": figure(100.0), "cross_kv_ms": figure(10.0),
            "decoder_ms_per_token": figure(2.0), "window_total_ms": figure(500.0),
        })
        .to_string()
    }

    #[test]
    fn a_report_becomes_the_parts_of_a_window() {
        let measured = read(&report(json!({ "encoder_w": 10.0, "decoder_w": 20.0 }))).unwrap();
        let stages: Vec<_> = measured.stages.iter().map(|stage| (stage.name.as_str(), stage.ms)).collect();
        let expected = [
            ("Spectrogram", 5.0),
            ("Encoder", 100.0),
            ("Keys and values", 10.0),
            ("Decoder, 100 tokens", 200.0),
        ];
        assert_eq!(stages, expected);
        assert_eq!((measured.with.as_str(), measured.window_ms), ("CPU, int8, 2 threads", 500.0));
        // Two windows a minute: 10 W for 0.1 s and 20 W for 0.2 s each.
        assert_eq!(measured.joules_per_minute, Some(10.0));
    }

    #[test]
    fn a_machine_that_does_not_tell_has_no_joules() {
        let silent = json!({ "encoder_w": null, "decoder_w": null });
        assert_eq!(read(&report(silent)).unwrap().joules_per_minute, None);
    }

    #[test]
    fn what_makes_no_sense_is_nothing() {
        for text in ["", "[]", "{}", &report(json!(null)).replace("mel_ms", "else")] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
