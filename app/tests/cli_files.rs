//! What `hark transcribe` takes: several files, folders, standard input, files that are none, and
//! Ctrl-C in the middle.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Sandbox, clip, end_of, expected, interrupt, until};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

#[test]
fn a_missing_file_does_not_stop_the_others() {
    let sandbox = Sandbox::new();
    let here = clip("short12.wav");
    sandbox.hark(&["transcribe", "missing.wav", &here]).is(
        1,
        &format!("== {here} ==\n{}\n", expected("short12.wav")),
        "error: cannot read missing.wav: No such file or directory\n",
    );
}

#[test]
fn several_texts_are_told_apart_by_their_names() {
    let (one, two) = (clip("short01.wav"), clip("short12.wav"));
    let text = Sandbox::new().hark(&["transcribe", &one, &two]).quietly();
    let (first, second) = (expected("short01.wav"), expected("short12.wav"));
    assert_eq!(text, format!("== {one} ==\n{first}\n\n== {two} ==\n{second}\n"));
}

#[test]
fn in_the_fast_way_files_share_batches_and_keep_their_order_and_their_faults() {
    let sandbox = Sandbox::new();
    let wav = fs::read(clip("multi01.wav")).unwrap();
    sandbox.write("text.wav", "This is a text and no audio file, whatever its name says. ".repeat(50));
    sandbox.write("cut.wav", &wav[..wav.len() / 2]);
    fs::copy(clip("long01.wav"), sandbox.work().join("long.wav")).unwrap();
    // More files than are asked for at once.
    let short: Vec<String> = (1..=18).map(|i| format!("s{i:02}.wav")).collect();
    for (i, name) in short.iter().enumerate() {
        fs::copy(clip(&format!("short{:02}.wav", i + 1)), sandbox.work().join(name)).unwrap();
    }
    let hark = |files: &[&str]| {
        sandbox.hark(&[&["transcribe", "--fast", "--model", "demo", "--precision", "f32"], files].concat())
    };
    let mut files = vec!["s01.wav", "text.wav", "long.wav", "cut.wav"];
    files.extend(short[1..].iter().map(String::as_str));
    let ended = hark(&files);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let [refused, damaged] = ended.err.lines().collect::<Vec<_>>()[..] else { panic!("{}", ended.err) };
    assert!(refused.starts_with("error: ") && refused.contains("text.wav"), "{refused}");
    assert_eq!(damaged, "note: cut.wav is damaged: the file breaks off, and so does the text");
    let good = files.iter().filter(|name| **name != "text.wav");
    let texts: Vec<String> = good.map(|name| format!("== {name} ==\n{}", hark(&[*name]).out)).collect();
    assert_eq!(ended.out, texts.join("\n"));
    let folder = hark(&[&files[..], &["-o", "out", "--format", "txt,json"]].concat());
    assert_eq!(folder.code, Some(1));
    assert_eq!(sandbox.names("out").len(), 2 * texts.len());
    assert_eq!(sandbox.read("out/s18.txt"), expected("short18.wav") + "\n");
}

#[test]
fn several_json_documents_need_no_names_between_them() {
    let arguments = ["transcribe", &clip("short01.wav"), &clip("short12.wav"), "--format", "json"];
    let text = Sandbox::new().hark(&arguments).quietly();
    let documents: Vec<serde_json::Value> =
        serde_json::Deserializer::from_str(&text).into_iter().collect::<Result<_, _>>().unwrap();
    let files: Vec<_> = documents.iter().map(|document| document["file"].as_str().unwrap()).collect();
    assert_eq!(files, ["short01.wav", "short12.wav"]);
}

