//! SubRip subtitles.

use super::clock::clock;
use super::subtitles::{LineRules, cues};
use hark_engine::transcript::Transcript;
use std::fmt::Write;

/// Numbered cues. An arrow inside a text would read as a line of times, so it is shortened.
pub fn srt(transcript: &Transcript, rules: &LineRules) -> String {
    let mut out = String::new();
    let mut speaker = None;
    for (i, cue) in cues(&transcript.segments, rules).iter().enumerate() {
        let (start, end) = (clock(cue.start, ','), clock(cue.end, ','));
        let named = cue.speaker.as_ref().filter(|name| speaker.as_ref() != Some(*name));
        let name = named.map(|name| format!("{name}: ")).unwrap_or_default();
        let text = format!("{name}{}", cue.text()).replace("-->", "->");
        // Writing to a string cannot fail.
        let _ = write!(out, "{}\n{start} --> {end}\n{text}\n\n", i + 1);
        speaker.clone_from(&cue.speaker);
    }
    out
}
