//! The fast way through a recording: windows cut at pauses, decoded side by side.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::engine::{self, Mel, detected_language, run};
use common::words::{word_errors, words};
use common::{clip, model, repository};
use hark_engine::audio::Samples;
use hark_engine::decoder::{CrossKv, DecodeOptions, Decoder, Lockstep, WindowText};
use hark_engine::dims::HOP;
use hark_engine::metrics::AudioTime;
use hark_engine::model::Model;
use hark_engine::transcribe::{Event, Language, Options, Way, transcribe};
use hark_engine::transcript::Intervention;
use hark_engine::{Cancel, Precision, Whisper, Workers};

/// Without the text before a window, more of it may be misheard: up to this share of all words.
const MORE_WORD_ERRORS: f64 = 0.01;

fn fast() -> Options {
    Options { way: Way::Fast, ..Options::default() }
}

/// Silence between clips, one after the other.
fn joined(names: &[&str], pause_s: f64) -> Vec<f32> {
    let pause = vec![0.0; (pause_s * 16_000.0) as usize];
    names.iter().flat_map(|name| [clip(name), pause.clone()]).flatten().collect()
}

#[test]
fn the_samples_are_heard_about_as_well_as_in_the_default_way() {
    let demo = model("demo");
    let table = std::fs::read_to_string(repository("assets/demo/samples/transcripts.tsv")).unwrap();
    let (mut all, mut by_default, mut side_by_side, mut equal) = (0, 0, 0, 0);
    for line in table.lines().skip(1) {
        let mut columns = line.split('\t');
        let (name, truth) = (columns.next().unwrap().trim_end_matches(".wav"), columns.next().unwrap());
        let samples = clip(name);
        let default = run(&demo, &samples, &Options::default()).transcript;
        let fast = run(&demo, &samples, &fast()).transcript;
        all += words(truth).len();
        by_default += word_errors(truth, &default.text);
        side_by_side += word_errors(truth, &fast.text);
        equal += usize::from(default.text == fast.text);
        if truth.is_empty() {
            assert_eq!(fast.text, "", "{name}");
        }
    }
    println!("{all} words, errors: {by_default} by default, {side_by_side} fast; {equal} texts are equal");
    let allowed = by_default as f64 + MORE_WORD_ERRORS * all as f64;
    assert!(side_by_side as f64 <= allowed, "{side_by_side} errors, {allowed} are allowed");
    assert!(equal >= 30, "a short clip is one window either way, yet only {equal} texts are equal");
}

/// Encoded windows of the demo model.
fn windows(model: &Model, decoder: &Decoder, names: &[&str]) -> Vec<CrossKv> {
    let encode = |name: &&str| engine::encode(model, &Mel::new(model, &clip(name)).window(0));
    names.iter().map(|name| decoder.cross_kv(&encode(name), &Cancel::new()).unwrap()).collect()
}

