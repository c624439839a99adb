//! Recordings that are served side by side.
//!
//! A recording that is being made is followed beside whatever else is under way, and comes first. Files are done
//! together as far as there is room, whoever asked for them, and each is ended by its own flag. No text depends on what
//! is done beside it.

use super::{
    Audience, Description, Engine, EngineCommand, EngineEvent, Job, JobEvent, JobId, LiveJob, Loaded,
};
use crate::precision::Standing;
use crossbeam_channel::{Receiver, Sender};
use hark_engine::encoder::npu::NpuSession;
use hark_engine::metrics::Monitor;
use hark_engine::schedule::{Limits, LiveRequest, Refused, Request, Scheduler, Turned};
use hark_engine::transcribe::News;
use hark_engine::{Cancel, EngineError};
use std::collections::BTreeMap;

/// What is served with.
struct Service {
    npu: NpuSession,
    model: String,
    standing: Standing,
    limits: Limits,
    monitor: Monitor,
}

/// Recordings whose beginnings have been told and whose ends have not.
struct UnderWay<'a> {
    outbox: &'a Sender<EngineEvent>,
    /// By numbers of its own: those who ask number their jobs without knowing of each other.
    jobs: BTreeMap<u64, (Asker, Description)>,
    /// Numbers that were given.
    numbers: u64,
    /// What came in and has to wait.
    postponed: Option<EngineCommand>,
}

/// Whoever wants a recording's text, and until when.
#[derive(Clone)]
struct Asker {
    id: JobId,
    audience: Audience,
    cancel: Cancel,
}

impl Asker {
    fn of(command: &EngineCommand) -> Option<Self> {
        match command {
            EngineCommand::Transcribe(Job { id, cancel, audience, .. }) => {
                Some(Self { id: *id, audience: audience.clone(), cancel: cancel.clone() })
            }
            EngineCommand::Follow(LiveJob { id, cancel, .. }) => {
                Some(Self { id: *id, audience: Audience::Events, cancel: cancel.clone() })
            }
            _ => None,
        }
    }

    /// Whether it can be told to ask again.
    fn can_be_refused(&self) -> bool {
        matches!(self.audience, Audience::Own(_))
    }

    /// The receiver of the events is gone only while the program ends.
    fn tell(&self, outbox: &Sender<EngineEvent>, event: JobEvent) {
        match &self.audience {
            Audience::Events => drop(outbox.send(EngineEvent::Job { id: self.id, event })),
            Audience::Own(listener) => listener.hear(event),
        }
    }
}

impl Engine {
    /// Serves a recording, and what comes in meanwhile and can be done beside it.
    pub(super) fn serve(&mut self, first: EngineCommand, inbox: &Receiver<EngineCommand>) {
        let Some(asker) = Asker::of(&first) else { return };
        let outbox = self.outbox.clone();
        let mut under_way = UnderWay { outbox: &outbox, jobs: BTreeMap::new(), numbers: 0, postponed: None };
        let (npu, limits, monitor) = (self.npu.session().clone(), self.limits, self.monitor.clone());
        let mut begun = false;
        let ended = self.with_model(&asker.cancel, |loaded, _| {
            begun = true;
            let (model, standing) = (loaded.name.clone(), loaded.standing.clone());
            under_way.run(first, &Service { npu, model, standing, limits, monitor }, loaded, inbox)
        });
        if let Err(end) = ended {
            // There is no model, nobody wants it any more, or something went wrong that concerns all of them.
            let jobs = std::mem::take(&mut under_way.jobs).into_values().map(|(asker, _)| asker);
            jobs.chain((!begun).then_some(asker)).for_each(|asker| asker.tell(&outbox, end.clone().into()));
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
        inbox: &Receiver<EngineCommand>,
    ) -> Result<(), EngineError> {
        let mut scheduler = Scheduler::new(&mut loaded.whisper, service.limits, service.monitor.clone());
        let mut next = Some(first);
        loop {
            while let Some(command) = next.take().or_else(|| self.next(&scheduler, inbox)) {
                self.begin(command, service, &mut scheduler);
            }
            if scheduler.turn(&mut |number, news| self.hear(number, news))? == Turned::Idle {
                return Ok(());
            }
        }
    }

    /// The next command, if it can be done beside what is under way. Any other one is postponed, and nothing
    /// overtakes it.
    fn next(&mut self, scheduler: &Scheduler<'_>, inbox: &Receiver<EngineCommand>) -> Option<EngineCommand> {
        // Who has cancelled is told so before anybody else begins.
        if self.jobs.values().any(|(asker, _)| asker.cancel.is_raised()) {
            return None;
        }
        let command = self.postponed.take().or_else(|| inbox.try_recv().ok())?;
        let asker = Asker::of(&command);
        let fits = match &command {
            EngineCommand::Transcribe(_) => {
                scheduler.has_room() || asker.is_some_and(|asker| asker.can_be_refused())
            }
            _ => asker.is_some(),
        };
        if !fits {
            self.postponed = Some(command);
            return None;
        }
        Some(command)
    }

    fn begin(&mut self, command: EngineCommand, service: &Service, scheduler: &mut Scheduler<'_>) {
        let Some(asker) = Asker::of(&command) else { return self.postponed = Some(command) };
        if asker.cancel.is_raised() {
            return asker.tell(self.outbox, JobEvent::Cancelled);
        }
        self.numbers += 1;
        let number = self.numbers;
        match command {
            EngineCommand::Transcribe(Job { source, options, cancel, .. }) => {
                let has_room = scheduler.has_room();
                if has_room {
                    self.describe(number, asker.clone(), service, scheduler);
                }
                let request = Request { number, source, options, cancel };
                let admitted = scheduler.admit(request, &mut |number, news| self.hear(number, news));
                if let (Err(Refused { wait, .. }), Audience::Own(listener)) = (admitted, &asker.audience) {
                    listener.refused(wait);
                }
            }
            EngineCommand::Follow(LiveJob { source, options, cancel, hurry, .. }) => {
                self.describe(number, asker, service, scheduler);
                let request = LiveRequest { number, source, options, cancel, hurry };
                scheduler.follow(request, &mut |number, news| self.hear(number, news));
            }
            _ => {}
        }
    }

    /// A job begins: notes what its text is made with.
    fn describe(&mut self, number: u64, asker: Asker, service: &Service, scheduler: &Scheduler<'_>) {
        asker.tell(self.outbox, JobEvent::Started);
        let Service { npu, model, standing, .. } = service;
        let (model, standing, backend) = (model.clone(), standing.clone(), scheduler.describe());
        let (npu, changes) = (npu.clone(), npu.changes());
        self.jobs.insert(number, (asker, Description { model, backend, standing, npu, changes }));
    }

    fn hear(&mut self, number: u64, news: News) {
        let event = match news {
            News::Event(event) => JobEvent::Running(event),
            News::Ended(result) => {
                let Some((asker, description)) = self.jobs.remove(&number) else { return };
                let event = result.map(|(text, timings)| description.finished(text, timings));
                return asker.tell(self.outbox, event.unwrap_or_else(|error| super::End::from(error).into()));
            }
        };
        if let Some((asker, _)) = self.jobs.get(&number) {
            asker.tell(self.outbox, event);
        }
    }
}
