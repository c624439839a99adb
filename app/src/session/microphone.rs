//! The microphone as the session knows it: whether it is open, and what its channels give.

use super::machine::Generation;
use super::snapshot::{ChannelsView, MicrophoneState};
use super::state::Session;
use crate::capture::{CaptureError, CaptureEvent};
use crate::settings::Settings;

/// The microphone as the recorders report it.
#[derive(Default)]
pub struct Microphone {
    /// The newest recording for which it was opened, until it is closed.
    open: Option<Generation>,
    levels: Vec<f32>,
    /// The newest recording, and the person's choice for which it was made.
    asked: (Generation, Option<String>),
    channels: Option<WithChannels>,
}

/// A microphone with several channels that was heard.
struct WithChannels {
    /// The person's choice for which it was opened; `None` is the system's default.
    choice: Option<String>,
    /// Its stable id.
    id: String,
    view: ChannelsView,
}

impl Microphone {
    /// A recording begins, from the microphone that the person chose.
    pub fn begins(&mut self, generation: Generation, choice: Option<&str>) {
        self.asked = (generation, choice.map(str::to_owned));
    }

    /// Takes in what the recorder with this number reports.
    pub fn note(&mut self, generation: Generation, event: &CaptureEvent) {
        match event {
            CaptureEvent::Opened(_) => {
                self.open = Some(generation);
                self.levels.clear();
            }
            CaptureEvent::Closed | CaptureEvent::Failed(_)
                if self.open.is_some_and(|open| open <= generation) =>
            {
                self.open = None;
                self.levels.clear();
            }
            CaptureEvent::Level { channels, .. } => {
                self.levels.clone_from(channels);
                if channels.len() == 1 && self.asked.0 == generation {
                    self.channels = None;
                }
            }
            CaptureEvent::Channel { id, channel, decided } if self.asked.0 == generation => {
                let view = ChannelsView { heard: *channel, decided: *decided, chosen: None };
                self.channels = Some(WithChannels { choice: self.asked.1.clone(), id: id.clone(), view });
            }
            _ => {}
        }
    }

    /// The stable id of the microphone whose channels can be chosen, if the person's choice of a microphone is this.
    pub fn with_channels(&self, choice: Option<&str>) -> Option<&str> {
        self.channels_of(choice).map(|of| of.id.as_str())
    }

    /// What the window shows, given the person's choice of a microphone, and of a channel for one, if any.
    pub fn view(&self, choice: Option<&str>, chosen: impl Fn(&str) -> Option<usize>) -> MicrophoneState {
        let channels =
            self.channels_of(choice).map(|of| ChannelsView { chosen: chosen(&of.id), ..of.view.clone() });
        MicrophoneState { open: self.open.is_some(), levels: self.levels.clone(), channels }
    }

    /// The channels of another microphone than the chosen one are no matter.
    fn channels_of(&self, choice: Option<&str>) -> Option<&WithChannels> {
        self.channels.as_ref().filter(|of| of.choice.as_deref() == choice)
    }
}

impl Session {
    /// What the chosen microphone is called, as far as that is known.
    pub(super) fn microphone_name(&self) -> Option<String> {
        let Settings { microphone, microphone_name, .. } = self.settings.get();
        self.listed_name(microphone.as_deref()?).or_else(|| microphone_name.clone())
    }

    /// What a microphone that is there is called.
    pub(super) fn listed_name(&self, id: &str) -> Option<String> {
        let listed = self.lists.microphones.iter().find(|listed| listed.id == id);
        listed.map(|listed| listed.label.clone())
    }

    /// What is wrong, in the words by which the person knows the microphone.
    pub(super) fn by_name(&self, error: CaptureError) -> CaptureError {
        match error {
            CaptureError::Missing(id) if self.settings.get().microphone.as_ref() == Some(&id) => {
                CaptureError::Missing(self.microphone_name().unwrap_or(id))
            }
            error => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{Channel, Opening};
    use CaptureEvent::Closed;

    #[test]
    fn it_is_open_until_the_last_recording_has_closed_it() {
        let mut microphone = Microphone::default();
        let mut open_after = |generation, event| {
            microphone.note(generation, &event);
            microphone.view(None, |_| None).open
        };
        let now = std::time::Instant::now();
        let opened = || CaptureEvent::Opened(Opening { open: now, begins: now });
        assert!(open_after(1, opened()));
        assert!(!open_after(1, Closed));
        assert!(open_after(2, opened()));
        assert!(open_after(3, opened()));
        assert!(open_after(2, Closed), "a late word of an earlier one");
        assert!(!open_after(4, Closed), "taken over and never heard");
    }

    #[test]
    fn channels_are_those_of_the_chosen_microphone() {
        let mut microphone = Microphone::default();
        let heard = Channel { index: 1, of: 2 };
        let several = |id: &str| CaptureEvent::Channel { id: id.into(), channel: heard, decided: true };
        let level = |channels: &[f32]| CaptureEvent::Level {
            elapsed: std::time::Duration::ZERO,
            peak: 0.5,
            channels: channels.to_vec(),
        };
        microphone.begins(1, None);
        microphone.note(1, &several("desk"));
        microphone.note(1, &level(&[0.1, 0.5]));
        let shown = |microphone: &Microphone, choice| microphone.view(choice, |_| Some(0)).channels;
        assert_eq!(shown(&microphone, None), Some(ChannelsView { heard, decided: true, chosen: Some(0) }));
        assert_eq!(microphone.with_channels(None), Some("desk"));
        assert_eq!(shown(&microphone, Some("headset")), None, "another was chosen since");
        assert_eq!(microphone.with_channels(Some("headset")), None);
        microphone.begins(2, Some("headset"));
        microphone.note(1, &several("desk"));
        assert_eq!(shown(&microphone, Some("headset")), None, "a late word of an earlier one");
        microphone.note(2, &several("headset"));
        assert_eq!(microphone.with_channels(Some("headset")), Some("headset"));
        microphone.begins(3, None);
        microphone.note(3, &level(&[0.5]));
        assert_eq!(shown(&microphone, None), None, "the default is another one now, which has one channel");
    }
}
