use super::super::app::App;
use super::super::doctor::Examine;
use super::*;
use crate::checks::{Check, Status};
use crate::texts;
use hark_engine::metrics::Figures;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Makes two checks, and counts how often.
struct Twice(Arc<AtomicUsize>);

impl Examine for Twice {
    fn checks(&self) -> Vec<Check> {
        let times = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        let check = |name, status, found: &str, fix: Option<&str>| Check {
            name,
            status,
            found: found.into(),
            path: Some("/somewhere/of/mine".into()),
            fix: fix.map(str::to_owned),
            facts: Default::default(),
            proofs: Vec::new(),
        };
        vec![
            check("npu", Status::Warn, "no device node", Some("restart the computer")),
            check("microphone", Status::Ok, &format!("Ada's headset {times}"), None),
        ]
    }
}

/// A window with the page open.
pub fn page(snapshot: Snapshot) -> Window {
    let (mut window, _) = window();
    window.show(snapshot);
    window.harness.get_by_label(texts::page_doctor()).click();
    window.harness.step();
    wait_for(&mut window.harness, "no device node");
    window
}

/// A window whose checks are counted.
fn window() -> (Window, Arc<AtomicUsize>) {
    let times = Arc::new(AtomicUsize::new(0));
    let examine = Arc::new(Twice(Arc::clone(&times)));
    let (sender, commands) = bounded(64);
    let (snapshots, receiver) = bounded(64);
    let harness =
        Harness::builder().with_size([900.0, 600.0]).allow_missing_glyphs().build_eframe(move |cc| {
            theme::install(&cc.egui_ctx);
            App::new(sender, receiver, Arc::new(Answer(None))).examined_by(examine)
        });
    (Window { harness, commands, snapshots }, times)
}

/// Draws until the window says it.
#[track_caller]
fn wait_for(harness: &mut Harness<'static, App>, label: &str) {
    let began = Instant::now();
    while harness.query_by_label(label).is_none() {
        assert!(began.elapsed() < Duration::from_secs(20), "the window does not say {label:?}");
        std::thread::sleep(Duration::from_millis(5));
        harness.step();
    }
}

#[test]
fn the_doctor_is_one_click_away_and_looks_anew_each_time() {
    let (mut window, times) = window();
    let harness = &mut window.harness;
    assert_eq!(times.load(Ordering::SeqCst), 0, "nobody has asked");
    harness.get_by_label("Doctor").click();
    harness.step();
    wait_for(harness, "no device node");
    for label in
        ["NPU", "Restart the computer", "NPU: worth a look", "Microphone: in order", "Ada's headset 1"]
    {
        assert!(harness.query_by_label(label).is_some(), "{label}");
    }
    harness.get_by_label("Check again").click();
    harness.step();
    wait_for(harness, "Ada's headset 2");
    harness.get_by_label("Dictate anywhere").click();
    harness.run();
    assert!(harness.query_by_label("no device node").is_none(), "another page is in its place");
    harness.get_by_label("Doctor").click();
    harness.step();
    wait_for(harness, "Ada's headset 3");
    harness.get_by_label("Back to the text").click();
    harness.run();
    assert!(harness.query_by_label("no device node").is_none());
    assert!(harness.query_by_label("Back to the text").is_none(), "no page is left open behind it");
}

#[test]
fn what_the_engine_did_stands_below_once_it_did_something() {
    let mut window = page(Snapshot::default());
    assert!(window.harness.query_by_label("Engine").is_none());
    let mut figures = Figures::default();
    (figures.windows, figures.admitted, figures.finished) = (3, 2, 2);
    [0.011, 0.012, 0.013].into_iter().for_each(|time| figures.encode.note(time));
    window.show(Snapshot { figures: Some(figures.into()), ..Snapshot::default() });
    for label in ["Engine", "Encoding a window", "half within", "2 done"] {
        assert!(window.harness.query_by_label(label).is_some(), "{label}");
    }
    assert!(window.harness.query_by_label("Step of the decoder").is_none(), "nothing was decoded");
}

#[test]
fn the_report_is_copied_without_folders_and_names() {
    let (mut window, _) = window();
    let harness = &mut window.harness;
    harness.get_by_label("Doctor").click();
    harness.step();
    wait_for(harness, "no device node");
    harness.get_by_label("Copy report").click();
    harness.step();
    let commands = &harness.output().platform_output.commands;
    let copied = commands.iter().find_map(|command| match command {
        egui::OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    });
    let text = copied.expect("nothing was copied");
    assert!(text.contains("warn  npu         no device node\n"), "{text}");
    assert!(
        text.contains("microphone  works\n") && !text.contains("Ada") && !text.contains("somewhere"),
        "{text}"
    );
}

#[test]
fn texts_for_other_programs_are_a_line_where_they_are_wanted() {
    let window = page(super::names::full());
    window.says("Other programs");
    window.says("The model small.en answers.");
    window.says("http://127.0.0.1:4275/v1");
    page(ready()).does_not_say("Other programs");
}
