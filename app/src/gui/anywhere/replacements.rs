//! The editor of replacements: a row for each.

use super::fields::{lines, list, note, one_of, problem, title};
use crate::gui::controls::{Button, Weight};
use crate::gui::icons::Icon;
use crate::rules::{Matching, Replacement};
use eframe::egui::{Align, Layout, Ui};

const MATCHING: [(Matching, &str); 3] = [
    (Matching::AnyCase, "words"),
    (Matching::ExactCase, "words, case counts"),
    (Matching::Pattern, "pattern"),
];

/// Draws the rows; returns whether something has changed.
pub fn show(ui: &mut Ui, replacements: &mut Vec<Replacement>) -> bool {
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
                changed |= list(ui, heard, &format!("Heard {number}"), "heard", 200.0);
                ui.add_space(2.0);
                changed |= lines(ui, written, &format!("Written {number}"), "written", (200.0, 1));
                changed |= one_of(ui, matching, &MATCHING, &format!("Kind {number}"), 150.0);
                let name = format!("Remove replacement {number}");
                if ui.add(Button::icon_only(Icon::Cross, &name)).on_hover_text("Remove").clicked() {
                    removed = Some(place);
                }
            });
            if let Some(text) = replacement.problem() {
                problem(ui, &text);
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
