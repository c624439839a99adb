//! Texts for other programs.

use crate::gui::controls::Button;
use crate::gui::fields::{choice, heading, line, note, problem, title};
use crate::gui::icons::Icon;
use crate::gui::outbox::Outbox;
use crate::gui::programs::{base_url, stand};
use crate::session::{Command, HistoryWish, NotOffered, ServiceState, ServiceView, Snapshot};
use crate::settings::ServiceChoices;
use crate::texts;
use eframe::egui::{Label, RichText, Ui};
use std::num::NonZeroU16;

/// Width of the field with the port: five digits.
const PORT: f32 = 72.0;

/// What the group remembers between frames.
#[derive(Default)]
pub struct Group {
    /// The port as it is being written; empty if nobody has seen it yet.
    draft: String,
    seen: ServiceChoices,
    changed: bool,
}

impl Group {
    /// Takes over what was chosen elsewhere.
    pub fn note(&mut self, snapshot: &Snapshot) {
        let Some(ServiceView { choices, .. }) = snapshot.service else { return };
        if !self.changed && (self.seen != choices || self.draft.is_empty()) {
            self.seen = choices;
            self.draft = choices.port.to_string();
        }
    }

    /// Sends the port that was written; what is none is forgotten.
    pub fn send(&mut self, outbox: &mut Outbox) {
        if !std::mem::take(&mut self.changed) {
            return;
        }
        match self.draft.trim().parse::<NonZeroU16>() {
            Ok(port) if port != self.seen.port => self.choose(ServiceChoices { port, ..self.seen }, outbox),
            _ => self.draft = self.seen.port.to_string(),
        }
    }

    fn choose(&mut self, choices: ServiceChoices, outbox: &mut Outbox) {
        self.seen = choices;
        outbox.send(Command::ChooseService(choices));
    }

    /// Draws the group, if this Hark has it.
    pub fn show(&mut self, ui: &mut Ui, snapshot: &Snapshot, outbox: &mut Outbox) {
        let Some(ServiceView { choices, state }) = &snapshot.service else { return };
        heading(ui, texts::settings_programs(), texts::settings_programs_about());
        ui.add_space(6.0);
        let mut on = choices.on;
        if choice(ui, &mut on, texts::settings_programs_offer()) {
            self.choose(ServiceChoices { on, ..*choices }, outbox);
        }
        note(ui, texts::settings_programs_offer_about());
        if !choices.on {
            return;
        }
        title(ui, texts::settings_programs_address());
        if let ServiceState::On { address } = state {
            address_line(ui, &base_url(*address), outbox);
        }
        if let Some(stand) = stand(snapshot) {
            let say = if stand.is_problem { problem } else { note };
            say(ui, &stand.text);
        }
        if let ServiceState::Failed(NotOffered::PortTaken | NotOffered::Refused(_)) = state
            && ui.add(Button::new(texts::try_again()).icon(Icon::Retry)).clicked()
        {
            self.choose(*choices, outbox);
        }
        title(ui, texts::settings_programs_port());
        self.changed |= line(ui, &mut self.draft, texts::settings_programs_port(), "", PORT);
        note(ui, texts::settings_programs_port_about());
    }
}

fn address_line(ui: &mut Ui, address: &str, outbox: &mut Outbox) {
    ui.horizontal_wrapped(|ui| {
        ui.add(Label::new(RichText::new(address).monospace()).selectable(true));
        let copy = Button::new(texts::copy()).icon(Icon::Copy).name(texts::settings_programs_copy());
        if ui.add(copy).clicked() {
            outbox.send(Command::History(HistoryWish::Copy(address.to_owned())));
        }
    });
}
