//! Trying a device out, step by step: from a launch that changes nothing to the whole encoder, each against the CPU.
//!
//! It is for whoever brings a device up: the first step that is not right says where to look. All steps run in one
//! context with the one resident design. The worker does them ([`steps`]), and its parent gives each call a deadline
//! ([`try_out`]).

use super::call::Call;
use super::config::NpuConfig;
use super::device::{context, limits};
use super::encoder::{NpuContext, NpuEncoder, NpuError};
use super::fault::{Fault, FaultKind};
use super::process::{Ended, Process};
use super::protocol::{self, Open, Reply, Request};
use super::report::{DeviceFacts, NpuKind, SelfCheck};
use super::self_check::{BLOCK_LIMIT, compare, probe};
use super::worker::model;
use crate::cancel::Cancel;
use crate::encoder::cpu::encode_first_block;
use crate::encoder::{Backend, CpuBackend, Precision};
use crate::model::{Model, ModelSpec};
use crate::workers::Workers;
use hark_kernels::design::encoder::trial::Trial;
use hark_kernels::encoder::Encoder;
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// All steps, in their order: [`Trial::NAMES`], then what a model's encoder does.
pub const STEPS: [&str; 6] = ["passthrough", "element-wise", "product", "attention", LAYER, ENCODER];
const LAYER: &str = "layer";
const ENCODER: &str = "encoder";
/// How far the whole encoder may be from the CPU's in f32: bfloat16 over some layers.
const ENCODER_LIMIT: f64 = 0.05;
/// How often each step is run, to measure it; a simulator's times mean nothing.
const RUNS: usize = 9;
const RUNS_SIMULATED: usize = 1;

/// A step that was done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// One of [`STEPS`].
    pub name: String,
    /// The distance from the CPU's result.
    pub check: SelfCheck,
    /// How long the commands took, run by run, in milliseconds.
    pub times_ms: Vec<f64>,
    /// Commands that the device completed for it.
    pub commands: u64,
}

impl Step {
    /// The median of the times, in milliseconds.
    pub fn median_ms(&self) -> f64 {
        let mut times = self.times_ms.clone();
        times.sort_by(f64::total_cmp);
        times.get(times.len() / 2).copied().unwrap_or_default()
    }
}

/// What came of trying a device out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TriedOut {
    /// The device, once a context was made.
    pub device: Option<DeviceFacts>,
    /// What was done, in the order of [`STEPS`]; the last may be wrong.
    pub steps: Vec<Step>,
    /// Why not all steps are done and right.
    pub failure: Option<TryFailure>,
}

/// Where it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TryFailure {
    /// `opening`, or one of [`STEPS`].
    pub step: &'static str,
    /// What it means.
    pub kind: FaultKind,
    /// What happened.
    pub message: String,
}

/// Has a worker try the device out; `told` hears of each step at once. No call takes longer than its limit.
pub fn try_out(config: &NpuConfig, spec: &ModelSpec, told: &mut dyn FnMut(&Step)) -> TriedOut {
    let mut tried = TriedOut::default();
    if let Err(Fault { kind, message }) = watch(config, spec, &mut tried, told) {
        // A step that is there and wrong is where it ended.
        let done = tried.steps.iter().filter(|step| step.check.passed()).count();
        let step = if tried.device.is_none() { "opening" } else { STEPS[done.min(STEPS.len() - 1)] };
        tried.failure = Some(TryFailure { step, kind, message });
    }
    tried
}

fn watch(
    config: &NpuConfig,
    spec: &ModelSpec,
    tried: &mut TriedOut,
    told: &mut dyn FnMut(&Step),
) -> Result<(), Fault> {
    let limits = config.limits;
    let mut process = Process::start(config)?;
    process.ask(&Request::TryOut(Box::new(Open {
        version: protocol::VERSION,
        kind: config.kind,
        library: config.library.clone(),
        xclbin: config.xclbin.clone(),
        model: spec.clone(),
        threads: config.threads,
        run_limit: limits.run,
        shared: String::new(),
        windows: 0,
    })))?;
    let mut call = Call::Start;
    let mut deadline = Instant::now() + limits.start;
    let ended = loop {
        match process.answer(deadline) {
            Ok(Some(Reply::Entering { call: next })) => {
                (call, deadline) = (next, Instant::now() + limits.of(next));
            }
            Ok(Some(Reply::Facts(facts))) => tried.device = Some(facts),
            Ok(Some(Reply::Tried(step))) => {
                told(&step);
                tried.steps.push(*step);
            }
            Ok(Some(Reply::Closed)) => break Ok(()),
            Ok(Some(Reply::Failed(fault))) => break Err(fault),
            Ok(Some(other)) => {
                let other: String = format!("{other:?}").chars().take(200).collect();
                let text = format!("the NPU's process answers what nobody asked: {other}");
                break Err(Fault::new(FaultKind::Protocol, text));
            }
            Ok(None) => break Err(limits.hung(call)),
            Err(fault) => break Err(fault),
        }
    };
    let end = if ended.is_ok() { process.close() } else { process.kill() };
    match (ended, end) {
        (Err(Fault { message, .. }), Ended::Stuck) => Err(Fault::new(FaultKind::Stuck, message)),
        (Ok(()), _) if tried.steps.len() < STEPS.len() => {
            Err(Fault::new(FaultKind::Protocol, "the NPU's process left steps out"))
        }
        (ended, _) => ended,
    }
}

/// Words to the parent.
type Say<'a> = &'a mut dyn FnMut(Reply) -> Result<(), Fault>;

