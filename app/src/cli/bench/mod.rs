//! `hark bench`: how fast this machine is with a model.
//!
//! Here the benchmark itself is what the engine thread is elsewhere: the one that computes.

mod baseline;
mod ceilings;
mod energy;
mod figure;
mod fresh_process;
mod report;
mod stages;
mod streams;
mod table;
mod window;

pub use fresh_process::answer;

use super::args::BenchArgs;
use super::exit::{Complaint, Exit, Failure};
use super::interrupt::Interrupt;
use super::{machine, models, stdout};
use crate::engine_thread::with_npu;
use crate::models::data_folder;
use crate::npu::NpuWay;
use crate::text::reason;
use baseline::{Identity, Keeping};
use ceilings::{Ceilings, Sweep};
use energy::Meter;
use figure::Effort;
use hark_engine::encoder::Precision;
use hark_engine::model::{GgmlType, Model, ModelError, ModelSpec, write_ggml};
use hark_engine::{Cancel, Whisper, Workers};
use report::{Build, Machine, Report, Run, Runs};
use stages::Bench;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use window::Stages;

/// Tokens of a text if the model comes from a formula.
const FORMULA_TOKENS: usize = 100;
/// Tokens of a text otherwise, about what 15 s of speech need.
const TOKENS: usize = 64;

/// Measures and prints.
pub fn run(args: &BenchArgs) -> Result<Exit, Failure> {
    let choice = models::choose(args.model.as_deref())?;
    let tokens = text_length(args, &choice.spec)?;
    let threads = match args.threads.as_slice() {
        [] => vec![machine::physical_cores()],
        threads => threads.to_vec(),
    };
    let effort = Effort { runs: args.runs.get(), limit: Duration::from_secs_f64(args.seconds) };
    let identity = |threads, precision| Identity { model: choice.name.clone(), precision, threads, tokens };
    let identities: Vec<_> = threads
        .iter()
        .flat_map(|threads| precisions(args).into_iter().map(|precision| identity(*threads, precision)))
        .collect();
    let keeping = Keeping::of(args, &choice.name, &identities)?;
    let interrupt = Interrupt::listen();
    let streams = args.streams.clone();
    let session = Session::begin(&choice.spec, effort, (tokens, streams), interrupt.cancel.clone())?;
    let measure = || session.measure_all(&threads, &precisions(args));
    let runs = measure()?;
    let compared = match (keeping, runs.first()) {
        (Some(keeping), Some(run)) => {
            let again = || measure()?.pop().ok_or_else(|| Exit::Failed.quietly());
            keeping.settle(run.clone(), session.file.bytes()?, &session.cancel, again)?
        }
        _ => None,
    };
    let report = Report {
        hark: env!("CARGO_PKG_VERSION"),
        build: Build { target: std::env::consts::ARCH, optimised: !cfg!(debug_assertions) },
        machine: Machine::this(),
        model: choice.name,
        runs: Runs::of(runs),
        compared,
    };
    if args.json {
        stdout::put_json(&report)?;
    } else {
        stdout::put(&table::table(&report))?;
    }
    let worse = report.compared.is_some_and(|compared| compared.is_worse());
    Ok(if worse { Exit::Worse } else { Exit::Ok })
}

/// The precisions to measure, one after the other.
fn precisions(args: &BenchArgs) -> Vec<Precision> {
    if args.precision.is_empty() { vec![Precision::Int8] } else { args.precision.clone() }
}

/// Tokens of a text.
fn text_length(args: &BenchArgs, spec: &ModelSpec) -> Result<usize, Failure> {
    let formula = matches!(spec, ModelSpec::Formula(_));
    match args.force_tokens {
        Some(_) if !formula => Err(Exit::Usage.with(
            Complaint::new("--force-tokens is for `formula:` models, whose texts mean nothing")
                .hint("leave it out, or take a model such as --model formula:base"),
        )),
        Some(tokens) => Ok(tokens),
        None => Ok(if formula { FORMULA_TOKENS } else { TOKENS }),
    }
}

