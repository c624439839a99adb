//! The page "Benchmark": how fast a model is here, how long dictations took, and what speaks for the NPU.

mod measuring;

use super::controls::{Button, Weight};
use super::evidence;
use super::icons::Icon;
use super::theme::{self, Palette};
use super::words;
use crate::measured::{Measure, Measured};
use crate::session::{DictationView, EngineView, Latency, LatencyView, Snapshot};
use eframe::egui::accesskit::Role;
use eframe::egui::{
    Align, Grid, Label, Layout, Rect, RichText, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2,
};
use measuring::Measuring;
use std::sync::Arc;
use std::time::Duration;

/// Longer lines are hard to read.
const WIDTH: f32 = 760.0;
/// Length of the longest bar.
const BAR: f32 = 320.0;
/// Height of a bar, and of the picture of dictations.
const THICK: f32 = 12.0;
const TALL: f32 = 96.0;

/// The page, open or not.
pub struct BenchmarkPage {
    open: bool,
    measuring: Measuring,
    /// A dictation began meanwhile.
    gave_way: bool,
}

impl BenchmarkPage {
    /// A closed page whose figures are made by `measure`.
    pub fn new(measure: Arc<dyn Measure>) -> Self {
        Self { open: false, measuring: Measuring::new(measure), gave_way: false }
    }

    /// Whether the page is in place of the transcript.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Opens the page.
    pub fn open(&mut self) {
        self.open = true;
    }

    /// Closes the page, and ends what it measures.
    pub fn close(&mut self) {
        self.open = false;
        self.measuring.cancel();
    }

    /// Draws the page over all that is left of `ui`.
    pub fn show(&mut self, ui: &mut Ui, snapshot: &Snapshot) {
        self.measuring.take();
        let busy = snapshot.dictation != DictationView::Idle;
        if busy && self.measuring.is_under_way() {
            self.measuring.cancel();
            self.gave_way = true;
        }
        ui.horizontal(|ui| {
            if ui.add(Button::new("Back").icon(Icon::Back).name("Back to the text")).clicked() {
                self.close();
            }
            ui.label(RichText::new("Benchmark").heading());
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| self.action(ui, snapshot, busy));
        });
        ui.add_space(8.0);
        ScrollArea::vertical().id_salt("benchmark").auto_shrink(false).show(ui, |ui| {
            ui.set_max_width(ui.available_width().min(WIDTH) - 12.0);
            self.speed(ui);
            section(ui, "Your dictations");
            dictations(ui, &snapshot.latency);
            section(ui, "Who encodes");
            match &snapshot.npu {
                Some(report) => evidence::facts(ui, report),
                None => {
                    weak(ui, "This computer has no NPU that Hark knows, so that everything runs on the CPU.")
                }
            }
        });
    }

    fn action(&mut self, ui: &mut Ui, snapshot: &Snapshot, busy: bool) {
        if self.measuring.is_under_way() {
            if ui.add(Button::new("Cancel").icon(Icon::Stop).name("Cancel the measurement")).clicked() {
                self.measuring.cancel();
            }
            return;
        }
        let model = match &snapshot.engine {
            EngineView::Ready { model, .. } if !busy => Some(model),
            _ => None,
        };
        ui.add_enabled_ui(model.is_some(), |ui| {
            let measure = ui.add(Button::new("Measure").icon(Icon::Play).weight(Weight::Accent));
            let measure = measure.on_hover_text("Takes about half a minute, and longer for large models");
            if let Some(model) = model.filter(|_| measure.clicked()) {
                self.gave_way = false;
                self.measuring.begin(ui.ctx(), model);
            }
        });
    }

    fn speed(&self, ui: &mut Ui) {
        if self.measuring.is_under_way() {
            weak(ui, "Measuring… A dictation that you begin comes first, and ends this.");
        } else if self.gave_way {
            weak(ui, "The measurement gave way to a dictation.");
        }
        match self.measuring.outcome() {
            Some(Ok(measured)) => figures(ui, measured),
            Some(Err(why)) => {
                let text = format!("The model could not be measured: {why}.");
                ui.add(Label::new(RichText::new(text).color(theme::palette(ui.visuals()).problem)).wrap());
            }
            None if self.measuring.is_under_way() => {}
            None => weak(
                ui,
                "How fast the model in use turns 30 s of sound into text, stage by stage. Nothing is \
                              measured until you ask for it.",
            ),
        }
    }
}

