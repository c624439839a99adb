//! Whether a cheaper precision is good enough for a model on this machine.
//!
//! The candidate and f32 hear the same clip. The encoder's states are compared position by position.
//! Then the candidate is fed f32's tokens: wherever f32's two best choices are well apart, the
//! candidate must make the same choice.

use crate::EngineError;
use crate::cancel::Cancel;
use crate::decoder::{CrossKv, Decoder, Filters, logits_by_layers};
use crate::dims::{WINDOW_FRAMES, WINDOW_SAMPLES};
use crate::encoder::{BackendError, EncoderOutput, encode_by_layers};
use crate::mel::{self, MelFill};
use crate::model::Model;
use crate::precision::Precision;
use crate::transcribe::{Task, sot_sequence};
use crate::transcript::Token;
use crate::whisper::Whisper;
use crate::workers::Workers;
use hark_simd::Isa;
use serde::{Deserialize, Serialize};

/// Relative L2 error of the encoder's states, in the worst position, that a candidate may have.
///
/// Between two groups that lie far apart: with int8 the demo model's 37 clips with speech have 0.027 to
/// 0.061 (which position is the worst is chance; the mean is 0.009 to 0.021) and f32's choice at every step
/// but one, whose lead was 0.02 nats. With channels 30 times as large as the others it is 0.4, and choices
/// go astray.
pub const ENCODER_LIMIT: f32 = 0.08;
/// Where f32's two best choices are at least this far apart, in nats, the candidate must agree.
pub const CLEAR_GAP: f32 = 0.5;

/// No more tokens than this are compared, and no more disagreements looked for.
const MOST_STEPS: usize = 96;
const MOST_DISAGREEMENTS: usize = 8;

/// What was found about one precision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proof {
    /// The candidate.
    pub precision: Precision,
    /// The instruction set that it ran on.
    pub isa: String,
    /// Relative L2 error of the encoder's states in the worst position, and the mean over positions.
    pub encoder_worst: f32,
    /// The mean over positions.
    pub encoder_mean: f32,
    /// Choices compared.
    pub steps: usize,
    /// The distance between f32's two best choices wherever the candidate chose otherwise.
    pub disagreements: Vec<f32>,
}

impl Proof {
    /// Whether the candidate is good enough.
    pub fn passed(&self) -> bool {
        self.encoder_worst <= ENCODER_LIMIT && self.disagreements.iter().all(|gap| *gap < CLEAR_GAP)
    }
}

/// Compares `candidate`, made from `model`, with f32 on a clip of at most 30 s (16 kHz samples). f32 is
/// computed with one layer's weights in memory at a time, on `workers`.
///
/// # Errors
/// [`EngineError`]: cancelled, or the weights could not be read.
pub fn prove(
    model: &Model,
    candidate: &mut Whisper,
    workers: &Workers,
    clip: &[f32],
    cancel: &Cancel,
) -> Result<Proof, EngineError> {
    let clip = &clip[..clip.len().min(WINDOW_SAMPLES)];
    let (frames, max) = mel::whole(&model.mel_filters, clip);
    let window = frames.window(0, frames.len().min(WINDOW_FRAMES), max, MelFill::Zero);
    let encoder = candidate.backend.cpu();
    let precision = encoder.describe().precision;
    let own = encoder.encode(std::slice::from_ref(&window), cancel)?;
    let Some(own) = own.first() else {
        return Err(BackendError::Device("the encoder gave no output".into()).into());
    };
    let exact = encode_by_layers(model, workers, &window, cancel)?;
    let (encoder_worst, encoder_mean) = distance(own, &exact);
    let mut proof = Proof {
        precision,
        isa: Isa::best().to_string(),
        encoder_worst,
        encoder_mean,
        steps: 0,
        disagreements: Vec::new(),
    };
    let choices =
        Choices { model, workers, exact: &exact, cancel, filters: Filters::new(&model.tokenizer, true) };
    choices.compare(&candidate.decoder, own, &mut proof)?;
    Ok(proof)
}

/// Relative L2 distance of two outputs: in the worst position, and the mean.
fn distance(own: &EncoderOutput, exact: &EncoderOutput) -> (f32, f32) {
    let rows = own.data.chunks_exact(own.state).zip(exact.data.chunks_exact(exact.state));
    let errors = rows.map(|(own, exact)| {
        let square = |v: f32| f64::from(v) * f64::from(v);
        let apart: f64 = own.iter().zip(exact).map(|(a, b)| square(a - b)).sum();
        let norm: f64 = exact.iter().map(|v| square(*v)).sum();
        (apart / norm.max(f64::MIN_POSITIVE)).sqrt()
    });
    // `max` would pass over what is not a number.
    let worse = |worst: f64, e: f64| if e > worst || e.is_nan() { e } else { worst };
    let (worst, sum) = errors.fold((0.0, 0.0), |(worst, sum), e| (worse(worst, e), sum + e));
    (worst as f32, (sum / own.positions.max(1) as f64) as f32)
}

