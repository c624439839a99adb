//! One dictation: its texts, how they were made, and what can be done with it.

use super::menus;
use crate::gui::controls::{self, Button, Weight};
use crate::gui::dialogs::Dialogs;
use crate::gui::icons::Icon;
use crate::gui::outbox::Outbox;
use crate::gui::theme;
use crate::history::{Entry, EntryId, Version, how_made, local_day, local_moment, local_time};
use crate::language;
use crate::session::{Command, HistoryWish, Played, Playing, Snapshot};
use crate::text::clock;
use crate::texts;
use eframe::egui::{ComboBox, Label, RichText, ScrollArea, Ui};
use jiff::Timestamp;

/// Height of a line of text, in points: more air than the font asks for.
const LINE_HEIGHT: f32 = 23.0;

/// What is shown of an entry.
#[derive(Default)]
pub struct Detail {
    /// Of which entry the rest speaks.
    of: Option<EntryId>,
    /// Which of its texts, and how many there were then; `None` is the newest.
    version: Option<usize>,
    as_heard: bool,
}

impl Detail {
    /// Shows the newest text, as it was delivered.
    pub fn begin_anew(&mut self) {
        *self = Self::default();
    }

    /// Draws the entry over all that is left of `ui`.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        entry: &Entry,
        snapshot: &Snapshot,
        outbox: &mut Outbox,
        dialogs: &mut Dialogs,
    ) {
        if self.of != Some(entry.id) {
            *self = Self { of: Some(entry.id), ..Self::default() };
        }
        let version = self.version.and_then(|place| entry.versions.get(place)).or(entry.latest());
        self.head(ui, entry, outbox);
        self.choices(ui, entry, version);
        let as_heard = self.as_heard;
        let text = version.map_or("", |v| if as_heard { &v.heard } else { v.text() });
        actions(ui, entry, text, snapshot, outbox, dialogs);
        let playing = snapshot.history.playing.filter(|playing| playing.of == Played::Entry(entry.id));
        if let Some(playing) = playing {
            position(ui, entry, playing);
        }
        under_way(ui, entry, snapshot, outbox);
        if let Some(problem) = &entry.problem {
            let color = theme::palette(ui.visuals()).problem;
            let words = texts::history_not_transcribed(problem);
            ui.add(Label::new(RichText::new(words).small().color(color)).wrap());
        }
        ui.add_space(2.0);
        let area = ScrollArea::vertical().id_salt(("history text", entry.id)).auto_shrink(false);
        area.show(ui, |ui| {
            ui.set_max_width(ui.available_width() - 12.0);
            match version {
                None => drop(ui.label(RichText::new(texts::history_no_text_detail()).weak())),
                Some(_) if text.trim().is_empty() => {
                    drop(ui.label(RichText::new(texts::transcript_no_speech()).weak()));
                }
                Some(_) => {
                    let text = RichText::new(text).line_height(Some(LINE_HEIGHT));
                    drop(ui.add(Label::new(text).wrap().selectable(true)));
                }
            }
        });
    }

    fn head(&self, ui: &mut Ui, entry: &Entry, outbox: &mut Outbox) {
        ui.horizontal(|ui| {
            let day = local_day(entry.time, Timestamp::now());
            ui.label(RichText::new(format!("{day} {}", local_time(entry.time))).strong());
            ui.label(RichText::new(clock(entry.audio_s.round() as u64)).weak());
            controls::at_right(ui, |ui| {
                let wish = |wish| Command::History(wish);
                let (icon, name) = match entry.starred {
                    true => (Icon::Star, texts::history_unstar()),
                    false => (Icon::StarOutline, texts::history_star()),
                };
                let why = texts::history_star_hint();
                if ui.add(Button::icon_only(icon, name)).on_hover_text(why).clicked() {
                    outbox.send(wish(HistoryWish::Star(entry.id, !entry.starred)));
                }
                if ui
                    .add(Button::icon_only(Icon::Trash, texts::delete()))
                    .on_hover_text(texts::delete())
                    .clicked()
                {
                    outbox.send(wish(HistoryWish::Delete(vec![entry.id])));
                }
            });
        });
    }

    /// Which text is shown, and how it was made.
    fn choices(&mut self, ui: &mut Ui, entry: &Entry, shown: Option<&Version>) {
        let Some(shown) = shown else { return };
        if entry.versions.len() > 1 {
            let name = |version: &Version| format!("{} · {}", version.model, local_moment(version.time));
            let list = ComboBox::from_id_salt("version")
                .width(ui.available_width().min(300.0))
                .icon(controls::chevron)
                .selected_text(name(shown));
            let list = list.show_ui(ui, |ui| {
                for (place, version) in entry.versions.iter().enumerate().rev() {
                    if ui.selectable_label(std::ptr::eq(version, shown), name(version)).clicked() {
                        self.version = Some(place).filter(|place| place + 1 < entry.versions.len());
                    }
                }
            });
            list.response.accessible_name(texts::history_version());
        }
        let mut about = how_made(shown, entry.audio_s);
        if !shown.language.is_empty() {
            about = format!("{about} · {}", language::name_of(&shown.language));
        }
        ui.add(Label::new(RichText::new(about).small().weak()).wrap());
        if shown.text.is_some() {
            ui.horizontal(|ui| {
                for (as_heard, words) in [(false, texts::history_final()), (true, texts::history_heard())] {
                    if ui.selectable_label(self.as_heard == as_heard, RichText::new(words).small()).clicked()
                    {
                        self.as_heard = as_heard;
                    }
                }
            });
        }
    }
}

