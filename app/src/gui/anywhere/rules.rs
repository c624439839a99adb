//! The rules that a text goes through, in their order, and a box to try them in.

use super::{filter, preview, replacements};
use crate::gui::controls::{self, Button, Weight};
use crate::gui::fields::{choice, heading, line, note, title};
use crate::gui::icons::Icon;
use crate::language::name_of;
use crate::rules::{Fillers, Rules, built_in_fillers};
use crate::session::Snapshot;
use crate::texts;
use eframe::egui::{ComboBox, Ui};

/// Languages that have fillers of their own.
const LANGUAGES: [&str; 6] = ["en", "de", "es", "fr", "it", "nl"];

/// What the group remembers between frames.
#[derive(Default)]
pub struct Group {
    /// The language whose fillers are shown, by its place in [`LANGUAGES`].
    language: usize,
    checked: replacements::Checked,
    filter: filter::Line,
    preview: preview::Preview,
}

/// Takes away what was left empty while rules were written.
pub fn tidy(rules: &mut Rules) {
    for replacement in &mut rules.replacements {
        replacement.heard.retain(|heard| !heard.trim().is_empty());
    }
    rules.replacements.retain(|replacement| !replacement.heard.is_empty() || !replacement.written.is_empty());
    for words in rules.fillers.words.values_mut() {
        words.iter_mut().for_each(|word| *word = word.trim().to_owned());
        words.retain(|word| !word.is_empty());
    }
}

impl Group {
    /// Takes over what is chosen.
    pub fn open(&mut self, rules: &Rules) {
        self.filter.open(&rules.filter);
    }

    /// Draws the group; returns whether something has changed.
    pub fn show(&mut self, ui: &mut Ui, rules: &mut Rules, snapshot: &Snapshot) -> bool {
        heading(ui, texts::rules(), texts::rules_about());
        title(ui, texts::commands());
        let mut changed = choice(ui, &mut rules.commands, texts::commands_on());
        note(ui, texts::commands_about());
        changed |= replacements::show(ui, &mut rules.replacements, &mut self.checked);
        changed |= self.fillers(ui, &mut rules.fillers);
        changed |= self.filter.show(ui, &mut rules.filter);
        self.preview.show(ui, rules, snapshot);
        changed
    }

    fn fillers(&mut self, ui: &mut Ui, fillers: &mut Fillers) -> bool {
        title(ui, texts::fillers());
        let mut changed = choice(ui, &mut fillers.on, texts::fillers_on());
        let code = LANGUAGES[self.language];
        ui.horizontal(|ui| {
            let list = ComboBox::from_id_salt("fillers")
                .width(110.0)
                .icon(controls::chevron)
                .selected_text(name_of(code));
            let shown = list.show_ui(ui, |ui| {
                for (place, code) in LANGUAGES.into_iter().enumerate() {
                    ui.selectable_value(&mut self.language, place, name_of(code));
                }
            });
            shown.response.accessible_name(texts::fillers_language());
            let mut text = match fillers.words.get(code) {
                Some(words) => words.join(","),
                None => built_in_fillers(code).join(", "),
            };
            if line(ui, &mut text, texts::fillers_name(), texts::fillers_none(), 420.0) {
                fillers.words.insert(code.to_owned(), text.split(',').map(str::to_owned).collect());
                changed = true;
            }
            let button = Button::icon_only(Icon::Retry, texts::fillers_built_in()).weight(Weight::Quiet);
            if fillers.words.contains_key(code)
                && ui.add(button).on_hover_text(texts::fillers_built_in_hint()).clicked()
            {
                fillers.words.remove(code);
                changed = true;
            }
        });
        changed
    }
}
