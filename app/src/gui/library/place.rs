//! Where models come from, where they go, and whose they are.

use crate::gui::outbox::Outbox;
use crate::session::{Command, ModelsView};
use crate::texts;
use eframe::egui::{Align2, Label, RichText, TextEdit, Ui, vec2};

/// The address of a mirror, while it is being written.
#[derive(Default)]
pub struct Place {
    draft: String,
    /// What the draft was made of.
    seen: String,
}

impl Place {
    /// Draws the end of the page.
    pub fn show(&mut self, ui: &mut Ui, library: &ModelsView, outbox: &mut Outbox) {
        ui.add_space(16.0);
        ui.label(RichText::new(texts::models_from()).strong().size(17.0));
        note(ui, texts::models_from_about());
        note(ui, &texts::models_kept_in(super::folder(&library.folder)));
        if !library.can_download {
            note(ui, texts::models_no_download());
            return;
        }
        ui.add_space(6.0);
        ui.label(texts::models_mirror());
        if self.seen != library.mirror {
            self.seen.clone_from(&library.mirror);
            self.draft.clone_from(&library.mirror);
        }
        let width = 420.0f32.min(ui.available_width() - 16.0);
        let field = TextEdit::singleline(&mut self.draft)
            .align(Align2::LEFT_CENTER)
            .hint_text("https://…")
            .desired_width(width)
            .margin(vec2(8.0, 6.0));
        let field = ui.add(field);
        if field.lost_focus() && self.draft.trim() != library.mirror {
            let mirror = self.draft.trim().to_owned();
            self.seen.clone_from(&mirror);
            outbox.send(Command::ChooseMirror(Some(mirror).filter(|mirror| !mirror.is_empty())));
        }
        field.accessible_name(texts::models_mirror_name());
        note(ui, texts::models_mirror_about());
    }
}

fn note(ui: &mut Ui, text: &str) {
    ui.add(Label::new(RichText::new(text).small().weak()).wrap());
}
