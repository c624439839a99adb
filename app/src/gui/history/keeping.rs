//! What of dictations is kept, and how long.

use crate::gui::controls::Button;
use crate::gui::outbox::Outbox;
use crate::gui::theme;
use crate::history::{Keep, Keeping};
use crate::session::{Command, HistoryWish};
use eframe::egui::{
    Align, Label, Layout, Popup, PopupCloseBehavior, RectAlign, RichText, Stroke, Ui, WidgetInfo,
    accesskit::Role, vec2,
};

const WIDTH: f32 = 320.0;
const DAYS: [(Option<u32>, &str); 5] = [
    (Some(1), "1 day"),
    (Some(7), "7 days"),
    (Some(30), "30 days"),
    (Some(90), "90 days"),
    (None, "For ever"),
];
const RECORDINGS: [(Option<u32>, &str); 4] =
    [(Some(50), "50"), (Some(500), "500"), (Some(5_000), "5000"), (None, "All")];

/// The button behind which the choice stands.
pub fn button(ui: &mut Ui, keeping: &Keeping, outbox: &mut Outbox) {
    let button = ui.add(Button::new("What is kept"));
    let menu = Popup::menu(&button)
        .align(RectAlign::BOTTOM_END)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .accessible_name("What is kept");
    menu.show(|ui| {
        ui.set_width(WIDTH);
        let mut chosen = *keeping;
        // Menus stretch what is in them, words included, and draw no edges.
        ui.with_layout(Layout::top_down(Align::Min), |ui| {
            let edge = Stroke::new(1.0, theme::palette(ui.visuals()).dim);
            let widgets = &mut ui.visuals_mut().widgets;
            (widgets.inactive.bg_stroke, widgets.hovered.bg_stroke) = (edge, edge);
            let spacing = ui.spacing_mut();
            (spacing.button_padding, spacing.interact_size.y) = (vec2(8.0, 4.0), 26.0);
            choose(ui, &mut chosen);
        });
        if chosen != *keeping {
            outbox.send(Command::History(HistoryWish::Keep(chosen)));
        }
    });
}

fn choose(ui: &mut Ui, keeping: &mut Keeping) {
    ui.label(RichText::new("Of what I dictate, keep").strong());
    ui.radio_value(&mut keeping.keep, Keep::Everything, "Texts and recordings");
    ui.radio_value(&mut keeping.keep, Keep::Texts, "Texts only");
    ui.radio_value(&mut keeping.keep, Keep::Nothing, "Nothing from now on");
    ui.add_enabled_ui(keeping.keep == Keep::Everything, |ui| {
        one_of(ui, "Keep recordings for", &mut keeping.days, &DAYS);
        one_of(ui, "Keep at most so many", &mut keeping.recordings, &RECORDINGS);
    });
    ui.add_space(4.0);
    let about = "Texts stay until you delete them. Recordings with a star stay, and so do those that have no text \
                 yet. All of it is on this computer only, and nobody else may read it.";
    ui.add(Label::new(RichText::new(about).small().weak()).wrap());
}

fn one_of(ui: &mut Ui, title: &str, value: &mut Option<u32>, all: &[(Option<u32>, &str)]) {
    ui.add_space(4.0);
    ui.label(RichText::new(title).small());
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for (one, text) in all {
            let chosen = value == one;
            let label = ui.selectable_label(chosen, RichText::new(*text).small());
            let name = format!("{title}: {text}");
            label.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, chosen, &name));
            if label.clicked() {
                *value = *one;
            }
        }
    });
}
