//! Which language a dictation is in, and what else of its manner the engine has to know.

use super::banners::Topic;
use super::state::Session;
use crate::language::{self, AUTO};
use crate::settings::MOST_CANDIDATES;
use crate::texts;
use crate::wish::Manner;
use hark_engine::transcribe::{Language, Options, Task};

impl Manner {
    /// What it means to the engine.
    pub(super) fn options(&self) -> Options {
        let language = match self.language.as_deref() {
            None | Some(AUTO) => Language::Detect,
            Some(code) => Language::Code(code.to_owned()),
        };
        let task = if self.translate { Task::Translate } else { Task::Transcribe };
        Options { language, task, ..Options::default() }
    }

    /// It as a note beside a recording; empty for the usual one.
    pub(super) fn note(&self) -> String {
        match *self == Self::default() {
            true => String::new(),
            false => serde_json::to_string(self).unwrap_or_default(),
        }
    }

    /// What a note says; the usual one if that makes no sense.
    pub(super) fn noted(note: &str) -> Self {
        serde_json::from_str(note).unwrap_or_default()
    }
}

impl Session {
    /// What a manner means to the engine, with what the person chose for all of them.
    pub(super) fn options(&self, manner: &Manner) -> Options {
        let mut options = manner.options();
        let candidates = self.choices.candidates.iter().take(MOST_CANDIDATES);
        let codes = candidates.filter_map(|name| language::code_of(Some(name)).ok().flatten());
        let codes: Vec<_> = codes.filter(|code| code != AUTO).collect();
        if options.language == Language::Detect && !codes.is_empty() {
            options.language = Language::Among(codes);
        }
        let vocabulary = self.choices.vocabulary.trim();
        options.initial_prompt = (!vocabulary.is_empty()).then(|| vocabulary.to_owned());
        options
    }

    /// The language of the next dictation for which none is named: the person's choice among their own.
    pub(super) fn language(&self) -> Option<String> {
        let languages = self.languages();
        let chosen = self.language.as_ref().filter(|chosen| languages.contains(chosen));
        chosen.or_else(|| languages.first()).cloned()
    }

    /// The person's languages, as far as they are known.
    fn languages(&self) -> Vec<String> {
        let named = self.settings.get().anywhere.languages.iter();
        named.filter_map(|name| language::code_of(Some(name)).ok().flatten()).collect()
    }

    /// Goes on to the next of the person's languages; `false` if there is none.
    pub(super) fn next_language(&mut self) -> bool {
        let languages = self.languages();
        let current = self.language();
        let at = languages.iter().position(|language| Some(language) == current.as_ref()).unwrap_or(0);
        let next = languages.get((at + 1) % languages.len().max(1)).cloned();
        let changes = next.is_some() && next != current;
        if changes {
            self.language = next;
            self.banners.close_topic(&Topic::Language);
        } else {
            let text = texts::say_no_other_language();
            self.banners.inform(Topic::Language, text);
        }
        changes
    }

    /// The manner with the language that it is in, if the model that is loaded can do that; otherwise why
    /// not.
    pub(super) fn fitting(&self, manner: Manner) -> Result<Manner, String> {
        let named = manner.language.clone().or_else(|| self.language());
        let language = language::code_of(named.as_deref()).map_err(|error| error.to_string())?;
        let manner = Manner { language, ..manner };
        let Some(model) = self.desk.english_only() else { return Ok(manner) };
        let what = match manner.language.as_deref() {
            _ if manner.translate => "cannot translate".to_owned(),
            None | Some(AUTO | "en") => return Ok(manner),
            Some(code) => format!("does not know {}", language::english_name_of(code)),
        };
        Err(format!("the model {model} knows only English and {what}; choose a multilingual model"))
    }
}
