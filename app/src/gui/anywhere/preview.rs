//! A box to try the rules in: a text, and what it is after each step.

use crate::gui::controls::{Button, Weight};
use crate::gui::fields::{line, lines, note, problem, title};
use crate::gui::icons::Icon;
use crate::gui::theme;
use crate::language::code_of;
use crate::rules::{Applied, Filter, FilterError, Rules};
use crate::session::Snapshot;
use crate::text::sentence;
use crate::texts;
use crossbeam_channel::{Receiver, TryRecvError, bounded};
use eframe::egui::{Frame, Label, Margin, RichText, Ui};
use std::thread;

/// Letters that can be tried.
const MOST: usize = 2000;

/// What is tried, and what came of it.
#[derive(Default)]
pub struct Preview {
    text: String,
    language: String,
    /// What `applied` was made of.
    of: Option<(Rules, String, Option<String>)>,
    applied: Applied,
    run: Run,
}

/// The filter program, which runs only when it is asked for.
#[derive(Default)]
enum Run {
    #[default]
    No,
    Runs(Receiver<Outcome>),
    Ran(Outcome),
}

type Outcome = Result<Option<String>, FilterError>;

impl Preview {
    /// Draws the box.
    pub fn show(&mut self, ui: &mut Ui, rules: &Rules, snapshot: &Snapshot) {
        title(ui, texts::preview());
        lines(ui, &mut self.text, texts::preview_text(), texts::preview_text_hint(), (560.0, 2));
        ui.horizontal(|ui| {
            let last = &snapshot.heard;
            if ui.add_enabled(!last.is_empty(), Button::new(texts::preview_last())).clicked() {
                self.text = last.to_string();
            }
            line(ui, &mut self.language, texts::preview_language(), texts::keys_language(), 84.0);
        });
        if self.text.chars().nth(MOST).is_some() {
            self.text = self.text.chars().take(MOST).collect();
            note(ui, texts::preview_beginning());
        }
        let language = match self.language.trim() {
            "" => Ok(snapshot.language.clone()),
            name => code_of(Some(name)),
        };
        let language = language.unwrap_or_else(|error| {
            problem(ui, &sentence(&error.to_string()));
            None
        });
        self.refresh(rules, language);
        if self.text.trim().is_empty() {
            return;
        }
        let Applied { steps, problems, text } = &self.applied;
        for step in steps {
            shown(ui, &texts::preview_after(step.rule.replace(' ', "-")), &step.text);
        }
        if steps.is_empty() {
            note(ui, texts::preview_unchanged());
        }
        problems.iter().for_each(|text| problem(ui, text));
        let text = text.clone();
        self.filter(ui, &rules.filter, text);
    }

    /// Applies the rules when they, the text or the language have changed.
    fn refresh(&mut self, rules: &Rules, language: Option<String>) {
        let is_current = self.of.as_ref().is_some_and(|(of_rules, of_text, of_language)| {
            of_rules == rules && *of_text == self.text && *of_language == language
        });
        if is_current {
            return;
        }
        self.applied = rules.rewrite(&self.text, language.as_deref());
        self.of = Some((rules.clone(), self.text.clone(), language));
        self.run = Run::No;
    }

    fn filter(&mut self, ui: &mut Ui, filter: &Filter, text: String) {
        if let Run::Runs(answer) = &self.run {
            match answer.try_recv() {
                Ok(outcome) => self.run = Run::Ran(outcome),
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => self.run = Run::No,
            }
        }
        match &self.run {
            Run::Runs(_) => {
                ui.add(Button::new(texts::preview_filter_runs()).weight(Weight::Busy));
                return;
            }
            Run::Ran(Ok(Some(text))) => shown(ui, texts::preview_filter_after(), text),
            Run::Ran(Ok(None)) => note(ui, texts::preview_filter_none()),
            Run::Ran(Err(error)) => problem(ui, &error.to_string()),
            Run::No => {}
        }
        let can_run = !filter.command.is_empty();
        let button = Button::new(texts::preview_filter_run()).icon(Icon::Play);
        if ui.add_enabled(can_run, button).clicked() {
            self.start(ui, filter, text);
        }
    }

    fn start(&mut self, ui: &Ui, filter: &Filter, text: String) {
        let (tell, answer) = bounded(1);
        let filter = Filter { on: true, ..filter.clone() };
        let language = self.of.as_ref().and_then(|(_, _, language)| language.clone());
        let ctx = ui.ctx().clone();
        let run = move || {
            // The window may be gone by now.
            let _ = tell.send(filter.run(&text, language.as_deref()));
            ctx.request_repaint();
        };
        if thread::Builder::new().name("hark-filter-once".into()).spawn(run).is_ok() {
            self.run = Run::Runs(answer);
        }
    }
}

/// A text after a step.
fn shown(ui: &mut Ui, step: &str, text: &str) {
    note(ui, step);
    let palette = theme::palette(ui.visuals());
    let frame = Frame::new().fill(palette.sunken).corner_radius(theme::CONTROL_RADIUS);
    frame.inner_margin(Margin::symmetric(10, 6)).show(ui, |ui| {
        ui.set_width((ui.available_width()).min(540.0));
        ui.add(Label::new(RichText::new(text)).wrap().selectable(true));
    });
}
