//! The pages that take the transcript's place, of which one at most is open.

use super::anywhere::AnywherePage;
use super::doctor::{self, DoctorPage};
use super::history::HistoryPage;
use super::outbox::Outbox;
use eframe::egui::Ui;

/// Every page.
pub struct Pages {
    pub anywhere: AnywherePage,
    pub doctor: DoctorPage,
    pub history: HistoryPage,
}

impl Default for Pages {
    fn default() -> Self {
        Self {
            anywhere: AnywherePage::default(),
            doctor: DoctorPage::new(doctor::examine()),
            history: HistoryPage::default(),
        }
    }
}

impl Pages {
    /// Opens "Dictate anywhere" in place of the others, or closes it.
    pub fn toggle_anywhere(&mut self) {
        self.doctor.close();
        self.history.close();
        self.anywhere.toggle();
    }

    /// Opens the doctor in place of the others, or closes it.
    pub fn toggle_doctor(&mut self, ui: &Ui) {
        self.close_anywhere();
        self.history.close();
        self.doctor.toggle(ui);
    }

    /// Opens the history in place of the others, or closes it.
    pub fn toggle_history(&mut self, outbox: &mut Outbox) {
        self.close_anywhere();
        self.doctor.close();
        self.history.toggle(outbox);
    }

    fn close_anywhere(&mut self) {
        if self.anywhere.is_open() {
            self.anywhere.toggle();
        }
    }
}
