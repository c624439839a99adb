//! What the window says in each state.

use super::*;
use crate::texts;
use eframe::egui::accesskit::Role;
use std::time::Duration;

#[test]
fn idle_invites_to_speak_and_costs_nothing() {
    let window = Window::new(ready());
    for label in ["Engine: CPU", "Record", "Add files…", "Press Space and speak", "Model", "Microphone"] {
        window.says(label);
    }
    for label in
        ["Cancel", "Microphone level", "Try the demo: transcribe the bundled clip", "Cancel all files"]
    {
        window.does_not_say(label);
    }
    assert!(!window.is_enabled("Copy"));
    assert!(!window.is_enabled("Save as…"));

    let output = &window.harness.output().viewport_output;
    let delay = output.values().map(|v| v.repaint_delay).min();
    assert_eq!(delay, Some(Duration::MAX), "an idle window asks for no frames");
}

#[test]
fn recording_shows_time_level_and_both_ways_out() {
    let recording = DictationView::Recording { elapsed: Duration::from_secs(12), level: 0.0447 };
    let window = Window::new(dictating(recording));
    for label in ["Stop · 0:12", "Cancel", "Listening"] {
        window.says(label);
    }
    let meter = window.harness.get_by_label("Microphone level");
    let value = meter.accesskit_node().numeric_value().unwrap();
    assert!((value - 0.5).abs() < 0.001, "the meter stands at {value}");
}

#[test]
fn while_it_is_busy_the_record_button_only_says_so() {
    let recorded = Duration::from_secs(72);
    let states = [
        (DictationView::Arming, "Opening microphone…"),
        (DictationView::Finishing { recorded }, "Finishing…"),
    ];
    for (state, label) in states {
        let window = Window::new(dictating(state));
        let button = window.harness.get_by_role_and_label(Role::Button, label);
        assert!(button.accesskit_node().is_disabled());
        assert!(window.harness.query_by_label("Cancel").is_some(), "{label}");
    }
}

#[test]
fn while_the_text_is_handed_over_a_new_recording_can_begin() {
    let window = Window::new(dictating(DictationView::Delivering));
    let button = window.harness.get_by_role_and_label(Role::Button, "Record");
    assert!(!button.accesskit_node().is_disabled());
    assert!(window.harness.query_by_label("Cancel").is_none());
}

#[test]
fn finishing_says_how_much_is_being_written_down() {
    let mut snapshot = dictating(DictationView::Finishing { recorded: Duration::from_secs(72) });
    snapshot.transcript = TranscriptView { growing: true, progress: Some(0.25), ..TranscriptView::default() };
    let window = Window::new(snapshot);
    window.says("Writing down 1:12 of speech…");
    let bar = window.harness.get_by_label("Transcription");
    assert_eq!(bar.accesskit_node().numeric_value(), Some(0.25));
}

#[test]
fn a_transcript_is_shown_with_times_and_speed() {
    let mut snapshot = with_text(&[" Good morning.", " This is the second."]);
    snapshot.transcript.speed = Some(Speed { audio_s: 60.0, processing_s: 3.846 });
    let window = Window::new(snapshot);
    for label in
        ["Good morning.", "This is the second.", "Play from 0:00", "Play from 0:04", "15.6× real time"]
    {
        window.says(label);
    }
    assert!(window.is_enabled("Copy"));
    assert!(window.is_enabled("Save as…"));
    window.does_not_say("Press Space and speak");
}

#[test]
fn no_speed_is_named_before_there_is_one() {
    let window = Window::new(with_text(&[" Good morning."]));
    assert!(window.harness.query_by_label_contains("real time").is_none());
    window.does_not_say("Speed");
}