#[test]
fn a_folder_is_searched_for_audio() {
    let sandbox = Sandbox::new();
    sandbox.write("talks/notes.txt", "no audio");
    sandbox.write("talks/inner/.keep", "");
    fs::copy(clip("short12.wav"), sandbox.work().join("talks/inner/a.WAV")).unwrap();
    fs::copy(clip("short01.wav"), sandbox.work().join("talks/z.wav")).unwrap();
    let ended = sandbox.hark(&["transcribe", "talks"]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    assert_eq!(ended.err, "note: one file in talks left out: neither audio nor video\n");
    let text = ended.out;
    let (first, second) = (expected("short12.wav"), expected("short01.wav"));
    assert_eq!(text, format!("== talks/inner/a.WAV ==\n{first}\n\n== talks/z.wav ==\n{second}\n"));
}

#[test]
fn a_folder_without_audio_says_what_is_looked_for() {
    let sandbox = Sandbox::new();
    sandbox.write("empty/notes.txt", "no audio");
    let ended = sandbox.hark(&["transcribe", "empty"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
    let mut lines = ended.err.lines();
    assert_eq!(lines.next(), Some("error: there is no audio file in empty"));
    let hint = lines.next().unwrap();
    assert!(
        hint.starts_with("hint: files with these endings are taken: ") && hint.contains(" wav "),
        "{hint}"
    );
}

#[test]
fn standard_input_is_a_file_of_any_kind() {
    let sandbox = Sandbox::new();
    let run = |arguments: &[&str]| {
        let input = File::open(clip("short01.wav")).unwrap();
        let output = sandbox.command(arguments).stdin(input).output().unwrap();
        sandbox.ended(output)
    };
    assert_eq!(run(&["transcribe", "-"]).quietly(), expected("short01.wav") + "\n");
    run(&["transcribe", "-", "-o", "out"]).quietly();
    assert_eq!(sandbox.read("out/stdin.txt"), expected("short01.wav") + "\n");
    let json: serde_json::Value =
        serde_json::from_str(&run(&["transcribe", "-", "--format", "json"]).quietly()).unwrap();
    assert_eq!(json["file"], "standard input");
    assert_eq!(common::names(&sandbox.temporary()), Vec::<String>::new());
}

#[test]
fn files_that_hold_no_audio_are_named_and_fail() {
    let sandbox = Sandbox::new();
    let wav = fs::read(clip("short01.wav")).unwrap();
    sandbox.write("empty.wav", "");
    sandbox.write("text.wav", "This is a text and no audio file, whatever its name says. ".repeat(50));
    sandbox.write("header.wav", &wav[..20]);
    for name in ["empty.wav", "text.wav", "header.wav"] {
        let ended = sandbox.hark(&["transcribe", name, "--model", "demo"]);
        assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{name}: {ended:?}");
        assert!(ended.err.starts_with("error: ") && ended.err.contains(name), "{name}: {}", ended.err);
        assert_eq!(ended.err.lines().count(), 1, "{name}: {}", ended.err);
    }
}

#[test]
fn errors_about_standard_input_do_not_speak_of_temporary_files() {
    let sandbox = Sandbox::new();
    let output = sandbox.command(&["transcribe", "-", "--model", "demo"]).output().unwrap();
    let ended = sandbox.ended(output);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
    assert!(
        ended.err.starts_with("error: standard input: ") && !ended.err.contains("[DIR]"),
        "{}",
        ended.err
    );
}

#[test]
fn of_several_tracks_it_is_said_which_one_is_taken() {
    let sandbox = Sandbox::new();
    let two = format!("{}/../engine/tests/data/audio/two-tracks.mkv", env!("CARGO_MANIFEST_DIR"));
    let said = |arguments: &[&str]| {
        let ended = sandbox.hark(&[&["transcribe", &two, "--model", "demo"], arguments].concat());
        assert_eq!(ended.code, Some(0), "{ended:?}");
        ended.err.lines().find(|line| line.contains("--track")).map(str::to_owned)
    };
    let note = said(&[]).unwrap();
    assert!(
        note.starts_with("note: track 1 of 2 of ") && note.contains("two-tracks.mkv is taken: "),
        "{note}"
    );
    assert_eq!(said(&["--track", "2"]), None, "it was chosen");
}

#[test]
fn a_recording_that_was_cut_off_gives_the_text_up_to_there() {
    let sandbox = Sandbox::new();
    let wav = fs::read(clip("multi01.wav")).unwrap();
    sandbox.write("cut.wav", &wav[..wav.len() / 2]);
    let ended = sandbox.hark(&["transcribe", "cut.wav", "--model", "demo"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let first = expected("multi01.wav");
    let first = first.split_inclusive(['.', '?', '!']).next().unwrap();
    assert!(ended.out.starts_with(first), "{ended:?}");
    assert_eq!(ended.err, "note: cut.wav is damaged: the file breaks off, and so does the text\n");
}

#[test]
fn ctrl_c_stops_and_keeps_what_was_said() {
    let sandbox = Sandbox::new();
    let long = clip("long01.wav");
    let mut child = sandbox.command(&["transcribe", &long, &long, &long, &long]).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut lines = String::new();
    out.read_line(&mut lines).unwrap();
    out.read_line(&mut lines).unwrap();
    interrupt(&child);
    assert_eq!(end_of(&mut child).code(), Some(130));
    assert!(expected("long01.wav").starts_with(lines.lines().nth(1).unwrap()), "{lines}");
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn ctrl_c_keeps_finished_files_and_leaves_no_others() {
    let sandbox = Sandbox::new();
    let long = clip("long01.wav");
    let arguments = ["transcribe", &clip("short01.wav"), &long, "-o", "out", "--model", "demo:tiny"];
    let mut child = sandbox.command(&arguments).spawn().unwrap();
    let first = sandbox.work().join("out/short01.txt");
    until("the first file", || first.exists() || child.try_wait().unwrap().is_some());
    interrupt(&child);
    assert_eq!(end_of(&mut child).code(), Some(130));
    assert_eq!(sandbox.names("out"), ["short01.txt"]);
    assert_eq!(sandbox.read("out/short01.txt"), expected("short01.wav") + "\n");
}

#[test]
fn ctrl_c_stops_files_that_are_done_together() {
    let sandbox = Sandbox::new();
    let (short, long) = (clip("short01.wav"), clip("long01.wav"));
    let arguments =
        ["transcribe", "--fast", &short, &long, &long, &long, "-o", "out", "--model", "demo:tiny"];
    let mut child = sandbox.command(&arguments).spawn().unwrap();
    let first = sandbox.work().join("out/short01.txt");
    until("the first file", || first.exists() || child.try_wait().unwrap().is_some());
    interrupt(&child);
    assert_eq!(end_of(&mut child).code(), Some(130));
    // A long recording may have ended with the short one, but not all of them.
    let names = sandbox.names("out");
    assert!(names.contains(&"short01.txt".into()) && names.len() < 4, "{names:?}");
    assert_eq!(sandbox.read("out/short01.txt"), expected("short01.wav") + "\n");
    assert_eq!(child.wait_with_output().unwrap().stderr, b"");
}

#[test]
fn under_nohup_a_closed_terminal_does_not_stop_the_work() {
    let sandbox = Sandbox::new();
    let plain = sandbox.command(&["transcribe", "-", "--model", "demo"]);
    let mut ignoring = std::process::Command::new("sh");
    ignoring.args(["-c", "trap '' HUP; exec \"$0\" \"$@\""]).arg(plain.get_program()).args(plain.get_args());
    ignoring.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    ignoring.current_dir(sandbox.work()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = ignoring.spawn().unwrap();
    until("the spool file", || !common::names(&sandbox.temporary()).is_empty());
    assert!(
        std::process::Command::new("kill")
            .args(["-HUP", &child.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), &fs::read(clip("short01.wav")).unwrap())
        .unwrap();
    sandbox.ended(child.wait_with_output().unwrap()).is(0, &(expected("short01.wav") + "\n"), "");
}

#[test]
fn ctrl_c_does_not_wait_for_standard_input() {
    let sandbox = Sandbox::new();
    let mut child =
        sandbox.command(&["transcribe", "-", "--model", "demo"]).stdin(Stdio::piped()).spawn().unwrap();
    let input = child.stdin.take();
    // The file for the input is made once Ctrl-C is listened for.
    until("the spool file", || !common::names(&sandbox.temporary()).is_empty());
    interrupt(&child);
    assert_eq!(end_of(&mut child).code(), Some(130));
    assert_eq!(common::names(&sandbox.temporary()), Vec::<String>::new());
    drop(input);
}
