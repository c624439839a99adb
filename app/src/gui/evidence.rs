//! What speaks for the badge: who encodes, why, and how that is known. One click behind the badge.

use super::controls::Button;
use super::icons::Icon;
use super::outbox::Outbox;
use super::theme;
use crate::session::{Command, EngineView, Snapshot};
use crate::texts;
use eframe::egui::{Align, Grid, Label, Layout, RichText, TextStyle, Ui};
use hark_engine::encoder::npu::{
    BackendChange, NpuKind, NpuReport, NpuSetting, NpuState, Pair, SelfCheck, Speeds, VigilReport, Why,
};

/// Lines longer than this are hard to read.
const WIDTH: f32 = 420.0;

/// Draws the contents of the menu. Whether the person wants to see what this computer has and lacks.
pub fn show(ui: &mut Ui, snapshot: &Snapshot, detail: &str, outbox: &mut Outbox) -> bool {
    ui.set_max_width(WIDTH);
    // Menus stretch what is in them, words included.
    ui.with_layout(Layout::top_down(Align::Min), |ui| contents(ui, snapshot, detail, outbox)).inner
}

fn contents(ui: &mut Ui, snapshot: &Snapshot, detail: &str, outbox: &mut Outbox) -> bool {
    ui.spacing_mut().interact_size.y = ui.text_style_height(&TextStyle::Body) + 8.0;
    ui.add_space(4.0);
    ui.add(Label::new(detail).wrap());
    let Some(report) = &snapshot.npu else {
        let none = texts::npu_unknown();
        if matches!(snapshot.engine, EngineView::Ready { .. }) {
            ui.add_space(4.0);
            ui.add(Label::new(RichText::new(none).weak()).wrap());
        }
        return to_doctor(ui);
    };
    ui.add_space(6.0);
    facts(ui, report);
    ui.add_space(6.0);
    ui.label(RichText::new(texts::npu_use()).strong());
    for (setting, words) in [(NpuSetting::Auto, texts::npu_use_auto()), (NpuSetting::Off, texts::never())] {
        if ui.selectable_label(snapshot.npu_setting == setting, words).clicked() {
            outbox.send(Command::ChooseNpu(setting));
        }
    }
    to_doctor(ui)
}

/// Who encodes and why, and what speaks for that.
pub fn facts(ui: &mut Ui, report: &NpuReport) {
    let color = match &report.state {
        NpuState::Failed { .. } | NpuState::Stuck => theme::palette(ui.visuals()).problem,
        _ => ui.visuals().text_color(),
    };
    ui.add(Label::new(RichText::new(verdict(report)).color(color)).wrap());
    ui.add_space(6.0);
    Grid::new("evidence").num_columns(2).spacing([16.0, 4.0]).show(ui, |ui| {
        for (name, value) in rows(report) {
            ui.label(RichText::new(name).weak());
            ui.add(Label::new(value).wrap());
            ui.end_row();
        }
    });
    if let Some(change) = &report.last_change {
        ui.add_space(6.0);
        ui.add(Label::new(RichText::new(last_change(change)).weak()).wrap());
    }
}

fn to_doctor(ui: &mut Ui) -> bool {
    ui.add_space(6.0);
    let wanted = ui.add(Button::new(texts::npu_to_doctor()).icon(Icon::Info)).clicked();
    if wanted {
        ui.close();
    }
    wanted
}

/// Who encodes and why, as one sentence.
fn verdict(report: &NpuReport) -> String {
    match &report.state {
        NpuState::Off => texts::npu_off().into(),
        NpuState::None => texts::npu_none().into(),
        NpuState::Opening { after: None } => texts::npu_opening().into(),
        NpuState::Opening { after: Some(_) } => texts::npu_reopening().into(),
        NpuState::Failed { message, .. } => texts::npu_failed(message.to_string()),
        NpuState::Stuck => texts::npu_stuck().into(),
        NpuState::Ready => {
            let who = if report.why.is_npu() { "npu" } else { "cpu" };
            texts::npu_encodes(who, why(report.why))
        }
    }
}

