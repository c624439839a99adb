//! A table that spreadsheets read (RFC 4180, but for line breaks, which are as everywhere else).

use super::clock::one_line;
use hark_engine::transcript::Transcript;
use std::fmt::Write;

/// A row per segment with text, or per word where words have times.
pub fn csv(transcript: &Transcript) -> String {
    let by_word = transcript.segments.iter().any(|segment| !segment.words.is_empty());
    let mut out = String::from("segment,start_s,end_s,speaker,text\n");
    for (number, segment) in transcript.segments.iter().enumerate() {
        let mut row = |start: f64, end: f64, text: &str| {
            let text = one_line(text);
            if !text.is_empty() {
                let speaker = field(segment.speaker.as_deref().unwrap_or_default());
                // Writing to a string cannot fail.
                let _ = writeln!(out, "{number},{start:.3},{end:.3},{speaker},{}", field(&text));
            }
        };
        if by_word && !segment.words.is_empty() {
            segment.words.iter().for_each(|word| row(word.start, word.end, &word.word));
        } else {
            row(segment.start, segment.end, &segment.text);
        }
    }
    out
}

/// A field that no spreadsheet takes for anything but text.
pub fn field(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}
