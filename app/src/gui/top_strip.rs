//! The strip at the top: who computes, with which model, from which microphone.

use super::controls::{self, Button};
use super::dialogs::{Dialogs, Question};
use super::evidence;
use super::icons::{self, Icon};
use super::outbox::Outbox;
use super::pages::Pages;
use super::theme::{self, CONTROL_HEIGHT};
use super::words;
use crate::session::{Channel, ChannelsView, Command, DictationView, EngineView, MicrophoneState, Snapshot};
use crate::texts;
use eframe::egui::accesskit::Role;
use eframe::egui::{
    Align, ComboBox, FontId, Id, Key, Label, Layout, Modifiers, Popup, PopupCloseBehavior, RectAlign,
    Response, RichText, Sense, TextStyle, Ui, Vec2, WidgetInfo, vec2,
};

const METER_WIDTH: f32 = 64.0;
/// Below this width, the button for files has no words.
const NARROW: f32 = 760.0;
/// What icons and buttons beside the lists and the meter take, in points.
const OTHERS: f32 = 348.0;
/// The same in a narrow window.
const NARROW_OTHERS: f32 = 284.0;
/// What stands behind the word that the microphone is open.
fn stays_open() -> &'static str {
    texts::microphone_stays_open()
}

/// Draws the strip over the whole width of `ui`, with the list of models open if `open_models`.
pub fn show(
    ui: &mut Ui,
    snapshot: &Snapshot,
    outbox: &mut Outbox,
    dialogs: &mut Dialogs,
    pages: &mut Pages,
    files_open: &mut Option<bool>,
    open_models: bool,
) {
    ui.horizontal_centered(|ui| {
        badge(ui, snapshot, outbox, pages);
        // What is left beside the icons, the meter and the button is shared by the two lists.
        let narrow = ui.max_rect().width() < NARROW;
        let others = if narrow { NARROW_OTHERS } else { OTHERS };
        let list_width = ((ui.available_width() - METER_WIDTH - others) / 2.0).clamp(84.0, 230.0);
        let (models, more) = model_list(ui, snapshot, outbox, dialogs, list_width);
        if more && !pages.library.is_open() {
            pages.toggle_library(outbox);
        }
        if open_models && snapshot.demo_only {
            // There is nothing in the list yet.
            if !pages.library.is_open() {
                pages.toggle_library(outbox);
            }
        } else if open_models {
            // Where `ComboBox` keeps its list.
            Popup::open_id(ui.ctx(), models.id.with("popup"));
            ui.ctx().request_repaint();
            outbox.send(Command::Refresh);
        }
        ui.add_space(4.0);
        microphone_list(ui, snapshot, outbox, list_width);
        microphone_state(ui, snapshot);
        controls::at_right(ui, |ui| {
            if narrow {
                ui.spacing_mut().item_spacing.x = 2.0;
            }
            let history = pages.history.is_open();
            if page(
                ui,
                Icon::Clock,
                texts::page_history(),
                texts::strip_history_hint(),
                history,
                Some(Key::H),
            ) {
                pages.toggle_history(outbox);
            }
            let settings = pages.settings.is_open();
            let hint = texts::strip_settings_hint();
            if page(ui, Icon::Gear, texts::page_settings(), hint, settings, Some(Key::Comma)) {
                pages.toggle_settings(outbox);
            }
            let doctor = pages.doctor.is_open() || pages.benchmark.is_open();
            if page(ui, Icon::Info, texts::page_doctor(), texts::strip_doctor_hint(), doctor, None) {
                pages.toggle_doctor(ui, outbox);
            }
            let library = pages.library.is_open();
            if page(ui, Icon::Stack, texts::page_models(), texts::strip_models_hint(), library, None) {
                pages.toggle_library(outbox);
            }
            let anywhere = pages.anywhere.is_open();
            if page(ui, Icon::Keyboard, texts::page_anywhere(), texts::strip_anywhere_hint(), anywhere, None)
            {
                pages.toggle_anywhere(outbox);
            }
            if !snapshot.files.is_empty() && !files_open.unwrap_or(snapshot.files.added > 0) {
                let files = Button::icon_only(Icon::List, texts::page_files());
                if ui.add(files).on_hover_text(texts::strip_files_hint()).clicked() {
                    *files_open = Some(true);
                }
            }
            let add = if narrow {
                Button::new("").name(texts::strip_add_files())
            } else {
                Button::new(texts::strip_add_files())
            };
            let add = add.icon(Icon::Plus);
            if ui.add(add).on_hover_text(texts::strip_add_files_hint()).clicked() {
                dialogs.ask(ui.ctx(), Question::Files);
            }
        });
    });
}

