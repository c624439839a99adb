//! Several recordings in the reference's order, two of them by turns: while the decoder works on a window of one, an
//! encoder with hardware of its own works on the next window of the other.
//!
//! A recording alone has nothing to overlap in that order, because each of its windows begins where the decoding of
//! the one before ended. Nothing changes within a recording: it has the same windows with the same prompts, so its text
//! is the same to the bit, alone and in company. It comes later than it would alone, and the next one earlier.

use super::in_order::{Next, go_on, next, take};
use super::listen::Source;
use super::recording::Recording;
use super::stages::Stages;
use super::window::Window;
use super::{News, Options, Way};
use crate::audio::AudioSource;
use crate::cancel::Cancel;
use crate::error::{EngineError, guarded};
use crate::whisper::Whisper;
use std::collections::VecDeque;
use std::iter::once;
use std::time::Instant;

/// One that is decoded and one that is encoded: more of them would only come later.
const MOST_RECORDINGS: usize = 2;

/// Transcribes recordings in the reference's order, each as [`super::transcribe`] does. `next` is asked for a recording
/// whenever there is something for the encoder to do beside the decoder, or nothing else to do; they are numbered from 0
/// in the order in which it gives them. A recording that cannot be read ends alone.
///
/// # Errors
/// [`EngineError`] if cancelled or the backend failed: the end of all recordings that have not ended.
pub fn transcribe_in_turn(
    whisper: &mut Whisper,
    next: &mut dyn FnMut() -> Option<(Box<dyn AudioSource>, Options)>,
    cancel: &Cancel,
    on_news: &mut dyn FnMut(usize, News),
) -> Result<(), EngineError> {
    Turns { stages: Stages::new(whisper, cancel), lanes: VecDeque::new(), number: 0, on_news }.run(next)
}

/// A recording and how far it is.
struct Lane<'a> {
    number: usize,
    recording: Recording<'a>,
    seek: usize,
}

/// Recordings that take turns.
struct Turns<'a, 'n> {
    stages: Stages<'a>,
    /// Those that have not ended, oldest first.
    lanes: VecDeque<Lane<'a>>,
    /// The number of the next one.
    number: usize,
    on_news: &'n mut dyn FnMut(usize, News),
}

/// Where recordings come from.
type Supply<'s> = &'s mut dyn FnMut() -> Option<(Box<dyn AudioSource>, Options)>;

impl Turns<'_, '_> {
    /// Transcribes all that comes until nothing is under way and nothing more comes.
    fn run(mut self, supply: Supply<'_>) -> Result<(), EngineError> {
        let mut ahead = None;
        loop {
            self.stages.cancel.check()?;
            let turn = match ahead.take() {
                Some(turn) => Some(turn),
                None => self.draw(supply, None)?,
            };
            let Some((number, window)) = turn else { return Ok(()) };
            let encoded = self.stages.encode_all(once(&window))?;
            if self.stages.works_beside() {
                ahead = self.draw(supply, Some(number))?;
                self.stages.begin(ahead.iter().map(|(_, window)| window));
            }
            let Some(lane) = self.lanes.iter_mut().find(|lane| lane.number == number) else { continue };
            let asked = [(&window, lane.recording.rules())];
            let decoded = self.stages.decode_all(&asked, &encoded)?;
            let on_event = &mut |event| (self.on_news)(number, News::Event(event));
            let end = take(&mut lane.recording, &window, decoded, on_event);
            lane.seek = go_on(&lane.recording, lane.seek, end, on_event);
            self.dismiss();
        }
    }

    /// The next window of any recording but that one, with its recording's number.
    fn draw(
        &mut self,
        supply: Supply<'_>,
        but: Option<usize>,
    ) -> Result<Option<(usize, Window)>, EngineError> {
        let numbers: Vec<_> = self.lanes.iter().map(|lane| lane.number).collect();
        for number in numbers {
            if Some(number) != but
                && let Some(window) = self.window(number)?
            {
                return Ok(Some((number, window)));
            }
        }
        while self.lanes.len() < MOST_RECORDINGS {
            let Some((source, options)) = supply() else { break };
            let number = self.admit(source, options)?;
            if let Some(window) = self.window(number)? {
                return Ok(Some((number, window)));
            }
        }
        Ok(None)
    }

    /// Listens to a recording, which has its turn from then on.
    fn admit(&mut self, source: Box<dyn AudioSource>, options: Options) -> Result<usize, EngineError> {
        let number = self.number;
        self.number += 1;
        let on_event = &mut |event| (self.on_news)(number, News::Event(event));
        let strict = options.way == Way::Strict;
        let listened = guarded(|| {
            let mut recording = Recording::listen(Source::Own(source), options, &self.stages, on_event)?;
            if strict {
                recording.settle_language(0, &mut self.stages, on_event)?;
            }
            Ok(recording)
        });
        match listened {
            Ok(recording) => self.lanes.push_back(Lane { number, recording, seek: 0 }),
            Err(error) => self.fail(number, error)?,
        }
        Ok(number)
    }

    /// The next window of a recording; `None` if it has ended.
    fn window(&mut self, number: usize) -> Result<Option<Window>, EngineError> {
        while let Some(lane) = self.lanes.iter_mut().find(|lane| lane.number == number) {
            if lane.seek >= lane.recording.listened.frames {
                self.dismiss();
                return Ok(None);
            }
            let start = Instant::now();
            let on_event = &mut |event| (self.on_news)(number, News::Event(event));
            let found = guarded(|| next(&mut lane.recording, lane.seek, &mut self.stages, on_event));
            lane.recording.timings.processing += start.elapsed().into();
            match found {
                Ok(Next::Window(window)) => return Ok(Some(window)),
                Ok(Next::Silence(end)) => lane.seek = go_on(&lane.recording, lane.seek, end, on_event),
                Err(error) => {
                    self.lanes.retain(|lane| lane.number != number);
                    self.fail(number, error)?;
                }
            }
        }
        Ok(None)
    }

    /// Lets go those of whom everything is transcribed.
    fn dismiss(&mut self) {
        let is_over = |lane: &Lane<'_>| lane.seek >= lane.recording.listened.frames;
        while let Some(place) = self.lanes.iter().position(is_over)
            && let Some(lane) = self.lanes.remove(place)
        {
            (self.on_news)(lane.number, News::Ended(Ok(lane.recording.finish())));
        }
    }

    /// The end of one recording, if the error is its own, or of all if they were asked to stop.
    fn fail(&mut self, number: usize, error: EngineError) -> Result<(), EngineError> {
        if matches!(error, EngineError::Cancelled(_)) {
            return Err(error);
        }
        (self.on_news)(number, News::Ended(Err(error)));
        Ok(())
    }
}
