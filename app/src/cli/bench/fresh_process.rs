//! Loading and memory, measured in processes of their own, which hold nothing else.

use super::figure::{Effort, Figure, milliseconds, timed};
use super::window::{Stages, hum};
use crate::cli::args::BenchLoadArgs;
use crate::cli::exit::{Complaint, Exit, Failure};
use crate::cli::{machine, stdout};
use crate::text::reason;
use hark_engine::encoder::Precision;
use hark_engine::model::{Model, ModelError, ModelSpec};
use hark_engine::{Cancel, Whisper};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::process::{Command, Stdio};

/// What the processes said.
#[derive(Clone, Debug, Serialize)]
pub struct Fresh {
    /// From the file, which is in memory, to a model that is ready.
    pub load_ms: Figure,
    /// The most memory held for that and one window, in 10⁶ bytes; `None` where the system does not say.
    pub peak_rss_mb: Option<Figure>,
}

/// What one process says.
#[derive(Serialize, Deserialize)]
struct Answer {
    load_ms: f64,
    peak_rss_bytes: Option<u64>,
}

/// In the process: loads a file, makes a text of a window and reports.
pub fn answer(args: &BenchLoadArgs) -> Result<Exit, Failure> {
    let sound = hum(0);
    let (loaded, time) = timed(|| {
        let model = Model::load(&ModelSpec::Path(args.file.clone()))?;
        Whisper::new(model, args.threads, args.precision)
    });
    let whisper = loaded.map_err(|error: ModelError| Exit::Model.with(Complaint::new(error.to_string())))?;
    let mut stages = Stages { whisper, cancel: Cancel::new() };
    let tokens = stages.room(args.tokens);
    stages.whole(&sound, tokens)?;
    stdout::put_json(&Answer { load_ms: milliseconds(time), peak_rss_bytes: machine::peak_memory() })?;
    Ok(Exit::Ok)
}

/// Starts processes that load `file`, one after the other.
pub fn measure(
    file: &Path,
    threads: usize,
    precision: Precision,
    tokens: usize,
    effort: Effort,
    cancel: &Cancel,
) -> Result<Fresh, Failure> {
    let answers = effort.repeat(|| ask(file, threads, precision, tokens, cancel))?;
    let megabytes: Option<Vec<f64>> =
        answers.iter().map(|answer| answer.peak_rss_bytes.map(|bytes| bytes as f64 / 1e6)).collect();
    Ok(Fresh {
        load_ms: Figure::of(answers.iter().map(|answer| answer.load_ms).collect()),
        peak_rss_mb: megabytes.map(Figure::of),
    })
}

fn ask(
    file: &Path,
    threads: usize,
    precision: Precision,
    tokens: usize,
    cancel: &Cancel,
) -> Result<Answer, Failure> {
    let failed = |what: &str| {
        Exit::Failed.with(Complaint::new(format!("loading could not be measured on its own: {what}")))
    };
    let program = std::env::current_exe().map_err(|error| failed(&reason(&error)))?;
    let output = Command::new(program)
        .arg("bench-load")
        .args(["--threads", &threads.to_string(), "--precision", precision.name()])
        .args(["--tokens", &tokens.to_string(), "--"])
        .arg(file)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| failed(&reason(&error)))?;
    if cancel.is_raised() {
        return Err(Exit::Interrupted.quietly());
    }
    if !output.status.success() {
        return Err(failed(&output.status.to_string()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| failed(&error.to_string()))
}
