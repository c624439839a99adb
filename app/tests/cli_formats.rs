//! What `hark transcribe` writes, and where.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Sandbox, clip, expected, expected_end};
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::process::Stdio;

#[test]
fn plain_text_is_one_line_per_segment() {
    let text = Sandbox::new().hark(&["transcribe", &clip("short01.wav"), "--strict"]).quietly();
    assert_eq!(text, expected("short01.wav") + "\n");
}

/// Less than a minute as `SS.mmm`, with this decimal mark.
fn seconds(time: f64, mark: char) -> String {
    format!("{time:06.3}").replace('.', &mark.to_string())
}

#[test]
fn times_come_before_the_text() {
    let text =
        Sandbox::new().hark(&["transcribe", &clip("short01.wav"), "--strict", "--print-times"]).quietly();
    let end = seconds(expected_end("short01.wav"), '.');
    assert_eq!(text, format!("[00:00.000 --> 00:{end}]  {}\n", expected("short01.wav")));
}

#[test]
fn srt_and_vtt_have_the_segment_s_times() {
    let sandbox = Sandbox::new();
    let run = |format| {
        let line = ["--line-length", "200"];
        let arguments = ["transcribe", &clip("short01.wav"), "--strict", "--format", format];
        sandbox.hark(&[&arguments[..], &line].concat()).quietly()
    };
    let (text, end) = (expected("short01.wav"), expected_end("short01.wav"));
    let [comma, point] = [',', '.'].map(|mark| seconds(end, mark));
    assert_eq!(run("srt"), format!("1\n00:00:00,000 --> 00:00:{comma}\n{text}\n\n"));
    assert_eq!(run("vtt"), format!("WEBVTT\n\n00:00:00.000 --> 00:00:{point}\n{text}\n\n"));
}

#[test]
fn json_says_what_was_heard_and_how_it_was_done() {
    let arguments = ["transcribe", &clip("short01.wav"), "--strict", "--format", "json", "--threads", "1"];
    let json: Value = serde_json::from_str(&Sandbox::new().hark(&arguments).quietly()).unwrap();
    assert_eq!(json["text"].as_str().unwrap().trim(), expected("short01.wav"));
    assert_eq!(json["segments"].as_array().unwrap().len(), 1);
    let end = expected_end("short01.wav");
    assert_eq!((&json["segments"][0]["start"], &json["segments"][0]["end"]), (&0.0.into(), &end.into()));
    let wanted = serde_json::json!({
        "hark": env!("CARGO_PKG_VERSION"), "file": "short01.wav", "model": "demo", "backend": "cpu",
        "precision": "f32", "precision_standing": "fixed", "threads": 1, "language": "en", "interventions": [], "windows": 1,
    });
    for (key, value) in wanted.as_object().unwrap() {
        assert_eq!(&json[key], value, "{key}");
    }
    assert_eq!((&json["options"]["way"], &json["options"]["timestamps"]), (&"strict".into(), &true.into()));
    let samples = fs::metadata(clip("short01.wav")).unwrap().len() - 44;
    assert!((json["audio_s"].as_f64().unwrap() - samples as f64 / 32_000.0).abs() < 0.01, "{json}");
    let [audio, processing, speed] =
        ["audio_s", "processing_s", "speed_x"].map(|key| json[key].as_f64().unwrap());
    assert!((speed - audio / processing).abs() < 1e-6 * speed, "{json}");
    assert!(
        ["mel_ms", "encode_ms", "decode_ms", "load_ms"].iter().all(|key| json[key].as_f64().unwrap() > 0.0)
    );
}

#[test]
fn the_fast_way_gives_the_text_and_is_named_in_json() {
    let arguments = ["transcribe", &clip("short01.wav"), "--fast", "--format", "json"];
    let json: Value = serde_json::from_str(&Sandbox::new().hark(&arguments).quietly()).unwrap();
    assert_eq!(json["text"].as_str().unwrap().trim(), expected("short01.wav"));
    assert_eq!(json["options"]["way"], "fast");
}

#[test]
fn words_have_times_in_json_and_make_up_the_text() {
    let arguments = ["transcribe", &clip("short01.wav"), "--strict", "--format", "json", "--word-timestamps"];
    let json: Value = serde_json::from_str(&Sandbox::new().hark(&arguments).quietly()).unwrap();
    let words = json["segments"][0]["words"].as_array().unwrap();
    let text: String = words.iter().map(|word| word["word"].as_str().unwrap()).collect();
    assert_eq!(text.trim(), expected("short01.wav"));
    let mut before = 0.0;
    for word in words {
        let (start, end) = (word["start"].as_f64().unwrap(), word["end"].as_f64().unwrap());
        assert!(before <= start && start <= end, "{words:?}");
        before = start;
    }
}