/// The button of a page; whether the page is to open, or to close. With Ctrl, `key` does the same.
fn page(ui: &mut Ui, icon: Icon, name: &str, hint: &str, open: bool, key: Option<Key>) -> bool {
    let button = ui.add(Button::icon_only(icon, name).chosen(open)).on_hover_text(hint);
    let pressed = key.is_some_and(|key| ui.input_mut(|i| i.consume_key(Modifiers::COMMAND, key)));
    button.clicked() || pressed
}

/// Words of the badge, and what stands behind them.
fn badge_words(engine: &EngineView) -> (String, String) {
    match engine {
        EngineView::Unloaded => (texts::badge_no_model().into(), texts::badge_no_model_detail().into()),
        EngineView::Loading { model } => (texts::badge_loading().into(), texts::badge_loading_detail(model)),
        EngineView::Resting { model } => (texts::badge_resting().into(), texts::badge_resting_detail(model)),
        EngineView::Ready { model, backend, standing } => {
            let precision = words::precision(backend.precision, standing);
            (
                backend.name.clone(),
                texts::badge_runs(model, backend.kind.to_string(), backend.threads, precision),
            )
        }
        EngineView::Failed { message, .. } => (texts::badge_failed().into(), message.clone()),
    }
}

fn badge(ui: &mut Ui, snapshot: &Snapshot, outbox: &mut Outbox, pages: &mut Pages) {
    let engine = &snapshot.engine;
    let palette = theme::palette(ui.visuals());
    let (words, detail) = badge_words(engine);
    let (fill, color) = match engine {
        _ if evidence::is_problem(snapshot) => (palette.problem_soft, palette.problem),
        EngineView::Ready { .. } => (palette.accent_soft, palette.accent),
        EngineView::Failed { .. } => (palette.problem_soft, palette.problem),
        EngineView::Unloaded | EngineView::Loading { .. } | EngineView::Resting { .. } => {
            (palette.sunken, palette.dim)
        }
    };
    let font = FontId::new(13.5, TextStyle::Button.resolve(ui.style()).family);
    let galley = ui.painter().layout_no_wrap(words.clone(), font, color);
    let size = vec2(galley.size().x + 22.0, 26.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    ui.painter().rect_filled(rect, rect.height() / 2.0, fill);
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, color);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, texts::badge_name(&words)));
    controls::detail(ui, &response, &detail);
    let menu = Popup::menu(&response)
        .id(Id::unique("evidence"))
        .align(RectAlign::BOTTOM_START)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .accessible_name(texts::badge_menu());
    let shown = menu.show(|ui| evidence::show(ui, snapshot, &detail, outbox));
    if shown.is_some_and(|shown| shown.inner) && !pages.doctor.is_open() {
        pages.toggle_doctor(ui, outbox);
    }
}

/// The list, and whether the person wants to see the page with all of them.
fn model_list(
    ui: &mut Ui,
    snapshot: &Snapshot,
    outbox: &mut Outbox,
    dialogs: &mut Dialogs,
    width: f32,
) -> (Response, bool) {
    let mut more = false;
    let (named, in_use) = match &snapshot.engine {
        EngineView::Unloaded => (None, false),
        EngineView::Loading { model } | EngineView::Resting { model } | EngineView::Ready { model, .. } => {
            (Some(model.as_str()), true)
        }
        // Its file may have been mended since: choosing it again tries again.
        EngineView::Failed { model, .. } => (Some(model.as_str()), false),
    };
    let known = snapshot.models.iter().find(|m| Some(m.name.as_str()) == named);
    let title = known.map_or(named.unwrap_or(texts::model_choose()), |m| m.label.as_str()).to_owned();
    let list = drop_down(ui, texts::model_list(), &title, width, outbox, |ui, outbox| {
        for model in &snapshot.models {
            let chosen = in_use && Some(model.name.as_str()) == named;
            // A demo that only stands in is in use, yet nobody chose it: choosing it says "for everything".
            if ui.selectable_label(chosen, &model.label).clicked() && (!chosen || snapshot.demo_only) {
                outbox.send(Command::ChooseModel(model.name.clone()));
            }
        }
        if !snapshot.models.is_empty() {
            ui.separator();
        }
        more = ui.selectable_label(false, texts::model_more()).clicked();
        if ui.selectable_label(false, texts::model_other_file()).clicked() {
            dialogs.ask(ui.ctx(), Question::Model);
        }
        if snapshot.demo_only || snapshot.models.is_empty() {
            ui.separator();
            ui.set_max_width(width.max(300.0));
            // Menus stretch what is in them, words included.
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                ui.add(Label::new(RichText::new(words::where_models_go()).small().weak()).wrap());
            });
        }
    });
    (list, more)
}

