//! What comes out of clicks, keys, drops and dialogs.

use super::*;
use crate::export::Format;
use crate::texts;
use eframe::egui::{DroppedFile, Key, ViewportEvent, ViewportId};
use std::path::Path;
use std::time::Duration;

fn recording() -> DictationView {
    DictationView::Recording { elapsed: Duration::from_secs(12), level: 0.5 }
}

#[test]
fn the_record_button_starts_and_stops() {
    assert_eq!(Window::new(ready()).click("Record"), [Command::Start]);
    assert_eq!(Window::new(dictating(recording())).click("Stop · 0:12"), [Command::Stop]);
    assert_eq!(Window::new(dictating(recording())).click("Cancel"), [Command::Cancel]);
    assert_eq!(Window::new(dictating(DictationView::Arming)).click("Opening microphone…"), []);
}

#[test]
fn space_starts_and_stops_and_escape_cancels() {
    let finishing = DictationView::Finishing { recorded: Duration::from_secs(1) };
    let cases = [
        (DictationView::Idle, Some(Command::Start), None),
        (DictationView::Arming, Some(Command::Stop), Some(Command::Cancel)),
        (recording(), Some(Command::Stop), Some(Command::Cancel)),
        (finishing, None, Some(Command::Cancel)),
        (DictationView::Delivering, Some(Command::Start), None),
    ];
    for (state, space, escape) in cases {
        let mut window = Window::new(dictating(state.clone()));
        assert_eq!(window.press(Key::Space), Vec::from_iter(space), "Space in {state:?}");
        assert_eq!(window.press(Key::Escape), Vec::from_iter(escape), "Esc in {state:?}");
    }
}

#[test]
fn space_belongs_to_the_control_that_has_the_focus() {
    let mut window = Window::new(with_text(&[" Good morning."]));
    window.harness.get_by_label("Copy").focus();
    window.harness.run();
    assert_eq!(window.press(Key::Space), [Command::Copy]);

    window.harness.get_by_label("Record").focus();
    window.harness.run();
    assert_eq!(window.press(Key::Space), [Command::Start], "once, not twice");
}

#[test]
fn a_held_space_key_is_one_press() {
    let window = &mut Window::new(ready());
    for repeat in [false, true, true] {
        let modifiers = egui::Modifiers::NONE;
        let key = Key::Space;
        window.harness.event(egui::Event::Key { key, physical_key: None, pressed: true, repeat, modifiers });
        window.harness.run();
    }
    assert_eq!(window.sent(), [Command::Start]);
}

#[test]
fn keys_belong_to_an_open_menu() {
    let mut window = Window::new(Snapshot { dictation: recording(), ..with_text(&[" Good morning."]) });
    window.click("Save as…");
    window.says("Subtitles (.srt)");
    assert_eq!(window.press(Key::Escape), [], "Esc closes the menu");
    window.does_not_say("Subtitles (.srt)");
    assert_eq!(window.press(Key::Escape), [Command::Cancel]);
}

#[test]
fn everything_can_be_reached_with_the_tab_key() {
    let mut window = Window::new(with_text(&[" Good morning."]));
    let mut reached = Vec::new();
    for _ in 0..13 {
        window.press(Key::Tab);
        let names = ["Model", "Microphone", "History", "Models", "Add files…", "Record", "Copy", "Save as…"];
        reached.extend(names.into_iter().find(|n| window.harness.get_by_label(n).is_focused()));
    }
    reached.sort_unstable();
    reached.dedup();
    let all = ["Add files…", "Copy", "History", "Microphone", "Model", "Models", "Record", "Save as…"];
    assert_eq!(reached, all);
}

