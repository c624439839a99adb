//! How speech becomes text.

use crate::gui::controls::{self, Button};
use crate::gui::fields::{heading, lines, note, one_of, title};
use crate::gui::icons::Icon;
use crate::gui::outbox::Outbox;
use crate::language;
use crate::session::Command;
use crate::settings::{DictationChoices, LiveText, MOST_CANDIDATES};
use crate::texts;
use eframe::egui::{ComboBox, Ui};
use std::sync::Arc;

fn live_text() -> [(LiveText, &'static str); 3] {
    [
        (LiveText::On, texts::live_text_always()),
        (LiveText::OnMains, texts::live_text_mains()),
        (LiveText::Off, texts::live_text_never()),
    ]
}

/// What the group remembers between frames.
#[derive(Default)]
pub struct Group {
    draft: DictationChoices,
    /// The draft is not sent yet.
    changed: bool,
    /// What was sent last, until it comes back.
    sent: Option<Arc<DictationChoices>>,
    /// What came last.
    seen: Arc<DictationChoices>,
}

impl Group {
    /// Takes over what was chosen elsewhere.
    pub fn note(&mut self, choices: &Arc<DictationChoices>) {
        if Arc::ptr_eq(&self.seen, choices) {
            return;
        }
        self.seen = Arc::clone(choices);
        // What was on its way before the last change arrived is older than the draft.
        if self.sent.as_ref().is_some_and(|sent| sent != choices) {
            return;
        }
        self.sent = None;
        if !self.changed {
            self.draft = (**choices).clone();
        }
    }

    /// Sends what was changed.
    pub fn send(&mut self, outbox: &mut Outbox) {
        if std::mem::take(&mut self.changed) {
            let whole = Arc::new(self.draft.clone());
            self.sent = Some(Arc::clone(&whole));
            outbox.send(Command::ChooseDictation(whole));
        }
    }

    /// Changes the draft; `change` says whether it did.
    pub fn choose(&mut self, change: impl FnOnce(&mut DictationChoices) -> bool) {
        self.changed |= change(&mut self.draft);
    }

    /// Draws the group.
    pub fn show(&mut self, ui: &mut Ui) {
        heading(ui, texts::settings_speech(), texts::settings_speech_about());
        self.choose(|choices| {
            title(ui, texts::settings_languages());
            let mut changed = candidates(ui, &mut choices.candidates);
            note(ui, texts::settings_languages_about());
            title(ui, texts::settings_words());
            let hint = texts::settings_words_hint();
            changed |= lines(ui, &mut choices.vocabulary, texts::settings_words(), hint, (560.0, 2));
            note(ui, texts::settings_words_about());
            title(ui, texts::live_text());
            changed | one_of(ui, &mut choices.live_text, &live_text(), texts::live_text(), super::LIST)
        });
    }
}

/// The languages as buttons that take them away, and a list with the others.
fn candidates(ui: &mut Ui, chosen: &mut Vec<String>) -> bool {
    let mut changed = false;
    ui.horizontal_wrapped(|ui| {
        let mut removed = None;
        for (place, name) in chosen.iter().enumerate() {
            // What is no language can be seen, and taken away.
            let known = language::code_of(Some(name)).ok().flatten();
            let text = known.map_or_else(|| format!("{name}?"), |code| language::name_of(&code));
            let button = Button::new(&text).icon(Icon::Cross);
            if ui
                .add(button.name(&texts::settings_language_remove(&text)))
                .on_hover_text(texts::remove())
                .clicked()
            {
                removed = Some(place);
            }
        }
        if let Some(place) = removed {
            chosen.remove(place);
            changed = true;
        }
        if chosen.len() < MOST_CANDIDATES {
            let list =
                ComboBox::from_id_salt("candidates").width(160.0).height(320.0).icon(controls::chevron);
            let shown = list.selected_text(texts::settings_language_add()).show_ui(ui, |ui| {
                for (code, name) in language::all() {
                    let there = chosen.iter().any(|c| language::code_of(Some(c)) == Ok(Some(code.into())));
                    if !there && ui.selectable_label(false, name).clicked() {
                        chosen.push(code.to_owned());
                        changed = true;
                    }
                }
            });
            shown.response.accessible_name(texts::settings_language_add());
        }
    });
    changed
}
