//! Who speaks, where each has a channel of the recording to themselves.

use hark_engine::transcript::{Segment, Transcript};

/// What the speaker on a channel is called, of so many channels, from 0.
pub fn name(channel: usize, of: usize) -> String {
    match (channel, of) {
        (0, 2) => "Left".into(),
        (1, 2) => "Right".into(),
        (channel, _) => format!("Channel {}", channel + 1),
    }
}

/// One transcript of those of a recording's channels, in their order: segments by their time, each with its speaker.
/// Channels that hold the same, as those of many stereo recordings do, are one speaker without a name.
pub fn by_channel(parts: Vec<Transcript>) -> Transcript {
    let of = parts.len();
    let same = parts.windows(2).all(|two| two[0].text == two[1].text);
    if same {
        return parts.into_iter().next().unwrap_or_default();
    }
    let mut whole = Transcript::default();
    let mut segments: Vec<Segment> = Vec::new();
    for (channel, part) in parts.into_iter().enumerate() {
        let speaker = Some(name(channel, of));
        let theirs = part.segments.into_iter().filter(|segment| !segment.text.trim().is_empty());
        segments.extend(theirs.map(|segment| Segment { speaker: speaker.clone(), ..segment }));
        whole.interventions.extend(part.interventions);
        if whole.language.is_empty() {
            whole.language = part.language;
        }
        whole.damage.skipped_packets = whole.damage.skipped_packets.max(part.damage.skipped_packets);
        whole.damage.broken_off |= part.damage.broken_off;
    }
    segments.sort_by(|a, b| a.start.total_cmp(&b.start));
    for (id, segment) in segments.iter_mut().enumerate() {
        segment.id = id;
    }
    whole.text = segments.iter().map(|segment| segment.text.as_str()).collect();
    whole.segments = segments;
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(segments: &[(f64, &str)]) -> Transcript {
        let segment = |&(start, text): &(f64, &str)| Segment {
            start,
            end: start + 1.0,
            text: text.into(),
            ..Segment::default()
        };
        let text = segments.iter().map(|(_, text)| *text).collect();
        Transcript { text, segments: segments.iter().map(segment).collect(), ..Transcript::default() }
    }

    #[test]
    fn two_who_talk_are_told_apart_and_in_order() {
        let whole =
            by_channel(vec![part(&[(0.0, " Hello."), (5.0, " Well."), (6.0, " ")]), part(&[(2.0, " Hi.")])]);
        let said: Vec<_> =
            whole.segments.iter().map(|s| (s.id, s.speaker.as_deref().unwrap(), s.text.as_str())).collect();
        assert_eq!(said, [(0, "Left", " Hello."), (1, "Right", " Hi."), (2, "Left", " Well.")]);
        assert_eq!(whole.text, " Hello. Hi. Well.");
    }

    #[test]
    fn the_same_on_both_channels_is_one_speaker() {
        let one = part(&[(0.0, " Hello.")]);
        assert_eq!(by_channel(vec![one.clone(), one.clone()]), one);
        assert_eq!(by_channel(vec![one.clone()]), one);
        assert_eq!(by_channel(Vec::new()), Transcript::default());
    }

    #[test]
    fn a_silent_channel_says_nothing() {
        let whole = by_channel(vec![part(&[]), part(&[(0.0, " Hello.")]), part(&[])]);
        assert_eq!(whole.segments[0].speaker.as_deref(), Some("Channel 2"));
    }
}
