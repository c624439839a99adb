//! The filter program, written as a line.

use crate::gui::fields::{choice, line, note, problem, title};
use crate::rules::Filter;
use crate::texts;
use eframe::egui::Ui;

/// The line while it is written: not every line is a command.
#[derive(Default)]
pub struct Line {
    text: String,
    unclosed: bool,
}

impl Line {
    /// Takes over what is chosen.
    pub fn open(&mut self, filter: &Filter) {
        *self = Self { text: shell_words::join(&filter.command), unclosed: false };
    }

    /// Draws the line; returns whether something has changed.
    pub fn show(&mut self, ui: &mut Ui, filter: &mut Filter) -> bool {
        title(ui, texts::filter());
        note(ui, texts::filter_about());
        let mut changed = choice(ui, &mut filter.on, texts::filter_on());
        if line(ui, &mut self.text, texts::filter_name(), texts::filter_hint(), 560.0) {
            let words = shell_words::split(&self.text);
            self.unclosed = words.is_err();
            if let Ok(words) = words {
                filter.command = words;
                changed = true;
            }
        }
        if self.unclosed {
            problem(ui, texts::filter_unclosed());
        } else if filter.on && filter.command.is_empty() {
            problem(ui, texts::filter_unnamed());
        }
        changed
    }
}
