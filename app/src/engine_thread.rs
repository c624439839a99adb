//! The engine thread: the only owner of a model and a backend, and the only one that computes.
//!
//! Commands come in through one bounded channel, events go out through another. A job's [`Cancel`]
//! is the one signal that overtakes the channel.

mod serving;

use crate::npu::NpuWay;
use crate::precision::{Decision, PrecisionChoice, Stamp, Standing, Verdict, Verdicts, decide};
use crate::room::{self, NoRoom};
use crate::speeds::{Sample, gauge};
use crate::text::reason;
use crate::{bundled, machine};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use hark_engine::audio::AudioSource;
use hark_engine::dims::WINDOW_FRAMES;
use hark_engine::encoder::npu::{NewsSink, NpuPlan, NpuReport, NpuSession, NpuSetting, NpuUse, Selected};
use hark_engine::encoder::{BackendInfo, Precision};
use hark_engine::mel::{self, MelFill};
use hark_engine::metrics::{Monitor, Timings, WallTime};
use hark_engine::model::{Model, ModelError, ModelSpec};
use hark_engine::proof::prove;
use hark_engine::schedule::Limits;
use hark_engine::transcribe::{self, LiveSource, Options};
use hark_engine::transcript::Transcript;
use hark_engine::{Cancel, EngineError, Whisper, Workers, footprint, give_back_freed_memory, guarded};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// Number of a transcription, chosen by whoever asks for it and never used twice.
pub type JobId = u64;

/// What the engine can be asked to do, in the order of asking.
pub enum EngineCommand {
    /// Load a model in place of the one at hand.
    Load(Load),
    /// Transcribe a recording with the model at hand. Jobs that are behind each other are done together, whoever asked
    /// for them, as far as there is room.
    Transcribe(Job),
    /// Transcribe a recording while it is made, beside whatever is transcribed.
    Follow(LiveJob),
    /// Find out whether the model at hand is good enough in the precision that it is in.
    Prove(ProofJob),
    /// Time one layer of some width, beside whatever is loaded.
    Gauge(GaugeJob),
    /// Take the model at hand out of memory.
    Unload,
}

/// A model to load, and how it is to be run.
pub struct Load {
    pub spec: ModelSpec,
    pub name: String,
    pub precision: PrecisionChoice,
    /// Whether its encoder may run on the NPU.
    pub npu: NpuSetting,
}

/// One transcription to do.
pub struct Job {
    pub id: JobId,
    pub source: Box<dyn AudioSource>,
    pub options: Options,
    /// Ends it, and no other one unless they share it.
    pub cancel: Cancel,
    pub audience: Audience,
}

/// Who is told what becomes of a job.
#[derive(Clone, Default)]
pub enum Audience {
    /// Whoever holds [`EngineThread::events`]. Where there is no room for the job, it waits.
    #[default]
    Events,
    /// Somebody else, of whom several may number their jobs alike. Where there is no room for the job, it is refused,
    /// so that nothing waits behind it.
    #[cfg_attr(not(any(feature = "serve", test)), expect(dead_code, reason = "the service listens so"))]
    Own(Arc<dyn Listener>),
}

/// Somebody who has asked for a job. It is told by the engine's thread, which it must not keep waiting.
pub trait Listener: Send + Sync {
    /// Something has happened to the job.
    fn hear(&self, event: JobEvent);
    /// There is no room for it; there may be some after this time. Nothing more comes of the job.
    fn refused(&self, wait: WallTime);
}

/// One recording to follow.
pub struct LiveJob {
    pub id: JobId,
    pub source: Box<dyn LiveSource + Send>,
    pub options: Options,
    pub cancel: Cancel,
    /// Stops what is only for looking at while the recording goes on.
    pub hurry: Cancel,
}

/// One proof to do.
pub struct ProofJob {
    pub id: JobId,
    /// Even if there is a verdict.
    pub anew: bool,
    pub cancel: Cancel,
}

/// A layer to time.
pub struct GaugeJob {
    pub id: JobId,
    /// Channels.
    pub width: usize,
    pub precision: Precision,
    pub cancel: Cancel,
}

