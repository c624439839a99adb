//! One model: what it is, how fast it is here, and what can be done with it.

use crate::gui::controls::{self, Button, Weight};
use crate::gui::icons::Icon;
use crate::gui::outbox::Outbox;
use crate::gui::{theme, words};
use crate::session::{CardState, CardView, Command, Known};
use crate::text::size;
use eframe::egui::{Align, Frame, Label, Layout, Margin, RichText, Stroke, Ui};

/// Room for the buttons.
const BUTTONS: f32 = 250.0;

/// Draws the card over the whole width. `doubted` is the model of which somebody has to say once more that it is to
/// be deleted.
pub fn show(
    ui: &mut Ui,
    card: &CardView,
    can_download: bool,
    doubted: &mut Option<String>,
    outbox: &mut Outbox,
) {
    let palette = theme::palette(ui.visuals());
    let (fill, line) =
        if card.in_use { (palette.accent_soft, palette.accent_soft) } else { (palette.card, palette.line) };
    let frame = Frame::new()
        .fill(fill)
        .stroke(Stroke::new(1.0, line))
        .corner_radius(theme::CONTROL_RADIUS)
        .inner_margin(Margin::symmetric(12, 8));
    ui.push_id(&card.name, |ui| {
        frame.show(ui, |ui| {
            ui.horizontal(|ui| {
                let width = (ui.available_width() - BUTTONS).max(180.0);
                ui.vertical(|ui| {
                    ui.set_width(width);
                    ui.spacing_mut().item_spacing.y = 2.0;
                    title(ui, card);
                    ui.add(Label::new(RichText::new(facts(card)).small().weak()).wrap());
                    state(ui, card);
                });
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    buttons(ui, card, can_download, doubted, outbox);
                });
            });
        });
    });
}

fn title(ui: &mut Ui, card: &CardView) {
    let palette = theme::palette(ui.visuals());
    ui.horizontal(|ui| {
        ui.set_min_height(20.0);
        ui.label(RichText::new(&card.name).strong());
        if card.in_use {
            ui.label(RichText::new("in use").small().color(palette.accent));
        }
    });
}

/// Size, memory and speed in one line.
fn facts(card: &CardView) -> String {
    let memory = card.memory.map(|bytes| format!("about {} of memory", size(bytes)));
    let speed = card.speed.map(speed);
    let weights = match card.weights.as_str() {
        "f16" => None,
        weights if card.published => Some(format!("weights {weights}")),
        weights => Some(weights.to_owned()),
    };
    let checked = card.checked.then(|| "checksums right".to_owned());
    let parts = [Some(size(card.bytes)), weights, memory, speed, checked];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// A speed, and how it is known.
pub fn speed(known: Known) -> String {
    let times = |x: f64| if x < 9.95 { format!("{x:.1}×") } else { format!("{x:.0}×") };
    match known {
        Known::Estimated(x) => format!("≈ {} real time, estimated", times(x)),
        Known::Measured(x) => format!("{} real time, measured", times(x)),
    }
}

/// How far the model is, where there is something to say.
fn state(ui: &mut Ui, card: &CardView) {
    let palette = theme::palette(ui.visuals());
    let small = |ui: &mut Ui, text: &str, color| {
        ui.add(Label::new(RichText::new(text).small().color(color)).wrap().selectable(true));
    };
    match &card.state {
        CardState::Absent | CardState::Here => {}
        CardState::Begun { done } => {
            small(ui, &format!("{} of it are here", size(*done)), palette.dim);
        }
        CardState::Downloading { done, left } => {
            let share = *done as f32 / card.bytes.max(1) as f32;
            let left = left.map(|left| format!(" · {}", words::left(left))).unwrap_or_default();
            small(ui, &format!("{} of {}{left}", size(*done), size(card.bytes)), palette.dim);
            ui.add_space(2.0);
            controls::progress_bar(ui, share, &format!("Download of {}", card.name));
        }
        CardState::Broken(problem) => {
            small(ui, &format!("It cannot be used: {problem}."), palette.problem);
        }
        CardState::Failed { message } => small(ui, message, palette.problem),
    }
}

fn buttons(
    ui: &mut Ui,
    card: &CardView,
    can_download: bool,
    doubted: &mut Option<String>,
    outbox: &mut Outbox,
) {
    let name = &card.name;
    if doubted.as_ref() == Some(name) {
        if ui.add(Button::new("Keep").name(&format!("Keep {name}"))).clicked() {
            *doubted = None;
        }
        let delete = format!("Really delete {name}");
        if ui.add(Button::new("Delete").weight(Weight::Recording).name(&delete)).clicked() {
            *doubted = None;
            outbox.send(Command::DeleteModel(name.clone()));
        }
        return;
    }
    let mut button = |text: &str, icon, weight| {
        let label = format!("{text} {name}");
        ui.add(Button::new(text).icon(icon).weight(weight).name(&label)).clicked()
    };
    match &card.state {
        CardState::Downloading { .. } => {
            if button("Cancel", Icon::Cross, Weight::Plain) {
                outbox.send(Command::CancelDownload(name.clone()));
            }
            return;
        }
        CardState::Here => {
            if !card.in_use && button("Use", Icon::Check, Weight::Plain) {
                outbox.send(Command::ChooseModel(name.clone()));
            }
        }
        CardState::Absent | CardState::Begun { .. } | CardState::Failed { .. } | CardState::Broken(_) => {
            let (text, icon) = match card.state {
                CardState::Begun { .. } => ("Continue", Icon::Save),
                CardState::Failed { .. } => ("Try again", Icon::Retry),
                _ => ("Download", Icon::Save),
            };
            let weight = if card.suggested { Weight::Accent } else { Weight::Plain };
            let wanted = card.published && can_download && !matches!(card.state, CardState::Broken(_));
            if wanted && button(text, icon, weight) {
                outbox.send(Command::Download(name.clone()));
            }
        }
    }
    if card.deletable {
        let delete = format!("Delete {name}");
        let icon = Button::icon_only(Icon::Trash, &delete);
        if ui.add(icon).on_hover_text("Delete the file").clicked() {
            *doubted = Some(name.clone());
        }
    }
}
