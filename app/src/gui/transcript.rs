//! The middle of the window: a transcript, or what is there in place of one.

mod edits;
mod find;
mod segments;
pub mod tools;

use super::controls::{self, Button, Weight};
use super::dialogs::{Dialogs, Question};
use super::icon;
use super::icons::Icon;
use super::outbox::Outbox;
use super::theme;
use super::words;
use crate::session::{Command, DictationView, EngineView, FileState, FileView, LiveView, Shown, Snapshot};
use crate::texts;
use edits::Edits;
use eframe::egui::{
    Align, Context, Frame, Label, Layout, Margin, Rect, RichText, ScrollArea, Sense, Ui, UiBuilder, Vec2,
    pos2, vec2,
};
use find::Find;
use segments::{Marks, Segments};
use std::collections::VecDeque;

/// Width and height of the mark in an empty window, in points.
const MARK_SIZE: f32 = 64.0;
/// Moments of the microphone's level that are drawn while it is recording.
const LEVELS: usize = 48;

/// What the middle remembers between frames, for drawing only.
#[derive(Default)]
pub struct TranscriptPane {
    segments: Segments,
    find: Find,
    edits: Edits,
    levels: VecDeque<f32>,
    /// What the tools took of the line above the text, in points.
    tools: f32,
}

impl TranscriptPane {
    /// Takes what is drawn over time from each snapshot.
    pub fn note(&mut self, snapshot: &Snapshot) {
        match snapshot.dictation {
            DictationView::Recording { level, .. } => {
                if self.levels.len() == LEVELS {
                    self.levels.pop_front();
                }
                self.levels.push_back(level);
            }
            _ => self.levels.clear(),
        }
    }

    /// Takes the keys that belong to the transcript before anybody else does.
    pub fn keys(&mut self, ctx: &Context, snapshot: &Snapshot) {
        self.find.keys(ctx, !snapshot.transcript.segments.is_empty());
    }

    /// What was written goes to the session: the window is about to close.
    pub fn leave(&mut self, outbox: &mut Outbox) {
        self.edits.send(outbox);
    }

    /// Draws the middle over all that is left of `ui`; returns whether the person wants to see the models.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        snapshot: &Snapshot,
        outbox: &mut Outbox,
        dialogs: &mut Dialogs,
    ) -> bool {
        let transcript = &snapshot.transcript;
        self.edits.note(ui.ctx(), snapshot, outbox);
        if snapshot.shown != Shown::Dictation {
            heading(ui, snapshot, self.tools, outbox);
        }
        let has_text = !transcript.segments.is_empty();
        if has_text || matches!(snapshot.shown, Shown::File(_)) {
            self.tools = tools::show(ui, snapshot, &mut self.find, &mut self.edits, outbox);
        }
        if has_text {
            if snapshot.shown != Shown::Dictation {
                ui.add_space(8.0);
            }
            self.find.show(ui, &transcript.segments);
        } else if transcript.live != LiveView::default() {
            tools::leave_room(ui);
        }
        if transcript.growing
            && let Some(share) = transcript.progress
        {
            controls::progress_bar(ui, share, texts::transcript_progress());
            ui.add_space(6.0);
        }
        if transcript.segments.is_empty() && transcript.live == LiveView::default() {
            self.in_place_of_text(ui, snapshot, outbox, dialogs)
        } else {
            let marks = Marks {
                find: &mut self.find,
                heard: tools::playing(snapshot).map(|playing| playing.position.as_secs_f64()),
                playable: tools::is_playable(snapshot),
                edits: &mut self.edits,
            };
            self.segments.show(ui, transcript, snapshot.shown, marks, outbox);
            false
        }
    }

    fn in_place_of_text(
        &self,
        ui: &mut Ui,
        snapshot: &Snapshot,
        outbox: &mut Outbox,
        dialogs: &mut Dialogs,
    ) -> bool {
        if snapshot.transcript.no_speech {
            centred(ui, 60.0, |ui| {
                title(ui, texts::transcript_no_speech());
                detail(ui, texts::transcript_no_speech_detail());
            });
            return false;
        }
        match snapshot.shown {
            Shown::Dictation => return self.dictation(ui, snapshot, outbox, dialogs),
            // What failed says so in a message of its own, above.
            Shown::Demo if snapshot.transcript.growing => {
                centred(ui, 30.0, |ui| title(ui, texts::transcript_clip()));
            }
            Shown::Demo => {}
            Shown::File(id) => {
                if let Some(file) = snapshot.files.iter().find(|f| f.id == id) {
                    file_without_text(ui, file, outbox);
                }
            }
        }
        false
    }

    fn dictation(
        &self,
        ui: &mut Ui,
        snapshot: &Snapshot,
        outbox: &mut Outbox,
        dialogs: &mut Dialogs,
    ) -> bool {
        let mut models = false;
        match &snapshot.dictation {
            DictationView::Idle => match &snapshot.engine {
                EngineView::Failed { model, message } => centred(ui, 110.0, |ui| {
                    title(ui, &texts::transcript_model_failed(model));
                    detail(ui, message);
                    detail(ui, texts::transcript_choose_model());
                }),
                _ => models = welcome(ui, snapshot, outbox, dialogs),
            },
            DictationView::Arming => centred(ui, 30.0, |ui| title(ui, texts::transcript_arming())),
            DictationView::Recording { .. } => centred(ui, 170.0, |ui| {
                levels(ui, &self.levels);
                ui.add_space(18.0);
                title(ui, texts::transcript_listening());
                detail(ui, texts::transcript_listening_detail());
            }),
            DictationView::Finishing { recorded } => centred(ui, 60.0, |ui| {
                title(ui, &texts::transcript_writing(words::clock(*recorded)));
            }),
            DictationView::Delivering => centred(ui, 30.0, |ui| title(ui, texts::transcript_delivering())),
        }
        models
    }
}

