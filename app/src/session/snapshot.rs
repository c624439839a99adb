//! What there is to show: a value without behaviour, made by the session, drawn by the window.

use super::outcome::Outcome;
use crate::autostart::Autostart;
use crate::bindings;
pub use crate::capture::Channel;
use crate::export;
use crate::history::{Entry, EntryId, Keeping};
use crate::kept_files::FileOptions;
use crate::precision::Standing;
use crate::settings::{Anywhere, DictationChoices, ServiceChoices, WindowChoices};
pub use crate::speeds::Known;
use crate::wish::Manner;
use hark_engine::audio::TrackInfo;
use hark_engine::encoder::BackendInfo;
use hark_engine::encoder::npu::{NpuReport, NpuSetting};
use hark_engine::metrics::Figures;
use hark_engine::transcript::Segment;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Everything the window shows, at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    pub engine: EngineView,
    /// What speaks for who encodes; `None` where there is no NPU.
    pub npu: Option<Arc<NpuReport>>,
    /// What the engine has done since the start; `None` before anything was.
    pub figures: Option<Arc<Figures>>,
    /// Whether encoders may run on the NPU.
    pub npu_setting: NpuSetting,
    pub dictation: DictationView,
    /// Number of the last recording, 0 before the first.
    pub generation: u64,
    /// How the last dictation ended; `None` while there is one, and where nobody needs to be told.
    pub outcome: Option<Outcome>,
    /// What differs in it from the others.
    pub manner: Manner,
    /// The dictation's transcript, whatever is shown.
    pub dictated: TranscriptView,
    /// What was heard in the last dictation that has a text, before any rule was applied.
    pub heard: Arc<str>,
    pub files: FilesView,
    /// What the middle of the window shows.
    pub shown: Shown,
    /// The transcript that belongs to `shown`, as far as it exists.
    pub transcript: TranscriptView,
    /// Newest first.
    pub banners: Vec<Banner>,
    /// Models that were found, the one in use marked by `engine`.
    pub models: Vec<ModelView>,
    /// All that is known of models, while somebody looks at it.
    pub library: Option<Arc<ModelsView>>,
    pub microphones: Vec<MicrophoneView>,
    /// Stable id of the chosen microphone; `None` is the system's default.
    pub microphone: Option<String>,
    /// What it is called, or was when it was chosen.
    pub microphone_name: Option<String>,
    /// Earlier dictations.
    pub history: HistoryView,
    /// How long the steps of dictation take.
    pub latency: LatencyView,
    /// How speech becomes text.
    pub choices: Arc<DictationChoices>,
    /// How the window looks.
    pub window: WindowChoices,
    /// Whether Hark starts by itself; `None` as long as nobody has looked.
    pub autostart: Option<Autostart>,
    /// Texts for other programs; `None` if this Hark was built without that.
    pub service: Option<ServiceView>,
    /// How dictation into other apps works.
    pub anywhere: Arc<Anywhere>,
    /// Code of the language of the next dictation for which none is named; `None` is found out.
    pub language: Option<String>,
    /// How the keys of the desktop stand.
    pub keys: bindings::Report,
    /// The banner that says what is wrong with the keys, as `keys` does.
    pub keys_banner: Option<BannerId>,
    /// The banner that offers recordings of an earlier Hark.
    pub recovered_banner: Option<BannerId>,
    /// The window takes the next key, whatever it is bound to.
    pub key_awaited: bool,
    pub microphone_state: MicrophoneState,
    /// Only the demo model is there and nobody asked for it by name.
    pub demo_only: bool,
    /// How often a banner's button asked for another model; the window opens its choice of models
    /// when this grows.
    pub model_choice_wanted: u64,
    /// How often a banner's button asked for another folder to record into; the window asks for one
    /// when this grows.
    pub folder_wanted: u64,
    /// How often the window was asked to come to the front; it does when this grows.
    pub window_wanted: u64,
    /// Hark is being ended: the window closes, if it is open.
    pub quitting: bool,
}

