//! The parent's side with shell scripts for workers.

use super::*;
use crate::encoder::npu::report::{Counters, NpuKind};
use crate::encoder::npu::self_check::probe;
use crate::model::Model;
use std::process::Child;

/// For a machine that is busy with other things; workers that sleep need not be asked twice.
const LIMITS: Limits =
    Limits { close: Duration::from_millis(150), kill: Duration::from_secs(60), ..Limits::PATIENT };

/// For calls that never come back.
pub(in crate::encoder::npu) fn hasty(script: &str) -> NpuConfig {
    NpuConfig { limits: LIMITS.with_calls(Duration::from_millis(150)), ..config(script) }
}

pub(in crate::encoder::npu) const OPENED: &str = r#"echo '{"answer":"opened","device":{"name":"script","address":"","runtime":"","firmware":""},"check":{"relative_l2":0.0,"largest":0.0,"limit":0.02},"counters":{"commands":1,"allocations":0,"reuses":0,"bytes":0,"syncs":0,"synced_bytes":0}}';"#;
const COUNTERS: &str =
    r#""counters":{"commands":2,"allocations":0,"reuses":0,"bytes":0,"syncs":0,"synced_bytes":0}"#;

pub(in crate::encoder::npu) fn config(script: &str) -> NpuConfig {
    NpuConfig {
        kind: NpuKind::Fake,
        executable: "/bin/sh".into(),
        // Answers go where requests come from.
        arguments: vec!["-c".into(), format!("exec 3>&1 1>&0; {script}").into()],
        library: "none.so".into(),
        xclbin: None,
        threads: 1,
        limits: LIMITS,
        log: None,
        kill: Child::kill,
    }
}

pub(in crate::encoder::npu) fn encoded(id: u64, window: usize) -> String {
    format!(
        r#"echo '{{"answer":"encoded","id":{id},"window":{window},"ran":{{"device_ms":1.0,"total_ms":2.0,{COUNTERS}}}}}';"#
    )
}

fn demo() -> ModelDims {
    Model::load(&ModelSpec::Demo).unwrap().dims
}

fn fault(script: &str) -> Fault {
    NpuHandle::open(&config(script), &ModelSpec::Demo, &demo()).map(drop).unwrap_err()
}

#[test]
fn a_worker_that_answers_as_it_should_serves() {
    let script = format!("read open; {OPENED} read ask; {} {} read close", encoded(1, 0), encoded(1, 1));
    let mut handle = NpuHandle::open(&config(&script), &ModelSpec::Demo, &demo()).unwrap();
    assert_eq!(handle.opened().unwrap().unwrap().counters, Counters { commands: 1, ..Counters::default() });
    let mut ran = Vec::new();
    let windows = [probe(80), probe(80)];
    handle.encode(&windows, &Cancel::new(), &mut |done| ran.push(done.ran.counters.commands)).unwrap();
    assert_eq!(ran, [2, 2]);
    assert_eq!(handle.close(), Ended::Reaped);
}

#[test]
fn what_was_begun_is_not_asked_for_again() {
    let script = format!("read open; {OPENED} read ask; {} read again && echo again", encoded(1, 0));
    let mut handle = NpuHandle::open(&config(&script), &ModelSpec::Demo, &demo()).unwrap();
    let windows = [probe(80)];
    handle.begin(&windows).unwrap();
    let mut count = 0;
    handle.encode(&windows, &Cancel::new(), &mut |_| count += 1).unwrap();
    assert_eq!(count, 1);
    // Asked once more, this worker says what is no answer.
    let stopped = handle.encode(&windows, &Cancel::new(), &mut |_| ()).unwrap_err();
    assert!(matches!(stopped, Stopped::Fault(fault) if fault.kind == FaultKind::Protocol));
}

#[test]
fn other_windows_than_those_that_were_begun_are_encoded_behind_them() {
    let script =
        format!("read open; {OPENED} read ask; {} read ask; {} read close", encoded(1, 0), encoded(2, 0));
    let mut handle = NpuHandle::open(&config(&script), &ModelSpec::Demo, &demo()).unwrap();
    handle.begin(&[probe(80)]).unwrap();
    let other = MelWindow { n_mels: 80, data: vec![0.5; 240_000] };
    let mut count = 0;
    handle.encode(&[other], &Cancel::new(), &mut |_| count += 1).unwrap();
    assert_eq!(count, 1);
}

#[test]
fn each_call_that_hangs_is_named() {
    for (script, call) in [
        ("read open; echo '{\"answer\":\"entering\",\"call\":\"device\"}'; sleep 600", "opening the device"),
        ("read open; echo '{\"answer\":\"entering\",\"call\":\"context\"}'; sleep 600", "making a context"),
        (
            "read open; echo '{\"answer\":\"entering\",\"call\":\"memory\"}'; sleep 600",
            "setting up its memory",
        ),
        ("read open; echo '{\"answer\":\"entering\",\"call\":\"run\"}'; sleep 600", "encoding a window"),
    ] {
        let fault = NpuHandle::open(&hasty(script), &ModelSpec::Demo, &demo()).map(drop).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Hung);
        assert_eq!(fault.message, format!("the NPU hangs: {call} takes longer than 0.15 s"));
    }
    let script = format!("read open; {OPENED} read ask; sleep 600");
    let mut handle = NpuHandle::open(&hasty(&script), &ModelSpec::Demo, &demo()).unwrap();
    let stopped = handle.encode(&[probe(80)], &Cancel::new(), &mut |_| ()).unwrap_err();
    assert!(matches!(stopped, Stopped::Fault(fault) if fault.kind == FaultKind::Hung));
    assert_eq!(handle.kill(), Ended::Reaped);
}