fn decode(
    model: &Model,
    decoder: &Decoder,
    windows: &[(usize, &CrossKv, DecodeOptions<'_>)],
) -> Vec<(usize, WindowText)> {
    let (mut lockstep, mut done) = (Lockstep::new(decoder, &model.tokenizer), Vec::new());
    let mut waiting = windows.iter();
    let mut next = waiting.next();
    while next.is_some() || !lockstep.is_empty() {
        while let Some((name, cross, options)) = next.filter(|(_, _, options)| lockstep.has_room(options)) {
            lockstep.admit(*name, *cross, options);
            next = waiting.next();
        }
        done.extend(lockstep.step(&Cancel::new()).unwrap());
    }
    done.sort_by_key(|(name, _)| *name);
    done
}

#[test]
fn company_changes_no_bit_of_a_window() {
    let demo = model("demo");
    let decoder = Decoder::new(&demo, &Workers::new(2), Precision::F32).unwrap();
    let names = [
        "short01", "noisy03", "multi01", "short04", "quiet01", "noise10", "short09", "long01", "short13",
        "noisy05", "short20", "multi02",
    ];
    let crosses = windows(&demo, &decoder, &names);
    let prompt = demo.tokenizer.encode(" Robert paid the rent.");
    let sot = [demo.tokenizer.special.sot];
    let greedy = DecodeOptions {
        sot_sequence: &sot,
        prompt: &[],
        prefix: &[],
        timestamps: true,
        temperature: 0.0,
        beam_size: 1,
        best_of: 1,
        seed: 0,
        forced: None,
        some_word: false,
    };
    let ways = [
        ("greedy", greedy.clone()),
        ("without timestamps", DecodeOptions { timestamps: false, ..greedy.clone() }),
        ("with a prompt", DecodeOptions { prompt: &prompt, ..greedy.clone() }),
        ("drawn", DecodeOptions { temperature: 0.6, best_of: 2, seed: 7, ..greedy.clone() }),
        ("by beam", DecodeOptions { beam_size: 3, ..greedy }),
    ];
    let mut seed = 5_u64;
    for (way, options) in ways {
        let alone: Vec<WindowText> = crosses
            .iter()
            .map(|cross| decode(&demo, &decoder, &[(0, cross, options.clone())]).remove(0).1)
            .collect();
        assert!(alone.iter().any(|text| text.tokens.len() > 20), "{way}: short texts show little");
        for _ in 0..2 {
            let mut order: Vec<usize> = (0..crosses.len()).collect();
            for i in (1..order.len()).rev() {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                order.swap(i, (seed >> 33) as usize % (i + 1));
            }
            let company: Vec<_> = order.iter().map(|i| (*i, &crosses[*i], options.clone())).collect();
            for (name, text) in decode(&demo, &decoder, &company) {
                // Equal to the bit: tokens, mean log-probability, no-speech probability.
                assert_eq!(text, alone[name], "{way}: {} in the order {order:?}", names[name]);
            }
        }
    }
}

#[test]
fn silence_is_skipped_and_said_and_times_stay_true() {
    let mut recording = vec![0.0; 16_000 * 40];
    recording.extend(clip("short04"));
    recording.extend(vec![0.0; 16_000 * 35]);
    let run = run(&model("demo"), &recording, &fast());
    assert_eq!(run.transcript.text.trim(), "Please restart the software and check the database.");
    let [segment] = run.transcript.segments.as_slice() else { panic!("{:?}", run.transcript) };
    assert!((39.4..41.0).contains(&segment.start), "{}", segment.start);
    let skipped =
        |i: &&Intervention| matches!(i, Intervention::SilenceSkipped { start, end } if end - start > 25.0);
    assert_eq!(run.transcript.interventions.iter().filter(skipped).count(), 2, "before and behind");
    assert_eq!(run.windows.len(), 1);
}

#[test]
fn nothing_heard_is_nothing_written() {
    let demo = model("demo");
    for samples in [vec![], vec![0.0; 100], vec![0.0; 16_000 * 31], clip("noise10")] {
        let run = run(&demo, &samples, &fast());
        assert_eq!((run.transcript.text.as_str(), run.transcript.segments.len()), ("", 0));
        assert_eq!(run.transcript.language, "en");
    }
}

#[test]
fn events_come_in_the_order_of_the_recording_and_every_window_has_the_prompt() {
    let names = ["short01", "multi01", "short04", "multi02", "short09", "multi03", "short13"];
    let recording = joined(&names, 1.5);
    let mut whisper = Whisper::new(model("demo"), 2, Precision::F32).unwrap();
    let prompt = whisper.model.tokenizer.encode(" Robert paid the rent.");
    let options = Options { initial_prompt: Some("Robert paid the rent.".into()), ..fast() };
    let (mut windows, mut segments, mut progress) = (Vec::new(), Vec::new(), Vec::new());
    let mut on_event = |event| match event {
        Event::Window(window) => windows.push(window),
        Event::Segment(segment) => segments.push(segment),
        Event::Progress(time) => progress.push(time),
        _ => {}
    };
    let source = Samples(recording.as_slice().into());
    let (transcript, _) = transcribe(&mut whisper, &source, &options, &Cancel::new(), &mut on_event).unwrap();
    assert!(windows.len() >= 2, "one window shows no order");
    assert!(windows.iter().all(|window| window.prompt == prompt));
    assert!(windows.is_sorted_by(|a, b| a.seek < b.seek));
    let frames = recording.len() / HOP;
    assert!(progress.is_sorted());
    assert_eq!(progress.last(), Some(&AudioTime::from_samples(frames * HOP)));
    assert_eq!(segments, transcript.segments);
    assert!(segments.is_sorted_by(|a, b| a.end <= b.start + 1e-9 && a.id + 1 == b.id), "{segments:?}");
}

#[test]
fn words_have_times_and_change_no_text() {
    let recording = joined(&["multi01", "short04", "multi02", "short09"], 1.0);
    let demo = model("demo");
    let plain = run(&demo, &recording, &fast());
    let timed = run(&demo, &recording, &Options { word_timestamps: true, ..fast() });
    assert!(plain.windows.len() >= 2);
    assert_eq!(plain.windows, timed.windows);
    assert_eq!(plain.transcript.text, timed.transcript.text);
    for segment in &timed.transcript.segments {
        let words: String = segment.words.iter().map(|word| word.word.as_str()).collect();
        assert_eq!(words, segment.text);
        // By the reference's rule, a first word that was aligned too early keeps the typical duration,
        // at most 0.7 s, which may begin before its segment.
        let begins = |i: usize| segment.start - if i == 0 { 0.7 } else { 0.0 };
        let words = || segment.words.iter().enumerate();
        assert!(words().all(|(i, w)| begins(i) <= w.start && w.end <= segment.end), "{segment:?}");
    }
    let untimed = run(&demo, &recording, &Options { timestamps: false, ..fast() });
    assert_eq!(untimed.transcript.segments.len(), untimed.windows.len());
}

#[test]
fn the_language_is_heard_once_at_the_first_speech() {
    let multilingual = model("formula:tiny:multilingual");
    let mut recording = vec![0.0; 16_000 * 10];
    recording.extend(clip("short01"));
    let by_default = detected_language(&multilingual, &recording, &Options::default());
    assert!(by_default.is_some());
    assert_eq!(by_default, detected_language(&multilingual, &recording, &fast()));
    // Of those that come into question it is one of them, whatever all would give.
    let (code, _) = by_default.unwrap();
    let others: Vec<String> =
        ["de", "fr", "ja"].into_iter().filter(|other| *other != code).map(Into::into).collect();
    let among = Options { language: Language::Among(others.clone()), ..Options::default() };
    let (heard, share) = detected_language(&multilingual, &recording, &among).unwrap();
    assert!(others.contains(&heard) && (0.0..=1.0).contains(&share), "{heard}: {share}");
    let one = Options { language: Language::Among(vec!["de".into()]), ..Options::default() };
    assert_eq!(detected_language(&multilingual, &recording, &one), None, "there is nothing to find out");
}
