//! What an engine tells a session, heard on the way.

use crate::engine_thread::{EngineEvent, EngineThread, JobEvent};
use crossbeam_channel::{Receiver, bounded, select};
use hark_engine::encoder::npu::BackendChange;
use hark_engine::transcribe::Event;
use hark_engine::transcript::Transcript;
use std::thread;
use std::time::Instant;

/// As many as an engine's own.
const EVENTS: usize = 1024;

/// What matters to somebody who measures.
pub enum Overheard {
    Ready,
    LoadFailed(String),
    /// A window became final.
    Window(Instant),
    /// The recording has its text.
    Finished(Box<Transcript>),
    /// There will be no text, `refused` because the options do not fit the model.
    Failed {
        message: String,
        refused: bool,
    },
    /// Somebody else encodes from here on.
    Change(Box<BackendChange>),
}

/// An engine for a session, and what it tells. Its events are the session's until `over` is disconnected.
pub fn overhear(engine: &EngineThread, over: Receiver<()>) -> (EngineThread, Receiver<Overheard>) {
    let (pass_on, passed) = bounded(EVENTS);
    let (tell, told) = bounded(EVENTS);
    let events = engine.events.clone();
    thread::spawn(move || {
        loop {
            let event = select! {
                recv(events) -> event => event,
                recv(over) -> _ => return,
            };
            let Ok(event) = event else { return };
            if let Some(heard) = heard(&event) {
                let _ = tell.send(heard);
            }
            let _ = pass_on.send(event);
        }
    });
    let (commands, monitor) = (engine.commands.clone(), engine.monitor.clone());
    (EngineThread { commands, events: passed, monitor }, told)
}

fn heard(event: &EngineEvent) -> Option<Overheard> {
    match event {
        EngineEvent::Ready { .. } => Some(Overheard::Ready),
        EngineEvent::LoadFailed { message, .. } => Some(Overheard::LoadFailed(message.clone())),
        EngineEvent::Npu(report) => report.last_change.clone().map(|change| Overheard::Change(change.into())),
        EngineEvent::Job { event, .. } => match event {
            JobEvent::Running(Event::Window(_)) => Some(Overheard::Window(Instant::now())),
            JobEvent::Finished { transcript, .. } => Some(Overheard::Finished(transcript.clone().into())),
            JobEvent::Failed { message, refused } => {
                Some(Overheard::Failed { message: message.clone(), refused: *refused })
            }
            _ => None,
        },
        EngineEvent::Loading { .. } | EngineEvent::Unloaded => None,
    }
}
