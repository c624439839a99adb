use super::super::app::App;
use super::*;
use crate::measured::{Measure, Measured, Stage};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Measures when it is let, or sees that it is to end.
struct Patient {
    go: Receiver<Result<Measured, String>>,
    ended: Sender<()>,
}

impl Measure for Patient {
    fn measure(&self, _: &str, cancel: &AtomicBool) -> Result<Option<Measured>, String> {
        while !cancel.load(Ordering::Relaxed) {
            if let Ok(answer) = self.go.recv_timeout(Duration::from_millis(5)) {
                return answer.map(Some);
            }
        }
        self.ended.send(()).unwrap();
        Ok(None)
    }
}

struct Page {
    window: Window,
    go: Sender<Result<Measured, String>>,
    ended: Receiver<()>,
}

fn figures() -> Measured {
    let stage = |name: &str, ms: f64| Stage { name: name.into(), ms, spread: 1.0 };
    Measured {
        model: "base.en".into(),
        with: "CPU, int8, 2 threads".into(),
        speed: Some(21.4),
        stages: vec![stage("Spectrogram", 6.0), stage("Encoder", 900.0), stage("Decoder, 100 tokens", 500.0)],
        window_ms: 1400.0,
        joules_per_minute: None,
    }
}

/// The page, opened by way of the doctor.
fn page() -> Page {
    page_beside(ready())
}

fn page_beside(snapshot: Snapshot) -> Page {
    let (go, wait) = bounded(1);
    let (end, ended) = bounded(1);
    let (sender, commands) = bounded(64);
    let (snapshots, receiver) = bounded(64);
    let harness =
        Harness::builder().with_size([900.0, 600.0]).allow_missing_glyphs().build_eframe(move |cc| {
            theme::install(&cc.egui_ctx);
            let measure = Arc::new(Patient { go: wait, ended: end });
            App::new(sender, receiver, Arc::new(Answer(None)))
                .examined_by(Arc::new(Nothing))
                .measured_by(measure)
        });
    let mut window = Window { harness, commands, snapshots };
    window.show(snapshot);
    window.harness.get_by_label("Doctor").click();
    window.harness.step();
    window.harness.get_by_label("Benchmark").click();
    window.harness.step();
    Page { window, go, ended }
}

/// The page with figures on it.
pub fn with_figures(snapshot: Snapshot) -> Window {
    let mut page = page_beside(snapshot);
    page.press("Measure");
    page.wait_for("Cancel the measurement");
    page.go.send(Ok(figures())).unwrap();
    page.wait_for("base.en: 21.4× real time");
    page.window
}

/// A doctor who finds nothing.
struct Nothing;

impl super::super::doctor::Examine for Nothing {
    fn checks(&self) -> Vec<crate::checks::Check> {
        Vec::new()
    }
}

impl Page {
    #[track_caller]
    fn wait_for(&mut self, label: &str) {
        let began = Instant::now();
        while self.window.harness.query_by_label(label).is_none() {
            assert!(began.elapsed() < Duration::from_secs(20), "the window does not say {label:?}");
            std::thread::sleep(Duration::from_millis(5));
            self.window.harness.step();
        }
    }

    fn press(&mut self, label: &str) {
        self.wait_for(label);
        // A click goes to a place, which what has just appeared may still change.
        (0..2).for_each(|_| self.window.harness.step());
        self.window.harness.get_by_label(label).click();
        self.window.harness.step();
        self.window.harness.step();
    }
}

#[test]
fn what_was_asked_for_is_measured_and_shown() {
    let mut page = page();
    page.press("Measure");
    page.wait_for("Cancel the measurement");
    page.go.send(Ok(figures())).unwrap();
    page.wait_for("base.en: 21.4× real time");
    for label in [
        "CPU, int8, 2 threads; a window of 30 s takes 1400 ms",
        "Spectrogram",
        "6.0 ms",
        "900 ms",
        "This computer does not tell how much power it takes, or tells it to administrators only.",
    ] {
        page.window.says(label);
    }
    page.press("Measure");
    page.go.send(Err("the disk is gone".into())).unwrap();
    page.wait_for("The model could not be measured: the disk is gone.");
}

#[test]
fn a_measurement_ends_when_it_is_cancelled_or_left() {
    let mut page = page();
    page.press("Measure");
    page.wait_for("Cancel the measurement");
    page.press("Cancel the measurement");
    page.ended.recv_timeout(Duration::from_secs(20)).unwrap();
    page.wait_for("Measure");
    page.press("Measure");
    page.press("Back to the text");
    page.ended.recv_timeout(Duration::from_secs(20)).unwrap();
}

#[test]
fn a_dictation_comes_first() {
    let mut page = page();
    page.press("Measure");
    page.wait_for("Cancel the measurement");
    let dictation = DictationView::Arming;
    page.window.snapshots.send(Arc::new(Snapshot { dictation, ..ready() })).unwrap();
    page.wait_for("The measurement gave way to a dictation.");
    page.ended.recv_timeout(Duration::from_secs(20)).unwrap();
}

#[test]
fn dictations_are_a_picture_with_a_name() {
    let mut page = page();
    let ms = Duration::from_millis;
    let latency = |stop: u64| Latency {
        stream_open: ms(30),
        first_sample: ms(80),
        speech_start: None,
        stop: ms(2000),
        first_text: None,
        stop_to_final: ms(stop),
        delivered: ms(3),
    };
    let stop_to_final = Some(Percentiles { p50: ms(390), p95: ms(450) });
    let past: Arc<[Latency]> = [300, 390, 450].map(latency).into();
    let latency = LatencyView { past, dictations: 3, stop_to_final, ..LatencyView::default() };
    page.window.show(Snapshot { latency, ..ready() });
    let summary = "From the stop to the final text: 390 ms at the median, 450 ms at most, over 3 dictations";
    assert_eq!(page.window.harness.query_all_by_label(summary).count(), 2, "the text, and the picture");
}
