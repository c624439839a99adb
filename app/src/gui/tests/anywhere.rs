//! The page "Dictate anywhere": what is chosen there goes to the session, whole and once.

use super::*;
use crate::bindings::{self, Action, Binding, Report};
use crate::delivery::{ClipboardMode, Way};
use crate::rules::{Filter, Matching, Replacement, Rules};
use crate::settings::Anywhere;
use eframe::egui::{Event, Key, Modifiers};
use std::time::Duration;

/// High enough that nothing has to be scrolled to.
fn page_of(anywhere: Anywhere) -> Window {
    let mut window = Window::new(Snapshot { anywhere: Arc::new(anywhere), ..ready() });
    window.harness.set_size(egui::vec2(900.0, 2400.0));
    window.harness.run();
    assert_eq!(window.click("Dictate anywhere"), []);
    window
}

fn page() -> Window {
    page_of(Anywhere::default())
}

impl Window {
    /// The one change that was sent, if there was one.
    #[track_caller]
    fn change(&self) -> Option<Anywhere> {
        let mut sent = self.sent();
        assert!(sent.len() <= 1, "{sent:?}");
        sent.pop().map(|command| match command {
            Command::ChangeAnywhere(whole) => (*whole).clone(),
            other => panic!("{other:?}"),
        })
    }

    /// The key that was bound as the page ceased to wait for one, if there was one.
    #[track_caller]
    fn bound(&self) -> Option<String> {
        let mut sent = self.sent();
        assert_eq!(sent.pop(), Some(Command::AwaitKey(false)));
        sent.pop().map(|command| match command {
            Command::ChangeAnywhere(whole) => whole.keys[0].key.clone(),
            other => panic!("{other:?}"),
        })
    }

    #[track_caller]
    fn chosen(&mut self, label: &str) -> Anywhere {
        self.harness.get_by_label(label).click();
        self.harness.run();
        self.change().unwrap()
    }

    /// Writes into a field and leaves it.
    fn write(&mut self, field: &str, text: &str) {
        self.harness.get_by_label(field).focus();
        self.harness.run();
        self.harness.get_by_label(field).type_text(text);
        self.harness.run();
    }

    fn leave(&mut self) {
        self.harness.ctx.memory_mut(|memory| memory.stop_text_input());
        self.harness.run();
    }

    fn pick(&mut self, list: &str, row: &str) {
        self.harness.get_by_label(list).click();
        self.harness.run();
        self.harness.get_all_by_label(row).last().unwrap().click();
        self.harness.run();
    }

    fn press_with(&mut self, key: Key, modifiers: Modifiers) {
        for pressed in [true, false] {
            let event = Event::Key { key, physical_key: None, pressed, repeat: false, modifiers };
            self.harness.event(event);
        }
        self.harness.run();
    }
}

#[test]
fn the_page_opens_in_place_of_the_text_and_goes_again() {
    let mut window = Window::new(with_text(&[" Good morning."]));
    window.says("Good morning.");
    window.click("Dictate anywhere");
    window.does_not_say("Good morning.");
    window.says("Insertion and clipboard");
    window.says("Record");
    window.click("Back to the text");
    window.says("Good morning.");
    assert_eq!(window.sent(), []);
}

#[test]
fn a_choice_is_sent_at_once_and_whole() {
    let mut before = Anywhere::default();
    before.rules.fillers.on = true;
    let mut window = page_of(before.clone());
    before.delivery.insert = true;
    assert_eq!(window.chosen("Insert the text into the app that has the focus"), before);
    before.delivery.enter_after = true;
    assert_eq!(window.chosen("Enter after each text"), before);
    before.indicator.overlay = false;
    assert_eq!(window.chosen("A small sign over the app, which never takes the focus"), before);
    before.rules.commands = true;
    assert_eq!(window.chosen("Obey “new line”, “comma” and the like"), before);
    window.pick("What becomes of the clipboard", "Never touched");
    before.delivery.clipboard = ClipboardMode::Never;
    assert_eq!(window.change(), Some(before));
}

