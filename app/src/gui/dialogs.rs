//! The system's file dialogs, each on a thread of its own: the window never waits for one.

use crate::audio_files::ENDINGS;
use crate::export::Format;
use crate::history::EntryId;
use crate::session::{Command, HistoryWish, Shown};
use crate::texts;
use crossbeam_channel::{Receiver, Sender, bounded};
use eframe::egui::Context;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// What the person is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// Audio files to transcribe.
    Files,
    /// Folders with audio files.
    Folders,
    /// Where to go on with the recording under way.
    RecordingFolder,
    /// A model file.
    Model,
    /// Where to write the transcript `shown`; `name` is a proposal.
    Save { format: Format, shown: Shown, name: String },
    /// Into which folder to write the transcripts of all files.
    SaveAll { format: Format },
    /// Where to write these entries of the history, or all; `name` is a proposal.
    Export { ids: Option<Vec<EntryId>>, format: Format, name: String },
}

/// Shows one dialog and waits for it.
pub trait Picker: Send + Sync {
    /// What was chosen, possibly nothing; `None` if this system has no dialog to show.
    fn pick(&self, question: &Question) -> Option<Vec<PathBuf>>;
}

type Answer = (Question, Option<Vec<PathBuf>>);

/// The dialogs that are open, and their answers.
pub struct Dialogs {
    picker: Arc<dyn Picker>,
    answer: Option<Receiver<Answer>>,
    /// Whether it is to be said that this system has none.
    pub missing: bool,
}

impl Dialogs {
    /// No dialog is open.
    pub fn new(picker: Arc<dyn Picker>) -> Self {
        Self { picker, answer: None, missing: false }
    }

    /// Opens a dialog, unless one is open: two at once would only confuse.
    pub fn ask(&mut self, ctx: &Context, question: Question) {
        if self.answer.is_some() {
            return;
        }
        let (sender, receiver) = bounded(1);
        let (picker, ctx) = (Arc::clone(&self.picker), ctx.clone());
        let wait = move || wait_for_answer(&*picker, question, &sender, &ctx);
        if thread::Builder::new().name("hark-dialog".into()).spawn(wait).is_ok() {
            self.answer = Some(receiver);
        }
    }

    /// The commands that follow from an answer, if one has come.
    pub fn take(&mut self) -> Vec<Command> {
        let Some(receiver) = &self.answer else { return Vec::new() };
        match receiver.try_recv() {
            Ok((question, paths)) => {
                self.answer = None;
                self.missing = paths.is_none();
                commands(question, paths.unwrap_or_default())
            }
            Err(crossbeam_channel::TryRecvError::Empty) => Vec::new(),
            Err(crossbeam_channel::TryRecvError::Disconnected) => {
                self.answer = None;
                Vec::new()
            }
        }
    }
}

fn wait_for_answer(picker: &dyn Picker, question: Question, sender: &Sender<Answer>, ctx: &Context) {
    let mut paths = picker.pick(&question);
    let ending = match &question {
        Question::Save { format, .. } => Some(format.ending()),
        Question::Export { format, .. } => Some(format.ending()),
        _ => None,
    };
    if let (Some(ending), Some(paths)) = (ending, &mut paths) {
        paths.iter_mut().for_each(|path| *path = with_ending(path, ending));
    }
    // The window may be gone by now.
    let _ = sender.send((question, paths));
    ctx.request_repaint();
}

fn commands(question: Question, paths: Vec<PathBuf>) -> Vec<Command> {
    let Some(first) = paths.first().cloned() else { return Vec::new() };
    match question {
        Question::Files | Question::Folders => vec![Command::AddFiles(paths)],
        Question::RecordingFolder => vec![Command::RecordInto(first)],
        Question::SaveAll { format } => vec![Command::SaveAll { format, folder: first }],
        Question::Model => vec![Command::ChooseModel(first.to_string_lossy().into_owned())],
        Question::Export { ids, format, .. } => {
            vec![Command::History(HistoryWish::Export { ids, format, path: first })]
        }
        // Something else may be shown by now, and `Save` writes what is shown.
        Question::Save { format, shown, .. } => {
            vec![Command::Show(shown), Command::Save { format, path: first }]
        }
    }
}

/// The path with this ending. The dialog has asked before it gave the name of an existing file, but not
/// about a name that is made here: that one gets a number until it is free.
fn with_ending(path: &Path, ending: &str) -> PathBuf {
    if path.extension().is_some_and(|own| own.eq_ignore_ascii_case(ending)) {
        return path.to_owned();
    }
    let name = path.file_name().unwrap_or_default();
    let candidate = |number: u32| {
        let mut name = name.to_owned();
        if number > 1 {
            name.push(format!(" ({number})"));
        }
        name.push(texts::decimal_mark());
        name.push(ending);
        path.with_file_name(name)
    };
    let is_free = |path: &PathBuf| path.symlink_metadata().is_err();
    (1..=u32::MAX).map(candidate).find(is_free).unwrap_or_else(|| candidate(1))
}

/// The desktop's own dialogs (through its portal, or zenity where there is none).
pub struct SystemPicker;

/// Nobody reads a dialog and closes it in so short a time: there was none.
const UNSEEN: Duration = Duration::from_millis(150);

impl Picker for SystemPicker {
    fn pick(&self, question: &Question) -> Option<Vec<PathBuf>> {
        let asked = Instant::now();
        let paths = show(question);
        (paths.is_some() || asked.elapsed() > UNSEEN).then(|| paths.unwrap_or_default())
    }
}

fn save(dialog: rfd::FileDialog, title: &str, name: &str, ending: &str) -> Option<Vec<PathBuf>> {
    let dialog = dialog.set_title(title).set_file_name(format!("{name}.{ending}"));
    dialog.add_filter(ending, &[ending]).save_file().map(|path| vec![path])
}

fn show(question: &Question) -> Option<Vec<PathBuf>> {
    let dialog = rfd::FileDialog::new();
    match question {
        Question::Files => dialog
            .set_title(texts::dialog_add_files())
            .add_filter(texts::dialog_audio_video(), &ENDINGS)
            .add_filter(texts::dialog_all_files(), &["*"])
            .pick_files(),
        Question::Folders => dialog.set_title(texts::dialog_add_folders()).pick_folders(),
        Question::RecordingFolder => {
            dialog.set_title(texts::dialog_recording_folder()).pick_folder().map(|path| vec![path])
        }
        Question::SaveAll { .. } => {
            dialog.set_title(texts::dialog_save_all()).pick_folder().map(|path| vec![path])
        }
        Question::Model => dialog
            .set_title(texts::dialog_model())
            .add_filter(texts::dialog_models(), &["bin", "gz", "safetensors"])
            .add_filter(texts::dialog_all_files(), &["*"])
            .pick_file()
            .map(|path| vec![path]),
        Question::Save { format, name, .. } => save(dialog, texts::dialog_save(), name, format.ending()),
        Question::Export { format, name, .. } => save(dialog, texts::dialog_export(), name, format.ending()),
    }
}
