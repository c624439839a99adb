//! The page "Doctor": what this computer has and lacks, as `hark doctor` says it.

mod engine;
mod examination;

use super::controls::{self, Button, Weight};
use super::icons::{self, Icon};
use super::theme;
use crate::checks::{Check, Status};
use eframe::egui::accesskit::Role;
use eframe::egui::{Align, Label, Layout, RichText, ScrollArea, Sense, Ui, Vec2, WidgetInfo};
use examination::Examination;
pub use examination::{Examine, Finding, examine};
use hark_engine::metrics::Figures;
use std::sync::Arc;

/// Longer lines are hard to read.
const WIDTH: f32 = 760.0;
/// Above this, everything fits into one line.
const NARROW: f32 = 540.0;

/// The page, open or not.
pub struct DoctorPage {
    open: bool,
    examination: Examination,
}

impl DoctorPage {
    /// A closed page whose checks are made by `examine`.
    pub fn new(examine: Arc<dyn Examine>) -> Self {
        Self { open: false, examination: Examination::new(examine) }
    }

    /// Whether the page is in place of the transcript.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Opens the page and has the checks made anew, or closes it.
    pub fn toggle(&mut self, ui: &Ui) {
        self.open = !self.open;
        if self.open {
            self.examination.begin(ui.ctx());
        }
    }

    /// Closes the page.
    pub fn close(&mut self) {
        self.open = false;
    }

    /// Draws the page over all that is left of `ui`. Whether the person wants to know how fast the computer is.
    pub fn show(&mut self, ui: &mut Ui, figures: Option<&Figures>) -> bool {
        let mut benchmark = false;
        self.examination.take();
        let finding = self.examination.finding().cloned();
        // In a narrow window the buttons would lie over the way back.
        let narrow = ui.available_width() < NARROW;
        ui.horizontal(|ui| {
            if ui.add(Button::new("Back").icon(Icon::Back).name("Back to the text")).clicked() {
                self.close();
            }
            ui.label(RichText::new("Doctor").heading());
            if !narrow {
                let layout = Layout::right_to_left(Align::Center);
                benchmark = ui.with_layout(layout, |ui| self.actions(ui, finding.as_deref())).inner;
            }
        });
        if narrow {
            benchmark = ui.horizontal(|ui| self.actions(ui, finding.as_deref())).inner;
        }
        ui.add_space(8.0);
        ScrollArea::vertical().id_salt("doctor").auto_shrink(false).show(ui, |ui| {
            ui.set_max_width(ui.available_width().min(WIDTH) - 12.0);
            match &finding {
                Some(finding) => rows(ui, &finding.checks),
                None if self.examination.is_under_way() => drop(ui.label(RichText::new("Looking…").weak())),
                None => drop(
                    ui.label("The checks could not be made. `hark doctor` in a terminal makes them too."),
                ),
            }
            if let Some(figures) = figures {
                engine::show(ui, figures);
            }
        });
        benchmark
    }

    /// Whether the person wants to know how fast the computer is.
    fn actions(&mut self, ui: &mut Ui, finding: Option<&Finding>) -> bool {
        if self.examination.is_under_way() {
            ui.add(Button::new("Looking…").icon(Icon::Retry).weight(Weight::Busy));
        } else if ui.add(Button::new("Check again").icon(Icon::Retry)).clicked() {
            self.examination.begin(ui.ctx());
        }
        ui.add_enabled_ui(finding.is_some(), |ui| {
            let copy = ui.add(Button::new("Copy report").icon(Icon::Copy));
            let copy = copy.on_hover_text("All of this as text, without folders and without names");
            if let Some(finding) = finding.filter(|_| copy.clicked()) {
                ui.ctx().copy_text(finding.report.clone());
            }
        });
        ui.add(Button::new("Benchmark")).on_hover_text("How fast this computer is").clicked()
    }
}

/// What wants a look comes first.
fn rows(ui: &mut Ui, checks: &[Check]) {
    for status in [Status::Fail, Status::Warn, Status::Ok] {
        checks.iter().filter(|check| check.status == status).for_each(|check| row(ui, check));
    }
}

/// One check: its mark, its name, what was found, and what to do about it.
fn row(ui: &mut Ui, check: &Check) {
    let palette = theme::palette(ui.visuals());
    let (icon, color, word) = match check.status {
        Status::Ok => (Icon::Check, palette.accent, "in order"),
        Status::Warn => (Icon::Info, palette.dim, "worth a look"),
        Status::Fail => (Icon::Warning, palette.problem, "does not work"),
    };
    ui.horizontal_top(|ui| {
        let (rect, mark) = ui.allocate_exact_size(Vec2::splat(18.0), Sense::hover());
        icons::paint(ui.painter(), icon, rect, color);
        let name = format!("{}: {word}", check.name);
        mark.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
        controls::detail(ui, &mark, word);
        ui.vertical(|ui| {
            ui.label(RichText::new(title(check.name)).strong());
            ui.add(Label::new(&check.found).wrap().selectable(true));
            if let Some(fix) = &check.fix {
                ui.add(Label::new(RichText::new(sentence(fix)).color(palette.dim)).wrap().selectable(true));
            }
        });
    });
    ui.add_space(10.0);
}

fn title(name: &str) -> String {
    match name {
        "cpu" => "CPU".into(),
        "npu" => "NPU".into(),
        name => sentence(name),
    }
}

/// The text with a capital letter in front.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
