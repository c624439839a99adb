//! The window as a person meets it: controls found by the name that a screen reader says, and the
//! commands that come out.

mod actions;
mod anywhere;
mod benchmark;
mod doctor;
mod evidence;
mod files;
mod frame_time;
mod history;
mod languages;
mod library;
mod look;
mod names;
mod settings;
mod states;
mod words;

use super::app::App;
use super::dialogs::{Picker, Question};
use super::theme;
use crate::precision::Standing;
use crate::session::*;
use crossbeam_channel::{Receiver, Sender, bounded};
use eframe::egui;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use hark_engine::encoder::{BackendInfo, BackendKind, Precision};
use hark_engine::transcript::Segment;
use std::path::PathBuf;
use std::sync::Arc;

/// A window without a display, and the session's ends of its channels.
struct Window {
    harness: Harness<'static, App>,
    commands: Receiver<Command>,
    snapshots: Sender<Arc<Snapshot>>,
}

/// Answers every dialog with the same paths, or as a system without dialogs.
struct Answer(Option<Vec<PathBuf>>);

impl Picker for Answer {
    fn pick(&self, _: &Question) -> Option<Vec<PathBuf>> {
        self.0.clone()
    }
}

impl Window {
    fn new(snapshot: Snapshot) -> Self {
        Self::with(snapshot, 64, Answer(Some(Vec::new())))
    }

    /// A window whose channel holds `capacity` commands, and whose dialogs give `answer`.
    fn with(snapshot: Snapshot, capacity: usize, answer: Answer) -> Self {
        let (sender, commands) = bounded(capacity);
        let (snapshots, receiver) = bounded(64);
        let harness =
            Harness::builder().with_size([900.0, 600.0]).allow_missing_glyphs().build_eframe(move |cc| {
                theme::install(&cc.egui_ctx);
                App::new(sender, receiver, Arc::new(answer))
            });
        let mut window = Self { harness, commands, snapshots };
        window.show(snapshot);
        window
    }

    /// Sends a snapshot, and draws until nothing changes any more.
    fn show(&mut self, snapshot: Snapshot) {
        self.snapshots.send(Arc::new(snapshot)).unwrap();
        self.harness.run();
    }

    fn sent(&self) -> Vec<Command> {
        self.commands.try_iter().collect()
    }

    fn click(&mut self, label: &str) -> Vec<Command> {
        self.harness.get_by_label(label).click();
        self.harness.run();
        self.sent()
    }

    fn press(&mut self, key: egui::Key) -> Vec<Command> {
        self.harness.key_press(key);
        self.harness.run();
        self.sent()
    }

    #[track_caller]
    fn says(&self, label: &str) {
        assert!(self.harness.query_by_label(label).is_some(), "the window does not say {label:?}");
    }

    #[track_caller]
    fn does_not_say(&self, label: &str) {
        assert!(self.harness.query_all_by_label(label).next().is_none(), "the window says {label:?}");
    }

    fn is_enabled(&self, label: &str) -> bool {
        !self.harness.get_by_label(label).accesskit_node().is_disabled()
    }
}

fn ready() -> Snapshot {
    let backend =
        BackendInfo { kind: BackendKind::Cpu, name: "CPU".into(), precision: Precision::F32, threads: 8 };
    let model = |name: &str, label: &str| ModelView { name: name.into(), label: label.into() };
    let microphone = |id: &str, label: &str| MicrophoneView { id: id.into(), label: label.into() };
    Snapshot {
        engine: EngineView::Ready { model: "small.en".into(), backend, standing: Standing::Proven },
        models: vec![model("small.en", "small.en (466 MB)"), model("tiny", "tiny (75 MB)")],
        microphones: vec![microphone("hw:1", "Desk microphone")],
        ..Snapshot::default()
    }
}

fn dictating(dictation: DictationView) -> Snapshot {
    Snapshot { dictation, ..ready() }
}

fn segments(texts: impl IntoIterator<Item = impl Into<String>>) -> Arc<Vec<Segment>> {
    let segment = |(id, text): (usize, _)| {
        let start = id as f64 * 4.0;
        Segment { id, start, end: start + 3.0, text: Into::into(text), ..Segment::default() }
    };
    Arc::new(texts.into_iter().enumerate().map(segment).collect())
}

fn with_text(texts: &[&str]) -> Snapshot {
    let transcript = TranscriptView { segments: segments(texts.iter().copied()), ..Default::default() };
    Snapshot { transcript, ..ready() }
}

fn file(id: FileId, name: &str, state: FileState) -> FileView {
    FileView {
        id,
        path: PathBuf::from("/recordings").join(name).into(),
        name: name.into(),
        state,
        options: Default::default(),
        about: None,
        changed: false,
    }
}
