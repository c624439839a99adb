//! The NPU end to end, with the functional fake in its place: who encodes, how that is known, and that no fault of a
//! driver costs a text.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(target_os = "linux")]

mod common;

use common::npu::{self, with_fake, workers_of};
use common::{Ended, Sandbox, clip, until};
use serde_json::Value;
use std::process::Stdio;

const SAID: &str = "Please restart the software and check the database.";

/// Transcribes the clip as JSON with these variables.
fn run(sandbox: &Sandbox, variables: &[(&str, &str)]) -> Ended {
    let mut command =
        sandbox.command(&["transcribe", "--model", "demo", "--format", "json", &clip("short04.wav")]);
    sandbox.ended(with_fake(&mut command, variables).output().unwrap())
}

fn json(ended: Ended) -> Value {
    serde_json::from_str(&ended.quietly()).unwrap()
}

fn texts<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|item| item[field].as_str().unwrap()).collect()
}

#[test]
fn the_fake_encodes_and_the_evidence_says_so() {
    let sandbox = Sandbox::new();
    let document = json(run(&sandbox, &[]));
    assert_eq!(document["text"].as_str().unwrap().trim(), SAID);
    assert_eq!((&document["backend"], &document["backend_name"]), (&"fake".into(), &"NPU (fake)".into()));
    let npu = &document["npu"];
    assert_eq!(
        (&npu["kind"], &npu["state"]["is"], &npu["why"]),
        (&"fake".into(), &"ready".into(), &"forced".into())
    );
    // The clip that both are timed with, and the recording's window.
    assert_eq!(npu["windows"], 2);
    let number = |value: &Value| value.as_f64().unwrap();
    assert!(number(&npu["counters"]["commands"]) > 0.0 && number(&npu["device_ms"]) > 0.0);
    assert!(number(&npu["counters"]["syncs"]) >= 4.0 && number(&npu["counters"]["bytes"]) > 0.0);
    assert!(number(&npu["check"]["relative_l2"]) < 1e-4, "{npu}");
    assert!(number(&npu["whole"]["relative_l2"]) < number(&npu["whole"]["limit"]));
    assert!(
        number(&npu["speeds"]["measured"]["cpu"]) > 0.0 && number(&npu["speeds"]["measured"]["npu"]) > 0.0
    );
    assert!(npu["device"]["name"].as_str().is_some_and(|name| !name.is_empty()));
    // The recording's window was compared once more.
    let vigil = &npu["vigil"];
    assert_eq!((&vigil["compared"], &vigil["wrong"]), (&1.into(), &0.into()), "{npu}");
    assert!(number(&vigil["last"]["relative_l2"]) < 1e-4 && number(&vigil["compared_ms"]) > 0.0, "{npu}");
}

#[test]
fn the_device_works_on_the_next_batch_while_the_decoder_works_on_this_one() {
    let sandbox = Sandbox::new();
    let clips: Vec<_> = (1..=9).map(|n| clip(&format!("short0{n}.wav"))).collect();
    let mut arguments = vec!["transcribe", "--fast", "--model", "demo", "--format", "json", "-o", "texts"];
    arguments.extend(clips.iter().map(String::as_str));
    let mut command = sandbox.command(&arguments);
    sandbox.ended(with_fake(&mut command, &[]).output().unwrap()).quietly();
    let document: Value = serde_json::from_str(&sandbox.read("texts/short09.json")).unwrap();
    let trace = document["npu"]["trace"].as_array().unwrap();
    let at = |what: &str, windows: Option<u64>| {
        let fits = |s: &&Value| s["what"] == what && windows.is_none_or(|n| s["windows"] == n);
        trace.iter().find(fits).unwrap_or_else(|| panic!("no {what} in {trace:#?}"))["at"].as_f64().unwrap()
    };
    let (begins, ends) = (at("decoding_begins", None), at("decoding_ends", None));
    // Behind the clip for timing come eight windows, and the ninth is asked for before they are decoded.
    let asked: Vec<_> =
        trace.iter().filter(|s| s["what"] == "asked").map(|s| s["windows"].as_u64().unwrap()).collect();
    assert_eq!(asked, [1, 8, 1], "{trace:#?}");
    let last = trace.iter().rfind(|s| s["what"] == "asked").unwrap()["at"].as_f64().unwrap();
    assert!(at("asked", Some(8)) < last && last <= begins && begins < ends, "{trace:#?}");
    println!("asked for the next batch at {last:.3} s; the decoder worked from {begins:.3} to {ends:.3} s");
}

