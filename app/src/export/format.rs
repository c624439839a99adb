//! The formats that texts can be saved in.

use crate::texts;

/// A format for transcripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Plain text
    Txt,
    /// SubRip subtitles
    Srt,
    /// WebVTT subtitles
    Vtt,
    /// Everything that is known
    Json,
    /// A table for spreadsheets
    Csv,
    /// Markdown
    Md,
}

impl Format {
    /// Every format, the most wanted first.
    pub const ALL: [Self; 6] = [Self::Txt, Self::Md, Self::Srt, Self::Vtt, Self::Csv, Self::Json];

    /// What it is for, in the window.
    pub fn words(self) -> &'static str {
        match self {
            Self::Txt => texts::format_txt(),
            Self::Md => texts::format_md(),
            Self::Srt => texts::format_srt(),
            Self::Vtt => texts::format_vtt(),
            Self::Csv => texts::format_csv(),
            Self::Json => texts::format_json(),
        }
    }

    /// The usual ending of a file's name.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Txt => "txt",
            Self::Srt => "srt",
            Self::Vtt => "vtt",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Md => "md",
        }
    }
}
