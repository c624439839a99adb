//! Insertion and the clipboard.

use crate::delivery::{Choices, ClipboardMode, Way};
use crate::desktop::Session;
use crate::gui::controls::Button;
use crate::gui::fields::{choice, heading, line, note, one_of, problem, title};
use crate::gui::icons::Icon;
use crate::texts;
use eframe::egui::Ui;

fn clipboard() -> [(ClipboardMode, &'static str); 3] {
    [
        (ClipboardMode::Copy, texts::clipboard_copy()),
        (ClipboardMode::Restore, texts::clipboard_restore()),
        (ClipboardMode::Never, texts::clipboard_never()),
    ]
}

fn ways() -> [(Way, &'static str); 5] {
    [
        (Way::CtrlV, texts::way_ctrl_v()),
        (Way::CtrlShiftV, texts::way_ctrl_shift_v()),
        (Way::ShiftInsert, texts::way_shift_insert()),
        (Way::Type, texts::way_type()),
        (Way::Never, texts::way_never()),
    ]
}

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
        let typed = texts::insertion_typed_here();
        let never = texts::insertion_never_here();
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
        heading(ui, texts::insertion(), texts::insertion_about());
        let mut changed = choice(ui, &mut choices.insert, texts::insertion_on());
        self.here.insertion.into_iter().for_each(|text| problem(ui, text));
        ui.add_enabled_ui(choices.insert, |ui| {
            ui.indent("insertion", |ui| {
                changed |= choice(ui, &mut choices.space_after, texts::insertion_space());
                changed |= choice(ui, &mut choices.enter_after, texts::insertion_enter());
                let words = texts::insertion_line_breaks();
                changed |= choice(ui, &mut choices.line_breaks_in_terminals, words);
                changed |= self.apps(ui, choices);
            });
        });
        title(ui, texts::clipboard());
        changed | one_of(ui, &mut choices.clipboard, &clipboard(), texts::clipboard_name(), 420.0)
    }

    /// Apps that take text in another way than most.
    fn apps(&mut self, ui: &mut Ui, choices: &mut Choices) -> bool {
        title(ui, texts::apps());
        let usual = texts::apps_about();
        note(ui, self.here.ways.unwrap_or(usual));
        let (mut changed, mut removed) = (false, None);
        for (place, (app, way)) in self.apps.iter_mut().enumerate() {
            ui.push_id(place, |ui| {
                ui.horizontal(|ui| {
                    let number = place + 1;
                    changed |= line(ui, app, &texts::apps_name(number), texts::apps_class(), 200.0);
                    changed |= one_of(ui, way, &ways(), &texts::apps_way(number), 190.0);
                    let name = texts::apps_remove(number);
                    if ui.add(Button::icon_only(Icon::Cross, &name)).on_hover_text(texts::remove()).clicked()
                    {
                        removed = Some(place);
                    }
                });
            });
        }
        if let Some(place) = removed {
            self.apps.remove(place);
            changed = true;
        }
        if ui.add(Button::new(texts::apps_add()).icon(Icon::Plus)).clicked() {
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
