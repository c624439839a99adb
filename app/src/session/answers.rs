//! What other threads found out or have done.

use super::banners::{Action, Topic};
use super::lookups::Found;
use super::snapshot::Tone;
use super::state::Session;
use crate::delivery::Receipt;
use crate::text::sentence;
use crate::texts;

impl Session {
    pub(super) fn take_note(&mut self, found: Found) {
        match found {
            Found::Models(models) => self.lists.models = models,
            Found::Microphones(microphones) => self.lists.microphones = microphones,
            Found::Audio(selection) => self.add_files(selection),
            Found::LookedAt(files) => self.has_looked_at(files),
            Found::FileText { id, text } => self.has_brought_text(id, text),
            Found::SavedAll { folder, saved, problem } => self.has_saved_all(&folder, saved, problem),
            Found::Model { asked, name, choice } if asked == self.model_choice.asked => match choice {
                Ok(choice) => self.choose(name, choice),
                Err(why) => {
                    let text = sentence(&why);
                    self.banners.offer(
                        Topic::Model,
                        Tone::Problem,
                        text,
                        texts::model_choose(),
                        Action::ChooseModel,
                    );
                }
            },
            Found::Model { .. } => {}
            Found::RetryModel { id, choice } => self.retry_with(id, choice),
            Found::Retried { id, version } => self.has_new_version(id, version),
            Found::Lengths(recordings) => self.keep(recordings),
            Found::Stock(stock) => self.shelf.stock(*stock),
            Found::Deleted { name, why } => self.is_deleted(&name, why),
            Found::Download { name, news } => self.hear_of_download(name, news),
            Found::Autostart { now, why } => {
                self.lists.autostart = Some(now);
                if let Some(why) = why {
                    let text = texts::say_autostart_failed(why);
                    self.banners.warn(Topic::SettingsFile, text);
                }
            }
            Found::LeftBehind(left) => {
                self.tell_of_unrepaired(&left.beyond_repair);
                self.offer_recovered(left.recovered);
            }
        }
    }

    pub(super) fn check_off(&mut self, receipt: Receipt) {
        match receipt {
            Receipt::Delivered(delivered) => self.has_arrived(*delivered),
            Receipt::Copied { result: Ok(()), .. } => self.banners.close_topic(&Topic::Clipboard),
            Receipt::Copied { text, result: Err(why) } => {
                self.offer_copy(texts::say_not_copied(why), text);
            }
            Receipt::FileText { id, result } => self.text_is_kept(id, result),
            Receipt::FileList(why) => self.tell_of_unkept(&why),
            Receipt::Settings(Ok(())) => self.banners.close_topic(&Topic::SettingsFile),
            Receipt::Settings(Err(why)) => self.settings_are_not_saved(&why),
            Receipt::Written { path, result: Ok(()) } => {
                self.banners.inform(Topic::File, texts::say_saved(path.display().to_string()));
            }
            Receipt::Written { path, result: Err(why) } => {
                self.banners.warn(Topic::File, texts::say_not_saved(path.display().to_string(), why));
            }
        }
    }
}