/// What all runs share.
struct Session {
    spec: ModelSpec,
    model: Model,
    npu: NpuWay,
    file: ModelFile,
    effort: Effort,
    tokens: usize,
    /// Recordings that are served at once, each number by itself.
    streams: Vec<usize>,
    sweep: Sweep,
    meter: Option<Meter>,
    cancel: Cancel,
}

impl Session {
    fn begin(
        spec: &ModelSpec,
        effort: Effort,
        (tokens, streams): (usize, Vec<usize>),
        cancel: Cancel,
    ) -> Result<Self, Failure> {
        let model = Model::load(spec).map_err(unusable)?;
        let file = ModelFile::of(spec, &model)?;
        let meter = Meter::of_this_machine();
        let npu = NpuWay::of_this_machine(data_folder());
        let (spec, sweep) = (spec.clone(), Sweep::new());
        Ok(Self { spec, model, npu, file, effort, tokens, streams, sweep, meter, cancel })
    }

    /// Each number of threads with each precision.
    fn measure_all(&self, threads: &[usize], precisions: &[Precision]) -> Result<Vec<Run>, Failure> {
        let mut runs = Vec::new();
        for threads in threads {
            let workers = Workers::new(*threads);
            let ceilings = Ceilings::measure(&workers, &self.sweep, self.effort)?;
            for precision in precisions {
                runs.push(self.measure(&workers, *precision, ceilings.clone())?);
            }
        }
        Ok(runs)
    }

    fn measure(&self, workers: &Workers, precision: Precision, ceilings: Ceilings) -> Result<Run, Failure> {
        let Self { effort, tokens, sweep, cancel, .. } = self;
        let threads = workers.threads();
        let fresh = fresh_process::measure(self.file.path(), threads, precision, *tokens, *effort, cancel)?;
        let whisper = Whisper::new(self.model.clone(), threads, precision).map_err(unusable)?;
        let plan = self.npu.plan(models::npu_setting(), threads, Arc::new(|_| ()));
        let whisper = with_npu(whisper, plan, &self.spec)
            .map_err(|error| Exit::Failed.with(Complaint::new(error.to_string())))?;
        let bench = Bench { effort: *effort, sweep, workers, meter: self.meter.as_ref(), tokens: *tokens };
        let mut stages = Stages { whisper, cancel: cancel.clone() };
        let figures = bench.measure(&mut stages)?;
        let served = |streams: &usize| streams::measure(&mut stages, *streams, figures.tokens, *effort);
        let served = self.streams.iter().map(served).collect::<Result<Vec<_>, _>>()?;
        let backend = stages.whisper.backend.describe();
        let npu = self.npu.session().used_since(0).map(|used| used.report);
        Ok(Run::new((backend, npu), fresh, (figures, served), ceilings))
    }
}

fn unusable(error: ModelError) -> Failure {
    Exit::Model.with(Complaint::new(error.to_string()))
}

/// The file that loading is measured with.
enum ModelFile {
    /// That of the person.
    Given(PathBuf),
    /// Written from a model that is built in; it goes with its folder.
    Written { _folder: TempDir, path: PathBuf },
}

impl ModelFile {
    fn of(spec: &ModelSpec, model: &Model) -> Result<Self, Failure> {
        if let ModelSpec::Path(path) = spec {
            return Ok(Self::Given(path.clone()));
        }
        let failed = |what: String| {
            Exit::Failed.with(Complaint::new(format!("cannot write the model for a moment: {what}")))
        };
        let folder = TempDir::with_prefix("hark-bench-").map_err(|error| failed(reason(&error)))?;
        let path = folder.path().join("ggml-bench.bin");
        write_ggml(model, GgmlType::F16, &path).map_err(|error| failed(error.to_string()))?;
        Ok(Self::Written { _folder: folder, path })
    }

    fn bytes(&self) -> Result<u64, Failure> {
        // Of a model of Hugging Face that is the size of its folder, which at least stays the same.
        let metadata = std::fs::metadata(self.path());
        let metadata = metadata.map_err(|error| Exit::Model.with(Complaint::new(reason(&error))))?;
        Ok(metadata.len())
    }

    fn path(&self) -> &Path {
        match self {
            Self::Given(path) | Self::Written { path, .. } => path,
        }
    }
}
