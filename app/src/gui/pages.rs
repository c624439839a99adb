//! The pages that take the transcript's place, of which one at most is open.

use super::anywhere::AnywherePage;
use super::benchmark::BenchmarkPage;
use super::doctor::{self, DoctorPage};
use super::history::HistoryPage;
use super::library::LibraryPage;
use super::outbox::Outbox;
use super::settings::{Elsewhere, SettingsPage};
use crate::measured::Bench;
use crate::session::Snapshot;
use eframe::egui::Ui;
use std::sync::Arc;

/// Every page.
pub struct Pages {
    pub anywhere: AnywherePage,
    pub benchmark: BenchmarkPage,
    pub doctor: DoctorPage,
    pub history: HistoryPage,
    pub library: LibraryPage,
    pub settings: SettingsPage,
}

impl Default for Pages {
    fn default() -> Self {
        Self {
            anywhere: AnywherePage::default(),
            benchmark: BenchmarkPage::new(Arc::new(Bench)),
            doctor: DoctorPage::new(doctor::examine()),
            history: HistoryPage::default(),
            library: LibraryPage::default(),
            settings: SettingsPage::default(),
        }
    }
}

impl Pages {
    /// Opens "Dictate anywhere" in place of the others, or closes it.
    pub fn toggle_anywhere(&mut self, outbox: &mut Outbox) {
        let open = self.anywhere.is_open();
        self.close(outbox);
        if !open {
            self.anywhere.toggle();
        }
    }

    /// Opens the doctor in place of the others, or closes it.
    pub fn toggle_doctor(&mut self, ui: &Ui, outbox: &mut Outbox) {
        let open = self.doctor.is_open();
        self.close(outbox);
        if !open {
            self.doctor.toggle(ui);
        }
    }

    /// Opens the benchmark in place of the doctor, which leads to it.
    pub fn open_benchmark(&mut self) {
        self.doctor.close();
        self.benchmark.open();
    }

    /// Opens the history in place of the others, or closes it.
    pub fn toggle_history(&mut self, outbox: &mut Outbox) {
        let open = self.history.is_open();
        self.close(outbox);
        if !open {
            self.history.toggle(outbox);
        }
    }

    /// Opens the models in place of the others, or closes them.
    pub fn toggle_library(&mut self, outbox: &mut Outbox) {
        let open = self.library.is_open();
        self.close(outbox);
        if !open {
            self.library.toggle(outbox);
        }
    }

    /// Whether one of them is in the transcript's place.
    pub fn is_any_open(&self) -> bool {
        self.anywhere.is_open()
            || self.benchmark.is_open()
            || self.doctor.is_open()
            || self.history.is_open()
            || self.library.is_open()
            || self.settings.is_open()
    }

    /// Opens the settings in place of the others, or closes them.
    pub fn toggle_settings(&mut self, outbox: &mut Outbox) {
        let open = self.settings.is_open();
        self.close(outbox);
        if !open {
            self.settings.toggle(outbox);
        }
    }

    /// Draws the settings, and goes on to another page from there.
    pub fn show_settings(&mut self, ui: &mut Ui, snapshot: &Snapshot, outbox: &mut Outbox) {
        match self.settings.show(ui, snapshot, outbox) {
            Some(Elsewhere::Anywhere) => self.toggle_anywhere(outbox),
            Some(Elsewhere::Models) => self.toggle_library(outbox),
            Some(Elsewhere::History) => self.toggle_history(outbox),
            None => {}
        }
    }

    /// The window closes: sends what was changed.
    pub fn leave(&mut self, outbox: &mut Outbox) {
        self.anywhere.leave(outbox);
        self.settings.leave(outbox);
    }

    /// Closes the page that is open, so that the text is there again.
    pub fn close(&mut self, outbox: &mut Outbox) {
        if self.anywhere.is_open() {
            self.anywhere.toggle();
        }
        if self.settings.is_open() {
            self.settings.toggle(outbox);
        }
        self.benchmark.close();
        self.doctor.close();
        self.history.close();
        self.library.close(outbox);
    }
}
