//! Each page with eyes closed and without a mouse: every control has a name, and the keyboard comes to it.

use super::*;
use crate::autostart::Autostart;
use crate::settings::{DictationChoices, ServiceChoices};
use egui::accesskit::{NodeId, Role};
use std::collections::{BTreeMap, BTreeSet};

/// Roles of what somebody can do something with.
const CONTROLS: [Role; 11] = [
    Role::Button,
    Role::CheckBox,
    Role::ComboBox,
    Role::Link,
    Role::ListBoxOption,
    Role::MenuItem,
    Role::MultilineTextInput,
    Role::RadioButton,
    Role::Slider,
    Role::SpinButton,
    Role::TextInput,
];

/// Other programs are to get texts, and this is how it stands.
pub fn service(state: ServiceState) -> Option<ServiceView> {
    Some(ServiceView { choices: ServiceChoices { on: true, ..ServiceChoices::default() }, state })
}

/// A window with something of everything.
pub fn full() -> Snapshot {
    let done = FileState::Done { speed: None, edited: false };
    let choices = DictationChoices { candidates: vec!["de".into()], ..DictationChoices::default() };
    let banner = Banner { id: 1, tone: Tone::Info, text: "Saved.".into(), action: Some("Undo".into()) };
    Snapshot {
        files: [file(1, "a.wav", FileState::Waiting), file(2, "b.wav", done)].into_iter().collect(),
        autostart: Some(Autostart::Off),
        choices: choices.into(),
        service: service(ServiceState::On { address: ([127, 0, 0, 1], 4275).into() }),
        banners: vec![banner],
        history: super::history::some(),
        library: super::library::some().library,
        ..with_text(&["One.", "Two."])
    }
}

/// Every control that is there, by its id, with its name and whether it can be used.
pub fn controls(window: &Window) -> BTreeMap<NodeId, (Role, String, bool)> {
    let root = window.harness.root();
    let nodes = root.children_recursive();
    let nodes = nodes.filter_map(|node| {
        let node = node.accesskit_node();
        let name = node.label().unwrap_or_default();
        CONTROLS.contains(&node.role()).then(|| (node.locate().0, (node.role(), name, !node.is_disabled())))
    });
    nodes.collect()
}

fn focused(window: &Window) -> Option<NodeId> {
    let root = window.harness.root();
    root.children_recursive().map(|node| node.accesskit_node()).find(|n| n.is_focused()).map(|n| n.locate().0)
}

const PAGES: [Option<&str>; 7] = [
    None,
    Some("Settings"),
    Some("Dictate anywhere"),
    Some("Models"),
    Some("Doctor"),
    Some("History"),
    Some("Benchmark"),
];

fn on(page: Option<&str>) -> Window {
    if page == Some("Doctor") {
        return super::doctor::page(full());
    }
    if page == Some("Benchmark") {
        return super::benchmark::with_figures(full());
    }
    let mut window = Window::new(full());
    page.into_iter().for_each(|page| drop(window.click(page)));
    window
}

#[test]
fn no_control_is_without_a_name() {
    for page in PAGES {
        let controls = controls(&on(page));
        assert!(controls.len() >= 8, "{page:?}: {controls:?}");
        let nameless: Vec<_> = controls.values().filter(|(_, name, _)| name.trim().is_empty()).collect();
        assert!(nameless.is_empty(), "{page:?}: {nameless:?}");
    }
}

#[test]
fn the_keyboard_comes_to_every_control() {
    for page in PAGES {
        let mut window = on(page);
        let wanted: BTreeMap<_, _> =
            controls(&window).into_iter().filter(|(_, (_, _, enabled))| *enabled).collect();
        let mut reached = BTreeSet::new();
        // Words that explain themselves take the focus, too.
        for _ in 0..3 * wanted.len() + 20 {
            window.press(egui::Key::Tab);
            reached.extend(focused(&window));
        }
        let missed: Vec<_> = wanted.iter().filter(|(id, _)| !reached.contains(id)).collect();
        assert!(missed.is_empty(), "{page:?}: {missed:?}");
    }
}
