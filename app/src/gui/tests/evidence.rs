//! What stands behind the badge.

use super::*;
use hark_engine::encoder::npu::{
    BackendChange, Counters, DeviceFacts, FaultKind, NpuKind, NpuReport, NpuSetting, NpuState, Pair,
    SelfCheck, Speeds, VigilReport, Why,
};

fn verified() -> NpuReport {
    let check = SelfCheck { relative_l2: 0.0021, largest: 0.04, limit: 0.02 };
    NpuReport {
        state: NpuState::Ready,
        why: Why::Faster,
        device: Some(DeviceFacts {
            name: "NPU Strix".into(),
            address: "0000:c5:00.1".into(),
            runtime: "XRT 2.25.0".into(),
            firmware: String::new(),
        }),
        check: Some(check),
        speeds: Speeds {
            measured: Pair { cpu: Some(212.4), npu: Some(31.0) },
            recent: Pair { cpu: None, npu: Some(30.2) },
        },
        windows: 2,
        device_ms: 58.0,
        vigil: VigilReport { compared: 40, compared_ms: 360.0, last: Some(check), wrong: 1 },
        counters: Counters { commands: 26, allocations: 9, bytes: 44_000_000, ..Counters::default() },
        ..NpuReport::nothing(NpuKind::Hardware)
    }
}

fn showing(report: NpuReport) -> Snapshot {
    let mut snapshot = ready();
    if let EngineView::Ready { backend, .. } = &mut snapshot.engine {
        (backend.kind, backend.name) = (report.backend_kind(), report.badge());
    }
    Snapshot { npu: Some(Arc::new(report)), ..snapshot }
}

#[test]
fn a_click_on_the_badge_shows_what_speaks_for_it() {
    let mut window = Window::new(showing(verified()));
    window.does_not_say("NPU Strix, 0000:c5:00.1, XRT 2.25.0");
    assert!(window.click("Engine: NPU verified").is_empty());
    for words in [
        "small.en runs on the NPU (8 threads, f32)",
        "The NPU encodes: the NPU is faster than the CPU here.",
        "NPU Strix, 0000:c5:00.1, XRT 2.25.0",
        "CPU 212 ms, NPU 31 ms",
        "CPU not known, NPU 30 ms",
        "as on the CPU: error 2.1e-3 (limit 0.02), largest 4.0e-2",
        "2 windows, 29.0 ms each by its own count",
        "26 completed",
        "40 blocks compared (9 ms each), the last as on the CPU: error 2.1e-3 (limit 0.02), largest 4.0e-2",
        "1 window, computed again on the CPU",
    ] {
        window.says(words);
    }
    assert_eq!(window.click("Never"), [Command::ChooseNpu(NpuSetting::Off)]);
}

#[test]
fn a_fallback_says_why() {
    let message = "the NPU hangs: encoding a window takes longer than 2 s";
    let change = BackendChange {
        from: "NPU verified".into(),
        to: "CPU (NPU hung)".into(),
        reason: message.into(),
        at: 1,
    };
    let report = NpuReport {
        state: NpuState::Failed { kind: FaultKind::Hung, message: message.into() },
        why: Why::NotThere,
        last_change: Some(change),
        ..verified()
    };
    let mut window = Window::new(showing(report));
    window.click("Engine: CPU (NPU hung)");
    window.says(&format!("The CPU encodes: {message}."));
    window.says(&format!("Last change: from “NPU verified” to “CPU (NPU hung)”, because {message}."));
}

#[test]
fn without_an_npu_the_badge_is_plain() {
    let mut window = Window::new(ready());
    window.click("Engine: CPU");
    window.says("This computer has no NPU that Hark knows, so that everything runs on the CPU.");
    window.does_not_say("Never");
}

#[test]
fn one_that_is_stuck_says_what_helps() {
    let report = NpuReport { state: NpuState::Stuck, why: Why::NotThere, ..verified() };
    let mut window = Window::new(showing(report));
    window.click("Engine: NPU stuck, restart the computer");
    let stuck = "The driver holds on to a process that used the NPU, and only a restart of the computer helps. The \
                 CPU encodes; recordings and texts are safe.";
    window.says(stuck);
}
