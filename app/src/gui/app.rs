//! The window as eframe sees it: `logic` takes the newest snapshot, `ui` draws it.

use super::appearance::{Appearance, Applied};
use super::banners::Banners;
#[cfg(test)]
use super::benchmark::BenchmarkPage;
use super::dialogs::{Dialogs, Picker, Question};
#[cfg(test)]
use super::doctor::DoctorPage;
#[cfg(test)]
use super::doctor::Examine;
use super::outbox::Outbox;
use super::pages::Pages;
use super::theme::{self, GAP};
use super::transcript::TranscriptPane;
use super::{banners, drop, files, record_bar, top_strip};
#[cfg(test)]
use crate::measured::Measure;
use crate::own_window::OwnWindow;
use crate::session::{Command, Snapshot};
use crate::texts;
use crossbeam_channel::{Receiver, Sender, TryRecvError};
use eframe::egui::{
    self, CentralPanel, Context, Frame, Margin, Panel, Stroke, Theme, Ui, UserAttentionType, ViewportCommand,
};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// How soon commands that did not fit into the channel are tried again.
const RETRY: Duration = Duration::from_millis(50);

/// The window's state: what to draw, and what is under way to the session.
pub struct App {
    snapshots: Receiver<Arc<Snapshot>>,
    snapshot: Arc<Snapshot>,
    outbox: Outbox,
    dialogs: Dialogs,
    transcript: TranscriptPane,
    pages: Pages,
    /// Whether the person has opened or hidden the list of files; `None` shows it once something was added.
    files_open: Option<bool>,
    banners: Banners,
    /// The list of models is to be opened in the next frame.
    open_models: bool,
    session_ended: bool,
    quit: bool,
    appearance: Appearance,
    applied: Applied,
    own_window: Arc<OwnWindow>,
    farewell: Farewell,
}

/// What Hark does once the window is closed: `None` is to end, `Some` to stay, and what was shown last.
pub type Farewell = Rc<RefCell<Option<Arc<Snapshot>>>>;

impl App {
    /// A window that talks to a session through these ends.
    pub fn new(
        commands: Sender<Command>,
        snapshots: Receiver<Arc<Snapshot>>,
        picker: Arc<dyn Picker>,
    ) -> Self {
        Self {
            snapshots,
            snapshot: Arc::default(),
            outbox: Outbox::new(commands),
            dialogs: Dialogs::new(picker),
            transcript: TranscriptPane::default(),
            pages: Pages::default(),
            files_open: None,
            banners: Banners::default(),
            open_models: false,
            session_ended: false,
            quit: false,
            appearance: Appearance::default(),
            applied: Applied::default(),
            own_window: OwnWindow::new(),
            farewell: Farewell::default(),
        }
    }

    /// Has somebody else make the doctor's checks.
    #[cfg(test)]
    pub fn examined_by(mut self, examine: Arc<dyn Examine>) -> Self {
        self.pages.doctor = DoctorPage::new(examine);
        self
    }

    /// Looks like the windows before it.
    pub fn looking_like(self, appearance: Appearance) -> Self {
        Self { appearance, ..self }
    }

    /// Has somebody else measure how fast this computer is.
    #[cfg(test)]
    pub fn measured_by(mut self, measure: Arc<dyn Measure>) -> Self {
        self.pages.benchmark = BenchmarkPage::new(measure);
        self
    }

    /// Goes on where an earlier window said farewell, and tells `own_window` of itself.
    pub fn continuing(mut self, own_window: Arc<OwnWindow>, farewell: Farewell) -> Self {
        // What was wanted of that window is not wanted of this one.
        self.snapshot = farewell.take().unwrap_or_default();
        (self.own_window, self.farewell) = (own_window, farewell);
        self
    }