fn actions(
    ui: &mut Ui,
    entry: &Entry,
    text: &str,
    snapshot: &Snapshot,
    outbox: &mut Outbox,
    dialogs: &mut Dialogs,
) {
    let plays = snapshot.history.playing.is_some_and(|playing| playing.of == Played::Entry(entry.id));
    // Nothing in it may have room of its own, or the row would go on beyond a narrow window.
    ui.horizontal_wrapped(|ui| {
        let audio = entry.audio.is_some();
        if plays {
            if ui
                .add(Button::new(texts::play_stop()).icon(Icon::Stop).name(texts::play_stop_name()))
                .clicked()
            {
                outbox.send(Command::History(HistoryWish::StopPlaying));
            }
        } else {
            let play = ui.add_enabled(
                audio,
                Button::new(texts::history_play()).icon(Icon::Play).name(texts::history_play_name()),
            );
            if play.on_disabled_hover_text(texts::history_play_gone()).clicked() {
                outbox.send(Command::History(HistoryWish::Play(entry.id)));
            }
        }
        let has_text = !text.trim().is_empty();
        let copy = ui.add_enabled(
            has_text,
            Button::new(texts::copy()).icon(Icon::Copy).name(texts::history_copy_name()),
        );
        if copy.clicked() {
            outbox.send(Command::History(HistoryWish::Copy(text.trim().to_owned())));
        }
        menus::retry(ui, audio, entry.id, snapshot, outbox);
        let file = texts::history_file_one(local_moment(entry.time).replace(':', "-"));
        let ids = Some(vec![entry.id]);
        menus::export(ui, has_text, texts::history_save(), texts::history_save_name(), ids, &file, dialogs);
    });
}

fn position(ui: &mut Ui, entry: &Entry, playing: Playing) {
    let heard = playing.position.as_secs_f64();
    let share = if entry.audio_s > 0.0 { heard / entry.audio_s } else { 0.0 };
    let times = texts::history_position(clock(heard as u64), clock(entry.audio_s.round() as u64));
    controls::progress_bar(ui, share as f32, texts::history_playing()).on_hover_text(times);
}

/// What is being transcribed again of this entry.
fn under_way(ui: &mut Ui, entry: &Entry, snapshot: &Snapshot, outbox: &mut Outbox) {
    let theirs = snapshot.history.retries.iter().filter(|retry| retry.id == entry.id);
    for (number, retry) in theirs.enumerate() {
        ui.push_id(("retry", number), |ui| {
            ui.horizontal(|ui| {
                let model = retry.model.as_deref().unwrap_or(texts::history_model_in_use());
                let state = match retry.progress {
                    Some(_) => texts::history_again_with(model),
                    None => texts::history_waits_for(model),
                };
                ui.label(RichText::new(state).small());
                let cancel =
                    Button::icon_only(Icon::Cross, texts::history_cancel_again()).weight(Weight::Quiet);
                if ui.add(cancel).on_hover_text(texts::cancel()).clicked() {
                    outbox.send(Command::History(HistoryWish::CancelRetry(entry.id)));
                }
            });
            if let Some(share) = retry.progress {
                controls::progress_bar(ui, share, texts::transcript_progress());
            }
        });
    }
}
