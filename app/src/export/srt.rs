//! SubRip subtitles.

use super::cues::{clock, cues};
use hark_engine::transcript::Transcript;
use std::fmt::Write;

/// Numbered cues. An arrow inside a text would read as a line of times, so it is shortened.
pub fn srt(transcript: &Transcript) -> String {
    let mut out = String::new();
    for (i, cue) in cues(&transcript.segments).iter().enumerate() {
        let (start, end) = (clock(cue.start, ','), clock(cue.end, ','));
        let text = cue.text.replace("-->", "->");
        // Writing to a string cannot fail.
        let _ = write!(out, "{}\n{start} --> {end}\n{text}\n\n", i + 1);
    }
    out
}
