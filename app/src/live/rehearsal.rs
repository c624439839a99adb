//! A dictation that nobody speaks: a session as the window has one, whose microphone hears a recording.

use super::overheard::{Overheard, overhear};
use super::replay::{Feed, TAIL, microphone};
use crate::control::Latencies;
use crate::engine_thread::EngineThread;
use crate::models::Choice;
use crate::precision::PrecisionChoice;
use crate::session::{
    Command, Config, DictationView, Manner, Origin, Reply, Session, SessionHandle, Snapshot, Tone,
    TranscriptView, Wish,
};
use crossbeam_channel::{Receiver, bounded, select};
use hark_engine::audio::{AudioError, AudioFile, AudioSource};
use hark_engine::encoder::npu::{BackendChange, NpuSetting};
use hark_engine::transcript::Transcript;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// What is to be dictated, and how.
pub struct Plan {
    pub feed: Feed,
    pub model: Choice,
    pub precision: PrecisionChoice,
    pub npu: NpuSetting,
    pub manner: Manner,
}

/// What came of it. Times are seconds from the first sample.
pub struct Rehearsed {
    pub transcript: Transcript,
    /// When the window had the final text.
    pub finished: f64,
    /// When windows became final.
    pub windows: Vec<f64>,
    /// What was recorded, as it lay on the disk.
    pub recorded: Feed,
    /// The session's ledger.
    pub latency: Option<Latencies>,
    /// Who encoded from when on.
    pub changes: Vec<BackendChange>,
}

/// Why there is nothing to measure.
#[derive(Debug, thiserror::Error)]
pub enum NoRehearsal {
    #[error("{0}")]
    Model(String),
    /// `refused` because the options do not fit the model.
    #[error("{message}")]
    NoText { message: String, refused: bool },
    #[error("the session cannot be rehearsed: {0}")]
    System(#[from] io::Error),
    #[error("cannot read what was recorded: {0}")]
    Recording(#[from] AudioError),
    #[error("interrupted")]
    Interrupted,
    #[error("the session stopped by a defect of its own; please report it")]
    Broken,
}

/// Dictates on this engine, which nobody else may use meanwhile. `see` is shown what the window gets, with the seconds
/// since the first sample.
///
/// # Errors
/// If there is no text, or `interrupted` holds something.
pub fn rehearse(
    plan: Plan,
    engine: &EngineThread,
    interrupted: &Receiver<()>,
    see: &mut dyn FnMut(&TranscriptView, f64),
) -> Result<Rehearsed, NoRehearsal> {
    let folder = tempfile::tempdir()?;
    let Plan { feed, model, precision, npu, manner } = plan;
    let (begin, began) = bounded(1);
    let (stop, stopped) = bounded(1);
    let hears = microphone(feed.clone(), begin, move || {
        let _ = stop.try_send(());
    });
    let mut config = Config { precision, ..Config::apart(folder.path(), model, hears) };
    // In memory only.
    let _ = config.settings.change(|settings| settings.npu = npu);
    let (_over, is_over) = bounded(0);
    let (overheard, told) = overhear(engine, is_over);
    let session = Session::spawn_on(config, overheard, Arc::new(|| ()))?;
    let mut stage = Stage {
        session,
        told,
        began,
        stopped,
        interrupted,
        start: None,
        ready: false,
        transcript: None,
        windows: Vec::new(),
        changes: Vec::new(),
    };
    stage.await_model()?;
    stage.start(manner)?;
    let (finished, latency) = stage.dictate(see)?;
    stage.ask(Command::Quit)?;
    let Stage { session, start, transcript, windows, changes, .. } = stage;
    let _ = session.join.join();
    let start = start.ok_or(NoRehearsal::Broken)?;
    let since = |moment: Instant| moment.saturating_duration_since(start).as_secs_f64();
    Ok(Rehearsed {
        transcript: transcript.unwrap_or_default(),
        finished: since(finished),
        windows: windows.into_iter().map(since).collect(),
        recorded: read_only(&folder.path().join("recordings"))?,
        latency,
        changes,
    })
}

/// A session under way, and what is known of it.
struct Stage<'a> {
    session: SessionHandle,
    told: Receiver<Overheard>,
    began: Receiver<Instant>,
    stopped: Receiver<()>,
    interrupted: &'a Receiver<()>,
    /// When the first sample was captured.
    start: Option<Instant>,
    ready: bool,
    transcript: Option<Transcript>,
    windows: Vec<Instant>,
    changes: Vec<BackendChange>,
}

impl Stage<'_> {
    fn ask(&self, command: Command) -> Result<(), NoRehearsal> {
        self.session.commands.send(command).map_err(|_| NoRehearsal::Broken)
    }

