//! The dialogue with the engine: asked for several recordings at once, it is listened to about one after the
//! other.

use super::progress::Progress;
use crate::cli::exit::{Complaint, Exit, Failure};
use crate::cli::interrupt::Interrupt;
use crate::cli::models::npu_setting;
use crate::engine_thread::{Audience, EngineCommand, EngineEvent, EngineThread, Job, JobEvent, JobId, Load};
use crate::precision::{PrecisionChoice, Standing};
use crate::speakers;
use crossbeam_channel::select;
use hark_engine::audio::AudioFile;
use hark_engine::encoder::BackendInfo;
use hark_engine::encoder::npu::NpuUse;
use hark_engine::metrics::{Timings, WallTime};
use hark_engine::model::ModelSpec;
use hark_engine::transcribe::{Event, Options};
use hark_engine::transcript::{Segment, Transcript};
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// How long a cancelled job may take to say so before the program ends without its word.
const PATIENCE: Duration = Duration::from_millis(150);

/// An engine that is asked for transcriptions.
pub struct Conversation {
    engine: EngineThread,
    interrupt: Interrupt,
    /// How long the model took to load, once it is loaded.
    load: Option<WallTime>,
    /// Jobs that were asked for, numbered from 1.
    jobs: JobId,
    /// What was said of jobs whose turn has not come.
    early: BTreeMap<JobId, VecDeque<JobEvent>>,
}

/// What a job gives in the end.
pub struct Finished {
    pub transcript: Transcript,
    pub timings: Timings,
    pub model: String,
    pub backend: BackendInfo,
    pub standing: Standing,
    pub npu: Option<Box<NpuUse>>,
}

impl Finished {
    /// One text of those of a recording's channels. `None` if there are none.
    pub fn of_channels(mut parts: Vec<Self>) -> Option<Self> {
        if parts.len() == 1 {
            return parts.pop();
        }
        let timings = parts.iter().map(|part| part.timings).reduce(Timings::one_after_another)?;
        let transcripts = parts.iter_mut().map(|part| std::mem::take(&mut part.transcript)).collect();
        let transcript = speakers::by_channel(transcripts);
        Some(Self { transcript, timings, ..parts.pop()? })
    }
}

impl Conversation {
    /// Asks for the model first.
    pub fn begin(
        engine: EngineThread,
        interrupt: Interrupt,
        (spec, name): (ModelSpec, String),
        precision: PrecisionChoice,
    ) -> Self {
        // A lost engine shows when its next event is awaited.
        let _ = engine.commands.send(EngineCommand::Load(Load { spec, name, precision, npu: npu_setting() }));
        Self { engine, interrupt, load: None, jobs: 0, early: BTreeMap::new() }
    }

    /// How long the model took to load, if it is loaded.
    pub fn load(&self) -> Option<WallTime> {
        self.load
    }

    /// Asks for a transcription; returns its number.
    pub fn ask(&mut self, source: AudioFile, options: Options) -> JobId {
        self.jobs += 1;
        let (id, cancel) = (self.jobs, self.interrupt.cancel.clone());
        let job = Job { id, source: Box::new(source), options, cancel, audience: Audience::Events };
        let _ = self.engine.commands.send(EngineCommand::Transcribe(job));
        id
    }

    /// The next event, unless the person wants to stop or the engine is gone.
    fn next(&self) -> Result<EngineEvent, Failure> {
        select! {
            recv(self.engine.events) -> event => event.map_err(|_| {
                Exit::Failed.with(Complaint::new("the engine stopped by a defect of its own; please report it"))
            }),
            recv(self.interrupt.wished) -> _ => {
                self.await_cancelled();
                Err(Exit::Interrupted.quietly())
            }
        }
    }

    /// Gives the engine a moment to put down what it holds.
    fn await_cancelled(&self) {
        let deadline = Instant::now() + PATIENCE;
        while let Ok(event) = self.engine.events.recv_deadline(deadline) {
            if matches!(event, EngineEvent::Job { event: JobEvent::Cancelled | JobEvent::Failed { .. }, .. })
            {
                return;
            }
        }
    }

    /// Waits until the model is loaded.
    pub fn await_model(&mut self) -> Result<(), Failure> {
        let progress = self.load.is_none().then(|| Progress::start("loading the model"));
        while self.load.is_none() {
            match self.next()? {
                EngineEvent::Ready { load, .. } => self.load = Some(load),
                EngineEvent::LoadFailed { message, .. } => {
                    drop(progress);
                    return Err(Exit::Model.with(Complaint::new(message)));
                }
                EngineEvent::Job { id, event } => self.keep(id, event),
                EngineEvent::Loading { .. } | EngineEvent::Unloaded | EngineEvent::Npu(_) => {}
            }
        }
        Ok(())
    }

    /// Keeps what is said of a job until its turn comes.
    fn keep(&mut self, id: JobId, event: JobEvent) {
        self.early.entry(id).or_default().push_back(event);
    }

    /// The next event of a job. Those of others are kept.
    fn next_of(&mut self, job: JobId) -> Result<JobEvent, Failure> {
        if let Some(event) = self.early.get_mut(&job).and_then(VecDeque::pop_front) {
            return Ok(event);
        }
        self.early.remove(&job);
        loop {
            match self.next()? {
                EngineEvent::Job { id, event } if id == job => return Ok(event),
                EngineEvent::Job { id, event } => self.keep(id, event),
                _ => {}
            }
        }
    }

    /// Follows a job to its end; `Err` inside is the engine's message about this file. `show` is
    /// given each segment as it comes.
    pub fn follow(
        &mut self,
        job: JobId,
        name: &str,
        show: &dyn Fn(&Segment) -> Result<(), Failure>,
    ) -> Result<Result<Finished, (Exit, String)>, Failure> {
        let mut progress = Progress::start("reading");
        loop {
            match self.next_of(job)? {
                JobEvent::Running(Event::Listened(audio)) => progress.listened(audio),
                JobEvent::Running(Event::Length(audio)) => progress.length(audio, name),
                JobEvent::Running(Event::Progress(audio)) => progress.reached(audio),
                JobEvent::Running(Event::Segment(segment)) => {
                    progress.aside(|| show(&segment)).inspect_err(|_| self.interrupt.cancel.raise())?;
                }
                JobEvent::Started | JobEvent::Running(_) | JobEvent::Proved(_) | JobEvent::Gauged { .. } => {}
                JobEvent::Finished { transcript, timings, model, backend, standing, npu } => {
                    return Ok(Ok(Finished { transcript, timings, model, backend, standing, npu }));
                }
                JobEvent::Failed { message, refused } => {
                    return Ok(Err((if refused { Exit::Usage } else { Exit::Failed }, message)));
                }
                JobEvent::Cancelled => return Err(Exit::Interrupted.quietly()),
            }
        }
    }
}
