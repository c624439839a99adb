//! The bar at the bottom: the record button, cancel, how fast it went, copy and save.

use super::controls::{self, Button, Weight};
use super::dialogs::{Dialogs, Question};
use super::icons::Icon;
use super::latency;
use super::outbox::Outbox;
use super::words;
use crate::export::Format;
use crate::session::{Command, DictationView, FileView, Shown, Snapshot};
use crate::texts;
use eframe::egui::{
    Align, Event, Id, Key, Layout, Popup, PopupCloseBehavior, Rect, RectAlign, Ui, UiBuilder, pos2, vec2,
};

const RECORD_WIDTH: f32 = 230.0;
const RECORD_HEIGHT: f32 = 54.0;

/// What Space and the big button ask for in this state, if anything. While the microphone opens only
/// Space does: the button says what is under way.
fn record_command(view: &DictationView) -> Option<Command> {
    match view {
        // The text is in the window while it is handed over: nobody waits for a slow clipboard.
        DictationView::Idle | DictationView::Delivering => Some(Command::Start),
        DictationView::Arming | DictationView::Recording { .. } => Some(Command::Stop),
        DictationView::Finishing { .. } => None,
    }
}

fn can_cancel(view: &DictationView) -> bool {
    matches!(view, DictationView::Arming | DictationView::Recording { .. } | DictationView::Finishing { .. })
}

/// Space starts and stops, Esc cancels, unless the key belongs to a control or an open menu.
pub fn keys(ui: &Ui, snapshot: &Snapshot, outbox: &mut Outbox) {
    let ctx = ui.ctx();
    if is_pressed(ui, Key::Space)
        && ctx.memory(|m| m.focused()).is_none()
        && let Some(command) = record_command(&snapshot.dictation)
    {
        outbox.send(command);
    }
    if is_pressed(ui, Key::Escape) && !ctx.text_edit_focused() && can_cancel(&snapshot.dictation) {
        outbox.send(Command::Cancel);
    }
}

/// Whether Esc leaves a page: it is pressed, and neither a control nor a menu nor a dictation has a use for it.
pub fn leaves(ui: &Ui, snapshot: &Snapshot) -> bool {
    is_pressed(ui, Key::Escape) && !ui.ctx().text_edit_focused() && !can_cancel(&snapshot.dictation)
}

/// Whether a key is pressed, alone, that no open menu has a use for.
fn is_pressed(ui: &Ui, key: Key) -> bool {
    let pressed = |event: &Event| matches!(event, Event::Key { key: other, pressed: true, repeat: false, .. } if *other == key);
    !Popup::is_any_open(ui.ctx()) && ui.input(|i| i.modifiers.is_none() && i.events.iter().any(pressed))
}

/// Draws the bar over the whole width of `ui`; the record button keeps its place in every state.
pub fn show(ui: &mut Ui, snapshot: &Snapshot, outbox: &mut Outbox, dialogs: &mut Dialogs) {
    let bar = ui.max_rect();
    let record_width = if bar.width() < 760.0 { 200.0 } else { RECORD_WIDTH };
    let record = Rect::from_center_size(bar.center(), vec2(record_width, RECORD_HEIGHT));

    let left = Rect::from_min_max(bar.min, pos2(record.left() - 12.0, bar.bottom()));
    if can_cancel(&snapshot.dictation) {
        let layout = Layout::right_to_left(Align::Center);
        ui.scope_builder(UiBuilder::new().max_rect(left).layout(layout), |ui| cancel(ui, outbox));
    } else {
        let layout = Layout::left_to_right(Align::Center);
        ui.scope_builder(UiBuilder::new().max_rect(left).layout(layout), |ui| speed(ui, snapshot, outbox));
    }
    ui.scope_builder(UiBuilder::new().max_rect(record), |ui| record_button(ui, snapshot, outbox, record));
    let right = Rect::from_min_max(pos2(record.right() + 12.0, bar.top()), bar.max);
    let layout = Layout::left_to_right(Align::Center);
    ui.scope_builder(UiBuilder::new().max_rect(right).layout(layout), |ui| {
        let room = ui.available_width();
        controls::at_right(ui, |ui| copy_and_save(ui, snapshot, outbox, dialogs, room));
    });
}

