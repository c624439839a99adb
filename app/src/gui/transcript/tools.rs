//! What can be done with the transcript that is shown: hear it, look for words, edit it.

use super::edits::Edits;
use super::find::Find;
use crate::gui::controls::{self, Button, Weight};
use crate::gui::fields;
use crate::gui::icons::Icon;
use crate::gui::outbox::Outbox;
use crate::gui::theme::CONTROL_HEIGHT;
use crate::gui::words;
use crate::kept_files::FileOptions;
use crate::session::{Command, FileState, FileView, Played, Playing, Shown, Snapshot};
use crate::texts;
use eframe::egui::{
    Align, Layout, Popup, PopupCloseBehavior, Rect, RectAlign, Response, RichText, Ui, UiBuilder, pos2,
};

/// What is heard of the transcript that is shown.
pub fn playing(snapshot: &Snapshot) -> Option<Playing> {
    snapshot.history.playing.filter(|playing| playing.of == Played::Shown(snapshot.shown))
}

/// Whether there is a recording to hear.
pub fn is_playable(snapshot: &Snapshot) -> bool {
    match snapshot.shown {
        Shown::Demo | Shown::Dictation => !snapshot.transcript.growing,
        Shown::File(_) => true,
    }
}

/// What the dictation's text leaves free above it, in points: its first line stands there from the first live word on.
const ABOVE_DICTATION: f32 = 22.0;

/// Leaves as much room above live text as the tools will take of it.
pub fn leave_room(ui: &mut Ui) {
    let top = ui.max_rect();
    ui.advance_cursor_after_rect(Rect::from_min_max(
        top.min,
        pos2(top.right() - 8.0, top.top() + ABOVE_DICTATION),
    ));
}

/// Draws the tools at the right end of the line above the text; returns how much of it they take, in points.
pub fn show(
    ui: &mut Ui,
    snapshot: &Snapshot,
    find: &mut Find,
    edits: &mut Edits,
    outbox: &mut Outbox,
) -> f32 {
    let top = ui.max_rect();
    // The dictation has no heading, and its first line of text keeps its place.
    let (y, height) = match snapshot.shown {
        Shown::Dictation => (top.top() - 6.0, 28.0),
        Shown::File(_) | Shown::Demo => (top.top(), CONTROL_HEIGHT),
    };
    let line = Rect::from_min_max(pos2(top.left(), y), pos2(top.right() - 8.0, y + height));
    let layout = Layout::left_to_right(Align::Center);
    // No part of what is laid out: above its top the card would grow out of its place.
    let mut row = ui.new_child(UiBuilder::new().max_rect(line).layout(layout));
    let tools = controls::at_right(&mut row, |ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        if let Some(playing) = playing(snapshot) {
            ui.label(RichText::new(words::clock(playing.position)).small().weak());
            let stop = Button::new(texts::play_stop())
                .icon(Icon::Stop)
                .weight(Weight::Quiet)
                .name(texts::play_stop_name());
            if ui.add(stop).clicked() {
                outbox.send(Command::StopPlaying);
            }
        }
        let has_text = !snapshot.transcript.segments.is_empty();
        if has_text && snapshot.transcript.editable {
            edit(ui, snapshot, edits, outbox);
        }
        let look = Button::icon_only(Icon::Search, texts::find_open());
        if has_text && ui.add(look).on_hover_text(texts::find_open_hint()).clicked() {
            find.open();
        }
        if let Shown::File(id) = snapshot.shown
            && let Some(file) = snapshot.files.iter().find(|file| file.id == id)
        {
            file_options(ui, file, outbox);
        }
    });
    if snapshot.shown == Shown::Dictation {
        leave_room(ui);
    }
    tools.response.rect.width() + 8.0
}

fn edit(ui: &mut Ui, snapshot: &Snapshot, edits: &mut Edits, outbox: &mut Outbox) {
    if !edits.is_on() {
        let button = Button::icon_only(Icon::Pencil, texts::edit());
        if ui.add(button).on_hover_text(texts::edit_hint()).clicked() {
            edits.toggle(outbox);
        }
        return;
    }
    if !snapshot.transcript.edited.is_empty() || edits.has_drafts() {
        let restore = Button::new(texts::edit_restore())
            .icon(Icon::Retry)
            .weight(Weight::Quiet)
            .name(texts::edit_restore_name());
        if ui.add(restore).on_hover_text(texts::edit_restore_hint()).clicked() {
            edits.forget();
            outbox.send(Command::Restore(snapshot.shown));
        }
    }
    if ui.add(Button::new(texts::edit_done()).icon(Icon::Check).name(texts::edit_done_name())).clicked() {
        edits.toggle(outbox);
    }
}

/// The menu with what belongs to one file.
fn file_options(ui: &mut Ui, file: &FileView, outbox: &mut Outbox) {
    let button = ui.add(Button::icon_only(Icon::Dots, texts::file_options()));
    let button = button.on_hover_text(texts::file_options());
    let menu = Popup::menu(&button)
        .align(RectAlign::BOTTOM_END)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .accessible_name(texts::file_options());
    menu.show(|ui| {
        ui.set_max_width(340.0);
        let mut options = file.options;
        if let Some(about) = &file.about {
            tracks(ui, file, about, &mut options);
        }
        let channels = file.about.as_ref().map_or(1, |about| about.channels);
        ui.add_enabled_ui(channels > 1 || options.by_channel, |ui| by_channel(ui, &mut options));
        by_word(ui, &mut options);
        if options != file.options {
            outbox.send(Command::ChangeFile(file.id, options));
        }
        ui.separator();
        let busy = matches!(file.state, FileState::Waiting | FileState::Running { .. });
        let again =
            ui.add_enabled(!busy, Button::new(texts::file_again()).icon(Icon::Retry).weight(Weight::Quiet));
        if again.on_hover_text(texts::file_again_hint()).clicked() {
            outbox.send(Command::RetryFile(file.id));
            ui.close();
        }
    });
}

fn tracks(ui: &mut Ui, file: &FileView, about: &crate::session::AboutFile, options: &mut FileOptions) {
    if about.tracks.len() < 2 {
        return;
    }
    ui.label(RichText::new(texts::file_track()).small().weak());
    for track in &about.tracks {
        let chosen = file.options.track.map_or(track.default, |number| number == track.number);
        if ui.selectable_label(chosen, format!("{}: {}", track.number, track.label)).clicked() {
            options.track = Some(track.number);
        }
    }
    ui.separator();
}

/// Whether each channel is somebody of their own.
pub fn by_channel(ui: &mut Ui, options: &mut FileOptions) {
    let hint = texts::file_by_channel_hint();
    tick(ui, &mut options.by_channel, texts::file_by_channel()).on_hover_text(hint);
}

/// Whether every word gets a time.
pub fn by_word(ui: &mut Ui, options: &mut FileOptions) {
    let hint = texts::file_by_word_hint();
    tick(ui, &mut options.words, texts::file_by_word()).on_hover_text(hint);
}

/// A box to tick. A menu takes the frames off its buttons, and a box is nothing else.
fn tick(ui: &mut Ui, value: &mut bool, text: &str) -> Response {
    ui.scope(|ui| {
        ui.visuals_mut().widgets = ui.ctx().global_style().visuals.widgets.clone();
        fields::show_edges(ui);
        ui.checkbox(value, text)
    })
    .inner
}
