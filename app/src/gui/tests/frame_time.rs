//! How long one frame takes on the CPU: taking the snapshot, layout and tessellation. The clock also
//! counts what others do meanwhile, so measure on an idle machine, or with real-time priority.

use super::*;
use std::time::{Duration, Instant};

const FRAMES: usize = 400;

/// Draws `FRAMES` frames, each with a snapshot of its own, and prints how long they took.
fn measure(name: &str, snapshot: impl Fn(usize) -> Snapshot, input: impl Fn(usize) -> Vec<egui::Event>) {
    let (sender, _commands) = bounded(1);
    let (snapshots, receiver) = bounded(1);
    let ctx = egui::Context::default();
    theme::install(&ctx);
    // As in the real window, so that its cost is in the figure.
    ctx.enable_accesskit();
    let mut app = App::new(sender, receiver, Arc::new(Answer(None)));
    let mut times = Vec::with_capacity(FRAMES);
    for i in 0..FRAMES + 20 {
        snapshots.send(Arc::new(snapshot(i))).unwrap();
        let raw = egui::RawInput {
            screen_rect: Some(egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(900.0, 600.0))),
            time: Some(i as f64 * 0.05),
            events: input(i),
            ..Default::default()
        };
        let start = Instant::now();
        app.take_news(&ctx);
        let output = ctx.run_ui(raw, |ui| app.draw(ui));
        let shapes = ctx.tessellate(output.shapes, output.pixels_per_point);
        // The first frames load fonts and lay everything out for the first time.
        if i >= 20 {
            times.push(start.elapsed());
        }
        assert!(!shapes.is_empty());
    }
    times.sort_unstable();
    let ms = |share: f64| {
        let at: Duration = times[((times.len() - 1) as f64 * share) as usize];
        at.as_secs_f64() * 1e3
    };
    println!("{name:<44} p50 {:6.3} ms   p99 {:6.3} ms   max {:6.3} ms", ms(0.5), ms(0.99), ms(1.0));
}

/// Points at `x` in the first frame, and turns the wheel in the others.
fn scroll_at(frame: usize, x: f32) -> Vec<egui::Event> {
    let (unit, modifiers) = (egui::MouseWheelUnit::Point, egui::Modifiers::NONE);
    let (delta, phase) = (egui::vec2(0.0, -900.0), egui::TouchPhase::Move);
    let wheel =
        egui::Event::MouseWheel { unit, delta, phase, modifiers, source: egui::MouseWheelSource::Wheel };
    if frame == 1 { vec![egui::Event::PointerMoved(egui::pos2(x, 300.0))] } else { vec![wheel] }
}

#[test]
#[ignore = "bench: prints the CPU time of a frame; run with --release -- --ignored --nocapture"]
fn bench_frame() {
    let quiet = |_| Vec::new();
    let recording = |i: usize| {
        let level = (i % 10) as f32 / 10.0;
        dictating(DictationView::Recording { elapsed: Duration::from_millis(50 * i as u64), level })
    };
    measure("recording", recording, quiet);

    let text = " It cannot yet, but a file that was cancelled can be tried again at any time.";
    let mut ten_hours = segments((0..10_000).map(|_| text));
    for segment in Arc::make_mut(&mut ten_hours) {
        segment.tokens = vec![50_000; 20];
    }
    let queue: FilesView = (0..1000).map(|i| file(i, &format!("{i}.wav"), FileState::Waiting)).collect();
    let busy = |i: usize| {
        let mut files = queue.clone();
        Arc::make_mut(&mut files.list)[0].state =
            FileState::Running { progress: i as f32 / 500.0, left: None, speed: None };
        let segments = Arc::new(ten_hours[..9_500 + i].to_vec());
        let transcript = TranscriptView { segments, growing: true, ..Default::default() };
        Snapshot { files, transcript, shown: Shown::File(0), ..ready() }
    };
    measure("10 h growing, 1000 files", busy, quiet);

    let done = |_| {
        let transcript = TranscriptView { segments: ten_hours.clone(), ..Default::default() };
        Snapshot { files: queue.clone(), transcript, shown: Shown::File(0), ..ready() }
    };
    let scroll = |i: usize| scroll_at(i + 1, 600.0);
    measure("scrolling through 10 h, 1000 files", done, scroll);

    let entry = |number| Arc::new(crate::history::samples::entry(number, text));
    let entries: Arc<Vec<_>> = Arc::new((1..=10_000).map(entry).collect());
    let history = |_| {
        let history = HistoryView { entries: entries.clone(), ..HistoryView::default() };
        Snapshot { history, ..ready() }
    };
    let scroll = |i: usize| {
        let key = |pressed| egui::Event::Key {
            key: egui::Key::H,
            physical_key: None,
            pressed,
            repeat: false,
            modifiers: egui::Modifiers::COMMAND,
        };
        let modifiers = egui::Modifiers::COMMAND;
        if i == 0 { vec![egui::Event::ModifiersChanged(modifiers), key(true)] } else { scroll_at(i, 150.0) }
    };
    measure("scrolling through a history of 10,000", history, scroll);
}
