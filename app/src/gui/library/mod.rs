//! The page "Models": what there is to fetch and what is here, with size, memory and speed on this machine.

mod card;
mod place;

use super::controls::{self, Button};
use super::dialogs::{Dialogs, Question};
use super::icons::Icon;
use super::outbox::Outbox;
use super::words;
use crate::session::{CardView, Command, ModelsView, Snapshot};
use crate::texts;
use eframe::egui::{Label, RichText, ScrollArea, Ui};
use std::path::Path;

/// Longer lines are hard to read, and buttons far from their words hard to find.
const WIDTH: f32 = 760.0;

/// Headings of the sizes, with how the names of their models begin, the smallest first.
fn sizes() -> [(&'static str, &'static str, &'static str); 6] {
    [
        ("tiny", texts::models_tiny(), texts::models_tiny_about()),
        ("base", texts::models_base(), texts::models_base_about()),
        ("small", texts::models_small(), texts::models_small_about()),
        ("medium", texts::models_medium(), texts::models_medium_about()),
        ("large-v3-turbo", texts::models_turbo(), texts::models_turbo_about()),
        ("large", texts::models_large(), texts::models_large_about()),
    ]
}

/// The page, open or not.
#[derive(Default)]
pub struct LibraryPage {
    open: bool,
    /// Which models are shown.
    languages: Languages,
    place: place::Place,
    /// Somebody has to say once more that this model is to be deleted.
    doubted: Option<String>,
}

/// Whose languages are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Languages {
    #[default]
    Every,
    English,
}

impl LibraryPage {
    /// Whether the page is in place of the transcript.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Opens the page, or closes it.
    pub fn toggle(&mut self, outbox: &mut Outbox) {
        self.open = !self.open;
        self.doubted = None;
        outbox.send(Command::LookAtModels(self.open));
    }

    /// Opens the page, if it is closed.
    pub fn open(&mut self, outbox: &mut Outbox) {
        if !self.open {
            self.toggle(outbox);
        }
    }

    /// Closes the page, if it is open.
    pub fn close(&mut self, outbox: &mut Outbox) {
        if self.open {
            self.toggle(outbox);
        }
    }

    /// Draws the page over all that is left of `ui`.
    pub fn show(&mut self, ui: &mut Ui, snapshot: &Snapshot, outbox: &mut Outbox, dialogs: &mut Dialogs) {
        ui.horizontal(|ui| {
            if ui.add(Button::new(texts::back()).icon(Icon::Back).name(texts::back_to_text())).clicked() {
                self.close(outbox);
            }
            ui.label(RichText::new(texts::page_models()).heading());
            controls::at_right(ui, |ui| {
                let other = Button::new(texts::model_other_file()).icon(Icon::Folder);
                if ui.add(other).on_hover_text(texts::models_elsewhere_hint()).clicked() {
                    dialogs.ask(ui.ctx(), Question::Model);
                }
            });
        });
        ui.add_space(8.0);
        let Some(library) = &snapshot.library else { return };
        ScrollArea::vertical().id_salt("models").auto_shrink(false).show(ui, |ui| {
            ui.set_max_width(ui.available_width().min(WIDTH) - 12.0);
            self.introduction(ui, library);
            let suggested: Vec<_> = library.cards.iter().filter(|card| card.suggested).collect();
            let about = texts::models_suggested_about();
            self.group(ui, (texts::models_suggested(), about), &suggested, library, outbox);
            self.others(ui, library, outbox);
            for (start, title, about) in sizes() {
                self.size(ui, library, (start, title, about), outbox);
            }
            self.place.show(ui, library, outbox);
            ui.add_space(8.0);
        });
    }

    fn introduction(&mut self, ui: &mut Ui, library: &ModelsView) {
        let speed = if library.gauging { texts::models_gauging() } else { texts::models_speeds() };
        ui.add(Label::new(RichText::new(speed).small().weak()).wrap());
        ui.horizontal(|ui| {
            for (languages, text) in
                [(Languages::Every, texts::models_every()), (Languages::English, texts::models_english())]
            {
                if ui.selectable_label(self.languages == languages, text).clicked() {
                    self.languages = languages;
                }
            }
        });
    }

    /// Models of the person's own, and files that are not published under their name.
    fn others(&mut self, ui: &mut Ui, library: &ModelsView, outbox: &mut Outbox) {
        let others: Vec<_> = library.cards.iter().filter(|card| !card.published).collect();
        self.group(ui, (texts::models_others(), ""), &others, library, outbox);
    }

    fn size(
        &mut self,
        ui: &mut Ui,
        library: &ModelsView,
        (start, title, about): (&str, &str, &str),
        outbox: &mut Outbox,
    ) {
        let english = self.languages == Languages::English;
        let cards: Vec<_> = library
            .cards
            .iter()
            // English-only models end with medium: whoever speaks English uses the large ones of every language.
            .filter(|card| card.published && !card.suggested && size_of(&card.name) == start)
            .filter(|card| card.english_only == (english && !start.starts_with("large")))
            .collect();
        self.group(ui, (title, about), &cards, library, outbox);
    }

    fn group(
        &mut self,
        ui: &mut Ui,
        (title, about): (&str, &str),
        cards: &[&CardView],
        library: &ModelsView,
        outbox: &mut Outbox,
    ) {
        if cards.is_empty() {
            return;
        }
        ui.add_space(12.0);
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(title).strong().size(17.0));
            ui.label(RichText::new(about).small().weak());
        });
        for card in cards {
            card::show(ui, card, library.can_download, &mut self.doubted, outbox);
        }
    }
}

/// The size that a published model belongs to.
fn size_of(name: &str) -> &'static str {
    let begins = |start: &&(&'static str, &str, &str)| name.starts_with(start.0);
    // The longest beginning first: turbo begins as large does.
    sizes().iter().find(begins).map_or("", |size| size.0)
}

/// A folder as people write it.
fn folder(path: &Path) -> String {
    words::from_home(path)
}
