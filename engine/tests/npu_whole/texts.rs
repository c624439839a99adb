//! Transcripts of the samples, running freely and fed the golden's tokens.

use super::common::engine::{self, Mel, strict};
use super::common::golden::{self, Clip, Clips, Window};
use super::common::simulated::{Simulated, distances};
use super::common::{argmax, clip, log_softmax, model};
use super::report::{Distances, Entry, Texts};
use super::states::cpu;
use hark_engine::audio::Samples;
use hark_engine::decoder::Decoder;
use hark_engine::encoder::{Backend, BackendError, BackendInfo, EncoderOutput, Evidence};
use hark_engine::mel::MelWindow;
use hark_engine::model::Model;
use hark_engine::transcribe::transcribe;
use hark_engine::transcript::Token;
use hark_engine::{Cancel, Precision, Whisper, Workers};
use hark_kernels::txn::Device;
use std::sync::{Arc, Mutex};

/// A choice is clear if the golden's gap is so many times the error of the logits.
const CLEAR: f64 = 4.0;

/// An encoder that no window is brought to twice.
#[derive(Clone)]
struct Once(Arc<Mutex<Seen>>);

struct Seen {
    npu: Simulated,
    done: Vec<(MelWindow, EncoderOutput)>,
}

impl Once {
    fn one(&self, window: &MelWindow) -> Result<EncoderOutput, BackendError> {
        let Seen { npu, done } = &mut *self.0.lock().unwrap();
        if let Some((_, output)) = done.iter().find(|(known, _)| known.data == window.data) {
            return Ok(output.clone());
        }
        let output = npu.encode(std::slice::from_ref(window), &Cancel::new())?.remove(0);
        done.push((window.clone(), output.clone()));
        Ok(output)
    }
}

impl Backend for Once {
    fn describe(&self) -> BackendInfo {
        self.0.lock().unwrap().npu.describe()
    }

    fn encode(&mut self, windows: &[MelWindow], _: &Cancel) -> Result<Vec<EncoderOutput>, BackendError> {
        windows.iter().map(|window| self.one(window)).collect()
    }

    fn cpu(&mut self) -> &mut dyn Backend {
        self
    }

    fn evidence(&self) -> Evidence {
        self.0.lock().unwrap().npu.evidence()
    }
}

/// All samples of a file of goldens, on its model.
pub fn of_samples(file: &str, device_name: &'static str, device: Device) -> (Entry<Distances>, Entry<Texts>) {
    let goldens: Clips<Clip> = golden::read(file);
    let model = model(&goldens.model);
    let (positions, workers) = (model.dims.n_audio_ctx, Workers::new(2));
    let seen = Seen { npu: Simulated::new(&model, device, positions, 1), done: Vec::new() };
    let npu = Once(Arc::new(Mutex::new(seen)));
    let whisper = Whisper::with_backend(model.clone(), Box::new(npu.clone()), &workers, Precision::F32);
    let mut whisper = whisper.unwrap();
    let decoder = Decoder::new(&model, &workers, Precision::F32).unwrap();
    let mut cpu = cpu(&model);
    let (mut apart, mut texts) = (Distances::default(), Texts::default());
    for golden in &goldens.clips {
        let samples = clip(&golden.clip);
        let mel = Mel::new(&model, &samples);
        let mut is_clear = true;
        for window in &golden.windows {
            let mel = mel.window(window.seek);
            let own = npu.one(&mel).unwrap();
            let right = cpu.encode(&[mel], &Cancel::new()).unwrap().remove(0);
            apart.add(&distances(&own.data, &right.data, own.state));
            is_clear &= texts.fed(&Fed::new(&model, &decoder, window, &own, &right));
        }
        let source = Samples(samples.into());
        let (free, _) = transcribe(&mut whisper, &source, &strict(), &Cancel::new(), &mut |_| ()).unwrap();
        texts.free(&golden.clip, free.text == golden.text, is_clear);
    }
    let name = &goldens.model;
    (Entry::new(name, device_name, positions, 1, apart), Entry::new(name, device_name, positions, 1, texts))
}

/// A window into which the golden's tokens were fed.
struct Fed<'a> {
    window: &'a Window,
    /// What comes behind each of the golden's tokens.
    choices: Vec<Token>,
    right: Vec<Token>,
    /// The error of the logits: root of the mean square, and largest.
    error: f64,
    largest: f64,
}

impl<'a> Fed<'a> {
    fn new(
        model: &Model,
        decoder: &Decoder,
        window: &'a Window,
        own: &EncoderOutput,
        right: &EncoderOutput,
    ) -> Self {
        let fed = [&window.initial[..], &window.tokens].concat();
        let first = (window.initial.len() - 1) * model.dims.n_vocab;
        let logits = |encoded| -> Vec<f32> {
            let never = Cancel::new();
            let cross = decoder.cross_kv(encoded, &never).unwrap();
            decoder.prefill(&cross, &mut decoder.cache(), &fed, &never).unwrap().split_off(first)
        };
        let (own, right) = (logits(own), logits(right));
        let rows = || own.chunks_exact(model.dims.n_vocab).zip(right.chunks_exact(model.dims.n_vocab));
        let (mut squares, mut largest) = (0.0, 0.0f64);
        for (own, right) in rows() {
            for (own, right) in log_softmax(own).into_iter().zip(log_softmax(right)) {
                squares += (own - right).powi(2);
                largest = largest.max((own - right).abs());
            }
        }
        let end = window.ended.then_some(model.tokenizer.special.eot);
        let right: Vec<Token> = window.tokens.iter().copied().chain(end).collect();
        let filters = engine::filters(model);
        let choice = |(number, row): (usize, &[f32])| {
            let mut row = row.to_vec();
            engine::filter(&filters, &mut row, &window.tokens[..number]);
            argmax(&log_softmax(&row)) as Token
        };
        let choices = rows().map(|(own, _)| own).take(right.len()).enumerate().map(choice).collect();
        Self { window, choices, right, error: (squares / own.len() as f64).sqrt(), largest }
    }

    /// Whether neither the best token nor the rule about the timestamps' mass was close.
    fn is_clear(&self, step: usize) -> bool {
        let enough = CLEAR * self.error;
        self.window.gap[step] > enough && self.window.mass_gap[step].is_none_or(|gap| gap > enough)
    }
}

impl Texts {
    /// Takes a window in. Whether all of its choices are clear.
    fn fed(&mut self, fed: &Fed<'_>) -> bool {
        self.logit_error = self.logit_error.max(fed.error);
        self.largest_logit_error = self.largest_logit_error.max(fed.largest);
        let mut all_clear = true;
        for (step, (own, right)) in fed.choices.iter().zip(&fed.right).enumerate() {
            let (of, same) = if fed.is_clear(step) {
                (&mut self.clear_choices, &mut self.same_clear_choices)
            } else {
                all_clear = false;
                (&mut self.close_choices, &mut self.same_close_choices)
            };
            *of += 1;
            *same += usize::from(own == right);
        }
        all_clear
    }

    /// Takes a clip in.
    fn free(&mut self, name: &str, is_identical: bool, is_clear: bool) {
        self.clips += 1;
        self.clear_clips += usize::from(is_clear);
        self.identical_clear_clips += usize::from(is_clear && is_identical);
        self.identical_clips += usize::from(is_identical);
        if !is_identical {
            self.other_clips.push(name.to_owned());
        }
    }
}
