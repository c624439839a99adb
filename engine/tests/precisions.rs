//! What the narrower precisions keep of the text, and that no result depends on its company.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::engine::Mel;
use common::words::{word_errors, words};
use common::{clip, model, repository};
use hark_engine::audio::Samples;
use hark_engine::decoder::{Decoder, Sequence};
use hark_engine::encoder::{Backend, CpuBackend, EncoderOutput};
use hark_engine::model::{GgmlType, Model, ModelDims, ModelSpec, write_ggml};
use hark_engine::proof::{ENCODER_LIMIT, prove};
use hark_engine::transcribe::{Options, Way, transcribe};
use hark_engine::transcript::Token;
use hark_engine::{Cancel, Precision, Whisper, Workers};

/// Wrong words that a precision may have more than f32, of all in the short, noisy and quiet clips.
const MORE_WRONG_WORDS: usize = 1;

#[test]
fn word_errors_are_counted() {
    assert_eq!(word_errors("I paid the rent.", "i paid, the rent"), 0);
    assert_eq!(word_errors("a b c d", "a x c"), 2);
    assert_eq!(word_errors("", "a b"), 2);
}

/// Name, truth and the reference's text (which f32 has, too) of the short, noisy and quiet clips.
fn clips() -> Vec<(String, String, String)> {
    let read = |name| std::fs::read_to_string(repository("assets/demo/samples").join(name)).unwrap();
    let (truths, expected) = (read("transcripts.tsv"), read("expected.tsv"));
    let row = |line: &str| {
        let mut columns = line.split('\t').map(str::to_owned);
        (columns.next().unwrap().trim_end_matches(".wav").to_owned(), columns.next().unwrap())
    };
    let expected: Vec<(String, String)> = expected.lines().skip(1).map(row).collect();
    let wanted = |name: &str| ["short", "noisy", "quiet"].iter().any(|kind| name.starts_with(kind));
    let truths = truths.lines().skip(1).map(row).filter(|(name, _)| wanted(name));
    truths
        .map(|(name, truth)| {
            let text = expected.iter().find(|(other, _)| *other == name).unwrap().1.clone();
            (name, truth, text)
        })
        .collect()
}

fn text(whisper: &mut Whisper, samples: &[f32]) -> String {
    let strict = Options { way: Way::Strict, ..Options::default() };
    let audio = Samples(samples.into());
    transcribe(whisper, &audio, &strict, &Cancel::new(), &mut |_| ()).unwrap().0.text
}

fn compare_words(model: &Model, precision: Precision) {
    let mut whisper = Whisper::new(model.clone(), 2, precision).unwrap();
    let (mut all, mut wrong, mut wrong_f32, mut other) = (0, 0, 0, 0);
    for (name, truth, exact) in clips() {
        let heard = text(&mut whisper, &clip(&name));
        all += words(&truth).len();
        wrong += word_errors(&truth, &heard);
        wrong_f32 += word_errors(&truth, &exact);
        other += usize::from(heard.trim() != exact.trim());
    }
    println!(
        "{} in {precision}: {wrong} of {all} words wrong, f32 {wrong_f32}; {other} texts differ",
        model.name
    );
    assert!(all > 200, "the clips are there");
    assert!(wrong <= wrong_f32 + MORE_WRONG_WORDS, "{wrong} wrong words instead of {wrong_f32}");
}

#[test]
fn the_demo_model_s_words_survive_every_precision() {
    for precision in Precision::ALL {
        compare_words(&model("demo"), precision);
    }
}

#[test]
fn demo_small_s_words_survive_8_bits() {
    compare_words(&model("demo:small"), Precision::Int8);
}

/// Quantised twice: by the file and by packing.
#[test]
fn words_survive_8_bits_from_a_q8_0_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("q8_0.bin");
    write_ggml(&model("demo"), GgmlType::Q8_0, &file).unwrap();
    compare_words(&Model::load(&ModelSpec::Path(file)).unwrap(), Precision::Int8);
}

fn small(outliers: bool) -> Model {
    let dims = ModelDims {
        n_audio_state: 128,
        n_text_state: 128,
        n_audio_head: 2,
        n_text_head: 2,
        n_audio_layer: 2,
        n_text_layer: 2,
        ..model("demo").dims
    };
    Model::from_formula("formula:test", dims, outliers).unwrap()
}

#[test]
fn the_proof_tells_good_from_bad() {
    let (demo, cancel) = (model("demo"), Cancel::new());
    let mut whisper = Whisper::new(demo.clone(), 2, Precision::Int8).unwrap();
    let proof = prove(&demo, &mut whisper, &Workers::new(2), &clip("short01"), &cancel).unwrap();
    assert!(proof.passed() && proof.steps > 8 && proof.encoder_worst > 0.0, "{proof:?}");
    // The same precision is its own equal.
    let mut exact = Whisper::new(demo.clone(), 2, Precision::F32).unwrap();
    let own = prove(&demo, &mut exact, &Workers::new(1), &clip("short01"), &cancel).unwrap();
    assert!(own.encoder_worst < 1e-6 && own.disagreements.is_empty(), "{own:?}");
    // Other weights than the model's.
    let spoilt = common::spoil::without_cross_attention(&demo);
    let mut deaf = Whisper::new(spoilt, 2, Precision::F32).unwrap();
    let deaf = prove(&demo, &mut deaf, &Workers::new(2), &clip("short01"), &cancel).unwrap();
    assert!(!deaf.passed() && !deaf.disagreements.is_empty(), "{deaf:?}");
    cancel.raise();
    assert!(prove(&demo, &mut whisper, &Workers::new(2), &clip("short01"), &cancel).is_err());
}

