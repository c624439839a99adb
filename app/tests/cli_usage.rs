//! Help, wrong usage, and the reports on this machine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Sandbox, clip};
use serde_json::Value;

const EXIT_CODES: &str = "\
Exit codes:
    0  everything was done
    1  a file failed, or something could not be read or written
    2  wrong usage
    3  only the demo model is there, and the audio is not one of its clips
    4  the model is unknown or cannot be used
    5  no Hark is running that could be asked
    6  something is worse than what was kept of it (`hark bench --compare`)
  130  interrupted; what was finished is kept
";

#[test]
fn help_lists_the_commands_and_the_exit_codes() {
    let help = Sandbox::new().hark(&["--help"]).quietly();
    for part in [
        "transcribe",
        "toggle",
        "start",
        "stop",
        "cancel",
        "status",
        "models",
        "devices",
        "doctor",
        "bench",
        "Without a command, the window opens",
    ] {
        assert!(help.contains(part), "{part} is missing in\n{help}");
    }
    assert!(help.ends_with(EXIT_CODES), "{help}");
    assert!(Sandbox::new().hark(&["transcribe", "--help"]).quietly().ends_with(EXIT_CODES));
}

#[test]
fn version_is_one_line() {
    let expected = concat!("hark ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(Sandbox::new().hark(&["--version"]).quietly(), expected);
}

#[test]
fn wrong_usage_ends_with_2_and_says_what_is_wrong() {
    let table: [(&[&str], &str); 20] = [
        (&["transcribe", "a.wav", "--fast", "--strict"], "cannot be used with"),
        (&["--colour"], "unexpected argument '--colour'"),
        (&["transcribe"], "<FILE>..."),
        (&["transcribe", "a.wav", "--formatt", "srt"], "'--format'"),
        (&["transcribe", "a.wav", "--format", "docx"], "[possible values: txt, srt, vtt, json, csv, md]"),
        (&["transcribe", "a.wav", "--temperature", "1.5"], "it is not between 0 and 1"),
        (&["transcribe", "a.wav", "--temperature", "warm"], "it is not a number"),
        (&["transcribe", "a.wav", "--precision", "f16"], "there are auto, int8, int8+int16, bf16, f32"),
        (&["transcribe", "a.wav", "--threads", "0"], "it is not a number from 1 to 256; this machine runs "),
        (&["transcribe", "a.wav", "--threads", "10000"], "threads at once"),
        (&["transcribe", "a.wav", "--beam-size", "0"], "--beam-size"),
        (&["--model", "demo", "transcribe", "a.wav"], "cannot be used with"),
        (&["transcrib"], "there is no file or command `transcrib`"),
        (&["stop", "now"], "unexpected argument 'now'"),
        (&["status", "--format", "xml"], "[possible values: json, waybar]"),
        (&["doctor", "--paths"], "--json"),
        (&["bench", "--prove", "--precision", "f32"], "cannot be used with"),
        (&["bench", "--prove", "--threads", "1,2"], "--prove takes one number of threads"),
        (&["models", "make", "demo:tiny"], "<FILE>"),
        (&["models", "--json", "make", "demo:tiny", "x"], "cannot be used with"),
    ];
    for (arguments, part) in table {
        let ended = Sandbox::new().hark(arguments);
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(ended.err.starts_with("error: ") && ended.err.contains(part), "{arguments:?}: {}", ended.err);
    }
}

#[test]
fn arguments_that_contradict_each_other_are_refused_before_any_work() {
    let sandbox = Sandbox::new();
    sandbox.hark(&["transcribe", "a.wav", "--word-timestamps", "--no-timestamps"]).is(
        2,
        "",
        "error: --word-timestamps needs timestamps\nhint: leave out --no-timestamps\n",
    );
    sandbox.hark(&["transcribe", "a.wav", "--format", "srt,vtt"]).is(
        2,
        "",
        "error: standard output takes one format\nhint: --output DIR writes a file for each\n",
    );
    sandbox.hark(&["transcribe", "-", "-", "--model", "demo"]).is(
        2,
        "",
        "error: standard input can be read only once\n",
    );
}

#[test]
fn options_that_contradict_the_model_are_wrong_usage() {
    let ended = Sandbox::new().hark(&["transcribe", &clip("short01.wav"), "--task", "translate"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{ended:?}");
    assert!(ended.err.contains("cannot translate; choose a multilingual one"), "{}", ended.err);
}

#[test]
fn an_unknown_language_gets_the_list() {
    let ended = Sandbox::new().hark(&["transcribe", &clip("short01.wav"), "--language", "klingon"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""));
    let mut lines = ended.err.lines();
    assert_eq!(lines.next(), Some("error: there is no language `klingon`"));
    let hint = lines.next().unwrap();
    assert!(hint.starts_with("hint: known are auto, en english, "), "{hint}");
    assert!(hint.contains(", de german, ") && hint.contains("yue cantonese"), "{hint}");
}

#[test]
fn doctor_reports_every_check_and_keeps_folders_to_itself() {
    let sandbox = Sandbox::new();
    let private = sandbox.hark(&["doctor", "--json"]);
    assert_eq!((private.code, private.err.as_str()), (Some(0), ""));
    let checks: Value = serde_json::from_str(&private.out).unwrap();
    let names: Vec<_> =
        checks.as_array().unwrap().iter().map(|check| check["name"].as_str().unwrap()).collect();
    let expected = [
        "cpu",
        "kernels",
        "cores",
        "memory",
        "npu",
        "microphone",
        "models",
        "precision",
        "display",
        "keys",
        "insertion",
        "indicator",
        "data",
    ];
    assert_eq!(names, expected);
    for check in checks.as_array().unwrap() {
        assert!(["ok", "warn", "fail"].contains(&check["status"].as_str().unwrap()), "{check}");
        assert!(!check["found"].as_str().unwrap().is_empty(), "{check}");
        assert_eq!(check["status"] == "ok", check.get("fix").is_none(), "{check}");
    }
    let npu = checks.as_array().unwrap().iter().find(|check| check["name"] == "npu").unwrap();
    assert!(npu["facts"]["state"].is_string(), "{npu}");
    assert!(!private.out.contains("[DIR]"), "{}", private.out);
    let open = sandbox.hark(&["doctor", "--json", "--paths"]).quietly();
    assert!(open.contains("\"path\": \"[DIR]/data\""), "{open}");
}

#[test]
fn doctor_fails_with_a_remedy_where_nothing_can_be_written() {
    let sandbox = Sandbox::new();
    // A file stands where the folder should be: that stops the superuser, too.
    std::fs::write(sandbox.data(), "").unwrap();
    let ended = sandbox.hark(&["doctor"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended.out.contains("FAIL  data        cannot be written: File exists ([DIR]/data)\n"),
        "{}",
        ended.out
    );
    assert!(ended.out.contains("fix: make the folder writable, or set HARK_DATA_DIR to another one\n"));
}

#[test]
fn devices_are_json_with_at_most_one_default() {
    let ended = Sandbox::new().hark(&["devices", "--json"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let devices: Value = serde_json::from_str(&ended.out).unwrap();
    let defaults = devices.as_array().unwrap().iter().filter(|device| device["default"] == true);
    assert!(defaults.count() <= 1, "{devices}");
}
