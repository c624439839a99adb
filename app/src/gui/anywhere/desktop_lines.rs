//! Lines for the settings of a desktop that gives no keys to apps.

use crate::bindings::hints::{Desktop, hint};
use crate::bindings::{Binding, Choices, plan};
use crate::gui::fields::{note, one_of};
use crate::gui::theme;
use crate::texts;
use eframe::egui::{Frame, Label, Margin, RichText, TextStyle, Ui};

/// Whose lines are shown.
#[derive(Default)]
pub struct DesktopLines {
    desktop: Option<Desktop>,
}

impl DesktopLines {
    /// Draws the choice of a desktop, and its lines.
    pub fn show(&mut self, ui: &mut Ui, bindings: &[Binding], choices: &Choices) {
        note(ui, texts::desktop_lines_about());
        let named = Desktop::ALL.map(|(desktop, name)| (Some(desktop), name));
        let all = [&[(None, texts::desktop_lines_none())], &named[..]].concat();
        one_of(ui, &mut self.desktop, &all, texts::desktop_lines(), 190.0);
        let Some(desktop) = self.desktop else { return };
        let hint = hint(desktop, &plan(bindings, choices).keys);
        note(ui, &hint.how);
        let palette = theme::palette(ui.visuals());
        let frame = Frame::new().fill(palette.sunken).corner_radius(theme::CONTROL_RADIUS);
        frame.inner_margin(Margin::symmetric(10, 6)).show(ui, |ui| {
            for line in hint.lines {
                let text = RichText::new(line).text_style(TextStyle::Monospace);
                ui.add(Label::new(text).wrap().selectable(true));
            }
        });
    }
}