#[test]
fn without_timestamps_a_window_is_one_subtitle() {
    let arguments = ["transcribe", &clip("short01.wav"), "--strict", "--no-timestamps", "--format", "srt"];
    let srt = Sandbox::new().hark(&[&arguments[..], &["--line-length", "200"]].concat()).quietly();
    assert!(srt.starts_with("1\n00:00:00,000 --> ") && srt.ends_with("\n\n"), "{srt}");
    assert_eq!(srt.matches(" --> ").count(), 1);
    assert_eq!(srt.lines().nth(2), Some(expected("short01.wav").as_str()));
}

#[test]
fn lines_of_subtitles_are_as_long_as_allowed() {
    let arguments =
        ["transcribe", &clip("short01.wav"), "--strict", "--format", "srt", "--line-length", "12"];
    let srt = Sandbox::new().hark(&arguments).quietly();
    let text: Vec<_> =
        srt.lines().filter(|line| !line.contains("-->") && line.parse::<u32>().is_err()).collect();
    assert!(text.iter().all(|line| line.chars().count() <= 12), "{srt}");
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(&text.join(" ")), words(&expected("short01.wav")));
}

#[test]
fn each_channel_can_be_somebody_of_their_own() {
    let sandbox = Sandbox::new();
    let read = |name: &str| {
        let mut reader = hound::WavReader::open(clip(name)).unwrap();
        reader.samples::<i16>().map(Result::unwrap).collect::<Vec<_>>()
    };
    let (left, right) = (read("short01.wav"), read("short02.wav"));
    let spec = hound::WavSpec { channels: 2, ..hound::WavReader::open(clip("short01.wav")).unwrap().spec() };
    let path = sandbox.work().join("two.wav");
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    for i in 0..left.len().max(right.len()) {
        for channel in [&left, &right] {
            writer.write_sample(channel.get(i).copied().unwrap_or(0)).unwrap();
        }
    }
    writer.finalize().unwrap();
    let text = sandbox.hark(&["transcribe", "two.wav", "--by-channel", "--model", "demo"]).quietly();
    let (one, two) = (expected("short01.wav"), expected("short02.wav"));
    assert_eq!(text, format!("Left: {one}\nRight: {two}\n"));
}

#[test]
fn silence_gives_no_text_and_says_so() {
    let sandbox = Sandbox::new();
    let name = clip("silence30.wav");
    let note = format!("note: no speech was found in {name}\n");
    for (format, expected) in [("txt", ""), ("srt", ""), ("vtt", "WEBVTT\n\n")] {
        sandbox.hark(&["transcribe", &name, "--format", format]).is(0, expected, &note);
    }
}

#[test]
fn every_format_becomes_a_file_and_nothing_else_is_left() {
    let sandbox = Sandbox::new();
    let arguments = [
        "transcribe",
        &clip("short01.wav"),
        "--strict",
        "--format",
        "txt,srt",
        "--format",
        "json,md,csv",
        "-o",
        "out/deep",
    ];
    assert_eq!(sandbox.hark(&arguments).quietly(), "");
    assert_eq!(
        sandbox.names("out/deep"),
        ["csv", "json", "md", "srt", "txt"].map(|ending| format!("short01.{ending}"))
    );
    assert_eq!(sandbox.read("out/deep/short01.txt"), expected("short01.wav") + "\n");
    let end = seconds(expected_end("short01.wav"), ',');
    assert!(sandbox.read("out/deep/short01.srt").starts_with(&format!("1\n00:00:00,000 --> 00:00:{end}\n")));
    assert!(sandbox.read("out/deep/short01.md").starts_with("# short01\n\n`0:00` "));
    assert!(sandbox.read("out/deep/short01.csv").starts_with("segment,start_s,end_s,speaker,text\n0,0.000,"));
    assert_eq!(common::names(&sandbox.temporary()), Vec::<String>::new());
}

