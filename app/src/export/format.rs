//! The formats that texts can be saved in.

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
    /// Every format with what it is for, the most wanted first.
    pub const ALL: [(Self, &str); 6] = [
        (Self::Txt, "Plain text (.txt)"),
        (Self::Md, "Markdown (.md)"),
        (Self::Srt, "Subtitles (.srt)"),
        (Self::Vtt, "Web subtitles (.vtt)"),
        (Self::Csv, "Table (.csv)"),
        (Self::Json, "Everything, as data (.json)"),
    ];

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
