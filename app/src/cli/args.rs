//! The words of the command line.

use super::exit;
#[cfg(feature = "serve")]
use super::serve::args::ServeArgs;
use super::values::{columns, forced_tokens, seconds, streams, temperature, threads};
use crate::checks::TRY_NPU;
use crate::export::Format;
use crate::precision::PrecisionChoice;
use clap::{Parser, Subcommand, ValueEnum};
use hark_engine::encoder::Precision;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Dictation and transcription on your own machine
///
/// Without a command, the window opens, or the one that is open comes forward.
#[derive(Debug, Parser)]
#[command(name = "hark", version, after_help = exit::meanings(), args_conflicts_with_subcommands = true)]
pub struct Args {
    /// Model for the window: a name from `hark models`, a ggml file or a Hugging Face folder
    #[arg(long, value_name = "NAME|PATH")]
    pub model: Option<String>,
    /// Precision for the window: auto, int8, int8+int16, bf16 or f32 [default: auto]
    #[arg(long, value_name = "PRECISION")]
    pub precision: Option<PrecisionChoice>,
    /// Begin a dictation at once, in the window that is open or in a new one
    #[arg(long, conflicts_with_all = ["files", "choose_files"])]
    pub record: bool,
    /// Ask for files to transcribe by the desktop's dialog first
    #[arg(long, conflicts_with = "files")]
    pub choose_files: bool,
    /// Open no window at first: an icon in the desktop's panel is where Hark is found
    #[arg(long, conflicts_with_all = ["files", "choose_files", "record"])]
    pub in_tray: bool,
    /// Files and folders for the window to transcribe
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Turn audio files into text
    Transcribe(TranscribeArgs),
    /// Measure live dictation: feed a recording through it as if somebody spoke
    Live(LiveArgs),
    /// Give texts to other programs on this computer, which ask as they ask OpenAI's service
    ///
    /// Under `http://127.0.0.1:4275` unless told otherwise: `/v1/audio/transcriptions`, `/v1/audio/translations`,
    /// `/v1/models`, `/health` and, for Prometheus, `/metrics`.
    #[cfg(feature = "serve")]
    Serve(ServeArgs),
    /// Start recording in the running window, or stop if it records
    Toggle(DictateArgs),
    /// Start recording in the running window
    Start(DictateArgs),
    /// Stop recording and make the text
    Stop,
    /// Stop recording, or making the text, without text; the recording is kept
    Cancel,
    /// Make the text after all: of the recording that was just cancelled, or in which nothing was heard
    Undo,
    /// Insert the last text again, or for the first time
    PasteLast,
    /// Dictate in the next of your languages from now on
    NextLanguage,
    /// List the keys that work everywhere, and how to get them on this desktop
    Keys,
    /// Say what the running window does
    Status(StatusArgs),
    /// List, show, export or delete earlier dictations
    History(HistoryArgs),
    /// List, download, delete or make models
    Models(ModelsArgs),
    /// List the microphones
    Devices(DevicesArgs),
    /// Measure how fast this machine is with a model
    Bench(BenchArgs),
    /// Load a model file once for `bench`, and say how long it took and how much memory
    #[command(hide = true)]
    BenchLoad(BenchLoadArgs),
    /// Keep the clipboard's content, read from standard input, until somebody else owns it
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    HoldClipboard,
    /// Hold the NPU for the process that started this one
    #[command(hide = true)]
    NpuWorker(NpuWorkerArgs),
    /// Check this machine for what Hark needs
    Doctor(DoctorArgs),
    /// Try the NPU out step by step, each compared with the CPU, and measure it
    NpuCheck(NpuCheckArgs),
    /// Print what makes a shell complete these commands
    Completions(CompletionsArgs),
    /// Write the pages for `man` into a folder
    #[command(hide = true)]
    Manual(ManualArgs),
    /// Open the NPU for `doctor`, and say what kept that from working
    #[command(hide = true, name = TRY_NPU)]
    TryNpu(TryNpuArgs),
}

/// `hark npu-try`.
#[derive(Debug, clap::Args)]
pub struct TryNpuArgs {
    /// The device's node, or the library over the runtime.
    pub path: PathBuf,
    /// The design, if the first is a library.
    pub design: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = exit::meanings())]
