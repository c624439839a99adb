//! A session with an engine, a microphone and a clipboard that the test plays.

use super::config::{Config, ModelKnowledge};
use super::desk::Desk;
use super::state::Session;
use super::thread::SessionHandle;
use super::*;
use crate::capture::synthetic::{self, FakeDevice};
use crate::capture::{CaptureError, Microphones};
use crate::delivery::{Insertion, NotInserted, Outlet};
use crate::desktop::Focus;
use crate::engine_thread::{EngineCommand, EngineEvent, Job, JobEvent, ProofJob, Proved};
use crate::models::Choice;
use crate::precision::{Decision, PrecisionChoice, Standing, Verdict};
use crate::sounds::{self, Sounds};
use crossbeam_channel::{Receiver, Sender, bounded};
use hark_engine::encoder::{BackendInfo, BackendKind, Precision};
use hark_engine::metrics::{AudioTime, Timings, WallTime};
use hark_engine::model::ModelSpec;
use hark_engine::proof::Proof;
use hark_engine::transcribe::Event;
use hark_engine::transcript::{Segment, Transcript};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Id of a microphone that is not there.
pub const GONE: &str = "server:gone.monitor";

/// Only a test that fails waits that long.
pub const PATIENCE: Duration = Duration::from_secs(20);

struct TestClipboard {
    copied: Sender<String>,
    unhung: Receiver<()>,
}

impl Outlet for TestClipboard {
    fn copy(&mut self, text: &str) -> Result<(), String> {
        if text.contains("unpastable") {
            return Err("the display is gone".into());
        }
        if text.contains("slow") {
            let _ = self.unhung.recv();
        }
        if text.contains("hanging") {
            let _ = self.unhung.recv();
            return Err("the display was away".into());
        }
        self.copied.send(text.to_owned()).map_err(|e| e.to_string())
    }

    fn focused(&mut self) -> Option<Focus> {
        Some(Focus { window: "1".into(), app: "editor".into(), own: false })
    }

    fn insert(&mut self, insertion: &Insertion) -> Result<Option<String>, NotInserted> {
        let Insertion { text, focus, .. } = insertion;
        if text.contains("uninsertable") {
            return Err(NotInserted::Held);
        }
        let inserted = self.copied.send(format!("into {}: {text}", focus.app));
        inserted.map(|()| None).map_err(|e| NotInserted::Failed(e.to_string()))
    }
}

/// A session and everything around it.
pub struct Stage {
    pub folder: Arc<tempfile::TempDir>,
    pub session: SessionHandle,
    pub engine: Receiver<EngineCommand>,
    pub events: Sender<EngineEvent>,
    pub microphones: Receiver<FakeDevice>,
    pub clipboard: Receiver<String>,
    pub unhang: Sender<()>,
    pub sounds: Receiver<sounds::Order>,
}

pub fn backend() -> BackendInfo {
    BackendInfo { kind: BackendKind::Fake, name: "fake".into(), precision: Precision::F32, threads: 1 }
}

pub fn resolve(name: &str) -> Result<Choice, String> {
    match name {
        "missing" => Err("there is no model named `missing`".into()),
        name => Ok(Choice { name: name.into(), spec: ModelSpec::Path(name.into()), fallback: false }),
    }
}

pub fn is_bundled(path: &Path) -> std::io::Result<bool> {
    Ok(path.ends_with("bundled.wav"))
}

pub fn stage_in(folder: Arc<tempfile::TempDir>, fallback: bool) -> Stage {
    stage_with(folder, fallback, Duration::MAX)
}