/// What is shown, and the way back to the dictation.
fn heading(ui: &mut Ui, snapshot: &Snapshot, tools: f32, outbox: &mut Outbox) {
    let (name, note) = match snapshot.shown {
        Shown::Dictation => return,
        Shown::Demo => (texts::transcript_demo().to_owned(), texts::transcript_demo_note()),
        Shown::File(id) => {
            let file = snapshot.files.iter().find(|f| f.id == id);
            let changed = file.is_some_and(|file| file.changed);
            let note = if changed { texts::transcript_file_changed() } else { "" };
            (file.map_or_else(String::new, |file| file.name.to_string()), note)
        }
    };
    ui.horizontal(|ui| {
        // The tools are to the right of it.
        ui.set_max_width((ui.available_width() - tools - 12.0).max(160.0));
        let back = Button::new(texts::name_dictation()).icon(Icon::Back).name(texts::transcript_back());
        if ui.add(back).clicked() {
            outbox.send(Command::Show(Shown::Dictation));
        }
        ui.add(Label::new(RichText::new(name).strong()).truncate());
    });
    if !note.is_empty() {
        ui.add(Label::new(RichText::new(note).small().weak()).wrap());
    }
    ui.add_space(8.0);
}

/// Returns whether the person wants to see the models.
fn welcome(ui: &mut Ui, snapshot: &Snapshot, outbox: &mut Outbox, dialogs: &mut Dialogs) -> bool {
    let mut models = false;
    let height = if snapshot.demo_only { 310.0 } else { 130.0 };
    let has_room = ui.available_height() > height + MARK_SIZE;
    centred(ui, if has_room { height + MARK_SIZE } else { height }, |ui| {
        if has_room {
            let (mark, _) = ui.allocate_exact_size(Vec2::splat(MARK_SIZE), Sense::hover());
            icon::paint_mark(ui.painter(), mark, theme::palette(ui.visuals()).accent);
        }
        title(ui, texts::transcript_welcome());
        detail(ui, texts::transcript_welcome_detail());
        ui.add_space(8.0);
        if snapshot.demo_only {
            models = demo_card(ui, outbox);
        } else if snapshot.files.is_empty() {
            let add = Button::new(texts::files_add_folder()).icon(Icon::Folder).weight(Weight::Quiet);
            if ui.add(add).on_hover_text(texts::files_add_folder_hint()).clicked() {
                dialogs.ask(ui.ctx(), Question::Folders);
            }
        }
    });
    models
}

