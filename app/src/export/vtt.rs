//! WebVTT subtitles (W3C, "WebVTT: The Web Video Text Tracks Format").

use super::cues::{clock, cues};
use hark_engine::transcript::Transcript;
use std::fmt::Write;

/// Cues behind the `WEBVTT` header, with the characters escaped that would be markup.
pub fn vtt(transcript: &Transcript) -> String {
    let mut out = String::from("WEBVTT\n\n");
    for cue in cues(&transcript.segments) {
        let (start, end) = (clock(cue.start, '.'), clock(cue.end, '.'));
        // Writing to a string cannot fail.
        let _ = write!(out, "{start} --> {end}\n{}\n\n", escaped(&cue.text));
    }
    out
}

/// `-->` is not allowed in a cue's text; as `--&gt;` it is.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
