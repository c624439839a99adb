//! Files and the transcript that is shown: hearing, finding, editing, and how files are transcribed.

use super::*;
use crate::export::Format;
use crate::kept_files::FileOptions;
use hark_engine::audio::TrackInfo;
use std::time::Duration;

fn a_text(texts: &[&str]) -> Snapshot {
    let transcript =
        TranscriptView { segments: segments(texts.iter().copied()), editable: true, ..Default::default() };
    let files = [file(1, "a.wav", FileState::Done { speed: None, edited: false })];
    Snapshot { files: files.into_iter().collect(), shown: Shown::File(1), transcript, ..ready() }
}

#[test]
fn a_click_on_a_time_plays_from_there() {
    let mut window = Window::new(a_text(&[" One.", " Two."]));
    assert_eq!(window.click("Play from 0:04"), [Command::Play { from: 4.0 }]);
    let mut playing = a_text(&[" One.", " Two."]);
    let of = Played::Shown(Shown::File(1));
    playing.history.playing = Some(Playing { of, position: Duration::from_secs(5) });
    window.show(playing.clone());
    window.says("0:05");
    assert_eq!(window.click("Stop playing"), [Command::StopPlaying]);
    // What is heard of something else is not stopped here.
    let of = Played::Shown(Shown::Dictation);
    playing.history.playing = Some(Playing { of, position: Duration::ZERO });
    window.show(playing);
    window.does_not_say("Stop playing");
}

#[test]
fn the_bundled_clip_can_be_heard() {
    let mut window = Window::new(Snapshot { shown: Shown::Demo, ..with_text(&[" One."]) });
    assert_eq!(window.click("Play from 0:00"), [Command::Play { from: 0.0 }]);
}

#[test]
fn words_are_found_and_gone_through_by_keys() {
    let texts: Vec<_> =
        (0..200).map(|i| if i % 50 == 49 { " The needle." } else { " Hay and hay." }).collect();
    let mut window = Window::new(a_text(&texts));
    window.does_not_say("Next match");
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::F);
    window.harness.run();
    window.harness.get_by_label("Find in the text").type_text("NEEDLE");
    window.harness.run();
    window.says("1 of 4");
    assert_eq!(window.press(egui::Key::Enter), []);
    window.says("2 of 4");
    assert!(window.harness.query_by_label("Play from 6:36").is_some(), "the match is in sight");
    window.harness.key_press_modifiers(egui::Modifiers::SHIFT, egui::Key::Enter);
    window.harness.run();
    window.harness.key_press_modifiers(egui::Modifiers::SHIFT, egui::Key::Enter);
    window.harness.run();
    window.says("4 of 4");
    window.click("Next match");
    window.says("1 of 4");
    window.harness.get_by_label("Find in the text").focus();
    window.harness.run();
    window.harness.get_by_label("Find in the text").type_text("x");
    window.harness.run();
    window.says("Not found");
    assert_eq!(window.press(egui::Key::Escape), []);
    window.does_not_say("Next match");
}

#[test]
fn what_is_written_goes_to_the_session_and_can_be_taken_back() {
    let mut window = Window::new(a_text(&[" One.", " Two."]));
    assert_eq!(window.click("Edit the text"), []);
    window.harness.get_by_label("Text of segment 2").focus();
    window.harness.run();
    window.harness.get_by_label("Text of segment 2").type_text("3");
    window.harness.run();
    let edits = window.click("Done editing");
    let [Command::Edit { shown: Shown::File(1), place: 1, text }] = edits.as_slice() else {
        panic!("{edits:?}")
    };
    assert!(text.contains('3') && text.contains("Two."), "{text}");
    let mut edited = a_text(&[" One.", " Twelve."]);
    edited.transcript.edited = Arc::new([1].into());
    window.show(edited);
    window.click("Edit the text");
    assert_eq!(window.click("Restore the original text"), [Command::Restore(Shown::File(1))]);
}

