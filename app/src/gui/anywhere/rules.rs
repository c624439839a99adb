//! The rules that a text goes through, in their order, and a box to try them in.

use super::{filter, preview, replacements};
use crate::gui::controls::{self, Button, Weight};
use crate::gui::fields::{choice, heading, line, note, title};
use crate::gui::icons::Icon;
use crate::rules::{Fillers, Rules, built_in_fillers};
use crate::session::Snapshot;
use eframe::egui::{ComboBox, Ui};

/// Languages that have fillers of their own, and what they are called.
const LANGUAGES: [(&str, &str); 6] = [
    ("en", "English"),
    ("de", "German"),
    ("es", "Spanish"),
    ("fr", "French"),
    ("it", "Italian"),
    ("nl", "Dutch"),
];

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
        heading(
            ui,
            "Text rules",
            "What is done to a text before it is delivered, in this order. The recording keeps what was said.",
        );
        title(ui, "1  Spoken commands");
        let mut changed = choice(ui, &mut rules.commands, "Obey \"new line\", \"comma\" and the like");
        note(
            ui,
            "In English and German: new line, new paragraph, comma, full stop or period, question mark, colon, open \
             and close quote, open and close bracket, hyphen, dash … Behind an article (\"a comma\") they are words.",
        );
        changed |= replacements::show(ui, &mut rules.replacements, &mut self.checked);
        changed |= self.fillers(ui, &mut rules.fillers);
        changed |= self.filter.show(ui, &mut rules.filter);
        self.preview.show(ui, rules, snapshot);
        changed
    }

    fn fillers(&mut self, ui: &mut Ui, fillers: &mut Fillers) -> bool {
        title(ui, "3  Fillers");
        let mut changed = choice(ui, &mut fillers.on, "Leave out \"um\" and the like");
        let (code, name) = LANGUAGES[self.language];
        ui.horizontal(|ui| {
            let list =
                ComboBox::from_id_salt("fillers").width(110.0).icon(controls::chevron).selected_text(name);
            let shown = list.show_ui(ui, |ui| {
                for (place, (_, name)) in LANGUAGES.into_iter().enumerate() {
                    ui.selectable_value(&mut self.language, place, name);
                }
            });
            shown.response.accessible_name("Language of the fillers");
            let mut text = match fillers.words.get(code) {
                Some(words) => words.join(","),
                None => built_in_fillers(code).join(", "),
            };
            if line(ui, &mut text, "Fillers", "none", 420.0) {
                fillers.words.insert(code.to_owned(), text.split(',').map(str::to_owned).collect());
                changed = true;
            }
            let button = Button::icon_only(Icon::Retry, "Built-in fillers").weight(Weight::Quiet);
            if fillers.words.contains_key(code)
                && ui.add(button).on_hover_text("Back to the built-in words").clicked()
            {
                fillers.words.remove(code);
                changed = true;
            }
        });
        changed
    }
}
