//! What becomes of dictations afterwards: they are kept, shown, played, and go.

use super::archive::{time_of, version};
use super::banners::{Action, Topic};
use super::command::HistoryWish;
use super::machine::Generation;
use super::snapshot::{HistoryView, Played, Playing};
use super::state::Session;
use super::transcription::Finished;
use crate::capture::Recorded;
use crate::history::{Entry, EntryId, Keep, News, Order, UNDO};
use crate::sounds::{Heard, Sound, Wanted};
use crate::text::sentence;
use crate::texts;
use crate::wish::Manner;
use hark_engine::audio::Verdict;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

impl Session {
    pub(super) fn history_view(&self) -> HistoryView {
        HistoryView {
            entries: self.history.entries.clone(),
            keeping: self.settings.get().history,
            playing: self.history.playing.as_ref().map(|(_, playing)| *playing),
            retries: self.retries.views(),
        }
    }

    /// Keeps the text of the dictation, and settles its recording.
    pub(super) fn keep_dictation(&mut self, generation: Generation, finished: &Finished) {
        let Some(recorded) = self.dictation.recorded().cloned() else { return };
        if recorded.memory.is_some() {
            // What lies on disk is not all of it.
            self.settle(&recorded.path);
        }
        let audio = recorded.memory.is_none().then_some(recorded.path.as_path());
        let maybe_speech = self
            .dictation
            .growing
            .heard()
            .is_some_and(|heard| heard.only_sound() || heard.verdict() == Verdict::Speech);
        let id = self.keep_text(&recorded.path, audio, recorded.length, finished, maybe_speech);
        self.history.last = id.map(|id| (generation, id));
    }

    /// Keeps the text of a recording that was transcribed as a file.
    pub(super) fn keep_file(&mut self, path: &Path, finished: &Finished) {
        let length = Duration::try_from_secs_f64(finished.timings.audio.seconds()).unwrap_or_default();
        self.keep_text(path, Some(path), length, finished, false);
    }

    fn keep_text(
        &mut self,
        path: &Path,
        audio: Option<&Path>,
        length: Duration,
        finished: &Finished,
        maybe_speech: bool,
    ) -> Option<EntryId> {
        self.recordings.settle(path);
        if self.settings.get().history.keep == Keep::Nothing {
            match audio {
                // Its text may be made after all.
                Some(audio) if finished.is_empty() && maybe_speech => {
                    self.settle(audio);
                    self.history.unwanted.push(audio.to_owned());
                }
                Some(audio) => self.ask_history(Order::Forget(audio.to_owned())),
                None => {}
            }
            return None;
        }
        let mut entry = self.new_entry(path, audio, length);
        entry.versions.push(version(finished));
        let id = entry.id;
        let settle = audio.map(Path::to_owned);
        self.ask_history(Order::Put { entry: Box::new(entry), settle });
        Some(id)
    }

    /// Keeps that a dictation has no text yet, and why, if something went wrong.
    pub(super) fn keep_without_text(&mut self, why: Option<&str>) {
        let Some(recorded) = self.dictation.recorded().cloned() else { return };
        if recorded.memory.is_some() || self.settings.get().history.keep == Keep::Nothing {
            return;
        }
        let entry = self.new_entry(&recorded.path, Some(&recorded.path), recorded.length);
        let entry = Entry { problem: why.map(str::to_owned), ..entry };
        self.ask_history(Order::Put { entry: Box::new(entry), settle: None });
    }

    /// Keeps a recording that was discarded: it can be found, played, transcribed and deleted as long as others are.
    pub(super) fn keep_cancelled(&mut self, recorded: &Recorded) {
        if recorded.memory.is_some() {
            return self.settle(&recorded.path);
        }
        self.recordings.settle(&recorded.path);
        if self.settings.get().history.keep == Keep::Nothing {
            self.settle(&recorded.path);
            return self.history.unwanted.push(recorded.path.clone());
        }
        let entry = self.new_entry(&recorded.path, Some(&recorded.path), recorded.length);
        let entry = Entry { cancelled: true, ..entry };
        // What is not in the history is offered at the next start.
        let settle = Some(recorded.path.clone());
        self.ask_history(Order::Put { entry: Box::new(entry), settle });
    }

    fn new_entry(&mut self, path: &Path, audio: Option<&Path>, length: Duration) -> Entry {
        let name = audio.map(|audio| self.audio_name(audio));
        // One that an earlier start made of this recording gets another text.
        let known = || {
            let same = |entry: &&Arc<Entry>| entry.audio.is_some() && entry.audio == name;
            self.history.entries.iter().rev().find(same).map(|entry| entry.id)
        };
        let id = self.history.ids.get(path).copied().or_else(known).unwrap_or_else(EntryId::unused);
        self.history.ids.insert(path.to_owned(), id);
        Entry {
            id,
            time: time_of(path),
            audio: name,
            audio_s: (length.as_secs_f64() * 1000.0).round() / 1000.0,
            starred: false,
            manner: Manner { enter: false, ..self.recordings.manner(path) },
            versions: Vec::new(),
            cancelled: false,
            problem: None,
            deleted: None,
        }
    }

