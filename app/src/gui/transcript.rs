//! The middle of the window: a transcript, or what is there in place of one.

use super::controls::{self, Button, Weight};
use super::dialogs::{Dialogs, Question};
use super::icon;
use super::icons::Icon;
use super::outbox::Outbox;
use super::theme;
use super::words;
use crate::session::{
    Command, DictationView, EngineView, FileState, FileView, LiveView, Shown, Snapshot, TranscriptView,
};
use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{
    Align, FontId, Frame, Id, Label, Layout, Margin, Pos2, Rect, RichText, ScrollArea, Sense, TextStyle, Ui,
    UiBuilder, Vec2, pos2, vec2,
};
use hark_engine::transcript::Segment;
use std::collections::VecDeque;

/// Height of a line of text, in points: more air than the font asks for.
const LINE_HEIGHT: f32 = 23.0;
/// Longer lines are hard to read.
const TEXT_WIDTH: f32 = 720.0;
/// Distance between two segments, in points.
const SEGMENT_GAP: f32 = 9.0;
/// Width and height of the mark in an empty window, in points.
const MARK_SIZE: f32 = 64.0;
/// Moments of the microphone's level that are drawn while it is recording.
const LEVELS: usize = 48;

/// What the middle remembers between frames, for drawing only.
#[derive(Default)]
pub struct TranscriptPane {
    rows: Rows,
    levels: VecDeque<f32>,
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

    /// Draws the middle over all that is left of `ui`; returns whether the person wants to see the models.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        snapshot: &Snapshot,
        outbox: &mut Outbox,
        dialogs: &mut Dialogs,
    ) -> bool {
        let transcript = &snapshot.transcript;
        if snapshot.shown != Shown::Dictation {
            heading(ui, snapshot, outbox);
        }
        if transcript.growing
            && let Some(share) = transcript.progress
        {
            controls::progress_bar(ui, share, "Transcription");
            ui.add_space(6.0);
        }
        if transcript.segments.is_empty() && transcript.live == LiveView::default() {
            self.in_place_of_text(ui, snapshot, outbox, dialogs)
        } else {
            self.rows.show(ui, transcript, snapshot.shown);
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
                title(ui, "No speech heard.");
                detail(ui, "Nothing in this recording could be made out as speech.");
            });
            return false;
        }
        match snapshot.shown {
            Shown::Dictation => return self.dictation(ui, snapshot, outbox, dialogs),
            // What failed says so in a message of its own, above.
            Shown::Demo if snapshot.transcript.growing => {
                centred(ui, 30.0, |ui| title(ui, "Transcribing the clip…"));
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
                    title(ui, &format!("{model} could not be loaded"));
                    detail(ui, message);
                    detail(ui, "Choose another model above.");
                }),
                _ => models = welcome(ui, snapshot, outbox, dialogs),
            },
            DictationView::Arming => centred(ui, 30.0, |ui| title(ui, "Not listening yet…")),
            DictationView::Recording { .. } => centred(ui, 170.0, |ui| {
                levels(ui, &self.levels);
                ui.add_space(18.0);
                title(ui, "Listening");
                detail(ui, "What you say goes to disk at once.");
            }),
            DictationView::Finishing { recorded } => centred(ui, 60.0, |ui| {
                title(ui, &format!("Writing down {} of speech…", words::clock(*recorded)));
            }),
            DictationView::Delivering => centred(ui, 30.0, |ui| title(ui, "Handing over the text…")),
        }
        models
    }
}

