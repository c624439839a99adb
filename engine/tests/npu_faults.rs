//! What the NPU's encoder makes of faults that do not end the process; the others are for who starts the process.
//!
//! Faults are the library's from its first call on, so each is tried in a process of its own: this test program again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::npu::{LIMITS, fake_library, program, relative_l2, window};
use hark_engine::encoder::npu::{NpuEncoder, NpuError, NpuLimits, Takes};
use hark_engine::encoder::{Backend, CpuBackend};
use hark_engine::model::{Model, ModelSpec};
use hark_engine::{Cancel, Precision, Workers};
use hark_xdna::{Counts, ErrorKind, Library};
use std::process::Command;
use std::time::{Duration, Instant};

const FAULT: &str = "HARK_NPU_FAULT";
/// Attempts, and the limit of a window in ms, that the process is to make.
const ATTEMPTS: &str = "HARK_TEST_NPU_ATTEMPTS";
const LIMIT: &str = "HARK_TEST_NPU_LIMIT_MS";

/// Says how each of some attempts at a window ends: `outcome: …` each. Without a fault all is well.
#[test]
fn attempts() {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let limits = number(LIMIT).map_or(LIMITS, |ms| NpuLimits { window: Duration::from_millis(ms) });
    let model = Model::load(&ModelSpec::Demo).unwrap();
    let window = window(80, 5);
    for _ in 0..number(ATTEMPTS).unwrap_or(1) {
        let outcome = attempt(&model, &window.data, limits);
        match outcome {
            Ok(states) => {
                let mut cpu = CpuBackend::new(&model, &Workers::new(2), Precision::F32).unwrap();
                let right = cpu.encode(std::slice::from_ref(&window), &Cancel::new()).unwrap();
                println!("outcome: done, {:.1e} apart", relative_l2(&states, &right[0].data));
            }
            Err(error) => println!("outcome: {} {error}", kind(&error)),
        }
    }
    let library = Library::open(&fake_library()).unwrap();
    // What was not waited for may come to its end a little later, unless it is to be cut off.
    let cut_off = std::env::var_os(LIMIT).is_some();
    let start = Instant::now();
    while !cut_off
        && start.elapsed() < LIMITS.window
        && library.counts().is_ok_and(|counts| counts.parked > 0)
    {
        std::thread::sleep(Duration::from_millis(10));
    }
    match library.counts() {
        Ok(Counts { alive, parked }) => println!("left: {alive} alive, {parked} parked"),
        Err(error) => println!("left: {error}"),
    }
    if std::env::var_os(FAULT).is_none() {
        let states = attempt(&model, &window.data, limits).unwrap();
        assert!(states.iter().all(|v| v.is_finite()));
        assert_eq!(library.counts().unwrap(), Counts { alive: 0, parked: 0 }, "nothing leaks");
    }
}

fn attempt(model: &Model, mel: &[f32], limits: NpuLimits) -> Result<Vec<f32>, NpuError> {
    let mut encoder = NpuEncoder::open(&fake_library(), &program(), Takes::Operations, model, limits)?;
    let mut states = vec![0.0; 1500 * model.dims.n_audio_state];
    let encoded = encoder.encode(mel, &mut states, &Cancel::new()).map(|_| ());
    match &encoded {
        Err(NpuError::Launch { error, .. }) => {
            assert_eq!(encoder.is_lost(), error.kind != ErrorKind::Command, "what did not end is given up")
        }
        // A list that was not even started: it may be or not.
        Err(_) => {}
        Ok(()) => assert!(!encoder.is_lost()),
    }
    if encoder.is_lost() {
        let again = encoder.encode(mel, &mut states, &Cancel::new()).unwrap_err();
        assert!(kind(&again).contains("Poisoned"), "nothing is tried with it: {again}");
    }
    encoded.map(|()| states)
}

fn kind(error: &NpuError) -> String {
    match error {
        NpuError::Device(error) => format!("device {:?}", error.kind),
        NpuError::Launch { launch, error } => format!("launch {launch:?} {:?}", error.kind),
        error => format!("{error:?}"),
    }
}

