//! Plain text, one line per segment.

use super::clock::one_line;
use super::subtitles::milliseconds;
use hark_engine::transcript::{Segment, Transcript};

/// The lines of all segments that hold text.
pub fn txt(transcript: &Transcript, print_times: bool) -> String {
    transcript.segments.iter().filter_map(|segment| line(segment, print_times)).collect()
}

/// A segment as a line with its line break, as `[00:00.000 --> 00:02.860]  text` if times are
/// wanted, behind the speaker where one is known; `None` for a segment without text.
pub fn line(segment: &Segment, print_times: bool) -> Option<String> {
    let text = one_line(&segment.text);
    if text.is_empty() {
        return None;
    }
    let speaker = segment.speaker.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
    if !print_times {
        return Some(format!("{speaker}{text}\n"));
    }
    Some(format!("[{} --> {}]  {speaker}{text}\n", short_clock(segment.start), short_clock(segment.end)))
}

/// `MM:SS.mmm`, with hours in front once there are any.
fn short_clock(seconds: f64) -> String {
    let milliseconds = milliseconds(seconds);
    let seconds = milliseconds / 1000;
    let tail = format!("{:02}:{:02}.{:03}", seconds / 60 % 60, seconds % 60, milliseconds % 1000);
    match seconds / 3600 {
        0 => tail,
        hours => format!("{hours:02}:{tail}"),
    }
}