fn stage_with(folder: Arc<tempfile::TempDir>, fallback: bool, idle: Duration) -> Stage {
    let (plugged, microphones) = bounded(256);
    let (copied, clipboard) = bounded(256);
    let (unhang, unhung) = bounded(256);
    let (ordered, sounds) = bounded(16);
    let (commands, engine) = bounded(64);
    let (events, engine_events) = bounded(1024);
    let plug = Microphones::new(
        Arc::new(move |id, answer| {
            if id.as_deref() == Some(GONE) {
                return drop(answer.send(Err(CaptureError::Missing(GONE.into()))));
            }
            let (device, stream) = synthetic::stream(16_000, 1);
            plugged.send(device).unwrap();
            answer.send(Ok(stream)).unwrap();
        }),
        Duration::ZERO,
    );
    let first = Choice { name: "first".into(), spec: ModelSpec::Demo, fallback };
    let config = Config {
        history: Some(folder.path().join("history")),
        kept_files: Some(crate::kept_files::Folder::new(folder.path().join("files"))),
        idle,
        minute: Duration::ZERO,
        models: ModelKnowledge {
            list: || vec![ModelView { name: "base.en".into(), label: "base.en (1 MB)".into() }],
            resolve,
            is_bundled_clip: is_bundled,
        },
        outlet: Box::new(TestClipboard { copied, unhung }),
        sounds: Sounds::heard_by(ordered),
        autostart: Some(folder.path().join("autostart")),
        supplies: folder.path().join("supplies"),
        ..Config::apart(folder.path(), first, plug)
    };
    let desk = Desk::new(commands, engine_events, PrecisionChoice::Auto);
    let session = Session::spawn_with(config, desk, Arc::new(|| {})).unwrap();
    Stage { folder, session, engine, events, microphones, clipboard, unhang, sounds }
}

/// A session whose first model was asked for and is not yet loaded.
pub fn unloaded(fallback: bool) -> Stage {
    stage_in(Arc::new(tempfile::tempdir().unwrap()), fallback)
}

/// A session whose first model is ready.
pub fn stage(fallback: bool) -> Stage {
    let stage = unloaded(fallback);
    assert_eq!(stage.load_asked_for(), "first");
    stage.ready("first");
    stage
}

/// A session whose idle time begins at once, and whose first model is unproven.
pub fn idle_stage() -> Stage {
    let stage = stage_with(Arc::new(tempfile::tempdir().unwrap()), false, Duration::ZERO);
    assert_eq!(stage.load_asked_for(), "first");
    stage.ready_in("first", Precision::Int8, Standing::Unproven);
    stage
}

fn cannot_follow() -> JobEvent {
    JobEvent::Failed { message: "it cannot follow".into(), refused: false }
}

impl Stage {
    pub fn ask(&self, command: Command) {
        self.session.commands.send(command).unwrap();
    }

    pub fn tell(&self, event: EngineEvent) {
        self.events.send(event).unwrap();
    }

    pub fn ready(&self, name: &str) {
        self.ready_in(name, Precision::F32, Standing::Proven);
    }

    pub fn ready_in(&self, name: &str, precision: Precision, standing: Standing) {
        let (backend, load) = (BackendInfo { precision, ..backend() }, WallTime::default());
        self.tell(EngineEvent::Ready {
            name: name.into(),
            backend,
            standing,
            english_only: name.ends_with(".en"),
            load,
        });
    }

    pub fn load_asked_for(&self) -> String {
        match self.engine.recv_timeout(PATIENCE).unwrap() {
            EngineCommand::Load(load) => load.name,
            EngineCommand::Transcribe(_) => panic!("a job and no model"),
            EngineCommand::Prove(_) => panic!("a proof and no model"),
            EngineCommand::Gauge(_) => panic!("a layer and no model"),
            EngineCommand::Unload => panic!("a rest and no model"),
            EngineCommand::Follow(_) => panic!("a live job and no model"),
        }
    }

    pub fn proof(&self) -> ProofJob {
        match self.engine.recv_timeout(PATIENCE).unwrap() {
            EngineCommand::Prove(job) => job,
            EngineCommand::Transcribe(_) => panic!("a job and no proof"),
            EngineCommand::Follow(_) => panic!("a live job and no proof"),
            EngineCommand::Gauge(_) => panic!("a layer and no proof"),
            EngineCommand::Load(load) => panic!("model {} and no proof", load.name),
            EngineCommand::Unload => panic!("a rest and no proof"),
        }
    }

    /// Ends a proof of `precision` with this decision.
    pub fn proved(&self, job: &ProofJob, precision: Precision, decision: Decision) {
        let proof = Proof {
            precision,
            isa: "vnni".into(),
            encoder_worst: 0.01,
            encoder_mean: 0.01,
            steps: 1,
            disagreements: vec![],
        };
        let proved = Proved { verdict: Verdict::new(proof, 1.0), decision, not_stored: None };
        self.tell(EngineEvent::Job { id: job.id, event: JobEvent::Proved(proved.into()) });
    }