#[test]
fn what_is_done_before_a_fault_counts() {
    let script = format!("read open; {OPENED} read ask; {} exit 1", encoded(1, 0));
    let mut handle = NpuHandle::open(&config(&script), &ModelSpec::Demo, &demo()).unwrap();
    let mut count = 0;
    let stopped = handle.encode(&[probe(80), probe(80)], &Cancel::new(), &mut |_| count += 1);
    assert!(stopped.is_err() && count == 1);
}

#[test]
fn death_silence_and_garbage_are_told_apart() {
    for (script, kind, said) in [
        ("exit 3", FaultKind::Died, "exit status: 3"),
        ("read open; kill -SEGV $$", FaultKind::Died, "signal: 11"),
        ("read open; kill -ABRT $$", FaultKind::Died, "signal: 6"),
        ("read open; printf '{\"answer\":\"ope'; exit 0", FaultKind::Died, "exit status: 0"),
        ("read open; echo 'Hello, world'; sleep 600", FaultKind::Protocol, "Hello, world"),
        ("read open; head -c 100000 /dev/zero; sleep 600", FaultKind::Protocol, "65536 bytes"),
        ("read open; echo '{\"answer\":\"closed\"}'; sleep 600", FaultKind::Protocol, "nobody asked: Closed"),
        (
            "read open; echo '{\"answer\":\"failed\",\"kind\":\"no_device\",\"message\":\"nothing there\"}'",
            FaultKind::NoDevice,
            "nothing there",
        ),
    ] {
        let fault = fault(script);
        assert!(fault.kind == kind && fault.message.contains(said), "{script}: {fault:?}");
    }
    let missing = NpuConfig { executable: "no/such/program".into(), ..config("") };
    let fault = NpuHandle::open(&missing, &ModelSpec::Demo, &demo()).map(drop).unwrap_err();
    assert!(fault.kind == FaultKind::Internal && fault.message.contains("cannot be started"), "{fault}");
}

#[test]
fn answers_that_do_not_fit_are_refused() {
    let nan = encoded(1, 0).replace("1.0", "1e999");
    for answer in [encoded(2, 0), encoded(1, 1), encoded(1, 1 << 40), nan, OPENED.into()] {
        let script = format!("read open; {OPENED} read ask; {answer} sleep 600");
        let mut handle = NpuHandle::open(&config(&script), &ModelSpec::Demo, &demo()).unwrap();
        let stopped = handle.encode(&[probe(80)], &Cancel::new(), &mut |_| ()).unwrap_err();
        assert!(
            matches!(&stopped, Stopped::Fault(f) if f.kind == FaultKind::Protocol),
            "{answer}: {stopped:?}"
        );
    }
}

#[test]
fn cancelling_leaves_a_worker_that_serves_on() {
    let script = format!(
        "read open; {OPENED} read ask; sleep 0.05; {} read ask; {} read close",
        encoded(1, 0),
        encoded(2, 0)
    );
    let mut handle = NpuHandle::open(&config(&script), &ModelSpec::Demo, &demo()).unwrap();
    let windows = [probe(80)];
    handle.begin(&windows).unwrap();
    let raised = Cancel::new();
    raised.raise();
    let stopped = handle.encode(&windows, &raised, &mut |_| ()).unwrap_err();
    assert!(matches!(stopped, Stopped::Cancelled(_)));
    let mut count = 0;
    let other = MelWindow { n_mels: 80, data: vec![0.5; 240_000] };
    handle.encode(&[other], &Cancel::new(), &mut |_| count += 1).unwrap();
    assert_eq!(count, 1);
}

#[test]
fn a_worker_that_does_not_close_is_killed_and_one_that_cannot_be_killed_is_left() {
    let script = format!("read open; {OPENED} sleep 600");
    let handle = NpuHandle::open(&hasty(&script), &ModelSpec::Demo, &demo()).unwrap();
    assert_eq!(handle.close(), Ended::Reaped);
    let limits = Limits { kill: Duration::from_millis(50), ..LIMITS };
    let script = format!("read open; {OPENED} sleep 5");
    let held = NpuConfig { limits, kill: |_| Ok(()), ..config(&script) };
    let handle = NpuHandle::open(&held, &ModelSpec::Demo, &demo()).unwrap();
    assert_eq!(handle.kill(), Ended::Stuck);
}

#[test]
fn what_it_says_on_standard_error_is_kept_up_to_a_bound() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("npu.log");
    let script =
        format!("echo 'driver: hello' >&2; head -c 1000000 /dev/zero >&2; read open; {OPENED} read close");
    let config = NpuConfig { log: Some(log.clone()), ..config(&script) };
    let handle = NpuHandle::open(&config, &ModelSpec::Demo, &demo()).unwrap();
    assert_eq!(handle.close(), Ended::Reaped);
    let kept = std::fs::read(&log).unwrap();
    assert!(kept.starts_with(b"driver: hello\n") && kept.len() <= 256 * 1024);
}
