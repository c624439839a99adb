//! What shows how dictation stands while the window is out of sight.

use crate::gui::fields::{choice, heading, note};
use crate::settings::IndicatorChoices as Choices;
use eframe::egui::Ui;

/// Draws the group; returns whether something has changed.
pub fn show(ui: &mut Ui, choices: &mut Choices) -> bool {
    heading(
        ui,
        "Indicator and sounds",
        "How you notice, in another app, that Hark listens, writes or has failed.",
    );
    let mut changed =
        choice(ui, &mut choices.overlay, "A small sign over the app, which never takes the focus");
    changed |= choice(ui, &mut choices.tray, "An icon in the desktop's panel");
    ui.add_enabled_ui(choices.tray, |ui| {
        ui.indent("tray", |ui| {
            changed |= choice(ui, &mut choices.stay_in_tray, "Closing the window leaves Hark running there");
        });
    });
    changed |=
        choice(ui, &mut choices.notifications, "A notification when something fails, or files are done");
    changed |= choice(ui, &mut choices.sounds, "A short sound when you can speak, and another at the end");
    if choices.sounds {
        note(ui, "What is said before the first one is over is not recorded, and neither is the sound.");
    }
    changed | choice(ui, &mut choices.lower_other_audio, "Lower what else is playing while you dictate")
}