/// What the engine reports.
#[derive(Debug)]
pub enum EngineEvent {
    Loading {
        name: String,
    },
    Ready {
        name: String,
        backend: BackendInfo,
        standing: Standing,
        english_only: bool,
        load: WallTime,
    },
    LoadFailed {
        name: String,
        message: String,
    },
    /// No model is in memory any more.
    Unloaded,
    /// Who encodes, and what speaks for it, as it stands now.
    Npu(Box<NpuReport>),
    Job {
        id: JobId,
        event: JobEvent,
    },
}

/// What happens to a job, from `Started` to exactly one of `Finished`, `Proved`, `Gauged`, `Failed` and `Cancelled`.
#[derive(Debug)]
pub enum JobEvent {
    Started,
    Running(transcribe::Event),
    Finished {
        transcript: Transcript,
        timings: Timings,
        model: String,
        backend: BackendInfo,
        standing: Standing,
        /// If there is an NPU.
        npu: Option<Box<NpuUse>>,
    },
    Proved(Box<Proved>),
    /// How long a layer of some width takes.
    Gauged {
        width: usize,
        precision: Precision,
        sample: Sample,
    },
    /// `refused` if the options contradict the model or each other.
    Failed {
        message: String,
        refused: bool,
    },
    Cancelled,
}

impl JobEvent {
    /// Whether nothing more comes of the job.
    pub fn is_the_last(&self) -> bool {
        !matches!(self, Self::Started | Self::Running(_))
    }
}

/// How a job ends that gives nothing.
#[derive(Clone, Debug)]
enum End {
    Cancelled,
    Failed { message: String, refused: bool },
}

impl From<EngineError> for End {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Cancelled(_) => Self::Cancelled,
            error => {
                Self::Failed { message: error.to_string(), refused: matches!(error, EngineError::Options(_)) }
            }
        }
    }
}

impl From<End> for JobEvent {
    fn from(end: End) -> Self {
        match end {
            End::Cancelled => Self::Cancelled,
            End::Failed { message, refused } => Self::Failed { message, refused },
        }
    }
}

/// What came of a proof.
#[derive(Debug)]
pub struct Proved {
    pub verdict: Verdict,
    /// What is chosen from now on, unless the person asks for something else.
    pub decision: Decision,
    /// Why the verdict will not be there at the next start, if so.
    pub not_stored: Option<String>,
}

/// Both ends that others hold of the thread. Dropping the command sender ends the thread after
/// the job in hand.
pub struct EngineThread {
    pub commands: Sender<EngineCommand>,
    pub events: Receiver<EngineEvent>,
    /// What it does for all that it serves.
    pub monitor: Monitor,
}

/// Enough for a queue of files; a full channel makes the asker wait, not the engine.
const COMMANDS: usize = 64;
/// Events are small, and the receiver drains them without waiting for anybody.
const EVENTS: usize = 1024;
/// How often a device that is being opened is looked after while there is nothing else to do.
const ATTENTION: Duration = Duration::from_millis(50);

impl EngineThread {
    /// Starts the thread. `threads` is the number of CPU threads the engine may use; `verdicts` is what is
    /// known of precisions, to which it adds; `npu` says how the NPU is reached; `limits` what is done at once.
    ///
    /// # Errors
    /// If the system refuses a thread.
    pub fn spawn(threads: usize, verdicts: Verdicts, npu: NpuWay, limits: Limits) -> std::io::Result<Self> {
        let (commands, inbox) = bounded(COMMANDS);
        let (outbox, events) = bounded(EVENTS);
        let monitor = Monitor::default();
        let engine = Engine {
            threads,
            outbox,
            verdicts,
            npu,
            loaded: None,
            limits,
            monitor: monitor.clone(),
            postponed: None,
        };
        thread::Builder::new().name("hark-engine".into()).spawn(move || engine.run(&inbox))?;
        Ok(Self { commands, events, monitor })
    }
}

struct Engine {
    threads: usize,
    outbox: Sender<EngineEvent>,
    verdicts: Verdicts,
    npu: NpuWay,
    loaded: Option<Loaded>,
    limits: Limits,
    /// What is done for all that it serves.
    monitor: Monitor,
    /// What came in while jobs were done together and was not one of them.
    postponed: Option<EngineCommand>,
}