#[test]
fn what_needs_another_choice_waits_for_it() {
    let mut window = page();
    assert!(!window.is_enabled("A space after each text"));
    assert!(window.is_enabled("Closing the window leaves Hark running there"));
    window.chosen("An icon in the desktop's panel");
    assert!(!window.is_enabled("Closing the window leaves Hark running there"));
}

#[test]
fn a_key_is_pressed_to_be_bound_and_does_nothing_else() {
    let mut window = page();
    window.harness.get_by_label("Add a key").click();
    window.harness.run();
    let sent = window.sent();
    let [Command::ChangeAnywhere(none), Command::AwaitKey(true)] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(none.keys.len(), 1);
    window.press_with(Key::Space, Modifiers::CTRL | Modifiers::ALT);
    assert_eq!(window.bound(), Some("Ctrl+Alt+Space".into()));

    assert_eq!(window.click("Press key 1"), [Command::AwaitKey(true)]);
    window.press_with(Key::Space, Modifiers::NONE);
    assert_eq!(window.bound(), Some("Space".into()), "and no recording begins");
    window.click("Press key 1");
    window.press_with(Key::Escape, Modifiers::NONE);
    assert_eq!(window.bound(), None, "Esc leaves the key as it is");
    assert_eq!(window.press(Key::Space).len(), 1, "Space is Space again");
}

#[test]
fn the_keys_of_the_desktop_rest_only_while_the_page_waits_for_one() {
    let binding = Binding { key: "F9".into(), action: Action::Toggle, manner: Manner::default() };
    let anywhere = Anywhere { keys: vec![binding], ..Anywhere::default() };
    let mut window = page_of(anywhere);
    assert_eq!(window.click("Press key 1"), [Command::AwaitKey(true)]);
    window.harness.run();
    assert_eq!(window.sent(), [], "once is enough");
    window.harness.input_mut().focused = false;
    window.harness.run();
    assert_eq!(window.sent(), [Command::AwaitKey(false)], "another window has the focus");
    window.harness.input_mut().focused = true;
    window.harness.run();
    assert_eq!(window.sent(), []);
    window.click("Press key 1");
    assert_eq!(window.click("Back to the text"), [Command::AwaitKey(false)]);
    window.click("Dictate anywhere");
    window.click("Press key 1");
    eframe::App::on_exit(window.harness.state_mut(), None);
    assert_eq!(window.sent(), [Command::AwaitKey(false), Command::Quit]);
}

#[test]
fn keys_have_an_action_a_language_and_an_enter() {
    let binding = Binding { key: "F9".into(), action: Action::Toggle, manner: Manner::default() };
    let mut window = page_of(Anywhere { keys: vec![binding], ..Anywhere::default() });
    window.write("Language 1", "de");
    assert_eq!(window.change(), None, "somebody is still writing");
    window.leave();
    assert_eq!(window.change().unwrap().keys[0].manner.language.as_deref(), Some("de"));
    assert!(window.chosen("then Enter").keys[0].manner.enter);
    assert!(window.chosen("to English").keys[0].manner.translate);
    window.pick("Action 1", "Cancel");
    assert_eq!(window.change().unwrap().keys[0].action, Action::Cancel);
    window.does_not_say("then Enter");
    assert_eq!(window.chosen("Remove key 1").keys, []);
}

#[test]
fn what_became_of_the_keys_stands_below_them() {
    let binding = |key: &str, action| Binding { key: key.into(), action, manner: Manner::default() };
    let keys = vec![binding("F9", Action::HoldToTalk), binding("F10", Action::NextLanguage)];
    let anywhere = Anywhere { keys, ..Anywhere::default() };
    let mut window = page_of(anywhere.clone());
    let problems = vec!["Another app holds F9.".to_owned()];
    let problems_text = problems.join(" ");
    let report = Report { way: bindings::Way::X11 { keys: 1 }, problems };
    let text = problems_text;
    let banner = Banner { id: 7, tone: Tone::Problem, text, action: None };
    let (banners, keys_banner) = (vec![banner], Some(7));
    let anywhere = Arc::new(anywhere);
    window.show(Snapshot { anywhere, keys: report, banners, keys_banner, ..ready() });
    assert_eq!(window.harness.query_all_by_label("Another app holds F9.").count(), 1);
    window.says("One key grabbed on X11.");
    window.write("Languages", "de, en,");
    window.leave();
    assert_eq!(window.change().unwrap().languages, ["de", "en"]);
    window.pick("Lines for the desktop", "sway");
    assert_eq!(window.change(), None);
    assert_eq!(window.harness.query_all_by_label_contains("bindsym").count(), 3);
}

