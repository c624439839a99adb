//! A recording on its way through the engine, in pieces that others can come between.

use super::turns::Wish;
use crate::dims::{HOP, SAMPLE_RATE_HZ, WINDOW_FRAMES};
use crate::error::EngineError;
use crate::metrics::{AudioTime, Timings, WallTime};
use crate::transcribe::chain::Chain;
use crate::transcribe::in_order::{self, Next};
use crate::transcribe::listening::{Listening, Reading};
use crate::transcribe::recording::Recording;
use crate::transcribe::stages::{Decoded, Stages};
use crate::transcribe::window::{Rules, Window};
use crate::transcribe::{Event, Options, Way};
use crate::transcript::Transcript;

/// Samples that are read in one turn: some ten milliseconds' work.
pub(super) const PIECE: usize = 8 * SAMPLE_RATE_HZ;

/// How far a recording is.
pub(super) enum Course<'a> {
    /// It is read for the first time; this is what is asked of it.
    Listening(Box<Listening<'a>>, Options),
    /// It goes through in the reference's order.
    InOrder(Box<InOrder<'a>>),
    /// Its windows do not wait for each other; `true` when the next one is at hand.
    Fast(Box<Chain<'a>>, bool),
}

/// A recording in the reference's order.
pub(super) struct InOrder<'a> {
    recording: Recording<'a>,
    /// Mel frame of the next window.
    seek: usize,
    /// Whether that window's frames are at hand.
    at_hand: bool,
    /// Whether it is under way.
    under_way: bool,
    /// Whether the language is settled that the strict way asks for first, of an empty recording, too.
    begun: bool,
}

impl<'a> Course<'a> {
    /// What it wants next.
    pub(super) fn wish(&self) -> Wish {
        let windows = |windows, recording: &Recording<'_>| {
            let rows = recording.options.rows();
            if windows == 0 { Wish::Nothing } else { Wish::Encode { windows, rows } }
        };
        match self {
            Self::Listening(..) => Wish::Read,
            Self::InOrder(course) if course.under_way || course.is_over() => Wish::Nothing,
            Self::InOrder(course) if course.at_hand => windows(1, &course.recording),
            Self::Fast(chain, at_hand) if *at_hand || chain.at_hand() == 0 => {
                windows(chain.at_hand(), &chain.recording)
            }
            Self::InOrder(_) | Self::Fast(..) => Wish::Read,
        }
    }

    /// What reads it for the first time, if it is being read.
    pub(super) fn reading(&mut self) -> Option<&mut Reading> {
        if let Self::Listening(listening, _) = self { Some(listening.reading()) } else { None }
    }

    /// Goes on behind a piece that was read: with what comes behind the first pass, if that is over, or towards
    /// the next window.
    pub(super) fn go_on(
        self,
        stages: &Stages<'a>,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<Self, EngineError> {
        match self {
            Self::Listening(mut listening, options) => {
                on_event(Event::Listened(listening.read()));
                if listening.is_not_over()? {
                    return Ok(Self::Listening(listening, options));
                }
                let way = options.way;
                let recording = Recording::heard(*listening, options, stages, on_event);
                Ok(match way {
                    Way::Fast => Self::Fast(Chain::new(recording).into(), false),
                    Way::Default | Way::Strict => Self::InOrder(InOrder::new(recording).into()),
                })
            }
            Self::InOrder(mut course) => course.approach(on_event).map(|()| Self::InOrder(course)),
            Self::Fast(mut chain, _) => chain.approach(PIECE).map(|at_hand| Self::Fast(chain, at_hand)),
        }
    }

    /// Gives out the next window, which is at hand, and how it is to be decoded.
    pub(super) fn next(
        &mut self,
        stages: &mut Stages<'a>,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<Option<(Window, Rules)>, EngineError> {
        match self {
            Self::Listening(..) => Ok(None),
            Self::InOrder(course) => course.next(stages, on_event),
            Self::Fast(chain, at_hand) => {
                let window = chain.next(stages, on_event)?;
                *at_hand = chain.approach(0)?;
                Ok(window.map(|window| (window, chain.recording.rules())))
            }
        }
    }

    /// Takes back a window that was given out, with what it became.
    pub(super) fn give_back(&mut self, window: &Window, decoded: Decoded, on_event: &mut dyn FnMut(Event)) {
        match self {
            Self::Listening(..) => {}
            Self::InOrder(course) => course.give_back(decoded, on_event),
            Self::Fast(chain, _) => chain.give_back(window, decoded, on_event),
        }
    }

    /// Whether everything is in the transcript.
    pub(super) fn is_over(&self) -> bool {
        match self {
            Self::Listening(..) => false,
            Self::InOrder(course) => course.is_over(),
            Self::Fast(chain, _) => chain.is_over(),
        }
    }

    /// Whether a window is all that is left of it.
    pub(super) fn is_short(&self) -> bool {
        let left = self.remaining().seconds();
        left > 0.0 && left <= (WINDOW_FRAMES * HOP) as f64 / SAMPLE_RATE_HZ as f64
    }

    /// Audio that is still to be transcribed, as far as that is known.
    pub(super) fn remaining(&self) -> AudioTime {
        let frames = match self {
            Self::Listening(listening, _) => return listening.stated_length(),
            Self::InOrder(course) => course.recording.listened.frames.saturating_sub(course.seek),
            Self::Fast(chain, _) => chain.remaining(),
        };
        AudioTime::from_samples(frames * HOP)
    }

    /// Time in the spectrogram up to now.
    pub(super) fn mel_time(&self) -> WallTime {
        match self {
            Self::Listening(listening, _) => listening.mel_time(),
            Self::InOrder(course) => course.recording.listened.mel_time,
            Self::Fast(chain, _) => chain.recording.listened.mel_time,
        }
    }

    /// Adds time that was spent on it alone.
    pub(super) fn charge(&mut self, time: WallTime) {
        match self {
            Self::Listening(..) => {}
            Self::InOrder(course) => course.recording.timings.processing += time,
            Self::Fast(chain, _) => chain.recording.timings.processing += time,
        }
    }

    /// The whole transcript, and where the time went; `None` if it is not over.
    pub(super) fn finish(self, on_event: &mut dyn FnMut(Event)) -> Option<(Transcript, Timings)> {
        let recording = match self {
            Self::Listening(..) => return None,
            Self::InOrder(course) => course.recording,
            Self::Fast(chain, _) => {
                let all = AudioTime::from_samples(chain.recording.listened.frames * HOP);
                on_event(Event::Progress(all));
                chain.recording
            }
        };
        Some(recording.finish())
    }
}

