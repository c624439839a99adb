//! `hark bench --prove`: which precision is good enough for a model on this machine.

use super::args::BenchArgs;
use super::exit::{Complaint, Exit, Failure, note};
use super::interrupt::Interrupt;
use super::transcribe::start_engine;
use super::{models, stdout};
use crate::engine_thread::{
    EngineCommand, EngineEvent, EngineThread, JobEvent, JobId, Load, ProofJob, Proved,
};
use crate::machine;
use crate::models::Choice;
use crate::precision::{CANDIDATES, PrecisionChoice, Row, Standing};
use crate::text::size;
use crossbeam_channel::select;
use hark_engine::encoder::npu::NpuSetting;
use hark_engine::proof::{CLEAR_GAP, ENCODER_LIMIT};
use hark_engine::{Precision, machine_isa};
use serde::Serialize;
use std::time::Duration;

/// How long a cancelled proof may take to say so before the program ends without its word.
const PATIENCE: Duration = Duration::from_millis(150);

/// What was found.
#[derive(Serialize)]
struct Report {
    hark: &'static str,
    model: String,
    isa: String,
    threads: usize,
    encoder_limit: f32,
    clear_gap: f32,
    proofs: Vec<Row>,
    /// What is used from now on.
    precision: Precision,
    precision_standing: &'static str,
    /// Includes the candidate, and what f32 needed beside it.
    peak_rss_bytes: Option<u64>,
}

/// Proves the candidates in order until one holds, and remembers what was found.
pub fn run(args: &BenchArgs) -> Result<Exit, Failure> {
    let choice = models::choose(args.model.as_deref())?;
    let threads = match args.threads.as_slice() {
        [] => machine::physical_cores(),
        [one] => *one,
        _ => return Err(Exit::Usage.with(Complaint::new("--prove takes one number of threads"))),
    };
    let isa = machine_isa();
    let mut lab = Lab { engine: start_engine(threads)?, interrupt: Interrupt::listen(), jobs: 0 };
    let say = |text: String| if args.json { Ok(()) } else { stdout::put(&text) };
    say(format!(
        "model    {}, {isa}, {threads} threads\nlimits   encoder error {ENCODER_LIMIT}; the same choice wherever \
         f32's two best are {CLEAR_GAP} nat apart\n",
        choice.name
    ))?;
    let mut report = Report {
        hark: env!("CARGO_PKG_VERSION"),
        model: choice.name.clone(),
        threads,
        encoder_limit: ENCODER_LIMIT,
        clear_gap: CLEAR_GAP,
        proofs: Vec::new(),
        precision: Precision::F32,
        precision_standing: Standing::Unproven.name(),
        peak_rss_bytes: None,
        isa,
    };
    for precision in CANDIDATES {
        lab.load(&choice, precision)?;
        let Proved { verdict, decision, not_stored } = lab.prove()?;
        if let Some(why) = not_stored {
            note(&format!("what was found cannot be kept for the next start: {why}"));
        }
        let row = Row::of(verdict);
        let outcome = if row.passed { "holds" } else { "fails" };
        let summary = row.verdict.summary();
        let name = precision.name();
        say(format!("{name:<10}  {outcome}  {summary}; {:.1} s\n", row.verdict.seconds))?;
        let passed = row.passed;
        report.proofs.push(row);
        (report.precision, report.precision_standing) = (decision.precision, decision.standing.name());
        if passed {
            break;
        }
    }
    report.peak_rss_bytes = machine::peak_memory();
    if args.json {
        stdout::put_json(&report)?;
    }
    let peak = report.peak_rss_bytes.map_or_else(|| "not told by this system".into(), size);
    say(format!(
        "verdict  {} is used from now on\nmemory   {peak} at most, f32's layers included\n",
        report.precision
    ))?;
    Ok(Exit::Ok)
}

/// The engine, asked for one model and one proof after the other.
struct Lab {
    engine: EngineThread,
    interrupt: Interrupt,
    jobs: JobId,
}

impl Lab {
    fn load(&self, choice: &Choice, precision: Precision) -> Result<(), Failure> {
        let Choice { spec, name, .. } = choice.clone();
        let precision = PrecisionChoice::Fixed(precision);
        // A lost engine shows when its next event is awaited.
        let _ = self.engine.commands.send(EngineCommand::Load(Load {
            spec,
            name,
            precision,
            npu: NpuSetting::Off,
        }));
        loop {
            match self.next()? {
                EngineEvent::Ready { .. } => return Ok(()),
                EngineEvent::LoadFailed { message, .. } => {
                    return Err(Exit::Model.with(Complaint::new(message)));
                }
                EngineEvent::Loading { .. }
                | EngineEvent::Unloaded
                | EngineEvent::Npu(_)
                | EngineEvent::Job { .. } => {}
            }
        }
    }

    fn prove(&mut self) -> Result<Proved, Failure> {
        self.jobs += 1;
        let job = ProofJob { id: self.jobs, anew: true, cancel: self.interrupt.cancel.clone() };
        let _ = self.engine.commands.send(EngineCommand::Prove(job));
        loop {
            match self.next()? {
                EngineEvent::Job { event: JobEvent::Proved(proved), .. } => return Ok(*proved),
                EngineEvent::Job { event: JobEvent::Failed { message, .. }, .. } => {
                    return Err(Exit::Failed.with(Complaint::new(message)));
                }
                EngineEvent::Job { event: JobEvent::Cancelled, .. } => {
                    return Err(Exit::Interrupted.quietly());
                }
                _ => {}
            }
        }
    }

    /// The next event, unless the person wants to stop or the engine is gone.
    fn next(&self) -> Result<EngineEvent, Failure> {
        select! {
            recv(self.engine.events) -> event => event.map_err(|_| {
                Exit::Failed.with(Complaint::new("the engine stopped by a defect of its own; please report it"))
            }),
            recv(self.interrupt.wished) -> _ => {
                // The engine puts down what it holds, or the end of the program does.
                let _ = self.engine.events.recv_timeout(PATIENCE);
                Err(Exit::Interrupted.quietly())
            }
        }
    }
}
