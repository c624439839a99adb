//! The windows of one recording in the fast way, from the plan to the transcript.
//!
//! They may be decoded in any company and come back in any order; into the transcript they go in the
//! order of the recording, each as soon as those before it are there.
//!
//! The rules are those of the default way, with one difference at a window's end. There, the reference
//! goes back to the last timestamp and begins the next window with what it left; here the next window
//! may be under way already. As windows end in pauses, nearly always nothing is left. Where the
//! decoding did end early, and there is more than a second of speech between its last timestamp and the
//! window's end, that rest becomes a window of its own, the next to be given out. (With word times,
//! too, it is the timestamp that counts, so that asking for them does not change the text.)

use super::Event;
use super::plan::{self, Stretch};
use super::recording::Recording;
use super::stages::{Decoded, Stages};
use super::window::Window;
use crate::dims::HOP;
use crate::error::EngineError;
use crate::metrics::AudioTime;
use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

/// A recording and its windows on their way.
pub(crate) struct Chain<'a> {
    pub(crate) recording: Recording<'a>,
    /// Windows that were not given out yet, as ranges of mel frames.
    planned: VecDeque<Range<usize>>,
    /// What is behind the transcript and before the plan, by the mel frame at which it begins.
    links: BTreeMap<usize, Link>,
}

/// A window on its way.
enum Link {
    /// What another one left.
    Rest(Window),
    UnderWay,
    Decoded(Box<Decoded>),
}

impl<'a> Chain<'a> {
    pub(crate) fn new(mut recording: Recording<'a>) -> Self {
        let listened = &recording.listened;
        let mut planned = VecDeque::new();
        for stretch in plan::stretches(listened.frames, listened.speech(), &listened.lulls) {
            match stretch {
                Stretch::Skipped(silence) => recording.note(silence),
                Stretch::Window(range) => planned.push_back(range),
            }
        }
        Self { recording, planned, links: BTreeMap::new() }
    }

    /// Whether everything is in the transcript.
    pub(crate) fn is_over(&self) -> bool {
        self.planned.is_empty() && self.links.is_empty()
    }

    /// Windows that can be given out now.
    pub(crate) fn at_hand(&self) -> usize {
        let rests = self.links.values().filter(|link| matches!(link, Link::Rest(_))).count();
        self.planned.len() + rests
    }

    /// Mel frames that are not in the transcript.
    pub(crate) fn remaining(&self) -> usize {
        let first = self.links.keys().next().copied();
        let first = first.or(self.planned.front().map(|range| range.start));
        first.map_or(0, |first| self.recording.listened.frames.saturating_sub(first))
    }

    /// Reads on, at most about `most` samples, until the next window can be given out; whether it can.
    pub(crate) fn approach(&mut self, most: usize) -> Result<bool, EngineError> {
        let Some(next) = self.planned.front() else { return Ok(true) };
        self.recording.listened.approach(next.start, next.len(), most)
    }

    /// Gives out the next window; `None` if there is none at the moment.
    pub(crate) fn next(
        &mut self,
        stages: &mut Stages<'a>,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<Option<Window>, EngineError> {
        for link in self.links.values_mut() {
            if matches!(link, Link::Rest(_))
                && let Link::Rest(window) = std::mem::replace(link, Link::UnderWay)
            {
                return Ok(Some(window));
            }
        }
        let Some(Range { start, end }) = self.planned.pop_front() else { return Ok(None) };
        self.recording.settle_language(start, stages, on_event)?;
        let window = self.recording.window(start, end - start)?;
        self.links.insert(start, Link::UnderWay);
        Ok(Some(window))
    }

    /// Takes back a window that was given out, with what it became.
    pub(crate) fn give_back(&mut self, window: &Window, decoded: Decoded, on_event: &mut dyn FnMut(Event)) {
        if let Some(rest) = self.rest(window, &decoded) {
            self.links.insert(rest.seek, Link::Rest(rest));
        }
        self.links.insert(window.seek, Link::Decoded(Box::new(decoded)));
        while let Some(first) = self.links.first_entry() {
            if !matches!(first.get(), Link::Decoded(_)) {
                break;
            }
            if let Link::Decoded(decoded) = first.remove() {
                let end = decoded.seek + decoded.frames;
                self.recording.take(*decoded, on_event);
                // A rest lies inside the window that left it.
                let done = self.links.keys().next().map_or(end, |next| end.min(*next));
                on_event(Event::Progress(AudioTime::from_samples(done * HOP)));
            }
        }
    }

    /// What the decoding of a window left of its speech, if it is worth a window of its own.
    fn rest(&self, window: &Window, decoded: &Decoded) -> Option<Window> {
        let Window { seek, frames, mel, .. } = window;
        let advance = self.recording.advance(decoded)?;
        let rest = plan::rest(*seek..seek + frames, advance, self.recording.listened.speech())?;
        let (seek, frames) = (rest.start, rest.len());
        let speaks = self.recording.speaks(seek, frames);
        Some(Window { seek, frames, mel: mel.part(advance, frames), speaks })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::{AudioFile, Samples};
    use crate::model::{Model, ModelSpec};
    use crate::transcribe::listen::Source;
    use crate::transcribe::{Options, Way, transcribe};
    use crate::{Cancel, Precision, Whisper};
    use std::path::Path;

    /// Backwards, so that the decoder leaves rests.
    fn nonsense() -> Samples {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/demo/samples/multi02.wav");
        let (file, mut samples) = (AudioFile::open(&path, None).unwrap(), Vec::new());
        let mut stream = crate::audio::AudioSource::open(&file).unwrap();
        while stream.next_block(&mut samples).unwrap() {}
        samples.reverse();
        Samples(samples.repeat(3).into())
    }

    #[test]
    fn windows_may_come_back_in_any_order() {
        let model = Model::load(&ModelSpec::parse("demo")).unwrap();
        let mut whisper = Whisper::new(model, 2, Precision::F32).unwrap();
        let (audio, cancel) = (nonsense(), Cancel::new());
        let options = Options { way: Way::Fast, word_timestamps: true, ..Options::default() };
        let expected = transcribe(&mut whisper, &audio, &options, &cancel, &mut |_| ()).unwrap().0;

        let mut stages = Stages::new(&mut whisper, &cancel);
        let mut progress = Vec::new();
        let mut on_event = |event| {
            if let Event::Progress(time) = event {
                progress.push(time.seconds());
            }
        };
        let recording = Recording::listen(Source::Lent(&audio), options, &stages, &mut on_event).unwrap();
        let mut chain = Chain::new(recording);
        let (mut given_out, mut rounds) = (Vec::new(), 0);
        while !chain.is_over() {
            while let Some(window) = chain.next(&mut stages, &mut on_event).unwrap() {
                given_out.push(window);
            }
            // The last one first, and what it leaves before anything else comes back.
            let window = given_out.pop().expect("a chain that is not over has windows on their way");
            let decoded = stages.pass(&[(&window, chain.recording.rules())]).unwrap();
            chain.give_back(&window, decoded.into_iter().next().unwrap(), &mut on_event);
            rounds += 1;
        }
        assert_eq!(chain.recording.finish().0, expected);
        assert!(rounds > 3, "three windows and at least a rest");
        assert!(progress.is_sorted(), "{progress:?}");
    }
}
