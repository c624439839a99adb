//! What the engine has done since Hark was started, and how long its work takes.

use eframe::egui::{Align, Grid, Layout, RichText, Ui};
use hark_engine::metrics::{Figures, Histogram};

/// All that is written here.
mod words {
    pub const TITLE: &str = "Engine";
    pub const SINCE: &str = "Since Hark was started";
    pub const COLUMNS: [&str; 5] = ["", "half within", "95 of 100", "99 of 100", "times"];
    /// What a stage of the engine's work is called; the first name is the engine's.
    pub const STAGES: [(&str, &str); 7] = [
        ("read", "Reading up to 8 s"),
        ("mel", "Its spectrogram"),
        ("encode", "Encoding a window"),
        ("cross", "Its keys and values"),
        ("step", "Step of the decoder"),
        ("queue", "Wait for the first window"),
        ("job", "A whole recording"),
    ];
    pub const SPEED: &str = "While it worked";
    pub const BATCH: &str = "Windows in a step";
    pub const ENCODER: &str = "Encoder";
    pub const AGAIN: &str = "Tried again";
    pub const JOBS: &str = "Recordings";
}

/// Draws the table.
pub fn show(ui: &mut Ui, figures: &Figures) {
    ui.add_space(8.0);
    ui.label(RichText::new(words::TITLE).strong()).on_hover_text(words::SINCE);
    ui.add_space(4.0);
    Grid::new("stages").num_columns(5).spacing([24.0, 6.0]).show(ui, |ui| {
        words::COLUMNS.into_iter().enumerate().for_each(|(column, title)| {
            cell(ui, column, RichText::new(title).small().weak());
        });
        ui.end_row();
        for (stage, histogram) in figures.stages() {
            let name = words::STAGES.iter().find(|(of, _)| *of == stage).map_or(stage, |(_, name)| name);
            if histogram.count() > 0 {
                row(ui, name, histogram);
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
    if let Some(windows) = figures.windows_per_second() {
        let audio = figures.audio_per_second();
        let audio = audio.map(|audio| format!(", {audio:.1} s of audio")).unwrap_or_default();
        facts.push((words::SPEED, format!("{windows:.1} windows{audio} a second")));
    }
    if let Some(batch) = figures.mean_batch() {
        facts.push((words::BATCH, format!("{batch:.1} on average")));
    }
    let (busy, layers) = (100.0 * figures.encoder_share(), figures.launches);
    facts.push((words::ENCODER, format!("busy for {busy:.1} % of the time, {layers} layers")));
    if figures.fallbacks > 0 {
        facts.push((words::AGAIN, figures.fallbacks.to_string()));
    }
    let Figures { finished, failed, cancelled, refused, .. } = figures;
    let counts = [
        (*finished, "done"),
        (figures.under_way(), "under way"),
        (*cancelled, "cancelled"),
        (*failed, "failed"),
        (*refused, "refused"),
    ];
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    let counts: Vec<_> = counts.map(|(count, what)| format!("{count} {what}")).collect();
    facts.push((words::JOBS, counts.join(", ")));
    facts
}

fn time(seconds: f64) -> String {
    match seconds {
        s if s < 0.001 => format!("{:.0} µs", s * 1e6),
        s if s < 0.1 => format!("{:.1} ms", s * 1e3),
        s if s < 10.0 => format!("{:.0} ms", s * 1e3),
        s => format!("{s:.1} s"),
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
        assert_eq!(stages, words::STAGES.map(|(stage, _)| stage));
        let names: Vec<_> = facts(&Figures::default()).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, [words::ENCODER, words::JOBS]);
        let mut figures = Figures::default();
        (figures.admitted, figures.finished, figures.refused) = (3, 1, 2);
        assert_eq!(facts(&figures).last().unwrap().1, "1 done, 2 under way, 2 refused");
    }
}
