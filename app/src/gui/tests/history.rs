use super::*;
use crate::export::Format;
use crate::history::{Entry, EntryId, Keep, Keeping, samples};
use eframe::egui::accesskit::Role;
use std::collections::BTreeSet;

fn with_history(entries: Vec<Entry>) -> Snapshot {
    let entries = Arc::new(entries.into_iter().map(Arc::new).collect());
    Snapshot { history: HistoryView { entries, ..HistoryView::default() }, ..ready() }
}

fn two() -> Snapshot {
    let mut second = samples::entry(2, "The second one.");
    second.versions[0].text = Some("The 2nd one.".into());
    second.versions.insert(0, samples::version("An older text."));
    with_history(vec![samples::entry(1, "The first one."), second])
}

/// Earlier dictations.
pub fn some() -> HistoryView {
    two().history
}

/// A window with the page open.
fn open(snapshot: Snapshot) -> Window {
    let mut window = Window::new(snapshot);
    assert_eq!(window.click("History"), [Command::History(HistoryWish::Look)]);
    window
}

fn wish(wish: HistoryWish) -> Vec<Command> {
    vec![Command::History(wish)]
}

/// The row whose name begins so.
fn pick(window: &mut Window, text: &str) -> Vec<Command> {
    window
        .harness
        .get_by(|node| node.role() == Role::Button && node.label().is_some_and(|l| l.starts_with(text)))
        .click();
    window.harness.run();
    window.sent()
}

#[test]
fn the_history_is_one_click_away_and_one_page_among_others() {
    let mut window = open(two());
    window.says("2 dictations");
    window.says("The 2nd one.");
    window.click("Doctor");
    window.does_not_say("2 dictations");
    window.click("History");
    window.says("2 dictations");
    window.click("Back to the text");
    window.does_not_say("2 dictations");
    window.does_not_say("Back to the text");
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::H);
    window.harness.run();
    window.says("2 dictations");
}

#[test]
fn every_action_of_an_entry_is_named_and_sent() {
    let mut window = open(two());
    let id = EntryId(2);
    assert_eq!(window.click("Play the recording"), wish(HistoryWish::Play(id)));
    assert_eq!(window.click("Copy this text"), wish(HistoryWish::Copy("The 2nd one.".into())));
    window.click("As heard");
    window.says("The second one.");
    assert_eq!(window.click("Copy this text"), wish(HistoryWish::Copy("The second one.".into())));
    assert_eq!(window.click("Star"), wish(HistoryWish::Star(id, true)));
    window.click("Transcribe again");
    assert_eq!(window.click("tiny (75 MB)"), wish(HistoryWish::Retry { id, model: Some("tiny".into()) }));
    window.click("Transcribe again");
    assert_eq!(window.click("With the model in use"), wish(HistoryWish::Retry { id, model: None }));
    assert_eq!(window.click("Delete"), wish(HistoryWish::Delete(vec![id])));
}

#[test]
fn older_texts_stay_in_reach() {
    let mut window = open(two());
    window.click("Version");
    let older = window.harness.get_all_by(|n| n.label().is_some_and(|l| l.starts_with("base.en · 20")));
    older.last().unwrap().click();
    window.harness.run();
    window.says("An older text.");
    pick(&mut window, "The first one.");
    window.does_not_say("Version");
}

#[test]
fn what_is_played_can_be_stopped_and_what_is_retried_cancelled() {
    let mut snapshot = two();
    snapshot.history.playing =
        Some(Playing { of: Played::Entry(EntryId(2)), position: std::time::Duration::from_secs(1) });
    snapshot.history.retries =
        vec![RetryView { id: EntryId(2), model: Some("tiny".into()), progress: Some(0.5) }];
    let mut window = open(snapshot);
    window.says("Playing");
    window.says("Transcribing again with tiny");
    assert_eq!(window.click("Stop playing"), wish(HistoryWish::StopPlaying));
    assert_eq!(window.click("Cancel transcribing again"), wish(HistoryWish::CancelRetry(EntryId(2))));
}

#[test]
fn search_finds_words_in_any_case_and_space_does_not_record() {
    let mut window = open(two());
    let field = window.harness.get_by_label("Search in the history");
    field.focus();
    field.type_text("FIRST one");
    window.harness.key_press(egui::Key::Space);
    window.harness.run();
    assert_eq!(window.sent(), [] as [Command; 0]);
    window.says("1 of 2");
    window.says("The first one.");
    window.does_not_say("The 2nd one.");
    window.harness.get_by_label("Search in the history").type_text(" nobody");
    window.harness.run();
    window.says("Nothing has these words.");
}

