//! The filter program, written as a line.

use crate::gui::fields::{choice, line, note, problem, title};
use crate::rules::Filter;
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
        title(ui, "4  Filter program");
        note(
            ui,
            "A program of yours that gets the text at its standard input and prints what is delivered. It has five \
             seconds; if it fails the text stays as it was, and Hark says so.",
        );
        let mut changed = choice(ui, &mut filter.on, "Run this program on every text");
        if line(
            ui,
            &mut self.text,
            "Filter program",
            "program and arguments, such as sed s/colour/color/g",
            560.0,
        ) {
            let words = shell_words::split(&self.text);
            self.unclosed = words.is_err();
            if let Ok(words) = words {
                filter.command = words;
                changed = true;
            }
        }
        if self.unclosed {
            problem(ui, "A quote is not closed; until it is, the line is as it was.");
        } else if filter.on && filter.command.is_empty() {
            problem(ui, "No program is named.");
        }
        changed
    }
}
