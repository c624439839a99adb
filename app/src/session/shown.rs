//! What a person does with the transcript that is shown: they edit it, and hear its recording.

use super::snapshot::{Played, Playing, Shown};
use super::state::Session;
use super::transcription::Finished;
use crate::bundled;
use crate::sounds::Sound;
use std::path::Path;
use std::time::Duration;

impl Session {
    /// Puts a text in place of a segment's.
    pub(super) fn edit(&mut self, shown: Shown, place: usize, text: &str) {
        self.edit_shown(shown, |finished| finished.edit(place, text));
    }

    /// Takes all edits back.
    pub(super) fn restore(&mut self, shown: Shown) {
        self.edit_shown(shown, Finished::restore);
    }

    fn edit_shown(&mut self, shown: Shown, edit: impl FnOnce(&mut Finished)) {
        match shown {
            Shown::File(id) => self.files.edit(id, edit),
            Shown::Demo => {
                self.demo.finished.as_mut().map(edit);
            }
            Shown::Dictation => {
                let Some(text) = &mut self.dictation.text else { return };
                edit(&mut text.finished);
                let (generation, whole) = (text.generation, text.finished.view().text());
                text.deliver_edited(whole.clone());
                self.keep_delivered(generation, &whole);
            }
        }
    }

    /// Plays what is shown from a moment on.
    pub(super) fn play_shown(&mut self, from: f64) {
        let file = |path: &Path| Sound::File(path.to_owned());
        let (sound, track) = match self.shown {
            Shown::Demo => (Some(Sound::Bundled(bundled::DEMO)), None),
            Shown::Dictation => {
                (self.dictation.text.as_ref().and_then(|text| text.path.as_deref().map(file)), None)
            }
            Shown::File(id) => (self.files.path(id).map(file), self.files.options(id).track),
        };
        let Some(sound) = sound else { return };
        let from = Duration::try_from_secs_f64(from).unwrap_or_default();
        let playing = Playing { of: Played::Shown(self.shown), position: from };
        self.play(sound, track, playing);
    }
}