pub struct TranscribeArgs {
    /// Audio or video files, folders to search for them, or `-` for a file on standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// A name from `hark models`, a ggml file or a Hugging Face folder
    #[arg(long, value_name = "NAME|PATH")]
    pub model: Option<String>,

    /// Language spoken, by code or English name; `auto` detects it
    #[arg(long, value_name = "LANGUAGE", default_value = "auto", help_heading = "Decoding")]
    pub language: String,
    /// `translate` gives English, whatever was spoken (multilingual models only)
    #[arg(long, value_enum, default_value_t = TaskArg::Transcribe, help_heading = "Decoding")]
    pub task: TaskArg,
    /// Text that is taken for what was said before: names, spelling, style
    #[arg(long, value_name = "TEXT", help_heading = "Decoding")]
    pub prompt: Option<String>,
    /// First temperature, 0 to 1
    #[arg(long, value_name = "T", default_value = "0", value_parser = temperature, help_heading = "Decoding")]
    pub temperature: f32,
    /// Sequences kept side by side at temperature 0; 1 is greedy
    #[arg(long, value_name = "N", default_value = "1", help_heading = "Decoding")]
    pub beam_size: NonZeroUsize,
    /// Samples drawn above temperature 0, of which the likeliest wins
    #[arg(long, value_name = "N", default_value = "1", help_heading = "Decoding")]
    pub best_of: NonZeroUsize,
    /// Give each word its time (in JSON, CSV and WebVTT)
    #[arg(long, help_heading = "Decoding")]
    pub word_timestamps: bool,
    /// Decode without timestamps: one piece of text, and one subtitle, per 30 s window
    #[arg(long, help_heading = "Decoding")]
    pub no_timestamps: bool,
    /// The reference's rules and nothing else: one temperature, no guards
    #[arg(long, help_heading = "Decoding")]
    pub strict: bool,
    /// Cut recordings at pauses and decode the pieces side by side, none knowing the text before it
    ///
    /// Pieces of several files are decoded together, so that many short files are faster, too. A file's
    /// text is the same alone and in company.
    #[arg(long, conflicts_with = "strict", help_heading = "Decoding")]
    pub fast: bool,
    /// Ask the model about silence, too, of which it may make words
    #[arg(long, conflicts_with = "fast", help_heading = "Decoding")]
    pub no_voice_gate: bool,

    /// Format of the text; repeat it or separate several by commas
    #[arg(long, value_enum, value_delimiter = ',', default_value = "txt", help_heading = "Output")]
    pub format: Vec<Format>,
    /// Folder for the files; `-` is standard output
    #[arg(short, long, value_name = "DIR", default_value = "-", help_heading = "Output")]
    pub output: PathBuf,
    /// Replace files that are already in the output folder
    #[arg(long, help_heading = "Output")]
    pub overwrite: bool,
    /// Columns of a subtitle's line at most; Chinese and Japanese characters take two
    #[arg(long, value_name = "N", default_value = "42", value_parser = columns, help_heading = "Output")]
    pub line_length: usize,
    /// Lines of a subtitle at most
    #[arg(long, value_name = "N", default_value = "2", help_heading = "Output")]
    pub lines: NonZeroUsize,
    /// Begin each line of plain text with its times
    #[arg(long, help_heading = "Output")]
    pub print_times: bool,

    /// CPU threads [default: physical cores]
    #[arg(long, value_name = "N", value_parser = threads, help_heading = "Machine")]
    pub threads: Option<usize>,
    /// auto, int8, int8+int16, bf16 or f32 [default: auto; f32 with --strict]
    ///
    /// `auto` takes the fastest that has proved itself for this model on this machine (`hark bench --prove`),
    /// and int8 as long as nothing is known.
    #[arg(long, value_name = "PRECISION", help_heading = "Machine")]
    pub precision: Option<PrecisionChoice>,
    /// Transcribe each channel by itself, as somebody of their own, named by the channel
    #[arg(long, help_heading = "Decoding")]
    pub by_channel: bool,
    /// Audio track of files with several, from 1
    #[arg(long, value_name = "N", help_heading = "Machine")]
    pub track: Option<NonZeroUsize>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = exit::meanings())]
