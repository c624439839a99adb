//! How long the steps of dictation take, and the choice of live text: one click behind the speed.

use super::outbox::Outbox;
use super::words;
use crate::session::{Command, LatencyView, Percentiles, Snapshot};
use crate::settings::{DictationChoices, LiveText};
use eframe::egui::{Grid, Label, RichText, TextStyle, Ui};
use std::sync::Arc;
use std::time::Duration;

/// Draws the contents of the menu.
pub fn show(ui: &mut Ui, snapshot: &Snapshot, outbox: &mut Outbox) {
    ui.set_max_width(360.0);
    // Rows of a table, not of controls.
    ui.spacing_mut().interact_size.y = ui.text_style_height(&TextStyle::Body) + 8.0;
    ui.add_space(4.0);
    if let Some(speed) = &snapshot.transcript.speed {
        ui.add(Label::new(words::speed_detail(speed)).wrap());
        ui.add_space(6.0);
    }
    times(ui, &snapshot.latency);
    ui.add_space(6.0);
    ui.label(RichText::new("Text while you speak").strong());
    for (choice, text) in [
        (LiveText::On, "Always"),
        (LiveText::OnMains, "Not on battery"),
        (LiveText::Off, "Never: only the final text"),
    ] {
        if ui.selectable_label(snapshot.choices.live_text == choice, text).clicked() {
            let choices = DictationChoices { live_text: choice, ..(*snapshot.choices).clone() };
            outbox.send(Command::ChooseDictation(Arc::new(choices)));
        }
    }
}

fn times(ui: &mut Ui, view: &LatencyView) {
    let Some(last) = view.last else {
        ui.label(RichText::new("Latencies appear after the first dictation.").weak());
        return;
    };
    let (spacing, height) = ([16.0, 6.0], ui.text_style_height(&TextStyle::Body));
    Grid::new("latencies").num_columns(4).spacing(spacing).min_row_height(height).show(ui, |ui| {
        for title in ["", "last", "median", "95 of 100"] {
            ui.label(RichText::new(title).small().weak());
        }
        ui.end_row();
        row(ui, "Click to first sound", Some(last.first_sample), view.first_sample);
        row(ui, "Speech to first text", last.first_text, view.first_text);
        row(ui, "Stop to final text", Some(last.stop_to_final), view.stop_to_final);
        row(ui, "Text to clipboard", Some(last.delivered), view.delivered);
    });
    let count = match view.dictations {
        1 => "One dictation since Hark was started".to_owned(),
        n => format!("The last {n} dictations"),
    };
    ui.label(RichText::new(count).small().weak());
}

fn row(ui: &mut Ui, name: &str, last: Option<Duration>, all: Option<Percentiles>) {
    ui.label(name);
    for time in [last, all.map(|all| all.p50), all.map(|all| all.p95)] {
        ui.label(time.map_or_else(|| "–".into(), |time| format!("{} ms", time.as_millis())));
    }
    ui.end_row();
}
