//! How long the steps of dictation take, and the choice of live text: one click behind the speed.

use super::outbox::Outbox;
use super::words;
use crate::session::{Command, LatencyView, Percentiles, Snapshot};
use crate::settings::{DictationChoices, LiveText};
use crate::texts;
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
    ui.separator();
    ui.label(RichText::new(texts::live_text()).small().weak());
    for (choice, text) in [
        (LiveText::On, texts::live_text_always()),
        (LiveText::OnMains, texts::live_text_mains()),
        (LiveText::Off, texts::live_text_never()),
    ] {
        if ui.selectable_label(snapshot.choices.live_text == choice, text).clicked() {
            let choices = DictationChoices { live_text: choice, ..(*snapshot.choices).clone() };
            outbox.send(Command::ChooseDictation(Arc::new(choices)));
        }
    }
}

fn times(ui: &mut Ui, view: &LatencyView) {
    let Some(last) = view.last else {
        ui.label(RichText::new(texts::latency_none()).weak());
        return;
    };
    let (spacing, height) = ([16.0, 6.0], ui.text_style_height(&TextStyle::Body));
    Grid::new("latencies").num_columns(4).spacing(spacing).min_row_height(height).show(ui, |ui| {
        for title in ["", texts::latency_last(), texts::latency_median(), texts::latency_p95()] {
            ui.label(RichText::new(title).small().weak());
        }
        ui.end_row();
        row(ui, texts::latency_microphone(), Some(last.stream_open), view.stream_open);
        row(ui, texts::latency_first_sound(), Some(last.first_sample), view.first_sample);
        row(ui, texts::latency_first_text(), last.first_text, view.first_text);
        row(ui, texts::latency_final_text(), Some(last.stop_to_final), view.stop_to_final);
        row(ui, texts::latency_clipboard(), Some(last.delivered), view.delivered);
    });
    ui.label(RichText::new(texts::latency_dictations(view.dictations)).small().weak());
}

fn row(ui: &mut Ui, name: &str, last: Option<Duration>, all: Option<Percentiles>) {
    ui.label(name);
    for time in [last, all.map(|all| all.p50), all.map(|all| all.p95)] {
        ui.label(time.map_or_else(|| "–".into(), |time| texts::milliseconds(time.as_millis())));
    }
    ui.end_row();
}
