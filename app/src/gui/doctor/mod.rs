//! The page "Doctor": what this computer has and lacks, as `hark doctor` says it.

mod engine;
mod examination;

use super::controls::{self, Button, Weight};
use super::icons::{self, Icon};
use super::{programs, theme};
use crate::checks::{Check, Status};
use crate::session::{ServiceState, Snapshot};
use crate::texts;
use eframe::egui::accesskit::Role;
use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{Color32, Label, RichText, ScrollArea, Sense, TextStyle, Ui, Vec2, WidgetInfo};
use examination::Examination;
pub use examination::{Examine, Finding, examine};
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
    pub fn show(&mut self, ui: &mut Ui, snapshot: &Snapshot) -> bool {
        let mut benchmark = false;
        self.examination.take();
        let finding = self.examination.finding().cloned();
        // In a narrow window the buttons would lie over the way back.
        let narrow = ui.available_width() < NARROW;
        ui.horizontal(|ui| {
            if ui.add(Button::new(texts::back()).icon(Icon::Back).name(texts::back_to_text())).clicked() {
                self.close();
            }
            ui.label(RichText::new(texts::page_doctor()).heading());
            if !narrow {
                benchmark = controls::at_right(ui, |ui| self.actions(ui, finding.as_deref())).inner;
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
                None if self.examination.is_under_way() => {
                    drop(ui.label(RichText::new(texts::doctor_looking()).weak()))
                }
                None => drop(ui.label(texts::doctor_failed())),
            }
            service(ui, snapshot);
            if let Some(figures) = &snapshot.figures {
                engine::show(ui, figures);
            }
        });
        benchmark
    }

    /// Whether the person wants to know how fast the computer is.
    fn actions(&mut self, ui: &mut Ui, finding: Option<&Finding>) -> bool {
        let benchmark = ui.add(Button::new(texts::page_benchmark()));
        let benchmark = benchmark.on_hover_text(texts::doctor_benchmark_hint()).clicked();
        ui.add_enabled_ui(finding.is_some(), |ui| {
            let copy = ui.add(Button::new(texts::doctor_copy()).icon(Icon::Copy));
            let copy = copy.on_hover_text(texts::doctor_copy_hint());
            if let Some(finding) = finding.filter(|_| copy.clicked()) {
                ui.ctx().copy_text(finding.report.clone());
            }
        });
        if self.examination.is_under_way() {
            ui.add(Button::new(texts::doctor_looking()).icon(Icon::Retry).weight(Weight::Busy));
        } else if ui.add(Button::new(texts::doctor_again()).icon(Icon::Retry)).clicked() {
            self.examination.begin(ui.ctx());
        }
        benchmark
    }
}

/// What wants a look comes first.
fn rows(ui: &mut Ui, checks: &[Check]) {
    for status in [Status::Fail, Status::Warn, Status::Ok] {
        checks.iter().filter(|check| check.status == status).for_each(|check| row(ui, check));
    }
}

/// How it stands with the texts for other programs, where they are wanted.
fn service(ui: &mut Ui, snapshot: &Snapshot) {
    let wanted = snapshot.service.as_ref().filter(|service| service.choices.on);
    let (Some(service), Some(stand)) = (wanted, programs::stand(snapshot)) else { return };
    let address = match &service.state {
        ServiceState::On { address } => Some(programs::base_url(*address)),
        _ => None,
    };
    let status = if stand.is_problem { Status::Warn } else { Status::Ok };
    line(ui, status, texts::settings_programs(), &stand.text, address.as_deref());
}

fn row(ui: &mut Ui, check: &Check) {
    line(ui, check.status, &title(check.name), &check.found, check.fix.as_deref().map(sentence).as_deref());
}

/// One line: its mark, its name, what was found, and what to do about it.
fn line(ui: &mut Ui, status: Status, title: &str, found: &str, more: Option<&str>) {
    let palette = theme::palette(ui.visuals());
    let (icon, color, word) = match status {
        Status::Ok => (Icon::Check, palette.accent, texts::doctor_ok()),
        Status::Warn => (Icon::Info, palette.dim, texts::doctor_warn()),
        Status::Fail => (Icon::Warning, palette.problem, texts::doctor_fail()),
    };
    ui.horizontal_top(|ui| {
        let (rect, mark) = ui.allocate_exact_size(Vec2::splat(18.0), Sense::hover());
        icons::paint(ui.painter(), icon, rect, color);
        let name = texts::doctor_mark(title, word);
        mark.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
        controls::detail(ui, &mark, word);
        ui.vertical(|ui| {
            ui.label(RichText::new(title).strong());
            ui.add(Label::new(found).wrap().selectable(true));
            if let Some(more) = more {
                ui.add(Label::new(with_commands(ui, more, palette.dim)).wrap().selectable(true));
            }
        });
    });
    ui.add_space(10.0);
}

fn title(name: &str) -> String {
    texts::doctor_name(name.replace(' ', "-"))
}

/// A text in which commands stand between backticks: in the window they stand in letters of their own.
fn with_commands(ui: &Ui, text: &str, color: Color32) -> LayoutJob {
    let mut job = LayoutJob::default();
    for (number, part) in text.split('`').enumerate() {
        let style = if number % 2 == 1 { TextStyle::Monospace } else { TextStyle::Body };
        job.append(part, 0.0, TextFormat::simple(style.resolve(ui.style()), color));
    }
    job
}

/// The text with a capital letter in front.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
