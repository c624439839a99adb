//! Transcripts as text files. Every format is a pure function from a transcript to a string.

mod cues;
mod json;
mod srt;
mod txt;
mod vtt;

pub use json::{Details, json};
pub use srt::srt;
pub use txt::{line, txt};
pub use vtt::vtt;

#[cfg(test)]
mod tests;
