//! The window's own controls: a button with a drawn icon, a thin progress bar, a level meter.

use super::icons::{self, Icon};
use super::theme::{self, CONTROL_HEIGHT, CONTROL_RADIUS, Palette};
use crate::session::Channel;
use crate::texts;
use eframe::egui::accesskit::Role;
use eframe::egui::style::WidgetVisuals;
use eframe::egui::{
    Align, Color32, CornerRadius, FontId, Galley, InnerResponse, Layout, Painter, Rect, Response, Sense,
    Stroke, StrokeKind, TextStyle, Ui, UiBuilder, Vec2, Widget, WidgetInfo, vec2,
};
use std::sync::Arc;

/// How much a button asks for attention.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weight {
    /// No outline until the pointer comes.
    Quiet,
    /// An outline.
    #[default]
    Plain,
    /// Filled: the thing to do here.
    Accent,
    /// Filled: the microphone is open.
    Recording,
    /// Says that something is under way; cannot be pressed.
    Busy,
}

/// A button with an icon, a text, or both.
pub struct Button<'a> {
    icon: Option<Icon>,
    text: &'a str,
    name: &'a str,
    weight: Weight,
    min_size: Vec2,
    font_size: Option<f32>,
    chosen: Option<bool>,
}

/// How large a button is, and what is in it.
struct Measured {
    galley: Option<Arc<Galley>>,
    icon: f32,
    gap: f32,
    content: Vec2,
    whole: Vec2,
}

impl<'a> Button<'a> {
    /// A button with a text, which is also its accessible name.
    pub fn new(text: &'a str) -> Self {
        let min_size = vec2(0.0, CONTROL_HEIGHT);
        Self { icon: None, text, name: text, weight: Weight::Plain, min_size, font_size: None, chosen: None }
    }

    /// A quiet square button with an icon only; `name` says what it does.
    pub fn icon_only(icon: Icon, name: &'a str) -> Self {
        Self { name, min_size: Vec2::splat(28.0), ..Self::new("") }.icon(icon).weight(Weight::Quiet)
    }

    /// Puts an icon before the text.
    pub fn icon(self, icon: Icon) -> Self {
        Self { icon: Some(icon), ..self }
    }

    /// How much it asks for attention.
    pub fn weight(self, weight: Weight) -> Self {
        Self { weight, ..self }
    }

    /// Another name for those who cannot see it.
    pub fn name(self, name: &'a str) -> Self {
        Self { name, ..self }
    }

    /// At least this large, with larger text. The ends are round.
    pub fn large(self, min_size: Vec2, font_size: f32) -> Self {
        Self { min_size, font_size: Some(font_size), ..self }
    }

    /// It opens what is open now, or not.
    pub fn chosen(self, chosen: bool) -> Self {
        Self { chosen: Some(chosen), ..self }
    }

    /// Width in points.
    pub fn width(&self, ui: &Ui) -> f32 {
        self.measure(ui).whole.x
    }

    fn measure(&self, ui: &Ui) -> Measured {
        let base = TextStyle::Button.resolve(ui.style());
        let font = FontId::new(self.font_size.unwrap_or(base.size), base.family);
        let icon = if self.icon.is_some() { (font.size * 1.05).round() } else { 0.0 };
        let galley = (!self.text.is_empty())
            .then(|| ui.painter().layout_no_wrap(self.text.into(), font, Color32::PLACEHOLDER));
        let text_size = galley.as_ref().map_or(Vec2::ZERO, |g| g.size());
        let gap = if galley.is_some() && self.icon.is_some() { 8.0 } else { 0.0 };
        let content = vec2(icon + gap + text_size.x, text_size.y.max(icon));
        let padding = if galley.is_some() { vec2(12.0, 6.0) } else { Vec2::splat(4.0) };
        // Without a text, a button is at least square.
        let min_width = if galley.is_some() { self.min_size.x } else { self.min_size.y };
        let min_size = vec2(self.min_size.x.max(min_width), self.min_size.y);
        Measured { galley, icon, gap, content, whole: (content + 2.0 * padding).max(min_size) }
    }

    fn colors(&self, palette: &Palette, hovered: bool) -> (Color32, Stroke, Color32) {
        let line = Stroke::new(1.0, palette.line);
        if self.chosen == Some(true) {
            return (palette.accent_soft, Stroke::NONE, palette.accent);
        }
        match (self.weight, hovered) {
            (Weight::Quiet, false) => (Color32::TRANSPARENT, Stroke::NONE, palette.dim),
            (Weight::Quiet, true) => (palette.sunken, Stroke::NONE, palette.text),
            (Weight::Plain, false) => (palette.card, line, palette.text),
            (Weight::Plain, true) => (palette.sunken, line, palette.text),
            (Weight::Accent, false) => (palette.accent, Stroke::NONE, palette.on_accent),
            (Weight::Accent, true) => (palette.accent_strong, Stroke::NONE, palette.on_accent),
            (Weight::Recording, false) => (palette.recording, Stroke::NONE, palette.on_accent),
            (Weight::Busy, _) => (palette.sunken, Stroke::NONE, palette.dim),
            (Weight::Recording, true) => (palette.recording_strong, Stroke::NONE, palette.on_accent),
        }
    }
}