#[test]
fn files_share_the_device_and_change_no_text_of_each_other() {
    let sandbox = Sandbox::new();
    let clips: Vec<_> = (1..=3).map(|n| clip(&format!("short0{n}.wav"))).collect();
    let mut texts = Vec::new();
    for (folder, variables) in [("by turns", &[][..]), ("alone", &[("HARK_NPU", "off")])] {
        // In f32 the CPU computes what the fake does.
        let options =
            ["transcribe", "--model", "demo", "--precision", "f32", "--format", "json", "-o", folder];
        let mut command = sandbox.command(&options);
        command.args(&clips);
        sandbox.ended(with_fake(&mut command, variables).output().unwrap()).quietly();
        let text = |n| -> Value {
            serde_json::from_str(&sandbox.read(&format!("{folder}/short0{n}.json"))).unwrap()
        };
        texts.push([1, 2, 3].map(text));
    }
    for (by_turns, alone) in texts[0].iter().zip(&texts[1]) {
        assert_eq!((by_turns["backend"].as_str(), alone["backend"].as_str()), (Some("fake"), Some("cpu")));
        assert_eq!(by_turns["segments"], alone["segments"]);
        assert!(!by_turns["text"].as_str().unwrap().is_empty());
    }
    // Behind the clip for timing, each window is asked for once, however many of them meet in one launch.
    let trace = texts[0][2]["npu"]["trace"].as_array().unwrap();
    let asked = trace.iter().filter(|stamp| stamp["what"] == "asked").skip(1);
    let windows: u64 = asked.filter_map(|stamp| stamp["windows"].as_u64()).sum();
    assert_eq!(windows, 3, "{trace:#?}");
}

#[test]
fn switched_off_nobody_asks_for_it() {
    let sandbox = Sandbox::new();
    let document = json(run(&sandbox, &[("HARK_NPU", "off"), ("HARK_NPU_FAULT", "abort:open")]));
    assert_eq!((&document["backend"], &document["text"].as_str().unwrap().trim()), (&"cpu".into(), &SAID));
    assert!(document["backend_name"].as_str().unwrap().starts_with("CPU"));
}

/// A fault, whether the device was in use before it, what the badge says afterwards, and a part of the reason.
const FAULTS: &[(&str, &str, &str)] = &[
    ("hang:open", "CPU (NPU hung)", "opening the device takes longer than"),
    ("hang:context", "CPU (NPU hung)", "making a context takes longer than"),
    ("hang:bo_alloc", "CPU (NPU hung)", "setting up its memory takes longer than"),
    ("hang:bo_sync", "CPU (NPU hung)", "setting up its memory takes longer than"),
    ("hang:run", "CPU (NPU hung)", ""),
    ("abort:open", "CPU (NPU stopped)", "signal: 6"),
    ("abort:run", "CPU (NPU stopped)", "signal: 6"),
    ("segfault:run", "CPU (NPU stopped)", "signal: 11"),
    ("error:open:3", "CPU (NPU driver refused)", ""),
    ("error:open:2", "CPU (NPU not found)", ""),
    ("error:context:5", "CPU (NPU in use)", ""),
    ("error:xclbin_load:4", "CPU (no NPU program)", ""),
    ("error:bo_alloc:6", "CPU (no memory for the NPU)", "memlock"),
    ("error:run:8", "CPU (NPU failed)", ""),
    ("throw:ctx_open", "CPU (NPU failed)", ""),
    ("throw:list_execute", "CPU (NPU failed)", ""),
    ("wrong:run", "CPU (NPU computed wrongly)", "differs from the CPU's"),
];

