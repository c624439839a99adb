//! The page "Settings": what holds for all of Hark. Choices are sent as they are made, a text once it has been left.

mod speech;

use super::controls::Button;
use super::fields::{heading, note, one_of, title};
use super::icons::Icon;
use super::outbox::Outbox;
use crate::autostart::Autostart;
use crate::session::{Command, Snapshot};
use crate::settings::{Theme, WindowChoices};
use eframe::egui::{Context, RichText, ScrollArea, Ui};
use hark_engine::encoder::npu::NpuSetting;

/// Longer lines are hard to read, and controls far from their words hard to find.
const WIDTH: f32 = 760.0;
/// Width of a list.
const LIST: f32 = 300.0;

const NPU: [(NpuSetting, &str); 2] =
    [(NpuSetting::Auto, "Used where it serves better"), (NpuSetting::Off, "Never used")];
const UNLOAD: [(u32, &str); 6] = [
    (0, "Never"),
    (1, "After a minute without work"),
    (5, "After 5 minutes without work"),
    (15, "After 15 minutes without work"),
    (30, "After half an hour without work"),
    (60, "After an hour without work"),
];
const THEMES: [(Theme, &str); 3] =
    [(Theme::System, "As the desktop"), (Theme::Light, "Light"), (Theme::Dark, "Dark")];
const SIZES: [(u16, &str); 7] = [
    (75, "75 %"),
    (90, "90 %"),
    (100, "100 %"),
    (110, "110 %"),
    (125, "125 %"),
    (150, "150 %"),
    (200, "200 %"),
];
const AUTOSTART: [(Autostart, &str); 3] = [
    (Autostart::Off, "No"),
    (Autostart::Window, "Yes, with the window"),
    (Autostart::Tray, "Yes, as an icon in the panel"),
];

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
            self.speech.send(outbox);
        }
    }

    /// Takes over what was chosen elsewhere.
    pub fn note(&mut self, snapshot: &Snapshot) {
        self.speech.note(&snapshot.choices);
    }

    /// The window closes: sends what was changed, finished or not.
    pub fn leave(&mut self, outbox: &mut Outbox) {
        self.speech.send(outbox);
    }

    /// Draws the page over all that is left of `ui`; returns the page that is wanted in its place.
    pub fn show(&mut self, ui: &mut Ui, snapshot: &Snapshot, outbox: &mut Outbox) -> Option<Elsewhere> {
        ui.horizontal(|ui| {
            if ui.add(Button::new("Back").icon(Icon::Back).name("Back to the text")).clicked() {
                self.toggle(outbox);
            }
            ui.label(RichText::new("Settings").heading());
        });
        ui.add_space(4.0);
        let area = ScrollArea::vertical().id_salt("settings").auto_shrink(false);
        let wanted = area.show(ui, |ui| {
            ui.set_max_width(ui.available_width().min(WIDTH) - 12.0);
            self.speech.show(ui);
            model(ui, snapshot, &mut self.speech, outbox);
            window(ui, snapshot.window, outbox);
            start(ui, snapshot.autostart, outbox);
            elsewhere(ui)
        });
        self.commit(ui.ctx(), outbox);
        wanted.inner
    }

    /// Sends what was changed, unless somebody is still writing it.
    fn commit(&mut self, ctx: &Context, outbox: &mut Outbox) {
        if !ctx.text_edit_focused() {
            self.speech.send(outbox);
        }
    }
}

fn model(ui: &mut Ui, snapshot: &Snapshot, speech: &mut speech::Group, outbox: &mut Outbox) {
    heading(ui, "Model", "What the model takes of this computer. Which one it is you choose at the top.");
    title(ui, "Take it out of memory");
    speech
        .choose(|choices| one_of(ui, &mut choices.unload_after_min, &UNLOAD, "Take it out of memory", LIST));
    note(ui, "It is loaded again when you dictate or add a file, while you speak already.");
    title(ui, "AMD's NPU");
    let mut npu = snapshot.npu_setting;
    if one_of(ui, &mut npu, &NPU, "AMD's NPU", LIST) {
        outbox.send(Command::ChooseNpu(npu));
    }
    note(ui, "Where there is none, or it does not work, the CPU does everything. The page Doctor says why.");
}

fn window(ui: &mut Ui, mut choices: WindowChoices, outbox: &mut Outbox) {
    heading(ui, "Window", "How Hark looks. Nothing in it moves on its own.");
    title(ui, "Colours");
    let mut changed = one_of(ui, &mut choices.theme, &THEMES, "Colours", LIST);
    title(ui, "Size of everything");
    let own = format!("{} %", choices.scale_percent);
    let mut sizes = SIZES.to_vec();
    // Whatever stands in the file can be seen here.
    if sizes.iter().all(|(size, _)| *size != choices.scale_percent) {
        sizes.insert(0, (choices.scale_percent, &own));
    }
    changed |= one_of(ui, &mut choices.scale_percent, &sizes, "Size of everything", LIST);
    if changed {
        outbox.send(Command::ChooseWindow(choices));
    }
}

fn start(ui: &mut Ui, autostart: Option<Autostart>, outbox: &mut Outbox) {
    let Some(mut chosen) = autostart else { return };
    heading(ui, "Start", "Whether Hark is there when you need it.");
    title(ui, "When you log in");
    if one_of(ui, &mut chosen, &AUTOSTART, "When you log in", LIST) {
        outbox.send(Command::ChooseAutostart(chosen));
    }
    note(ui, "Where the panel takes no icons, the window opens after a while all the same.");
}

fn elsewhere(ui: &mut Ui) -> Option<Elsewhere> {
    heading(ui, "More choices", "What belongs to one page stands there.");
    let pages = [
        (
            Elsewhere::Anywhere,
            "Dictate anywhere",
            "Keys, insertion, clipboard, text rules, sign, icon, sounds",
        ),
        (Elsewhere::Models, "Models", "Download and delete; a mirror to fetch them from"),
        (Elsewhere::History, "History", "What of your dictations is kept, and how long"),
    ];
    let mut wanted = None;
    for (page, text, about) in pages {
        ui.horizontal(|ui| {
            if ui.add(Button::new(text).name(&format!("Go to {text}"))).clicked() {
                wanted = Some(page);
            }
            note(ui, about);
        });
    }
    ui.add_space(8.0);
    wanted
}