    /// How a recording is called in the history: where recordings lie may change.
    fn audio_name(&self, audio: &Path) -> String {
        audio.strip_prefix(&self.setup.recordings).unwrap_or(audio).to_string_lossy().into_owned()
    }

    /// Where the recording of an entry is.
    pub(super) fn audio_of(&self, entry: &Entry) -> Option<PathBuf> {
        entry.audio.as_ref().map(|name| self.setup.recordings.join(name))
    }

    /// The person's rules have made this of the text of a dictation.
    pub(super) fn keep_delivered(&mut self, generation: Generation, text: &str) {
        if let Some((_, id)) = self.history.last.filter(|(last, _)| *last == generation) {
            self.ask_history(Order::Text(id, text.to_owned()));
        }
    }

    pub(super) fn ask_history(&mut self, order: Order) {
        if let Err(why) = self.history.keeper.ask(order) {
            self.banners.warn(Topic::History, texts::say_history_not_written(why));
        }
    }

    pub(super) fn obey_about_history(&mut self, wish: HistoryWish) {
        match wish {
            HistoryWish::Look => self.ask_history(Order::Look),
            HistoryWish::Play(id) => self.play_entry(id),
            HistoryWish::StopPlaying => self.history.stop_playing(),
            HistoryWish::Copy(text) => self.copy_text(text),
            HistoryWish::Retry { id, model } => self.retry(id, model),
            HistoryWish::CancelRetry(id) => self.cancel_retry(id),
            HistoryWish::Star(id, starred) => self.ask_history(Order::Star(id, starred)),
            HistoryWish::Delete(ids) => self.delete(ids),
            HistoryWish::Export { ids, format, path } => {
                self.ask_history(Order::Export { ids, format, path });
            }
            HistoryWish::Keep(keeping) => {
                self.change_settings(|settings| settings.history = keeping);
                self.ask_history(Order::Keep(keeping));
            }
        }
    }

    fn play_entry(&mut self, id: EntryId) {
        if let Some(audio) = self.history.entry(id).and_then(|entry| self.audio_of(entry)) {
            let playing = Playing { of: Played::Entry(id), position: Duration::ZERO };
            self.play(Sound::File(audio), None, playing);
        }
    }

    /// Plays a track of a recording from the position on.
    pub(super) fn play(&mut self, sound: Sound, track: Option<usize>, playing: Playing) {
        let wanted = Wanted { sound, track, from: playing.position };
        let number = self.history.playback.play(wanted);
        self.history.playing = number.map(|number| (number, playing));
        if number.is_none() {
            self.banners.warn(Topic::History, texts::say_no_playback());
        }
    }

    pub(super) fn is_playing(&self, what: Played) -> bool {
        self.history.playing.as_ref().is_some_and(|(_, playing)| playing.of == what)
    }

    fn delete(&mut self, ids: Vec<EntryId>) {
        if self
            .history
            .playing
            .as_ref()
            .is_some_and(|(_, playing)| matches!(playing.of, Played::Entry(id) if ids.contains(&id)))
        {
            self.history.stop_playing();
        }
        ids.iter().for_each(|id| self.cancel_retry(*id));
        let text = match ids.len() {
            0 => return,
            count => texts::say_deleted(count),
        };
        self.ask_history(Order::Delete(ids.clone()));
        self.banners.offer_until(
            Instant::now() + UNDO,
            Topic::Deleted,
            text,
            texts::do_undo(),
            Action::Restore(ids),
        );
    }

    pub(super) fn hear_of_history(&mut self, news: News) {
        match news {
            News::Entries(entries) => {
                self.history.entries = entries;
                self.take_up_retries();
            }
            News::Problem(problem) => self.banners.warn(Topic::History, sentence(&problem)),
            News::CaughtUp => self.banners.close_topic(&Topic::History),
            News::Exported { path, result: Ok(()) } => {
                self.banners.inform(Topic::File, texts::say_saved(path.display().to_string()));
            }
            News::Exported { path, result: Err(why) } => {
                self.banners.warn(Topic::File, texts::say_not_saved(path.display().to_string(), why));
            }
        }
    }

    pub(super) fn hear_of_playback(&mut self, heard: Heard) {
        match heard {
            Heard::Plays { number, position } => {
                let current = self.history.playing.as_mut().filter(|(current, _)| *current == number);
                current.into_iter().for_each(|(_, playing)| playing.position = position);
            }
            Heard::Ended { number, problem } => {
                self.history.playing.take_if(|(current, _)| *current == number);
                if let Some(problem) = problem {
                    self.banners.warn(Topic::History, problem);
                }
            }
        }
    }
}
