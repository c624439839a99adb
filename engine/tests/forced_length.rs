//! Texts of a length that was asked for, and what a step of the decoder reads.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod small_model;

use hark_engine::decoder::{CrossKv, DecodeOptions, Lockstep, Sequence, WindowText};
use hark_engine::encoder::EncoderOutput;
use hark_engine::{Cancel, Precision, Whisper};

fn whisper(precision: Precision) -> Whisper {
    Whisper::new(small_model::model(), 1, precision).unwrap()
}

fn window(whisper: &Whisper, seed: u64) -> CrossKv {
    let (positions, state) = (1500, small_model::dims().n_audio_state);
    let mut random = small_model::Random(seed);
    let data = (0..positions * state).map(|_| random.below(2000) as f32 / 1000.0 - 1.0).collect();
    whisper.decoder.cross_kv(&EncoderOutput { positions, state, data }, &Cancel::new()).unwrap()
}

fn texts(whisper: &Whisper, windows: &[CrossKv], forced: Option<usize>) -> Vec<WindowText> {
    let sot_sequence = [whisper.model.tokenizer.special.sot];
    let options = DecodeOptions {
        sot_sequence: &sot_sequence,
        prompt: &[],
        prefix: &[],
        timestamps: true,
        temperature: 0.0,
        beam_size: 1,
        best_of: 1,
        seed: 0,
        forced,
        some_word: false,
    };
    let mut lockstep = Lockstep::new(&whisper.decoder, &whisper.model.tokenizer);
    for (name, cross) in windows.iter().enumerate() {
        lockstep.admit(name, cross, &options);
    }
    let mut done = Vec::new();
    while !lockstep.is_empty() {
        done.extend(lockstep.step(&Cancel::new()).unwrap());
    }
    done.sort_by_key(|(name, _)| *name);
    done.into_iter().map(|(_, text)| text).collect()
}

#[test]
fn forced_texts_have_their_length_alone_and_side_by_side() {
    let whisper = whisper(Precision::F32);
    let windows = [window(&whisper, 1), window(&whisper, 2), window(&whisper, 3)];
    let longest = whisper.decoder.longest_text(1);
    assert_eq!(longest, small_model::dims().n_text_ctx / 2);
    for (forced, expected) in [(1, 1), (2, 2), (7, 7), (longest, longest), (1000, longest)] {
        let together = texts(&whisper, &windows, Some(forced));
        assert_eq!(together.len(), 3);
        for (window, text) in windows.iter().zip(&together) {
            assert_eq!((text.tokens.len(), text.steps), (expected, expected), "{forced}");
            assert!(!text.tokens.contains(&whisper.model.tokenizer.special.eot), "{forced}");
            assert_eq!(texts(&whisper, std::slice::from_ref(window), Some(forced))[0].tokens, text.tokens);
        }
    }
}

#[test]
fn a_step_reads_the_weights_once_and_each_window_s_memory() {
    let bytes = |precision, count: usize| {
        let whisper = whisper(precision);
        let cross = window(&whisper, 1);
        let mut caches = vec![whisper.decoder.cache(); count];
        let sequences: Vec<_> = caches.iter_mut().map(|cache| Sequence { cross: &cross, cache }).collect();
        whisper.decoder.step_bytes(&sequences)
    };
    let weights = bytes(Precision::F32, 0);
    let dims = small_model::dims();
    // Outputs come in whole panels of 64: 96 of query, key and value, 32 each of the layers behind both
    // attentions and of the cross query, 128 up; 32 down from 128 inputs.
    let (state, layers) = (dims.n_text_state, dims.n_text_layer);
    let layer = (128 + 64 + 64 + 64 + 128) * state + 64 * 4 * state;
    let expected = layers * layer + dims.n_vocab.next_multiple_of(64) * state;
    assert_eq!(weights, 4 * expected);
    // Keys of 1500 positions by 16 channels, values of as many by 64, in two heads of two layers.
    let window = layers * 2 * 4 * 1500 * (16 + 64);
    assert_eq!(bytes(Precision::F32, 1), weights + window);
    assert_eq!(bytes(Precision::F32, 8), weights + 8 * window);
    assert!(bytes(Precision::Int8, 1) < bytes(Precision::F32, 1) / 3);
}
