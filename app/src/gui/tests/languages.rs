//! The window in each of its languages.

use super::names::{controls, full};
use super::*;
use crate::bindings::{Action, Binding};
use crate::rules::Replacement;
use crate::settings::{Anywhere, WindowChoices};
use crate::texts::{self, Choice, Language};
use hark_engine::metrics::Figures;
use std::collections::BTreeSet;
use std::time::Duration;

type Name = fn() -> &'static str;

/// The pages that a button leads to.
const PAGES: [Option<Name>; 6] = [
    None,
    Some(texts::page_settings),
    Some(texts::page_anywhere),
    Some(texts::page_models),
    Some(texts::page_doctor),
    Some(texts::page_history),
];

/// What is not the window's to translate: names, files, what was said, and what other parts found.
const DATA: &[&str] = &[
    "CPU",
    "NPU",
    "small.en (466 MB)",
    "Desk microphone",
    "a.wav",
    "b.wav",
    "One.",
    "Two.",
    "Saved.",
    "Undo",
    "base",
    "tiny",
    "F9",
    "no device node",
    "Ada's headset 1",
    "Restart the computer",
    "The 2nd one.",
    "The first one.",
    "base.en · int8 · CPU",
    "English",
    "Deutsch",
    "Français",
    "Base",
    "Tiny",
    "Doctor",
    // The same words in French.
    "Action 1",
    "Action 2",
    "Action 3",
    "Action 4",
    "Action 5",
    "Microphone",
    "Version",
    // A name that the window library gives.
    "Resize panel",
    "Engine: CPU",
    "0:03",
    "Harc",
    "Hark",
    "sed",
    "http://127.0.0.1:4275/v1",
    "Port",
];

fn in_language(language: Language, snapshot: Snapshot) -> Snapshot {
    let window = WindowChoices { language: Choice::Only(language), ..snapshot.window };
    Snapshot { window, ..snapshot }
}

/// Something of everything, with choices of all kinds.
fn rich() -> Snapshot {
    let key = |action| Binding { key: "F9".into(), action, manner: Manner::default() };
    let mut anywhere = Anywhere { keys: Action::ALL.map(key).into(), ..Anywhere::default() };
    anywhere.delivery.insert = true;
    anywhere.delivery.apps.insert("xterm".into(), crate::delivery::Way::CtrlV);
    anywhere.rules.replacements.push(Replacement { heard: vec!["Harc".into()], ..Replacement::default() });
    let mut figures = Figures::default();
    [0.011, 0.012].into_iter().for_each(|time| figures.encode.note(time));
    (figures.windows, figures.admitted, figures.finished, figures.failed) = (2, 4, 1, 1);
    Snapshot { anywhere: anywhere.into(), figures: Some(figures.into()), ..full() }
}

fn on(page: Option<Name>, snapshot: Snapshot) -> Window {
    if page.is_some_and(|name| name() == texts::page_doctor()) {
        return super::doctor::page(snapshot);
    }
    let mut window = Window::new(snapshot);
    // Whatever would have to be scrolled to is in sight.
    window.harness.set_size(egui::vec2(900.0, 3000.0));
    window.harness.run();
    page.into_iter().for_each(|name| drop(window.click(name())));
    window
}

/// Everything that is written, and every name.
fn said(window: &Window) -> BTreeSet<String> {
    let root = window.harness.root();
    root.children_recursive().filter_map(|node| node.accesskit_node().label()).collect()
}

/// States of the window that say something of their own.
fn states() -> Vec<Snapshot> {
    let file_in = |state| Snapshot {
        files: [file(1, "a.wav", state)].into_iter().collect(),
        shown: Shown::File(1),
        ..ready()
    };
    let recording = DictationView::Recording { elapsed: Duration::from_secs(3), level: 0.5 };
    vec![
        ready(),
        Snapshot { demo_only: true, ..Snapshot::default() },
        dictating(DictationView::Arming),
        dictating(recording),
        dictating(DictationView::Finishing { recorded: Duration::from_secs(3) }),
        dictating(DictationView::Delivering),
        file_in(FileState::Waiting),
        file_in(FileState::Cancelled),
        file_in(FileState::Interrupted),
        file_in(FileState::Failed { message: "CPU".into() }),
        file_in(FileState::Running { progress: 0.5, left: Some(Duration::from_secs(8)), speed: None }),
        Snapshot { shown: Shown::Demo, ..with_text(&["One."]) },
    ]
}

/// What the settings say of other programs.
fn services() -> Vec<Snapshot> {
    let failed = |why| super::names::service(ServiceState::Failed(why));
    let on = Snapshot { service: super::names::full().service, ..ready() };
    vec![
        Snapshot { service: failed(NotOffered::PortTaken), ..ready() },
        Snapshot { service: failed(NotOffered::Refused("CPU".into())), ..ready() },
        Snapshot { service: super::names::service(ServiceState::Opening), ..ready() },
        Snapshot { demo_only: true, ..on.clone() },
        Snapshot { engine: EngineView::Loading { model: "tiny".into() }, ..on.clone() },
        Snapshot { engine: EngineView::Resting { model: "tiny".into() }, ..on.clone() },
        Snapshot { engine: EngineView::Unloaded, ..on },
    ]
}

#[test]
fn nothing_is_drawn_in_english_elsewhere() {
    let pages = PAGES.map(|page| (page, rich())).into_iter();
    let mut left = BTreeSet::new();
    let settings: Option<Name> = Some(texts::page_settings);
    let services = services().into_iter().map(|state| (settings, state));
    let all: Vec<_> = pages.chain(states().into_iter().map(|state| (None, state))).chain(services).collect();
    for (page, snapshot) in all {
        texts::choose(Choice::Only(Language::English));
        let english = said(&on(page, in_language(Language::English, snapshot.clone())));
        for language in [Language::German, Language::French] {
            texts::choose(Choice::Only(language));
            let theirs = said(&on(page, in_language(language, snapshot.clone())));
            let has_words = |text: &str| text.split(|c: char| !c.is_alphabetic()).any(|word| word.len() > 3);
            let same = english.intersection(&theirs);
            let same = same.filter(|text| has_words(text) && !DATA.contains(&text.as_str()));
            left.extend(same.map(|text| (language.code(), text.clone())));
        }
    }
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn every_control_has_a_name_in_every_language() {
    for language in Language::ALL {
        texts::choose(Choice::Only(language));
        for page in PAGES {
            let controls = controls(&on(page, in_language(language, rich())));
            let nameless: Vec<_> = controls.values().filter(|(_, name, _)| name.trim().is_empty()).collect();
            assert!(controls.len() >= 8 && nameless.is_empty(), "{language:?}: {nameless:?}");
        }
    }
}

#[test]
fn the_language_changes_at_once() {
    let mut window = Window::new(ready());
    window.harness.set_size(egui::vec2(900.0, 1800.0));
    window.says("Record");
    window.click("Settings");
    window.harness.get_by_role_and_label(egui::accesskit::Role::ComboBox, "Language of the window").click();
    window.harness.run();
    window.sent();
    let german = WindowChoices { language: Choice::Only(Language::German), ..WindowChoices::default() };
    assert_eq!(window.click("Deutsch"), [Command::ChooseWindow(german)]);
    window.show(Snapshot { window: german, ..ready() });
    window.says("Aufnehmen");
    window.says("Wie Hark aussieht. Nichts darin bewegt sich von selbst.");
    window.does_not_say("How Hark looks. Nothing in it moves on its own.");
    window.show(ready());
    window.says("How Hark looks. Nothing in it moves on its own.");
}
