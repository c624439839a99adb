//! The session with the real engine and the demo model.

use super::config::{Config, ModelKnowledge};
use super::shelf::Shelf;
use super::state::Session;
use super::thread::SessionHandle;
use super::*;
use crate::capture::{Microphones, synthetic};
use crate::delivery::Outlet;
use crate::models::{self, Choice};
use crate::precision::{PrecisionChoice, Standing};
use crate::settings::Store;
use crossbeam_channel::{Receiver, Sender, bounded};
use hark_engine::model::ModelSpec;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(120);
const SAID: &str = "Please restart the software and check the database.";

struct TestClipboard(Sender<String>);

impl Outlet for TestClipboard {
    fn copy(&mut self, text: &str) -> Result<(), String> {
        self.0.send(text.to_owned()).map_err(|e| e.to_string())
    }
}

fn clip() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/demo/samples/short04.wav")
}

/// A session whose microphone hears the clip.
fn session(folder: &Path, fallback: bool) -> (SessionHandle, Receiver<String>) {
    session_with(folder, fallback, Duration::MAX)
}

fn session_with(folder: &Path, fallback: bool, idle: Duration) -> (SessionHandle, Receiver<String>) {
    let (copied, clipboard) = bounded(16);
    let config = Config {
        recordings: folder.join("recordings"),
        history: Some(folder.join("history")),
        kept_files: None,
        model: Choice { name: "demo".into(), spec: ModelSpec::Demo, fallback },
        threads: 2,
        precision: PrecisionChoice::Auto,
        verdicts: Some(folder.to_owned()),
        idle,
        minute: Duration::ZERO,
        npu: crate::npu::NpuWay::none(),
        models: ModelKnowledge {
            list: Vec::new,
            resolve: |name| Err(name.to_owned()),
            is_bundled_clip: models::demo_rule::is_bundled_clip,
        },
        shelf: Shelf::new(None, None, 2),
        settings: Store::open(folder).0,
        settings_problems: Vec::new(),
        microphones: Microphones::new(
            Arc::new(|_, answer| {
                let (mut device, stream) = synthetic::stream(16_000, 1);
                let mut reader = hound::WavReader::open(clip()).unwrap();
                let samples: Vec<f32> =
                    reader.samples::<i16>().map(|v| f32::from(v.unwrap()) / 32_768.0).collect();
                device.hear(&samples);
                answer.send(Ok(stream)).unwrap();
            }),
            Duration::ZERO,
        ),
        outlet: Box::new(TestClipboard(copied)),
        sounds: Default::default(),
        autostart: None,
        plays: false,
        supplies: folder.join("supplies"),
    };
    (Session::spawn(config, Arc::new(|| {})).unwrap(), clipboard)
}

fn see(session: &SessionHandle, what: &str, fits: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
    let mut last = None;
    while let Ok(snapshot) = session.snapshots.recv_timeout(PATIENCE) {
        if fits(&snapshot) {
            return snapshot;
        }
        last = Some(snapshot);
    }
    panic!("never seen: {what}; last was {last:#?}");
}

#[test]
fn the_first_start_transcribes_the_clip_at_one_click() {
    let folder = tempfile::tempdir().unwrap();
    let (session, _) = session(folder.path(), true);
    session.commands.send(Command::TranscribeDemoClip).unwrap();
    let done = see(&session, "the clip's text", |s| {
        !s.banners.is_empty() || !s.transcript.growing && !s.transcript.segments.is_empty()
    });
    assert_eq!((done.transcript.text().as_str(), done.banners.len()), (SAID, 0));
    assert!(done.transcript.speed.is_some() && done.demo_only);
    assert!(matches!(&done.engine, EngineView::Ready { model, .. } if model == "demo"));
}

#[test]
fn the_fallback_demo_transcribes_bundled_files_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = std::fs::read(clip()).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    let (other, text) = (folder.path().join("other.wav"), folder.path().join("text.wav"));
    std::fs::write(&other, bytes).unwrap();
    std::fs::write(&text, "no sound").unwrap();
    let (session, _) = session(folder.path(), true);
    session.commands.send(Command::AddFiles(vec![other, clip(), text])).unwrap();
    let over = |f: &FileView| matches!(f.state, FileState::Done { .. } | FileState::Failed { .. });
    let end = see(&session, "the end", |s| s.files.len() == 3 && s.files.iter().all(over));
    let failed = |n: usize| matches!(&end.files[n].state, FileState::Failed { message } if message.contains("choose a model"));
    assert!(failed(0) && failed(2), "{:#?}", end.files);
    session.commands.send(Command::Show(Shown::File(end.files[1].id))).unwrap();
    see(&session, "the clip's text", |s| s.transcript.text() == SAID);
}

#[test]
fn what_is_dictated_is_what_the_recording_says_when_it_is_transcribed_again() {
    let folder = tempfile::tempdir().unwrap();
    let (session, clipboard) = session(folder.path(), false);
    session.commands.send(Command::Start).unwrap();
    see(
        &session,
        "three seconds",
        |s| matches!(s.dictation, DictationView::Recording { elapsed, .. } if elapsed > Duration::from_secs(3)),
    );
    session.commands.send(Command::Stop).unwrap();
    let dictated = clipboard.recv_timeout(PATIENCE).unwrap();
    assert_eq!(dictated, SAID);
    session.commands.send(Command::AddFiles(vec![folder.path().join("recordings")])).unwrap();
    let again = see(&session, "the second text", |s| {
        matches!(s.files.first(), Some(FileView { state: FileState::Done { .. }, .. }))
    });
    assert_eq!(again.transcript.text(), dictated);
}

#[test]
fn idle_time_proves_the_demo_model_and_the_next_start_knows() {
    let folder = tempfile::tempdir().unwrap();
    let proven = |s: &Snapshot| match &s.engine {
        EngineView::Ready { standing, .. } => *standing != Standing::Unproven,
        _ => false,
    };
    let (first, _) = session_with(folder.path(), true, Duration::ZERO);
    let EngineView::Ready { backend, standing, .. } = see(&first, "a verdict", proven).engine.clone() else {
        panic!("no model");
    };
    first.commands.send(Command::Quit).unwrap();
    first.join.join().unwrap();
    let (second, _) = session(folder.path(), true);
    let known = EngineView::Ready { model: "demo".into(), backend, standing };
    let ready = |s: &Snapshot| matches!(s.engine, EngineView::Ready { .. });
    assert_eq!(see(&second, "the model", ready).engine, known);
}
