//! The page "Benchmark": how fast a model is here, how long dictations took, and what speaks for the NPU.

mod measuring;

use super::controls::{self, Button, Weight};
use super::evidence;
use super::icons::Icon;
use super::theme::{self, Palette};
use super::words;
use crate::measured::{Measure, Measured};
use crate::session::{DictationView, EngineView, Latency, LatencyView, Snapshot};
use crate::texts;
use eframe::egui::accesskit::Role;
use eframe::egui::{Grid, Label, Rect, RichText, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};
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
            if ui.add(Button::new(texts::back()).icon(Icon::Back).name(texts::back_to_text())).clicked() {
                self.close();
            }
            ui.label(RichText::new(texts::page_benchmark()).heading());
            controls::at_right(ui, |ui| self.action(ui, snapshot, busy));
        });
        ui.add_space(8.0);
        ScrollArea::vertical().id_salt("benchmark").auto_shrink(false).show(ui, |ui| {
            ui.set_max_width(ui.available_width().min(WIDTH) - 12.0);
            self.speed(ui);
            section(ui, texts::benchmark_dictations());
            dictations(ui, &snapshot.latency);
            section(ui, texts::benchmark_encoder());
            match &snapshot.npu {
                Some(report) => evidence::facts(ui, report),
                None => weak(ui, texts::npu_unknown()),
            }
        });
    }

    fn action(&mut self, ui: &mut Ui, snapshot: &Snapshot, busy: bool) {
        if self.measuring.is_under_way() {
            if ui.add(Button::new(texts::cancel()).icon(Icon::Stop).name(texts::benchmark_cancel())).clicked()
            {
                self.measuring.cancel();
            }
            return;
        }
        let model = match &snapshot.engine {
            EngineView::Ready { model, .. } if !busy => Some(model),
            _ => None,
        };
        ui.add_enabled_ui(model.is_some(), |ui| {
            let measure =
                ui.add(Button::new(texts::benchmark_measure()).icon(Icon::Play).weight(Weight::Accent));
            let measure = measure.on_hover_text(texts::benchmark_measure_hint());
            if let Some(model) = model.filter(|_| measure.clicked()) {
                self.gave_way = false;
                self.measuring.begin(ui.ctx(), model);
            }
        });
    }

    fn speed(&self, ui: &mut Ui) {
        if self.measuring.is_under_way() {
            weak(ui, texts::benchmark_measuring());
        } else if self.gave_way {
            weak(ui, texts::benchmark_gave_way());
        }
        match self.measuring.outcome() {
            Some(Ok(measured)) => figures(ui, measured),
            Some(Err(why)) => {
                let text = texts::benchmark_failed(why.to_string());
                ui.add(Label::new(RichText::new(text).color(theme::palette(ui.visuals()).problem)).wrap());
            }
            None if self.measuring.is_under_way() => {}
            None => weak(ui, texts::benchmark_about()),
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
    let speed = measured.speed.map_or_else(|| texts::benchmark_no_speed().into(), words::times_real_time);
    ui.label(RichText::new(texts::benchmark_model(&measured.model, speed)).strong());
    weak(ui, &texts::benchmark_window(&measured.with, time(measured.window_ms)));
    ui.add_space(6.0);
    let longest = measured.stages.iter().map(|stage| stage.ms).fold(f64::MIN_POSITIVE, f64::max);
    Grid::new("stages").num_columns(3).spacing([16.0, 8.0]).show(ui, |ui| {
        for stage in &measured.stages {
            ui.label(&stage.name);
            bar(ui, palette, (stage.ms / longest) as f32);
            let spread = texts::benchmark_spread(time(stage.spread));
            ui.label(time(stage.ms)).on_hover_text(spread);
            ui.end_row();
        }
    });
    ui.add_space(6.0);
    match measured.joules_per_minute {
        Some(joules) => weak(ui, &texts::benchmark_power(texts::decimal(joules, 0))),
        None => weak(ui, texts::benchmark_no_power()),
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
        ms if ms < 10.0 => texts::milliseconds(texts::decimal(ms, 1)),
        ms if ms < 10_000.0 => texts::milliseconds(texts::decimal(ms, 0)),
        ms => texts::seconds(texts::decimal(ms / 1000.0, 1)),
    }
}

/// One bar for each dictation since Hark was started: from the stop to the final text.
fn dictations(ui: &mut Ui, view: &LatencyView) {
    let Some(all) = view.stop_to_final else {
        weak(ui, texts::benchmark_no_dictations());
        return;
    };
    let longest = view.past.iter().map(|latency| latency.stop_to_final).max().unwrap_or_default();
    let summary = texts::benchmark_summary(duration(all.p50), duration(longest), view.past.len());
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
