//! The states of dictation as a pure function: no clock, thread, device or window.
//!
//! Every recording has a generation. An event that carries another generation than the state's is
//! late and changes nothing, so whatever a cancelled recording still sends is dropped.

/// Number of a recording, counted up by every start and never used twice in a session.
pub type Generation = u64;

/// Where dictation stands. Each state carries the generation it belongs to; `Idle` that of the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing is recorded.
    Idle(Generation),
    /// The microphone is being opened.
    Arming(Generation),
    /// Samples arrive and go to disk.
    Recording(Generation),
    /// The recording is being closed and then transcribed.
    Finishing(Generation),
    /// The text is being handed over.
    Delivering(Generation),
}

/// What can happen to dictation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The person wants to record.
    Start,
    /// The person has spoken.
    Stop,
    /// The person wants no text.
    Cancel,
    /// The person wants the text of this cancelled recording after all.
    Undo(Generation),
    /// The microphone is open and its first samples are here.
    CaptureOpened(Generation),
    /// The microphone could not be opened, and why.
    CaptureFailed(Generation, String),
    /// The microphone went away, and why. What was heard is kept.
    DeviceLost(Generation, String),
    /// The recording is closed and complete.
    Recorded(Generation),
    /// The recording is closed and is to wait without a text.
    Kept(Generation),
    /// The text is there; `empty` if nothing was said.
    Final { generation: Generation, empty: bool },
    /// There will be no text, and why. The recording is kept.
    TranscriptionFailed(Generation, String),
    /// The text was handed over.
    Delivered(Generation),
    /// The text could not be handed over, and why. It stays in the window.
    DeliveryFailed(Generation, String),
}

/// What has to be done after an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Open the microphone and record.
    Record(Generation),
    /// Close the recording after what was said up to now.
    Stop(Generation),
    /// Close the recording at once; it stays on disk.
    Abandon(Generation),
    /// Make the text of the recording.
    Transcribe(Generation),
    /// Stop making the text.
    CancelTranscription(Generation),
    /// Hand the text over.
    Deliver(Generation),
    /// Hand nothing over that was not handed over yet.
    Withdraw,
    /// Tell the person.
    Report(Problem),
}

/// What went wrong, with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The microphone could not be opened.
    NoMicrophone(String),
    /// The microphone went away while recording.
    MicrophoneLost(String),
    /// The recording has no text.
    NoText(Generation, String),
    /// The text is in the window only.
    NotDelivered(String),
}

impl State {
    /// Whether what is said now is recorded, or going to be.
    pub fn listens(self) -> bool {
        matches!(self, Self::Arming(_) | Self::Recording(_))
    }

    /// The generation that the state belongs to.
    pub fn generation(self) -> Generation {
        match self {
            Self::Idle(g)
            | Self::Arming(g)
            | Self::Recording(g)
            | Self::Finishing(g)
            | Self::Delivering(g) => g,
        }
    }
}

impl Event {
    /// The generation that the event speaks of; `None` for wishes of the person, which mean the present one.
    fn generation(&self) -> Option<Generation> {
        match self {
            Self::Start | Self::Stop | Self::Cancel => None,
            Self::Final { generation, .. } => Some(*generation),
            Self::Undo(g)
            | Self::CaptureOpened(g)
            | Self::CaptureFailed(g, _)
            | Self::DeviceLost(g, _)
            | Self::Recorded(g)
            | Self::Kept(g)
            | Self::TranscriptionFailed(g, _)
            | Self::Delivered(g)
            | Self::DeliveryFailed(g, _) => Some(*g),
        }
    }
}

