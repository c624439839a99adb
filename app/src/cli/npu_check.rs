//! `hark npu-check`: the NPU tried out step by step, each against the CPU, with a result to send to somebody.

use super::args::NpuCheckArgs;
use super::exit::{Complaint, Exit, Failure};
use super::stdout;
use crate::checks::{self, Facts, without_persons};
use crate::machine;
use crate::models::data_folder;
use crate::npu::NpuWay;
use crate::text::reason;
use hark_engine::encoder::npu::{
    DeviceFacts, FaultKind, NpuConfig, NpuKind, NpuPlan, NpuReport, NpuSetting, NpuState, Step, TriedOut,
    TryFailure, try_out,
};
use hark_engine::model::ModelSpec;
use serde::Serialize;
use std::path::Path;
use std::sync::Arc;

/// Changes with the meaning of fields.
const SCHEMA: u32 = 1;
/// What stands where a step would if there was nothing to open.
const OPENING: &str = "opening";

/// The result as JSON.
#[derive(Serialize)]
struct Report {
    schema: u32,
    hark: &'static str,
    passed: bool,
    kind: NpuKind,
    /// Whether times are those of a device.
    times_count: bool,
    system: Facts,
    /// Driver, firmware and runtime, as the system tells them.
    npu: Facts,
    device: Option<DeviceFacts>,
    steps: Vec<Line>,
    commands: u64,
    failure: Option<Ending>,
}

/// A step in the result.
#[derive(Serialize)]
struct Line {
    passed: bool,
    median_ms: f64,
    #[serde(flatten)]
    step: Step,
}

/// Where it ended, and what to do.
#[derive(Serialize)]
struct Ending {
    #[serde(flatten)]
    failure: TryFailure,
    remedy: String,
}

/// Tries all steps, up to the first that fails; exit code 1 then.
pub fn run(args: &NpuCheckArgs) -> Result<Exit, Failure> {
    let quiet = args.json.as_deref() == Some(Path::new("-"));
    let way = NpuWay::of_this_machine(data_folder());
    let plan = way.plan(NpuSetting::Auto, machine::physical_cores(), Arc::new(|_| ()));
    let is_device = plan.kind == NpuKind::Hardware;
    let (npu, fix) = if is_device { known() } else { Default::default() };
    let mut said = Ok(());
    let mut say = |text: &str| {
        if !quiet && said.is_ok() {
            said = stdout::put(text);
        }
    };
    if !is_device {
        say("Not a device: what is tried is software in its place, and its times mean nothing.\n");
    }
    let tried = match &plan.config {
        Ok(config) => {
            without_folders(config, try_out(config, &ModelSpec::Demo, &mut |step| say(&line(step))))
        }
        Err(state) => TriedOut { failure: Some(not_opened(state)), ..TriedOut::default() },
    };
    remember(&plan, &tried);
    let report = Report::new(plan.kind, npu, fix, tried);
    say(&report.ending());
    said?;
    if let Some(path) = &args.json {
        let json = serde_json::to_string_pretty(&report).map(without_persons).map_err(|error| {
            Exit::Failed.with(Complaint::new(format!("the result cannot be written: {error}")))
        })?;
        if quiet {
            stdout::put(&format!("{json}\n"))?;
        } else {
            std::fs::write(path, json + "\n").map_err(|error| {
                let what = format!("{} cannot be written: {}", path.display(), reason(&error));
                Exit::Failed.with(Complaint::new(what).hint("name a file in a folder of yours"))
            })?;
        }
    }
    Ok(if report.passed { Exit::Ok } else { Exit::Failed })
}

/// What the system tells of the NPU, and the remedy if something is in its way.
fn known() -> (Facts, Option<String>) {
    let check = checks::npu();
    (check.facts, check.fix)
}

