//! Wishes about dictation that come from outside the window and want an answer.

use super::banners::{Action, Topic};
use super::machine::{Event, State};
use super::reply::{Reply, Taken};
use super::snapshot::Tone;
use super::state::Session;
use crate::bindings;
use crate::texts;
use crate::wish::{Manner, Origin, Wish};
use std::time::{Duration, Instant};

/// How long it is shown that nothing was started.
const NOTICE: Duration = Duration::from_secs(5);

impl Session {
    /// Does what is wished, as things stand at this moment, and answers.
    pub(super) fn carry_out(&mut self, wish: Wish, origin: Origin, reply: Option<&Reply>) {
        let before = self.dictation.state;
        let by_key = matches!(origin, Origin::Key(_));
        let mut pasted = false;
        let mut refusal = None;
        let mut turned = false;
        let mut undone = false;
        match (wish, before) {
            (Wish::Start(_) | Wish::Toggle(_), State::Finishing(_)) => self.say_not_yet(),
            (Wish::Start(manner), _) | (Wish::Toggle(manner), State::Idle(_) | State::Delivering(_)) => {
                refusal = self.start(origin, manner).err();
            }
            (Wish::Stop, _) | (Wish::Toggle(_), State::Arming(_) | State::Recording(_)) => {
                self.drive(Event::Stop);
            }
            (Wish::Cancel, _) => self.drive(Event::Cancel),
            (Wish::Undo, _) => undone = self.undo(),
            (Wish::NextLanguage, _) => turned = self.next_language(),
            (Wish::PasteLast, _) => pasted = self.paste_last(),
        }
        let changed = turned || pasted || undone || self.dictation.state != before;
        // Nobody reads what a key is answered.
        if let Some(why) = refusal.as_ref().filter(|_| by_key || reply.is_none()) {
            self.say_why_not(why);
        }
        if let Some(reply) = reply {
            reply.answer(Taken { changed, refusal, snapshot: self.snapshot() });
        }
    }

    /// Records, if nothing is being recorded or finished, and remembers who wished it.
    ///
    /// # Errors
    /// If it cannot be recorded in this manner; for people.
    pub(super) fn start(&mut self, origin: Origin, manner: Manner) -> Result<(), String> {
        let before = self.dictation.state;
        if matches!(before, State::Arming(_) | State::Recording(_) | State::Finishing(_)) {
            return Ok(());
        }
        let manner = self.fitting(manner)?;
        for topic in [Topic::Language, Topic::Start] {
            self.banners.close_topic(&topic);
        }
        self.wished = (origin, manner);
        self.drive(Event::Start);
        Ok(())
    }

    /// As [`Session::start`]; where that cannot be, the window says why.
    pub(super) fn start_or_say(&mut self, origin: Origin, manner: Manner) {
        if let Err(why) = self.start(origin, manner) {
            self.say_why_not(&why);
        }
    }

    fn say_why_not(&mut self, why: &str) {
        let text = texts::say_nothing_recorded(why);
        self.banners.offer(Topic::Language, Tone::Problem, text, texts::model_choose(), Action::ChooseModel);
    }

    fn say_not_yet(&mut self) {
        let text = texts::say_not_started();
        self.banners.inform_until(Instant::now() + NOTICE, Topic::Start, text);
    }

    /// Takes note of how the keys of the desktop stand, and says which of them do not work.
    pub(super) fn keys_stand(&mut self, report: bindings::Report) {
        match report.problems.is_empty() {
            true => self.banners.close_topic(&Topic::Keys),
            // What was closed stays closed until something else is wrong.
            false if self.keys.problems == report.problems => {}
            false => self.banners.warn(Topic::Keys, report.problems.join(" ")),
        }
        self.keys = report;
    }
}
