//! What shows how dictation stands while the window is out of sight.

use crate::gui::fields::{choice, heading, note};
use crate::settings::IndicatorChoices as Choices;
use crate::texts;
use eframe::egui::Ui;

/// Draws the group; returns whether something has changed.
pub fn show(ui: &mut Ui, choices: &mut Choices) -> bool {
    heading(ui, texts::indicator(), texts::indicator_about());
    let mut changed = choice(ui, &mut choices.overlay, texts::indicator_overlay());
    changed |= choice(ui, &mut choices.tray, texts::indicator_tray());
    ui.add_enabled_ui(choices.tray, |ui| {
        ui.indent("tray", |ui| {
            changed |= choice(ui, &mut choices.stay_in_tray, texts::indicator_stay());
        });
    });
    changed |= choice(ui, &mut choices.notifications, texts::indicator_notifications());
    changed |= choice(ui, &mut choices.sounds, texts::indicator_sounds());
    if choices.sounds {
        note(ui, texts::indicator_sounds_about());
    }
    changed | choice(ui, &mut choices.lower_other_audio, texts::indicator_lower())
}