/// The engine's own state.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum EngineView {
    #[default]
    Unloaded,
    Loading {
        model: String,
    },
    /// The model was taken out of memory until it is needed.
    Resting {
        model: String,
    },
    Ready {
        model: String,
        backend: BackendInfo,
        /// Why it runs in this precision.
        standing: Standing,
    },
    Failed {
        model: String,
        message: String,
    },
}

/// Texts for other programs on this computer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceView {
    /// What is wanted.
    pub choices: ServiceChoices,
    /// What there is.
    pub state: ServiceState,
}

/// Whether other programs are answered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "serve"), allow(dead_code, reason = "nothing is offered"))]
pub enum ServiceState {
    Off,
    /// They soon are.
    Opening,
    On {
        address: SocketAddr,
    },
    Failed(NotOffered),
}

/// Why other programs are not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "serve"), allow(dead_code, reason = "nothing is offered"))]
pub enum NotOffered {
    /// Another program has the port.
    PortTaken,
    /// The system does not let it, and why.
    Refused(String),
}

/// The recording's state, with the words and numbers that belong to it.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum DictationView {
    #[default]
    Idle,
    /// The microphone is being opened.
    Arming,
    /// Peak level per moment in [0, 1] of full scale, and how long it has been going on.
    Recording { elapsed: Duration, level: f32 },
    /// The recording has ended; its text is being made.
    Finishing { recorded: Duration },
    /// The text is being handed over.
    Delivering,
}

/// How long the steps of a dictation took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latency {
    /// From the wish to record to the open microphone; nothing if it was still open.
    pub stream_open: Duration,
    /// From the wish to record to the first samples.
    pub first_sample: Duration,
    /// From the wish to record to the beginning of speech, which can be said before it; `None` without live text.
    pub speech_start: Option<Duration>,
    /// From the beginning of speech to the first text of it; `None` without live text.
    pub first_text: Option<Duration>,
    /// From the wish to record to the wish to stop.
    pub stop: Duration,
    /// From the wish to stop to the final text.
    pub stop_to_final: Duration,
    /// From there until it was handed over.
    pub delivered: Duration,
}

/// The dictations since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LatencyView {
    pub last: Option<Latency>,
    /// The last hundred, the oldest first.
    pub past: Arc<[Latency]>,
    /// How many the percentiles are of.
    pub dictations: usize,
    pub stream_open: Option<Percentiles>,
    pub first_sample: Option<Percentiles>,
    pub first_text: Option<Percentiles>,
    pub stop_to_final: Option<Percentiles>,
    pub delivered: Option<Percentiles>,
}

/// What half of the times and 95 % of them stay within.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Percentiles {
    pub p50: Duration,
    pub p95: Duration,
}

/// Number of a file in the list.
pub type FileId = u64;

/// The list of files. It stands for the files themselves, in their order.
#[derive(Clone, Debug, Default)]
pub struct FilesView {
    /// Shared by all snapshots until something changes.
    pub list: Arc<Vec<FileView>>,
    /// Time left for all that waits, while something runs.
    pub left: Option<Duration>,
    /// What is transcribed at the same time, if that is several files.
    pub together: Option<Together>,
    /// How many were added since the start, or went on then.
    pub added: u64,
    /// How files that are added are transcribed.
    pub usual: FileOptions,
}

/// Files that share the engine: the speed of each is its share of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Together {
    pub files: usize,
    /// The speed of all of them, audio over processing.
    pub x: f64,
}

/// A file in the list.
#[derive(Clone, Debug, PartialEq)]
pub struct FileView {
    pub id: FileId,
    pub path: Arc<Path>,
    /// Its name; of several that are called alike, with their folders.
    pub name: Arc<str>,
    pub state: FileState,
    pub options: FileOptions,
    /// `None` as long as nobody has looked.
    pub about: Option<Arc<AboutFile>>,
    /// It is not the file any more that its text was made of, or it is gone.
    pub changed: bool,
}

/// What a file says of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AboutFile {
    pub tracks: Vec<TrackInfo>,
    /// Of the track that is heard; 0 if it cannot be read.
    pub channels: usize,
    /// As the file states it, in seconds.
    pub length_s: Option<f64>,
}