#[cfg(unix)]
#[test]
fn files_are_as_readable_as_any_new_file() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::new();
    let mode = |name: &str| fs::metadata(sandbox.work().join(name)).unwrap().permissions().mode();
    sandbox.hark(&["transcribe", &clip("short01.wav"), "-o", "."]).quietly();
    sandbox.write("plain", "");
    assert_eq!(mode("short01.txt"), mode("plain"));
}

#[test]
fn files_that_exist_are_kept_unless_they_may_be_replaced() {
    let sandbox = Sandbox::new();
    sandbox.write("out/short01.txt", "mine");
    sandbox.hark(&["transcribe", &clip("short01.wav"), "-o", "out"]).is(
        1,
        "",
        "error: out/short01.txt already exists and was kept\nhint: --overwrite replaces it\n",
    );
    assert_eq!(sandbox.read("out/short01.txt"), "mine");

    // What is missing beside it is written nevertheless.
    let ended = sandbox.hark(&["transcribe", &clip("short01.wav"), "-o", "out", "--format", "txt,vtt"]);
    ended.is(1, "", "error: out/short01.txt already exists and was kept\nhint: --overwrite replaces it\n");
    assert_eq!(sandbox.read("out/short01.txt"), "mine");
    assert!(sandbox.read("out/short01.vtt").starts_with("WEBVTT\n"));

    sandbox.hark(&["transcribe", &clip("short01.wav"), "-o", "out", "--overwrite"]).quietly();
    assert_eq!(sandbox.read("out/short01.txt"), expected("short01.wav") + "\n");
    assert_eq!(sandbox.names("out"), ["short01.txt", "short01.vtt"]);
}

#[test]
fn recordings_of_the_same_name_get_numbers() {
    let sandbox = Sandbox::new();
    for (folder, from) in [("a", "short01.wav"), ("b", "short12.wav")] {
        fs::create_dir(sandbox.work().join(folder)).unwrap();
        fs::copy(clip(from), sandbox.work().join(folder).join("talk.wav")).unwrap();
    }
    sandbox.hark(&["transcribe", "a/talk.wav", "b/talk.wav", "-o", "out"]).is(
        0,
        "",
        "note: b/talk.wav is in out/talk-2.txt: another file has the same name\n",
    );
    assert_eq!(sandbox.read("out/talk.txt"), expected("short01.wav") + "\n");
    assert_eq!(sandbox.read("out/talk-2.txt"), expected("short12.wav") + "\n");
}

#[test]
fn a_folder_that_cannot_be_made_is_an_error_before_any_work() {
    let sandbox = Sandbox::new();
    sandbox.write("out", "a file");
    sandbox.hark(&["transcribe", &clip("short01.wav"), "-o", "out"]).is(
        1,
        "",
        "error: cannot make the folder out: File exists\n",
    );
    assert_eq!(sandbox.read("out"), "a file");
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_is_an_error() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::new();
    let folder = sandbox.work().join("locked");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(folder.join("probe"), "").is_ok() {
        let reason = "the superuser may write into a locked folder";
        let _ = writeln!(std::io::stderr(), "SKIPPED: a_folder_that_cannot_be_written_is_an_error: {reason}");
        return;
    }
    sandbox.hark(&["transcribe", &clip("short01.wav"), "-o", "locked"]).is(
        1,
        "",
        "error: cannot write locked/short01.txt: Permission denied\n",
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_standard_output_is_an_error() {
    let sandbox = Sandbox::new();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = sandbox.command(&["transcribe", &clip("short01.wav")]).stdout(full).output().unwrap();
    sandbox.ended(output).is(1, "", "error: cannot write to standard output: No space left on device\n");
}

#[test]
fn a_reader_that_has_seen_enough_does_not_hide_a_failure() {
    let sandbox = Sandbox::new();
    let arguments = ["transcribe", "missing.wav", &clip("short01.wav")];
    let mut child = sandbox.command(&arguments).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    sandbox.ended(output).is(1, "", "error: cannot read missing.wav: No such file or directory\n");
}

#[test]
fn subtitles_of_several_recordings_need_files() {
    let clips = [clip("short01.wav"), clip("short02.wav")];
    for format in ["srt", "vtt"] {
        Sandbox::new().hark(&["transcribe", &clips[0], &clips[1], "--format", format]).is(
            2,
            "",
            "error: standard output takes the subtitles of one recording\n\
             hint: --output DIR writes a file for each\n",
        );
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let sandbox = Sandbox::new();
    let mut child =
        sandbox.command(&["transcribe", &clip("short01.wav")]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    sandbox.ended(output).is(0, "", "");
}
