//! Markdown, to read and to edit.

use super::clock::one_line;
use crate::text::clock;
use hark_engine::transcript::{Segment, Transcript};
use std::fmt::Write;

/// A heading, and a paragraph per segment behind its time; who speaks is said when it changes.
pub fn md(transcript: &Transcript, title: &str) -> String {
    let mut out = String::new();
    if !title.is_empty() {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "# {}\n", escaped(&one_line(title)));
    }
    let mut speaker = None;
    let with_text = |segment: &&Segment| !segment.text.trim().is_empty();
    for segment in transcript.segments.iter().filter(with_text) {
        if let Some(name) = segment.speaker.as_ref().filter(|_| speaker != segment.speaker.as_ref()) {
            let _ = writeln!(out, "**{}**\n", escaped(name));
        }
        speaker = segment.speaker.as_ref();
        let at = clock(segment.start.max(0.0) as u64);
        let _ = writeln!(out, "`{at}` {}\n", escaped(&one_line(&segment.text)));
    }
    out.truncate(out.trim_end().len());
    out + "\n"
}

/// What would be markup, as itself.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~') {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}