/// How far a file is.
#[derive(Clone, Debug, PartialEq)]
pub enum FileState {
    Waiting,
    /// Share done in [0, 1], time left if it can be told, speed so far.
    Running {
        progress: f32,
        left: Option<Duration>,
        speed: Option<Speed>,
    },
    Done {
        speed: Option<Speed>,
        /// Somebody has changed the text.
        edited: bool,
    },
    Failed {
        message: Arc<str>,
    },
    Cancelled,
    /// Hark was ended before it was done.
    Interrupted,
}

/// A measured speed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speed {
    pub audio_s: f64,
    pub processing_s: f64,
}

/// What the middle of the window shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    #[default]
    Dictation,
    File(FileId),
    /// The bundled clip.
    Demo,
}

/// A transcript, complete or growing.
#[derive(Clone, Debug, Default)]
pub struct TranscriptView {
    /// Shared by all snapshots until there is another one.
    pub segments: Arc<Vec<Segment>>,
    /// What follows them and is not final yet.
    pub live: LiveView,
    /// Whether more will come.
    pub growing: bool,
    /// Share done in [0, 1] while it grows.
    pub progress: Option<f32>,
    /// Whether it is finished and holds no speech.
    pub no_speech: bool,
    pub speed: Option<Speed>,
    /// The places of segments that the person has changed.
    pub edited: Arc<BTreeSet<usize>>,
    /// Whether segments can be changed.
    pub editable: bool,
}

/// Text that is being spoken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveView {
    /// Words that will stay until the final text takes their place.
    pub committed: String,
    /// The latest guess at what follows.
    pub tentative: String,
    /// How much of the recording it is the text of.
    pub of: Duration,
    /// Whole seconds that the text is behind the speech, if that is worth mentioning.
    pub behind_s: Option<u64>,
}

impl LiveView {
    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.committed.is_empty() && self.tentative.is_empty()
    }
}

/// Earlier dictations.
#[derive(Clone, Debug, Default)]
pub struct HistoryView {
    /// The oldest first. Shared by all snapshots until something changes.
    pub entries: Arc<Vec<Arc<Entry>>>,
    /// What is kept.
    pub keeping: Keeping,
    pub playing: Option<Playing>,
    /// What is transcribed again, or waits for that.
    pub retries: Vec<RetryView>,
}

/// The recording that is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Playing {
    pub of: Played,
    /// The moment that is heard.
    pub position: Duration,
}

/// What a recording that is heard belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Played {
    /// A dictation of the history.
    Entry(EntryId),
    /// A transcript in the middle of the window.
    Shown(Shown),
}

/// An entry that is transcribed again.
#[derive(Clone, Debug, PartialEq)]
pub struct RetryView {
    pub id: EntryId,
    /// By which model; `None` is the one in use.
    pub model: Option<String>,
    /// Share done in [0, 1]; `None` if it waits.
    pub progress: Option<f32>,
}

/// Number of a banner.
pub type BannerId = u64;

/// A message with at most one thing to do about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Banner {
    pub id: BannerId,
    pub tone: Tone,
    pub text: String,
    /// Label of the button.
    pub action: Option<String>,
}

/// How serious a banner is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Info,
    Problem,
}

/// A model that can be chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelView {
    /// What `Command::ChooseModel` and `--model` take.
    pub name: String,
    /// For people: name and size, or that it is the demo.
    pub label: String,
}

/// The page with the models.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelsView {
    /// Those that are published, the smallest first, and behind them whatever else was found.
    pub cards: Vec<CardView>,
    /// Whether this Hark can fetch models.
    pub can_download: bool,
    /// Hark's own folder of models.
    pub folder: PathBuf,
    /// The address that models are fetched from in place of where they are published; may be empty.
    pub mirror: String,
    /// Whether estimates are still being made.
    pub gauging: bool,
}

