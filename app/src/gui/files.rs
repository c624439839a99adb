//! The queue of files: how far each is, and what can be done about it.

use super::controls::{self, Button, Weight};
use super::dialogs::{Dialogs, Question};
use super::icons::{self, Icon};
use super::outbox::Outbox;
use super::theme::{self, CONTROL_RADIUS, Palette};
use super::transcript::tools;
use super::words;
use crate::export::Format;
use crate::session::{Command, FileState, FileView, FilesView, Shown, Snapshot, Together};
use crate::texts;
use eframe::egui::accesskit::Role;
use eframe::egui::{
    Align, Color32, FontSelection, Id, Layout, Popup, PopupCloseBehavior, Rect, RectAlign, RichText,
    ScrollArea, Sense, TextStyle, TextWrapMode, Ui, UiBuilder, Vec2, WidgetInfo, WidgetText, pos2, vec2,
};

/// Rows are equally high, so that only those in sight are laid out.
const ROW_HEIGHT: f32 = 58.0;

/// Draws the queue. Only rows in sight cost anything.
pub fn show(
    ui: &mut Ui,
    snapshot: &Snapshot,
    open: &mut Option<bool>,
    outbox: &mut Outbox,
    dialogs: &mut Dialogs,
) {
    header(ui, &snapshot.files, open, outbox);
    let footer_height = theme::CONTROL_HEIGHT + 8.0;
    let list_height = (ui.available_height() - footer_height).max(ROW_HEIGHT);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        ScrollArea::vertical().auto_shrink(false).max_height(list_height).show_rows(
            ui,
            ROW_HEIGHT,
            snapshot.files.len(),
            |ui, rows| {
                follow(ui, snapshot, rows.start);
                for file in snapshot.files.get(rows).into_iter().flatten() {
                    row(ui, file, snapshot.shown == Shown::File(file.id), outbox);
                }
            },
        );
    });
    ui.with_layout(Layout::bottom_up(Align::Min), |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            let add = Button::new(texts::files_add_folder()).icon(Icon::Folder).weight(Weight::Quiet);
            if ui.add(add).on_hover_text(texts::files_add_folder_hint()).clicked() {
                dialogs.ask(ui.ctx(), Question::Folders);
            }
            save_all(ui, &snapshot.files, dialogs);
            options(ui, &snapshot.files, outbox);
        });
    });
}

/// Brings a file into sight that has come to be shown. `first` is the row at the top of `ui`.
fn follow(ui: &Ui, snapshot: &Snapshot, first: usize) {
    let key = Id::unique("file that was shown");
    let before = ui.data_mut(|data| std::mem::replace(data.get_temp_mut_or_default(key), snapshot.shown));
    let Shown::File(id) = snapshot.shown else { return };
    if before == snapshot.shown {
        return;
    }
    if let Some(row) = snapshot.files.iter().position(|file| file.id == id) {
        let below = (row as f32 - first as f32) * (ROW_HEIGHT + ui.spacing().item_spacing.y);
        let corner = ui.max_rect().min + vec2(0.0, below);
        ui.scroll_to_rect(Rect::from_min_size(corner, vec2(1.0, ROW_HEIGHT)), None);
    }
}

/// A button that asks for a format and a folder for all transcripts.
fn save_all(ui: &mut Ui, files: &FilesView, dialogs: &mut Dialogs) {
    let any = files.iter().any(|file| matches!(file.state, FileState::Done { .. }));
    let button = ui.add_enabled(any, Button::icon_only(Icon::Save, texts::files_save_all()));
    let button = button.on_hover_text(texts::files_save_all_hint());
    let menu = Popup::menu(&button).align(RectAlign::TOP_START).accessible_name(texts::files_save_all_menu());
    menu.show(|ui| {
        for format in Format::ALL {
            if ui.selectable_label(false, format.words()).clicked() {
                dialogs.ask(ui.ctx(), Question::SaveAll { format });
            }
        }
    });
}

/// How files are transcribed that are added.
fn options(ui: &mut Ui, files: &FilesView, outbox: &mut Outbox) {
    let name = texts::files_options();
    let button = ui.add(Button::icon_only(Icon::Dots, name)).on_hover_text(name);
    let menu = Popup::menu(&button)
        .align(RectAlign::TOP_START)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .accessible_name(name);
    menu.show(|ui| {
        ui.set_max_width(300.0);
        ui.label(RichText::new(texts::files_options_for()).small().weak());
        let mut usual = files.usual;
        tools::by_channel(ui, &mut usual);
        tools::by_word(ui, &mut usual);
        if usual != files.usual {
            outbox.send(Command::ChooseFileOptions(usual));
        }
    });
}

