//! The list of recordings that are to be transcribed once more.

use super::snapshot::RetryView;
use super::transcription::Growing;
use crate::history::EntryId;
use crate::models::Choice;
use std::collections::VecDeque;

/// What is to be transcribed again.
#[derive(Default)]
pub struct Retries {
    /// The first may be under way.
    pub(super) wanted: VecDeque<Retry>,
    pub(super) running: bool,
    pub(super) growing: Growing,
    /// The model that is loaded in place of the person's choice.
    pub(super) lent: Option<Choice>,
    /// What an earlier start left, until the history is there: entries, and the models' names.
    pub(super) left_over: Vec<(EntryId, Option<String>)>,
    /// As it was written last.
    pub(super) written: Vec<(EntryId, Option<String>)>,
}

pub(super) struct Retry {
    pub id: EntryId,
    /// `None` is the person's choice at that time.
    pub model: Option<Choice>,
}

impl Retries {
    /// Whether nothing is to be done, and the person's own model is loaded.
    pub fn is_at_rest(&self) -> bool {
        self.wanted.is_empty() && self.lent.is_none()
    }

    /// How it stands with each.
    pub fn views(&self) -> Vec<RetryView> {
        let view = |(place, retry): (usize, &Retry)| RetryView {
            id: retry.id,
            model: retry.model.as_ref().map(|model| model.name.clone()),
            progress: (self.running && place == 0).then(|| self.growing.share()),
        };
        self.wanted.iter().enumerate().map(view).collect()
    }

    /// What is to be kept for the next start: entries, and the models' names.
    pub fn to_keep(&self) -> Vec<(EntryId, Option<String>)> {
        let wanted = |retry: &Retry| (retry.id, retry.model.as_ref().map(|model| model.name.clone()));
        self.left_over.iter().cloned().chain(self.wanted.iter().map(wanted)).collect()
    }

    /// What is under way is told from here on.
    pub fn growing(&mut self) -> &mut Growing {
        &mut self.growing
    }

    /// Takes the first away.
    pub(super) fn drop_first(&mut self) {
        self.running = false;
        self.wanted.pop_front();
    }
}
