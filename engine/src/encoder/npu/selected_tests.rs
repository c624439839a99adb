//! Who encodes when, with shell scripts for workers and a fake in the CPU's place.

use super::*;
use crate::encoder::FakeBackend;
use crate::encoder::npu::handle::tests::{OPENED, config, encoded, hasty};
use crate::encoder::npu::self_check::probe;
use crate::model::Model;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// What a test sees of a selection.
struct Seen {
    selected: Selected,
    session: NpuSession,
    badges: Arc<Mutex<Vec<String>>>,
}

fn plan(config: NpuConfig) -> NpuPlan {
    NpuPlan {
        kind: config.kind,
        config: Ok(config),
        forced: true,
        setting: NpuSetting::Auto,
        power: || Power::Mains,
        since_boot: || None,
        session: NpuSession::new(),
        on_news: Arc::new(|_| ()),
    }
}

fn selected(plan: NpuPlan) -> Seen {
    let dims = Model::load(&ModelSpec::Demo).unwrap().dims;
    let (session, badges) = (plan.session.clone(), Arc::new(Mutex::new(Vec::new())));
    let told = badges.clone();
    let on_news: NewsSink = Arc::new(move |report| told.lock().unwrap().push(report.badge()));
    let cpu = Box::new(FakeBackend::new(&dims));
    let selected = Selected::new(cpu, NpuPlan { on_news, ..plan }, &ModelSpec::Demo, &dims);
    Seen { selected, session, badges }
}

impl Seen {
    /// Waits for the device.
    fn settle(&mut self) {
        while self.selected.refresh() {
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Who encoded each of so many windows: scripts write no states.
    fn encode(&mut self, windows: usize) -> Vec<&'static str> {
        let windows = vec![probe(80); windows];
        let outputs = self.selected.encode(&windows, &Cancel::new()).unwrap();
        let who = |o: EncoderOutput| if o.data.iter().all(|v| *v == 0.0) { "npu" } else { "cpu" };
        outputs.into_iter().map(who).collect()
    }

    fn badge(&self) -> String {
        self.session.report().unwrap().badge()
    }
}

#[test]
fn what_a_worker_leaves_undone_the_cpu_does_in_the_same_call() {
    let script = format!("read open; {OPENED} read ask; {} exit 1", encoded(1, 0));
    let mut seen = selected(plan(config(&script)));
    seen.settle();
    assert_eq!(seen.badge(), "NPU (fake)");
    assert_eq!(seen.encode(3), ["npu", "cpu", "cpu"]);
    let changes = seen.session.changes_since(0);
    let outline: Vec<_> = changes.iter().map(|c| (c.from.as_str(), c.to.as_str())).collect();
    assert_eq!(outline, [("CPU (NPU starting)", "NPU (fake)"), ("NPU (fake)", "CPU (NPU stopped)")]);
    assert!(changes[1].reason.contains("exit status: 1"), "{changes:?}");
    // One restart; the script answers a window as before, and then it is over for the session.
    seen.settle();
    assert_eq!((seen.badge().as_str(), seen.session.restarts()), ("NPU (fake)", 1));
    assert_eq!(seen.encode(2), ["npu", "cpu"]);
    assert!(!seen.selected.refresh());
    assert_eq!((seen.encode(1), seen.badge()), (vec!["cpu"], "CPU (NPU stopped)".to_owned()));
    let another_model = selected(NpuPlan { session: seen.session.clone(), ..plan(config(&script)) });
    assert_eq!(another_model.badge(), "CPU (NPU stopped)", "another model does not open it again");
    let evidence = seen.selected.evidence();
    let layers = seen.selected.dims.n_audio_layer as u64;
    assert_eq!((evidence.windows, evidence.layers), (6, 6 * layers));
    let badges = seen.badges.lock().unwrap();
    assert!(badges.iter().any(|badge| badge == "CPU (NPU stopped)"), "{badges:?}");
}

#[test]
fn a_device_that_computes_wrongly_is_found_out_and_not_tried_again() {
    let wrong = OPENED.replace("\"relative_l2\":0.0", "\"relative_l2\":0.5");
    let mut seen = selected(plan(config(&format!("read open; {wrong} read ask; sleep 600"))));
    seen.settle();
    assert_eq!((seen.badge().as_str(), seen.session.restarts()), ("CPU (NPU computed wrongly)", 0));
    // Its first block is right, and the whole is not: states of zero.
    let script = format!("read open; {OPENED} read ask; {} read ask", encoded(1, 0));
    let mut seen = selected(plan(config(&script)));
    seen.selected.measure(&probe(80), &Cancel::new()).unwrap();
    let report = seen.session.report().unwrap();
    assert_eq!(report.badge(), "CPU (NPU computed wrongly)");
    assert!(report.check.unwrap().passed() && !report.whole.unwrap().passed());
    let NpuState::Failed { message, .. } = report.state else { panic!() };
    assert!(message.contains("the encoder's result differs from the CPU's by 1.0000"), "{message}");
}

#[test]
fn a_worker_that_cannot_be_killed_is_left_behind_for_good() {
    let script = format!("read open; {OPENED} read ask; sleep 5");
    let held = NpuConfig {
        limits: super::super::Limits { kill: Duration::from_millis(50), ..hasty("").limits },
        kill: |_| Ok(()),
        ..config(&script)
    };
    let mut seen = selected(plan(held));
    seen.settle();
    assert_eq!(seen.encode(1), ["cpu"]);
    assert_eq!((seen.badge().as_str(), seen.session.restarts()), ("NPU stuck, restart the computer", 0));
    assert_eq!(seen.session.given_up(), Some(NpuState::Stuck));
    assert_eq!(seen.encode(1), ["cpu"]);
}

#[test]
fn a_device_that_fails_when_it_is_loaded_is_tried_again_beside_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let been_here = folder.path().join("been here");
    let (mark, answer) = (been_here.display(), encoded(1, 0));
    let script = format!(
        "test -e '{mark}' || {{ : > '{mark}'; exit 1; }}; read open; {OPENED} read ask; {answer} read ask"
    );
    let mut seen = selected(plan(config(&script)));
    seen.selected.measure(&probe(80), &Cancel::new()).unwrap();
    assert_eq!((seen.badge().as_str(), seen.session.restarts()), ("CPU (NPU stopped)", 1));
    // The script's states are zero, which the trial finds wrong.
    seen.settle();
    assert_eq!(seen.badge(), "CPU (NPU computed wrongly)");
    assert!(seen.session.report().unwrap().speeds.measured.npu.is_some());
}

