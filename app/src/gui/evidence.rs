//! What speaks for the badge: who encodes, why, and how that is known. One click behind the badge.

use super::controls::Button;
use super::icons::Icon;
use super::outbox::Outbox;
use super::theme;
use crate::session::{Command, EngineView, Snapshot};
use eframe::egui::{Align, Grid, Label, Layout, RichText, TextStyle, Ui};
use hark_engine::encoder::npu::{
    BackendChange, NpuKind, NpuReport, NpuSetting, NpuState, Pair, SelfCheck, Speeds, VigilReport,
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
        let none = "This computer has no NPU that Hark knows, so that everything runs on the CPU.";
        if matches!(snapshot.engine, EngineView::Ready { .. }) {
            ui.add_space(4.0);
            ui.add(Label::new(RichText::new(none).weak()).wrap());
        }
        return to_doctor(ui);
    };
    ui.add_space(6.0);
    facts(ui, report);
    ui.add_space(6.0);
    ui.label(RichText::new("Use the NPU").strong());
    for (setting, words) in [(NpuSetting::Auto, "Where it serves better"), (NpuSetting::Off, "Never")] {
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
    let wanted = ui.add(Button::new("What this computer has").icon(Icon::Info)).clicked();
    if wanted {
        ui.close();
    }
    wanted
}

/// Who encodes and why, as one sentence.
fn verdict(report: &NpuReport) -> String {
    match &report.state {
        NpuState::Off => "The NPU is switched off; the CPU encodes.".into(),
        NpuState::None => "There is no NPU; the CPU encodes.".into(),
        NpuState::Opening { after: None } => "The NPU is being opened; the CPU encodes meanwhile.".into(),
        NpuState::Opening { after: Some(_) } => {
            "The NPU has failed and is being opened again; the CPU encodes meanwhile.".into()
        }
        NpuState::Failed { message, .. } => format!("The CPU encodes: {message}."),
        NpuState::Stuck => {
            "The driver holds on to a process that used the NPU, and only a restart of the computer helps. The CPU \
             encodes; recordings and texts are safe."
                .into()
        }
        NpuState::Ready => {
            let who = if report.why.is_npu() { "The NPU" } else { "The CPU" };
            format!("{who} encodes: {}.", report.why.sentence())
        }
    }
}

/// Names and values of what is known.
fn rows(report: &NpuReport) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    let kind = match report.kind {
        NpuKind::Hardware => None,
        NpuKind::Simulated => Some("a simulator, for tests"),
        NpuKind::Fake => Some("a stand-in that computes on the CPU, for tests"),
    };
    if let Some(device) = &report.device {
        let parts = [&device.name, &device.address, &device.runtime, &device.firmware];
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).map(String::as_str).collect();
        rows.push(("Device", parts.join(", ")));
    }
    rows.extend(kind.map(|kind| ("Which is", kind.to_owned())));
    let Speeds { measured, recent } = report.speeds;
    rows.extend(pair(measured).map(|text| ("30 s, when loaded", text)));
    rows.extend(pair(recent).map(|text| ("30 s, lately", text)));
    rows.extend(report.check.map(|check| ("First block", self_check(&check))));
    rows.extend(report.whole.map(|check| ("Whole encoder", self_check(&check))));
    if report.windows > 0 {
        let windows = match report.windows {
            1 => "1 window".to_owned(),
            n => format!("{n} windows"),
        };
        let each = report.device_ms / report.windows as f64;
        rows.push(("On the device", format!("{windows}, {each:.1} ms each by its own count")));
        let counters = &report.counters;
        rows.push(("Commands", format!("{} completed", counters.commands)));
        let (mb, synced) = (counters.bytes as f64 / 1e6, counters.synced_bytes as f64 / 1e6);
        let text = format!("{} buffers of {mb:.1} MB, {synced:.1} MB moved", counters.allocations);
        rows.push(("Memory", text));
    }
    let VigilReport { compared, compared_ms, last, wrong } = report.vigil;
    if let (Some(last), 1..) = (last, compared) {
        let blocks = if compared == 1 { "1 block".to_owned() } else { format!("{compared} blocks") };
        let each = compared_ms / compared as f64;
        rows.push((
            "While it works",
            format!("{blocks} compared ({each:.0} ms each), the last {}", self_check(&last)),
        ));
    }
    if wrong > 0 {
        let windows = if wrong == 1 { "1 window".to_owned() } else { format!("{wrong} windows") };
        rows.push(("Found wrong", format!("{windows}, computed again on the CPU")));
    }
    if report.restarts > 0 {
        rows.push(("Opened again", "once, after a fault".into()));
    }
    rows
}

fn pair(Pair { cpu, npu }: Pair) -> Option<String> {
    let ms = |value: Option<f64>| value.map_or_else(|| "not known".into(), |ms| format!("{ms:.0} ms"));
    (cpu.is_some() || npu.is_some()).then(|| format!("CPU {}, NPU {}", ms(cpu), ms(npu)))
}

fn self_check(check: &SelfCheck) -> String {
    let outcome = if check.passed() { "as on the CPU" } else { "wrong" };
    let SelfCheck { relative_l2, largest, limit } = check;
    format!("{outcome}: error {relative_l2:.1e} (limit {limit}), largest {largest:.1e}")
}

fn last_change(change: &BackendChange) -> String {
    format!("Last change: from “{}” to “{}”, because {}.", change.from, change.to, change.reason)
}

/// Whether the badge is to look like a problem.
pub fn is_problem(snapshot: &Snapshot) -> bool {
    snapshot.npu.as_ref().is_some_and(|report| report.state == NpuState::Stuck)
}
