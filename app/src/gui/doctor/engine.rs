//! What the engine has done since Hark was started, and how long its work takes.

use crate::texts;
use eframe::egui::{Align, Grid, Layout, RichText, Ui};
use hark_engine::metrics::{Figures, Histogram};

/// Draws the table.
pub fn show(ui: &mut Ui, figures: &Figures) {
    ui.add_space(8.0);
    ui.label(RichText::new(texts::doctor_engine()).strong()).on_hover_text(texts::doctor_engine_since());
    ui.add_space(4.0);
    Grid::new("stages").num_columns(5).spacing([24.0, 6.0]).show(ui, |ui| {
        let titles =
            ["", texts::doctor_half(), texts::doctor_p95(), texts::doctor_p99(), texts::doctor_times()];
        titles.into_iter().enumerate().for_each(|(column, title)| {
            cell(ui, column, RichText::new(title).small().weak());
        });
        ui.end_row();
        for (stage, histogram) in figures.stages() {
            if histogram.count() > 0 {
                row(ui, name(stage), histogram);
            }
        }
    });
    ui.add_space(8.0);
    Grid::new("engine").num_columns(2).spacing([24.0, 6.0]).show(ui, |ui| {
        for (name, value) in facts(figures) {
            ui.label(RichText::new(name).weak());
            ui.label(value);
            ui.end_row();
        }
    });
    ui.add_space(10.0);
}

/// What a stage of the engine's work is called.
fn name(stage: &'static str) -> &'static str {
    match stage {
        "read" => texts::doctor_read(),
        "mel" => texts::doctor_mel(),
        "encode" => texts::doctor_encode(),
        "cross" => texts::doctor_cross(),
        "step" => texts::doctor_step(),
        "queue" => texts::doctor_queue(),
        "job" => texts::doctor_job(),
        other => other,
    }
}

fn row(ui: &mut Ui, name: &str, histogram: &Histogram) {
    ui.label(name);
    for (column, q) in [0.5, 0.95, 0.99].into_iter().enumerate() {
        cell(ui, column + 1, RichText::new(histogram.quantile(q).map(time).unwrap_or_default()));
    }
    cell(ui, 4, RichText::new(histogram.count().to_string()));
    ui.end_row();
}

/// Numbers stand one below the other.
fn cell(ui: &mut Ui, column: usize, text: RichText) {
    if column == 0 {
        ui.label(text);
    } else {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.label(text));
    }
}

/// Names and values of what is counted; what is not known is left out.
fn facts(figures: &Figures) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let (Some(windows), Some(audio)) = (figures.windows_per_second(), figures.audio_per_second()) {
        let value = texts::doctor_speed_value(texts::decimal(windows, 1), texts::decimal(audio, 1));
        facts.push((texts::doctor_speed(), value));
    }
    if let Some(batch) = figures.mean_batch() {
        facts.push((texts::doctor_batch(), texts::doctor_batch_value(texts::decimal(batch, 1))));
    }
    let share = texts::decimal(100.0 * figures.encoder_share(), 1);
    let layers = figures.launches.to_string();
    facts.push((texts::doctor_encoder(), texts::doctor_encoder_value(share, layers)));
    if figures.fallbacks > 0 {
        facts.push((texts::doctor_retried(), figures.fallbacks.to_string()));
    }
    let Figures { finished, failed, cancelled, refused, .. } = figures;
    let counts = [
        (*finished, texts::doctor_done(*finished)),
        (figures.under_way(), texts::doctor_under_way(figures.under_way())),
        (*cancelled, texts::doctor_cancelled(*cancelled)),
        (*failed, texts::doctor_broken(*failed)),
        (*refused, texts::doctor_refused(*refused)),
    ];
    let counts: Vec<_> = counts.into_iter().filter(|(count, _)| *count > 0).map(|(_, said)| said).collect();
    facts.push((texts::doctor_recordings(), counts.join(", ")));
    facts
}

fn time(seconds: f64) -> String {
    match seconds {
        s if s < 0.001 => format!("{:.0} µs", s * 1e6),
        s if s < 0.1 => texts::milliseconds(texts::decimal(s * 1e3, 1)),
        s if s < 10.0 => texts::milliseconds(texts::decimal(s * 1e3, 0)),
        s => texts::seconds(texts::decimal(s, 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short() {
        let times = [0.000_128, 0.0123, 0.25, 9.9, 12.34].map(time);
        assert_eq!(times, ["128 µs", "12.3 ms", "250 ms", "9900 ms", "12.3 s"]);
    }

    #[test]
    fn every_stage_has_a_name_and_what_did_not_happen_is_left_out() {
        let stages = Figures::default().stages().map(|(stage, _)| stage);
        assert!(stages.iter().all(|stage| name(stage) != *stage), "{stages:?}");
        let names: Vec<_> = facts(&Figures::default()).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, [texts::doctor_encoder(), texts::doctor_recordings()]);
        let mut figures = Figures::default();
        (figures.admitted, figures.finished, figures.refused) = (3, 1, 2);
        assert_eq!(facts(&figures).last().unwrap().1, "1 done, 2 under way, 2 refused");
    }
}