#[test]
fn no_fault_costs_the_text() {
    for (fault, badge, reason) in FAULTS {
        let sandbox = Sandbox::new();
        let document = json(run(&sandbox, &npu::fault(fault)));
        assert_eq!(document["text"].as_str().unwrap().trim(), SAID, "{fault}");
        assert_eq!(document["backend"], "cpu", "{fault}");
        let changed = document["npu"]["last_change"]["reason"].as_str().unwrap_or_default();
        let name = document["backend_name"].as_str().unwrap();
        assert!(name == *badge, "{fault}: {name}: {}", document["npu"]);
        assert!(changed.contains(reason), "{fault}: {changed}");
        let recovery = &document["npu"]["recoveries"][0];
        assert!(recovery["states_ms"].as_f64().is_some_and(|ms| ms > 0.0), "{fault}: {}", document["npu"]);
        println!("{fault}: {recovery}");
    }
}

#[test]
fn a_fault_in_the_middle_is_an_event_of_the_transcript() {
    // The first window is the clip for timing, of as many commands as the self-check leaves; faults begin later.
    for (fault, badge) in [
        ("hang:list_wait@3", "CPU (NPU hung)"),
        ("abort:list_execute@3", "CPU (NPU stopped)"),
        ("segfault:list_execute@3", "CPU (NPU stopped)"),
        ("error:list_execute:8@3", "CPU (NPU failed)"),
    ] {
        let sandbox = Sandbox::new();
        let document = json(run(&sandbox, &npu::fault(fault)));
        assert_eq!(document["text"].as_str().unwrap().trim(), SAID, "{fault}");
        let changes = &document["npu"]["changes"];
        assert_eq!(texts(changes, "from"), ["NPU (fake)"], "{fault}: {}", document["npu"]);
        assert_eq!(texts(changes, "to"), [badge], "{fault}");
        assert!(!texts(changes, "reason")[0].is_empty());
        assert_eq!(document["npu"]["restarts"], 1, "{fault}");
        // The window was under way, and the CPU gave its states in the same call.
        let recovery = &document["npu"]["recoveries"][0];
        for part in ["noticed_ms", "ended_ms", "states_ms"] {
            assert!(recovery[part].as_f64().is_some_and(|ms| ms > 0.0), "{fault}: {part} in {recovery}");
        }
        let step = |what: &str| {
            let trace = document["npu"]["trace"].as_array().unwrap();
            trace
                .iter()
                .position(|stamp| stamp["what"] == what)
                .unwrap_or_else(|| panic!("{what}: {trace:#?}"))
        };
        assert!(step("failed") < step("ended") && step("ended") < step("encoded_on_cpu"), "{fault}");
        println!("{fault}: {recovery}");
    }
}

#[test]
fn a_result_that_goes_wrong_in_the_middle_goes_to_the_cpu_in_the_same_call() {
    // The first block and the clip for timing are eight commands, all of them right; the window is six more, and two
    // behind it are for its comparison.
    for (fault, reason) in [
        ("wrong:run@14", "none of a LayerNorm"),
        ("swap:run@9", "in the middle of a session, block 0 differs from the CPU's"),
        ("swap:run@16", "in the middle of a session, block 0 differs from the CPU's"),
    ] {
        let sandbox = Sandbox::new();
        let document = json(run(&sandbox, &npu::fault(fault)));
        assert_eq!(document["text"].as_str().unwrap().trim(), SAID, "{fault}");
        assert_eq!(document["backend_name"], "CPU (NPU computed wrongly)", "{fault}");
        let npu = &document["npu"];
        assert_eq!(texts(&npu["changes"], "from"), ["NPU (fake)"], "{fault}: {npu}");
        let said = texts(&npu["changes"], "reason")[0];
        assert!(said.contains("the NPU computes wrongly") && said.contains(reason), "{fault}: {said}");
        assert_eq!((&npu["vigil"]["wrong"], &npu["vigil"]["compared"]), (&1.into(), &0.into()), "{fault}");
        assert_eq!((&npu["windows"], &npu["restarts"]), (&1.into(), &0.into()), "{fault}: the clip alone");
        println!("{fault}: {said}");
    }
}

