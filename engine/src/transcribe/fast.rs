//! The fast way: windows are cut at pauses beforehand ([`super::plan`]) and go through encoder and
//! decoder in batches, those of several recordings together if one has too few of them.
//!
//! A window's text does not depend on the others in its batch, nor on the text before it. So a
//! recording becomes the same transcript alone and in any company. Batches are filled from the
//! recordings in the order in which they came, and the next one is asked for when there is room: no
//! more of them are held at once than there are windows in a batch. Where the encoder has hardware of its
//! own, it works on the next batch while the decoder works on this one.

use super::chain::Chain;
use super::listen::Source;
use super::recording::Recording;
use super::stages::{Encoded, Stages};
use super::window::Window;
use super::{Event, News, Options, Way};
use crate::audio::AudioSource;
use crate::cancel::Cancel;
use crate::dims::HOP;
use crate::error::{EngineError, guarded};
use crate::metrics::{AudioTime, Timings};
use crate::transcript::Transcript;
use crate::whisper::Whisper;
use std::collections::BTreeMap;
use std::time::Instant;

/// As many windows as share a pass over the decoder's weights.
const MOST_WINDOWS: usize = 8;
/// Memory for what the decoder looks up in the windows of a batch: large models take less at once.
const MOST_BYTES: usize = 1 << 30;

/// Transcribes recordings in the fast way, whatever way their options name, with windows of several
/// of them in one batch. `next` is asked for a recording whenever a batch has room for more than
/// there is; they are numbered from 0 in the order in which it gives them. A recording that cannot be
/// read ends alone.
///
/// # Errors
/// [`EngineError`] if cancelled or the backend failed: the end of all recordings that have not ended.
pub fn transcribe_together(
    whisper: &mut Whisper,
    next: &mut dyn FnMut() -> Option<(Box<dyn AudioSource>, Options)>,
    cancel: &Cancel,
    on_news: &mut dyn FnMut(usize, News),
) -> Result<(), EngineError> {
    let mut next = || next().map(|(source, options)| (Source::Own(source), options));
    Company::new(Stages::new(whisper, cancel), on_news).run(&mut next)
}

/// The same for one recording that nobody joins.
pub(super) fn transcribe_alone<'a>(
    stages: Stages<'a>,
    audio: &'a dyn AudioSource,
    options: &Options,
    on_event: &mut dyn FnMut(Event),
) -> Result<(Transcript, Timings), EngineError> {
    let mut ended = None;
    let mut only = Some((Source::Lent(audio), options.clone()));
    let mut on_news = |_, news| match news {
        News::Event(event) => on_event(event),
        News::Ended(result) => ended = Some(result),
    };
    Company::new(stages, &mut on_news).run(&mut || only.take())?;
    ended.unwrap_or_else(|| Err(EngineError::Defect("a recording has no end".into())))
}

/// Recordings that share batches.
struct Company<'a, 'n> {
    stages: Stages<'a>,
    /// Those that have not ended, by number.
    members: BTreeMap<usize, Chain<'a>>,
    /// The number of the next one.
    number: usize,
    on_news: &'n mut dyn FnMut(usize, News),
}

/// Where recordings come from.
type Supply<'a, 's> = &'s mut dyn FnMut() -> Option<(Source<'a>, Options)>;

impl<'a, 'n> Company<'a, 'n> {
    fn new(stages: Stages<'a>, on_news: &'n mut dyn FnMut(usize, News)) -> Self {
        Self { stages, members: BTreeMap::new(), number: 0, on_news }
    }

    /// Transcribes all that comes until nothing is under way and nothing more comes.
    fn run(mut self, next: Supply<'a, '_>) -> Result<(), EngineError> {
        let mut ahead = Vec::new();
        loop {
            self.stages.cancel.check()?;
            let batch = if ahead.is_empty() { self.gather(next)? } else { std::mem::take(&mut ahead) };
            if batch.is_empty() {
                return Ok(());
            }
            let encoded = self.stages.encode_all(batch.iter().map(|(_, window)| window))?;
            if self.stages.works_beside() {
                ahead = self.gather(next)?;
                self.stages.begin(ahead.iter().map(|(_, window)| window));
            }
            self.decode(batch, encoded)?;
        }
    }

