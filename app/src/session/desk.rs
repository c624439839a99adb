//! The engine as the session sees it: one job at a time, and late results dropped.

use super::machine::Generation;
use super::snapshot::{EngineView, FileId};
use crate::engine_thread::{EngineCommand, EngineEvent, Job, JobEvent, JobId};
use crate::models::Choice;
use crossbeam_channel::{Receiver, Sender, never};
use hark_engine::Cancel;
use hark_engine::audio::AudioSource;
use hark_engine::metrics::WallTime;
use hark_engine::transcribe::Options;
use std::time::Instant;

/// What a job is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    Dictation(Generation),
    Demo,
    File(FileId),
}

/// What the session has to know of an engine's event.
#[derive(Debug)]
pub enum News {
    /// A model is ready.
    Ready,
    /// A model could not be loaded.
    LoadFailed { name: String, message: String },
    /// A job that is still wanted; `at` is the time since it began.
    Job { work: Work, event: JobEvent, at: WallTime },
}

/// The engine thread's channels and what is under way there.
pub struct Desk {
    commands: Sender<EngineCommand>,
    /// What the engine reports; to be given to [`Desk::receive`].
    pub events: Receiver<EngineEvent>,
    view: EngineView,
    /// Models that were asked for and are neither ready nor failed.
    loading: usize,
    running: Option<Running>,
    last: JobId,
}

struct Running {
    id: JobId,
    work: Work,
    cancel: Cancel,
    began: Instant,
    wanted: bool,
}

impl Desk {
    /// A desk at an idle engine.
    pub fn new(commands: Sender<EngineCommand>, events: Receiver<EngineEvent>) -> Self {
        Self { commands, events, view: EngineView::Unloaded, loading: 0, running: None, last: 0 }
    }

    /// The engine's state, to show.
    pub fn view(&self) -> &EngineView {
        &self.view
    }

    /// Whether a job would begin at once.
    pub fn is_free(&self) -> bool {
        self.running.is_none() && self.loading == 0 && matches!(self.view, EngineView::Ready { .. })
    }

    /// Why no job will begin until another model is chosen, if so.
    pub fn failure(&self) -> Option<&str> {
        match &self.view {
            EngineView::Failed { message, .. } if self.loading == 0 => Some(message),
            _ => None,
        }
    }

    /// Asks for a model; the job in hand is finished first.
    pub fn load(&mut self, choice: &Choice) {
        let command = EngineCommand::Load { spec: choice.spec.clone(), name: choice.name.clone() };
        match self.commands.try_send(command) {
            Ok(()) => self.loading += 1,
            Err(error) => self.view = broken(&choice.name, &error.to_string()),
        }
    }

    /// Begins a job; for a desk that is free. `false` if the engine does not take it, which
    /// [`Desk::failure`] explains.
    pub fn begin(&mut self, work: Work, source: Box<dyn AudioSource>, options: Options) -> bool {
        self.last += 1;
        let cancel = Cancel::new();
        let job = Job { id: self.last, source, options, cancel: cancel.clone() };
        match self.commands.try_send(EngineCommand::Transcribe(job)) {
            Ok(()) => {
                let running = Running { id: self.last, work, cancel, began: Instant::now(), wanted: true };
                self.running = Some(running);
                true
            }
            Err(error) => {
                self.view = broken("", &error.to_string());
                false
            }
        }
    }

    /// Stops the job in hand if it is this one. Nothing more will be heard of it.
    pub fn cancel(&mut self, work: Work) {
        self.cancel_if(|w| w == work);
    }

    /// As [`Desk::cancel`], for every work that fits.
    pub fn cancel_if(&mut self, fits: impl Fn(Work) -> bool) {
        if let Some(running) = self.running.as_mut().filter(|r| fits(r.work)) {
            running.cancel.raise();
            running.wanted = false;
        }
    }

    /// Takes in what the engine reports, and says what of it matters.
    pub fn receive(&mut self, event: EngineEvent) -> Option<News> {
        match event {
            EngineEvent::Loading { name } => {
                self.view = EngineView::Loading { model: name };
                None
            }
            EngineEvent::Ready { name, backend, load: _ } => {
                self.loading = self.loading.saturating_sub(1);
                self.view = EngineView::Ready { model: name, backend };
                Some(News::Ready)
            }
            EngineEvent::LoadFailed { name, message } => {
                self.loading = self.loading.saturating_sub(1);
                self.view = EngineView::Failed { model: name.clone(), message: message.clone() };
                Some(News::LoadFailed { name, message })
            }
            EngineEvent::Job { id, event } => {
                let running = self.running.as_mut().filter(|r| r.id == id)?;
                if matches!(event, JobEvent::Started) {
                    running.began = Instant::now();
                }
                let news = News::Job { work: running.work, at: running.began.elapsed().into(), event };
                let wanted = running.wanted;
                if let News::Job {
                    event: JobEvent::Finished { .. } | JobEvent::Failed { .. } | JobEvent::Cancelled,
                    ..
                } = &news
                {
                    self.running = None;
                }
                wanted.then_some(news)
            }
        }
    }

    /// The engine's thread is gone, which only a defect can do: the job in hand has failed.
    pub fn engine_ended(&mut self) -> Option<News> {
        self.events = never();
        self.loading = 0;
        self.view = broken("", "its thread has ended");
        let running = self.running.take().filter(|r| r.wanted)?;
        let message = self.failure().unwrap_or_default().to_owned();
        let at = running.began.elapsed().into();
        Some(News::Job { work: running.work, event: JobEvent::Failed { message, refused: false }, at })
    }
}

fn broken(model: &str, reason: &str) -> EngineView {
    let message = format!("the engine does not answer ({reason}); please restart Hark");
    EngineView::Failed { model: model.to_owned(), message }
}
