use super::*;
use crate::precision::Standing;
use hark_engine::encoder::{BackendInfo, BackendKind, Precision};
use hark_engine::metrics::{AudioTime, Timings, WallTime};
use hark_engine::transcribe::Options;
use hark_engine::transcript::{Intervention, Segment, Transcript, Word};

fn transcript(segments: &[(f64, f64, &str)]) -> Transcript {
    let segments = segments
        .iter()
        .enumerate()
        .map(|(id, &(start, end, text))| Segment { id, start, end, text: text.into(), ..Segment::default() })
        .collect::<Vec<_>>();
    let text = segments.iter().map(|s| s.text.as_str()).collect();
    Transcript { language: "en".into(), text, segments, ..Transcript::default() }
}

#[test]
fn txt_has_one_trimmed_line_per_segment_with_text() {
    let t = transcript(&[(0.0, 2.86, " Hello there."), (2.86, 3.0, "  "), (3.0, 4.0, " Two\n lines")]);
    assert_eq!(txt(&t, false), "Hello there.\nTwo lines\n");
    assert_eq!(
        txt(&t, true),
        "[00:00.000 --> 00:02.860]  Hello there.\n[00:03.000 --> 00:04.000]  Two lines\n"
    );
    assert_eq!(txt(&transcript(&[]), false), "");
    assert_eq!(txt(&transcript(&[(0.0, 30.0, "")]), true), "");
}

#[test]
fn times_in_text_round_to_milliseconds_and_carry() {
    let table = [
        (0.0, "00:00.000"),
        (0.0004, "00:00.000"),
        (0.0006, "00:00.001"),
        (59.9994, "00:59.999"),
        (59.9996, "01:00.000"),
        (3599.9996, "01:00:00.000"),
        (3600.5, "01:00:00.500"),
        (360_000.0, "100:00:00.000"),
        (-1.0, "00:00.000"),
        (f64::NAN, "00:00.000"),
    ];
    for (seconds, expected) in table {
        let t = transcript(&[(seconds, seconds, "x")]);
        assert_eq!(txt(&t, true), format!("[{expected} --> {expected}]  x\n"), "{seconds}");
    }
}

#[test]
fn subtitle_times_have_hours_and_the_format_s_decimal_mark() {
    let t = transcript(&[(59.9996, 3661.5, "x"), (360_000.25, 360_001.0, "y")]);
    assert_eq!(
        srt(&t, &LineRules::default()),
        "1\n00:01:00,000 --> 01:01:01,500\nx\n\n2\n100:00:00,250 --> 100:00:01,250\ny\n\n"
    );
    assert_eq!(
        vtt(&t, &LineRules::default()),
        "WEBVTT\n\n00:01:00.000 --> 01:01:01.500\nx\n\n100:00:00.250 --> 100:00:01.250\ny\n\n"
    );
}

#[test]
fn text_cannot_break_out_of_a_cue() {
    let t = transcript(&[(0.0, 1.0, " a --> b & <i>c</i>\n\n2\nd")]);
    assert_eq!(srt(&t, &LineRules::default()), "1\n00:00:00,000 --> 00:00:01,000\na -> b & <i>c</i> 2 d\n\n");
    assert_eq!(
        vtt(&t, &LineRules::default()),
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\na --&gt; b &amp; &lt;i&gt;c&lt;/i&gt; 2 d\n\n"
    );
}

#[test]
fn cues_are_numbered_without_gaps() {
    let t = transcript(&[(0.0, 1.0, "a"), (1.0, 2.0, ""), (2.0, 3.0, "b")]);
    assert_eq!(
        srt(&t, &LineRules::default()),
        "1\n00:00:00,000 --> 00:00:01,000\na\n\n2\n00:00:02,000 --> 00:00:03,000\nb\n\n"
    );
}

