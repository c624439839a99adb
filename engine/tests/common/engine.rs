//! The engine as these tests call it: the one place to change when an interface does.

use hark_engine::audio::Samples;
use hark_engine::cancel::Cancel;
use hark_engine::decoder::{Decoder, Filters, detect_language};
use hark_engine::dims::{WINDOW_FRAMES, WINDOW_SAMPLES};
use hark_engine::encoder::{Backend, CpuBackend, EncoderOutput};
use hark_engine::mel::{MelFill, MelFrames, MelStream, MelWindow};
use hark_engine::model::Model;
use hark_engine::transcribe::{Event, Options, Way, WindowTrace, transcribe};
use hark_engine::transcript::{Token, Transcript};
use hark_engine::{EngineError, Precision, Whisper, Workers};
use std::collections::BTreeMap;

const THREADS: usize = 2;

/// Outputs of layers by name: `rows × columns` values each.
pub type Layers = BTreeMap<String, Vec<f32>>;

/// The mel frames of a whole recording and their maximum.
pub struct Mel {
    frames: MelFrames,
    max: f32,
}

impl Mel {
    pub fn new(model: &Model, samples: &[f32]) -> Self {
        let mut frames = MelFrames { n_mels: model.dims.n_mels, data: Vec::new() };
        let mut stream = MelStream::new(&model.mel_filters);
        stream.push(samples, &mut frames);
        stream.finish(&mut frames);
        Self { max: stream.max(), frames }
    }

    /// The window at mel frame `seek`, as the reference's `transcribe` makes it.
    pub fn window(&self, seek: usize) -> MelWindow {
        let frames = (self.frames.len() - seek).min(WINDOW_FRAMES);
        self.frames.window(seek, frames, self.max, MelFill::Zero)
    }
}

fn whisper(model: &Model) -> Whisper {
    Whisper::new(model.clone(), THREADS, Precision::F32).expect("weights")
}

pub fn encode(model: &Model, window: &MelWindow) -> EncoderOutput {
    let mut backend = CpuBackend::new(model, &Workers::new(THREADS), Precision::F32).expect("weights");
    let mut outputs = backend.encode(std::slice::from_ref(window), &Cancel::new()).expect("encode");
    outputs.remove(0)
}

/// The encoder's output and all its layers.
pub fn encode_traced(model: &Model, window: &MelWindow) -> (EncoderOutput, Layers) {
    let mut layers = Layers::new();
    let output = CpuBackend::new(model, &Workers::new(THREADS), Precision::F32)
        .expect("weights")
        .encode_traced(window, &mut |name, values| {
            layers.insert(name.to_owned(), values.to_vec());
        })
        .expect("encode_traced");
    (output, layers)
}

/// Logits of every position (`tokens × vocabulary`) when all tokens are given at once.
pub fn logits(model: &Model, encoded: &EncoderOutput, tokens: &[Token]) -> Vec<f32> {
    let decoder = Decoder::new(model, &Workers::new(THREADS), Precision::F32).expect("weights");
    let cross = decoder.cross_kv(encoded, &Cancel::new()).unwrap();
    decoder.prefill(&cross, &mut decoder.cache(), tokens, &Cancel::new()).unwrap()
}

/// As [`logits`], but all tokens behind the first `at_once` are given one by one.
pub fn logits_stepwise(model: &Model, encoded: &EncoderOutput, tokens: &[Token], at_once: usize) -> Vec<f32> {
    let decoder = Decoder::new(model, &Workers::new(THREADS), Precision::F32).expect("weights");
    let cross = decoder.cross_kv(encoded, &Cancel::new()).unwrap();
    let mut cache = decoder.cache();
    let mut all = decoder.prefill(&cross, &mut cache, &tokens[..at_once], &Cancel::new()).unwrap();
    for &token in &tokens[at_once..] {
        all.extend(decoder.step(&cross, &mut cache, token, &Cancel::new()).unwrap());
    }
    all
}

/// As [`logits`], with the outputs of all layers, the logits among them.
pub fn decode_traced(model: &Model, encoded: &EncoderOutput, tokens: &[Token]) -> Layers {
    let mut layers = Layers::new();
    let decoder = Decoder::new(model, &Workers::new(THREADS), Precision::F32).expect("weights");
    let cross = decoder.cross_kv(encoded, &Cancel::new()).unwrap();
    let mut see = |name: &str, values: &[f32]| {
        layers.insert(name.to_owned(), values.to_vec());
    };
    let logits = decoder.prefill_traced(&cross, &mut decoder.cache(), tokens, &mut see, &Cancel::new());
    layers.insert("logits".into(), logits.unwrap());
    layers
}

/// Applies the rules for the next token behind `sampled`, with timestamps, as in strict greedy decoding.
pub fn filter(filters: &Filters, logits: &mut [f32], sampled: &[Token]) {
    filters.apply(logits, sampled);
}

/// The filters of a strict pass with timestamps.
pub fn filters(model: &Model) -> Filters {
    Filters::new(&model.tokenizer, true)
}

/// The reference's rules, everything else at its default.
pub fn strict() -> Options {
    Options { way: Way::Strict, ..Options::default() }
}

/// The probabilities of all languages. The reference detects with silent audio behind the recording,
/// not with zeros in the mel domain.
pub fn languages(model: &Model, samples: &[f32]) -> Vec<(String, f32)> {
    let padded = [samples, &vec![0.0; WINDOW_SAMPLES]].concat();
    let encoded = encode(model, &Mel::new(model, &padded).window(0));
    let decoder = Decoder::new(model, &Workers::new(THREADS), Precision::F32).expect("weights");
    let never = Cancel::new();
    let cross = decoder.cross_kv(&encoded, &never).unwrap();
    let languages = detect_language(&decoder, &model.tokenizer, &cross, &never).unwrap();
    languages.into_iter().map(|(code, probability)| (code.to_owned(), probability)).collect()
}

/// What `transcribe` says about the language before it decodes.
pub fn detected_language(model: &Model, samples: &[f32], options: &Options) -> Option<(String, f32)> {
    let (cancel, mut detected) = (Cancel::new(), None);
    let mut on_event = |event| match event {
        Event::Language(code, probability) => {
            detected = Some((code, probability));
            cancel.raise();
        }
        Event::Window(_) => cancel.raise(),
        _ => {}
    };
    let mut whisper = whisper(model);
    let ended = transcribe(&mut whisper, &Samples(samples.into()), options, &cancel, &mut on_event);
    if detected.is_some() {
        assert!(
            matches!(ended, Err(EngineError::Cancelled(_))),
            "cancelled before the first window, it must say so"
        );
    }
    detected
}

/// A transcript and the windows it came from.
pub struct Run {
    pub transcript: Transcript,
    pub windows: Vec<WindowTrace>,
}

pub fn run(model: &Model, samples: &[f32], options: &Options) -> Run {
    let mut windows = Vec::new();
    let mut on_event = |event| {
        if let Event::Window(window) = event {
            windows.push(window);
        }
    };
    let (mut whisper, cancel) = (whisper(model), Cancel::new());
    let (transcript, _) = transcribe(&mut whisper, &Samples(samples.into()), options, &cancel, &mut on_event)
        .expect("transcribe");
    Run { transcript, windows }
}