#[test]
fn large_channels_are_too_much_for_8_bits() {
    let worst = |outliers, precision| {
        let model = small(outliers);
        let mut whisper = Whisper::new(model.clone(), 2, precision).unwrap();
        let proof = prove(&model, &mut whisper, &Workers::new(2), &clip("short01"), &Cancel::new()).unwrap();
        println!("outliers {outliers}, {precision}: {} {}", proof.encoder_worst, proof.encoder_mean);
        proof.encoder_worst
    };
    assert!(worst(false, Precision::Int8) < ENCODER_LIMIT);
    assert!(worst(true, Precision::Int8) > ENCODER_LIMIT);
    assert!(worst(true, Precision::Int8Int16) > ENCODER_LIMIT);
    assert!(worst(true, Precision::F32) < ENCODER_LIMIT);
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|v| v.to_bits()).collect()
}

#[test]
fn states_do_not_depend_on_threads() {
    let small = small(false);
    let window = Mel::new(&small, &clip("short02")).window(0);
    for precision in Precision::ALL {
        let encode = |threads| {
            let mut backend = CpuBackend::new(&small, &Workers::new(threads), precision).unwrap();
            backend.encode(std::slice::from_ref(&window), &Cancel::new()).unwrap().remove(0)
        };
        let one = encode(1);
        for threads in [2, 3, 7] {
            assert_eq!(bits(&encode(threads).data), bits(&one.data), "{precision}, {threads} threads");
        }
    }
}

fn states(model: &Model, seed: usize) -> EncoderOutput {
    let (positions, state) = (model.dims.n_audio_ctx, model.dims.n_audio_state);
    let value = |i: usize| ((i * 7919 + seed * 104_729) % 2003) as f32 / 1001.0 - 1.0;
    EncoderOutput { positions, state, data: (0..positions * state).map(value).collect() }
}

#[test]
fn logits_do_not_depend_on_company_threads_or_how_many_come_at_once() {
    let (small, cancel) = (small(false), Cancel::new());
    let vocabulary = small.dims.n_vocab;
    let texts: Vec<Vec<Token>> =
        (0..8).map(|s| (0..9 + s % 3).map(|i| (1000 + 37 * i + 911 * s) as Token).collect()).collect();
    for precision in Precision::ALL {
        let decoder = Decoder::new(&small, &Workers::new(1), precision).unwrap();
        let two = Decoder::new(&small, &Workers::new(2), precision).unwrap();
        let windows: Vec<_> =
            (0..8).map(|s| decoder.cross_kv(&states(&small, s), &cancel).unwrap()).collect();
        // Each text alone, token by token.
        let alone: Vec<Vec<Vec<u32>>> = texts
            .iter()
            .zip(&windows)
            .map(|(text, window)| {
                let mut cache = decoder.cache();
                let step = |token: &Token| bits(&decoder.step(window, &mut cache, *token, &cancel).unwrap());
                text.iter().map(step).collect()
            })
            .collect();
        for count in [1, 2, 6, 7, 9] {
            let mut cache = two.cache();
            let all = two.prefill(&windows[0], &mut cache, &texts[0][..count], &cancel).unwrap();
            for (i, row) in all.chunks(vocabulary).enumerate() {
                assert_eq!(bits(row), alone[0][i], "{precision}: row {i} of {count} at once");
            }
            let next = two.step(&windows[0], &mut cache, texts[0][count % 9], &cancel).unwrap();
            assert!(count == 9 || bits(&next) == alone[0][count], "{precision}: behind {count} at once");
        }
        // Several side by side, of different lengths, in one order and the other.
        for order in [vec![0, 1], vec![5, 4, 3, 2, 1, 0], vec![3, 7, 1, 0, 6, 2, 5], (0..8).collect()] {
            let mut caches: Vec<_> = order.iter().map(|_| two.cache()).collect();
            let mut logits = Vec::new();
            for (cache, s) in caches.iter_mut().zip(&order) {
                // Some are further on than others.
                two.prefill(&windows[*s], cache, &texts[*s][..1 + s % 3], &cancel).unwrap();
            }
            for i in 0..6 {
                let at = |s: usize| 1 + s % 3 + i;
                let tokens: Vec<Token> = order.iter().map(|s| texts[*s][at(*s)]).collect();
                let mut sequences: Vec<Sequence<'_>> = caches
                    .iter_mut()
                    .zip(&order)
                    .map(|(cache, s)| Sequence { cross: &windows[*s], cache })
                    .collect();
                two.step_many(&mut sequences, &tokens, &mut logits, &cancel).unwrap();
                for (row, s) in logits.chunks(vocabulary).zip(&order) {
                    assert_eq!(bits(row), alone[*s][at(*s)], "{precision}: text {s} among {order:?}");
                }
            }
        }
    }
}
