//! The editor of replacements: a row for each.

use crate::gui::controls::Button;
use crate::gui::fields::{lines, list, note, one_of, problem, title};
use crate::gui::icons::Icon;
use crate::rules::{Matching, Replacement};
use crate::texts;
use eframe::egui::{Align, Layout, Ui};

fn kinds() -> [(Matching, &'static str); 3] {
    [
        (Matching::AnyCase, texts::replacements_any_case()),
        (Matching::ExactCase, texts::replacements_exact_case()),
        (Matching::Pattern, texts::replacements_pattern()),
    ]
}

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
    title(ui, texts::replacements());
    note(ui, texts::replacements_about());
    let (mut changed, mut removed) = (false, None);
    for (place, replacement) in replacements.iter_mut().enumerate() {
        ui.push_id(("replacement", place), |ui| {
            ui.with_layout(Layout::left_to_right(Align::Min), |ui| {
                let number = place + 1;
                let Replacement { heard, written, matching } = replacement;
                changed |= list(
                    ui,
                    heard,
                    &texts::replacements_heard_name(number),
                    texts::replacements_heard(),
                    width,
                );
                ui.add_space(2.0);
                changed |= lines(
                    ui,
                    written,
                    &texts::replacements_written_name(number),
                    texts::replacements_written(),
                    (width, 1),
                );
                changed |= one_of(ui, matching, &kinds(), &texts::replacements_kind_name(number), 150.0);
                let name = texts::replacements_remove(number);
                if ui.add(Button::icon_only(Icon::Cross, &name)).on_hover_text(texts::remove()).clicked() {
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
    if ui.add(Button::new(texts::replacements_add()).icon(Icon::Plus)).clicked() {
        replacements.push(Replacement::default());
        changed = true;
    }
    changed
}
