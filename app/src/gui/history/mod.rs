//! The page "History": earlier dictations, their texts and recordings. Only what is in sight is laid out, and the
//! list is looked through again only when it or the search has changed.

mod detail;
mod keeping;
mod list;
mod menus;

use super::controls::{self, Button, Weight};
use super::dialogs::Dialogs;
use super::icons::Icon;
use super::outbox::Outbox;
use crate::history::{Entry, EntryId, search_words};
use crate::session::{Command, HistoryView, HistoryWish, Snapshot};
use crate::texts;
use eframe::egui::{Rect, RichText, Ui, UiBuilder, pos2};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The page, open or not.
#[derive(Default)]
pub struct HistoryPage {
    open: bool,
    query: String,
    rows: Rows,
    selected: Option<EntryId>,
    /// What is exported or deleted together.
    marked: BTreeSet<EntryId>,
    detail: detail::Detail,
}

/// The entries that fit the search.
#[derive(Default)]
struct Rows {
    /// Their places in the history, the newest first.
    places: Vec<usize>,
    made_of: Option<(Arc<Vec<Arc<Entry>>>, String)>,
}

impl Rows {
    /// Looks through the history, unless nothing has changed. Says whether something has.
    fn find(&mut self, entries: &Arc<Vec<Arc<Entry>>>, query: &str) -> bool {
        let same = self.made_of.as_ref().is_some_and(|(of, q)| Arc::ptr_eq(of, entries) && q == query);
        if !same {
            let words = search_words(query);
            let fits = |(place, entry): (usize, &Arc<Entry>)| entry.has(&words).then_some(place);
            self.places = entries.iter().enumerate().rev().filter_map(fits).collect();
            self.made_of = Some((Arc::clone(entries), query.to_owned()));
        }
        !same
    }
}

impl HistoryPage {
    /// Whether the page is in place of the transcript.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Opens the page, as the history is now, or closes it.
    pub fn toggle(&mut self, outbox: &mut Outbox) {
        self.open = !self.open;
        if self.open {
            outbox.send(Command::History(HistoryWish::Look));
        }
    }

    /// Closes the page.
    pub fn close(&mut self) {
        self.open = false;
    }

    /// Draws the page over all that is left of `ui`.
    pub fn show(&mut self, ui: &mut Ui, snapshot: &Snapshot, outbox: &mut Outbox, dialogs: &mut Dialogs) {
        let history = &snapshot.history;
        if self.rows.find(&history.entries, &self.query) {
            let there: BTreeSet<_> = history.entries.iter().map(|entry| entry.id).collect();
            self.marked.retain(|id| there.contains(id));
            self.selected = self.selected.filter(|id| there.contains(id));
        }
        ui.horizontal(|ui| {
            if ui.add(Button::new(texts::back()).icon(Icon::Back).name(texts::back_to_text())).clicked() {
                self.close();
            }
            ui.label(RichText::new(texts::page_history()).heading());
            controls::at_right(ui, |ui| {
                let (any, file) = (!history.entries.is_empty(), texts::history_file());
                let (text, name) = (texts::history_export_all(), texts::history_export_all_name());
                menus::export(ui, any, text, name, None, file, dialogs);
                keeping::button(ui, &history.keeping, outbox);
            });
        });
        ui.add_space(4.0);
        if history.entries.is_empty() {
            return nothing_yet(ui, history);
        }
        let all = ui.available_rect_before_wrap();
        let width = (all.width() * 0.37).clamp(210.0, 320.0);
        let left = all.with_max_x(all.left() + width);
        let right = Rect::from_min_max(pos2(left.right() + 18.0, all.top()), all.max);
        ui.scope_builder(UiBuilder::new().max_rect(left), |ui| self.left(ui, history, outbox, dialogs));
        let places = &self.rows.places;
        let shown = self.selected.and_then(|id| history.entries.iter().rev().find(|e| e.id == id));
        let shown = shown.or_else(|| places.first().map(|place| &history.entries[*place])).cloned();
        ui.scope_builder(UiBuilder::new().max_rect(right), |ui| match shown {
            Some(entry) => self.detail.show(ui, &entry, snapshot, outbox, dialogs),
            None => drop(ui.label(RichText::new(texts::history_nothing_found()).weak())),
        });
        ui.advance_cursor_after_rect(all);
    }

    fn left(&mut self, ui: &mut Ui, history: &HistoryView, outbox: &mut Outbox, dialogs: &mut Dialogs) {
        list::search(ui, &mut self.query);
        ui.horizontal(|ui| {
            ui.set_min_height(28.0);
            if self.marked.is_empty() {
                ui.label(RichText::new(count(self.rows.places.len(), history)).small().weak());
                return;
            }
            ui.label(RichText::new(texts::history_marked(self.marked.len())).small());
            ui.spacing_mut().item_spacing.x = 2.0;
            controls::at_right(ui, |ui| {
                let ids: Vec<_> = self.marked.iter().copied().collect();
                let save =
                    Button::icon_only(Icon::Save, texts::history_export_marked()).weight(Weight::Quiet);
                menus::export_from(ui, true, save, Some(ids), texts::history_file(), dialogs);
                let delete = ui.add(Button::icon_only(Icon::Trash, texts::history_delete_marked()));
                if delete.on_hover_text(texts::history_delete_marked()).clicked() {
                    let ids = std::mem::take(&mut self.marked).into_iter().collect();
                    outbox.send(Command::History(HistoryWish::Delete(ids)));
                }
                if ui
                    .add(Button::icon_only(Icon::Cross, texts::history_unmark()))
                    .on_hover_text(texts::history_unmark())
                    .clicked()
                {
                    self.marked.clear();
                }
            });
        });
        let shown =
            self.selected.or_else(|| self.rows.places.first().map(|place| history.entries[*place].id));
        let picked = list::rows(ui, history, &self.rows.places, shown, &mut self.marked, outbox);
        if let Some(id) = picked {
            self.selected = Some(id);
            self.detail.begin_anew();
        }
    }
}

fn count(rows: usize, history: &HistoryView) -> String {
    let all = history.entries.len();
    match (rows, all) {
        _ if rows == all => texts::history_count(all),
        _ => texts::history_found(rows, all),
    }
}

fn nothing_yet(ui: &mut Ui, history: &HistoryView) {
    use crate::history::Keep;
    let text = match history.keeping.keep {
        Keep::Everything => texts::history_empty_everything(),
        Keep::Texts => texts::history_empty_texts(),
        Keep::Nothing => texts::history_empty_nothing(),
    };
    ui.add_space(60.0);
    ui.vertical_centered(|ui| {
        ui.label(RichText::new(texts::history_empty()).heading());
        ui.label(RichText::new(text).weak());
    });
}
