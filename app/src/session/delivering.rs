//! The text of a dictation on its way to an app or the clipboard, and what became of it.

use super::banners::{Action, Topic};
use super::dictation::Text;
use super::machine::{Event, Generation, State};
use super::outcome::Outcome;
use super::snapshot::Tone;
use super::state::Session;
use crate::delivery::{Aim, Delivered, Done, NotInserted, Order, Withdrawal};
use crate::text::sentence;
use crate::texts;
use crate::wish::Origin;

impl Session {
    /// Sends the text of the dictation on its way.
    pub(super) fn deliver(&mut self, generation: Generation) {
        let aim = match &self.dictation.origin {
            Origin::Window => Aim::Clipboard,
            Origin::Key(focus) | Origin::Socket(focus) => Aim::Window(focus.clone()),
        };
        let Some(order) = self.order(generation, aim) else { return };
        self.dictation.withdrawal = order.withdrawn.clone();
        if let Err(why) = self.outbox.delivery.deliver(order) {
            self.drive(Event::DeliveryFailed(generation, why));
        }
    }

    /// Inserts the last text where the focus is. Says whether there is one.
    pub(super) fn paste_last(&mut self) -> bool {
        let Some(text) = &self.dictation.text else { return false };
        let Some(order) = self.order(text.generation, Aim::Here) else { return false };
        if let Err(why) = self.outbox.delivery.deliver(order) {
            self.offer_copy(texts::say_not_pasted(why), self.dictated());
        }
        true
    }

    /// The last text, for a destination.
    fn order(&self, generation: Generation, aim: Aim) -> Option<Order> {
        let Text { finished, delivered, .. } = self.dictation.text.as_ref()?;
        let heard = finished.transcript.text.trim();
        let again = aim == Aim::Here;
        let text = delivered.as_deref().filter(|_| again).unwrap_or(heard).to_owned();
        let spoken = &finished.transcript.language;
        let language = if self.dictation.manner.translate { "en" } else { spoken.as_str() };
        let language = Some(language.to_owned()).filter(|code| !code.is_empty());
        let anywhere = &self.settings.get().anywhere;
        Some(Order {
            generation,
            text,
            language,
            rules: anywhere.rules.clone(),
            choices: anywhere.delivery.clone(),
            aim,
            enter: self.dictation.manner.enter && !again,
            withdrawn: Withdrawal::default(),
        })
    }

    /// The last finished text, as it was delivered or is going to be.
    pub(super) fn dictated(&self) -> String {
        self.dictation.text.as_ref().map(Text::text).unwrap_or_default()
    }

    /// A text has arrived somewhere, or nowhere.
    pub(super) fn has_arrived(&mut self, delivered: Delivered) {
        let Delivered { generation, applied, done, again, problem } = delivered;
        let text = applied.text.clone();
        if !again {
            self.keep_delivered(generation, &text);
        }
        if let Some(last) =
            self.dictation.text.as_mut().filter(|last| last.generation == generation && !again)
        {
            last.deliver(applied.text);
        }
        let mut problems = applied.problems;
        problems.extend(problem);
        let outcome = outcome(&done, problems.first());
        match done {
            Done::Inserted | Done::Copied | Done::Kept => {
                self.banners.close_topic(&Topic::Clipboard);
                self.has_left(generation, again, outcome);
            }
            Done::CopiedInstead(why) => {
                let said = [&because(&why), texts::say_on_clipboard(), texts::say_paste_last()].join(" ");
                self.banners.inform(Topic::Clipboard, said);
                self.has_left(generation, again, outcome);
            }
            Done::KeptOnly(why) => {
                let said = [&because(&why), texts::say_paste_last()].join(" ");
                self.banners.offer(Topic::Clipboard, Tone::Info, said, texts::copy(), Action::Copy(text));
                self.has_left(generation, again, outcome);
            }
            Done::NotCopied(why) if !again && self.dictation.state == State::Delivering(generation) => {
                self.drive(Event::DeliveryFailed(generation, why));
            }
            Done::NotCopied(why) => {
                let why = texts::say_never_copied(why);
                self.offer_copy(why, text);
            }
        }
        if !problems.is_empty() {
            self.banners.warn(Topic::Delivery, sentence(&problems.join("; ")));
        }
    }

    fn has_left(&mut self, generation: Generation, again: bool, outcome: Option<Outcome>) {
        if !again {
            self.drive(Event::Delivered(generation));
        }
        if self.dictation.state == State::Idle(generation) {
            self.dictation.outcome = outcome;
        }
    }
}

/// What somebody who looks at another app has to know.
fn outcome(done: &Done, problem: Option<&String>) -> Option<Outcome> {
    match done {
        Done::Inserted => problem
            .map(|problem| Outcome::Failed(texts::outcome_inserted_but(problem)))
            .or(Some(Outcome::HandedOver { inserted: true })),
        Done::Copied => problem
            .map(|problem| Outcome::Failed(texts::outcome_copied_but(problem)))
            .or(Some(Outcome::HandedOver { inserted: false })),
        Done::CopiedInstead(why) => Some(Outcome::Failed(texts::outcome_copied_instead(why.to_string()))),
        Done::KeptOnly(why) => Some(Outcome::Failed(texts::outcome_not_inserted(why.to_string()))),
        Done::NotCopied(why) => Some(Outcome::Failed(why.clone())),
        Done::Kept => None,
    }
}

fn because(why: &NotInserted) -> String {
    texts::say_not_inserted(why.to_string())
}