#[test]
fn apps_get_ways_of_their_own() {
    let mut anywhere = Anywhere::default();
    anywhere.delivery.insert = true;
    let mut window = page_of(anywhere);
    assert_eq!(window.click("Add an app"), []);
    window.write("App 1", "gvim");
    window.leave();
    assert_eq!(window.change().unwrap().delivery.apps, [("gvim".to_owned(), Way::CtrlV)].into());
    window.pick("Way of app 1", "type");
    assert_eq!(window.change().unwrap().delivery.apps["gvim"], Way::Type);
    assert!(window.chosen("Remove app 1").delivery.apps.is_empty());
}

#[test]
fn replacements_are_written_in_rows() {
    let mut window = page();
    assert_eq!(window.chosen("Add a replacement").rules.replacements, [], "an empty row is nothing to keep");
    window.write("Heard 1", "get hub\ngit hub\n");
    window.write("Written 1", "GitHub");
    window.leave();
    let heard = vec!["get hub".to_owned(), "git hub".into()];
    let expected = Replacement { heard, written: "GitHub".into(), matching: Matching::AnyCase };
    assert_eq!(window.change().unwrap().rules.replacements, [expected]);
    window.pick("Kind 1", "pattern");
    assert_eq!(window.change().unwrap().rules.replacements[0].matching, Matching::Pattern);
    assert_eq!(window.chosen("Remove replacement 1").rules.replacements, []);
}

#[test]
fn what_is_not_finished_stays_when_something_else_is_chosen() {
    let mut window = page();
    window.chosen("Insert the text into the app that has the focus");
    window.chosen("Add a replacement");
    assert_eq!(window.click("Add an app"), []);
    let chosen = window.chosen("Leave out “um” and the like");
    window.show(Snapshot { anywhere: Arc::new(chosen), ..ready() });
    window.says("Heard 1");
    assert_eq!(window.sent(), []);
    window.write("Heard 1", "get hub\n");
    window.leave();
    let half = window.change().unwrap();
    window.show(Snapshot { anywhere: Arc::new(half), ..ready() });
    assert_eq!(window.harness.get_by_label("Heard 1").value().as_deref(), Some("get hub\n"));
    window.click("Back to the text");
    window.click("Dictate anywhere");
    assert_eq!(window.harness.get_by_label("Heard 1").value().as_deref(), Some("get hub\n"));
    window.says("App 1");
    assert_eq!(window.chosen("Remove replacement 1").rules.replacements, []);
    window.does_not_say("Heard 1");
}

#[test]
fn a_pattern_that_is_none_says_so_in_its_row() {
    let heard = vec!["(".to_owned()];
    let broken = Replacement { heard, matching: Matching::Pattern, ..Replacement::default() };
    let rules = Rules { replacements: vec![broken], ..Rules::default() };
    let window = page_of(Anywhere { rules, ..Anywhere::default() });
    window.says("The pattern \"(\" is left out: unclosed group.");
}

#[test]
fn fillers_belong_to_a_language_and_can_be_had_back() {
    let mut window = page();
    window.pick("Language of the fillers", "German");
    window.write("Fillers", ", sozusagen");
    window.leave();
    let words = window.change().unwrap().rules.fillers.words;
    assert_eq!(words.keys().collect::<Vec<_>>(), ["de"]);
    assert!(
        words["de"].iter().any(|word| word == "äh") && words["de"].iter().any(|word| word == "sozusagen")
    );
    assert!(window.chosen("Built-in fillers").rules.fillers.words.is_empty());
}

