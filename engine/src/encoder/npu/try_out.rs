//! Trying a device out, step by step, so that the first step that is not right says where to look.
//!
//! It is for whoever brings a device up. The worker does the steps; this is its parent, which gives each call a
//! deadline.

use super::call::Call;
use super::config::NpuConfig;
use super::fault::{Fault, FaultKind};
use super::process::{Ended, Process};
use super::protocol::{self, Open, Reply, Request};
use super::report::DeviceFacts;
use super::step::{STEPS, Step};
use crate::model::ModelSpec;
use serde::Serialize;
use std::time::Instant;

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