#[test]
fn several_are_marked_and_go_together() {
    let mut window = Window::with(two(), 64, Answer(Some(vec!["/out/all".into()])));
    window.click("History");
    for text in ["Mark The first", "Mark The 2nd"] {
        window
            .harness
            .get_by(|n| n.role() == Role::CheckBox && n.label().is_some_and(|l| l.starts_with(text)))
            .click();
        window.harness.run();
    }
    window.says("2 marked");
    window.click("Export what is marked");
    let exported = click_and_answer(&mut window, "Markdown (.md)");
    let ids = Some(vec![EntryId(1), EntryId(2)]);
    let path = "/out/all.md".into();
    assert_eq!(exported, wish(HistoryWish::Export { ids, format: Format::Md, path }));
    assert_eq!(
        window.click("Delete what is marked"),
        wish(HistoryWish::Delete(vec![EntryId(1), EntryId(2)]))
    );
    window.does_not_say("2 marked");
}

/// The dialog answers on a thread of its own: at once, or after the click has been drawn.
fn click_and_answer(window: &mut Window, label: &str) -> Vec<Command> {
    let mut sent = window.click(label);
    let began = std::time::Instant::now();
    while sent.is_empty() {
        assert!(began.elapsed() < std::time::Duration::from_secs(20), "no answer");
        std::thread::sleep(std::time::Duration::from_millis(5));
        window.harness.step();
        sent = window.sent();
    }
    sent
}

#[test]
fn what_is_kept_is_chosen_there() {
    let mut window = open(two());
    window.click("What is kept");
    let usual = Keeping::default();
    assert_eq!(
        window.click("Keep recordings for: For ever"),
        wish(HistoryWish::Keep(Keeping { days: None, ..usual }))
    );
    assert_eq!(
        window.click("Keep at most so many: 50"),
        wish(HistoryWish::Keep(Keeping { recordings: Some(50), ..usual }))
    );
    assert_eq!(window.click("Texts only"), wish(HistoryWish::Keep(Keeping { keep: Keep::Texts, ..usual })));
}

#[test]
fn in_a_narrow_window_every_action_is_in_sight() {
    let mut window = open(two());
    window.harness.set_size(egui::vec2(640.0, 420.0));
    window.harness.run();
    for action in
        ["Play the recording", "Copy this text", "Transcribe again", "Save this text", "What is kept"]
    {
        let right = window.harness.get_by_label(action).rect().right();
        assert!(right < 640.0 - 16.0, "{action} ends at {right}");
    }
}

#[test]
fn an_empty_history_says_what_it_is_for() {
    let mut window = open(ready());
    window.says("No dictations here");
    assert!(!window.is_enabled("Export all"));
    let mut snapshot = ready();
    snapshot.history.keeping.keep = Keep::Nothing;
    window.show(snapshot);
    window.says("Nothing is kept of what you dictate, as you have chosen.");
}

#[test]
fn of_ten_thousand_only_those_in_sight_are_laid_out() {
    let text = "A sentence of the length that people dictate, again and again.";
    let entries = (1..=10_000).map(|number| samples::entry(number, text)).collect();
    let window = open(with_history(entries));
    window.says("10000 dictations");
    let rows = window.harness.query_all_by(|n| n.role() == Role::CheckBox).count();
    assert!((3..30).contains(&rows), "{rows}");
}

#[test]
fn the_page_is_reached_with_the_tab_key() {
    let mut window = open(two());
    let mut reached = BTreeSet::new();
    let names =
        ["Search in the history", "What is kept", "Play the recording", "Copy this text", "Star", "Delete"];
    for _ in 0..30 {
        window.press(egui::Key::Tab);
        reached.extend(names.into_iter().filter(|name| window.harness.get_by_label(name).is_focused()));
    }
    assert_eq!(reached, BTreeSet::from(names));
}

#[test]
fn no_control_of_the_page_is_nameless() {
    let mut snapshot = two();
    snapshot.history.playing = Some(Playing { of: Played::Entry(EntryId(2)), position: Default::default() });
    snapshot.history.retries = vec![RetryView { id: EntryId(2), model: None, progress: None }];
    let mut window = open(snapshot);
    window.click("What is kept");
    let controls = [Role::Button, Role::CheckBox, Role::RadioButton, Role::ComboBox, Role::TextInput];
    let nameless = window.harness.query_all_by(|n| {
        controls.contains(&n.role()) && n.label().is_none_or(|label| label.trim().is_empty())
    });
    let nameless: Vec<_> = nameless.map(|n| format!("{:?}", n.accesskit_node().role())).collect();
    assert_eq!(nameless, [""; 0]);
}
