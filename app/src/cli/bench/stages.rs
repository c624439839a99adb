//! Every stage of a model that is loaded, measured.

use super::ceilings::Sweep;
use super::energy::Meter;
use super::figure::{Effort, Figure, timed};
use super::window::{Stages, hum};
use crate::cli::exit::Failure;
use crate::speeds::operations;
use hark_engine::Workers;
use hark_engine::decoder::{CrossKv, Sequence};
use hark_engine::encoder::EncoderOutput;
use hark_engine::mel::MelWindow;
use hark_engine::transcript::Token;
use serde::Serialize;
use std::time::Duration;

/// Windows that are decoded side by side.
const BATCHES: [usize; 4] = [1, 2, 4, 8];
/// Tokens of the long prompt.
const PROMPT: usize = 256;
/// The fewest steps that a time per token is taken from.
const FEWEST_STEPS: usize = 8;
/// Cold tokens per run of another figure.
const COLD_TOKENS: usize = 4;

/// Times in milliseconds, and the speeds that they are.
#[derive(Clone, Debug, Serialize)]
pub struct StageFigures {
    pub mel_ms: Figure,
    pub encoder_ms: Figure,
    pub cross_kv_ms: Figure,
    pub prefill256_ms: Figure,
    pub decoder_ms_per_token: Figure,
    pub batch8_ms_per_token: Figure,
    pub decoder_cold_ms: Figure,
    pub window_total_ms: Figure,
    pub encoder_gops: Figure,
    pub cross_kv_gops: Figure,
    pub prefill256_gops: Figure,
    pub decoder_gbs: Figure,
    pub decoder_cold_gbs: Figure,
    pub batches: Vec<Batch>,
    /// Tokens that the texts have.
    pub tokens: usize,
    /// Tokens that the prompt has, which short contexts shorten.
    pub prompt_tokens: usize,
    /// Bytes that a step for one window reads.
    pub bytes_per_token: f64,
    pub power: Power,
}

/// Steps of several windows together.
#[derive(Clone, Debug, Serialize)]
pub struct Batch {
    pub windows: usize,
    /// The time of a run's middle step divided by the windows.
    pub ms_per_token: Figure,
    pub gbs: Figure,
}

/// Watts of the CPU while a stage was measured; `None` where the machine does not say.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Power {
    pub encoder_w: Option<f64>,
    pub decoder_w: Option<f64>,
}

/// What is measured with.
pub struct Bench<'a> {
    pub effort: Effort,
    pub sweep: &'a Sweep,
    /// Reads the sweep.
    pub workers: &'a Workers,
    pub meter: Option<&'a Meter>,
    /// Tokens of a text.
    pub tokens: usize,
}