/// What is shown, and the way back to the dictation.
fn heading(ui: &mut Ui, snapshot: &Snapshot, outbox: &mut Outbox) {
    let (name, note) = match snapshot.shown {
        Shown::Dictation => return,
        Shown::Demo => {
            ("Bundled clip".to_owned(), "Demo model, trained on synthetic speech: not a general recogniser")
        }
        Shown::File(id) => {
            let name = snapshot.files.iter().find(|f| f.id == id).and_then(|f| f.path.file_name());
            (name.map_or_else(String::new, |n| n.to_string_lossy().into_owned()), "")
        }
    };
    ui.horizontal(|ui| {
        let back = Button::new("Dictation").icon(Icon::Back).name("Back to dictation");
        if ui.add(back).clicked() {
            outbox.send(Command::Show(Shown::Dictation));
        }
        ui.add(Label::new(RichText::new(name).strong()).truncate());
        if !note.is_empty() {
            ui.add(Label::new(RichText::new(note).small().weak()).truncate());
        }
    });
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
        title(ui, "Press Space and speak");
        detail(ui, "Or drop audio files and folders here. Everything stays on this machine.");
        ui.add_space(8.0);
        if snapshot.demo_only {
            models = demo_card(ui, outbox);
        } else if snapshot.files.is_empty() {
            let add = Button::new("Add folder…").icon(Icon::Folder).weight(Weight::Quiet);
            if ui.add(add).on_hover_text("Transcribe every audio file in a folder").clicked() {
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
                let button = Button::new("Try the demo: transcribe the bundled clip")
                    .icon(Icon::Play)
                    .weight(Weight::Accent);
                if ui.add(button).clicked() {
                    outbox.send(Command::TranscribeDemoClip);
                }
                ui.add_space(4.0);
                let note = "Only the demo model is here. It was trained on synthetic speech to show how \
                            Hark works. It does not understand real voices.";
                ui.add(Label::new(RichText::new(note).small().color(palette.text)).wrap());
                ui.add_space(8.0);
                models = ui.add(Button::new("Get a model for your voice…").icon(Icon::Stack)).clicked();
                ui.add_space(4.0);
                let note = "What you record before it is here is kept and waits for it.";
                ui.add(Label::new(RichText::new(note).small().color(palette.text)).wrap());
            });
        });
    });
    models
}

fn file_without_text(ui: &mut Ui, file: &FileView, outbox: &mut Outbox) {
    match &file.state {
        FileState::Waiting => centred(ui, 30.0, |ui| title(ui, "Waiting for its turn")),
        FileState::Running { .. } => centred(ui, 30.0, |ui| title(ui, "Transcribing…")),
        FileState::Done { .. } => {}
        FileState::Failed { message } => centred(ui, 140.0, |ui| {
            title(ui, "This file could not be transcribed");
            detail(ui, message);
            try_again(ui, file, outbox);
        }),
        FileState::Cancelled => centred(ui, 90.0, |ui| {
            title(ui, "Cancelled");
            try_again(ui, file, outbox);
        }),
    }
}