fn record_button(ui: &mut Ui, snapshot: &Snapshot, outbox: &mut Outbox, rect: Rect) {
    let view = &snapshot.dictation;
    let words = words::dictation(view);
    let button = Button::new(&words).large(rect.size(), 18.0);
    let (button, hint) = match view {
        DictationView::Idle | DictationView::Delivering => {
            (button.icon(Icon::Dot).weight(Weight::Accent), texts::record_hint())
        }
        DictationView::Recording { .. } => {
            (button.icon(Icon::Stop).weight(Weight::Recording), texts::record_stop_hint())
        }
        _ => (button.weight(Weight::Busy), ""),
    };
    let mut response = ui.add(button);
    if !hint.is_empty() {
        response = response.on_hover_text(hint);
    }
    if response.clicked()
        && let Some(command) = record_command(view)
    {
        outbox.send(command);
    }
}

fn cancel(ui: &mut Ui, outbox: &mut Outbox) {
    let button = Button::new(texts::cancel()).icon(Icon::Cross);
    if ui.add(button).on_hover_text(texts::record_cancel_hint()).clicked() {
        outbox.send(Command::Cancel);
    }
}

/// The speed, once there is one.
fn speed(ui: &mut Ui, snapshot: &Snapshot, outbox: &mut Outbox) {
    let Some(measured) = &snapshot.transcript.speed else { return };
    let Some(words) = words::speed(measured) else { return };
    let detail = words::speed_detail(measured);
    let button = ui.add(Button::new(&words).weight(Weight::Quiet));
    controls::detail(ui, &button, &detail);
    let menu = Popup::menu(&button)
        .id(Id::unique("speed menu"))
        .align(RectAlign::TOP_START)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .accessible_name(texts::speed_menu());
    menu.show(|ui| latency::show(ui, snapshot, outbox));
}

/// Draws both buttons, which have `room` points: where that is too little, copying is an icon.
fn copy_and_save(ui: &mut Ui, snapshot: &Snapshot, outbox: &mut Outbox, dialogs: &mut Dialogs, room: f32) {
    let transcript = &snapshot.transcript;
    let has_text = !transcript.segments.is_empty();

    let save = Button::new(texts::save_as()).icon(Icon::Save);
    let copy = Button::new(texts::copy()).icon(Icon::Copy);
    let has_room = copy.width(ui) + ui.spacing().item_spacing.x + save.width(ui) <= room;
    let copy = if has_room { copy } else { Button::new("").name(texts::copy()).icon(Icon::Copy) };
    if ui.add_enabled(has_text, copy).on_hover_text(texts::copy_hint()).clicked() {
        outbox.send(Command::Copy);
    }

    let save = ui.add_enabled(has_text && !transcript.growing, save);
    let menu = Popup::menu(&save)
        .id(Id::unique("save menu"))
        .align(RectAlign::TOP_END)
        .accessible_name(texts::save_as_menu());
    menu.show(|ui| {
        for format in Format::ALL {
            if ui.selectable_label(false, format.words()).clicked() {
                let question =
                    Question::Save { format, shown: snapshot.shown, name: proposed_name(snapshot) };
                dialogs.ask(ui.ctx(), question);
            }
        }
    });
}

/// The name, without its end, under which the shown transcript would be saved.
fn proposed_name(snapshot: &Snapshot) -> String {
    let stem = |file: &FileView| file.path.file_stem().map(|s| s.to_string_lossy().into_owned());
    match snapshot.shown {
        Shown::Dictation => texts::name_dictation().into(),
        Shown::Demo => texts::name_demo().into(),
        Shown::File(id) => snapshot
            .files
            .iter()
            .find(|f| f.id == id)
            .and_then(stem)
            .unwrap_or_else(|| texts::name_transcript().into()),
    }
}
