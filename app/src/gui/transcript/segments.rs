//! Segments with their times, of which only those in sight are laid out.

use super::edits::Edits;
use super::find::Find;
use crate::gui::outbox::Outbox;
use crate::gui::{theme, words};
use crate::session::{Command, LiveView, Shown, TranscriptView};
use crate::texts;
use eframe::egui::accesskit::Role;
use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{
    Align, Color32, FontId, Id, Label, Pos2, Rect, RichText, ScrollArea, Sense, TextStyle, Ui, UiBuilder,
    WidgetInfo, vec2,
};
use hark_engine::transcript::Segment;
use std::ops::Range;

/// Height of a line of text, in points: more air than the font asks for.
const LINE_HEIGHT: f32 = 23.0;
/// Longer lines are hard to read.
const TEXT_WIDTH: f32 = 720.0;
/// Distance between two segments, in points.
const SEGMENT_GAP: f32 = 9.0;

/// What is shown of segments besides their texts.
pub struct Marks<'a> {
    pub find: &'a mut Find,
    /// The moment that is heard.
    pub heard: Option<f64>,
    /// Whether a click on a time plays from there.
    pub playable: bool,
    pub edits: &'a mut Edits,
}

/// The list. Heights are estimates of what has not been in sight.
#[derive(Default)]
pub struct Segments {
    heights: Vec<f32>,
    shown: Shown,
    width: f32,
    editing: bool,
    total: f32,
    /// Height of what is not final yet.
    live: f32,
}

/// Where a row is, and how wide its columns are.
#[derive(Clone, Copy)]
struct Place {
    corner: Pos2,
    times_width: f32,
    width: f32,
}

impl Segments {
    /// Draws the list over all that is left of `ui`.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        transcript: &TranscriptView,
        shown: Shown,
        mut marks: Marks<'_>,
        outbox: &mut Outbox,
    ) {
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
            self.fit(segments, shown, (width, marks.edits.is_on()), &font);
            let total = self.heights.iter().sum::<f32>() + self.live;
            if *growing && total != self.total {
                // The area follows its end one frame later.
                ui.ctx().request_repaint();
            }
            self.total = total;
            ui.set_height(total);
            ui.set_width(ui.available_width());

            let origin = ui.max_rect().min;
            self.scroll_to_match(ui, origin, viewport.y_range(), &mut marks);
            let mut y = 0.0;
            for (number, segment) in segments.iter().enumerate() {
                let height = self.heights[number];
                if y > viewport.max.y {
                    break;
                }
                if y + height >= viewport.min.y {
                    let place = Place { corner: origin + vec2(0.0, y), times_width, width };
                    let speaker = segment.speaker.as_deref();
                    let speaker =
                        speaker.filter(|_| number == 0 || segments[number - 1].speaker != segment.speaker);
                    let edited = transcript.edited.contains(&number);
                    let row = Row { number, segment, speaker, edited };
                    self.heights[number] = row.show(ui, place, &mut marks, outbox);
                }
                y += height;
            }
            let y = self.heights.iter().sum();
            self.live = live_row(ui, origin + vec2(0.0, y), times_width, width, live);
        });
    }

    /// Brings the match that somebody looks for into sight. Heights above it are estimates at first, so that it can
    /// take some frames.
    fn scroll_to_match(
        &self,
        ui: &mut Ui,
        origin: Pos2,
        in_sight: eframe::egui::Rangef,
        marks: &mut Marks<'_>,
    ) {
        let Some(number) = marks.find.wanted().filter(|number| *number < self.heights.len()) else { return };
        let y: f32 = self.heights[..number].iter().sum();
        let height = self.heights[number];
        if in_sight.contains(y) && in_sight.contains(y + height) {
            return marks.find.is_in_sight();
        }
        let rect = Rect::from_min_size(origin + vec2(0.0, y), vec2(self.width, height));
        ui.scroll_to_rect_animation(rect, Some(Align::Center), eframe::egui::style::ScrollAnimation::none());
        ui.ctx().request_repaint();
        // A row that is higher than the window never is in sight as a whole.
        if height >= in_sight.span() {
            marks.find.is_in_sight();
        }
    }

    /// Estimates the height of each segment that has not been in sight at this width.
    fn fit(&mut self, segments: &[Segment], shown: Shown, (width, editing): (f32, bool), font: &FontId) {
        let same = self.shown == shown && self.width == width && self.editing == editing;
        if !same || self.heights.len() > segments.len() {
            *self = Self { shown, width, editing, ..Self::default() };
        }
        let letters_per_line = (width / (font.size * 0.47)).max(1.0);
        let new = segments.iter().skip(self.heights.len());
        self.heights.extend(new.map(|segment| {
            let lines = (segment.text.len() as f32 / letters_per_line).ceil().max(1.0);
            lines * LINE_HEIGHT + SEGMENT_GAP
        }));
    }
}