/// What f32 would choose, token by token.
struct Choices<'a> {
    model: &'a Model,
    workers: &'a Workers,
    exact: &'a EncoderOutput,
    cancel: &'a Cancel,
    filters: Filters,
}

impl Choices<'_> {
    /// Has the candidate decode greedily. f32 looks at the whole text at once; from the first token
    /// that it would not have chosen, the candidate goes on behind f32's.
    fn compare(
        &self,
        candidate: &Decoder,
        own: &EncoderOutput,
        proof: &mut Proof,
    ) -> Result<(), EngineError> {
        let tokenizer = &self.model.tokenizer;
        let start = sot_sequence(tokenizer, "en", Task::Transcribe);
        let eot = tokenizer.special.eot;
        let cross = candidate.cross_kv(own, self.cancel)?;
        let mut sampled: Vec<Token> = Vec::new();
        loop {
            let settled = sampled.len();
            self.go_on(candidate, &cross, &start, &mut sampled)?;
            let tokens = [&start[..], &sampled].concat();
            let first = start.len() - 1;
            let logits = logits_by_layers(
                self.model,
                self.workers,
                self.exact,
                &tokens[..tokens.len() - 1],
                first,
                self.cancel,
            )?;
            let mut rows: Vec<Vec<f32>> =
                logits.chunks_exact(self.model.dims.n_vocab).map(<[f32]>::to_vec).collect();
            let differs = (settled..sampled.len()).find_map(|i| {
                self.filters.apply(&mut rows[i], &sampled[..i]);
                let (best, gap) = best(&rows[i]);
                (best != sampled[i]).then_some((i, best, gap))
            });
            let Some((i, best, gap)) = differs else {
                proof.steps = sampled.len();
                return Ok(());
            };
            proof.disagreements.push(gap);
            sampled.truncate(i);
            sampled.push(best);
            if best == eot || sampled.len() >= MOST_STEPS || proof.disagreements.len() >= MOST_DISAGREEMENTS {
                proof.steps = sampled.len();
                return Ok(());
            }
        }
    }

    /// Lets the candidate decode behind `sampled`, up to the end or [`MOST_STEPS`].
    fn go_on(
        &self,
        candidate: &Decoder,
        cross: &CrossKv,
        start: &[Token],
        sampled: &mut Vec<Token>,
    ) -> Result<(), EngineError> {
        let mut cache = candidate.cache();
        let given = [start, sampled].concat();
        let last = [given.len() - 1];
        let mut logits = candidate.prefill_rows(cross, &mut cache, &given, &last, self.cancel)?;
        loop {
            self.filters.apply(&mut logits, sampled);
            let (token, _) = best(&logits);
            sampled.push(token);
            if token == self.model.tokenizer.special.eot || sampled.len() >= MOST_STEPS {
                return Ok(());
            }
            logits = candidate.step(cross, &mut cache, token, self.cancel)?;
        }
    }
}

/// The likeliest token, and how far it is above the next, in nats.
fn best(logits: &[f32]) -> (Token, f32) {
    let mut best = (0, f32::NEG_INFINITY);
    let mut second = f32::NEG_INFINITY;
    for (token, v) in logits.iter().enumerate() {
        if *v > best.1 {
            (second, best) = (best.1, (token, *v));
        } else if *v > second {
            second = *v;
        }
    }
    (best.0 as Token, best.1 - second)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(data: &[f32]) -> EncoderOutput {
        EncoderOutput { positions: data.len() / 2, state: 2, data: data.to_vec() }
    }

    #[test]
    fn distance_is_that_of_the_worst_position() {
        let exact = output(&[3.0, 4.0, 0.0, 2.0]);
        let (worst, mean) = distance(&output(&[3.0, 4.0, 0.0, 1.0]), &exact);
        assert!((worst - 0.5).abs() < 1e-6 && (mean - 0.25).abs() < 1e-6);
        assert_eq!(distance(&exact, &exact), (0.0, 0.0));
        assert!(distance(&output(&[f32::NAN, 4.0, 0.0, 2.0]), &exact).0.is_nan());
    }

    #[test]
    fn the_best_choice_comes_with_its_lead() {
        assert_eq!(best(&[1.0, 4.0, 3.5]), (1, 0.5));
        assert_eq!(best(&[f32::NEG_INFINITY, 2.0]), (1, f32::INFINITY));
    }

    #[test]
    fn either_criterion_alone_refuses() {
        let proof = |worst, disagreements| Proof {
            precision: Precision::Int8,
            isa: String::new(),
            encoder_worst: worst,
            encoder_mean: 0.0,
            steps: 10,
            disagreements,
        };
        assert!(proof(ENCODER_LIMIT, vec![CLEAR_GAP * 0.9]).passed());
        assert!(!proof(ENCODER_LIMIT * 1.01, vec![]).passed());
        assert!(!proof(0.0, vec![0.1, CLEAR_GAP]).passed());
        assert!(!proof(f32::NAN, vec![]).passed());
    }
}