/// The state after `event`, and what to do. Pairs that are not listed change nothing.
pub fn next(state: State, event: Event) -> (State, Vec<Effect>) {
    use State::{Arming, Delivering, Finishing, Idle, Recording};
    if event.generation().is_some_and(|g| g != state.generation()) {
        return (state, Vec::new());
    }
    match (state, event) {
        (Idle(last), Event::Start) => (Arming(last + 1), vec![Effect::Record(last + 1)]),

        (Idle(g), Event::Undo(_)) => (Finishing(g), vec![Effect::Transcribe(g)]),

        (Arming(g), Event::CaptureOpened(_)) => (Recording(g), vec![]),
        // Whoever follows the recording must not wait for it any more, nor speak into the next one.
        (Arming(g) | Finishing(g), Event::CaptureFailed(_, why)) | (Arming(g), Event::DeviceLost(_, why)) => {
            (Idle(g), vec![Effect::Abandon(g), Effect::Report(Problem::NoMicrophone(why))])
        }
        // Samples may be on their way; if there are none, the recorder says so.
        (Arming(g), Event::Stop) => (Finishing(g), vec![Effect::Stop(g)]),
        (Arming(g), Event::Cancel) => (Idle(g), vec![Effect::Abandon(g)]),

        (Recording(g), Event::Stop) => (Finishing(g), vec![Effect::Stop(g)]),
        (Recording(g), Event::Cancel) => (Idle(g), vec![Effect::Abandon(g)]),
        (Recording(g), Event::DeviceLost(_, why)) => {
            (Finishing(g), vec![Effect::Report(Problem::MicrophoneLost(why))])
        }

        // It spoke its last word, and then was gone.
        (Finishing(g), Event::DeviceLost(_, why)) => {
            (Finishing(g), vec![Effect::Report(Problem::MicrophoneLost(why))])
        }
        // A recording can also end by itself, at its longest length.
        (Recording(g) | Finishing(g), Event::Recorded(_)) => (Finishing(g), vec![Effect::Transcribe(g)]),
        (Recording(g) | Finishing(g), Event::Kept(_)) => (Idle(g), vec![]),
        (Finishing(g), Event::Final { empty: false, .. }) => (Delivering(g), vec![Effect::Deliver(g)]),
        (Finishing(g), Event::Final { empty: true, .. }) => (Idle(g), vec![]),
        (Finishing(g), Event::TranscriptionFailed(_, why)) => {
            (Idle(g), vec![Effect::Report(Problem::NoText(g, why))])
        }
        (Finishing(g), Event::Cancel) => (Idle(g), vec![Effect::CancelTranscription(g)]),

        // The text is in the window already: nobody has to wait for a clipboard that hangs.
        (Delivering(g), Event::Start) => (Arming(g + 1), vec![Effect::Record(g + 1)]),
        (Delivering(g), Event::Cancel) => (Idle(g), vec![Effect::Withdraw]),
        (Delivering(g), Event::Delivered(_)) => (Idle(g), vec![]),
        (Delivering(g), Event::DeliveryFailed(_, why)) => {
            (Idle(g), vec![Effect::Report(Problem::NotDelivered(why))])
        }

        (state, _) => (state, vec![]),
    }
}

#[cfg(test)]
mod tests {
    use super::Effect as Do;
    use super::Event::*;
    use super::State::*;
    use super::*;

    fn why() -> String {
        "why".into()
    }

    fn spoken(generation: Generation) -> Event {
        Final { generation, empty: false }
    }

    fn silent(generation: Generation) -> Event {
        Final { generation, empty: true }
    }

    /// Every event that carries a generation.
    fn reports(g: Generation) -> Vec<Event> {
        vec![
            Undo(g),
            CaptureOpened(g),
            CaptureFailed(g, why()),
            DeviceLost(g, why()),
            Recorded(g),
            Kept(g),
            spoken(g),
            silent(g),
            TranscriptionFailed(g, why()),
            Delivered(g),
            DeliveryFailed(g, why()),
        ]
    }

    fn no_microphone(g: Generation) -> Vec<Do> {
        vec![Do::Abandon(g), Do::Report(Problem::NoMicrophone(why()))]
    }