/// What a process with these faults says of so many attempts, and what it leaves behind. It must end well.
fn with(faults: &str, attempts: usize, limit_ms: Option<u64>) -> (Vec<String>, String) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "attempts", "--nocapture", "--test-threads=1"]);
    command.env(FAULT, faults).env(ATTEMPTS, attempts.to_string());
    limit_ms.map(|ms| command.env(LIMIT, ms.to_string()));
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{faults}: {}\n{text}", output.status);
    let lines = |start: &str| -> Vec<String> {
        text.lines().filter_map(|line| line.split_once(start)).map(|(_, rest)| rest.to_owned()).collect()
    };
    (lines("outcome: "), lines("left: ").concat())
}

/// Calls that an encoder needs, in the order in which it comes to each of them for the first time.
const CALLS: [&str; 17] = [
    "device_open",
    "device_info",
    "xclbin_load",
    "ctx_open",
    "kernel_open",
    "kernel_group",
    "bo_alloc",
    "bo_map",
    "bo_sync",
    "list_new",
    "run_new",
    "run_u64",
    "run_bo",
    "run_u32",
    "list_add",
    "list_execute",
    "list_wait",
];

/// Each attempt fails in the next call; the last one is right.
#[test]
fn a_failure_of_each_call_in_turn_is_told_and_leaves_nothing() {
    let faults =
        |fault: &dyn Fn(&str) -> String| CALLS.iter().map(|call| fault(call)).collect::<Vec<_>>().join(",");
    let all = [
        (faults(&|call| format!("throw:{call}:1")), "Internal", "threw: "),
        (faults(&|call| format!("error:{call}:6:1")), "Memory", "fails on demand"),
        (faults(&|call| format!("error:{call}:2:1")), "NoDevice", "fails on demand"),
    ];
    for (faults, kind, message) in all {
        let (outcomes, left) = with(&faults, CALLS.len() + 1, None);
        assert_eq!(outcomes.len(), CALLS.len() + 1);
        for (call, outcome) in CALLS.iter().zip(&outcomes) {
            assert!(outcome.contains(kind) && outcome.contains(message), "{call}: {outcome}");
            assert!(outcome.contains(call), "{call} was to fail: {outcome}");
        }
        assert_eq!(outcomes[CALLS.len()], "done, 0.0e0 apart", "{faults}");
        assert_eq!(left, "0 alive, 0 parked", "{faults}");
    }
}

#[test]
fn a_failed_command_is_named() {
    let (outcomes, left) = with("error:run:8:3,throw:run:9", 3, None);
    // The demo model has a stem, four blocks and a norm, which makes six commands.
    assert!(outcomes[0].starts_with("launch Some(\"block.1\") Command"), "{}", outcomes[0]);
    assert!(outcomes[1].starts_with("launch Some(\"ln_post\") Internal"), "{}", outcomes[1]);
    assert_eq!(outcomes[2], "done, 0.0e0 apart");
    assert_eq!(left, "0 alive, 0 parked");
}

#[test]
fn a_device_that_goes_away_is_named() {
    let (outcomes, _) = with("error:run:2@2", 2, None);
    assert!(outcomes.iter().all(|outcome| outcome.contains("NoDevice")), "{outcomes:?}");
}

#[test]
fn a_wrong_result_can_be_seen() {
    let (outcomes, _) = with("wrong:run", 1, None);
    let apart: f64 =
        outcomes[0].strip_prefix("done, ").unwrap().strip_suffix(" apart").unwrap().parse().unwrap();
    assert!(apart > 0.1, "{apart}");
}

#[test]
fn what_never_ends_is_given_up_and_parked() {
    for faults in ["hang:run", "hang:run@4", "slow:1000"] {
        let (outcomes, left) = with(faults, 2, Some(1500));
        for outcome in outcomes {
            assert!(outcome.contains("Timeout"), "{faults}: {outcome}");
        }
        let (_, parked) = left.split_once(", ").unwrap();
        assert_ne!(parked, "0 parked", "{faults}: {left}");
        assert!(left.starts_with("0 alive"), "{faults}: {left}");
    }
}

#[test]
fn nonsense_for_a_fault_is_not_taken_for_none() {
    let (outcomes, _) = with("hang:everything", 1, None);
    assert!(outcomes[0].contains("no such call"), "{}", outcomes[0]);
}
