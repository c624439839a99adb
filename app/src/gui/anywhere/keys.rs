//! Keys that work wherever the focus is.

use super::desktop_lines::DesktopLines;
use crate::bindings::{Action, Binding, Way};
use crate::gui::controls::{Button, Weight};
use crate::gui::fields::{heading, keep_whole, line, note, one_of, problem};
use crate::gui::icons::Icon;
use crate::session::{Manner, Snapshot};
use crate::settings::Anywhere;
use crate::text::sentence;
use crate::texts;
use eframe::egui::{DragValue, Event, Key, Modifiers, Ui};

/// The longest hold that can be chosen, in seconds.
const LONGEST_HOLD: u32 = 3600;

/// What the group remembers between frames.
#[derive(Default)]
pub struct Group {
    /// The binding that takes the next key.
    listening: Option<usize>,
    lines: DesktopLines,
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
    pub fn show(&mut self, ui: &mut Ui, anywhere: &mut Anywhere, snapshot: &Snapshot) -> bool {
        heading(ui, texts::keys(), texts::keys_about());
        let bindings = &mut anywhere.keys;
        let mut changed = self.listen(ui, bindings);
        let mut removed = None;
        for (place, binding) in bindings.iter_mut().enumerate() {
            ui.push_id(place, |ui| {
                ui.horizontal_wrapped(|ui| {
                    keep_whole(ui);
                    changed |= self.key(ui, binding, place);
                    changed |= one_of(
                        ui,
                        &mut binding.action,
                        &actions(),
                        &texts::keys_action_name(place + 1),
                        150.0,
                    );
                    if binding.action.begins() {
                        changed |= manner(ui, &mut binding.manner, place);
                    }
                    let name = texts::keys_remove(place + 1);
                    if ui.add(Button::icon_only(Icon::Cross, &name)).on_hover_text(texts::remove()).clicked()
                    {
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
        if ui.add(Button::new(texts::keys_add()).icon(Icon::Plus)).clicked() {
            let (key, manner) = (String::new(), Manner::default());
            bindings.push(Binding { key, action: Action::Toggle, manner });
            self.listening = Some(bindings.len() - 1);
            changed = true;
        }
        snapshot.keys.problems.iter().for_each(|text| problem(ui, text));
        match &snapshot.keys.way {
            Way::Unneeded => {}
            Way::Nowhere(why) => problem(ui, &sentence(why)),
            way => note(ui, &gives(way)),
        }
        if !bindings.is_empty() {
            self.lines.show(ui, bindings, &anywhere.holding);
        }
        changed | around(ui, anywhere)
    }

    fn key(&mut self, ui: &mut Ui, binding: &mut Binding, place: usize) -> bool {
        let listens = self.listening == Some(place);
        let changed = line(ui, &mut binding.key, &texts::keys_key_name(place + 1), texts::keys_key(), 140.0);
        // As wide as before, so that nothing moves.
        let words = if listens { texts::keys_press_now() } else { texts::keys_press() };
        let weight = if listens { Weight::Accent } else { Weight::Plain };
        let button = Button::new(words).weight(weight);
        let name = texts::keys_press_name(place + 1);
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
            // What is held comes first, and is told with what is pressed then.
            let is_press = |event: &Event| match event {
                Event::Key { key, pressed: true, repeat: false, .. } => !is_modifier(*key),
                _ => false,
            };
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

/// What concerns some keys only.
fn around(ui: &mut Ui, anywhere: &mut Anywhere) -> bool {
    let mut changed = false;
    let has = |action| anywhere.keys.iter().any(|binding| binding.action == action);
    let (holds, changes) = (has(Action::HoldToTalk), has(Action::NextLanguage));
    if holds {
        ui.horizontal(|ui| {
            ui.label(texts::keys_longest_hold());
            let seconds = DragValue::new(&mut anywhere.holding.longest_hold_s).range(1..=LONGEST_HOLD);
            let shown = ui.add(seconds.suffix(" s"));
            changed |= shown.changed();
            shown.accessible_name(texts::keys_longest_hold_name());
        });
    }
    if changes {
        ui.horizontal(|ui| {
            ui.label(texts::keys_next_language());
            let mut text = anywhere.languages.join(",");
            if line(ui, &mut text, texts::keys_languages(), texts::keys_languages_hint(), 240.0) {
                anywhere.languages = text.split(',').map(str::to_owned).collect();
                changed = true;
            }
        });
    }
    changed
}

/// What differs in the dictations of one key.
fn manner(ui: &mut Ui, manner: &mut Manner, place: usize) -> bool {
    let mut language = manner.language.clone().unwrap_or_default();
    let mut changed =
        line(ui, &mut language, &texts::keys_language_name(place + 1), texts::keys_language(), 84.0);
    if changed {
        manner.language = (!language.is_empty()).then_some(language);
    }
    changed |= ui.checkbox(&mut manner.translate, texts::keys_translate()).changed();
    changed |= ui.checkbox(&mut manner.enter, texts::keys_enter()).changed();
    changed
}

/// Who gives the keys, as a sentence.
fn gives(way: &Way) -> String {
    match way {
        Way::Unneeded => texts::keys_unneeded().into(),
        Way::X11 { keys } => texts::keys_x11(*keys),
        Way::Portal { keys } if keys.is_empty() => texts::keys_portal_none().into(),
        Way::Portal { keys } => texts::keys_portal(keys.join("; ")),
        Way::Asking => texts::keys_asking().into(),
        Way::Nowhere(why) => sentence(why),
    }
}

/// Every action, and what it is called.
fn actions() -> [(Action, &'static str); Action::ALL.len()] {
    Action::ALL.map(|action| (action, action.name()))
}

/// Whether a key is one that is held with others.
fn is_modifier(key: Key) -> bool {
    use Key::{AltLeft, AltRight, ControlLeft, ControlRight, ShiftLeft, ShiftRight, SuperLeft, SuperRight};
    [AltLeft, AltRight, ControlLeft, ControlRight, ShiftLeft, ShiftRight, SuperLeft, SuperRight]
        .contains(&key)
}

/// A key as people write it.
fn words(key: Key, modifiers: Modifiers) -> String {
    let held = [(modifiers.ctrl, "Ctrl+"), (modifiers.alt, "Alt+"), (modifiers.shift, "Shift+")];
    let held: String = held.into_iter().filter(|(held, _)| *held).map(|(_, name)| name).collect();
    // Signs are written as they are printed, everything else by its name.
    let sign = if key == Key::Quote { "'" } else { key.symbol_or_name() };
    let is_sign = sign.len() == 1 && sign.is_ascii() && !sign.chars().all(char::is_alphanumeric);
    held + if is_sign { sign } else { key.name() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::chord::Chord;

    #[test]
    fn keys_that_can_be_pressed_can_be_read_back() {
        let unreadable = |key: &&Key| words(**key, Modifiers::CTRL).parse::<Chord>().is_err();
        // Behind them come those of few keyboards, which desktops have uses of their own for.
        let last = Key::ALL.iter().position(|key| *key == Key::F24).unwrap();
        let common = Key::ALL[..=last].iter().filter(|key| !matches!(key, Key::Copy | Key::Cut | Key::Paste));
        assert_eq!(common.filter(unreadable).collect::<Vec<_>>(), [] as [&Key; 0]);
    }
}
