//! What the two subtitle formats share: cues that every player accepts, and their times.

use hark_engine::transcript::Segment;

/// A subtitle: times in milliseconds, one line of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cue {
    pub start: u64,
    pub end: u64,
    pub text: String,
}

/// The cues of the segments that hold text. No cue starts before the last one ended, and none is
/// shorter than a millisecond, whatever times the model gave.
pub fn cues(segments: &[Segment]) -> Vec<Cue> {
    let mut free_from = 0;
    let mut cues = Vec::with_capacity(segments.len());
    for segment in segments {
        let text = one_line(&segment.text);
        if text.is_empty() {
            continue;
        }
        let start = milliseconds(segment.start).max(free_from);
        let end = milliseconds(segment.end).max(start + 1);
        free_from = end;
        cues.push(Cue { start, end, text });
    }
    cues
}

/// Whole milliseconds, rounded once, so that no part of a time can come out as 60.000 s.
pub fn milliseconds(seconds: f64) -> u64 {
    // The conversion saturates: NaN and negative times become 0.
    (seconds * 1000.0).round() as u64
}

/// `HH:MM:SS`, the decimal mark, milliseconds; more than 99 hours take more digits.
pub fn clock(milliseconds: u64, mark: char) -> String {
    let seconds = milliseconds / 1000;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}{mark}{:03}", seconds % 60, milliseconds % 1000)
}

/// The text with every run of white space as one space: an empty line would end a cue.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