#[test]
fn text_keeps_its_place_when_it_is_final() {
    let mut snapshot = dictating(DictationView::Recording { elapsed: Duration::from_secs(3), level: 0.1 });
    snapshot.transcript.live = LiveView { committed: "Good morning.".into(), ..LiveView::default() };
    let mut window = Window::new(snapshot);
    let live = window.harness.get_by_label("Good morning.").rect().min;
    window.show(with_text(&[" Good morning."]));
    assert_eq!(window.harness.get_by_label("Good morning.").rect().min, live);
}

#[test]
fn an_unfinished_transcript_cannot_be_saved() {
    let mut snapshot = with_text(&[" Good morning."]);
    snapshot.transcript.growing = true;
    let window = Window::new(snapshot);
    assert!(window.is_enabled("Copy"));
    assert!(!window.is_enabled("Save as…"));
}

#[test]
fn slower_than_real_time_is_said_as_such() {
    let mut snapshot = with_text(&[" Good morning."]);
    snapshot.transcript.speed = Some(Speed { audio_s: 7.0, processing_s: 10.0 });
    Window::new(snapshot).says("slower than real time (0.7×)");
}

#[test]
fn silence_gives_no_text_but_a_word_about_it() {
    let mut snapshot = ready();
    snapshot.transcript.no_speech = true;
    let window = Window::new(snapshot);
    window.says("No words heard.");
    assert!(!window.is_enabled("Copy"));
}

#[test]
fn the_demo_says_what_it_is() {
    let mut snapshot = ready();
    snapshot.demo_only = true;
    let window = Window::new(snapshot.clone());
    window.says("Try the demo: transcribe the bundled clip");
    assert!(window.harness.query_by_label_contains("trained on synthetic speech").is_some());

    snapshot.shown = Shown::Demo;
    snapshot.transcript.segments = segments([" Good morning."]);
    let window = Window::new(snapshot);
    window.says("Demo model, trained on synthetic speech: not a general recogniser");
}

#[test]
fn the_badge_says_what_the_engine_does() {
    let model = || "small.en".to_owned();
    let message = "The file ends at byte 1000.".to_owned();
    let states = [
        (EngineView::Unloaded, "Engine: No model"),
        (EngineView::Loading { model: model() }, "Engine: Loading…"),
        (EngineView::Failed { model: model(), message }, "Engine: Model failed"),
    ];
    for (engine, label) in states {
        Window::new(Snapshot { engine, ..ready() }).says(label);
    }
}

#[test]
fn a_model_that_failed_to_load_says_why() {
    let message = "The file ends at byte 1000.".to_owned();
    let engine = EngineView::Failed { model: "small.en".into(), message };
    let window = Window::new(Snapshot { engine, ..ready() });
    window.says("small.en could not be loaded");
    window.says("The file ends at byte 1000.");
}

#[test]
fn the_queue_says_how_far_each_file_is() {
    let left = Some(Duration::from_secs(30));
    let files = vec![
        file(
            1,
            "a.wav",
            FileState::Done { speed: Some(Speed { audio_s: 60.0, processing_s: 3.846 }), edited: false },
        ),
        file(2, "b.wav", FileState::Running { progress: 0.42, left, speed: None }),
        file(3, "c.wav", FileState::Failed { message: "no audio in it".into() }),
        file(4, "d.wav", FileState::Cancelled),
        file(5, "e.wav", FileState::Waiting),
    ];
    let window = Window::new(Snapshot { files: files.into_iter().collect(), ..ready() });
    let labels = [
        "1 of 5 done",
        "a.wav, 15.6× real time",
        "b.wav, 42 % · 30 s left",
        "c.wav, no audio in it",
        "d.wav, Cancelled",
        "e.wav, Waiting",
        "Remove a.wav",
        "Cancel b.wav",
        "Retry c.wav",
        "Remove c.wav",
        "Retry d.wav",
        "Cancel e.wav",
        "Cancel all files",
        "Add folder…",
    ];
    for label in labels {
        window.says(label);
    }
    window.does_not_say("Retry a.wav");
    window.does_not_say("Cancel a.wav");
}

