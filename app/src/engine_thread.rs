//! The engine thread: the only owner of a model and a backend, and the only one that computes.
//!
//! Commands come in through one bounded channel, events go out through another. A job's [`Cancel`]
//! is the one signal that overtakes the channel.

use crossbeam_channel::{Receiver, Sender, bounded};
use hark_engine::audio::AudioSource;
use hark_engine::encoder::{BackendError, BackendInfo};
use hark_engine::metrics::{Timings, WallTime};
use hark_engine::model::{Model, ModelSpec};
use hark_engine::transcribe::{self, Options, transcribe};
use hark_engine::transcript::Transcript;
use hark_engine::{Cancel, EngineError, Precision, Whisper};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Instant;

/// Number of a transcription, chosen by whoever asks for it and never used twice.
pub type JobId = u64;

/// What the engine can be asked to do, in the order of asking.
pub enum EngineCommand {
    /// Load a model in place of the one at hand.
    Load { spec: ModelSpec, name: String },
    /// Transcribe a recording with the model at hand.
    Transcribe(Job),
}

/// One transcription to do.
pub struct Job {
    pub id: JobId,
    pub source: Box<dyn AudioSource>,
    pub options: Options,
    pub cancel: Cancel,
}

/// What the engine reports.
#[derive(Debug)]
pub enum EngineEvent {
    Loading { name: String },
    Ready { name: String, backend: BackendInfo, load: WallTime },
    LoadFailed { name: String, message: String },
    Job { id: JobId, event: JobEvent },
}

/// What happens to a job, from `Started` to exactly one of `Finished`, `Failed` and `Cancelled`.
#[derive(Debug)]
pub enum JobEvent {
    Started,
    Running(transcribe::Event),
    Finished {
        transcript: Transcript,
        timings: Timings,
        model: String,
        backend: BackendInfo,
    },
    /// `refused` if the options contradict the model or each other.
    Failed {
        message: String,
        refused: bool,
    },
    Cancelled,
}

/// Both ends that others hold of the thread. Dropping the command sender ends the thread after
/// the job in hand.
pub struct EngineThread {
    pub commands: Sender<EngineCommand>,
    pub events: Receiver<EngineEvent>,
}

/// Enough for a queue of files; a full channel makes the asker wait, not the engine.
const COMMANDS: usize = 64;
/// Events are small, and the receiver drains them without waiting for anybody.
const EVENTS: usize = 1024;

impl EngineThread {
    /// Starts the thread. `threads` is the number of CPU threads the engine may use.
    ///
    /// # Errors
    /// If the system refuses a thread.
    pub fn spawn(threads: usize) -> std::io::Result<Self> {
        let (commands, inbox) = bounded(COMMANDS);
        let (outbox, events) = bounded(EVENTS);
        thread::Builder::new()
            .name("hark-engine".into())
            .spawn(move || Engine { threads, outbox, loaded: None }.run(&inbox))?;
        Ok(Self { commands, events })
    }
}

struct Engine {
    threads: usize,
    outbox: Sender<EngineEvent>,
    loaded: Option<Loaded>,
}

struct Loaded {
    name: String,
    whisper: Whisper,
}

impl Engine {
    fn run(mut self, inbox: &Receiver<EngineCommand>) {
        for command in inbox {
            match command {
                EngineCommand::Load { spec, name } => self.load(&spec, name),
                EngineCommand::Transcribe(job) => self.transcribe(job),
            }
        }
    }

    /// The receiver is gone only while the program ends; there is nobody left to tell.
    fn send(&self, event: EngineEvent) {
        let _ = self.outbox.send(event);
    }

    fn load(&mut self, spec: &ModelSpec, name: String) {
        self.send(EngineEvent::Loading { name: name.clone() });
        // Two models side by side would need twice the memory.
        self.loaded = None;
        let start = Instant::now();
        let threads = self.threads;
        match guarded(|| Ok(Whisper::new(Model::load(spec)?, threads, Precision::F32)?)) {
            Ok(whisper) => {
                let info = whisper.backend.describe();
                self.loaded = Some(Loaded { name: name.clone(), whisper });
                self.send(EngineEvent::Ready { name, backend: info, load: start.elapsed().into() });
            }
            Err(error) => self.send(EngineEvent::LoadFailed { name, message: error.to_string() }),
        }
    }

    fn transcribe(&mut self, job: Job) {
        let Job { id, source, options, cancel } = job;
        let report = |event| EngineEvent::Job { id, event };
        if cancel.is_raised() {
            return self.send(report(JobEvent::Cancelled));
        }
        let outbox = self.outbox.clone();
        let Some(loaded) = &mut self.loaded else {
            let message = "no model is loaded; choose one first".into();
            return self.send(report(JobEvent::Failed { message, refused: false }));
        };
        let _ = outbox.send(report(JobEvent::Started));
        let result = guarded(|| {
            transcribe(&mut loaded.whisper, &*source, &options, &cancel, &mut |event| {
                let _ = outbox.send(report(JobEvent::Running(event)));
            })
        });
        let event = match result {
            Ok((transcript, timings)) => JobEvent::Finished {
                transcript,
                timings,
                model: loaded.name.clone(),
                backend: loaded.whisper.backend.describe(),
            },
            Err(EngineError::Cancelled(_)) => JobEvent::Cancelled,
            Err(error) => JobEvent::Failed {
                message: error.to_string(),
                refused: matches!(error, EngineError::Options(_)),
            },
        };
        self.send(report(event));
    }
}

/// A panic in the engine is a defect, but must not take the window and the recording with it.
fn guarded<T>(work: impl FnOnce() -> Result<T, EngineError>) -> Result<T, EngineError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let what = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no message");
        Err(EngineError::Backend(BackendError::Device(format!(
            "the engine stopped by a defect of its own ({what}); please report it"
        ))))
    })
}