fn microphone_list(ui: &mut Ui, snapshot: &Snapshot, outbox: &mut Outbox, width: f32) {
    let palette = theme::palette(ui.visuals());
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(16.0), Sense::hover());
    icons::paint(ui.painter(), Icon::Microphone, rect, palette.dim);

    fn default() -> &'static str {
        texts::microphone_default()
    }
    let chosen = snapshot.microphone.as_deref();
    let title = match chosen {
        None => default(),
        Some(id) => snapshot.microphone_name.as_deref().unwrap_or(id),
    };
    drop_down(ui, texts::microphone_list(), title, width, outbox, |ui, outbox| {
        if ui.selectable_label(chosen.is_none(), default()).clicked() && chosen.is_some() {
            outbox.send(Command::ChooseMicrophone(None));
        }
        for microphone in &snapshot.microphones {
            let is_chosen = chosen == Some(microphone.id.as_str());
            if ui.selectable_label(is_chosen, &microphone.label).clicked() && !is_chosen {
                outbox.send(Command::ChooseMicrophone(Some(microphone.id.clone())));
            }
        }
        if let Some(channels) = &snapshot.microphone_state.channels {
            channel_rows(ui, channels, outbox);
        }
        if matches!(snapshot.dictation, DictationView::Arming | DictationView::Recording { .. }) {
            ui.separator();
            ui.label(RichText::new(texts::microphone_next_recording()).small().weak());
        }
    });
}

/// Which of several channels is recorded.
fn channel_rows(ui: &mut Ui, channels: &ChannelsView, outbox: &mut Outbox) {
    ui.separator();
    let ChannelsView { heard, decided, chosen } = channels;
    let automatic = match chosen {
        None if *decided => texts::microphone_channel_heard(heard.to_string()),
        _ => texts::microphone_channel_speech().into(),
    };
    if ui.selectable_label(chosen.is_none(), automatic).clicked() && chosen.is_some() {
        outbox.send(Command::ChooseChannel(None));
    }
    for index in 0..heard.of {
        let is_chosen = *chosen == Some(index);
        let words = texts::microphone_channel_only(Channel { index, ..*heard }.to_string());
        if ui.selectable_label(is_chosen, words).clicked() && !is_chosen {
            outbox.send(Command::ChooseChannel(Some(index)));
        }
    }
}

/// Levels while it records; while it is only open, that it is.
fn microphone_state(ui: &mut Ui, snapshot: &Snapshot) {
    let MicrophoneState { open, levels, .. } = &snapshot.microphone_state;
    if let DictationView::Recording { level, .. } = snapshot.dictation {
        let level = [level];
        let levels = if levels.len() > 1 { levels } else { &level[..] };
        controls::level_meters(ui, levels, vec2(METER_WIDTH, CONTROL_HEIGHT));
    } else if *open {
        let label = ui.add(
            Label::new(RichText::new(texts::microphone_open()).small().weak())
                .sense(Sense::focusable_noninteractive()),
        );
        label.widget_info(|| WidgetInfo::labeled(Role::Label, true, texts::microphone_open_name()));
        controls::detail(ui, &label, stays_open());
    }
}

/// A list that opens on a click. What it offers is looked for again each time it is opened.
fn drop_down(
    ui: &mut Ui,
    name: &str,
    title: &str,
    width: f32,
    outbox: &mut Outbox,
    rows: impl FnOnce(&mut Ui, &mut Outbox),
) -> Response {
    let list = ComboBox::from_id_salt(name)
        .width(width)
        .truncate()
        .height(360.0)
        .icon(controls::chevron)
        .selected_text(title);
    let was_open = Popup::is_any_open(ui.ctx());
    let shown = ui.allocate_ui(vec2(width, CONTROL_HEIGHT), |ui| {
        list.show_ui(ui, |ui| {
            ui.set_min_width(width.max(200.0));
            rows(ui, outbox);
        })
    });
    let response = shown.inner.response;
    if response.clicked() && !was_open {
        outbox.send(Command::Refresh);
    }
    response.accessible_name(name).on_hover_text(texts::list_choice(name, title))
}