#[test]
fn cancel_all_goes_with_the_last_file_to_do() {
    let files = vec![file(1, "a.wav", FileState::Done { speed: None, edited: false })];
    Window::new(Snapshot { files: files.into_iter().collect(), ..ready() }).does_not_say("Cancel all files");
}

#[test]
fn a_file_without_text_says_why() {
    let states = [
        (FileState::Waiting, "Waiting for its turn"),
        (FileState::Running { progress: 0.0, left: None, speed: None }, "Transcribing…"),
        (FileState::Failed { message: "no audio in it".into() }, "This file could not be transcribed"),
        (FileState::Cancelled, "Try again"),
    ];
    for (state, label) in states {
        let files = vec![file(7, "a.wav", state)];
        Window::new(Snapshot { files: files.into_iter().collect(), shown: Shown::File(7), ..ready() })
            .says(label);
    }
}

#[test]
fn only_what_is_in_sight_of_a_long_transcript_is_laid_out() {
    let mut snapshot = ready();
    snapshot.transcript.segments = segments((0..10_000).map(|i| format!(" Sentence number {i}.")));
    let mut window = Window::new(snapshot.clone());
    window.says("Sentence number 0.");
    window.does_not_say("Sentence number 9999.");
    let labels = window.harness.get_all_by_role(Role::Label).count();
    assert!(labels < 120, "{labels} labels");

    // A growing one stays at its end.
    snapshot.shown = Shown::File(1);
    snapshot.transcript.growing = true;
    window.show(snapshot.clone());
    window.says("Sentence number 9999.");
    window.does_not_say("Sentence number 0.");
    snapshot.transcript.segments = segments((0..10_040).map(|i| format!(" Sentence number {i}.")));
    window.show(snapshot);
    window.says("Sentence number 10039.");
}

#[test]
fn whoever_scrolls_up_in_a_growing_transcript_is_left_there() {
    let growing = |count: usize| {
        let segments = segments((0..count).map(|i| format!(" Sentence number {i}.")));
        let transcript = TranscriptView { segments, growing: true, ..TranscriptView::default() };
        Snapshot { transcript, ..ready() }
    };
    let mut window = Window::new(growing(100));
    window.says("Sentence number 99.");
    window.harness.hover_at(egui::pos2(450.0, 300.0));
    window.harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: egui::vec2(0.0, 300.0),
        phase: egui::TouchPhase::Move,
        modifiers: egui::Modifiers::NONE,
        source: egui::MouseWheelSource::Wheel,
    });
    window.harness.run_steps(20);
    window.does_not_say("Sentence number 99.");
    let place = window.harness.get_by_label("Sentence number 85.").rect();
    window.show(growing(140));
    assert_eq!(window.harness.get_by_label("Sentence number 85.").rect(), place);
}

#[test]
fn only_the_files_in_sight_are_laid_out() {
    let files = (0..1000).map(|i| file(i, &format!("{i}.wav"), FileState::Waiting)).collect();
    let window = Window::new(Snapshot { files, ..ready() });
    window.says("0.wav, Waiting");
    window.does_not_say("999.wav, Waiting");
}

#[test]
fn the_newest_banners_are_shown_and_the_rest_counted() {
    let banner = |id| Banner { id, tone: Tone::Info, text: format!("message {id}"), action: None };
    let banners: Vec<_> = (0..5).map(banner).collect();
    let mut window = Window::new(Snapshot { banners: banners.clone(), ..ready() });
    window.says("message 0");
    window.says("message 2");
    window.does_not_say("message 3");
    assert_eq!(window.click("2 more"), []);
    window.says("message 3");
    window.click("Less");
    window.does_not_say("message 3");
    window.harness.set_size(egui::vec2(640.0, 420.0));
    window.harness.run();
    window.says("message 0");
    window.does_not_say("message 1");
    window.click("4 more");
    let below = window.harness.get_by_label("Record").rect().top();
    let card = window.harness.get_by_label("message 0").rect();
    assert!(card.bottom() < below / 2.0, "they leave room for what the window is for");
    window.show(Snapshot { banners: banners[..1].to_vec(), ..ready() });
    window.does_not_say("Less");
    let text = "what went wrong, and what to do about it ".repeat(5);
    window.show(Snapshot { banners: vec![Banner { text: text.clone(), ..banner(9) }], ..ready() });
    let line = window.harness.get_by_label(&text).rect().height();
    window.click("More");
    assert!(window.harness.get_by_label(&text).rect().height() > 2.0 * line, "it is to be read");
    window.click("Less");
    assert_eq!(window.harness.get_by_label(&text).rect().height(), line);
}