/// Why one of them encodes.
fn why(why: Why) -> &'static str {
    match why {
        Why::Faster => texts::npu_why_faster(),
        Why::SparesBattery => texts::npu_why_spares_battery(),
        Why::Forced => texts::npu_why_forced(),
        Why::Slower => texts::npu_why_slower(),
        Why::FarSlower => texts::npu_why_far_slower(),
        Why::SwitchedOff => texts::npu_why_switched_off(),
        Why::NotThere => texts::npu_why_not_there(),
        Why::NotMeasured => texts::npu_why_not_measured(),
    }
}

/// Names and values of what is known.
fn rows(report: &NpuReport) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    let kind = match report.kind {
        NpuKind::Hardware => None,
        NpuKind::Simulated => Some(texts::npu_simulated()),
        NpuKind::Fake => Some(texts::npu_fake()),
    };
    if let Some(device) = &report.device {
        let parts = [&device.name, &device.address, &device.runtime, &device.firmware];
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).map(String::as_str).collect();
        rows.push((texts::npu_device(), parts.join(", ")));
    }
    rows.extend(kind.map(|kind| (texts::npu_kind(), kind.to_owned())));
    let Speeds { measured, recent } = report.speeds;
    rows.extend(pair(measured).map(|text| (texts::npu_loaded(), text)));
    rows.extend(pair(recent).map(|text| (texts::npu_lately(), text)));
    rows.extend(report.check.map(|check| (texts::npu_first_block(), self_check(&check))));
    rows.extend(report.whole.map(|check| (texts::npu_whole(), self_check(&check))));
    if report.windows > 0 {
        let each = report.device_ms / report.windows as f64;
        rows.push((texts::npu_on_device(), texts::npu_windows(report.windows, texts::decimal(each, 1))));
        let counters = &report.counters;
        rows.push((texts::npu_commands(), texts::npu_commands_done(counters.commands)));
        let (mb, synced) = (counters.bytes as f64 / 1e6, counters.synced_bytes as f64 / 1e6);
        let (mb, synced) = (texts::decimal(mb, 1), texts::decimal(synced, 1));
        let text = texts::npu_buffers(counters.allocations, mb, synced);
        rows.push((texts::npu_memory(), text));
    }
    let VigilReport { compared, compared_ms, last, wrong } = report.vigil;
    if let (Some(last), 1..) = (last, compared) {
        let each = compared_ms / compared as f64;
        rows.push((
            texts::npu_vigil(),
            texts::npu_vigil_blocks(compared, texts::decimal(each, 0), self_check(&last)),
        ));
    }
    if wrong > 0 {
        rows.push((texts::npu_wrong(), texts::npu_wrong_windows(wrong)));
    }
    if report.restarts > 0 {
        rows.push((texts::npu_opened_again(), texts::npu_once().into()));
    }
    rows
}

fn pair(Pair { cpu, npu }: Pair) -> Option<String> {
    let ms = |value: Option<f64>| {
        value.map_or_else(|| texts::npu_not_known().into(), |ms| texts::milliseconds(texts::decimal(ms, 0)))
    };
    (cpu.is_some() || npu.is_some()).then(|| texts::npu_pair(ms(cpu), ms(npu)))
}

fn self_check(check: &SelfCheck) -> String {
    let outcome = if check.passed() { "right" } else { "wrong" };
    let SelfCheck { relative_l2, largest, limit } = check;
    texts::npu_check(outcome, format!("{relative_l2:.1e}"), limit.to_string(), format!("{largest:.1e}"))
}

fn last_change(change: &BackendChange) -> String {
    texts::npu_last_change(change.from.to_string(), change.to.to_string(), change.reason.to_string())
}

/// Whether the badge is to look like a problem.
pub fn is_problem(snapshot: &Snapshot) -> bool {
    snapshot.npu.as_ref().is_some_and(|report| report.state == NpuState::Stuck)
}
