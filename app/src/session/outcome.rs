//! How a dictation ended.

use super::machine::{Event, State};
use crate::texts;

/// How a dictation ended, until the next begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was said.
    NoSpeech,
    /// The text was handed over: put into another app, or on the clipboard.
    HandedOver { inserted: bool },
    /// There is no text, or it is in the window only, and why.
    Failed(String),
}

impl Outcome {
    /// What `event` makes of a dictation that it leaves in `state`. What the person cancels has no
    /// outcome.
    pub fn of(event: &Event, state: State) -> Option<Self> {
        if !matches!(state, State::Idle(_)) {
            return None;
        }
        match event {
            Event::Final { empty: true, .. } => Some(Self::NoSpeech),
            Event::Delivered(_) => Some(Self::HandedOver { inserted: false }),
            Event::CaptureFailed(_, why)
            | Event::DeviceLost(_, why)
            | Event::TranscriptionFailed(_, why)
            | Event::DeliveryFailed(_, why) => Some(Self::Failed(why.clone())),
            Event::Kept(_) => Some(Self::Failed(texts::outcome_no_model().into())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dictation_ends_in_one_way() {
        let why = || "why".to_owned();
        let failed = || Some(Outcome::Failed(why()));
        let table = [
            (Event::Final { generation: 3, empty: true }, State::Idle(3), Some(Outcome::NoSpeech)),
            (Event::Final { generation: 3, empty: false }, State::Delivering(3), None),
            (Event::Delivered(3), State::Idle(3), Some(Outcome::HandedOver { inserted: false })),
            (Event::DeliveryFailed(3, why()), State::Idle(3), failed()),
            (Event::CaptureFailed(3, why()), State::Idle(3), failed()),
            (Event::DeviceLost(3, why()), State::Idle(3), failed()),
            (Event::DeviceLost(3, why()), State::Finishing(3), None),
            (Event::Cancel, State::Idle(3), None),
            (
                Event::Kept(3),
                State::Idle(3),
                Some(Outcome::Failed("kept without a text: choose a model".into())),
            ),
        ];
        for (event, state, outcome) in table {
            assert_eq!(Outcome::of(&event, state), outcome, "{event:?} {state:?}");
        }
    }
}
