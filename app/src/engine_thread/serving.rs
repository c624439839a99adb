//! Recordings that are served side by side.
//!
//! A recording that is being made is followed beside whatever else is under way, and comes first. Files are done
//! together if whoever asked for them asked for all of them at once (they share their cancel flag) and in the same way;
//! any other one waits for its turn. No text depends on what is done beside it.

use super::{Description, Engine, EngineCommand, EngineEvent, Job, JobEvent, JobId, LiveJob, Loaded};
use crate::precision::Standing;
use crossbeam_channel::{Receiver, Sender};
use hark_engine::encoder::npu::NpuSession;
use hark_engine::metrics::Monitor;
use hark_engine::schedule::{Limits, LiveRequest, Request, Scheduler, Turned};
use hark_engine::transcribe::{News, Way};
use hark_engine::{Cancel, EngineError};
use std::collections::BTreeMap;

/// What is served with.
struct Service {
    npu: NpuSession,
    model: String,
    standing: Standing,
}

/// Recordings whose beginnings have been told and whose ends have not.
struct UnderWay<'a> {
    outbox: &'a Sender<EngineEvent>,
    jobs: BTreeMap<JobId, Description>,
    /// The files among them, which were asked for together.
    company: Option<Company>,
    /// What came in and has to wait.
    postponed: Option<EngineCommand>,
}

/// Files that are done together.
struct Company {
    cancel: Cancel,
    fast: bool,
    jobs: Vec<JobId>,
}

impl Company {
    fn of(job: &Job) -> Self {
        let fast = job.options.way == Way::Fast;
        Self { cancel: job.cancel.clone(), fast, jobs: Vec::new() }
    }

    fn takes(&self, job: &Job) -> bool {
        let other = Self::of(job);
        self.fast == other.fast && other.cancel.is_shared_with(&self.cancel)
    }
}

impl Engine {
    /// Serves a recording, and what comes in meanwhile and can be done beside it.
    pub(super) fn serve(&mut self, first: EngineCommand, inbox: &Receiver<EngineCommand>) {
        let outbox = self.outbox.clone();
        let mut under_way =
            UnderWay { outbox: &outbox, jobs: BTreeMap::new(), company: None, postponed: None };
        let (id, cancel) = match &first {
            EngineCommand::Transcribe(Job { id, cancel, .. }) => (*id, cancel.clone()),
            EngineCommand::Follow(LiveJob { id, cancel, .. }) => (*id, cancel.clone()),
            _ => return,
        };
        let (npu, monitor) = (self.npu.session().clone(), self.monitor.clone());
        let mut begun = false;
        let ended = self.with_model(&cancel, |loaded, _| {
            begun = true;
            let (model, standing) = (loaded.name.clone(), loaded.standing.clone());
            let service = Service { npu, model, standing };
            under_way.run(first, &service, loaded, monitor, inbox)
        });
        if let Err(end) = ended {
            // There is no model, nobody wants it any more, or something went wrong that concerns all of them.
            let jobs = std::mem::take(&mut under_way.jobs).into_keys().chain((!begun).then_some(id));
            jobs.for_each(|id| under_way.tell(id, end.clone().into()));
        }
        self.postponed = under_way.postponed;
        self.tell_of_npu();
    }
}

impl UnderWay<'_> {
    fn run(
        &mut self,
        first: EngineCommand,
        service: &Service,
        loaded: &mut Loaded,
        monitor: Monitor,
        inbox: &Receiver<EngineCommand>,
    ) -> Result<(), EngineError> {
        let mut scheduler = Scheduler::new(&mut loaded.whisper, Limits::default(), monitor);
        let mut next = Some(first);
        loop {
            while let Some(command) = next.take().or_else(|| self.next(&scheduler, inbox)) {
                self.begin(command, service, &mut scheduler);
            }
            if scheduler.turn(&mut |id, news| self.hear(id, news))? == Turned::Idle {
                return Ok(());
            }
        }
    }

    /// The next command, if it can be done beside what is under way. Any other one is postponed, and nothing
    /// overtakes it.
    fn next(&mut self, scheduler: &Scheduler<'_>, inbox: &Receiver<EngineCommand>) -> Option<EngineCommand> {
        // Who has cancelled is told so before anybody else begins.
        if self.company.as_ref().is_some_and(|company| company.cancel.is_raised()) {
            return None;
        }
        let command = self.postponed.take().or_else(|| inbox.try_recv().ok())?;
        let fits = match &command {
            EngineCommand::Follow(_) => true,
            EngineCommand::Transcribe(job) => {
                scheduler.has_room() && self.company.as_ref().is_none_or(|company| company.takes(job))
            }
            EngineCommand::Load(_)
            | EngineCommand::Prove(_)
            | EngineCommand::Gauge(_)
            | EngineCommand::Unload => false,
        };
        if !fits {
            self.postponed = Some(command);
            return None;
        }
        Some(command)
    }

    fn begin(&mut self, command: EngineCommand, service: &Service, scheduler: &mut Scheduler<'_>) {
        match command {
            EngineCommand::Transcribe(job) if job.cancel.is_raised() => {
                self.tell(job.id, JobEvent::Cancelled);
            }
            EngineCommand::Follow(job) if job.cancel.is_raised() => self.tell(job.id, JobEvent::Cancelled),
            EngineCommand::Transcribe(job) => {
                self.describe(job.id, service, scheduler);
                self.company.get_or_insert_with(|| Company::of(&job)).jobs.push(job.id);
                let Job { id: number, source, options, cancel } = job;
                let request = Request { number, source, options, cancel };
                // There was room when it was taken from the inbox.
                let taken = scheduler.admit(request, &mut |id, news| self.hear(id, news));
                if let Err(refused) = taken {
                    let error = EngineError::Defect(refused.to_string());
                    self.hear(refused.request.number, News::Ended(Err(error)));
                }
            }
            EngineCommand::Follow(job) => {
                self.describe(job.id, service, scheduler);
                let LiveJob { id: number, source, options, cancel, hurry } = job;
                let request = LiveRequest { number, source, options, cancel, hurry };
                scheduler.follow(request, &mut |id, news| self.hear(id, news));
            }
            other => self.postponed = Some(other),
        }
    }

    /// A job begins: notes what its text is made with.
    fn describe(&mut self, id: JobId, service: &Service, scheduler: &Scheduler<'_>) {
        self.tell(id, JobEvent::Started);
        let Service { npu, model, standing } = service;
        let (model, standing, backend) = (model.clone(), standing.clone(), scheduler.describe());
        let (npu, changes) = (npu.clone(), npu.changes());
        self.jobs.insert(id, Description { model, backend, standing, npu, changes });
    }

    fn hear(&mut self, id: JobId, news: News) {
        match news {
            News::Event(event) => self.tell(id, JobEvent::Running(event)),
            News::Ended(result) => {
                let Some(description) = self.jobs.remove(&id) else { return };
                let event = result.map(|(text, timings)| description.finished(text, timings));
                self.tell(id, event.unwrap_or_else(|error| super::End::from(error).into()));
                if let Some(company) = &mut self.company {
                    company.jobs.retain(|job| *job != id);
                    self.company.take_if(|company| company.jobs.is_empty());
                }
            }
        }
    }

    /// The receiver is gone only while the program ends.
    fn tell(&self, id: JobId, event: JobEvent) {
        let _ = self.outbox.send(EngineEvent::Job { id, event });
    }
}
