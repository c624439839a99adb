//! What every window goes through, whatever recording it is from: encode, decode, cut, align.

use super::fallback::{self, Asked, Attempts, Outcome};
use super::segments::{self, Cut};
use super::window::{Rules, Window};
use super::words;
use crate::cancel::Cancel;
use crate::decoder::{CrossKv, Decoder, TokenTimes, align, detect_language};
use crate::encoder::npu::Moment;
use crate::encoder::{Backend, BackendError};
use crate::error::EngineError;
use crate::mel::MelWindow;
use crate::metrics::{Monitor, Timings, WallTime};
use crate::model::Model;
use crate::whisper::Whisper;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::time::Instant;

/// Languages and how likely they are.
type Languages = Vec<(&'static str, f32)>;

/// The model and who runs it: all that recordings share.
pub(crate) struct Stages<'a> {
    pub(crate) model: &'a Model,
    pub(crate) decoder: &'a Decoder,
    /// Ends what is under way.
    pub(crate) cancel: Cancel,
    pub(crate) backend: &'a mut dyn Backend,
    /// Takes down what is done.
    pub(crate) monitor: Monitor,
}

/// Windows that went through the encoder.
pub(crate) struct Encoded {
    /// What the decoder looks up in each.
    cross: Vec<CrossKv>,
    /// Time in the encoder, and all that was spent on them up to now.
    encode: WallTime,
    spent: WallTime,
}

/// What a window became, before its recording takes it into the transcript.
pub(crate) struct Decoded {
    pub(crate) seek: usize,
    pub(crate) frames: usize,
    pub(crate) outcome: Outcome,
    /// `None` if the model heard nobody.
    pub(crate) cut: Option<Cut>,
    /// If words are to have times.
    pub(crate) times: Option<TokenTimes>,
    /// Its share of the time that its batch took.
    pub(crate) timings: Timings,
}

impl Encoded {
    /// What the decoder looks up in each window, and the time in the encoder.
    pub(crate) fn into_parts(self) -> (Vec<CrossKv>, WallTime) {
        (self.cross, self.encode)
    }

    /// Leaves out the windows whose place `stays` does not name.
    pub(crate) fn retain(&mut self, stays: &[bool]) {
        let mut stays = stays.iter();
        self.cross.retain(|_| stays.next().copied().unwrap_or(false));
    }
}

impl<'a> Stages<'a> {
    pub(crate) fn new(whisper: &'a mut Whisper, cancel: &Cancel) -> Self {
        let Whisper { model, backend, decoder } = whisper;
        let (cancel, monitor) = (cancel.clone(), Monitor::default());
        Self { model, decoder, cancel, backend: &mut **backend, monitor }
    }

    /// Transcribes windows together, of one recording or several. What becomes of one does not depend
    /// on the others, to the bit.
    pub(crate) fn pass(&mut self, batch: &[(&Window, Rules)]) -> Result<Vec<Decoded>, EngineError> {
        let encoded = self.encode_all(batch.iter().map(|(window, _)| *window))?;
        self.decode_all(batch, &encoded)
    }

