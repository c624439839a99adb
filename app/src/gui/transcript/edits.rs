//! Texts of segments while somebody writes them.

use crate::gui::outbox::Outbox;
use crate::session::{Command, Shown, Snapshot};
use crate::texts;
use eframe::egui::{Context, Response, TextEdit, Ui, vec2};
use std::collections::BTreeMap;
use std::time::Duration;

/// Somebody who has written nothing for so long has finished.
const FINISHED: Duration = Duration::from_secs(1);

/// Texts that are being written.
#[derive(Default)]
pub struct Edits {
    on: bool,
    shown: Shown,
    /// What differs from what the session knows, by segment.
    drafts: BTreeMap<usize, String>,
    /// The frame's time at which the last letter was written, if it was not sent.
    written: Option<f64>,
}

impl Edits {
    /// Whether segments are fields.
    pub fn is_on(&self) -> bool {
        self.on
    }

    /// Sends what somebody has finished writing, and forgets what the session knows by now.
    pub fn note(&mut self, ctx: &Context, snapshot: &Snapshot, outbox: &mut Outbox) {
        if self.shown != snapshot.shown || !snapshot.transcript.editable {
            self.send(outbox);
            *self = Self { shown: snapshot.shown, ..Self::default() };
        }
        let now = ctx.input(|input| input.time);
        match self.written {
            Some(written) if now - written >= FINISHED.as_secs_f64() => self.send(outbox),
            Some(_) => ctx.request_repaint_after(FINISHED),
            None => {
                let segments = &snapshot.transcript.segments;
                self.drafts.retain(|place, draft| {
                    segments.get(*place).is_some_and(|s| s.text.trim() != draft.trim())
                });
            }
        }
    }

    /// Sends what was written.
    pub fn send(&mut self, outbox: &mut Outbox) {
        if self.written.take().is_some() {
            for (place, text) in &self.drafts {
                outbox.send(Command::Edit { shown: self.shown, place: *place, text: text.clone() });
            }
        }
    }

    /// The field of a segment.
    pub fn field(&mut self, ui: &mut Ui, place: usize, text: &str, width: f32) -> Response {
        let mut draft = self.drafts.get(&place).cloned().unwrap_or_else(|| text.to_owned());
        let field = ui
            .push_id(("edit", place), |ui| {
                let field = TextEdit::multiline(&mut draft).desired_width(width).desired_rows(1);
                ui.add(field.margin(vec2(6.0, 3.0)))
            })
            .inner;
        let field = field.accessible_name(texts::segment_text(place + 1));
        if field.changed() {
            self.drafts.insert(place, draft);
            self.written = Some(ui.input(|input| input.time));
        }
        field
    }

    /// Whether something was written that the session does not know.
    pub fn has_drafts(&self) -> bool {
        !self.drafts.is_empty()
    }

    /// Drops what was written.
    pub fn forget(&mut self) {
        (self.drafts, self.written) = Default::default();
    }

    /// Begins to edit, or ends it.
    pub fn toggle(&mut self, outbox: &mut Outbox) {
        self.send(outbox);
        self.on = !self.on;
    }
}