/// Does all steps in this process, and tells of each; up to the first that is wrong.
///
/// # Errors
/// [`Fault`] if the device fails, or computes wrongly.
pub(super) fn steps(open: &Open, say: Say<'_>) -> Result<(), Fault> {
    let model = model(open, &mut |call| say(Reply::Entering { call }))?;
    let context = context(open, &mut |call| say(Reply::Entering { call }))?;
    let Some(array) = context.array() else {
        return Err(Fault::new(FaultKind::Model, "this device carries out no instruction streams"));
    };
    say(Reply::Facts(context.info().clone().into()))?;
    let runs = if open.kind == NpuKind::Hardware { RUNS } else { RUNS_SIMULATED };
    let mut bench = Bench { open, runs, say };
    for trial in Trial::all(array).map_err(NpuError::from)? {
        bench.trial(context.clone(), &trial)?;
    }
    bench.encoder(context, &model)?;
    say(Reply::Entering { call: Call::Close })
}

/// What measures and compares.
struct Bench<'a> {
    open: &'a Open,
    runs: usize,
    say: Say<'a>,
}

impl Bench<'_> {
    fn entering(&mut self, call: Call) -> Result<(), Fault> {
        (self.say)(Reply::Entering { call })
    }

    fn trial(&mut self, context: NpuContext, trial: &Trial) -> Result<(), Fault> {
        self.entering(Call::Memory)?;
        let mut memory = context.memory_of(Encoder::Streams(trial.program.clone()), 0)?;
        memory.fill(|bytes| trial.weights(bytes))?;
        let mut encoder = memory.encoder(limits(self.open))?;
        let mut own = vec![0.0; trial.expected.len()];
        let ran =
            self.measure(&mut encoder, |encoder| encoder.run(|_, input| trial.write_input(input), &mut own))?;
        self.tell(trial.name, compare(&own, &trial.expected, trial.limit), ran)
    }

    /// A model's first layer, then all of its encoder.
    fn encoder(&mut self, context: NpuContext, model: &Model) -> Result<(), Fault> {
        let cpu_failed = |error: String| Fault::new(FaultKind::Model, format!("the NPU's process: {error}"));
        self.entering(Call::Memory)?;
        let mut memory = context.memory(model)?;
        self.entering(Call::Weights)?;
        memory.prepare(model)?;
        self.entering(Call::Memory)?;
        let mut encoder = memory.encoder(limits(self.open))?;
        let (window, workers) = (probe(model.dims.n_mels), Workers::new(self.open.threads.max(1)));
        let mut own = vec![0.0; model.dims.n_audio_ctx * model.dims.n_audio_state];
        let ran = self.measure(&mut encoder, |encoder| encoder.first_block(&window.data, &mut own))?;
        self.entering(Call::Check)?;
        let right =
            encode_first_block(model, &workers, &window).map_err(|error| cpu_failed(error.to_string()))?;
        self.tell(LAYER, compare(&own, &right.data, BLOCK_LIMIT), ran)?;
        let cancel = Cancel::new();
        let ran = self.measure(&mut encoder, |encoder| encoder.encode(&window.data, &mut own, &cancel))?;
        self.entering(Call::Check)?;
        let mut cpu = CpuBackend::new(model, &workers, Precision::F32)
            .map_err(|error| cpu_failed(error.to_string()))?;
        let right = cpu.encode(&[window], &cancel).map_err(|error| cpu_failed(error.to_string()))?;
        let right = right.first().map(|output| &output.data[..]).unwrap_or_default();
        self.tell(ENCODER, compare(&own, right, ENCODER_LIMIT), ran)
    }

    /// Runs it so many times: how long each took, and how many commands there were.
    fn measure(
        &mut self,
        encoder: &mut NpuEncoder,
        mut run: impl FnMut(&mut NpuEncoder) -> Result<Duration, NpuError>,
    ) -> Result<(Vec<f64>, u64), Fault> {
        let before = encoder.counters().commands;
        let mut times = Vec::new();
        for _ in 0..self.runs {
            self.entering(Call::Run)?;
            times.push(run(encoder)?.as_secs_f64() * 1e3);
        }
        Ok((times, encoder.counters().commands - before))
    }

    /// Tells of a step.
    fn tell(&mut self, name: &str, check: SelfCheck, ran: (Vec<f64>, u64)) -> Result<(), Fault> {
        let (times_ms, commands) = ran;
        (self.say)(Reply::Tried(Box::new(Step { name: name.to_owned(), check, times_ms, commands })))?;
        if check.passed() {
            return Ok(());
        }
        let SelfCheck { relative_l2, largest, limit } = check;
        let text = format!(
            "the result differs from the CPU's by {relative_l2:.5} relatively where {limit} is allowed, in one value \
             by {largest:.4}"
        );
        Err(Fault::new(FaultKind::Wrong, text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_steps_are_the_trials() {
        assert_eq!(STEPS[..Trial::NAMES.len()], Trial::NAMES);
    }

    #[test]
    fn the_median_is_that_of_the_times_in_order() {
        let check = SelfCheck { relative_l2: 0.0, largest: 0.0, limit: 0.0 };
        let step = |times_ms| Step { name: LAYER.into(), check, times_ms, commands: 1 };
        assert_eq!(step(vec![9.0, 1.0, 2.0]).median_ms(), 2.0);
        assert_eq!(step(vec![]).median_ms(), 0.0);
        assert!(check.passed(), "a limit of 0 can be held");
    }
}
