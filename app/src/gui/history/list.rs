//! The list of dictations.

use crate::gui::fields;
use crate::gui::icons::{self, Icon};
use crate::gui::outbox::Outbox;
use crate::gui::theme::{self, CONTROL_RADIUS};
use crate::history::{Entry, EntryId, first_line, local_day, local_time};
use crate::session::{Command, HistoryView, HistoryWish, Played};
use crate::text::clock;
use crate::texts;
use eframe::egui::accesskit::Role;
use eframe::egui::{
    Align, Align2, Color32, FontSelection, Key, Layout, Rect, RichText, ScrollArea, Sense, Stroke,
    StrokeKind, TextEdit, TextStyle, TextWrapMode, Ui, UiBuilder, Vec2, WidgetInfo, WidgetText, pos2, vec2,
};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Rows are equally high, so that only those in sight are laid out.
const ROW_HEIGHT: f32 = 54.0;

/// The field to search in.
pub fn search(ui: &mut Ui, query: &mut String) {
    let field = TextEdit::singleline(query)
        .align(Align2::LEFT_CENTER)
        .hint_text(texts::history_search())
        .desired_width(ui.available_width() - 16.0)
        .margin(vec2(8.0, 6.0));
    ui.add(field).accessible_name(texts::history_search_name());
}

/// Draws the rows, and gives the one that was picked.
pub fn rows(
    ui: &mut Ui,
    history: &HistoryView,
    places: &[usize],
    shown: Option<EntryId>,
    marked: &mut BTreeSet<EntryId>,
    outbox: &mut Outbox,
) -> Option<EntryId> {
    let mut picked = None;
    let now = Timestamp::now();
    ui.spacing_mut().item_spacing.y = 4.0;
    let area = ScrollArea::vertical().id_salt("history rows").auto_shrink(false);
    area.show_rows(ui, ROW_HEIGHT, places.len(), |ui, in_sight| {
        for place in places.get(in_sight).into_iter().flatten() {
            let entry = &history.entries[*place];
            let playing = history.playing.is_some_and(|playing| playing.of == Played::Entry(entry.id));
            let row = Row { entry, now, shown: shown == Some(entry.id), playing };
            if row.draw(ui, marked, outbox) {
                picked = Some(entry.id);
            }
        }
    });
    picked
}

struct Row<'a> {
    entry: &'a Entry,
    now: Timestamp,
    shown: bool,
    playing: bool,
}

impl Row<'_> {
    fn draw(&self, ui: &mut Ui, marked: &mut BTreeSet<EntryId>, outbox: &mut Outbox) -> bool {
        let id = self.entry.id;
        let (text, about) = (first_line(self.entry), self.about());
        ui.push_id(id, |ui| {
            let palette = theme::palette(ui.visuals());
            let size = vec2(ui.available_width() - 6.0, ROW_HEIGHT);
            let (rect, response) = ui.allocate_exact_size(size, Sense::click());
            let entry = texts::two_facts(&text, &about);
            let name = if self.entry.starred { texts::history_with_star(&entry) } else { entry.clone() };
            response.widget_info(|| WidgetInfo::selected(Role::Button, true, self.shown, &name));
            let fill = match (self.shown, response.hovered()) {
                (true, _) => palette.accent_soft,
                (false, true) => palette.sunken,
                (false, false) => Color32::TRANSPARENT,
            };
            ui.painter().rect_filled(rect, CONTROL_RADIUS, fill);
            if response.has_focus() {
                let stroke = Stroke::new(2.0, palette.accent);
                ui.painter().rect_stroke(rect.shrink(1.0), CONTROL_RADIUS, stroke, StrokeKind::Inside);
                if ui.input(|i| i.key_pressed(Key::Delete)) {
                    outbox.send(Command::History(HistoryWish::Delete(vec![id])));
                }
            }
            if response.gained_focus() {
                response.scroll_to_me(None);
            }
            let inside = rect.shrink2(vec2(10.0, 7.0));
            let mark = Rect::from_min_max(pos2(inside.right() - 26.0, inside.top()), inside.max);
            let layout = Layout::right_to_left(Align::Center);
            ui.scope_builder(UiBuilder::new().max_rect(mark).layout(layout), |ui| {
                let mut is_marked = marked.contains(&id);
                fields::show_edges(ui);
                let mark = ui.checkbox(&mut is_marked, "");
                let changed = mark.changed();
                mark.widget_info(|| {
                    WidgetInfo::selected(Role::CheckBox, true, is_marked, texts::history_mark(&entry))
                });
                if changed {
                    if is_marked {
                        marked.insert(id)
                    } else {
                        marked.remove(&id)
                    };
                }
            });
            let texts = inside.with_max_x(mark.left() - 8.0);
            line(ui, texts, Align::Min, RichText::new(&text), palette.text);
            self.second_line(ui, texts, &about, palette);
            response.clicked()
        })
        .inner
    }

    fn second_line(&self, ui: &Ui, area: Rect, about: &str, palette: &theme::Palette) {
        let mut area = area;
        let icons = [
            (self.playing, Icon::Play, palette.accent),
            (self.entry.starred, Icon::Star, palette.accent),
            (self.entry.versions.is_empty() && !self.entry.cancelled, Icon::Warning, palette.problem),
        ];
        for (icon, color) in icons.into_iter().filter_map(|(is, icon, color)| is.then_some((icon, color))) {
            let corner = pos2(area.left(), area.bottom() - 15.0);
            icons::paint(ui.painter(), icon, Rect::from_min_size(corner, Vec2::splat(13.0)), color);
            area.min.x += 19.0;
        }
        line(ui, area, Align::Max, RichText::new(about).small(), palette.dim);
    }

    fn about(&self) -> String {
        let Entry { time, audio_s, .. } = self.entry;
        let length = clock(audio_s.round() as u64);
        texts::history_row(local_day(*time, self.now), local_time(*time), length)
    }
}

/// Paints one line of text at the top or bottom of `area`, cut where it does not fit.
fn line(ui: &Ui, area: Rect, align: Align, text: RichText, color: Color32) {
    let style = FontSelection::Style(TextStyle::Button);
    let galley = WidgetText::from(text).into_galley(ui, Some(TextWrapMode::Truncate), area.width(), style);
    let y = if align == Align::Min { area.top() } else { area.bottom() - galley.size().y };
    ui.painter().galley(pos2(area.left(), y), galley, color);
}