#[test]
fn a_file_has_its_own_track_and_speakers() {
    let track = |number, label: &str| TrackInfo { number, label: label.into(), default: number == 1 };
    let mut snapshot = a_text(&[" One."]);
    let tracks = vec![track(1, "AAC, English"), track(2, "AAC, German")];
    let about = AboutFile { tracks, channels: 2, length_s: Some(9.0) };
    Arc::make_mut(&mut snapshot.files.list)[0].about = Some(Arc::new(about));
    let mut window = Window::new(snapshot);
    window.click("How this file is transcribed");
    let options = FileOptions { track: Some(2), ..FileOptions::default() };
    assert_eq!(window.click("2: AAC, German"), [Command::ChangeFile(1, options)]);
    let options = FileOptions { by_channel: true, ..FileOptions::default() };
    assert_eq!(window.click("One speaker per channel"), [Command::ChangeFile(1, options)]);
    assert_eq!(window.click("Transcribe again"), [Command::RetryFile(1)]);
}

#[test]
fn files_side_by_side_say_how_fast_they_are_together() {
    let mut snapshot = a_text(&[" One."]);
    let mut window = Window::new(snapshot.clone());
    (snapshot.files.together, snapshot.files.left) =
        (Some(Together { files: 4, x: 152.4 }), Some(Duration::from_secs(170)));
    Arc::make_mut(&mut snapshot.files.list).extend([
        file(2, "b.wav", FileState::Running { progress: 0.5, left: None, speed: None }),
        file(3, "c.wav", FileState::Running { progress: 0.5, left: None, speed: None }),
    ]);
    window.does_not_say("4 files · 152× real time in all");
    window.show(snapshot);
    window.says("4 files · 152× real time in all");
    window.says("1 of 3 done, 3 min left for all");
}

#[test]
fn files_that_failed_are_counted_above_the_list() {
    let state = || FileState::Failed { message: "no audio in it".into() };
    let files =
        vec![file(1, "a.wav", state()), file(2, "b.wav", FileState::Waiting), file(3, "c.wav", state())];
    Window::new(Snapshot { files: files.into_iter().collect(), ..ready() }).says("2 failed");
}

#[test]
fn all_transcripts_are_saved_into_one_folder() {
    let mut window = Window::with(a_text(&[" One."]), 8, Answer(Some(vec!["/out".into()])));
    window.click("Save all…");
    window.harness.get_by_label("Markdown (.md)").click();
    let save = Command::SaveAll { format: Format::Md, folder: "/out".into() };
    assert_eq!(super::actions::after_dialog(&mut window), [save]);
}

#[test]
fn a_list_of_earlier_days_stays_out_of_the_way_until_it_is_wanted() {
    let mut snapshot = a_text(&[" One."]);
    snapshot.shown = Shown::Dictation;
    snapshot.files.added = 0;
    let mut window = Window::new(snapshot.clone());
    window.does_not_say("a.wav, Done");
    window.click("Files");
    window.says("a.wav, Done");
    window.click("Hide the list");
    window.does_not_say("a.wav, Done");
    snapshot.files.added = 1;
    window.show(snapshot);
    window.says("a.wav, Done");
}

#[test]
fn who_speaks_is_said_when_it_changes() {
    let mut snapshot = a_text(&[" One.", " Two.", " Three."]);
    for (segment, name) in
        Arc::make_mut(&mut snapshot.transcript.segments).iter_mut().zip(["Left", "Left", "Right"])
    {
        segment.speaker = Some(name.into());
    }
    let window = Window::new(snapshot);
    for label in ["Left  One.", "Two.", "Right  Three."] {
        window.says(label);
    }
}

#[test]
fn a_file_that_comes_to_be_shown_comes_into_sight() {
    let files: FilesView = (1..=100).map(|id| file(id, &format!("{id}.wav"), FileState::Waiting)).collect();
    let showing = |id| Snapshot { files: files.clone(), shown: Shown::File(id), ..ready() };
    let mut window = Window::new(showing(1));
    let row = |id: u64| format!("{id}.wav, Waiting");
    window.says(&row(1));
    window.does_not_say(&row(90));
    window.show(showing(90));
    window.says(&row(90));
    window.does_not_say(&row(1));
}