pub struct LiveArgs {
    /// Audio or video file that is spoken
    #[arg(long, value_name = "FILE")]
    pub replay: PathBuf,
    /// A name from `hark models`, a ggml file or a Hugging Face folder
    #[arg(long, value_name = "NAME|PATH")]
    pub model: Option<String>,
    /// `real` speaks as fast as it was recorded; `fast` as fast as it is heard, by a clock on which every
    /// pass takes 150 ms
    #[arg(long, value_enum, default_value_t = Pace::Real)]
    pub pace: Pace,
    /// Language spoken, by code or English name; `auto` detects it
    #[arg(long, value_name = "LANGUAGE", default_value = "auto")]
    pub language: String,
    /// A text file with what is said, to count wrong words
    #[arg(long, value_name = "FILE")]
    pub reference: Option<PathBuf>,
    /// CPU threads [default: physical cores]
    #[arg(long, value_name = "N", value_parser = threads)]
    pub threads: Option<usize>,
    /// auto, int8, int8+int16, bf16 or f32 [default: auto]
    #[arg(long, value_name = "PRECISION")]
    pub precision: Option<PrecisionChoice>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Pace {
    Real,
    Fast,
}

#[derive(Debug, clap::Args)]
#[command(after_help = exit::meanings())]
pub struct DictateArgs {
    /// Language spoken, by code or English name; `auto` detects it [default: what is chosen in the window]
    #[arg(long, value_name = "LANGUAGE")]
    pub language: Option<String>,
    /// The text is to be English, whatever is spoken (multilingual models only)
    #[arg(long)]
    pub translate: bool,
    /// Press Enter after the text where it is inserted
    #[arg(long)]
    pub enter: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = exit::meanings())]
