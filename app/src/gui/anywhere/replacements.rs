//! The editor of replacements: a row for each.

use crate::gui::controls::{Button, Weight};
use crate::gui::fields::{lines, list, note, one_of, problem, title};
use crate::gui::icons::Icon;
use crate::rules::{Matching, Replacement};
use eframe::egui::{Align, Layout, Ui};

const MATCHING: [(Matching, &str); 3] = [
    (Matching::AnyCase, "words"),
    (Matching::ExactCase, "words, case counts"),
    (Matching::Pattern, "pattern"),
];

/// What is wrong with each replacement. Patterns are tried when they have changed, not in every frame.
#[derive(Default)]
pub struct Checked {
    of: Vec<Replacement>,
    problems: Vec<Option<String>>,
}

impl Checked {
    fn refresh(&mut self, replacements: &[Replacement]) {
        if self.of != replacements {
            self.of = replacements.to_vec();
            self.problems = replacements.iter().map(Replacement::problem).collect();
        }
    }
}

/// Draws the rows; returns whether something has changed.
pub fn show(ui: &mut Ui, replacements: &mut Vec<Replacement>, checked: &mut Checked) -> bool {
    checked.refresh(replacements);
    let width = ((ui.available_width() - 240.0) / 2.0).clamp(100.0, 200.0);
    title(ui, "2  Replacements");
    note(
        ui,
        "Whole words, several spellings on a line each. All are made in one pass, the longest first, and what was \
         written is not replaced again. A pattern is a regular expression; $1 is what its first group has matched.",
    );
    let (mut changed, mut removed) = (false, None);
    for (place, replacement) in replacements.iter_mut().enumerate() {
        ui.push_id(("replacement", place), |ui| {
            ui.with_layout(Layout::left_to_right(Align::Min), |ui| {
                let number = place + 1;
                let Replacement { heard, written, matching } = replacement;
                changed |= list(ui, heard, &format!("Heard {number}"), "heard", width);
                ui.add_space(2.0);
                changed |= lines(ui, written, &format!("Written {number}"), "written", (width, 1));
                changed |= one_of(ui, matching, &MATCHING, &format!("Kind {number}"), 150.0);
                let name = format!("Remove replacement {number}");
                if ui.add(Button::icon_only(Icon::Cross, &name)).on_hover_text("Remove").clicked() {
                    removed = Some(place);
                }
            });
            if let Some(Some(text)) = checked.problems.get(place) {
                problem(ui, text);
            }
        });
    }
    if let Some(place) = removed {
        replacements.remove(place);
        changed = true;
    }
    if ui.add(Button::new("Add a replacement").icon(Icon::Plus).weight(Weight::Quiet)).clicked() {
        replacements.push(Replacement::default());
        changed = true;
    }
    changed
}
