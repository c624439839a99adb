//! Everything that a person can ask of the session.

use super::reply::Reply;
use super::snapshot::{BannerId, FileId, Shown};
use crate::autostart::Autostart;
use crate::bindings;
use crate::export::Format;
use crate::history::{EntryId, Keeping};
use crate::kept_files::FileOptions;
use crate::settings::{Anywhere, DictationChoices, ServiceChoices, WindowChoices};
use crate::wish::{Origin, Wish};
use hark_engine::encoder::npu::NpuSetting;
use std::path::PathBuf;
use std::sync::Arc;

/// A wish of the person, from the window or through the control socket.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Open the microphone and record.
    Start,
    /// End the recording and transcribe it.
    Stop,
    /// End the recording, or the transcription of it, without text. The audio stays on disk.
    Cancel,
    /// Transcribe these files (folders are searched for audio files).
    AddFiles(Vec<PathBuf>),
    /// Stop one file, or take it off the waiting list.
    CancelFile(FileId),
    /// Stop every file.
    CancelAllFiles,
    /// Transcribe a file again, whatever became of it.
    RetryFile(FileId),
    /// How files that are added are to be transcribed, and those that wait.
    ChooseFileOptions(FileOptions),
    /// How this file is to be transcribed; if it was already, it is done again.
    ChangeFile(FileId, FileOptions),
    /// Put this text in place of a segment of the transcript.
    Edit { shown: Shown, place: usize, text: String },
    /// Take back all edits of the transcript.
    Restore(Shown),
    /// Play the recording that is shown, from so many seconds on.
    Play { from: f64 },
    /// Play it no more.
    StopPlaying,
    /// Write every file's transcript into this folder; nothing that is there is replaced.
    SaveAll { format: Format, folder: PathBuf },
    /// Take a file that is done, failed or cancelled off the list.
    RemoveFile(FileId),
    /// Show this in the middle of the window.
    Show(Shown),
    /// Transcribe the bundled clip with the demo model.
    TranscribeDemoClip,
    /// Use this model, as named in [`super::Snapshot::models`] or typed by the person.
    ChooseModel(String),
    /// The page with the models is open, or not any more.
    LookAtModels(bool),
    /// Fetch this model, as named in [`super::Snapshot::library`], or go on with it.
    Download(String),
    /// Stop fetching this model; what has come is kept.
    CancelDownload(String),
    /// Delete this model, and what was fetched of it.
    DeleteModel(String),
    /// Fetch models from this address; `None` is the place where they are published.
    ChooseMirror(Option<String>),
    /// Record from this microphone, from the next recording on; `None` is the system's default.
    ChooseMicrophone(Option<String>),
    /// Make text of speech in this way.
    ChooseDictation(Arc<DictationChoices>),
    /// Let the window look like this.
    ChooseWindow(WindowChoices),
    /// Start by itself when the person logs in, or do not.
    ChooseAutostart(Autostart),
    /// Give texts to other programs on this computer, or do not; if that did not work, try again.
    ChooseService(ServiceChoices),
    /// Let encoders run on the NPU, or do not.
    ChooseNpu(NpuSetting),
    /// Write the recording under way into this folder: its own takes no more.
    RecordInto(PathBuf),
    /// Record this channel, counted from 0, of the microphone that was heard last; `None` is the one on
    /// which somebody speaks. From the next recording on.
    ChooseChannel(Option<usize>),
    /// Look for models and microphones again.
    Refresh,
    /// Put the text that is shown on the clipboard.
    Copy,
    /// Write the transcript that is shown.
    Save { format: Format, path: PathBuf },
    /// Do what the banner's button says.
    BannerAction(BannerId),
    /// Close a banner.
    DismissBanner(BannerId),
    /// Carry out a wish about dictation, and say what came of it.
    Ask { wish: Wish, origin: Origin, reply: Option<Reply> },
    /// Change how dictation into other apps works.
    ChangeAnywhere(Arc<Anywhere>),
    /// The window takes the next key for a binding, whatever it is bound to; or it does so no more.
    AwaitKey(bool),
    /// How the keys of the desktop stand now.
    KeysStand(bindings::Report),
    /// This key was held for as long as is allowed, and counts as released.
    KeyStuck(String),
    /// A wish about earlier dictations.
    History(HistoryWish),
    /// Bring the window to the front.
    ShowWindow,
    /// The window was closed: finish what is on disk and end.
    Quit,
}

/// A wish about earlier dictations.
#[derive(Clone, Debug, PartialEq)]
pub enum HistoryWish {
    /// Look for what others have changed.
    Look,
    /// Play the recording of an entry, in place of what is playing.
    Play(EntryId),
    StopPlaying,
    /// Put this text on the clipboard.
    Copy(String),
    /// Transcribe the recording of an entry again, with this model or the one in use.
    Retry {
        id: EntryId,
        model: Option<String>,
    },
    /// Do not transcribe it again after all.
    CancelRetry(EntryId),
    /// Put a star on an entry, or take it off.
    Star(EntryId, bool),
    /// Delete these entries. The person can change their mind for a moment.
    Delete(Vec<EntryId>),
    /// Write these entries, or all, into a file.
    Export {
        ids: Option<Vec<EntryId>>,
        format: Format,
        path: PathBuf,
    },
    /// Keep this from now on.
    Keep(Keeping),
}
