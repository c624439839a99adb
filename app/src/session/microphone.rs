//! The microphone as the session knows it: whether it is open, and what its channels give.

use super::machine::Generation;
use super::snapshot::{ChannelsView, MicrophoneState};
use crate::capture::CaptureEvent;

/// The microphone as the recorders report it.
#[derive(Default)]
pub struct Microphone {
    /// The newest recording for which it was opened, until it is closed.
    open: Option<Generation>,
    levels: Vec<f32>,
    /// The microphone with several channels that was heard last, and its stable id.
    channels: Option<(String, ChannelsView)>,
}

impl Microphone {
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
            CaptureEvent::Level { channels, .. } => self.levels.clone_from(channels),
            CaptureEvent::Channel { id, channel, decided } => {
                let view = ChannelsView { heard: *channel, decided: *decided, chosen: None };
                self.channels = Some((id.clone(), view));
            }
            _ => {}
        }
    }

    /// The stable id of the microphone whose channels can be chosen.
    pub fn with_channels(&self) -> Option<&str> {
        self.channels.as_ref().map(|(id, _)| id.as_str())
    }

    /// What the window shows, given the channel that the person chose for a microphone, if any.
    pub fn view(&self, chosen: impl Fn(&str) -> Option<usize>) -> MicrophoneState {
        MicrophoneState {
            open: self.open.is_some(),
            levels: self.levels.clone(),
            channels: self.channels.clone().map(|(id, view)| ChannelsView { chosen: chosen(&id), ..view }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::Opening;
    use CaptureEvent::Closed;

    #[test]
    fn it_is_open_until_the_last_recording_has_closed_it() {
        let mut microphone = Microphone::default();
        let mut open_after = |generation, event| {
            microphone.note(generation, &event);
            microphone.view(|_| None).open
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
}
