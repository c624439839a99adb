//! What opens from a button: formats to export to, models to try again with.

use crate::export::Format;
use crate::gui::controls::Button;
use crate::gui::dialogs::{Dialogs, Question};
use crate::gui::icons::Icon;
use crate::gui::outbox::Outbox;
use crate::history::EntryId;
use crate::session::{Command, HistoryWish, Snapshot};
use crate::texts;
use eframe::egui::{Popup, RectAlign, Ui};

/// A button for entries, or all, that asks for a format and then for a place. `file` is a proposal.
pub fn export(
    ui: &mut Ui,
    enabled: bool,
    text: &str,
    name: &str,
    ids: Option<Vec<EntryId>>,
    file: &str,
    dialogs: &mut Dialogs,
) {
    export_from(ui, enabled, Button::new(text).icon(Icon::Save).name(name), ids, file, dialogs);
}

/// The same with a button of one's own.
pub fn export_from(
    ui: &mut Ui,
    enabled: bool,
    button: Button<'_>,
    ids: Option<Vec<EntryId>>,
    file: &str,
    dialogs: &mut Dialogs,
) {
    let button = ui.add_enabled(enabled, button);
    let menu = Popup::menu(&button).align(RectAlign::BOTTOM_END).accessible_name(texts::history_format());
    menu.show(|ui| {
        for format in Format::ALL {
            if ui.selectable_label(false, format.words()).clicked() {
                let name = file.to_owned();
                dialogs.ask(ui.ctx(), Question::Export { ids: ids.clone(), format, name });
            }
        }
    });
}

/// A button that asks for the model with which a recording is transcribed again.
pub fn retry(ui: &mut Ui, enabled: bool, id: EntryId, snapshot: &Snapshot, outbox: &mut Outbox) {
    let button = Button::new(texts::history_retry()).icon(Icon::Retry).name(texts::file_again());
    let button = ui.add_enabled(enabled, button);
    let button = button.on_hover_text(texts::history_retry_hint());
    let menu = Popup::menu(&button).align(RectAlign::BOTTOM_START).accessible_name(texts::model_list());
    menu.show(|ui| {
        let mut wish = |model| outbox.send(Command::History(HistoryWish::Retry { id, model }));
        if ui.selectable_label(false, texts::history_with_model_in_use()).clicked() {
            wish(None);
        }
        if !snapshot.models.is_empty() {
            ui.separator();
        }
        for model in &snapshot.models {
            if ui.selectable_label(false, &model.label).clicked() {
                wish(Some(model.name.clone()));
            }
        }
    });
}