fn header(ui: &mut Ui, files: &FilesView, shown: &mut Option<bool>, outbox: &mut Outbox) {
    let open = |file: &&FileView| matches!(file.state, FileState::Waiting | FileState::Running { .. });
    let open = files.iter().filter(open).count();
    let done = files.iter().filter(|f| matches!(f.state, FileState::Done { .. })).count();
    let failed = files.iter().filter(|f| matches!(f.state, FileState::Failed { .. })).count();
    ui.horizontal(|ui| {
        ui.set_min_height(theme::CONTROL_HEIGHT);
        ui.label(RichText::new(texts::page_files()).strong());
        controls::at_right(ui, |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            if open > 0 {
                let cancel = Button::new(texts::files_cancel_all())
                    .weight(Weight::Quiet)
                    .name(texts::files_cancel_all_name());
                if ui.add(cancel).clicked() {
                    outbox.send(Command::CancelAllFiles);
                }
            }
            let hide = Button::icon_only(Icon::Back, texts::files_hide());
            if ui.add(hide).on_hover_text(texts::files_hide_hint()).clicked() {
                *shown = Some(false);
            }
        });
    });
    // Below the buttons, which take the width in some languages.
    let left = files.left.map(|left| texts::files_left(words::left(left)));
    let count = texts::files_done(done, files.len());
    let facts = match &left {
        Some(left) if open > 1 => texts::two_facts(&count, left),
        _ => count,
    };
    ui.scope(|ui| {
        // Lines of text are lower than controls.
        ui.spacing_mut().interact_size.y = 0.0;
        ui.horizontal_wrapped(|ui| {
            let facts = ui.label(RichText::new(facts).small().weak());
            if let Some(left) = left {
                facts.on_hover_text(left);
            }
            if failed > 0 {
                let color = theme::palette(ui.visuals()).problem;
                ui.label(RichText::new(texts::files_failed(failed)).small().color(color));
            }
        });
    });
    if let Some(Together { files, x }) = files.together {
        let together = texts::files_together(files, words::times_real_time(x));
        ui.label(RichText::new(together).small().weak()).on_hover_text(texts::files_together_hint());
    }
}

fn row(ui: &mut Ui, file: &FileView, selected: bool, outbox: &mut Outbox) {
    let palette = theme::palette(ui.visuals());
    let name = file.name.to_string();
    let state = words::file_state(&file.state);
    ui.push_id(file.id, |ui| {
        let size = vec2(ui.available_width(), ROW_HEIGHT);
        let (rect, response) = ui.allocate_exact_size(size, Sense::click());
        response.widget_info(|| {
            WidgetInfo::selected(Role::Button, true, selected, texts::two_facts(&name, &state))
        });
        let fill = match (selected, response.hovered()) {
            (true, _) => palette.accent_soft,
            (false, true) => palette.sunken,
            (false, false) => Color32::TRANSPARENT,
        };
        ui.painter().rect_filled(rect, CONTROL_RADIUS, fill);
        if response.has_focus() {
            let stroke = (2.0, palette.accent);
            ui.painter().rect_stroke(
                rect.shrink(1.0),
                CONTROL_RADIUS,
                stroke,
                eframe::egui::StrokeKind::Inside,
            );
        }
        if response.gained_focus() {
            response.scroll_to_me(None);
        }

        let inside = rect.shrink2(vec2(10.0, 7.0));
        let buttons_left = buttons(ui, file, &name, inside, outbox);
        let texts = inside.with_max_x(buttons_left - 6.0);
        line(ui, texts, Align::Min, RichText::new(&name), palette.text);
        status(ui, file, &name, &state, texts, palette);

        if response.clicked() {
            outbox.send(Command::Show(Shown::File(file.id)));
        }
        response.on_hover_text(format!("{}\n{state}", file.path.display()));
    });
}

/// The second line: the state in words, with a bar below it while the file is being worked on.
fn status(ui: &mut Ui, file: &FileView, name: &str, words: &str, area: Rect, palette: &Palette) {
    let (icon, color) = match &file.state {
        FileState::Done { .. } => (Some(Icon::Check), palette.dim),
        FileState::Failed { .. } => (Some(Icon::Warning), palette.problem),
        FileState::Waiting | FileState::Running { .. } | FileState::Cancelled | FileState::Interrupted => {
            (None, palette.dim)
        }
    };
    let mut text_area = area;
    if let FileState::Running { progress, .. } = &file.state {
        let bar = Rect::from_min_max(pos2(area.left(), area.bottom() - 4.0), area.max);
        ui.scope_builder(UiBuilder::new().max_rect(bar), |ui| controls::progress_bar(ui, *progress, name));
        text_area.max.y -= 7.0;
    }
    if let Some(icon) = icon {
        let corner = pos2(area.left(), area.bottom() - 15.0);
        icons::paint(ui.painter(), icon, Rect::from_min_size(corner, Vec2::splat(13.0)), color);
        text_area.min.x += 19.0;
    }
    line(ui, text_area, Align::Max, RichText::new(words).small(), color);
}

/// Paints one line of text at the top or bottom of `area`, cut where it does not fit.
fn line(ui: &Ui, area: Rect, align: Align, text: RichText, color: Color32) {
    let galley = WidgetText::from(text).into_galley(
        ui,
        Some(TextWrapMode::Truncate),
        area.width(),
        FontSelection::Style(TextStyle::Button),
    );
    let y = if align == Align::Min { area.top() } else { area.bottom() - galley.size().y };
    ui.painter().galley(pos2(area.left(), y), galley, color);
}

/// What can be done about a file; returns where the buttons begin.
fn buttons(ui: &mut Ui, file: &FileView, name: &str, area: Rect, outbox: &mut Outbox) -> f32 {
    let layout = Layout::left_to_right(Align::Center);
    let row = ui.scope_builder(UiBuilder::new().max_rect(area).layout(layout), |ui| {
        controls::at_right(ui, |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            let mut button = |icon, verb: &str, command| {
                let label = texts::files_action(verb, name);
                if ui.add(Button::icon_only(icon, &label)).on_hover_text(verb).clicked() {
                    outbox.send(command);
                }
            };
            match file.state {
                FileState::Waiting | FileState::Running { .. } => {
                    button(Icon::Cross, texts::cancel(), Command::CancelFile(file.id));
                }
                FileState::Done { .. } => {
                    button(Icon::Cross, texts::remove(), Command::RemoveFile(file.id));
                }
                FileState::Failed { .. } | FileState::Cancelled | FileState::Interrupted => {
                    button(Icon::Retry, texts::files_retry(), Command::RetryFile(file.id));
                    button(Icon::Cross, texts::remove(), Command::RemoveFile(file.id));
                }
            }
        })
    });
    row.inner.response.rect.left()
}