#[test]
fn the_tab_key_goes_from_left_to_right() {
    let mut window = Window::new(with_text(&[" Good morning."]));
    let names = ["Model", "Microphone", "History", "Settings", "Doctor", "Models", "Dictate anywhere"];
    let names: Vec<_> = names.into_iter().chain(["Add files…", "Record", "Copy", "Save as…"]).collect();
    let mut reached: Vec<&str> = Vec::new();
    for _ in 0..14 {
        window.press(Key::Tab);
        reached.extend(names.iter().copied().find(|n| window.harness.get_by_label(n).is_focused()));
    }
    reached.truncate(names.len());
    assert_eq!(reached, names);
    let places: Vec<_> = names[..8].iter().map(|n| window.harness.get_by_label(n).rect().left()).collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn the_strip_says_which_page_is_open() {
    let mut window = Window::new(ready());
    let is_open = |window: &Window| window.harness.get_by_label("Settings").accesskit_node().toggled();
    let closed = is_open(&window);
    window.harness.get_by_role_and_label(eframe::egui::accesskit::Role::Button, "Settings").click();
    window.harness.run();
    let button = window.harness.get_by_role_and_label(eframe::egui::accesskit::Role::Button, "Settings");
    assert_ne!(button.accesskit_node().toggled(), closed);
}

#[test]
fn details_show_when_the_focus_comes() {
    let mut snapshot = with_text(&[" Good morning."]);
    snapshot.transcript.speed = Some(Speed { audio_s: 60.0, processing_s: 3.846 });
    let mut window = Window::new(snapshot);
    for (word, detail) in [
        ("Engine: CPU", "small.en runs on the CPU (8 threads, f32)"),
        ("15.6× real time", "60 s of speech took 3.8 s (RTF 0.064)"),
    ] {
        window.does_not_say(detail);
        let reached = (0..12).any(|_| {
            window.press(Key::Tab);
            window.harness.get_by_label(word).is_focused()
        });
        assert!(reached, "{word}");
        window.says(detail);
    }
}

#[test]
fn files_are_handled_one_by_one_and_all_at_once() {
    let failed = FileState::Failed { message: "no audio in it".into() };
    let files = vec![
        file(1, "a.wav", FileState::Done { speed: None, edited: false }),
        file(2, "b.wav", FileState::Waiting),
        file(3, "c.wav", failed),
    ];
    let mut window = Window::new(Snapshot { files: files.into_iter().collect(), ..ready() });
    assert_eq!(window.click("a.wav, Done"), [Command::Show(Shown::File(1))]);
    assert_eq!(window.click("Remove a.wav"), [Command::RemoveFile(1)]);
    assert_eq!(window.click("Cancel b.wav"), [Command::CancelFile(2)]);
    assert_eq!(window.click("Retry c.wav"), [Command::RetryFile(3)]);
    assert_eq!(window.click("Cancel all files"), [Command::CancelAllFiles]);
}

#[test]
fn there_is_a_way_back_to_the_dictation() {
    let mut window = Window::new(Snapshot { shown: Shown::Demo, ..with_text(&[" Good morning."]) });
    assert_eq!(window.click("Back to dictation"), [Command::Show(Shown::Dictation)]);
}

#[test]
fn the_demo_is_one_click_away() {
    let mut window = Window::new(Snapshot { demo_only: true, ..ready() });
    assert_eq!(window.click("Try the demo: transcribe the bundled clip"), [Command::TranscribeDemoClip]);
}

#[test]
fn choosing_the_demo_that_only_stands_in_is_a_choice() {
    let demo = ModelView { name: "demo".into(), label: "Demo".into() };
    let engine = EngineView::Loading { model: "demo".into() };
    let stands_in = Snapshot { demo_only: true, models: vec![demo], engine, ..ready() };
    let mut window = Window::new(stands_in.clone());
    window.click("Model");
    assert_eq!(choose(&mut window, "Demo"), [Command::ChooseModel("demo".into())]);

    window.show(Snapshot { demo_only: false, ..stands_in });
    window.click("Model");
    assert_eq!(choose(&mut window, "Demo"), [], "it is chosen already");
}

#[test]
fn a_model_that_failed_can_be_chosen_again() {
    let engine = EngineView::Failed { model: "tiny".into(), message: "cut short".into() };
    let mut window = Window::new(Snapshot { engine, ..ready() });
    window.click("Model");
    assert_eq!(choose(&mut window, "tiny (75 MB)"), [Command::ChooseModel("tiny".into())]);
}

/// Clicks a row of the open list, whose title may say the same.
fn choose(window: &mut Window, label: &str) -> Vec<Command> {
    window.harness.get_all_by_label(label).last().unwrap().click();
    window.harness.run();
    window.sent()
}

#[test]
fn whoever_has_no_model_learns_where_to_get_one_and_what_to_put_where() {
    let mut window = Window::new(Snapshot { demo_only: true, models: Vec::new(), ..ready() });
    let told = |window: &Window| window.harness.query_all_by_label_contains("ggml-base.en.bin").count();
    window.says("Get a model for your voice…");
    window.click("Model");
    assert_eq!(told(&window), 1, "in the list");
    window.says("More models…");
    window.says("Other model file…");

    let mut window = Window::new(ready());
    window.click("Model");
    assert_eq!(told(&window), 0, "nobody else is told");
}

#[test]
fn a_banner_does_one_thing_or_goes() {
    let text = "A recording was recovered.".to_owned();
    let banner = Banner { id: 9, tone: Tone::Info, text, action: Some("Transcribe".into()) };
    let mut window = Window::new(Snapshot { banners: vec![banner], ..ready() });
    assert_eq!(window.click("Transcribe"), [Command::BannerAction(9)]);
    assert_eq!(window.click("Dismiss message"), [Command::DismissBanner(9)]);
}

#[test]
fn opening_a_list_looks_for_what_it_offers_and_a_row_chooses_it() {
    let mut window = Window::new(ready());
    assert_eq!(window.click("Model"), [Command::Refresh]);
    assert_eq!(window.click("tiny (75 MB)"), [Command::ChooseModel("tiny".into())]);
    assert_eq!(window.click("Microphone"), [Command::Refresh]);
    let desk = Some("hw:1".to_owned());
    assert_eq!(window.click("Desk microphone"), [Command::ChooseMicrophone(desk.clone())]);

    let mut window = Window::new(Snapshot { microphone: desk, ..ready() });
    window.click("Microphone");
    assert_eq!(window.click("System default"), [Command::ChooseMicrophone(None)]);
}

#[test]
fn the_list_of_models_opens_when_the_session_asks_for_it() {
    let mut window = Window::new(ready());
    window.does_not_say("Other model file…");
    window.show(Snapshot { model_choice_wanted: 1, ..ready() });
    window.says("Other model file…");
    assert_eq!(window.sent(), [Command::Refresh]);
    assert_eq!(window.click("tiny (75 MB)"), [Command::ChooseModel("tiny".into())]);
    window.show(Snapshot { model_choice_wanted: 1, ..ready() });
    window.does_not_say("Other model file…");
}

#[derive(Debug)]
struct Dropped(&'static str);

impl DroppedFile for Dropped {
    fn path(&self) -> &Path {
        Path::new(self.0)
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("the window never reads a file".into())
    }
}

#[test]
fn dropped_files_and_folders_go_to_the_queue() {
    let mut window = Window::new(ready());
    let dropped = &mut window.harness.input_mut().dropped_files;
    dropped.push(Arc::new(Dropped("/recordings/mein tést.wav")));
    dropped.push(Arc::new(Dropped("/recordings/folder")));
    window.harness.run();
    let paths = ["/recordings/mein tést.wav", "/recordings/folder"].map(PathBuf::from);
    assert_eq!(window.sent(), [Command::AddFiles(paths.to_vec())]);
}

/// Draws until the dialog's thread has answered.
pub fn after_dialog(window: &mut Window) -> Vec<Command> {
    for _ in 0..1000 {
        window.harness.run();
        let sent = window.sent();
        if !sent.is_empty() {
            return sent;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Vec::new()
}

#[test]
fn the_add_button_asks_for_files() {
    let paths = vec![PathBuf::from("/a.wav"), PathBuf::from("/b.wav")];
    let mut window = Window::with(ready(), 8, Answer(Some(paths.clone())));
    window.harness.get_by_label("Add files…").click();
    assert_eq!(after_dialog(&mut window), [Command::AddFiles(paths)]);
}

#[test]
fn a_closed_dialog_changes_nothing() {
    let mut window = Window::new(ready());
    assert_eq!(window.click("Add files…"), []);
    std::thread::sleep(Duration::from_millis(20));
    window.harness.run();
    assert_eq!(window.sent(), []);
    window.does_not_say(texts::dialog_missing());
}

#[test]
fn a_system_without_dialogs_is_not_met_with_silence() {
    let mut window = Window::with(ready(), 8, Answer(None));
    window.harness.get_by_label("Add files…").click();
    for _ in 0..1000 {
        window.harness.run();
        if window.harness.query_by_label(texts::dialog_missing()).is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    window.says(texts::dialog_missing());
    assert_eq!(window.click("Dismiss message"), []);
    window.does_not_say(texts::dialog_missing());
}

#[test]
fn save_writes_what_was_shown_when_it_was_asked_for() {
    let cases = [
        ("Plain text (.txt)", Format::Txt, "/out/a", "/out/a.txt"),
        ("Subtitles (.srt)", Format::Srt, "/out/a", "/out/a.srt"),
        ("Web subtitles (.vtt)", Format::Vtt, "/out/Meeting 3.5", "/out/Meeting 3.5.vtt"),
        ("Table (.csv)", Format::Csv, "/out/a", "/out/a.csv"),
        ("Markdown (.md)", Format::Md, "/out/a", "/out/a.md"),
        ("Everything, as data (.json)", Format::Json, "/out/a.json", "/out/a.json"),
    ];
    for (label, format, chosen, written) in cases {
        let snapshot = Snapshot { shown: Shown::Demo, ..with_text(&[" Good morning."]) };
        let mut window = Window::with(snapshot, 8, Answer(Some(vec![chosen.into()])));
        window.click("Save as…");
        window.harness.get_by_label(label).click();
        let save = Command::Save { format, path: written.into() };
        assert_eq!(after_dialog(&mut window), [Command::Show(Shown::Demo), save]);
    }
}

#[test]
fn a_name_that_the_dialog_did_not_ask_about_replaces_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for taken in ["a.txt", "a (2).txt", "b.TXT"] {
        std::fs::write(at(taken), "mine").unwrap();
    }
    // The dialog itself has asked about a name that it gives whole.
    for (chosen, written) in [("a", "a (3).txt"), ("a.txt", "a.txt"), ("b.TXT", "b.TXT")] {
        let answer = Answer(Some(vec![at(chosen)]));
        let mut window = Window::with(with_text(&[" Good morning."]), 8, answer);
        window.click("Save as…");
        window.harness.get_by_label("Plain text (.txt)").click();
        let save = Command::Save { format: Format::Txt, path: at(written) };
        assert_eq!(after_dialog(&mut window), [Command::Show(Shown::Dictation), save]);
    }
}

#[test]
fn commands_that_do_not_fit_are_sent_later_and_in_order() {
    let mut window = Window::with(with_text(&[" Good morning."]), 1, Answer(None));
    for label in ["Copy", "Record"] {
        window.harness.get_by_label(label).click();
        window.harness.step();
        window.harness.step();
    }
    assert_eq!(window.sent(), [Command::Copy]);
    window.harness.step();
    assert_eq!(window.sent(), [Command::Start]);
}

#[test]
fn closing_the_window_tells_the_session_once() {
    let mut window = Window::new(ready());
    let viewports = &mut window.harness.input_mut().viewports;
    viewports.entry(ViewportId::ROOT).or_default().events.push(ViewportEvent::Close);
    window.harness.step();
    eframe::App::on_exit(window.harness.state_mut(), None);
    assert_eq!(window.sent(), [Command::Quit]);
}

#[test]
fn the_channel_is_chosen_beside_the_microphone() {
    let heard = Channel { index: 1, of: 2 };
    let channels = Some(ChannelsView { heard, decided: true, chosen: None });
    let microphone_state = MicrophoneState { channels, ..Default::default() };
    let mut window = Window::new(Snapshot { microphone_state, ..ready() });
    window.click("Microphone");
    window.says("The channel with speech (channel 2 (right))");
    window.does_not_say("A choice counts from the next recording on.");
    assert_eq!(window.click("Only channel 1 (left)"), [Command::ChooseChannel(Some(0))]);
}

#[test]
fn who_chooses_a_microphone_while_one_records_is_told_from_when_on() {
    let recording = DictationView::Recording { elapsed: Duration::from_secs(1), level: 0.1 };
    let mut window = Window::new(dictating(recording));
    window.click("Microphone");
    window.says("A choice counts from the next recording on.");
    assert_eq!(window.click("Desk microphone"), [Command::ChooseMicrophone(Some("hw:1".into()))]);
}

#[test]
fn a_microphone_that_is_not_there_keeps_its_name() {
    let (microphone, microphone_name) = (Some("hw:7".into()), Some("Headset".into()));
    let window = Window::new(Snapshot { microphone, microphone_name, ..ready() });
    assert!(window.harness.query_by_label_contains("hw:7").is_none());
    assert_eq!(window.harness.get_by_label("Microphone").value().as_deref(), Some("Headset"));
}

#[test]
fn another_folder_for_a_recording_is_asked_for_when_the_banner_says_so() {
    let answer = Answer(Some(vec!["/media/stick".into()]));
    let mut window = Window::with(ready(), 8, answer);
    window.snapshots.send(Arc::new(Snapshot { folder_wanted: 1, ..ready() })).unwrap();
    assert_eq!(after_dialog(&mut window), [Command::RecordInto("/media/stick".into())]);
}