struct Loaded {
    name: String,
    stamp: Option<Stamp>,
    whisper: Whisper,
    standing: Standing,
}

/// What a transcript was made with.
struct Description {
    model: String,
    backend: BackendInfo,
    standing: Standing,
    npu: NpuSession,
    /// Changes of who encodes that are older than the job.
    changes: usize,
}

impl Description {
    fn finished(&self, transcript: Transcript, timings: Timings) -> JobEvent {
        let Self { model, backend, standing, npu, changes } = self;
        let (model, mut backend, standing) = (model.clone(), backend.clone(), standing.clone());
        let npu = npu.used_since(*changes).map(Box::new);
        if let Some(used) = &npu {
            (backend.kind, backend.name) = (used.report.backend_kind(), used.report.badge());
        }
        JobEvent::Finished { transcript, timings, model, backend, standing, npu }
    }
}

/// Why there is no model.
#[derive(Debug, thiserror::Error)]
enum LoadError {
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    NoRoom(#[from] NoRoom),
}

impl Engine {
    fn run(mut self, inbox: &Receiver<EngineCommand>) {
        while let Some(command) = self.postponed.take().or_else(|| self.next(inbox)) {
            match command {
                EngineCommand::Load(load) => self.load(&load),
                EngineCommand::Transcribe(_) | EngineCommand::Follow(_) => self.serve(command, inbox),
                EngineCommand::Prove(job) => self.prove(job),
                EngineCommand::Gauge(job) => self.gauge(&job),
                EngineCommand::Unload => {
                    self.loaded = None;
                    give_back_freed_memory();
                    self.send(EngineEvent::Unloaded);
                }
            }
        }
    }

    /// The next command. Waiting for it, looks after a device that is being opened.
    fn next(&mut self, inbox: &Receiver<EngineCommand>) -> Option<EngineCommand> {
        while let Some(loaded) = &mut self.loaded
            && loaded.whisper.backend.refresh()
        {
            match inbox.recv_timeout(ATTENTION) {
                Err(RecvTimeoutError::Timeout) => {}
                result => return result.ok(),
            }
        }
        inbox.recv().ok()
    }

    /// The receiver is gone only while the program ends; there is nobody left to tell.
    fn send(&self, event: EngineEvent) {
        let _ = self.outbox.send(event);
    }

    fn load(&mut self, load: &Load) {
        let name = load.name.clone();
        self.send(EngineEvent::Loading { name: name.clone() });
        // Two models side by side would need twice the memory.
        self.loaded = None;
        let start = Instant::now();
        match guarded(|| self.made(load)) {
            Ok(loaded) => {
                let (backend, standing) = (loaded.whisper.backend.describe(), loaded.standing.clone());
                let english_only = !loaded.whisper.model.tokenizer.multilingual;
                self.loaded = Some(loaded);
                let load = start.elapsed().into();
                self.send(EngineEvent::Ready { name, backend, standing, english_only, load });
                self.tell_of_npu();
            }
            Err(error) => self.send(EngineEvent::LoadFailed { name, message: error.to_string() }),
        }
    }

    fn made(&mut self, load: &Load) -> Result<Loaded, LoadError> {
        let Load { spec, name, precision: wish, npu } = load;
        let (wish, name) = (*wish, name.as_str());
        let model = Model::load(spec)?;
        let stamp = Stamp::of(spec);
        let known = match &stamp {
            Some(stamp) if wish == PrecisionChoice::Auto => {
                self.verdicts.read_again();
                self.verdicts.about(stamp, || fingerprint(&model).unwrap_or_default())
            }
            _ => Vec::new(),
        };
        let Decision { precision, standing } = decide(wish, &known);
        let available = machine::memory().map(|(_, available)| available);
        room::check(name, precision, footprint(&model, precision), available)?;
        let outbox = self.outbox.clone();
        let tell: NewsSink = Arc::new(move |report| {
            let _ = outbox.send(EngineEvent::Npu(Box::new(report.clone())));
        });
        let plan = self.npu.plan(*npu, self.threads, tell);
        let whisper = with_npu(Whisper::new(model, self.threads, precision)?, plan, spec)?;
        Ok(Loaded { name: name.into(), stamp, whisper, standing })
    }

