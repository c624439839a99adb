//! What of dictations is kept, and how long.

use crate::gui::controls::Button;
use crate::gui::outbox::Outbox;
use crate::gui::theme;
use crate::history::{Keep, Keeping};
use crate::session::{Command, HistoryWish};
use crate::texts;
use eframe::egui::{
    Align, Label, Layout, Popup, PopupCloseBehavior, RectAlign, RichText, Stroke, Ui, WidgetInfo,
    accesskit::Role, vec2,
};

const WIDTH: f32 = 320.0;
fn days() -> [(Option<u32>, String); 5] {
    [Some(1), Some(7), Some(30), Some(90), None]
        .map(|days| (days, days.map_or_else(|| texts::history_for_ever().to_owned(), texts::history_days)))
}

fn recordings() -> [(Option<u32>, String); 4] {
    [Some(50), Some(500), Some(5_000), None]
        .map(|most| (most, most.map_or_else(|| texts::history_all().to_owned(), |most| most.to_string())))
}

/// The button behind which the choice stands.
pub fn button(ui: &mut Ui, keeping: &Keeping, outbox: &mut Outbox) {
    let button = ui.add(Button::new(texts::history_keep()));
    let menu = Popup::menu(&button)
        .align(RectAlign::BOTTOM_END)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .accessible_name(texts::history_keep());
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
    ui.label(RichText::new(texts::history_keep_title()).strong());
    ui.radio_value(&mut keeping.keep, Keep::Everything, texts::history_keep_everything());
    ui.radio_value(&mut keeping.keep, Keep::Texts, texts::history_keep_texts());
    ui.radio_value(&mut keeping.keep, Keep::Nothing, texts::history_keep_nothing());
    ui.add_enabled_ui(keeping.keep == Keep::Everything, |ui| {
        one_of(ui, texts::history_keep_days(), &mut keeping.days, &days());
        one_of(ui, texts::history_keep_most(), &mut keeping.recordings, &recordings());
    });
    ui.add_space(4.0);
    let about = texts::history_keep_about();
    ui.add(Label::new(RichText::new(about).small().weak()).wrap());
}

fn one_of(ui: &mut Ui, title: &str, value: &mut Option<u32>, all: &[(Option<u32>, String)]) {
    ui.add_space(4.0);
    ui.label(RichText::new(title).small());
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for (one, text) in all {
            let chosen = value == one;
            let label = ui.selectable_label(chosen, RichText::new(text).small());
            let name = texts::list_choice(title, text);
            label.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, chosen, &name));
            if label.clicked() {
                *value = *one;
            }
        }
    });
}
