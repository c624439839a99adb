//! What pages of choices are made of.

use crate::gui::{controls, theme};
use eframe::egui::{Align2, ComboBox, Label, Response, RichText, Stroke, TextEdit, TextWrapMode, Ui, vec2};

/// The title of a group and what it is about.
pub fn heading(ui: &mut Ui, title: &str, about: &str) {
    ui.add_space(20.0);
    ui.label(RichText::new(title).strong().size(18.0));
    note(ui, about);
    ui.add_space(2.0);
}

/// The title of a part of a group.
pub fn title(ui: &mut Ui, text: &str) {
    ui.add_space(8.0);
    ui.label(RichText::new(text).strong());
}

/// A remark beside or under a control.
pub fn note(ui: &mut Ui, text: &str) {
    ui.add(Label::new(RichText::new(text).small().weak()).wrap());
}

/// What went wrong with a choice.
pub fn problem(ui: &mut Ui, text: &str) {
    let color = theme::palette(ui.visuals()).problem;
    ui.add(Label::new(RichText::new(text).small().color(color)).wrap());
}

/// A choice of yes and no; returns whether it has changed.
pub fn choice(ui: &mut Ui, value: &mut bool, text: &str) -> bool {
    ui.scope(|ui| {
        show_edges(ui);
        ui.checkbox(value, text).changed()
    })
    .inner
}

/// Has what is drawn in a row that wraps go on in the next line as a whole, boxes included.
pub fn keep_whole(ui: &mut Ui) {
    show_edges(ui);
    ui.style_mut().wrap_mode = Some(TextWrapMode::Extend);
}

/// Gives boxes to tick an edge that can be seen.
pub fn show_edges(ui: &mut Ui) {
    // A box is all that there is to see of it.
    let edge = Stroke::new(1.0, theme::palette(ui.visuals()).dim);
    let widgets = &mut ui.visuals_mut().widgets;
    (widgets.inactive.bg_stroke, widgets.hovered.bg_stroke) = (edge, edge);
}

/// As much of a width as there is room for.
fn within(ui: &Ui, width: f32) -> f32 {
    width.min((ui.available_width() - 16.0).max(80.0))
}

/// A line of text; returns whether it has changed.
pub fn line(ui: &mut Ui, text: &mut String, name: &str, hint: &str, width: f32) -> bool {
    let width = within(ui, width);
    let field = TextEdit::singleline(text)
        .align(Align2::LEFT_CENTER)
        .hint_text(hint.to_owned())
        .desired_width(width)
        .margin(vec2(8.0, 6.0));
    named(ui.add(field), name)
}

/// Several lines of text, at least `rows`; returns whether they have changed.
pub fn lines(ui: &mut Ui, text: &mut String, name: &str, hint: &str, size: (f32, usize)) -> bool {
    let (width, rows) = (within(ui, size.0), size.1);
    let field = TextEdit::multiline(text)
        .hint_text(hint.to_owned())
        .desired_width(width)
        .desired_rows(rows)
        .margin(vec2(8.0, 6.0));
    named(ui.add(field), name)
}

/// Texts of which each stands on a line of its own; returns whether they have changed.
pub fn list(ui: &mut Ui, texts: &mut Vec<String>, name: &str, hint: &str, width: f32) -> bool {
    let mut text = texts.join("\n");
    let changed = lines(ui, &mut text, name, hint, (width, texts.len().max(1)));
    if changed {
        *texts = text.split('\n').map(str::to_owned).collect();
    }
    changed
}

fn named(response: Response, name: &str) -> bool {
    let changed = response.changed();
    response.accessible_name(name);
    changed
}

/// One of several; returns whether it has changed.
pub fn one_of<T: PartialEq + Clone, S: AsRef<str>>(
    ui: &mut Ui,
    value: &mut T,
    all: &[(T, S)],
    name: &str,
    width: f32,
) -> bool {
    let chosen = all.iter().find(|(one, _)| one == value).map_or("", |(_, text)| text.as_ref());
    let mut changed = false;
    let width = within(ui, width);
    let list = ComboBox::from_id_salt(name).width(width).icon(controls::chevron).selected_text(chosen);
    let shown = list.show_ui(ui, |ui| {
        for (one, text) in all {
            changed |= ui.selectable_value(value, one.clone(), text.as_ref()).changed();
        }
    });
    shown.response.accessible_name(name);
    changed
}