    /// The first half of [`Stages::pass`].
    pub(crate) fn encode_all<'w>(
        &mut self,
        windows: impl Iterator<Item = &'w Window>,
    ) -> Result<Encoded, EngineError> {
        let start = Instant::now();
        let mels: Vec<_> = windows.map(|window| window.mel.clone()).collect();
        let cancel = self.cancel.clone();
        let (cross, encode) = self.encode(&mels, &cancel)?;
        Ok(Encoded { cross, encode, spent: start.elapsed().into() })
    }

    /// Whether the encoder can work on other windows while the decoder works on these.
    pub(crate) fn works_beside(&self) -> bool {
        self.backend.works_beside()
    }

    /// Begins with windows that will go through the encoder next.
    pub(crate) fn begin<'w>(&mut self, windows: impl Iterator<Item = &'w Window>) {
        let mels: Vec<_> = windows.map(|window| window.mel.clone()).collect();
        self.backend.begin(&mels);
    }

    /// The second half of [`Stages::pass`], of the same windows.
    pub(crate) fn decode_all(
        &mut self,
        batch: &[(&Window, Rules)],
        encoded: &Encoded,
    ) -> Result<Vec<Decoded>, EngineError> {
        let start = Instant::now();
        let Encoded { cross, encode, spent } = encoded;
        self.backend.note(Moment::DecodingBegins);
        let mut attempts = Attempts::new(self.decoder, &self.model.tokenizer);
        for (name, ((window, rules), cross)) in batch.iter().zip(cross).enumerate() {
            attempts.admit(name, *window, cross, rules.clone());
        }
        let mut done = BTreeMap::new();
        while attempts.len() > 0 {
            let (windows, start) = (attempts.len(), Instant::now());
            done.extend(attempts.step(&self.cancel)?);
            self.monitor.note(|figures| figures.note_step(windows, start.elapsed().into()));
        }
        self.backend.note(Moment::DecodingEnds);
        let processing = WallTime(spent.0 + start.elapsed().as_secs_f64());
        let share = Timings {
            processing: processing.share(batch.len()),
            encode: encode.share(batch.len()),
            decode: WallTime(processing.0 - encode.0).share(batch.len()),
            windows: 1,
            ..Timings::default()
        };
        done.into_values().map(|asked| self.decoded(asked, share)).collect()
    }

    /// Cuts a text that was decoded into segments, and finds the times of its words if they are wanted; `share` is
    /// what it took up to now.
    pub(crate) fn decoded<W, C>(&self, asked: Asked<W, C>, share: Timings) -> Result<Decoded, EngineError>
    where
        W: Deref<Target = Window>,
        C: Deref<Target = CrossKv>,
    {
        let start = Instant::now();
        let Asked { window, cross, rules, outcome } = asked;
        let Window { seek, frames, .. } = *window;
        let Model { tokenizer, alignment_heads, .. } = self.model;
        let heard = !fallback::is_silence(&outcome.text);
        let cut = heard.then(|| segments::cut(&outcome.text, tokenizer, seek, frames));
        let times = match &cut {
            Some(cut) if rules.options.word_timestamps => {
                let text = words::text(&cut.segments, tokenizer);
                let (sot, heads, cancel) = (&rules.sot_sequence, alignment_heads, &self.cancel);
                Some(align(self.decoder, tokenizer, &cross, sot, &text, frames, heads, cancel)?)
            }
            _ => None,
        };
        let mut timings = Timings { steps: outcome.steps, ..share };
        let own = WallTime::from(start.elapsed());
        timings.decode += own;
        timings.processing += own;
        let fallbacks = outcome.interventions.len() as u64;
        self.monitor.note(|figures| {
            figures.windows += 1;
            figures.fallbacks += fallbacks;
        });
        Ok(Decoded { seek, frames, outcome, cut, times, timings })
    }

    /// Every language with its probability in a window, the likeliest first, and how long the encoder took.
    pub(crate) fn languages(&mut self, window: MelWindow) -> Result<(Languages, WallTime), EngineError> {
        let cancel = self.cancel.clone();
        let (cross, encode) = self.encode(&[window], &cancel)?;
        let languages = match cross.first() {
            Some(cross) => detect_language(self.decoder, &self.model.tokenizer, cross, &self.cancel)?,
            None => Vec::new(),
        };
        Ok((languages, encode))
    }

    /// What the decoder looks up in each window, and how long the encoder took.
    pub(super) fn encode(
        &mut self,
        windows: &[MelWindow],
        cancel: &Cancel,
    ) -> Result<(Vec<CrossKv>, WallTime), EngineError> {
        let start = Instant::now();
        let encoded = self.backend.encode(windows, cancel)?;
        let time = WallTime::from(start.elapsed());
        if encoded.len() != windows.len() {
            let text = format!("the encoder gave {} outputs for {} windows", encoded.len(), windows.len());
            return Err(BackendError::Device(text).into());
        }
        let cross: Result<_, _> = encoded
            .iter()
            .map(|encoded| {
                let start = Instant::now();
                let cross = self.decoder.cross_kv(encoded, cancel)?;
                self.monitor.note(|figures| figures.cross.note(start.elapsed().as_secs_f64()));
                Ok(cross)
            })
            .collect();
        self.monitor.note(|figures| figures.encode.note(time.seconds()));
        cross.map(|cross| (cross, time))
    }
}