#[test]
fn what_is_off_or_missing_starts_no_worker() {
    let never = || config("exit 1");
    let off = NpuPlan { setting: NpuSetting::Off, forced: false, ..plan(never()) };
    assert_eq!(selected(off).badge(), "CPU (NPU off)");
    let none = NpuPlan { config: Err(NpuState::None), kind: NpuKind::Hardware, ..plan(never()) };
    let mut seen = selected(none);
    seen.selected.measure(&probe(80), &Cancel::new()).unwrap();
    assert_eq!((seen.badge().as_str(), seen.encode(1)), ("CPU", vec!["cpu"]));
    assert_eq!((seen.session.changes(), seen.session.used_since(0)), (0, None));
    let stuck = NpuPlan { config: Err(NpuState::Stuck), ..plan(never()) };
    assert_eq!(selected(stuck).badge(), "NPU stuck, restart the computer");
}

#[test]
fn without_a_measurement_the_rule_waits_for_one() {
    let script = format!("read open; {OPENED} read close");
    let mut seen = selected(NpuPlan { forced: false, ..plan(config(&script)) });
    seen.settle();
    assert_eq!((seen.encode(1), seen.session.report().unwrap().why), (vec!["cpu"], Why::NotMeasured));
}

static SLEPT: AtomicU64 = AtomicU64::new(0);

fn clock() -> Option<Duration> {
    static BEGAN: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    Some(BEGAN.elapsed() + Duration::from_secs(SLEPT.load(Ordering::Relaxed)))
}

#[test]
fn a_sleep_opens_the_device_anew_and_is_no_fault() {
    // A worker answers once: the old one would fail.
    let script = format!("read open; {OPENED} read ask; {} read ask; exit 1", encoded(1, 0));
    let mut seen = selected(NpuPlan { since_boot: clock, ..plan(config(&script)) });
    seen.settle();
    assert_eq!(seen.encode(1), ["npu"]);
    SLEPT.store(3600, Ordering::Relaxed);
    if seen.encode(1) == ["cpu"] {
        // It is being opened.
        seen.settle();
        assert_eq!(seen.encode(1), ["npu"]);
    }
    assert_eq!((seen.badge().as_str(), seen.session.restarts()), ("NPU (fake)", 0));
}

#[test]
fn windows_of_another_shape_are_an_error_and_no_fault() {
    let script = format!("read open; {OPENED} read ask; {} read ask", encoded(1, 0));
    let mut seen = selected(plan(config(&script)));
    seen.settle();
    let foreign = MelWindow { n_mels: 80, data: vec![0.0; 80 * 2999] };
    let error = seen.selected.encode(&[foreign], &Cancel::new()).unwrap_err();
    assert!(matches!(error, BackendError::Shape { .. }), "{error}");
    assert_eq!(seen.encode(1), ["npu"]);
}