    /// The next job, of an engine that does not follow recordings.
    pub fn job(&self) -> Job {
        match self.engine.recv_timeout(PATIENCE).unwrap() {
            EngineCommand::Transcribe(job) => job,
            EngineCommand::Follow(job) => {
                self.tell(EngineEvent::Job { id: job.id, event: cannot_follow() });
                self.job()
            }
            EngineCommand::Load(load) => panic!("model {} and no job", load.name),
            EngineCommand::Prove(_) => panic!("a proof and no job"),
            EngineCommand::Gauge(_) => panic!("a layer and no job"),
            EngineCommand::Unload => panic!("a rest and no job"),
        }
    }

    /// The engine cannot follow the recording that it is asked to.
    pub fn refuse_to_follow(&self) {
        match self.engine.recv_timeout(PATIENCE).unwrap() {
            EngineCommand::Follow(job) => {
                self.tell(EngineEvent::Job { id: job.id, event: cannot_follow() });
            }
            _ => panic!("nothing to follow"),
        }
    }

    pub fn finish(&self, job: &Job, text: &str) {
        let segment = Segment { text: text.into(), ..Segment::default() };
        let transcript = Transcript { text: text.into(), segments: vec![segment], ..Transcript::default() };
        let timings = Timings { audio: AudioTime(2.0), processing: WallTime(1.0), ..Timings::default() };
        let event = JobEvent::Finished {
            transcript,
            timings,
            model: "first".into(),
            backend: backend(),
            standing: Standing::Proven,
            npu: None,
        };
        self.tell(EngineEvent::Job { id: job.id, event });
    }

    pub fn run(&self, job: &Job, events: impl IntoIterator<Item = Event>) {
        let events = events.into_iter().map(JobEvent::Running);
        for event in [JobEvent::Started].into_iter().chain(events) {
            self.tell(EngineEvent::Job { id: job.id, event });
        }
    }

    /// The first snapshot from now on that fits.
    pub fn see(&self, what: &str, fits: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
        let mut last = None;
        while let Ok(snapshot) = self.session.snapshots.recv_timeout(PATIENCE) {
            if fits(&snapshot) {
                return snapshot;
            }
            last = Some(snapshot);
        }
        panic!("never seen: {what}; last was {last:#?}");
    }

    pub fn see_banner(&self, part: &str) -> Banner {
        let fits = |b: &&Banner| b.text.contains(part);
        let snapshot = self.see(part, |s| s.banners.iter().any(|b| fits(&b)));
        snapshot.banners.iter().find(fits).unwrap().clone()
    }

    /// Records `seconds` of something and returns with the microphone still open.
    pub fn record(&self, seconds: u64) -> FakeDevice {
        self.ask(Command::Start);
        let mut microphone = self.microphones.recv_timeout(PATIENCE).unwrap();
        for second in 1..=seconds {
            microphone.hear(&speech());
            let heard = Duration::from_secs(second);
            self.see(
                "a recording",
                |s| matches!(s.dictation, DictationView::Recording { elapsed, .. } if elapsed >= heard),
            );
        }
        microphone
    }

    pub fn add_files(&self, names: &[&str]) -> Vec<PathBuf> {
        let paths: Vec<_> = names.iter().map(|n| self.folder.path().join(n)).collect();
        self.ask(Command::AddFiles(paths.clone()));
        paths
    }

    pub fn quit(self) -> Arc<tempfile::TempDir> {
        self.ask(Command::Quit);
        self.session.join.join().unwrap();
        self.folder
    }
}

/// A transcript as the engine gives it.
pub fn finished(transcript: Transcript) -> super::transcription::Finished {
    let timings = Timings { audio: AudioTime(2.0), processing: WallTime(1.0), ..Timings::default() };
    super::transcription::Finished::new(transcript, timings, "first".into(), backend(), Standing::Proven)
}

/// One second of something that is not silence.
pub fn speech() -> Vec<f32> {
    (0..16_000).map(|i| ((i * i) % 977) as f32 / 1_000.0 - 0.4).collect()
}

pub fn idle(snapshot: &Snapshot) -> bool {
    snapshot.dictation == DictationView::Idle
}

pub fn recordings(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder.join("recordings")).into_iter().flatten();
    let paths = entries.map(|e| e.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|e| e == "wav")).collect()
}