#[test]
fn a_session_that_has_died_is_not_hidden() {
    let mut window = Window::new(ready());
    let (other, _) = bounded(1);
    drop(std::mem::replace(&mut window.snapshots, other));
    window.harness.run();
    window.says(texts::banner_session_ended());
}

#[test]
fn an_open_microphone_is_never_hidden() {
    let state = MicrophoneState { open: true, ..Default::default() };
    let mut window = Window::new(Snapshot { microphone_state: state.clone(), ..ready() });
    window.says("Microphone open");
    window.show(ready());
    window.does_not_say("Microphone open");
    let finishing = DictationView::Finishing { recorded: Duration::from_secs(12) };
    window.show(Snapshot { microphone_state: state.clone(), ..dictating(finishing) });
    window.says("Microphone open");
    let recording = DictationView::Recording { elapsed: Duration::from_secs(12), level: 0.5 };
    window.show(Snapshot { microphone_state: state, ..dictating(recording) });
    window.does_not_say("Microphone open");
    window.says("Microphone level");
}

#[test]
fn every_channel_has_its_own_meter() {
    let recording = DictationView::Recording { elapsed: Duration::from_secs(12), level: 0.5 };
    let state = MicrophoneState { open: true, levels: vec![0.0, 0.5], channels: None };
    let window = Window::new(Snapshot { microphone_state: state, ..dictating(recording) });
    let level = |name| {
        let meter = window.harness.get_by_label(name);
        meter.accesskit_node().numeric_value().unwrap()
    };
    assert_eq!(level("Level of channel 1 (left)"), 0.0);
    assert!(level("Level of channel 2 (right)") > 0.8);
    window.does_not_say("Microphone level");
}

#[test]
fn many_meters_stand_apart_in_the_same_room() {
    for channels in [4, 5, 8, 18, 32] {
        let recording = DictationView::Recording { elapsed: Duration::from_secs(12), level: 0.5 };
        let state = MicrophoneState { open: true, levels: vec![0.5; channels], channels: None };
        let window = Window::new(Snapshot { microphone_state: state, ..dictating(recording) });
        let meters: Vec<_> = window.harness.get_all_by_role(Role::Meter).map(|meter| meter.rect()).collect();
        assert_eq!(meters.len(), channels);
        let room = meters.iter().copied().reduce(egui::Rect::union).unwrap();
        assert!(room.width() <= 64.0 && room.height() <= theme::CONTROL_HEIGHT, "{channels}: {room:?}");
        for (index, meter) in meters.iter().enumerate() {
            assert!(meter.width() >= 4.0 && meter.height() >= 8.0, "{channels}: {meter:?}");
            let apart = |other: &egui::Rect| {
                let both = meter.intersect(*other);
                both.width() <= 0.01 || both.height() <= 0.01
            };
            assert!(meters[index + 1..].iter().all(apart), "{channels}: {meter:?}");
        }
    }
}