/// What is known of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct CardView {
    /// What `Command::ChooseModel` and `Command::Download` take.
    pub name: String,
    /// Whether it is one of those that whisper.cpp publishes.
    pub published: bool,
    pub english_only: bool,
    /// How its weights are stored.
    pub weights: String,
    /// Length of its file.
    pub bytes: u64,
    /// About what it takes of memory, in bytes.
    pub memory: Option<u64>,
    pub speed: Option<Known>,
    pub state: CardState,
    /// Whether something of it lies in Hark's own folder.
    pub deletable: bool,
    /// Whether its checksums were compared when it was fetched.
    pub checked: bool,
    pub in_use: bool,
    /// The best for this machine.
    pub suggested: bool,
}

/// Where a model is.
#[derive(Clone, Debug, PartialEq)]
pub enum CardState {
    /// Not here.
    Absent,
    /// Some of it is here.
    Begun { done: u64 },
    /// It is coming; the time left once it can be told.
    Downloading { done: u64, left: Option<Duration> },
    /// Here.
    Here,
    /// Here, and of no use.
    Broken(String),
    /// It did not come; what is to be done about it.
    Failed { message: String },
}

/// A microphone that can be chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct MicrophoneView {
    /// Stable id.
    pub id: String,
    pub label: String,
}

/// What the microphone does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MicrophoneState {
    /// Whether it is open, recorded or not.
    pub open: bool,
    /// Peak of each of its channels in [0, 1] of full scale, while it is open.
    pub levels: Vec<f32>,
    /// The channels of the microphone that was heard last, if there are several.
    pub channels: Option<ChannelsView>,
}

/// Which of several channels is recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelsView {
    /// The one that is recorded, and how many there are.
    pub heard: Channel,
    /// Whether it stays so for this recording.
    pub decided: bool,
    /// The one that the person chose, counted from 0; otherwise it is the one with speech.
    pub chosen: Option<usize>,
}

impl Speed {
    /// Audio time per processing time; higher is better.
    pub fn x(&self) -> f64 {
        self.audio_s / self.processing_s
    }
}

impl PartialEq for TranscriptView {
    fn eq(&self, other: &Self) -> bool {
        let Self { segments, live, growing, progress, no_speech, speed, edited, editable } = self;
        let state = (live, *growing, *progress, *no_speech, *speed);
        // A day has tens of thousands of segments, and snapshots come twenty times a second.
        state == (&other.live, other.growing, other.progress, other.no_speech, other.speed)
            && (edited, editable) == (&other.edited, &other.editable)
            && (Arc::ptr_eq(segments, &other.segments) || segments == &other.segments)
    }
}

impl Deref for FilesView {
    type Target = [FileView];

    fn deref(&self) -> &[FileView] {
        &self.list
    }
}

impl PartialEq for FilesView {
    fn eq(&self, other: &Self) -> bool {
        let Self { list, left, together, added, usual } = self;
        // There may be thousands, and snapshots come twenty times a second.
        (left, together, added, usual) == (&other.left, &other.together, &other.added, &other.usual)
            && (Arc::ptr_eq(list, &other.list) || list == &other.list)
    }
}

impl FromIterator<FileView> for FilesView {
    fn from_iter<T: IntoIterator<Item = FileView>>(files: T) -> Self {
        Self { list: Arc::new(files.into_iter().collect()), added: 1, ..Self::default() }
    }
}

impl PartialEq for HistoryView {
    fn eq(&self, other: &Self) -> bool {
        let Self { entries, keeping, playing, retries } = self;
        // There may be ten thousand entries, and snapshots come twenty times a second.
        (keeping, playing, retries) == (&other.keeping, &other.playing, &other.retries)
            && (Arc::ptr_eq(entries, &other.entries) || entries == &other.entries)
    }
}

impl TranscriptView {
    /// The text as one string; a line for each segment, with who speaks, where that is known.
    pub fn text(&self) -> String {
        if self.segments.iter().any(|segment| segment.speaker.is_some()) {
            let lines: String =
                self.segments.iter().filter_map(|segment| export::line(segment, false)).collect();
            return lines.trim().to_owned();
        }
        self.segments.iter().map(|s| s.text.as_str()).collect::<String>().trim().to_owned()
    }
}