    /// Takes over what has come since the last frame. Never waits.
    pub fn take_news(&mut self, ctx: &Context) {
        loop {
            match self.snapshots.try_recv() {
                Ok(snapshot) => {
                    self.transcript.note(&snapshot);
                    self.pages.anywhere.note(&snapshot);
                    self.pages.settings.note(&snapshot);
                    self.open_models |= snapshot.model_choice_wanted > self.snapshot.model_choice_wanted;
                    if snapshot.files.added > self.snapshot.files.added {
                        self.files_open = None;
                        self.pages.close(&mut self.outbox);
                    }
                    if snapshot.folder_wanted > self.snapshot.folder_wanted {
                        self.dialogs.ask(ctx, Question::RecordingFolder);
                    }
                    if snapshot.window_wanted > self.snapshot.window_wanted {
                        come_forward(ctx);
                    }
                    self.snapshot = snapshot;
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    self.session_ended = true;
                    break;
                }
            }
        }
        self.applied.apply(self.snapshot.window, &self.appearance, ctx);
        for command in self.dialogs.take() {
            self.outbox.send(command);
        }
        if self.snapshot.quitting && !self.quit {
            self.quit = true;
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
        if ctx.input(|i| i.viewport().close_requested()) {
            self.close();
        }
        let focused = ctx.input(|i| {
            let window = i.viewport();
            window.focused == Some(true) && window.visible() != Some(false)
        });
        self.own_window.tell(focused, ctx.theme() == Theme::Dark);
        if !self.outbox.flush() {
            ctx.request_repaint_after(RETRY);
        }
    }

    /// Draws the newest snapshot and sends what the person asks for.
    pub fn draw(&mut self, ui: &mut Ui) {
        let snapshot = Arc::clone(&self.snapshot);
        drop::take(ui.ctx(), &mut self.outbox);
        if !self.pages.is_any_open() {
            self.transcript.keys(ui.ctx(), &snapshot);
        }
        if !self.pages.anywhere.takes_keys() {
            let leaves = self.pages.is_any_open() && record_bar::leaves(ui, &snapshot);
            record_bar::keys(ui, &snapshot, &mut self.outbox);
            if leaves {
                self.pages.close(&mut self.outbox);
            }
        }

        let palette = theme::palette(ui.visuals());
        let window = Frame::new().fill(palette.window);
        let margin = |left, right, top, bottom| window.inner_margin(Margin { left, right, top, bottom });

        Panel::top("top strip").exact_size(58.0).frame(margin(16, 16, 0, 0)).show_separator_line(false).show(
            ui,
            |ui| {
                let open_models = std::mem::take(&mut self.open_models);
                top_strip::show(
                    ui,
                    &snapshot,
                    &mut self.outbox,
                    &mut self.dialogs,
                    &mut self.pages,
                    &mut self.files_open,
                    open_models,
                );
            },
        );
        Panel::bottom("record bar")
            .exact_size(86.0)
            .frame(margin(16, 16, 0, 0))
            .show_separator_line(false)
            .show(ui, |ui| record_bar::show(ui, &snapshot, &mut self.outbox, &mut self.dialogs));
        // The page says it beside the keys.
        let elsewhere = snapshot.keys_banner.filter(|_| self.pages.anywhere.is_open());
        let told: Vec<_> = snapshot.banners.iter().filter(|banner| Some(banner.id) != elsewhere).collect();
        if !told.is_empty() || self.session_ended || self.dialogs.missing {
            Panel::top("banners").frame(margin(16, 16, 0, GAP as i8)).show_separator_line(false).show(
                ui,
                |ui| {
                    if self.session_ended {
                        banners::session_ended(ui);
                    }
                    if self.dialogs.missing && banners::note(ui, texts::dialog_missing()) {
                        self.dialogs.missing = false;
                    }
                    self.banners.show(ui, &told, &mut self.outbox);
                },
            );
        }
        // The history has a list of its own.
        let open = self.files_open.unwrap_or(snapshot.files.added > 0);
        let has_list = open && !snapshot.files.is_empty() && !self.pages.history.is_open();
        if has_list {
            let width = if ui.available_width() < 760.0 { 224.0 } else { 284.0 };
            Panel::left("files")
                .exact_size(width)
                .frame(margin(16, 4, 0, 0))
                .show_separator_line(false)
                .show(ui, |ui| {
                    let open = &mut self.files_open;
                    files::show(ui, &snapshot, open, &mut self.outbox, &mut self.dialogs);
                });
        }
        let around = if has_list { 8 } else { 16 };
        CentralPanel::default().frame(margin(around, 16, 0, 0)).show(ui, |ui| {
            let card = Frame::new()
                .fill(palette.card)
                .stroke(Stroke::new(1.0, palette.line))
                .corner_radius(theme::CARD_RADIUS)
                .inner_margin(Margin { left: 20, right: 12, top: 16, bottom: 12 });
            card.show(ui, |ui| {
                ui.set_min_size(ui.available_size());
                if self.pages.history.is_open() {
                    self.pages.history.show(ui, &snapshot, &mut self.outbox, &mut self.dialogs);
                } else if self.pages.doctor.is_open() {
                    if self.pages.doctor.show(ui, &snapshot) {
                        self.pages.open_benchmark();
                    }
                } else if self.pages.benchmark.is_open() {
                    self.pages.benchmark.show(ui, &snapshot);
                } else if self.pages.anywhere.is_open() {
                    self.pages.anywhere.show(ui, &snapshot, &mut self.outbox);
                } else if self.pages.settings.is_open() {
                    self.pages.show_settings(ui, &snapshot, &mut self.outbox);
                } else if self.pages.library.is_open() {
                    self.pages.library.show(ui, &snapshot, &mut self.outbox, &mut self.dialogs);
                } else if self.transcript.show(ui, &snapshot, &mut self.outbox, &mut self.dialogs) {
                    self.pages.library.open(&mut self.outbox);
                }
            });
        });
        if self.outbox.take_shows() {
            self.pages.close(&mut self.outbox);
        }
        drop::overlay(ui.ctx());
        let focused = ui.input(|input| input.focused);
        self.pages.anywhere.tell_of_keys(focused, &mut self.outbox);
    }

    /// The window goes. Hark stays if the person wants that and can open it again.
    fn close(&mut self) {
        let stays = self.snapshot.anywhere.indicator.stay_in_tray && self.own_window.has_tray();
        if stays && !self.quit && !self.session_ended {
            self.pages.leave(&mut self.outbox);
            *self.farewell.borrow_mut() = Some(Arc::clone(&self.snapshot));
        } else {
            self.quit();
        }
    }

    fn quit(&mut self) {
        if !self.quit {
            self.quit = true;
            self.pages.leave(&mut self.outbox);
            self.transcript.leave(&mut self.outbox);
            self.outbox.send(Command::Quit);
        }
    }
}

/// Brings the window to the front, or asks for a look at it where the desktop does not let windows do that.
fn come_forward(ctx: &Context) {
    ctx.send_viewport_cmd(ViewportCommand::Minimized(false));
    ctx.send_viewport_cmd(ViewportCommand::Focus);
    ctx.send_viewport_cmd(ViewportCommand::RequestUserAttention(UserAttentionType::Informational));
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.take_news(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.draw(ui);
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.own_window.has_gone();
        if self.farewell.borrow().is_none() {
            self.quit();
        }
    }
}