/// A segment and what is to be said of it.
struct Row<'a> {
    number: usize,
    segment: &'a Segment,
    /// Who speaks, where that is somebody else than before.
    speaker: Option<&'a str>,
    edited: bool,
}

impl Row<'_> {
    /// Draws it and returns how high it really is.
    fn show(&self, ui: &mut Ui, place: Place, marks: &mut Marks<'_>, outbox: &mut Outbox) -> f32 {
        let Place { corner, times_width, width } = place;
        // One point lower, the smaller letters of the times stand on the same line as the text.
        let times_area = Rect::from_min_size(corner + vec2(0.0, 1.0), vec2(times_width, LINE_HEIGHT));
        ui.scope_builder(UiBuilder::new().max_rect(times_area), |ui| self.time(ui, marks, outbox));
        let text_area = Rect::from_min_size(corner + vec2(times_width, 0.0), vec2(width, f32::INFINITY));
        let text = ui.scope_builder(UiBuilder::new().max_rect(text_area), |ui| {
            if marks.edits.is_on() {
                marks.edits.field(ui, self.number, self.segment.text.trim(), width)
            } else {
                ui.add(Label::new(self.job(ui, marks.find)).wrap().selectable(true))
            }
        });
        text.inner.rect.height() + SEGMENT_GAP
    }

    fn time(&self, ui: &mut Ui, marks: &Marks<'_>, outbox: &mut Outbox) {
        let start = words::moment(self.segment.start);
        let span = texts::segment_span(&start, words::moment(self.segment.end));
        let is_heard = marks.heard.is_some_and(|at| (self.segment.start..self.segment.end).contains(&at));
        let times = RichText::new(&start).size(13.5).line_height(Some(LINE_HEIGHT));
        let times =
            if is_heard { times.color(theme::palette(ui.visuals()).accent).strong() } else { times.weak() };
        if !marks.playable {
            ui.add(Label::new(times)).on_hover_text(span);
            return;
        }
        let time = ui.add(Label::new(times).selectable(false).sense(Sense::click()));
        time.widget_info(|| WidgetInfo::labeled(Role::Button, true, texts::segment_play(&start)));
        let time = time.on_hover_cursor(eframe::egui::CursorIcon::PointingHand);
        if time.on_hover_text(texts::segment_play_hint(span)).clicked() {
            outbox.send(Command::Play { from: self.segment.start });
        }
    }

    /// The text, with what is found in it marked.
    fn job(&self, ui: &Ui, find: &Find) -> LayoutJob {
        let palette = theme::palette(ui.visuals());
        let font = TextStyle::Body.resolve(ui.style());
        let format = |color: Color32, background: Color32| TextFormat {
            color,
            background,
            font_id: font.clone(),
            line_height: Some(LINE_HEIGHT),
            ..TextFormat::default()
        };
        let plain = format(palette.text, Color32::TRANSPARENT);
        let mut job = LayoutJob::default();
        if let Some(speaker) = self.speaker {
            job.append(&format!("{speaker}  "), 0.0, format(palette.accent, Color32::TRANSPARENT));
        }
        let text = self.segment.text.trim();
        let mut done = 0;
        for (Range { start, end }, current) in find.marks(self.number) {
            let (Some(before), Some(found)) = (text.get(done..start), text.get(start..end)) else { continue };
            job.append(before, 0.0, plain.clone());
            let marked = match current {
                true => format(palette.on_accent, palette.accent),
                false => format(palette.text, palette.accent_soft),
            };
            job.append(found, 0.0, marked);
            done = end;
        }
        job.append(text.get(done..).unwrap_or_default(), 0.0, plain);
        if self.edited {
            job.append(" ✎", 0.0, format(palette.dim, Color32::TRANSPARENT));
        }
        job
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
        super::detail(ui, &texts::live_behind(seconds));
    });
    height + LINE_HEIGHT
}

/// Width of the column of times, in points: hours need more.
fn times_width(segments: &[Segment]) -> f32 {
    if segments.last().is_some_and(|last| last.end >= 3600.0) { 70.0 } else { 54.0 }
}
