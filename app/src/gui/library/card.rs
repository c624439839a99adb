//! One model: what it is, how fast it is here, and what can be done with it.

use crate::gui::controls::{self, Button, Weight};
use crate::gui::icons::Icon;
use crate::gui::outbox::Outbox;
use crate::gui::{theme, words};
use crate::session::{CardState, CardView, Command, Known};
use crate::text::size;
use crate::texts;
use eframe::egui::{Frame, Label, Margin, RichText, Stroke, Ui};

/// Room for the buttons.
const BUTTONS: f32 = 224.0;

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
                controls::at_right(ui, |ui| {
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
            ui.label(RichText::new(texts::card_in_use()).small().color(palette.accent));
        }
    });
}

/// Size, memory and speed in one line.
fn facts(card: &CardView) -> String {
    let memory = card.memory.map(|bytes| texts::card_memory(size(bytes)));
    let speed = card.speed.map(speed);
    let weights = match card.weights.as_str() {
        "f16" => None,
        weights if card.published => Some(texts::card_weights(weights)),
        weights => Some(weights.to_owned()),
    };
    let checked = card.checked.then(|| texts::card_checked().to_owned());
    let parts = [Some(size(card.bytes)), weights, memory, speed, checked];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// A speed, and how it is known.
pub fn speed(known: Known) -> String {
    let times = |x: f64| format!("{}×", texts::decimal(x, usize::from(x < 9.95)));
    match known {
        Known::Estimated(x) => texts::card_estimated(times(x)),
        Known::Measured(x) => texts::card_measured(times(x)),
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
            small(ui, &texts::card_begun(size(*done)), palette.dim);
        }
        CardState::Downloading { done, left } => {
            let share = *done as f32 / card.bytes.max(1) as f32;
            let left = left.map(|left| format!(" · {}", words::left(left))).unwrap_or_default();
            small(ui, &(texts::card_progress(size(*done), size(card.bytes)) + &left), palette.dim);
            ui.add_space(2.0);
            controls::progress_bar(ui, share, &texts::card_progress_name(&card.name));
        }
        CardState::Broken(problem) => {
            small(ui, &texts::card_broken(problem.to_string()), palette.problem);
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
        if ui
            .add(Button::new(texts::card_keep()).name(&texts::card_action(texts::card_keep(), name)))
            .clicked()
        {
            *doubted = None;
        }
        let delete = texts::card_really_delete(name);
        if ui.add(Button::new(texts::delete()).weight(Weight::Recording).name(&delete)).clicked() {
            *doubted = None;
            outbox.send(Command::DeleteModel(name.clone()));
        }
        return;
    }
    let mut button = |text: &str, icon, weight| {
        let label = texts::card_action(text, name);
        ui.add(Button::new(text).icon(icon).weight(weight).name(&label)).clicked()
    };
    match &card.state {
        CardState::Downloading { .. } => {
            if button(texts::cancel(), Icon::Cross, Weight::Plain) {
                outbox.send(Command::CancelDownload(name.clone()));
            }
            return;
        }
        CardState::Here => {
            if !card.in_use && button(texts::card_use(), Icon::Check, Weight::Plain) {
                outbox.send(Command::ChooseModel(name.clone()));
            }
        }
        CardState::Absent | CardState::Begun { .. } | CardState::Failed { .. } | CardState::Broken(_) => {
            let (text, icon) = match card.state {
                CardState::Begun { .. } => (texts::card_continue(), Icon::Save),
                CardState::Failed { .. } => (texts::try_again(), Icon::Retry),
                _ => (texts::card_download(), Icon::Save),
            };
            let weight = if card.suggested { Weight::Accent } else { Weight::Plain };
            let wanted = card.published && can_download && !matches!(card.state, CardState::Broken(_));
            if wanted && button(text, icon, weight) {
                outbox.send(Command::Download(name.clone()));
            }
        }
    }
    if card.deletable {
        let delete = texts::card_action(texts::delete(), name);
        let icon = Button::icon_only(Icon::Trash, &delete);
        if ui.add(icon).on_hover_text(texts::card_delete_hint()).clicked() {
            *doubted = Some(name.clone());
        }
    }
}