    fn start(&self, manner: Manner) -> Result<(), NoRehearsal> {
        let (reply, taken) = Reply::new();
        self.ask(Command::Ask { wish: Wish::Start(manner), origin: Origin::Window, reply: Some(reply) })?;
        match taken.recv().map_err(|_| NoRehearsal::Broken)?.refusal {
            Some(message) => Err(NoRehearsal::NoText { message, refused: true }),
            None => Ok(()),
        }
    }

    fn await_model(&mut self) -> Result<(), NoRehearsal> {
        while !self.ready {
            self.wait()?;
        }
        // What happened until now is no part of the recording.
        self.changes.clear();
        Ok(())
    }

    /// Follows the dictation until the window has its text; gives when that was, and the ledger.
    fn dictate(
        &mut self,
        see: &mut dyn FnMut(&TranscriptView, f64),
    ) -> Result<(Instant, Option<Latencies>), NoRehearsal> {
        let mut finished = None;
        loop {
            let Some(snapshot) = self.wait()? else { continue };
            if snapshot.generation == 0 {
                continue;
            }
            let now = Instant::now();
            match snapshot.dictation {
                DictationView::Arming => {}
                DictationView::Recording { .. } | DictationView::Finishing { .. } => {
                    if let Some(start) = self.start {
                        see(&snapshot.dictated, now.saturating_duration_since(start).as_secs_f64());
                    }
                }
                DictationView::Delivering => drop(finished.get_or_insert(now)),
                DictationView::Idle if self.transcript.is_some() => {
                    return Ok((finished.unwrap_or(now), Latencies::of(&snapshot.latency)));
                }
                DictationView::Idle => {
                    let problem = snapshot.banners.iter().rev().find(|banner| banner.tone == Tone::Problem);
                    let message = problem.map_or_else(|| "nothing was recorded".into(), |b| b.text.clone());
                    return Err(NoRehearsal::NoText { message, refused: false });
                }
            }
        }
    }

    /// Waits for what happens next; a snapshot, if it is one.
    fn wait(&mut self) -> Result<Option<Arc<Snapshot>>, NoRehearsal> {
        select! {
            recv(self.session.snapshots) -> snapshot => {
                // What led to it was told before.
                while let Ok(told) = self.told.try_recv() {
                    self.take_in(told)?;
                }
                return snapshot.map(Some).map_err(|_| NoRehearsal::Broken);
            }
            recv(self.told) -> told => self.take_in(told.map_err(|_| NoRehearsal::Broken)?)?,
            recv(self.began) -> began => self.start = self.start.or(began.ok()),
            recv(self.stopped) -> _ => self.ask(Command::Stop)?,
            recv(self.interrupted) -> _ => return Err(NoRehearsal::Interrupted),
        }
        Ok(None)
    }

    fn take_in(&mut self, told: Overheard) -> Result<(), NoRehearsal> {
        match told {
            Overheard::Ready => self.ready = true,
            Overheard::LoadFailed(message) => return Err(NoRehearsal::Model(message)),
            Overheard::Window(at) => self.windows.push(at),
            Overheard::Finished(transcript) => self.transcript = Some(*transcript),
            Overheard::Failed { message, refused } => return Err(NoRehearsal::NoText { message, refused }),
            Overheard::Change(change) if self.changes.last() != Some(&*change) => self.changes.push(*change),
            Overheard::Change(_) => {}
        }
        Ok(())
    }
}

/// The only recording in a folder.
fn read_only(folder: &Path) -> Result<Feed, NoRehearsal> {
    let paths: Vec<_> = std::fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    let is_sound = |path: &&std::path::PathBuf| path.extension().is_some_and(|extension| extension == "wav");
    let path = paths.iter().find(is_sound).ok_or(NoRehearsal::Broken)?;
    let (mut samples, mut stream) = (Vec::new(), AudioFile::open(path, None)?.open()?);
    while stream.next_block(&mut samples)? {}
    let tail = TAIL.as_millis() as usize * hark_engine::dims::SAMPLE_RATE_HZ / 1000;
    let spoken = samples.len().saturating_sub(tail);
    Ok(Feed::recorded(samples.into(), spoken))
}
