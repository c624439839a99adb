//! Recordings of the history that are transcribed once more, perhaps by a model that is lent for that.
//!
//! A dictation comes first: what is under way then begins again afterwards.

use super::archive::version;
use super::banners::Topic;
use super::desk::Work;
use super::lookups::Found;
use super::machine::State;
use super::recordings::Recordings;
use super::retry_list::Retry;
use super::sources::Part;
use super::state::Session;
use super::transcription::{Finished, Growing};
use crate::history::{EntryId, Order, Version};
use crate::models::Choice;
use crate::text::sentence;

impl Session {
    /// Lets the recording of an entry be transcribed again.
    pub(super) fn retry(&mut self, id: EntryId, model: Option<String>) {
        match model {
            None => self.add_retry(id, None),
            Some(name) => {
                let resolve = self.setup.models.resolve;
                self.outbox.lookups.ask(move || Found::RetryModel { id, choice: resolve(&name) });
            }
        }
    }

    /// Goes on with what an earlier start left, now that the history is there.
    pub(super) fn take_up_retries(&mut self) {
        for (id, model) in std::mem::take(&mut self.retries.left_over) {
            if self.history.entry(id).is_some() {
                self.retry(id, model);
            }
        }
    }

    pub(super) fn retry_with(&mut self, id: EntryId, choice: Result<Choice, String>) {
        match choice {
            Ok(choice) => self.add_retry(id, Some(choice)),
            Err(why) => self.banners.warn(Topic::History, sentence(&why)),
        }
    }

    fn add_retry(&mut self, id: EntryId, model: Option<Choice>) {
        let known = self.retries.wanted.iter().any(|retry| retry.id == id && retry.model == model);
        if !known {
            self.retries.wanted.push_back(Retry { id, model });
        }
    }

    pub(super) fn cancel_retry(&mut self, id: EntryId) {
        if self.desk.works().any(|work| work == Work::Retry(id)) {
            self.desk.cancel(Work::Retry(id));
            self.retries.running = false;
        }
        self.retries.wanted.retain(|retry| retry.id != id);
    }

    /// Whether somebody dictates, or waits for what is not from the history.
    fn is_otherwise_wanted(&self) -> bool {
        let dictates = !matches!(self.dictation.state, State::Idle(_) | State::Delivering(_));
        dictates || self.dictation.waits || self.demo.waits
    }

    /// Gives way to a dictation.
    pub(super) fn postpone_retry(&mut self) {
        if self.is_otherwise_wanted() && self.desk.works().any(|work| matches!(work, Work::Retry(_))) {
            self.desk.cancel_if(|work| matches!(work, Work::Retry(_)));
            self.retries.running = false;
        }
    }

    /// Begins what comes next, or loads the model for it. `false` if there is nothing, and the person's own model
    /// is there.
    pub(super) fn begin_retry(&mut self) -> bool {
        let next = self.retries.wanted.front().filter(|_| !self.is_otherwise_wanted());
        let Some(Retry { id, model }) = next else {
            let lent = self.retries.lent.is_some();
            if lent {
                self.load_own_model();
            }
            return lent;
        };
        let id = *id;
        let model = model.as_ref().unwrap_or(&self.choice).clone();
        if model != *self.retries.lent.as_ref().unwrap_or(&self.choice) {
            self.desk.load(&model);
            self.retries.lent = Some(model).filter(|model| *model != self.choice);
            return true;
        }
        let entry = self.history.entry(id).cloned();
        let Some((entry, path)) = entry.and_then(|e| self.audio_of(&e).map(|path| (e, path))) else {
            self.retry_failed(id, "its recording is not kept");
            return true;
        };
        let options = self.options(&entry.manner);
        let source = match &self.retries.lent {
            None if self.choice.fallback => {
                Recordings::bundled_source(&path, self.setup.models.is_bundled_clip, Part::default())
            }
            _ => self.recordings.source(&path),
        };
        self.retries.growing = Growing::default();
        self.retries.running = self.desk.begin(Work::Retry(id), source, options);
        true
    }

    /// Loads the person's own model, whatever is loaded.
    pub(super) fn load_own_model(&mut self) {
        self.retries.lent = None;
        let choice = self.choice.clone();
        self.desk.load(&choice);
    }

    /// A model cannot be loaded. `true` if it was only lent.
    pub(super) fn lent_model_failed(&mut self, name: &str, why: &str) -> bool {
        let Some(lent) = self.retries.lent.take_if(|lent| lent.name == name) else { return false };
        let why = format!("the model {name} cannot be loaded: {why}");
        let theirs = self.retries.wanted.iter().filter(|retry| retry.model.as_ref() == Some(&lent));
        let theirs: Vec<_> = theirs.map(|retry| retry.id).collect();
        self.retries.wanted.retain(|retry| retry.model.as_ref() != Some(&lent));
        theirs.into_iter().for_each(|id| self.tell_of_failure(id, &why));
        self.load_own_model();
        true
    }

    /// A recording has another text.
    pub(super) fn retry_is_finished(&mut self, id: EntryId, finished: &Finished) {
        self.retries.drop_first();
        let version = version(finished);
        let translated = self.history.entry(id).is_some_and(|entry| entry.manner.translate);
        let language = if translated { "en" } else { version.language.as_str() };
        let language = Some(language.to_owned()).filter(|code| !code.is_empty());
        let rules = self.settings.get().anywhere.rules.clone();
        // The person's filter program may take its time.
        self.outbox.lookups.ask(move || {
            let text = rules.apply(&version.heard, language.as_deref()).text;
            let text = Some(text).filter(|text| *text != version.heard);
            Found::Retried { id, version: Box::new(Version { text, ..version }) }
        });
    }

    pub(super) fn has_new_version(&mut self, id: EntryId, version: Box<Version>) {
        self.banners.close_topic(&Topic::History);
        self.ask_history(Order::Version(id, version));
    }

    /// A recording has no other text, and why.
    pub(super) fn retry_failed(&mut self, id: EntryId, why: &str) {
        self.retries.drop_first();
        self.tell_of_failure(id, why);
    }

    fn tell_of_failure(&mut self, id: EntryId, why: &str) {
        self.ask_history(Order::Problem(id, why.to_owned()));
        self.banners.warn(Topic::History, format!("The recording was not transcribed again: {why}."));
    }
}