fn try_again(ui: &mut Ui, file: &FileView, outbox: &mut Outbox) {
    ui.add_space(6.0);
    if ui.add(Button::new("Try again").icon(Icon::Retry)).clicked() {
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
    let column = area.shrink2(vec2(((area.width() - 620.0) / 2.0).max(16.0), 0.0));
    let inside = column.with_min_y(area.top() + top);
    let layout = Layout::top_down(Align::Center);
    ui.scope_builder(UiBuilder::new().max_rect(inside).layout(layout), |ui| {
        // On a small window the contents scroll rather than overlap the bar below.
        ScrollArea::vertical().id_salt("in place of text").auto_shrink(false).show(ui, contents);
    });
}

/// Segments of which only those in sight are laid out. Heights of the others are estimates until
/// they have been in sight.
#[derive(Default)]
struct Rows {
    heights: Vec<f32>,
    shown: Shown,
    width: f32,
    total: f32,
    /// Height of what is not final yet.
    live: f32,
}

impl Rows {
    fn show(&mut self, ui: &mut Ui, transcript: &TranscriptView, shown: Shown) {
        let TranscriptView { segments, live, growing, .. } = transcript;
        let id = match shown {
            Shown::Dictation => Id::unique("dictation transcript"),
            Shown::Demo => Id::unique("demo transcript"),
            Shown::File(id) => Id::unique(("transcript of file", id)),
        };
        let area = ScrollArea::vertical().id_salt(id).auto_shrink(false).stick_to_bottom(*growing);
        area.show_viewport(ui, |ui, viewport| {
            let times_width = times_width(segments);
            let width = (ui.available_width() - times_width - 24.0).min(TEXT_WIDTH);
            let font = TextStyle::Body.resolve(ui.style());
            self.fit(segments, shown, width, &font);
            let total = self.heights.iter().sum::<f32>() + self.live;
            if *growing && total != self.total {
                // The area follows its end one frame later.
                ui.ctx().request_repaint();
            }
            self.total = total;
            ui.set_height(total);
            ui.set_width(ui.available_width());

            let origin = ui.max_rect().min;
            let mut y = 0.0;
            for (segment, height) in segments.iter().zip(&mut self.heights) {
                if y > viewport.max.y {
                    break;
                }
                if y + *height >= viewport.min.y {
                    *height = row(ui, origin + vec2(0.0, y), times_width, width, segment);
                }
                y += *height;
            }
            let y = self.heights.iter().sum();
            self.live = live_row(ui, origin + vec2(0.0, y), times_width, width, live);
        });
    }

    /// Estimates the height of each segment that has not been in sight at this width.
    fn fit(&mut self, segments: &[Segment], shown: Shown, width: f32, font: &FontId) {
        if self.shown != shown || self.width != width || self.heights.len() > segments.len() {
            *self = Self { shown, width, ..Self::default() };
        }
        let letters_per_line = (width / (font.size * 0.47)).max(1.0);
        let new = segments.iter().skip(self.heights.len());
        self.heights.extend(new.map(|segment| {
            let lines = (segment.text.len() as f32 / letters_per_line).ceil().max(1.0);
            lines * LINE_HEIGHT + SEGMENT_GAP
        }));
    }
}

/// Draws what is being spoken, firm words and the guess behind them, and returns how high that is.
fn live_row(ui: &mut Ui, corner: Pos2, times_width: f32, width: f32, live: &LiveView) -> f32 {
    if *live == LiveView::default() {
        return 0.0;
    }
    let palette = theme::palette(ui.visuals());
    let font = TextStyle::Body.resolve(ui.style());
    let format = |color, italics| TextFormat {
        color,
        italics,
        font_id: font.clone(),
        line_height: Some(LINE_HEIGHT),
        ..TextFormat::default()
    };
    let committed = live.committed.trim_start();
    let tentative = if committed.is_empty() { live.tentative.trim_start() } else { &live.tentative };
    let mut job = LayoutJob::default();
    job.append(committed, 0.0, format(palette.text, false));
    job.append(tentative, 0.0, format(palette.dim, true));
    let area = Rect::from_min_size(corner + vec2(times_width, 0.0), vec2(width, f32::INFINITY));
    let text = ui.scope_builder(UiBuilder::new().max_rect(area), |ui| ui.add(Label::new(job).wrap()));
    let height = text.inner.rect.height() + SEGMENT_GAP;
    let Some(seconds) = live.behind_s else { return height };
    let area = Rect::from_min_size(corner + vec2(times_width, height), vec2(width, LINE_HEIGHT));
    ui.scope_builder(UiBuilder::new().max_rect(area), |ui| {
        detail(ui, &format!("Live text is {seconds} s behind. Nothing is lost."));
    });
    height + LINE_HEIGHT
}

/// Width of the column of times, in points: hours need more.
fn times_width(segments: &[Segment]) -> f32 {
    if segments.last().is_some_and(|last| last.end >= 3600.0) { 70.0 } else { 54.0 }
}

/// Draws one segment and returns how high it really is.
fn row(ui: &mut Ui, corner: Pos2, times_width: f32, width: f32, segment: &Segment) -> f32 {
    let start = words::moment(segment.start);
    let times = RichText::new(&start).size(13.5).line_height(Some(LINE_HEIGHT)).weak();
    // One point lower, the smaller letters of the times stand on the same line as the text.
    let times_area = Rect::from_min_size(corner + vec2(0.0, 1.0), vec2(times_width, LINE_HEIGHT));
    ui.scope_builder(UiBuilder::new().max_rect(times_area), |ui| {
        ui.add(Label::new(times)).on_hover_text(format!("{start} to {}", words::moment(segment.end)));
    });

    let text_area = Rect::from_min_size(corner + vec2(times_width, 0.0), vec2(width, f32::INFINITY));
    let text = RichText::new(segment.text.trim()).line_height(Some(LINE_HEIGHT));
    let text = ui.scope_builder(UiBuilder::new().max_rect(text_area), |ui| {
        ui.add(Label::new(text).wrap().selectable(true))
    });
    text.inner.rect.height() + SEGMENT_GAP
}