    /// Says how the NPU stands.
    fn tell_of_npu(&self) {
        if let Some(report) = self.npu.session().report() {
            self.send(EngineEvent::Npu(Box::new(report)));
        }
    }

    fn prove(&mut self, job: ProofJob) {
        let ProofJob { id, anew, cancel } = job;
        self.send(EngineEvent::Job { id, event: JobEvent::Started });
        let event = self.with_model(&cancel, |loaded, verdicts| {
            Ok(JobEvent::Proved(proved(loaded, verdicts, anew, &cancel)?.into()))
        });
        self.send(EngineEvent::Job { id, event: event.unwrap_or_else(JobEvent::from) });
    }

    fn gauge(&self, job: &GaugeJob) {
        let GaugeJob { id, width, precision, cancel } = job;
        let (id, width, precision) = (*id, *width, *precision);
        self.send(EngineEvent::Job { id, event: JobEvent::Started });
        let event = match guarded(|| gauge(width, precision, self.threads, cancel)) {
            Ok(sample) => JobEvent::Gauged { width, precision, sample },
            Err(error) => End::from(error).into(),
        };
        // A wide layer takes more than the models that many people use.
        give_back_freed_memory();
        self.send(EngineEvent::Job { id, event });
    }

    /// Does work that needs a model, unless nobody wants it any more; `Err` is how the job ends then.
    fn with_model<T>(
        &mut self,
        cancel: &Cancel,
        work: impl FnOnce(&mut Loaded, &mut Verdicts) -> Result<T, EngineError>,
    ) -> Result<T, End> {
        if cancel.is_raised() {
            return Err(End::Cancelled);
        }
        let Some(loaded) = &mut self.loaded else {
            let message = "no model is loaded; choose one first".into();
            return Err(End::Failed { message, refused: false });
        };
        guarded(|| work(loaded, &mut self.verdicts)).map_err(End::from)
    }
}

/// Puts the NPU beside the CPU's encoder, if there is one, and finds out who is faster.
pub fn with_npu(whisper: Whisper, plan: NpuPlan, spec: &ModelSpec) -> Result<Whisper, EngineError> {
    let Whisper { model, backend, decoder } = whisper;
    let mut selected = Selected::new(backend, plan, spec, &model.dims);
    let clip = bundled::proof_clip().map_err(EngineError::Defect)?;
    let (frames, max) = mel::whole(&model.mel_filters, &clip);
    let window = frames.window(0, frames.len().min(WINDOW_FRAMES), max, MelFill::Zero);
    selected.measure(&window, &Cancel::new())?;
    Ok(Whisper { model, backend: Box::new(selected), decoder })
}

/// Proves the precision at hand, unless that was done before and is not wanted `anew`.
fn proved(
    loaded: &mut Loaded,
    verdicts: &mut Verdicts,
    anew: bool,
    cancel: &Cancel,
) -> Result<Proved, EngineError> {
    let model = loaded.whisper.model.clone();
    let BackendInfo { precision, threads, .. } = loaded.whisper.backend.cpu().describe();
    let fingerprint = fingerprint(&model)?;
    let known = verdicts.of(&fingerprint).into_iter().find(|known| known.proof.precision == precision);
    let verdict = match known.filter(|_| !anew) {
        Some(known) => known,
        None => {
            let clip = bundled::proof_clip().map_err(EngineError::Defect)?;
            let start = Instant::now();
            let workers = Workers::new(threads);
            let proof = prove(&model, &mut loaded.whisper, &workers, &clip, cancel)?;
            Verdict::new(proof, start.elapsed().as_secs_f64())
        }
    };
    let written = verdicts.record(&fingerprint, loaded.stamp.as_ref(), verdict.clone());
    let decision = decide(PrecisionChoice::Auto, &verdicts.of(&fingerprint));
    if loaded.standing == Standing::Unproven && decision.precision == precision {
        loaded.standing = decision.standing.clone();
    }
    Ok(Proved { verdict, decision, not_stored: written.err().map(|error| reason(&error)) })
}

/// What a model's content is known by.
pub fn fingerprint(model: &Model) -> Result<String, ModelError> {
    Ok(format!("{:016x}", model.fingerprint()?))
}

#[cfg(test)]
#[path = "engine_thread_tests.rs"]
mod tests;