#[test]
fn the_filter_is_a_line_with_quotes() {
    let mut window = page();
    window.write("Filter program", "sed 's/a b");
    window.says("A quote is not closed; until it is, the line is as it was.");
    window.write("Filter program", "/c/'");
    window.leave();
    assert_eq!(window.change().unwrap().rules.filter.command, ["sed", "s/a b/c/"]);
}

#[test]
fn each_step_of_a_text_is_shown() {
    let mut rules = Rules { commands: true, ..Rules::default() };
    rules.fillers.on = true;
    let mut window = page_of(Anywhere { rules, ..Anywhere::default() });
    window.write("Text to try", "one comma, um, two");
    window.says("After spoken commands");
    window.says("one, um, two");
    window.says("After fillers");
    window.says("one two");
    assert_eq!(window.change(), None, "trying changes nothing");
    window.write("Text to try", " three Komma");
    window.says("one two three Komma");
    window.write("Language to try", "German");
    window.says("one comma, um, two three,");
    window.write("Language to try", "x");
    assert_eq!(window.harness.query_all_by_label_contains("There is no language").count(), 1);
}

#[test]
fn the_last_dictation_can_be_tried() {
    let mut window = page();
    assert!(!window.is_enabled("Take the last dictation"));
    let dictated = TranscriptView { segments: segments([" By the rules."]), ..TranscriptView::default() };
    window.show(Snapshot { dictated, heard: "Good morning.".into(), ..ready() });
    window.click("Take the last dictation");
    assert_eq!(window.harness.get_by_label("Text to try").value().as_deref(), Some("Good morning."));
    window.says("The rules change nothing in this text.");
}

#[test]
#[cfg(unix)]
fn the_filter_runs_only_when_it_is_asked_to() {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("ran");
    let script = format!("touch '{}'; tr a-z A-Z", mark.display());
    let command = ["sh", "-c", &script].map(str::to_owned).into();
    let rules = Rules { filter: Filter { on: true, command }, ..Rules::default() };
    let mut window = page_of(Anywhere { rules, ..Anywhere::default() });
    window.write("Text to try", "quiet");
    window.leave();
    assert!(!mark.exists());
    window.harness.get_by_label("Run the filter once").click();
    for _ in 0..2000 {
        window.harness.step();
        if window.harness.query_by_label("QUIET").is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    window.says("QUIET");
    assert!(mark.exists());
    window.write("Text to try", "er");
    window.does_not_say("QUIET");
}

#[test]
fn what_is_chosen_elsewhere_shows_here() {
    let mut window = page();
    let mut anywhere = Anywhere::default();
    anywhere.rules.filter.command = vec!["tr".into(), "a b".into()];
    window.show(Snapshot { anywhere: Arc::new(anywhere), ..ready() });
    let line = window.harness.get_by_label("Filter program").value();
    assert_eq!(line.as_deref(), Some("tr 'a b'"));
}

#[test]
fn a_snapshot_from_before_the_change_takes_nothing_back() {
    let mut window = page();
    let first = window.chosen("Leave out “um” and the like");
    let second = window.chosen("Obey “new line”, “comma” and the like");
    window.show(Snapshot { anywhere: Arc::new(first), ..ready() });
    window.show(Snapshot { anywhere: Arc::new(second.clone()), ..ready() });
    let mut third = second;
    third.indicator.lower_other_audio = true;
    assert_eq!(window.chosen("Lower what else is playing while you dictate"), third);
}

#[test]
fn what_is_half_written_is_kept_when_the_window_closes() {
    let binding = Binding { key: String::new(), action: Action::Toggle, manner: Manner::default() };
    let mut window = page_of(Anywhere { keys: vec![binding], ..Anywhere::default() });
    window.write("Key 1", "F12");
    assert_eq!(window.sent(), []);
    eframe::App::on_exit(window.harness.state_mut(), None);
    let sent = window.sent();
    let [Command::ChangeAnywhere(whole), Command::Quit] = &sent[..] else { panic!("{sent:?}") };
    assert_eq!(whole.keys[0].key, "F12");
}