fn section(ui: &mut Ui, title: &str) {
    ui.add_space(18.0);
    ui.label(RichText::new(title).strong());
    ui.add_space(4.0);
}

fn weak(ui: &mut Ui, text: &str) {
    ui.add(Label::new(RichText::new(text).color(theme::palette(ui.visuals()).dim)).wrap());
}

fn figures(ui: &mut Ui, measured: &Measured) {
    let palette = theme::palette(ui.visuals());
    let speed = measured.speed.map_or_else(|| "no speed".into(), words::times_real_time);
    ui.label(RichText::new(format!("{}: {speed}", measured.model)).strong());
    weak(ui, &format!("{}; a window of 30 s takes {}", measured.with, time(measured.window_ms)));
    ui.add_space(6.0);
    let longest = measured.stages.iter().map(|stage| stage.ms).fold(f64::MIN_POSITIVE, f64::max);
    Grid::new("stages").num_columns(3).spacing([16.0, 8.0]).show(ui, |ui| {
        for stage in &measured.stages {
            ui.label(&stage.name);
            bar(ui, palette, (stage.ms / longest) as f32);
            let spread = format!("the runs lie within {}", time(stage.spread));
            ui.label(time(stage.ms)).on_hover_text(spread);
            ui.end_row();
        }
    });
    ui.add_space(6.0);
    match measured.joules_per_minute {
        Some(joules) => weak(ui, &format!("A minute of sound takes {joules:.0} J of the CPU package.")),
        None => weak(
            ui,
            "This computer does not tell how much power it takes, or tells it to administrators only.",
        ),
    }
}

/// A bar of this share of the longest one.
fn bar(ui: &mut Ui, palette: &Palette, share: f32) {
    let (rect, _) = ui.allocate_exact_size(vec2(BAR, THICK), Sense::hover());
    ui.painter().rect_filled(rect, THICK / 2.0, palette.sunken);
    let filled = Rect::from_min_size(rect.min, vec2((BAR * share).max(2.0), THICK));
    ui.painter().rect_filled(filled, THICK / 2.0, palette.accent);
}

fn time(ms: f64) -> String {
    match ms {
        ms if ms < 10.0 => format!("{ms:.1} ms"),
        ms if ms < 10_000.0 => format!("{ms:.0} ms"),
        ms => format!("{:.1} s", ms / 1000.0),
    }
}

/// One bar for each dictation since Hark was started: from the stop to the final text.
fn dictations(ui: &mut Ui, view: &LatencyView) {
    let Some(all) = view.stop_to_final else {
        weak(
            ui,
            "From the stop to the final text, one bar for each dictation: they appear after the first one.",
        );
        return;
    };
    let longest = view.past.iter().map(|latency| latency.stop_to_final).max().unwrap_or_default();
    let summary = format!(
        "From the stop to the final text: {} at the median, {} at most, over {}",
        duration(all.p50),
        duration(longest),
        words::dictations(view.past.len()),
    );
    ui.label(&summary);
    ui.add_space(4.0);
    let palette = theme::palette(ui.visuals());
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), TALL), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &summary));
    ui.painter().rect_filled(rect, theme::CONTROL_RADIUS, palette.sunken);
    let bars: Vec<_> = view.past.iter().map(|latency| share(latency, longest)).collect();
    let step = (rect.width() / bars.len().max(20) as f32).min(24.0);
    for (number, share) in bars.into_iter().enumerate() {
        let left = rect.left() + number as f32 * step;
        let top = rect.bottom() - (share * (TALL - 8.0)).max(2.0);
        let bar = Rect::from_min_max(pos2(left + 1.0, top), pos2(left + step - 1.0, rect.bottom()));
        ui.painter().rect_filled(bar, 2.0, palette.accent);
    }
}

fn share(latency: &Latency, longest: Duration) -> f32 {
    latency.stop_to_final.as_secs_f32() / longest.as_secs_f32().max(f32::MIN_POSITIVE)
}

fn duration(duration: Duration) -> String {
    time(duration.as_secs_f64() * 1000.0)
}
