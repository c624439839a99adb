//! What every window goes through, whatever recording it is from: encode, decode, cut, align.

use super::fallback::{self, Attempts, Outcome};
use super::segments::{self, Cut};
use super::window::{Rules, Window};
use super::words;
use crate::cancel::Cancel;
use crate::decoder::{CrossKv, Decoder, TokenTimes, align, detect_language};
use crate::encoder::npu::Moment;
use crate::encoder::{Backend, BackendError};
use crate::error::EngineError;
use crate::mel::MelWindow;
use crate::metrics::{Timings, WallTime};
use crate::model::Model;
use crate::whisper::Whisper;
use std::time::Instant;

/// Languages and how likely they are.
type Languages = Vec<(&'static str, f32)>;

/// The model and who runs it: all that recordings share.
pub(super) struct Stages<'a> {
    pub(super) model: &'a Model,
    pub(super) decoder: &'a Decoder,
    pub(super) cancel: &'a Cancel,
    pub(super) backend: &'a mut dyn Backend,
}

/// Windows that went through the encoder.
pub(super) struct Encoded {
    /// What the decoder looks up in each.
    cross: Vec<CrossKv>,
    /// Time in the encoder, and all that was spent on them up to now.
    encode: WallTime,
    spent: WallTime,
}

/// What a window became, before its recording takes it into the transcript.
pub(super) struct Decoded {
    pub(super) seek: usize,
    pub(super) frames: usize,
    pub(super) outcome: Outcome,
    /// `None` if the model heard nobody.
    pub(super) cut: Option<Cut>,
    /// If words are to have times.
    pub(super) times: Option<TokenTimes>,
    /// Its share of the time that its batch took.
    pub(super) timings: Timings,
}

impl Encoded {
    /// Leaves out the windows whose place `stays` does not name.
    pub(super) fn retain(&mut self, stays: &[bool]) {
        let mut stays = stays.iter();
        self.cross.retain(|_| stays.next().copied().unwrap_or(false));
    }
}

impl<'a> Stages<'a> {
    pub(super) fn new(whisper: &'a mut Whisper, cancel: &'a Cancel) -> Self {
        let Whisper { model, backend, decoder } = whisper;
        Self { model, decoder, cancel, backend: &mut **backend }
    }

    /// Transcribes windows together, of one recording or several. What becomes of one does not depend
    /// on the others, to the bit.
    pub(super) fn pass(&mut self, batch: &[(&Window, Rules<'_>)]) -> Result<Vec<Decoded>, EngineError> {
        let encoded = self.encode_all(batch.iter().map(|(window, _)| *window))?;
        self.decode_all(batch, &encoded)
    }

    /// The first half of [`Stages::pass`].
    pub(super) fn encode_all<'w>(
        &mut self,
        windows: impl Iterator<Item = &'w Window>,
    ) -> Result<Encoded, EngineError> {
        let start = Instant::now();
        let mels: Vec<_> = windows.map(|window| window.mel.clone()).collect();
        let (cross, encode) = self.encode(&mels)?;
        Ok(Encoded { cross, encode, spent: start.elapsed().into() })
    }

    /// Whether the encoder can work on other windows while the decoder works on these.
    pub(super) fn works_beside(&self) -> bool {
        self.backend.works_beside()
    }

    /// Begins with windows that will go through the encoder next.
    pub(super) fn begin<'w>(&mut self, windows: impl Iterator<Item = &'w Window>) {
        let mels: Vec<_> = windows.map(|window| window.mel.clone()).collect();
        self.backend.begin(&mels);
    }

    /// The second half of [`Stages::pass`], of the same windows.
    pub(super) fn decode_all(
        &mut self,
        batch: &[(&Window, Rules<'_>)],
        encoded: &Encoded,
    ) -> Result<Vec<Decoded>, EngineError> {
        let start = Instant::now();
        let Encoded { cross, encode, spent } = encoded;
        let asked: Vec<_> =
            batch.iter().zip(cross).map(|((window, rules), cross)| (*window, cross, *rules)).collect();
        self.backend.note(Moment::DecodingBegins);
        let attempts =
            Attempts { decoder: self.decoder, tokenizer: &self.model.tokenizer, cancel: self.cancel };
        let outcomes = attempts.run(&asked)?;
        self.backend.note(Moment::DecodingEnds);
        let processing = WallTime(spent.0 + start.elapsed().as_secs_f64());
        let share = Timings {
            processing: processing.share(batch.len()),
            encode: encode.share(batch.len()),
            decode: WallTime(processing.0 - encode.0).share(batch.len()),
            windows: 1,
            ..Timings::default()
        };
        let pairs = asked.into_iter().zip(outcomes);
        pairs
            .map(|((window, cross, rules), outcome)| self.decoded(window, cross, rules, outcome, share))
            .collect()
    }

    fn decoded(
        &self,
        window: &Window,
        cross: &CrossKv,
        rules: Rules<'_>,
        outcome: Outcome,
        share: Timings,
    ) -> Result<Decoded, EngineError> {
        let start = Instant::now();
        let Window { seek, frames, .. } = *window;
        let Model { tokenizer, alignment_heads, .. } = self.model;
        let heard = !fallback::is_silence(&outcome.text);
        let cut = heard.then(|| segments::cut(&outcome.text, tokenizer, seek, frames));
        let times = match &cut {
            Some(cut) if rules.options.word_timestamps => {
                let text = words::text(&cut.segments, tokenizer);
                let (sot_sequence, heads) = (rules.sot_sequence, alignment_heads);
                Some(align(self.decoder, tokenizer, cross, sot_sequence, &text, frames, heads, self.cancel)?)
            }
            _ => None,
        };
        let mut timings = Timings { steps: outcome.steps, ..share };
        let own = WallTime::from(start.elapsed());
        timings.decode += own;
        timings.processing += own;
        Ok(Decoded { seek, frames, outcome, cut, times, timings })
    }

    /// Every language with its probability in a window, the likeliest first, and how long the encoder took.
    pub(super) fn languages(&mut self, window: MelWindow) -> Result<(Languages, WallTime), EngineError> {
        let (cross, encode) = self.encode(&[window])?;
        let languages = match cross.first() {
            Some(cross) => detect_language(self.decoder, &self.model.tokenizer, cross, self.cancel)?,
            None => Vec::new(),
        };
        Ok((languages, encode))
    }

    /// What the decoder looks up in each window, and how long the encoder took.
    fn encode(&mut self, windows: &[MelWindow]) -> Result<(Vec<CrossKv>, WallTime), EngineError> {
        let start = Instant::now();
        let encoded = self.backend.encode(windows, self.cancel)?;
        let time = start.elapsed().into();
        if encoded.len() != windows.len() {
            let text = format!("the encoder gave {} outputs for {} windows", encoded.len(), windows.len());
            return Err(BackendError::Device(text).into());
        }
        let cross: Result<_, _> =
            encoded.iter().map(|encoded| self.decoder.cross_kv(encoded, self.cancel)).collect();
        Ok((cross?, time))
    }
}
