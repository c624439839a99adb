//! Messages under the top strip, each with at most one thing to do about it.

use super::controls::Button;
use super::icons::{self, Icon};
use super::outbox::Outbox;
use super::theme::{self, CARD_RADIUS};
use crate::session::{Banner, Command, Tone};
use eframe::egui::{Frame, Label, Margin, RichText, Sense, Sides, TextWrapMode, Ui, Vec2};

/// More would hide what the window is for; older ones come up as newer ones are closed.
const MOST: usize = 3;

/// The session has ended though the window is open.
pub const SESSION_ENDED: &str = "Hark stopped working because of a defect. Recordings are safe on disk: close the window and open it again.";

/// Draws the newest banners.
pub fn show(ui: &mut Ui, banners: &[Banner], outbox: &mut Outbox) {
    for banner in banners.iter().take(MOST) {
        ui.push_id(banner.id, |ui| {
            frame(ui, banner.tone, &banner.text, |ui| {
                if dismiss(ui) {
                    outbox.send(Command::DismissBanner(banner.id));
                }
                if let Some(action) = &banner.action
                    && ui.add(Button::new(action)).clicked()
                {
                    outbox.send(Command::BannerAction(banner.id));
                }
            });
        });
    }
    let more = banners.len().saturating_sub(MOST);
    if more > 0 {
        ui.label(RichText::new(format!("{more} more")).small().weak());
    }
}

/// Says that nobody answers commands any more.
pub fn session_ended(ui: &mut Ui) {
    frame(ui, Tone::Problem, SESSION_ENDED, |_| {});
}

/// Says something of the window's own; returns whether it was closed.
pub fn note(ui: &mut Ui, text: &str) -> bool {
    let mut closed = false;
    frame(ui, Tone::Problem, text, |ui| closed = dismiss(ui));
    closed
}

fn dismiss(ui: &mut Ui) -> bool {
    ui.add(Button::icon_only(Icon::Cross, "Dismiss message")).on_hover_text("Dismiss").clicked()
}

/// One message; `actions` are laid out from the right.
fn frame(ui: &mut Ui, tone: Tone, text: &str, actions: impl FnOnce(&mut Ui)) {
    let palette = theme::palette(ui.visuals());
    let (icon, color, fill) = match tone {
        Tone::Info => (Icon::Info, palette.accent, palette.accent_soft),
        Tone::Problem => (Icon::Warning, palette.problem, palette.problem_soft),
    };
    Frame::new().fill(fill).corner_radius(CARD_RADIUS).inner_margin(Margin::symmetric(14, 8)).show(
        ui,
        |ui| {
            Sides::new().height(theme::CONTROL_HEIGHT).shrink_left().wrap_mode(TextWrapMode::Wrap).show(
                ui,
                |ui| {
                    let (rect, _) = ui.allocate_exact_size(Vec2::splat(18.0), Sense::hover());
                    icons::paint(ui.painter(), icon, rect, color);
                    ui.add(Label::new(RichText::new(text).size(15.0)).wrap().selectable(true));
                },
                actions,
            );
        },
    );
}
