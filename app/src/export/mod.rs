//! Transcripts as text files. Every format is a pure function from a transcript to a string.

mod clock;
mod csv;
mod format;
mod json;
mod md;
mod pieces;
mod srt;
mod subtitles;
mod txt;
mod vtt;

pub use csv::{csv, field};
pub use format::Format;
pub use json::{Details, json};
pub use md::md;
pub use srt::srt;
pub use subtitles::LineRules;
pub use txt::{line, txt};
pub use vtt::vtt;

#[cfg(test)]
mod subtitle_tests;
#[cfg(test)]
mod tests;
