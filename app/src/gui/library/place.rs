//! Where models come from, where they go, and whose they are.

use crate::gui::outbox::Outbox;
use crate::session::{Command, ModelsView};
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
        ui.label(RichText::new("Where they come from").strong().size(17.0));
        note(
            ui,
            "OpenAI's Whisper models in whisper.cpp's format, under the MIT licence, as published at \
                  huggingface.co/ggerganov/whisper.cpp. Every file is compared with its published checksums.",
        );
        note(ui, &format!("They are kept in {}.", super::folder(&library.folder)));
        if !library.can_download {
            note(ui, "This Hark was built without the means to download: put files there by hand.");
            return;
        }
        ui.add_space(6.0);
        ui.label("Mirror (optional)");
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
        field.accessible_name("Mirror");
        note(
            ui,
            "An address to fetch models from in place of that one. A proxy is taken from the environment \
                  (HTTPS_PROXY).",
        );
    }
}

fn note(ui: &mut Ui, text: &str) {
    ui.add(Label::new(RichText::new(text).small().weak()).wrap());
}
