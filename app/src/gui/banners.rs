//! Messages under the top strip, each with at most one thing to do about it.

use super::controls::{Button, Weight};
use super::icons::{self, Icon};
use super::outbox::Outbox;
use super::theme::{self, CARD_RADIUS};
use crate::session::{Banner, Command, Tone};
use eframe::egui::{Frame, Label, Margin, RichText, ScrollArea, Sense, Sides, TextWrapMode, Ui, Vec2};

/// More would hide what the window is for, until somebody asks for them.
const MOST: usize = 3;
/// A window that is less high shows one.
const LOW: f32 = 560.0;
/// The share of the window's height that all of them may take.
const SHARE: f32 = 0.3;

/// The session has ended though the window is open.
pub const SESSION_ENDED: &str = "Hark stopped working because of a defect. Recordings are safe on disk: close the window and open it again.";

/// The messages of the session, the newest first.
#[derive(Default)]
pub struct Banners {
    /// Somebody wants to see all of them.
    open: bool,
}

impl Banners {
    /// Draws as many as there is room for, or all of them in a list to scroll.
    pub fn show(&mut self, ui: &mut Ui, banners: &[&Banner], outbox: &mut Outbox) {
        let height = ui.ctx().content_rect().height();
        let room = if height < LOW { 1 } else { MOST };
        let more = banners.len().saturating_sub(room);
        self.open &= more > 0;
        if !self.open {
            for (place, banner) in banners.iter().take(room).enumerate() {
                let last = place + 1 == room;
                let more = (last && more > 0).then(|| format!("{more} more"));
                self.open |= one(ui, banner, more.as_deref(), outbox);
            }
            return;
        }
        let list = ScrollArea::vertical().id_salt("banners").max_height(height * SHARE);
        list.show(ui, |ui| {
            for (place, banner) in banners.iter().enumerate() {
                let fewer = (place == 0).then_some("Fewer");
                self.open &= !one(ui, banner, fewer, outbox);
            }
        });
    }
}

/// Draws one, with a button for the others; returns whether that was pressed.
fn one(ui: &mut Ui, banner: &Banner, others: Option<&str>, outbox: &mut Outbox) -> bool {
    let mut pressed = false;
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
            let button = others.map(|text| Button::new(text).weight(Weight::Quiet));
            pressed = button.is_some_and(|button| ui.add(button).clicked());
        });
    });
    pressed
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