#[test]
fn json_says_what_was_done_and_how_fast() {
    let mut t = transcript(&[(0.0, 2.0, " Hi \"you\"")]);
    t.interventions.push(Intervention::SilenceSkipped { start: 2.0, end: 9.0 });
    let backend =
        BackendInfo { kind: BackendKind::Cpu, name: "CPU".into(), precision: Precision::F32, threads: 4 };
    let timings = Timings {
        audio: AudioTime(60.0),
        processing: WallTime(3.75),
        mel: WallTime(0.25),
        encode: WallTime(2.0),
        decode: WallTime(1.5),
        windows: 2,
        steps: 40,
    };
    let details = Details {
        file: "talk.wav",
        model: "base.en",
        backend: &backend,
        standing: &Standing::Unproven,
        npu: None,
        timings: &timings,
        load: Some(WallTime(0.5)),
        options: &Options::default(),
    };
    let text = json(&t, &details).unwrap();
    assert!(text.ends_with("}\n"));
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let expected = serde_json::json!({
        "file": "talk.wav", "model": "base.en", "backend": "cpu", "backend_name": "CPU", "precision": "f32",
        "precision_standing": "unproven", "threads": 4,
        "language": "en", "text": " Hi \"you\"", "audio_s": 60.0, "processing_s": 3.75, "rtf": 0.0625,
        "speed_x": 16.0, "mel_ms": 250.0, "encode_ms": 2000.0, "decode_ms": 1500.0, "load_ms": 500.0,
        "windows": 2, "tokens": 40,
        "interventions": [{"kind": "silence_skipped", "start": 2.0, "end": 9.0}],
    });
    for (key, wanted) in expected.as_object().unwrap() {
        assert_eq!(&value[key], wanted, "{key}");
    }
    assert_eq!(value["segments"][0]["end"], 2.0);
    assert_eq!(value["options"]["way"], "default");
    assert_eq!(value["options"]["timestamps"], true);
}

#[test]
fn json_of_nothing_measured_has_no_speed() {
    let backend =
        BackendInfo { kind: BackendKind::Fake, name: "fake".into(), precision: Precision::F32, threads: 1 };
    let details = Details {
        file: "-",
        model: "demo",
        backend: &backend,
        standing: &Standing::Unproven,
        npu: None,
        timings: &Timings::default(),
        load: None,
        options: &Options::default(),
    };
    let text = json(&transcript(&[]), &details).unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(value["speed_x"].is_null() && value["rtf"].is_null() && value["load_ms"].is_null());
}

#[test]
fn tables_and_markdown_have_times_and_nothing_that_acts() {
    let t = transcript(&[(0.5, 2.0, " =A1, \"quoted\""), (2.0, 3.0, " "), (61.0, 63.5, " *two*\nlines")]);
    assert_eq!(
        csv(&t),
        "segment,start_s,end_s,speaker,text\n0,0.500,2.000,,\"'=A1, \"\"quoted\"\"\"\n2,61.000,63.500,,*two* lines\n"
    );
    assert_eq!(md(&t, "A_b"), "# A\\_b\n\n`0:00` =A1, \"quoted\"\n\n`1:01` \\*two\\* lines\n");
}

#[test]
fn words_with_times_are_in_tables_and_web_subtitles() {
    let word = |word: &str, start, end| Word { word: word.into(), start, end, probability: 0.5 };
    let mut t = transcript(&[(1.0, 3.0, " Good day.")]);
    t.segments[0].words = vec![word(" Good", 1.0, 1.4), word(" day.", 2.0, 2.5)];
    assert_eq!(csv(&t), "segment,start_s,end_s,speaker,text\n0,1.000,1.400,,Good\n0,2.000,2.500,,day.\n");
    let web = vtt(&t, &LineRules::default());
    assert_eq!(web, "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nGood <00:00:02.000>day.\n\n");
}

#[test]
fn speakers_are_named_in_every_format() {
    let mut t = transcript(&[(0.0, 2.0, " Hi."), (2.0, 4.0, " Hello."), (4.0, 6.0, " Well.")]);
    for (segment, name) in t.segments.iter_mut().zip(["Left", "Right", "Right"]) {
        segment.speaker = Some(name.into());
    }
    assert_eq!(txt(&t, false), "Left: Hi.\nRight: Hello.\nRight: Well.\n");
    assert_eq!(md(&t, ""), "**Left**\n\n`0:00` Hi.\n\n**Right**\n\n`0:02` Hello.\n\n`0:04` Well.\n");
    assert!(csv(&t).contains("1,2.000,4.000,Right,Hello.\n"));
    assert!(vtt(&t, &LineRules::default()).contains("\n<v Right>Hello.\n"));
    let srt = srt(&t, &LineRules::default());
    assert!(srt.contains("\nRight: Hello.\n") && srt.contains("\nWell.\n"), "{srt}");
}
