//! Keys that work wherever the focus is.

use super::fields::{choice, heading, line, note, one_of, problem};
use crate::gui::controls::{Button, Weight};
use crate::gui::icons::Icon;
use crate::keys::{Action, Binding};
use crate::session::{Manner, Snapshot};
use eframe::egui::{Event, Key, Modifiers, Ui};

const ACTIONS: [(Action, &str); 5] = [
    (Action::Toggle, "Start and stop"),
    (Action::HoldToTalk, "Hold to talk"),
    (Action::Cancel, "Cancel"),
    (Action::PasteLast, "Paste the last text"),
    (Action::NextLanguage, "Next language"),
];

/// What the group remembers between frames.
#[derive(Default)]
pub struct Group {
    /// The binding that takes the next key.
    listening: Option<usize>,
}

/// What there is to say of how the bindings work, one sentence each.
fn problems(_snapshot: &Snapshot) -> &[String] {
    &[]
}

impl Group {
    /// Whether the next key is taken for a binding.
    pub fn is_listening(&self) -> bool {
        self.listening.is_some()
    }

    /// Takes no key.
    pub fn stop_listening(&mut self) {
        self.listening = None;
    }

    /// Draws the group; returns whether something has changed.
    pub fn show(&mut self, ui: &mut Ui, bindings: &mut Vec<Binding>, snapshot: &Snapshot) -> bool {
        heading(
            ui,
            "Keys",
            "Keys that start and stop dictation while another app has the focus. Write one, such as F9, \
             Ctrl+Alt+Space, Pause or Right Ctrl, or press it.",
        );
        let mut changed = self.listen(ui, bindings);
        let mut removed = None;
        for (place, binding) in bindings.iter_mut().enumerate() {
            ui.push_id(place, |ui| {
                ui.horizontal_wrapped(|ui| {
                    changed |= self.key(ui, binding, place);
                    changed |= one_of(ui, &mut binding.action, &ACTIONS, &numbered("Action", place), 150.0);
                    if matches!(binding.action, Action::Toggle | Action::HoldToTalk) {
                        changed |= manner(ui, &mut binding.manner, place);
                    }
                    let name = numbered("Remove key", place);
                    if ui.add(Button::icon_only(Icon::Cross, &name)).on_hover_text("Remove").clicked() {
                        removed = Some(place);
                    }
                });
            });
        }
        if let Some(place) = removed {
            bindings.remove(place);
            self.listening = None;
            changed = true;
        }
        if ui.add(Button::new("Add a key").icon(Icon::Plus).weight(Weight::Quiet)).clicked() {
            let (key, manner) = (String::new(), Manner::default());
            bindings.push(Binding { key, action: Action::Toggle, manner });
            self.listening = Some(bindings.len() - 1);
            changed = true;
        }
        for text in problems(snapshot) {
            problem(ui, text);
        }
        note(
            ui,
            "Where the desktop gives no keys to apps, let its own settings run hark toggle: hark doctor shows the \
             line to put there.",
        );
        changed
    }

    fn key(&mut self, ui: &mut Ui, binding: &mut Binding, place: usize) -> bool {
        let listens = self.listening == Some(place);
        let changed = line(ui, &mut binding.key, &numbered("Key", place), "Key", 140.0);
        let words = if listens { "Press it now…" } else { "Press…" };
        let weight = if listens { Weight::Accent } else { Weight::Plain };
        let button = Button::new(words).weight(weight);
        let name = numbered("Press key", place);
        if ui.add(button.name(&name)).clicked() {
            self.listening = if listens { None } else { Some(place) };
            ui.memory_mut(|memory| memory.stop_text_input());
        }
        changed
    }

    /// Takes the key that was pressed; Esc without modifiers ends the listening.
    fn listen(&mut self, ui: &Ui, bindings: &mut [Binding]) -> bool {
        let Some(binding) = self.listening.and_then(|place| bindings.get_mut(place)) else { return false };
        let pressed = ui.input_mut(|input| {
            let is_press = |event: &Event| matches!(event, Event::Key { pressed: true, repeat: false, .. });
            let place = input.events.iter().position(is_press)?;
            match input.events.remove(place) {
                Event::Key { key, modifiers, .. } => Some((key, modifiers)),
                _ => None,
            }
        });
        let Some((key, modifiers)) = pressed else { return false };
        self.listening = None;
        if key == Key::Escape && modifiers.is_none() {
            return false;
        }
        binding.key = words(key, modifiers);
        true
    }
}

/// What differs in the dictations of one key.
fn manner(ui: &mut Ui, manner: &mut Manner, place: usize) -> bool {
    let mut language = manner.language.clone().unwrap_or_default();
    let mut changed = line(ui, &mut language, &numbered("Language", place), "language", 84.0);
    if changed {
        manner.language = (!language.is_empty()).then_some(language);
    }
    changed |= choice(ui, &mut manner.translate, "to English");
    changed |= choice(ui, &mut manner.enter, "then Enter");
    changed
}

fn numbered(what: &str, place: usize) -> String {
    format!("{what} {}", place + 1)
}

/// A key as people write it.
fn words(key: Key, modifiers: Modifiers) -> String {
    let held = [(modifiers.ctrl, "Ctrl+"), (modifiers.alt, "Alt+"), (modifiers.shift, "Shift+")];
    let held: String = held.into_iter().filter(|(held, _)| *held).map(|(_, name)| name).collect();
    held + key.name()
}
