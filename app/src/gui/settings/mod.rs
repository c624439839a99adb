//! The page "Settings": what holds for all of Hark. Choices are sent as they are made, a text once it has been left.

mod programs;
mod speech;

use super::controls::Button;
use super::fields::{heading, note, one_of, title};
use super::icons::Icon;
use super::outbox::Outbox;
use crate::autostart::Autostart;
use crate::session::{Command, Snapshot};
use crate::settings::{Theme, WindowChoices};
use crate::texts;
use eframe::egui::{Context, RichText, ScrollArea, Ui};
use hark_engine::encoder::npu::NpuSetting;

/// Longer lines are hard to read, and controls far from their words hard to find.
const WIDTH: f32 = 760.0;
/// Width of a list.
const LIST: f32 = 300.0;

fn npu_settings() -> [(NpuSetting, &'static str); 2] {
    [(NpuSetting::Auto, texts::settings_npu_auto()), (NpuSetting::Off, texts::settings_npu_off())]
}
fn unload() -> [(u32, String); 6] {
    [0, 1, 5, 15, 30, 60].map(|minutes| match minutes {
        0 => (0, texts::never().to_owned()),
        minutes => (minutes, texts::settings_unload_after(minutes)),
    })
}

fn themes() -> [(Theme, &'static str); 3] {
    [
        (Theme::System, texts::settings_theme_system()),
        (Theme::Light, texts::settings_theme_light()),
        (Theme::Dark, texts::settings_theme_dark()),
    ]
}
const SIZES: [(u16, &str); 7] = [
    (75, "75 %"),
    (90, "90 %"),
    (100, "100 %"),
    (110, "110 %"),
    (125, "125 %"),
    (150, "150 %"),
    (200, "200 %"),
];
fn ways_to_start() -> [(Autostart, &'static str); 3] {
    [
        (Autostart::Off, texts::settings_autostart_off()),
        (Autostart::Window, texts::settings_autostart_window()),
        (Autostart::Tray, texts::settings_autostart_tray()),
    ]
}

/// What a person wants to see beside the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elsewhere {
    Anywhere,
    Models,
    History,
}

/// The page, open or not.
#[derive(Default)]
pub struct SettingsPage {
    open: bool,
    speech: speech::Group,
    programs: programs::Group,
}

impl SettingsPage {
    /// Whether the page is in place of the transcript.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Opens the page, or closes it.
    pub fn toggle(&mut self, outbox: &mut Outbox) {
        self.open = !self.open;
        if self.open {
            // The desktop has a switch for what starts by itself, too.
            outbox.send(Command::Refresh);
        } else {
            self.leave(outbox);
        }
    }

    /// Takes over what was chosen elsewhere.
    pub fn note(&mut self, snapshot: &Snapshot) {
        self.speech.note(&snapshot.choices);
        self.programs.note(snapshot);
    }

    /// The window closes: sends what was changed, finished or not.
    pub fn leave(&mut self, outbox: &mut Outbox) {
        self.speech.send(outbox);
        self.programs.send(outbox);
    }

    /// Draws the page over all that is left of `ui`; returns the page that is wanted in its place.
    pub fn show(&mut self, ui: &mut Ui, snapshot: &Snapshot, outbox: &mut Outbox) -> Option<Elsewhere> {
        ui.horizontal(|ui| {
            if ui.add(Button::new(texts::back()).icon(Icon::Back).name(texts::back_to_text())).clicked() {
                self.toggle(outbox);
            }
            ui.label(RichText::new(texts::page_settings()).heading());
        });
        ui.add_space(4.0);
        let area = ScrollArea::vertical().id_salt("settings").auto_shrink(false);
        let wanted = area.show(ui, |ui| {
            ui.set_max_width(ui.available_width().min(WIDTH) - 12.0);
            self.speech.show(ui);
            model(ui, snapshot, &mut self.speech, outbox);
            window(ui, snapshot.window, outbox);
            start(ui, snapshot.autostart, outbox);
            self.programs.show(ui, snapshot, outbox);
            elsewhere(ui)
        });
        self.commit(ui.ctx(), outbox);
        wanted.inner
    }

    /// Sends what was changed, unless somebody is still writing it.
    fn commit(&mut self, ctx: &Context, outbox: &mut Outbox) {
        if !ctx.text_edit_focused() {
            self.leave(outbox);
        }
    }
}

fn model(ui: &mut Ui, snapshot: &Snapshot, speech: &mut speech::Group, outbox: &mut Outbox) {
    heading(ui, texts::model_list(), texts::settings_model_about());
    title(ui, texts::settings_unload());
    speech.choose(|choices| {
        one_of(ui, &mut choices.unload_after_min, &unload(), texts::settings_unload(), LIST)
    });
    note(ui, texts::settings_unload_about());
    title(ui, texts::settings_npu());
    let mut npu = snapshot.npu_setting;
    if one_of(ui, &mut npu, &npu_settings(), texts::settings_npu(), LIST) {
        outbox.send(Command::ChooseNpu(npu));
    }
    note(ui, texts::settings_npu_about());
}

fn window(ui: &mut Ui, mut choices: WindowChoices, outbox: &mut Outbox) {
    heading(ui, texts::settings_window(), texts::settings_window_about());
    let mut changed = false;
    changed |= tongue(ui, &mut choices.language);
    title(ui, texts::settings_colours());
    changed |= one_of(ui, &mut choices.theme, &themes(), texts::settings_colours(), LIST);
    title(ui, texts::settings_size());
    let own = format!("{} %", choices.scale_percent);
    let mut sizes = SIZES.to_vec();
    // Whatever stands in the file can be seen here.
    if sizes.iter().all(|(size, _)| *size != choices.scale_percent) {
        sizes.insert(0, (choices.scale_percent, &own));
    }
    changed |= one_of(ui, &mut choices.scale_percent, &sizes, texts::settings_size(), LIST);
    if changed {
        outbox.send(Command::ChooseWindow(choices));
    }
}

/// The language that the window speaks; languages are called what they call themselves.
fn tongue(ui: &mut Ui, chosen: &mut texts::Choice) -> bool {
    title(ui, texts::settings_tongue());
    let system = texts::settings_tongue_system(texts::of_system().name());
    let named = texts::Language::ALL.map(|one| (texts::Choice::Only(one), one.name()));
    let all = [&[(texts::Choice::System, system.as_str())], &named[..]].concat();
    let changed = one_of(ui, chosen, &all, texts::settings_tongue(), LIST);
    note(ui, texts::settings_tongue_about());
    changed
}

fn start(ui: &mut Ui, autostart: Option<Autostart>, outbox: &mut Outbox) {
    let Some(mut chosen) = autostart else { return };
    heading(ui, texts::settings_start(), texts::settings_start_about());
    title(ui, texts::settings_autostart());
    if one_of(ui, &mut chosen, &ways_to_start(), texts::settings_autostart(), LIST) {
        outbox.send(Command::ChooseAutostart(chosen));
    }
    note(ui, texts::settings_autostart_about());
}

fn elsewhere(ui: &mut Ui) -> Option<Elsewhere> {
    heading(ui, texts::settings_more(), texts::settings_more_about());
    let pages = [
        (Elsewhere::Anywhere, texts::page_anywhere(), texts::settings_more_anywhere()),
        (Elsewhere::Models, texts::page_models(), texts::settings_more_models()),
        (Elsewhere::History, texts::page_history(), texts::settings_more_history()),
    ];
    let mut wanted = None;
    for (page, text, about) in pages {
        ui.horizontal(|ui| {
            if ui.add(Button::new(text).name(&texts::settings_go_to(text))).clicked() {
                wanted = Some(page);
            }
            note(ui, about);
        });
    }
    ui.add_space(8.0);
    wanted
}
