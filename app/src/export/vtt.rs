//! WebVTT subtitles (W3C, "WebVTT: The Web Video Text Tracks Format").

use super::clock::clock;
use super::subtitles::{Cue, LineRules, cues, milliseconds};
use hark_engine::transcript::{Segment, Transcript};
use std::fmt::Write;

/// Cues behind the `WEBVTT` header, with the characters escaped that would be markup. Where words have times, each
/// stands behind its own, so that a player can show them as they are said.
pub fn vtt(transcript: &Transcript, rules: &LineRules) -> String {
    let mut out = String::from("WEBVTT\n\n");
    let timed = transcript.segments.iter().any(|segment: &Segment| !segment.words.is_empty());
    for cue in cues(&transcript.segments, rules) {
        let (start, end) = (clock(cue.start, '.'), clock(cue.end, '.'));
        let voice = cue.speaker.as_ref().map(|name| format!("<v {}>", escaped(name))).unwrap_or_default();
        let text = if timed { word_by_word(&cue) } else { escaped(&cue.text()) };
        // Writing to a string cannot fail.
        let _ = write!(out, "{start} --> {end}\n{voice}{text}\n\n");
    }
    out
}

/// Each word behind its time. A time stands in a cue only if it is later than the last one and within the cue.
fn word_by_word(cue: &Cue) -> String {
    let mut out = String::new();
    let mut last = cue.start;
    for (line, pieces) in cue.lines.iter().enumerate() {
        if line > 0 {
            out.push('\n');
        }
        for (place, piece) in pieces.iter().enumerate() {
            if place > 0 && piece.spaced {
                out.push(' ');
            }
            let start = milliseconds(piece.start);
            if start > last && start < cue.end {
                let _ = write!(out, "<{}>", clock(start, '.'));
                last = start;
            }
            out.push_str(&escaped(&piece.text));
        }
    }
    out
}

/// `-->` is not allowed in a cue's text; as `--&gt;` it is.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