/// What is written in the window: pieces of one look, with colour and whether they lean.
fn written(window: &Window) -> Vec<(String, egui::Color32, bool)> {
    fn collect(shape: &egui::Shape, found: &mut Vec<(String, egui::Color32, bool)>) {
        match shape {
            egui::Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, found)),
            egui::Shape::Text(text) => found.extend(text.galley.job.sections.iter().map(|section| {
                let piece =
                    text.galley.job.text[section.byte_range.start.0..section.byte_range.end.0].to_owned();
                (piece, section.format.color, section.format.italics)
            })),
            _ => {}
        }
    }
    let mut found = Vec::new();
    window.harness.output().shapes.iter().for_each(|clipped| collect(&clipped.shape, &mut found));
    found
}

#[test]
fn live_text_is_firm_where_it_stays_and_weaker_where_it_may_change() {
    let recording = DictationView::Recording { elapsed: Duration::from_secs(12), level: 0.5 };
    let view = |committed: &str, tentative: &str, behind_s| {
        let (committed, tentative) = (committed.into(), tentative.into());
        let live = LiveView { committed, tentative, behind_s, ..LiveView::default() };
        let transcript = TranscriptView { live, growing: true, ..TranscriptView::default() };
        Snapshot { transcript, ..dictating(recording.clone()) }
    };
    for dark in [false, true] {
        let mut window = Window::new(view(" Firm words", " and a guess", None));
        window.harness.ctx.set_theme(if dark { egui::Theme::Dark } else { egui::Theme::Light });
        window.harness.run();
        let palette = theme::palette(&if dark { egui::Visuals::dark() } else { egui::Visuals::light() });
        let pieces = written(&window);
        assert!(pieces.contains(&("Firm words".into(), palette.text, false)), "{pieces:?}");
        assert!(pieces.contains(&(" and a guess".into(), palette.dim, true)), "{pieces:?}");
        assert_ne!(palette.text, palette.dim);
        window.does_not_say("Live text is 4 s behind. Nothing is lost.");
        window.show(view("", " only a guess", Some(4)));
        let pieces = written(&window);
        assert!(pieces.contains(&("only a guess".into(), palette.dim, true)), "{pieces:?}");
        assert!(!pieces.iter().any(|(piece, ..)| piece.contains("Firm")), "{pieces:?}");
        window.says("Live text is 4 s behind. Nothing is lost.");
    }
}

#[test]
fn every_state_fits_into_the_smallest_window() {
    let recording = DictationView::Recording { elapsed: Duration::from_secs(12), level: 0.5 };
    for snapshot in [ready(), Snapshot { demo_only: true, ..ready() }, dictating(recording)] {
        let mut window = Window::new(snapshot);
        window.harness.set_size(egui::vec2(640.0, 420.0));
        window.harness.run();
        let screen = egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(640.0, 420.0));
        for button in window.harness.get_all_by_role(Role::Button) {
            assert!(screen.contains_rect(button.rect()), "{button:?} sticks out");
        }
    }
}

#[test]
fn a_page_is_left_with_escape_and_for_a_text_that_is_to_be_seen() {
    let done = FileState::Done { speed: None, edited: false };
    let mut snapshot =
        Snapshot { files: [file(1, "a.wav", done)].into_iter().collect(), ..with_text(&["One."]) };
    snapshot.files.added = 1;
    let mut window = Window::new(snapshot.clone());
    for page in ["Settings", "Dictate anywhere", "Models", "History"] {
        window.click(page);
        window.says("Back to the text");
        window.press(egui::Key::Escape);
        window.does_not_say("Back to the text");
    }
    window.click("Settings");
    assert_eq!(window.click("a.wav, Done"), [Command::Show(Shown::File(1))]);
    window.does_not_say("Back to the text");
    window.click("History");
    snapshot.files.added = 2;
    window.show(snapshot.clone());
    window.does_not_say("Back to the text");
    window.click("Settings");
    snapshot.dictation = DictationView::Recording { elapsed: Duration::from_secs(1), level: 0.1 };
    window.show(snapshot);
    assert_eq!(window.press(egui::Key::Escape), [Command::Cancel], "a dictation comes first");
    window.says("Back to the text");
}