impl Widget for Button<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let palette = theme::palette(ui.visuals());
        let Measured { galley, icon: icon_size, gap, content, whole } = self.measure(ui);
        let sense = if self.weight == Weight::Busy { Sense::hover() } else { Sense::click() };
        let (rect, response) = ui.allocate_exact_size(whole, sense);
        let enabled = ui.is_enabled() && self.weight != Weight::Busy;
        response.widget_info(|| match self.chosen {
            Some(chosen) => WidgetInfo::selected(Role::Button, enabled, chosen, self.name),
            None => WidgetInfo::labeled(Role::Button, enabled, self.name),
        });

        if ui.is_rect_visible(rect) {
            let hovered = enabled && response.hovered();
            let (fill, stroke, color) = self.colors(palette, hovered);
            let radius = self.font_size.map_or(CONTROL_RADIUS, |_| (rect.height() / 2.0) as u8);
            ui.painter().rect(rect, radius, fill, stroke, StrokeKind::Inside);
            let start = rect.center() - content / 2.0;
            if let Some(icon) = self.icon {
                let corner = start + vec2(0.0, (content.y - icon_size) / 2.0);
                icons::paint(ui.painter(), icon, Rect::from_min_size(corner, Vec2::splat(icon_size)), color);
            }
            if let Some(galley) = galley {
                let corner = start + vec2(icon_size + gap, (content.y - galley.size().y) / 2.0);
                ui.painter().galley(corner, galley, color);
            }
            focus_ring(ui, &response, radius);
        }
        response
    }
}

/// Lays `contents` out from left to right so that they end where `ui` does: the keyboard then goes through them as the
/// eye does, which it would not in a layout that begins at the right. Their width is known from the pass before.
pub fn at_right<R>(ui: &mut Ui, contents: impl FnOnce(&mut Ui) -> R) -> InnerResponse<R> {
    let id = ui.next_auto_id().with("at right");
    let known: Option<f32> = ui.data(|data| data.get_temp(id));
    let area = ui.available_rect_before_wrap();
    let rect = area.with_min_x(area.right() - known.unwrap_or(area.width()));
    let row = UiBuilder::new().max_rect(rect).layout(Layout::left_to_right(Align::Center));
    let shown = ui.scope_builder(row, contents);
    let width = shown.response.rect.width();
    if known.is_none_or(|known| (known - width).abs() > 0.5) {
        ui.data_mut(|data| data.insert_temp(id, width));
        ui.ctx().request_discard("the width of what ends at the right is known now");
    }
    shown
}

/// Draws the ring around what has the keyboard's focus.
pub fn focus_ring(ui: &Ui, response: &Response, radius: u8) {
    if response.has_focus() {
        let stroke = Stroke::new(2.0, theme::palette(ui.visuals()).accent);
        let radius = CornerRadius::same(radius.saturating_add(3));
        ui.painter().rect_stroke(response.rect.expand(3.0), radius, stroke, StrokeKind::Middle);
    }
}

/// What stands behind a word: shown under the pointer, and to the keyboard when the word has its focus.
pub fn detail(ui: &Ui, response: &Response, text: &str) {
    focus_ring(ui, response, CONTROL_RADIUS);
    if response.has_focus() {
        response.show_tooltip_text(text);
    } else {
        response.clone().on_hover_text(text);
    }
}

/// A bar that is filled up to `share` in [0, 1], over the whole width.
pub fn progress_bar(ui: &mut Ui, share: f32, name: &str) -> Response {
    let palette = theme::palette(ui.visuals());
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 5.0), Sense::hover());
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, name);
        info.value = Some(f64::from(share));
        info
    });
    paint_bar(ui.painter(), rect, share, palette.sunken, palette.accent);
    response
}

/// The mark of a list that opens.
pub fn chevron(ui: &Ui, rect: Rect, visuals: &WidgetVisuals, _is_open: bool) {
    let chevron = Rect::from_center_size(rect.center(), vec2(9.0, 5.0));
    let points = vec![chevron.left_top(), chevron.center_bottom(), chevron.right_top()];
    ui.painter().line(points, (1.5, visuals.fg_stroke.color));
}

/// Meters below one another, of the height of the strip; further ones stand beside them.
const METERS_IN_COLUMN: usize = 4;

/// The levels of the microphone's channels, one above the other, for peaks in [0, 1] of full scale.
pub fn level_meters(ui: &mut Ui, peaks: &[f32], size: Vec2) {
    let palette = theme::palette(ui.visuals());
    let (all, _) = ui.allocate_exact_size(size, Sense::hover());
    let columns = peaks.len().div_ceil(METERS_IN_COLUMN).max(1);
    let rows = peaks.len().div_ceil(columns).max(1);
    let cell = vec2(all.width() / columns as f32, all.height() / rows as f32);
    // Meters side by side must not look like one.
    let gap = if columns > 1 { 3.0f32.min(cell.x / 3.0) } else { 0.0 };
    for (index, peak) in peaks.iter().enumerate() {
        let share = theme::loudness(*peak);
        let channel = Channel { index, of: peaks.len() };
        let name = if channel.of == 1 {
            texts::microphone_level().to_owned()
        } else {
            texts::microphone_level_of(channel.to_string())
        };
        let corner = vec2((index / rows) as f32 * cell.x, (index % rows) as f32 * cell.y);
        let rect = Rect::from_min_size(all.min + corner, vec2(cell.x - gap, cell.y));
        let response = ui.interact(rect, ui.scope_id().with(("meter", index)), Sense::hover());
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::Meter, true, &name);
            info.value = Some(f64::from(share));
            info
        });
        let bar = Rect::from_center_size(rect.center(), vec2(rect.width(), 6.0f32.min(cell.y - 2.0)));
        paint_bar(ui.painter(), bar, share, palette.sunken, palette.recording);
        response.on_hover_text(name);
    }
}

fn paint_bar(painter: &Painter, rect: Rect, share: f32, track: Color32, fill: Color32) {
    let radius = rect.height() / 2.0;
    painter.rect_filled(rect, radius, track);
    if share > 0.0 {
        let width = (rect.width() * share).max(rect.height());
        painter.rect_filled(rect.with_max_x(rect.min.x + width), radius, fill);
    }
}