/// Returns whether the person wants to see the models.
fn demo_card(ui: &mut Ui, outbox: &mut Outbox) -> bool {
    let palette = theme::palette(ui.visuals());
    let width = ui.available_width().min(460.0);
    let card = Frame::new()
        .fill(palette.accent_soft)
        .corner_radius(theme::CARD_RADIUS)
        .inner_margin(Margin::symmetric(20, 16));
    let mut models = false;
    // `Frame` would take the whole width; the card is as wide as its text.
    ui.allocate_ui_with_layout(vec2(width, 0.0), Layout::top_down(Align::Center), |ui| {
        card.show(ui, |ui| {
            ui.set_width(width - 40.0);
            ui.vertical_centered(|ui| {
                let button =
                    Button::new(texts::transcript_try_demo()).icon(Icon::Play).weight(Weight::Accent);
                if ui.add(button).clicked() {
                    outbox.send(Command::TranscribeDemoClip);
                }
                ui.add_space(4.0);
                let note = texts::transcript_demo_only();
                ui.add(Label::new(RichText::new(note).small().color(palette.text)).wrap());
                ui.add_space(8.0);
                models = ui.add(Button::new(texts::transcript_get_model()).icon(Icon::Stack)).clicked();
                ui.add_space(4.0);
                let note = texts::transcript_get_model_note();
                ui.add(Label::new(RichText::new(note).small().color(palette.text)).wrap());
            });
        });
    });
    models
}

fn file_without_text(ui: &mut Ui, file: &FileView, outbox: &mut Outbox) {
    match &file.state {
        FileState::Waiting => centred(ui, 30.0, |ui| title(ui, texts::transcript_waiting())),
        FileState::Running { .. } => centred(ui, 30.0, |ui| title(ui, texts::transcript_running())),
        FileState::Done { .. } => {}
        FileState::Failed { message } => centred(ui, 140.0, |ui| {
            title(ui, texts::transcript_file_failed());
            detail(ui, message);
            try_again(ui, file, outbox);
        }),
        FileState::Cancelled => centred(ui, 90.0, |ui| {
            title(ui, texts::file_cancelled());
            try_again(ui, file, outbox);
        }),
        FileState::Interrupted => centred(ui, 120.0, |ui| {
            title(ui, texts::file_not_yet());
            detail(ui, texts::transcript_interrupted());
            try_again(ui, file, outbox);
        }),
    }
}

fn try_again(ui: &mut Ui, file: &FileView, outbox: &mut Outbox) {
    ui.add_space(6.0);
    if ui.add(Button::new(texts::try_again()).icon(Icon::Retry)).clicked() {
        outbox.send(Command::RetryFile(file.id));
    }
}

/// The last moments of the microphone's level, newest to the right.
fn levels(ui: &mut Ui, levels: &VecDeque<f32>) {
    let palette = theme::palette(ui.visuals());
    let (step, height) = (7.0, 84.0);
    let (rect, _) = ui.allocate_exact_size(vec2(LEVELS as f32 * step, height), Sense::hover());
    let unheard = LEVELS - levels.len();
    let moments = std::iter::repeat_n(0.0, unheard).chain(levels.iter().map(|l| theme::loudness(*l)));
    for (i, loudness) in moments.enumerate() {
        let center = pos2(rect.left() + (i as f32 + 0.5) * step, rect.center().y);
        let color = if i < unheard { palette.line } else { palette.recording };
        let bar = Rect::from_center_size(center, vec2(3.0, (loudness * height).max(3.0)));
        ui.painter().rect_filled(bar, 1.5, color);
    }
}

fn title(ui: &mut Ui, text: &str) {
    ui.add(Label::new(RichText::new(text).heading()).wrap());
}

fn detail(ui: &mut Ui, text: &str) {
    ui.add(Label::new(RichText::new(text).weak()).wrap());
}

/// Lays out `contents` of about this height in the middle of what is left.
fn centred(ui: &mut Ui, height: f32, contents: impl FnOnce(&mut Ui)) {
    let area = ui.available_rect_before_wrap();
    let top = ((area.height() - height) * 0.46).max(0.0);
    // The card is wider at the left, so that a bar to scroll with stands beside the text.
    let column = area.with_max_x(area.right() - 8.0);
    let column = column.shrink2(vec2(((area.width() - 620.0) / 2.0).max(16.0), 0.0));
    let inside = column.with_min_y(area.top() + top);
    let layout = Layout::top_down(Align::Center);
    ui.scope_builder(UiBuilder::new().max_rect(inside).layout(layout), |ui| {
        // On a small window the contents scroll rather than overlap the bar below.
        ScrollArea::vertical().id_salt("in place of text").auto_shrink(false).show(ui, contents);
    });
}
