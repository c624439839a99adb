//! Messages under the top strip, each with at most one thing to do about it.

use super::controls::{Button, Weight};
use super::icons::{self, Icon};
use super::outbox::Outbox;
use super::theme::{self, CARD_RADIUS};
use crate::session::{Banner, Command, Tone};
use crate::texts;
use eframe::egui::{
    Color32, FontId, Frame, Label, Margin, RichText, ScrollArea, Sense, Sides, TextStyle, TextWrapMode, Ui,
    Vec2,
};

/// More would hide what the window is for, until somebody asks for them.
const MOST: usize = 3;
/// A window that is less high shows one, in a line.
const LOW: f32 = 560.0;
/// The share of the window's height that all of them may take.
const SHARE: f32 = 0.3;
/// Size of the letters.
const LETTERS: f32 = 15.0;
/// What a banner has beside its text and its action.
const SIGN_AND_CROSS: f32 = 28.0 + 26.0 + 44.0;

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
        let is_low = height < LOW;
        let room = if is_low { 1 } else { MOST };
        let more = banners.len().saturating_sub(room);
        let is_cut = is_low && banners.first().is_some_and(|banner| !fits(ui, banner));
        self.open &= more > 0 || is_cut;
        if self.open {
            let list = ScrollArea::vertical().id_salt("banners").max_height(height * SHARE);
            list.show(ui, |ui| {
                for (place, banner) in banners.iter().enumerate() {
                    let less = (place == 0).then_some(texts::banner_less());
                    self.open &= !one(ui, banner, less, Lines::All, outbox);
                }
            });
            return;
        }
        for (place, banner) in banners.iter().take(room).enumerate() {
            let others = match (place + 1 == room, more) {
                (true, 1..) => Some(texts::banner_more_count(more)),
                (true, 0) if is_cut => Some(texts::banner_more().to_owned()),
                _ => None,
            };
            let lines = if is_low { Lines::One } else { Lines::All };
            self.open |= one(ui, banner, others.as_deref(), lines, outbox);
        }
    }
}

/// How much of a message is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    All,
    /// What does not fit is cut.
    One,
}

/// Whether a message fits into a line beside its buttons.
fn fits(ui: &Ui, banner: &Banner) -> bool {
    let button = |text: &str| width(ui, text, TextStyle::Button.resolve(ui.style())) + 36.0;
    let action = banner.action.as_deref().map_or(0.0, button);
    let text = width(ui, &banner.text, FontId::proportional(LETTERS));
    text + action + SIGN_AND_CROSS <= ui.available_width()
}

fn width(ui: &Ui, text: &str, font: FontId) -> f32 {
    ui.painter().layout_no_wrap(text.to_owned(), font, Color32::PLACEHOLDER).size().x
}

/// Draws one, with a button for the rest; returns whether that was pressed.
fn one(ui: &mut Ui, banner: &Banner, rest: Option<&str>, lines: Lines, outbox: &mut Outbox) -> bool {
    let mut pressed = false;
    ui.push_id(banner.id, |ui| {
        frame(ui, banner.tone, &banner.text, lines, |ui| {
            if dismiss(ui) {
                outbox.send(Command::DismissBanner(banner.id));
            }
            if let Some(action) = &banner.action
                && ui.add(Button::new(action)).clicked()
            {
                outbox.send(Command::BannerAction(banner.id));
            }
            let button = rest.map(|text| Button::new(text).weight(Weight::Quiet));
            pressed = button.is_some_and(|button| ui.add(button).clicked());
        });
    });
    pressed
}

/// Says that nobody answers commands any more.
pub fn session_ended(ui: &mut Ui) {
    frame(ui, Tone::Problem, texts::banner_session_ended(), Lines::All, |_| {});
}

/// Says something of the window's own; returns whether it was closed.
pub fn note(ui: &mut Ui, text: &str) -> bool {
    let mut closed = false;
    frame(ui, Tone::Problem, text, Lines::All, |ui| closed = dismiss(ui));
    closed
}

fn dismiss(ui: &mut Ui) -> bool {
    ui.add(Button::icon_only(Icon::Cross, texts::banner_dismiss()))
        .on_hover_text(texts::banner_dismiss_hint())
        .clicked()
}

/// One message; `actions` are laid out from the right.
fn frame(ui: &mut Ui, tone: Tone, text: &str, lines: Lines, actions: impl FnOnce(&mut Ui)) {
    let palette = theme::palette(ui.visuals());
    let (icon, color, fill) = match tone {
        Tone::Info => (Icon::Info, palette.accent, palette.accent_soft),
        Tone::Problem => (Icon::Warning, palette.problem, palette.problem_soft),
    };
    Frame::new()
        .fill(fill)
        .corner_radius(CARD_RADIUS)
        .inner_margin(Margin::symmetric(14, if lines == Lines::One { 3 } else { 8 }))
        .show(ui, |ui| {
            Sides::new().height(theme::CONTROL_HEIGHT).shrink_left().wrap_mode(TextWrapMode::Wrap).show(
                ui,
                |ui| {
                    let (rect, _) = ui.allocate_exact_size(Vec2::splat(18.0), Sense::hover());
                    icons::paint(ui.painter(), icon, rect, color);
                    let label = Label::new(RichText::new(text).size(LETTERS)).selectable(true);
                    ui.add(if lines == Lines::One { label.truncate() } else { label.wrap() });
                },
                actions,
            );
        });
}