fn not_opened(state: &NpuState) -> TryFailure {
    let (kind, message) = match state {
        NpuState::Failed { kind, message } => (*kind, message.clone()),
        NpuState::Stuck => (FaultKind::Stuck, "the driver holds on to a process that used the NPU".into()),
        NpuState::Off => (FaultKind::NoDevice, "HARK_NPU switches the NPU off".into()),
        _ => (FaultKind::NoDevice, "this computer has no NPU that Hark knows".into()),
    };
    TryFailure { step: OPENING, kind, message }
}

/// A driver that does not let go is not asked again before the computer is restarted.
fn remember(plan: &NpuPlan, tried: &TriedOut) {
    if tried.failure.as_ref().is_some_and(|failure| failure.kind == FaultKind::Stuck) {
        (plan.on_news)(&NpuReport { state: NpuState::Stuck, ..NpuReport::nothing(plan.kind) });
    }
}

/// The same with files instead of their paths.
fn without_folders(config: &NpuConfig, mut tried: TriedOut) -> TriedOut {
    if let Some(failure) = &mut tried.failure {
        for path in [Some(&config.library), config.xclbin.as_ref()].into_iter().flatten() {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            failure.message = failure.message.replace(&*path.to_string_lossy(), &name);
        }
    }
    tried
}

impl Report {
    fn new(kind: NpuKind, npu: Facts, fix: Option<String>, tried: TriedOut) -> Self {
        let TriedOut { device, steps, failure } = tried;
        let system = [
            ("os", Some(std::env::consts::OS.to_owned())),
            ("architecture", Some(std::env::consts::ARCH.to_owned())),
            ("cpu", machine::cpu_name()),
            ("kernel", machine::kernel_release()),
        ];
        let failure = failure.map(|failure| {
            let found = fix.filter(|_| failure.step == OPENING);
            Ending { remedy: found.unwrap_or_else(|| remedy(&failure).to_owned()), failure }
        });
        Self {
            schema: SCHEMA,
            hark: env!("CARGO_PKG_VERSION"),
            passed: failure.is_none(),
            kind,
            times_count: kind == NpuKind::Hardware,
            system: system.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(),
            npu,
            device,
            commands: steps.iter().map(|step| step.commands).sum(),
            steps: steps
                .into_iter()
                .map(|step| Line { passed: step.check.passed(), median_ms: step.median_ms(), step })
                .collect(),
            failure,
        }
    }

    fn ending(&self) -> String {
        match &self.failure {
            None => format!("All steps are right; {} commands were completed.\n", self.commands),
            Some(Ending { failure: TryFailure { step, message, .. }, remedy }) => {
                format!("FAIL  {step:<12}  {message}\n      {:<12}  fix: {remedy}\n", "")
            }
        }
    }
}

fn line(step: &Step) -> String {
    let check = step.check;
    let status = if check.passed() { "ok" } else { "FAIL" };
    format!(
        "{status:<4}  {:<12}  {:.5} from the CPU ({} allowed), largest {:.4}; {:.2} ms, the median of {}\n",
        step.name,
        check.relative_l2,
        check.limit,
        check.largest,
        step.median_ms(),
        step.times_ms.len(),
    )
}

/// What to do about it.
fn remedy(failure: &TryFailure) -> &'static str {
    match failure.kind {
        FaultKind::Stuck => "restart the computer",
        FaultKind::Hung | FaultKind::Died => {
            "run it again; if it ends in the same step, restart the computer, and send the JSON result"
        }
        FaultKind::Wrong => {
            "nothing here helps: send the JSON result, which says which part computes wrongly"
        }
        FaultKind::Memory => "let the program lock more memory (memlock); `hark doctor` says how",
        FaultKind::ContextLimit => "end the other programs that use the NPU",
        FaultKind::Library
        | FaultKind::NoDevice
        | FaultKind::Driver
        | FaultKind::Program
        | FaultKind::Model => "`hark doctor` says what is in the way",
        FaultKind::Command | FaultKind::Protocol | FaultKind::Internal => {
            "run it again; if it stays, send the JSON result"
        }
    }
}
