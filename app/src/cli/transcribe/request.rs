//! From what was typed to what is asked of the engine, checked as a whole.

use super::inputs::Input;
use super::outputs::{self, Files};
use crate::cli::args::{TaskArg, TranscribeArgs};
use crate::cli::exit::{Complaint, Exit, Failure};
use crate::export::{Format, LineRules};
use crate::precision::PrecisionChoice;
use crate::text::reason;
use hark_engine::model::tokenizer::{LANGUAGES, language_code};
use hark_engine::transcribe::{Language, Options, Strategy, Task, Way};
use std::path::PathBuf;

/// Everything that holds for all files.
pub struct Request {
    pub options: Options,
    pub precision: PrecisionChoice,
    pub destination: Destination,
    pub print_times: bool,
    /// What subtitles may be.
    pub rules: LineRules,
    pub track: Option<usize>,
    /// Whether each channel is somebody of their own.
    pub by_channel: bool,
}

/// Where the text goes.
pub enum Destination {
    Stdout(Format),
    Folder { folder: PathBuf, formats: Vec<Format>, overwrite: bool },
}

impl Request {
    /// Checks the arguments against each other.
    pub fn of(args: &TranscribeArgs) -> Result<Self, Failure> {
        if args.word_timestamps && args.no_timestamps {
            return Err(Exit::Usage.with(
                Complaint::new("--word-timestamps needs timestamps").hint("leave out --no-timestamps"),
            ));
        }
        let options = Options {
            way: match (args.strict, args.fast) {
                (true, _) => Way::Strict,
                (false, true) => Way::Fast,
                (false, false) => Way::Default,
            },
            language: language(&args.language)?,
            task: match args.task {
                TaskArg::Transcribe => Task::Transcribe,
                TaskArg::Translate => Task::Translate,
            },
            strategy: Strategy {
                beam_size: args.beam_size.get(),
                best_of: args.best_of.get(),
                temperature: args.temperature,
            },
            initial_prompt: args.prompt.clone(),
            timestamps: !args.no_timestamps,
            word_timestamps: args.word_timestamps,
            voice_gate: !args.no_voice_gate,
            forced: None,
        };
        Ok(Self {
            precision: PrecisionChoice::or_usual(args.precision, options.way),
            options,
            destination: Destination::of(args)?,
            print_times: args.print_times,
            rules: LineRules { columns: args.line_length, lines: args.lines.get(), ..LineRules::default() },
            track: args.track.map(usize::from),
            by_channel: args.by_channel,
        })
    }

    /// Whether text is shown as it comes.
    pub fn streams(&self) -> bool {
        matches!(self.destination, Destination::Stdout(Format::Txt)) && !self.by_channel
    }
}

impl Destination {
    fn of(args: &TranscribeArgs) -> Result<Self, Failure> {
        let mut formats = Vec::new();
        for format in &args.format {
            if !formats.contains(format) {
                formats.push(*format);
            }
        }
        if args.output.as_os_str() != "-" {
            let folder = args.output.clone();
            return Ok(Self::Folder { folder, formats, overwrite: args.overwrite });
        }
        match formats.as_slice() {
            [format] => Ok(Self::Stdout(*format)),
            _ => Err(Exit::Usage.with(
                Complaint::new("standard output takes one format")
                    .hint("--output DIR writes a file for each"),
            )),
        }
    }

    /// The files of each recording; none for standard output. Makes the folder if there is none.
    pub fn plan(&self, inputs: &[Input]) -> Result<Vec<Files>, Failure> {
        let Self::Folder { folder, formats, .. } = self else {
            let none = Files { of: Vec::new(), numbered: false };
            return Ok(vec![none; inputs.len()]);
        };
        std::fs::create_dir_all(folder).map_err(|error| {
            let what = format!("cannot make the folder {}: {}", folder.display(), reason(&error));
            Exit::Failed.with(Complaint::new(what))
        })?;
        Ok(outputs::plan(inputs, folder, formats))
    }

    /// Whether several recordings can go there: subtitles of several ones behind each other are no subtitles.
    pub fn check_several(&self) -> Result<(), Failure> {
        match self {
            Self::Stdout(Format::Srt | Format::Vtt) => Err(Exit::Usage.with(
                Complaint::new("standard output takes the subtitles of one recording")
                    .hint("--output DIR writes a file for each"),
            )),
            Self::Stdout(_) | Self::Folder { .. } => Ok(()),
        }
    }

    /// Whether files that exist are replaced.
    pub fn overwrites(&self) -> bool {
        matches!(self, Self::Folder { overwrite: true, .. })
    }
}

pub fn language(text: &str) -> Result<Language, Failure> {
    if text.eq_ignore_ascii_case("auto") {
        return Ok(Language::Detect);
    }
    if let Some(code) = language_code(text) {
        return Ok(Language::Code(code.to_owned()));
    }
    let known: Vec<_> = LANGUAGES.iter().map(|(code, name)| format!("{code} {name}")).collect();
    Err(Exit::Usage.with(
        Complaint::new(format!("there is no language `{text}`"))
            .hint(format!("known are auto, {}", known.join(", "))),
    ))
}