    fn windows_at_once(&self) -> usize {
        let dims = self.stages.decoder.dims();
        let bytes = dims.n_audio_ctx * dims.n_text_state * 2 * dims.n_text_layer * size_of::<f32>();
        (MOST_BYTES / bytes.max(1)).clamp(1, MOST_WINDOWS)
    }

    /// As many windows as a batch takes, each with the number of its recording.
    fn gather(&mut self, next: Supply<'a, '_>) -> Result<Vec<(usize, Window)>, EngineError> {
        let mut batch = Vec::new();
        let members: Vec<_> = self.members.keys().copied().collect();
        for number in members {
            self.draw(number, &mut batch)?;
        }
        while batch.len() < self.windows_at_once() {
            let Some((source, options)) = next() else { break };
            let number = self.admit(source, options)?;
            self.draw(number, &mut batch)?;
        }
        Ok(batch)
    }

    /// Listens to a recording, which is a member from then on if there is something to transcribe.
    fn admit(&mut self, source: Source<'a>, options: Options) -> Result<usize, EngineError> {
        let number = self.number;
        self.number += 1;
        let options = Options { way: Way::Fast, ..options };
        let on_event = &mut |event| (self.on_news)(number, News::Event(event));
        match guarded(|| Recording::listen(source, options, &self.stages, on_event)) {
            Ok(recording) => drop(self.members.insert(number, Chain::new(recording))),
            Err(error) => self.fail(number, error)?,
        }
        self.dismiss();
        Ok(number)
    }

    /// Fills a batch from one recording, as far as both go.
    fn draw(&mut self, number: usize, batch: &mut Vec<(usize, Window)>) -> Result<(), EngineError> {
        while batch.len() < self.windows_at_once() {
            let Some(chain) = self.members.get_mut(&number) else { break };
            let start = Instant::now();
            let on_event = &mut |event| (self.on_news)(number, News::Event(event));
            let window = guarded(|| chain.next(&mut self.stages, on_event));
            chain.recording.timings.processing += start.elapsed().into();
            match window {
                Ok(Some(window)) => batch.push((number, window)),
                Ok(None) => break,
                Err(error) => {
                    batch.retain(|(of, _)| *of != number);
                    self.members.remove(&number);
                    self.fail(number, error)?;
                }
            }
        }
        Ok(())
    }

    /// Decodes a batch. A recording that has failed meanwhile has no more part in it.
    fn decode(&mut self, mut batch: Vec<(usize, Window)>, mut encoded: Encoded) -> Result<(), EngineError> {
        let stays: Vec<_> = batch.iter().map(|(number, _)| self.members.contains_key(number)).collect();
        batch.retain(|(number, _)| self.members.contains_key(number));
        encoded.retain(&stays);
        let rules = |number| self.members[number].recording.rules();
        let asked: Vec<_> = batch.iter().map(|(number, window)| (window, rules(number))).collect();
        let decoded = self.stages.decode_all(&asked, &encoded)?;
        for ((number, window), decoded) in batch.iter().zip(decoded) {
            let on_event = &mut |event| (self.on_news)(*number, News::Event(event));
            if let Some(chain) = self.members.get_mut(number) {
                chain.give_back(window, decoded, on_event);
            }
        }
        self.dismiss();
        Ok(())
    }

    /// Lets go those of whom everything is transcribed.
    fn dismiss(&mut self) {
        for (number, chain) in self.members.extract_if(.., |_, chain| chain.is_over()) {
            let all = AudioTime::from_samples(chain.recording.listened.frames * HOP);
            (self.on_news)(number, News::Event(Event::Progress(all)));
            (self.on_news)(number, News::Ended(Ok(chain.recording.finish())));
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