impl<'a> InOrder<'a> {
    fn new(recording: Recording<'a>) -> Self {
        let begun = recording.options.way != Way::Strict;
        Self { recording, seek: 0, at_hand: !begun, under_way: false, begun }
    }

    fn is_over(&self) -> bool {
        self.begun && self.seek >= self.recording.listened.frames
    }

    /// Passes over silence, and reads a piece on the way to the next window.
    fn approach(&mut self, on_event: &mut dyn FnMut(Event)) -> Result<(), EngineError> {
        while !self.is_over() {
            let Some(end) = in_order::silence(&mut self.recording, self.seek) else {
                let listened = &mut self.recording.listened;
                let frames = (listened.frames - self.seek).min(WINDOW_FRAMES);
                self.at_hand = listened.approach(self.seek, frames, PIECE)?;
                return Ok(());
            };
            self.seek = in_order::go_on(&self.recording, self.seek, end, on_event);
        }
        Ok(())
    }

    fn next(
        &mut self,
        stages: &mut Stages<'a>,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<Option<(Window, Rules)>, EngineError> {
        self.at_hand = false;
        if !self.begun {
            self.recording.settle_language(0, stages, on_event)?;
            self.begun = true;
        }
        if self.is_over() {
            return Ok(None);
        }
        Ok(match in_order::next(&mut self.recording, self.seek, stages, on_event)? {
            Next::Window(window) => {
                self.under_way = true;
                Some((window, self.recording.rules()))
            }
            Next::Silence(end) => {
                self.seek = in_order::go_on(&self.recording, self.seek, end, on_event);
                None
            }
        })
    }

    fn give_back(&mut self, decoded: Decoded, on_event: &mut dyn FnMut(Event)) {
        let end = self.recording.take(decoded, on_event);
        self.seek = in_order::go_on(&self.recording, self.seek, end, on_event);
        self.under_way = false;
    }
}
