//! Entries as files, one or many of them in one. Every format is a pure function.

use super::describe::{how_made, local_moment};
use super::entry::{Entry, Piece, Version};
use crate::export::{Format, LineRules, field, srt, vtt};
use crate::text::clock;
use hark_engine::transcript::{Segment, Transcript};
use serde::Serialize;
use std::fmt::Write;
use std::sync::Arc;

/// The entries, the oldest first, in a format. Subtitles of several follow one another as their recordings would.
///
/// # Errors
/// Never for entries that were read; serde's own if a number cannot be written.
pub fn export(entries: &[Arc<Entry>], format: Format) -> serde_json::Result<String> {
    Ok(match format {
        Format::Txt => txt(entries),
        Format::Md => md(entries),
        Format::Csv => csv(entries),
        Format::Srt => srt(&in_a_row(entries), &LineRules::default()),
        Format::Vtt => vtt(&in_a_row(entries), &LineRules::default()),
        Format::Json => {
            let described: Vec<_> = entries.iter().map(|entry| Described::new(entry)).collect();
            serde_json::to_string_pretty(&described)? + "\n"
        }
    })
}

fn txt(entries: &[Arc<Entry>]) -> String {
    if let [only] = entries {
        return format!("{}\n", only.text().trim());
    }
    let one = |entry: &Arc<Entry>| format!("[{}]\n{}\n", local_moment(entry.time), entry.text().trim());
    entries.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn md(entries: &[Arc<Entry>]) -> String {
    let mut out = String::new();
    for entry in entries {
        let star = if entry.starred { " ★" } else { "" };
        // Writing to a string cannot fail.
        let _ = writeln!(out, "## {}{star}\n", local_moment(entry.time));
        let text = entry.text().trim();
        let _ = writeln!(out, "{}\n", if text.is_empty() { "*No text.*" } else { text });
        if let Some(version) = entry.latest() {
            let length = clock(entry.audio_s.round() as u64);
            let _ = writeln!(out, "*{length} · {}*\n", how_made(version, entry.audio_s));
        }
    }
    out.truncate(out.trim_end().len());
    out + "\n"
}

/// RFC 4180, but for line breaks, which are as everywhere else.
fn csv(entries: &[Arc<Entry>]) -> String {
    let mut out = String::from(
        "id,time,starred,audio_s,language,model,precision,backend,processing_s,speed_x,text,heard\n",
    );
    for entry in entries {
        let version = entry.latest();
        let of = |part: fn(&Version) -> &str| version.map_or("", part).to_owned();
        let speed = version.and_then(|v| v.speed_x(entry.audio_s));
        let fields = [
            entry.id.to_string(),
            entry.time.to_string(),
            entry.starred.to_string(),
            entry.audio_s.to_string(),
            of(|v| &v.language),
            of(|v| &v.model),
            of(|v| &v.precision),
            of(|v| &v.backend),
            version.map(|v| v.processing_s.to_string()).unwrap_or_default(),
            speed.map(|x| format!("{x:.2}")).unwrap_or_default(),
            of(Version::text),
            of(|v| &v.heard),
        ];
        let line: Vec<_> = fields.iter().map(|text| field(text)).collect();
        let _ = writeln!(out, "{}", line.join(","));
    }
    out
}

/// One transcript of all, with the times that they have when their recordings are played one after another.
fn in_a_row(entries: &[Arc<Entry>]) -> Transcript {
    let mut transcript = Transcript::default();
    let mut begins = 0.0;
    for entry in entries {
        for piece in entry.latest().map(|version| version.pieces.as_slice()).unwrap_or_default() {
            let Piece { start, end, text } = piece;
            let id = transcript.segments.len();
            let (start, end) = (begins + start, begins + end);
            transcript.segments.push(Segment { id, start, end, text: text.clone(), ..Segment::default() });
        }
        begins += entry.audio_s;
    }
    transcript
}

/// An entry for programs.
#[derive(Serialize)]
pub struct Described<'a> {
    #[serde(flatten)]
    entry: &'a Entry,
    text: &'a str,
    speed_x: Option<f64>,
}

impl<'a> Described<'a> {
    /// The entry, with what follows from it.
    pub fn new(entry: &'a Entry) -> Self {
        let speed_x = entry.latest().and_then(|version| version.speed_x(entry.audio_s));
        Self { entry, text: entry.text(), speed_x }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    fn two() -> Vec<Arc<Entry>> {
        let mut second = samples::entry(2, "Said \"two\",\nand more.");
        second.versions[0].text = Some("=2".into());
        second.starred = true;
        vec![Arc::new(samples::entry(1, "One.")), Arc::new(second)]
    }

    #[test]
    fn texts_are_plain_and_apart() {
        let entries = two();
        assert_eq!(export(&entries[..1], Format::Txt).unwrap(), "One.\n");
        let both = export(&entries, Format::Txt).unwrap();
        let lines: Vec<_> = both.lines().filter(|line| !line.starts_with('[')).collect();
        assert_eq!(lines, ["One.", "", "=2"]);
        let md = export(&entries, Format::Md).unwrap();
        assert!(md.starts_with("## 20") && md.contains(" ★\n\n=2\n\n*0:03 · base.en"), "{md}");
    }

    #[test]
    fn subtitles_follow_one_another() {
        let srt = export(&two(), Format::Srt).unwrap();
        assert!(srt.starts_with("1\n00:00:00,000 --> 00:00:02,500\nOne.\n\n2\n00:00:02,500 -->"), "{srt}");
        assert!(export(&two(), Format::Vtt).unwrap().starts_with("WEBVTT"));
    }

    #[test]
    fn a_table_survives_quotes_breaks_and_formulas() {
        let csv = export(&two(), Format::Csv).unwrap();
        assert!(csv.contains(",10.00,One.,One.\n"), "{csv}");
        assert!(csv.ends_with(",10.00,'=2,\"Said \"\"two\"\",\nand more.\"\n"), "{csv}");
    }

    #[test]
    fn json_has_everything() {
        let json: serde_json::Value = serde_json::from_str(&export(&two(), Format::Json).unwrap()).unwrap();
        let second = &json[1];
        assert_eq!((&second["text"], &second["versions"][0]["language"]), (&"=2".into(), &"en".into()));
        assert_eq!((&second["speed_x"], &second["id"]), (&10.0.into(), &"0000000000000002".into()));
    }

    #[test]
    fn no_entries_are_a_file_all_the_same() {
        for format in Format::ALL {
            let text = export(&[], format).unwrap();
            assert!(!text.is_empty() || matches!(format, Format::Txt | Format::Srt), "{format:?}");
        }
    }
}
