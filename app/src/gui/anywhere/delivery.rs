//! Insertion and the clipboard.

use crate::delivery::{Choices, ClipboardMode, Way};
use crate::desktop::Session;
use crate::gui::controls::{Button, Weight};
use crate::gui::fields::{choice, heading, line, note, one_of, problem, title};
use crate::gui::icons::Icon;
use eframe::egui::Ui;

const CLIPBOARD: [(ClipboardMode, &str); 3] = [
    (ClipboardMode::Copy, "Each text is put there and stays"),
    (ClipboardMode::Restore, "For an insertion only; then what was there comes back"),
    (ClipboardMode::Never, "Never touched"),
];

const WAYS: [(Way, &str); 5] = [
    (Way::CtrlV, "paste by Ctrl+V"),
    (Way::CtrlShiftV, "paste by Ctrl+Shift+V"),
    (Way::ShiftInsert, "paste by Shift+Insert"),
    (Way::Type, "type"),
    (Way::Never, "insert nothing"),
];

/// What the group remembers between frames.
pub struct Group {
    /// What this desktop makes of what is chosen here, where that is not what it says.
    here: Here,
    /// Apps in the order in which they were written: while a name is written it may be another one's.
    apps: Vec<(String, Way)>,
}

/// What a desktop makes of insertion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Here {
    insertion: Option<&'static str>,
    ways: Option<&'static str>,
}

impl Here {
    fn on(desktop: &Session) -> Self {
        let typed = "On this desktop text is typed, by whichever chord an app pastes; only “insert nothing” and the \
                     clipboard's choice make a difference.";
        let never = "This desktop lets Hark neither see which app has the focus nor press keys in it: text goes to \
                     the clipboard, to be pasted by hand.";
        match desktop {
            Session::X11 | Session::Other => Self::default(),
            Session::Sway(_) | Session::Hyprland(_) | Session::Niri(_) => {
                Self { ways: Some(typed), ..Self::default() }
            }
            Session::Wayland => Self { insertion: Some(never), ..Self::default() },
        }
    }
}

impl Default for Group {
    fn default() -> Self {
        Self { here: Here::on(&Session::here()), apps: Vec::new() }
    }
}

impl Group {
    /// Takes over what is chosen.
    pub fn open(&mut self, choices: &Choices) {
        self.apps = choices.apps.iter().map(|(app, way)| (app.clone(), *way)).collect();
    }

    /// Draws the group; returns whether something has changed.
    pub fn show(&mut self, ui: &mut Ui, choices: &mut Choices) -> bool {
        heading(
            ui,
            "Insertion and clipboard",
            "What was dictated by a key or a command can go into the app that had the focus then. If the focus has \
             moved on meanwhile nothing is inserted: the last text can be pasted by a key of its own.",
        );
        let mut changed = choice(ui, &mut choices.insert, "Insert the text into the app that has the focus");
        self.here.insertion.into_iter().for_each(|text| problem(ui, text));
        ui.add_enabled_ui(choices.insert, |ui| {
            ui.indent("insertion", |ui| {
                changed |= choice(ui, &mut choices.space_after, "A space after each text");
                changed |= choice(ui, &mut choices.enter_after, "Enter after each text");
                let words = "Keep line breaks in terminals, where they may run what stands before them";
                changed |= choice(ui, &mut choices.line_breaks_in_terminals, words);
                changed |= self.apps(ui, choices);
            });
        });
        title(ui, "Clipboard");
        changed | one_of(ui, &mut choices.clipboard, &CLIPBOARD, "What becomes of the clipboard", 420.0)
    }

    /// Apps that take text in another way than most.
    fn apps(&mut self, ui: &mut Ui, choices: &mut Choices) -> bool {
        title(ui, "Apps that need another way");
        let usual = "By the class or the id of their windows. Terminals get Ctrl+Shift+V by themselves.";
        note(ui, self.here.ways.unwrap_or(usual));
        let (mut changed, mut removed) = (false, None);
        for (place, (app, way)) in self.apps.iter_mut().enumerate() {
            ui.push_id(place, |ui| {
                ui.horizontal(|ui| {
                    let number = place + 1;
                    changed |= line(ui, app, &format!("App {number}"), "window class", 200.0);
                    changed |= one_of(ui, way, &WAYS, &format!("Way of app {number}"), 190.0);
                    let name = format!("Remove app {number}");
                    if ui.add(Button::icon_only(Icon::Cross, &name)).on_hover_text("Remove").clicked() {
                        removed = Some(place);
                    }
                });
            });
        }
        if let Some(place) = removed {
            self.apps.remove(place);
            changed = true;
        }
        if ui.add(Button::new("Add an app").icon(Icon::Plus).weight(Weight::Quiet)).clicked() {
            self.apps.push((String::new(), Way::CtrlV));
        }
        if changed {
            let named = self.apps.iter().map(|(app, way)| (app.trim().to_owned(), *way));
            choices.apps = named.filter(|(app, _)| !app.is_empty()).collect();
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_claims_nothing_that_the_desktop_does_not_do() {
        let said = |desktop| {
            let Here { insertion, ways } = Here::on(&desktop);
            (insertion.is_some(), ways.is_some())
        };
        assert_eq!(said(Session::X11), (false, false));
        assert_eq!(said(Session::Sway("/s".into())), (false, true));
        assert_eq!(said(Session::Niri("/n".into())), (false, true));
        assert_eq!(said(Session::Wayland), (true, false));
    }
}