    fn table() -> Vec<(State, Event, State, Vec<Do>)> {
        vec![
            (Idle(6), Start, Arming(7), vec![Do::Record(7)]),
            (Idle(7), Undo(7), Finishing(7), vec![Do::Transcribe(7)]),
            (Arming(7), CaptureOpened(7), Recording(7), vec![]),
            (Arming(7), CaptureFailed(7, why()), Idle(7), no_microphone(7)),
            (Arming(7), DeviceLost(7, why()), Idle(7), no_microphone(7)),
            (Arming(7), Stop, Finishing(7), vec![Do::Stop(7)]),
            (Arming(7), Cancel, Idle(7), vec![Do::Abandon(7)]),
            (Recording(7), Stop, Finishing(7), vec![Do::Stop(7)]),
            (Recording(7), Cancel, Idle(7), vec![Do::Abandon(7)]),
            (
                Recording(7),
                DeviceLost(7, why()),
                Finishing(7),
                vec![Do::Report(Problem::MicrophoneLost(why()))],
            ),
            (Recording(7), Recorded(7), Finishing(7), vec![Do::Transcribe(7)]),
            (Recording(7), Kept(7), Idle(7), vec![]),
            (Finishing(7), CaptureFailed(7, why()), Idle(7), no_microphone(7)),
            (
                Finishing(7),
                DeviceLost(7, why()),
                Finishing(7),
                vec![Do::Report(Problem::MicrophoneLost(why()))],
            ),
            (Finishing(7), Recorded(7), Finishing(7), vec![Do::Transcribe(7)]),
            (Finishing(7), Kept(7), Idle(7), vec![]),
            (Finishing(7), spoken(7), Delivering(7), vec![Do::Deliver(7)]),
            (Finishing(7), silent(7), Idle(7), vec![]),
            (
                Finishing(7),
                TranscriptionFailed(7, why()),
                Idle(7),
                vec![Do::Report(Problem::NoText(7, why()))],
            ),
            (Finishing(7), Cancel, Idle(7), vec![Do::CancelTranscription(7)]),
            (Delivering(7), Start, Arming(8), vec![Do::Record(8)]),
            (Delivering(7), Cancel, Idle(7), vec![Do::Withdraw]),
            (Delivering(7), Delivered(7), Idle(7), vec![]),
            (
                Delivering(7),
                DeliveryFailed(7, why()),
                Idle(7),
                vec![Do::Report(Problem::NotDelivered(why()))],
            ),
        ]
    }

    #[test]
    fn the_table_holds() {
        for (state, event, after, effects) in table() {
            assert_eq!(next(state, event.clone()), (after, effects), "{state:?} {event:?}");
        }
    }

    #[test]
    fn whatever_is_not_in_the_table_changes_nothing() {
        let states = [Idle(7), Arming(7), Recording(7), Finishing(7), Delivering(7)];
        let listed: Vec<_> = table().into_iter().map(|(s, e, ..)| (s, e)).collect();
        for state in states {
            for event in reports(7).into_iter().chain([Stop, Cancel]) {
                if !listed.contains(&(state, event.clone())) {
                    assert_eq!(next(state, event.clone()), (state, vec![]), "{state:?} {event:?}");
                }
            }
        }
        for state in &states[1..4] {
            assert_eq!(next(*state, Start), (*state, vec![]), "a second start while {state:?}");
        }
    }

    #[test]
    fn late_reports_of_another_generation_are_dropped() {
        for state in [Idle(7), Arming(7), Recording(7), Finishing(7), Delivering(7)] {
            for event in reports(6).into_iter().chain(reports(8)) {
                assert_eq!(next(state, event.clone()), (state, vec![]), "{state:?} {event:?}");
            }
        }
    }

    #[test]
    fn a_cancelled_recording_cannot_speak_into_the_next_one() {
        let events = [Start, CaptureOpened(1), Stop, Recorded(1), Cancel, Start, spoken(1), Recorded(1)];
        let end = events.into_iter().fold(Idle(0), |state, event| next(state, event).0);
        assert_eq!(end, Arming(2));
    }
}