#[test]
fn one_that_is_far_too_slow_is_left() {
    let sandbox = Sandbox::new();
    let document = json(run(&sandbox, &npu::fault("slow:100000")));
    assert_eq!((document["text"].as_str().unwrap().trim(), &document["backend"]), (SAID, &"cpu".into()));
}

#[test]
fn a_worker_that_the_driver_holds_is_left_behind_and_not_opened_again_in_this_boot() {
    let sandbox = Sandbox::new();
    let variables = [("HARK_NPU_FAULT", "hang:open"), ("HARK_NPU_LIMIT_MS", "300"), ("HARK_NPU_HELD", "1")];
    let document = json(run(&sandbox, &variables));
    assert_eq!(document["text"].as_str().unwrap().trim(), SAID);
    assert_eq!(document["backend_name"], "NPU stuck, restart the computer");
    let again = json(run(&sandbox, &[]));
    assert_eq!(again["backend_name"], "NPU stuck, restart the computer");
    assert_eq!((&again["npu"]["windows"], &again["npu"]["device"]), (&0.into(), &Value::Null));
}

#[test]
fn a_missing_library_is_named() {
    let sandbox = Sandbox::new();
    let document = json(run(&sandbox, &[("HARK_NPU_LIBRARY", "no/such/library.so")]));
    assert_eq!(
        (&document["backend"], &document["backend_name"]),
        (&"cpu".into(), &"CPU (NPU runtime missing)".into())
    );
}

#[test]
fn a_worker_ends_with_its_parent_even_if_it_hangs() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command(&["transcribe", "--model", "demo", &clip("short04.wav")]);
    with_fake(&mut command, &[("HARK_NPU_FAULT", "hang:open")]);
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    until("a worker", || !workers_of(child.id()).is_empty());
    child.kill().unwrap();
    child.wait().unwrap();
    until("the worker's end", || workers_of(child.id()).is_empty());
}

#[test]
fn one_that_does_not_close_costs_a_moment() {
    let sandbox = Sandbox::new();
    let arguments =
        ["bench", "--model", "demo", "--precision", "int8,f32", "--runs", "1", "--seconds", "0", "--json"];
    let mut command = sandbox.command(&arguments);
    with_fake(&mut command, &npu::fault("hang:close"));
    let document: Value = serde_json::from_str(&sandbox.ended(command.output().unwrap()).quietly()).unwrap();
    let names: Vec<_> =
        document["runs"].as_array().unwrap().iter().map(|run| &run["backend"]["name"]).collect();
    assert_eq!(names, ["NPU (fake)", "NPU (fake)"], "{document}");
}

#[test]
fn bench_names_the_backend() {
    let sandbox = Sandbox::new();
    let mut command =
        sandbox.command(&["bench", "--model", "demo", "--runs", "1", "--seconds", "0", "--json"]);
    let document: Value = serde_json::from_str(&sandbox.ended(command.output().unwrap()).quietly()).unwrap();
    assert_eq!(document["backend"]["kind"], "cpu");
    assert!(document["backend"]["name"].as_str().unwrap().starts_with("CPU"));
    let ended = sandbox.ended(with_fake(&mut command, &[]).output().unwrap());
    let document: Value = serde_json::from_str(&ended.quietly()).unwrap();
    assert_eq!(document["backend"]["name"], "NPU (fake)");
}