pub struct StatusArgs {
    /// Print a line at each change, and once a second while recording
    #[arg(long)]
    pub follow: bool,
    /// Lines for programs
    #[arg(long, value_enum)]
    pub format: Option<StatusFormat>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StatusFormat {
    /// All that is known, such as the text
    Json,
    /// For a custom module of Waybar
    Waybar,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TaskArg {
    Transcribe,
    Translate,
}

#[derive(Debug, clap::Args)]
#[command(after_help = exit::meanings())]
pub struct HistoryArgs {
    #[command(subcommand)]
    pub command: HistoryCommand,
}

#[derive(Debug, Subcommand)]
pub enum HistoryCommand {
    /// List dictations, the newest first
    List {
        /// Only those with all of these words
        #[arg(long, value_name = "WORDS", default_value = "")]
        search: String,
        /// So many at most
        #[arg(long, value_name = "N")]
        limit: Option<usize>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print the text of a dictation
    Show {
        /// What `hark history list` calls it, or as much of that as is needed; `last` is the newest
        id: String,
        /// Print what was heard, before any rule was applied
        #[arg(long, conflicts_with = "json")]
        heard: bool,
        /// Print JSON: every text, with times and how it was made
        #[arg(long)]
        json: bool,
    },
    /// Write dictations into one file, the oldest first
    Export {
        /// Which; all if none is named
        id: Vec<String>,
        /// What to write
        #[arg(long, value_enum, default_value_t = Format::Txt)]
        format: Format,
        /// The file; `-` is standard output
        #[arg(short, long, value_name = "FILE", default_value = "-")]
        output: PathBuf,
        /// Replace the file if it exists
        #[arg(long)]
        overwrite: bool,
        /// The same as `--format json`
        #[arg(long, conflicts_with = "format")]
        json: bool,
    },
    /// Delete dictations with their recordings, at once and for good
    Delete {
        /// Which
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        id: Vec<String>,
        /// All of them
        #[arg(long)]
        all: bool,
        /// Print JSON: what was deleted
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct ModelsArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Option<ModelsCommand>,
}

#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// Write a model as a ggml file
    ///
    /// For the models that are built in: `demo:tiny` and `demo:small` (the demo model at the size
    /// of tiny.en and small.en) and `formula:SIZE` (for speed and shapes, not for text).
    Make(MakeArgs),
    /// List the models that are found, or those that can be downloaded
    List(ListArgs),
    /// Fetch published models, such as `base.en`, into Hark's folder
    ///
    /// The only command that opens a connection. Every file is compared with its published checksums. What breaks off
    /// is gone on with by the same command. A proxy is taken from the environment (HTTPS_PROXY).
    #[cfg(feature = "download")]
    Download(DownloadArgs),
    /// Delete models from Hark's folder, or what was fetched of them
    Delete(NamesArgs),
}

#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// List what whisper.cpp publishes
    #[arg(long)]
    pub published: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[cfg(feature = "download")]
#[derive(Debug, clap::Args)]
pub struct DownloadArgs {
    /// Names from `hark models list --published`
    #[arg(required = true, value_name = "NAME")]
    pub names: Vec<String>,
    /// Address to fetch from, in place of where models are published [default: that of the settings]
    #[arg(long, value_name = "ADDRESS")]
    pub mirror: Option<String>,
}

#[derive(Debug, clap::Args)]
pub struct NamesArgs {
    /// Names from `hark models`
    #[arg(required = true, value_name = "NAME")]
    pub names: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub struct MakeArgs {
    /// `demo:tiny`, `demo:small`, `formula:base` …, or any model that is found
    pub name: String,
    /// The file to write
    pub file: PathBuf,
    /// Type of the matrices
    #[arg(long = "type", value_enum, default_value_t = WeightType::F16)]
    pub weights: WeightType,
    /// Replace the file if it exists
    #[arg(long)]
    pub overwrite: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum WeightType {
    F32,
    F16,
    #[value(name = "q8_0")]
    Q8_0,
}

#[derive(Debug, clap::Args)]
pub struct DevicesArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
pub struct BenchArgs {
    /// A name from `hark models`, a ggml file or a Hugging Face folder
    #[arg(long, value_name = "NAME|PATH")]
    pub model: Option<String>,
    /// CPU threads; several numbers are measured one after the other [default: physical cores]
    #[arg(long, value_name = "N", value_delimiter = ',', value_parser = threads)]
    pub threads: Vec<usize>,
    /// int8, int8+int16, bf16 or f32; several are measured one after the other [default: int8]
    #[arg(long, value_name = "PRECISION", value_delimiter = ',')]
    pub precision: Vec<Precision>,
    /// Tokens of every text, for `formula:` models only [default: 100]
    #[arg(long, value_name = "N", value_parser = forced_tokens)]
    pub force_tokens: Option<usize>,
    /// Also serve so many recordings of 30 s at once; several numbers are measured one after the other
    #[arg(long, value_name = "N", value_delimiter = ',', value_parser = streams)]
    pub streams: Vec<usize>,
    /// Runs per figure, after one that warms up; a single run comes without
    #[arg(long, value_name = "N", default_value = "5")]
    pub runs: NonZeroUsize,
    /// Begin no further run of a figure after this many seconds
    #[arg(long, value_name = "S", default_value = "20", value_parser = seconds)]
    pub seconds: f64,
    /// Instead of measuring: find out which precision is good enough for the model on this machine
    #[arg(long, conflicts_with_all = ["precision", "force_tokens", "streams"])]
    pub prove: bool,
    /// Measure three times and keep the figures, as shares of what this machine reaches at most
    #[arg(long, value_name = "FILE", conflicts_with_all = ["prove", "compare"])]
    pub save: Option<PathBuf>,
    /// Measure and compare with what was kept; exit code 6 if something is worse by more than its margin, and stays
    /// so when it is measured again
    #[arg(long, value_name = "FILE", conflicts_with = "prove")]
    pub compare: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
pub struct NpuWorkerArgs {
    /// Number of that process
    pub parent: u32,
}

#[derive(Debug, clap::Args)]
pub struct BenchLoadArgs {
    pub file: PathBuf,
    #[arg(long, value_parser = threads)]
    pub threads: usize,
    #[arg(long)]
    pub precision: Precision,
    /// Tokens of the window's text
    #[arg(long)]
    pub tokens: usize,
}

#[derive(Debug, clap::Args)]
pub struct DoctorArgs {
    /// Print JSON, without the names of folders
    #[arg(long)]
    pub json: bool,
    /// Leave the names of folders in the JSON
    #[arg(long, requires = "json")]
    pub paths: bool,
    /// Insert text into a window of Hark's own, which takes the focus for a moment
    #[arg(long)]
    pub insertion: bool,
}

#[derive(Debug, clap::Args)]
pub struct NpuCheckArgs {
    /// Write the result as JSON, without the names of folders and persons; `-` is standard output
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

#[derive(Debug, clap::Args)]
pub struct ManualArgs {
    /// A folder that exists
    pub folder: PathBuf,
}
