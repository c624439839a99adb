//! The fast way: windows are cut at pauses beforehand ([`super::plan`]) and go through encoder and
//! decoder in batches.
//!
//! A window's text does not depend on the others in its batch, nor on the text before it. Otherwise
//! the rules are those of the default way, with one difference at a window's end. There, the reference
//! goes back to the last timestamp and begins the next window with what it left; here the next window
//! is under way already. As windows end in pauses, nearly always nothing is left. Where the decoding
//! did end early, and there is more than a second of speech between its last timestamp and the
//! window's end, that rest becomes a window of its own, in another round of the same batch. (With word
//! times, too, it is the timestamp that counts, so that asking for them does not change the text.)
//!
//! A batch goes into the transcript when all of it is done, in the order of the recording.

use super::plan::{self, Stretch};
use super::{Event, Outcome, Walk, Window, fallback, segments};
use crate::decoder::CrossKv;
use crate::dims::HOP;
use crate::error::EngineError;
use crate::metrics::AudioTime;

/// As many windows as share a pass over the decoder's weights.
const MOST_WINDOWS: usize = 8;
/// Memory for what the decoder looks up in the windows of a batch: large models take less at once.
const MOST_BYTES: usize = 1 << 30;
/// A window, what the encoder made of it, and what the decoder made of that.
type Done = (Window, CrossKv, Outcome);

impl Walk<'_> {
    pub(super) fn run_side_by_side(&mut self, on_event: &mut dyn FnMut(Event)) -> Result<(), EngineError> {
        let listened = &self.listened;
        let plan = plan::stretches(listened.frames, &listened.speech, &listened.lulls);
        let (mut batch, most) = (Vec::new(), self.windows_at_once());
        for stretch in plan {
            match stretch {
                Stretch::Skipped(silence) => self.transcript.interventions.push(silence),
                Stretch::Window(range) => {
                    if self.language.is_empty() {
                        self.settle_language(range.start, on_event)?;
                    }
                    let mel = self.listened.window(range.start, range.len())?;
                    batch.push(Window { seek: range.start, frames: range.len(), mel });
                    if batch.len() == most {
                        self.batch(std::mem::take(&mut batch), on_event)?;
                    }
                }
            }
        }
        self.batch(batch, on_event)?;
        self.transcript.interventions.sort_by(|a, b| a.start().total_cmp(&b.start()));
        on_event(Event::Progress(AudioTime::from_samples(self.listened.frames * HOP)));
        Ok(())
    }

    fn windows_at_once(&self) -> usize {
        let dims = self.decoder.dims();
        let bytes = dims.n_audio_ctx * dims.n_text_state * 2 * dims.n_text_layer * size_of::<f32>();
        (MOST_BYTES / bytes.max(1)).clamp(1, MOST_WINDOWS)
    }

    /// Transcribes windows and what they leave.
    fn batch(
        &mut self,
        mut windows: Vec<Window>,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<(), EngineError> {
        let mut done: Vec<Done> = Vec::new();
        while !windows.is_empty() {
            self.cancel.check()?;
            let mels: Vec<_> = windows.iter().map(|window| window.mel.clone()).collect();
            let cross = self.encode(&mels)?;
            let outcomes = self.decode(&windows, &cross)?;
            let rests = windows.iter().zip(&outcomes).filter_map(|(w, o)| self.rest(w, o)).collect();
            let round = std::mem::replace(&mut windows, rests).into_iter();
            done.extend(
                round.zip(cross).zip(outcomes).map(|((window, cross), outcome)| (window, cross, outcome)),
            );
        }
        done.sort_by_key(|(window, ..)| window.seek);
        for (window, cross, outcome) in done {
            self.take(&window, &cross, outcome, on_event)?;
            let end = (window.seek + window.frames) * HOP;
            on_event(Event::Progress(AudioTime::from_samples(end)));
        }
        Ok(())
    }

    /// What the decoding of a window left of its speech, if it is worth a window of its own.
    fn rest(&self, window: &Window, outcome: &Outcome) -> Option<Window> {
        let Window { seek, frames, mel } = window;
        if fallback::is_silence(&outcome.text) {
            return None;
        }
        let advance = segments::cut(&outcome.text, &self.model.tokenizer, *seek, *frames).advance;
        let rest = plan::rest(*seek..seek + frames, advance, &self.listened.speech)?;
        Some(Window { seek: rest.start, frames: rest.len(), mel: mel.part(advance, rest.len()) })
    }
}