impl Bench<'_> {
    /// Runs through the stages.
    pub fn measure(&self, stages: &mut Stages) -> Result<StageFigures, Failure> {
        let dims = stages.whisper.model.dims;
        let most = BATCHES.iter().copied().max().unwrap_or(1);
        let sounds: Vec<_> = (0..most).map(hum).collect();
        let mels: Vec<_> = sounds.iter().map(|samples| stages.mel(samples)).collect();
        let mel = self.effort.repeat(|| Ok(timed(|| stages.mel(&sounds[0])).1))?;
        let (encoder, encoded, encoder_w) = self.encode(stages, &mels)?;
        let cross_kv = self.timed(|| stages.cross_kv(&encoded[0]))?;
        let windows =
            encoded.iter().map(|encoded| stages.cross_kv(encoded)).collect::<Result<Vec<_>, _>>()?;

        let prompt_tokens = PROMPT.min(dims.n_text_ctx);
        let prompt: Vec<Token> = (0..prompt_tokens as Token).collect();
        let prefill = self.timed(|| stages.prefill(&windows[0], &prompt))?;
        let tokens = stages.room(self.tokens);
        let steps = stages.room(self.tokens.max(FEWEST_STEPS));
        let batch = |count: usize| self.batch(stages, &windows[..count], steps);
        let (batches, decoder_w) =
            Meter::watch(self.meter, || BATCHES.into_iter().map(batch).collect::<Result<Vec<_>, _>>());
        let batches = batches?;
        let cold = self.cold(stages, &windows[..1], steps)?;
        let window_total = self.timed(|| stages.whole(&sounds[0], tokens))?;

        let bytes_per_token = step_bytes(stages, &windows[..1], steps)?;
        let of = |count| batches.iter().find(|batch| batch.windows == count);
        let per_token = |count| of(count).map(|batch| batch.ms_per_token).unwrap_or_default();
        Ok(StageFigures {
            mel_ms: Figure::of_times(&mel),
            encoder_ms: Figure::of_times(&encoder),
            cross_kv_ms: Figure::of_times(&cross_kv),
            prefill256_ms: Figure::of_times(&prefill),
            decoder_ms_per_token: per_token(1),
            batch8_ms_per_token: per_token(8),
            decoder_cold_ms: Figure::of_times(&cold),
            window_total_ms: Figure::of_times(&window_total),
            encoder_gops: Figure::of_rates(operations::encoder(&dims), &encoder),
            cross_kv_gops: Figure::of_rates(operations::cross_kv(&dims), &cross_kv),
            prefill256_gops: Figure::of_rates(operations::prefill(&dims, prompt_tokens), &prefill),
            decoder_gbs: of(1).map(|batch| batch.gbs).unwrap_or_default(),
            decoder_cold_gbs: Figure::of_rates(bytes_per_token, &cold),
            batches,
            tokens,
            prompt_tokens,
            bytes_per_token,
            power: Power { encoder_w, decoder_w },
        })
    }

    /// The times of `work`.
    fn timed<T>(&self, mut work: impl FnMut() -> Result<T, Failure>) -> Result<Vec<Duration>, Failure> {
        self.effort.repeat(|| {
            let (done, time) = timed(&mut work);
            done.map(|_| time)
        })
    }

    /// The times of the encoder, what it gave for each window, and its power.
    #[expect(clippy::type_complexity, reason = "three results of one measurement, read once")]
    fn encode(
        &self,
        stages: &mut Stages,
        mels: &[MelWindow],
    ) -> Result<(Vec<Duration>, Vec<EncoderOutput>, Option<f64>), Failure> {
        let mut encoded = Vec::new();
        let (times, watts) = Meter::watch(self.meter, || {
            self.effort.repeat(|| {
                let (states, time) = timed(|| stages.encode(&mels[encoded.len() % mels.len()]));
                encoded.push(states?);
                Ok(time)
            })
        });
        encoded.truncate(mels.len());
        for mel in &mels[encoded.len()..] {
            encoded.push(stages.encode(mel)?);
        }
        Ok((times?, encoded, watts))
    }

    fn batch(&self, stages: &Stages, windows: &[CrossKv], steps: usize) -> Result<Batch, Failure> {
        let times = self.effort.repeat(|| stages.decode(windows, steps, || {}).map(middle))?;
        let count = windows.len();
        let shares: Vec<_> = times.iter().map(|time| *time / count as u32).collect();
        Ok(Batch {
            windows: count,
            ms_per_token: Figure::of_times(&shares),
            gbs: Figure::of_rates(step_bytes(stages, windows, steps)?, &times),
        })
    }

    /// Times of single steps, before each of which other data took the caches.
    fn cold(&self, stages: &Stages, window: &[CrossKv], steps: usize) -> Result<Vec<Duration>, Failure> {
        let wanted = (self.effort.runs * COLD_TOKENS).max(FEWEST_STEPS);
        // One token is sampled behind the prompt, and one by the step that is not timed.
        stages.decode(window, (wanted + 2).min(steps), || self.sweep.read(self.workers))
    }
}

/// The middle one of some times: a step in whose middle another program had its turn says nothing.
fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Bytes that a step reads in the middle of texts of `tokens` tokens.
fn step_bytes(stages: &Stages, windows: &[CrossKv], tokens: usize) -> Result<f64, Failure> {
    let decoder = &stages.whisper.decoder;
    let Some(first) = windows.first() else { return Ok(0.0) };
    let mut cache = decoder.cache();
    let start: Vec<Token> = stages.start().repeat(tokens.div_ceil(2 * stages.start().len()));
    let filled = decoder.prefill_rows(first, &mut cache, &start, &[], &stages.cancel);
    filled.map_err(super::window::stopped)?;
    let mut caches = vec![cache; windows.len()];
    let sequences: Vec<_> =
        windows.iter().zip(&mut caches).map(|(cross, cache)| Sequence { cross, cache }).collect();
    Ok(decoder.step_bytes(&sequences) as f64)
}
