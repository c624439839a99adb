//! The pages that take the transcript's place, of which one at most is open.

use super::anywhere::AnywherePage;
use super::benchmark::BenchmarkPage;
use super::doctor::{self, DoctorPage};
use super::history::HistoryPage;
use super::library::LibraryPage;
use super::outbox::Outbox;
use crate::measured::Bench;
use eframe::egui::Ui;
use std::sync::Arc;

/// Every page.
pub struct Pages {
    pub anywhere: AnywherePage,
    pub benchmark: BenchmarkPage,
    pub doctor: DoctorPage,
    pub history: HistoryPage,
    pub library: LibraryPage,
}

impl Default for Pages {
    fn default() -> Self {
        Self {
            anywhere: AnywherePage::default(),
            benchmark: BenchmarkPage::new(Arc::new(Bench)),
            doctor: DoctorPage::new(doctor::examine()),
            history: HistoryPage::default(),
            library: LibraryPage::default(),
        }
    }
}

impl Pages {
    /// Opens "Dictate anywhere" in place of the others, or closes it.
    pub fn toggle_anywhere(&mut self, outbox: &mut Outbox) {
        self.doctor.close();
        self.benchmark.close();
        self.history.close();
        self.library.close(outbox);
        self.anywhere.toggle();
    }

    /// Opens the doctor in place of the others, or closes it.
    pub fn toggle_doctor(&mut self, ui: &Ui, outbox: &mut Outbox) {
        self.close_anywhere();
        self.benchmark.close();
        self.history.close();
        self.library.close(outbox);
        self.doctor.toggle(ui);
    }

    /// Opens the benchmark in place of the doctor, which leads to it.
    pub fn open_benchmark(&mut self) {
        self.doctor.close();
        self.benchmark.open();
    }

    /// Opens the history in place of the others, or closes it.
    pub fn toggle_history(&mut self, outbox: &mut Outbox) {
        self.close_anywhere();
        self.doctor.close();
        self.benchmark.close();
        self.library.close(outbox);
        self.history.toggle(outbox);
    }

    /// Opens the models in place of the others, or closes them.
    pub fn toggle_library(&mut self, outbox: &mut Outbox) {
        self.close_anywhere();
        self.doctor.close();
        self.benchmark.close();
        self.history.close();
        self.library.toggle(outbox);
    }

    /// Whether one of them is in the transcript's place.
    pub fn is_any_open(&self) -> bool {
        self.anywhere.is_open() || self.doctor.is_open() || self.history.is_open() || self.library.is_open()
    }

    fn close_anywhere(&mut self) {
        if self.anywhere.is_open() {
            self.anywhere.toggle();
        }
    }
}
