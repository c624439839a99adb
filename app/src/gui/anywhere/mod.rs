//! The page "Dictate anywhere": how dictation into other apps works. It edits a copy of what the snapshot says
//! and sends the whole back, as soon as a choice is made or a text field has been left.

mod delivery;
mod desktop_lines;
mod filter;
mod indicator;
mod keys;
mod preview;
mod replacements;
mod rules;

use super::controls::Button;
use super::icons::Icon;
use super::outbox::Outbox;
use crate::session::{Command, Snapshot};
use crate::settings::Anywhere;
use crate::texts;
use eframe::egui::{Context, RichText, ScrollArea, Ui};
use std::sync::Arc;

/// Longer lines are hard to read, and controls far from their words hard to find.
const WIDTH: f32 = 760.0;

/// The page, open or not.
#[derive(Default)]
pub struct AnywherePage {
    open: bool,
    draft: Anywhere,
    /// The draft is not sent yet.
    changed: bool,
    /// What was sent last, until it comes back.
    sent: Option<Arc<Anywhere>>,
    /// The session was told that the next key is the page's.
    awaits_key: bool,
    /// What came last.
    seen: Arc<Anywhere>,
    keys: keys::Group,
    delivery: delivery::Group,
    rules: rules::Group,
}

impl AnywherePage {
    /// Whether the page is in place of the transcript.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Opens the page, or closes it.
    pub fn toggle(&mut self) {
        self.open = !self.open;
        self.keys.stop_listening();
    }

    /// Whether the next key belongs to the page, whatever it is.
    pub fn takes_keys(&self) -> bool {
        self.open && self.keys.is_listening()
    }

    /// Tells the session whether the next key is the page's. Without the focus it comes to somebody else.
    pub fn tell_of_keys(&mut self, focused: bool, outbox: &mut Outbox) {
        if !focused {
            self.keys.stop_listening();
        }
        let awaits = self.takes_keys();
        if std::mem::replace(&mut self.awaits_key, awaits) != awaits {
            outbox.send(Command::AwaitKey(awaits));
        }
    }

    /// Takes over what was chosen elsewhere.
    pub fn note(&mut self, snapshot: &Snapshot) {
        if Arc::ptr_eq(&self.seen, &snapshot.anywhere) {
            return;
        }
        self.seen = Arc::clone(&snapshot.anywhere);
        // What was on its way before the last change arrived is older than the draft.
        let is_older = self.sent.as_ref().is_some_and(|sent| **sent != *self.seen);
        if is_older {
            return;
        }
        self.sent = None;
        // What is not finished stands in the draft only.
        if !self.changed && self.tidy() != *self.seen {
            self.draft = (*self.seen).clone();
            self.rules.open(&self.draft.rules);
            self.delivery.open(&self.draft.delivery);
        }
    }

    /// Sends what was changed, unless somebody is still writing it.
    pub fn commit(&mut self, ctx: &Context, outbox: &mut Outbox) {
        if self.changed && !ctx.text_edit_focused() {
            self.send(outbox);
        }
    }

    /// The window closes: sends what was changed, finished or not.
    pub fn leave(&mut self, outbox: &mut Outbox) {
        self.tell_of_keys(false, outbox);
        self.send(outbox);
    }

    fn send(&mut self, outbox: &mut Outbox) {
        if !std::mem::take(&mut self.changed) {
            return;
        }
        let whole = Arc::new(self.tidy());
        self.sent = Some(Arc::clone(&whole));
        outbox.send(Command::ChangeAnywhere(whole));
    }

    /// The draft without what is not finished.
    fn tidy(&self) -> Anywhere {
        let mut tidy = self.draft.clone();
        rules::tidy(&mut tidy.rules);
        tidy.languages.iter_mut().for_each(|language| *language = language.trim().to_owned());
        tidy.languages.retain(|language| !language.is_empty());
        tidy
    }

    /// Draws the page over all that is left of `ui`.
    pub fn show(&mut self, ui: &mut Ui, snapshot: &Snapshot, outbox: &mut Outbox) {
        ui.horizontal(|ui| {
            if ui.add(Button::new(texts::back()).icon(Icon::Back).name(texts::back_to_text())).clicked() {
                self.toggle();
            }
            ui.label(RichText::new(texts::page_anywhere()).heading());
        });
        ui.add_space(4.0);
        let area = ScrollArea::vertical().id_salt("dictate anywhere").auto_shrink(false);
        let changed = area.show(ui, |ui| {
            ui.set_max_width(ui.available_width().min(WIDTH) - 12.0);
            let draft = &mut self.draft;
            let changed = [
                self.keys.show(ui, draft, snapshot),
                self.delivery.show(ui, &mut draft.delivery),
                indicator::show(ui, &mut draft.indicator),
                self.rules.show(ui, &mut draft.rules, snapshot),
            ];
            ui.add_space(8.0);
            changed.contains(&true)
        });
        self.changed |= changed.inner;
        self.commit(ui.ctx(), outbox);
    }
}
