//! Dictation while the NPU fails, with the functional fake in its place: no word and no window is lost, what happened is
//! told, and no device keeps the program from ending.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(target_os = "linux")]

mod common;

use common::npu::{self, with_fake, workers_of};
use common::{Sandbox, clip};
use serde_json::Value;
use std::io::Read;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Beyond the two seconds that a device may cost at the end, on a machine that has other things to do.
const ENDED: Duration = Duration::from_secs(15);

/// Bundled clips behind each other: more than one window.
fn talk(path: &Path, clips: &[&str]) {
    let mut talk: Option<hound::WavWriter<_>> = None;
    for name in clips {
        let mut reader = hound::WavReader::open(clip(name)).unwrap();
        let talk = talk.get_or_insert_with(|| hound::WavWriter::create(path, reader.spec()).unwrap());
        reader.samples::<i16>().for_each(|sample| talk.write_sample(sample.unwrap()).unwrap());
    }
    talk.unwrap().finalize().unwrap();
}

/// What dictating it gives.
fn dictated(sandbox: &Sandbox, variables: &[(&str, &str)]) -> Value {
    // In f32 the CPU goes on with the states that the fake would have given.
    let mut command = sandbox.command(&[
        "live",
        "--replay",
        "talk.wav",
        "--model",
        "demo",
        "--precision",
        "f32",
        "--pace",
        "fast",
        "--json",
    ]);
    let ended = sandbox.ended(with_fake(&mut command, variables).output().unwrap());
    serde_json::from_str(&ended.quietly()).unwrap()
}

#[test]
fn no_fault_in_the_middle_costs_a_word_or_a_window() {
    let sandbox = Sandbox::new();
    talk(&sandbox.work().join("talk.wav"), &["short10.wav", "silence30.wav", "short04.wav"]);
    let mut right = dictated(&sandbox, &[]);
    assert!(right["windows"].as_u64().unwrap() >= 2, "{right}");
    assert!(right["final_text"].as_str().unwrap().ends_with("check the database."), "{right}");
    assert_eq!(right["backend_changes"].take(), Value::Array(Vec::new()));
    // The passes up to there are good; a window of the demo model is six commands.
    for (fault, badge, reason) in [
        ("abort:run@40", "CPU (NPU stopped)", "signal: 6"),
        ("segfault:run@40", "CPU (NPU stopped)", "signal: 11"),
        ("hang:run@40", "CPU (NPU hung)", ""),
        ("hang:list_execute@9", "CPU (NPU hung)", ""),
        ("error:run:8@40", "CPU (NPU failed)", "fails on demand"),
        ("error:list_execute:2@15", "CPU (NPU not found)", "fails on demand"),
        ("throw:bo_sync@35", "CPU (NPU failed)", "threw"),
    ] {
        let mut figures = dictated(&sandbox, &npu::fault(fault));
        let changes = figures["backend_changes"].take();
        assert_eq!(figures, right, "{fault}");
        let first = &changes[0];
        assert_eq!(
            (&first["from"], &first["to"]),
            (&"NPU (fake)".into(), &badge.into()),
            "{fault}: {changes}"
        );
        assert!(first["reason"].as_str().unwrap().contains(reason), "{fault}: {first}");
        println!("{fault}: {changes}");
    }
}

#[test]
fn a_device_that_does_not_close_keeps_nobody_from_ending() {
    let sandbox = Sandbox::new();
    talk(&sandbox.work().join("talk.wav"), &["short04.wav"]);
    for arguments in [
        &["live", "--replay", "talk.wav", "--model", "demo", "--pace", "fast"][..],
        &["transcribe", "--model", "demo", "talk.wav"],
        &["bench", "--model", "demo", "--precision", "f32", "--runs", "1", "--seconds", "0"],
    ] {
        for held in [&[][..], &[("HARK_NPU_HELD", "1")]] {
            let mut command = sandbox.command(arguments);
            with_fake(&mut command, &npu::fault("hang:close"));
            let mut child = command.envs(held.iter().copied()).stderr(Stdio::inherit()).spawn().unwrap();
            let mut said = String::new();
            let mut out = child.stdout.take().unwrap();
            // The last word is said before the end, and the end of what it says is the end of the process.
            let mut block = [0; 4096];
            let mut last = Instant::now();
            while let count @ 1.. = out.read(&mut block).unwrap() {
                said.push_str(&String::from_utf8_lossy(&block[..count]));
                last = Instant::now();
            }
            assert!(child.wait().unwrap().success() && !said.is_empty(), "{arguments:?}: {said}");
            let took = last.elapsed();
            assert!(took < ENDED, "{arguments:?} went on for {took:?}");
            println!("{} {held:?}: ended {:.2} s after its last word", arguments[0], took.as_secs_f64());
            common::until("the worker's end", || workers_of(child.id()).is_empty());
        }
    }
}
