//! Many recordings on one engine: what becomes of each does not depend on the others, and none keeps the others
//! waiting.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{clip, model};
use hark_engine::audio::{AudioError, AudioSource, SampleStream, Samples};
use hark_engine::encoder::{Backend, BackendError, BackendInfo, CpuBackend, EncoderOutput, Evidence};
use hark_engine::mel::MelWindow;
use hark_engine::metrics::{AudioTime, Monitor};
use hark_engine::schedule::{Limits, LiveRequest, Request, Scheduler, Turned};
use hark_engine::transcribe::{Event, LiveSource, News, Options, Strategy, Way, transcribe, transcribe_live};
use hark_engine::transcript::{Intervention, Transcript};
use hark_engine::{Cancel, EngineError, Precision, Whisper, Workers};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Numbers that are the same for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % n as u64) as usize
    }
}

fn source(samples: &[f32]) -> Box<dyn AudioSource> {
    Box::new(Samples(samples.into()))
}

fn request(number: u64, samples: &[f32], options: &Options) -> Request {
    Request { number, source: source(samples), options: options.clone(), cancel: Cancel::new() }
}

/// What was told of each recording.
#[derive(Default)]
struct Told {
    events: BTreeMap<u64, Vec<Event>>,
    ends: BTreeMap<u64, Result<Transcript, EngineError>>,
    /// The numbers, in the order of the ends.
    order: Vec<u64>,
}

impl Told {
    fn take(&mut self, number: u64, news: News) {
        assert!(!self.ends.contains_key(&number), "nothing comes behind the end of {number}");
        match news {
            News::Event(event) => self.events.entry(number).or_default().push(event),
            News::Ended(result) => {
                self.order.push(number);
                self.ends.insert(number, result.map(|(transcript, _)| transcript));
            }
        }
    }

    fn transcript(&self, number: u64) -> &Transcript {
        self.ends[&number].as_ref().expect("a transcript")
    }

    fn windows(&self, number: u64) -> usize {
        let all = self.events.get(&number).into_iter().flatten();
        all.filter(|event| matches!(event, Event::Window(_))).count()
    }
}

fn turn(scheduler: &mut Scheduler<'_>, told: &mut Told) -> Turned {
    scheduler.turn(&mut |number, news| told.take(number, news)).unwrap()
}

fn run(scheduler: &mut Scheduler<'_>, told: &mut Told) {
    while turn(scheduler, told) != Turned::Idle {}
}

/// Recordings of many kinds, in every way, with options of many kinds.
fn mixed() -> Vec<(Vec<f32>, Options)> {
    let pause = vec![0.0; 16_000 * 3];
    let long = ["multi01", "short09", "noisy03"].map(|name| [clip(name), pause.clone()].concat()).concat();
    let way = |way| Options { way, ..Options::default() };
    let (default, strict, fast) = (way(Way::Default), way(Way::Strict), way(Way::Fast));
    let beams = Strategy { beam_size: 3, ..Strategy::default() };
    let wide = Strategy { beam_size: 9, ..Strategy::default() };
    let drawn = Strategy { temperature: 0.4, best_of: 2, beam_size: 1 };
    vec![
        (clip("short01"), default.clone()),
        (long.clone(), Options { word_timestamps: true, ..default.clone() }),
        (long, fast.clone()),
        (vec![0.0; 16_000 * 31], default.clone()),
        (vec![], strict.clone()),
        (clip("short04"), Options { strategy: beams, ..default.clone() }),
        (clip("short02"), Options { strategy: wide, ..strict.clone() }),
        (clip("quiet01"), Options { strategy: drawn, ..fast.clone() }),
        (
            clip("short07"),
            Options { initial_prompt: Some("Robert paid the rent.".into()), ..default.clone() },
        ),
        (clip("multi02"), Options { timestamps: false, ..strict }),
        // Speech backwards, of which the decoder leaves a rest, and speech too fast, which is tried again.
        (clip("multi02").into_iter().rev().collect(), fast),
        (clip("long01").into_iter().step_by(2).collect(), default),
    ]
}

fn company_changes_no_bit(precision: Precision, seeds: std::ops::Range<u64>) {
    let mut whisper = Whisper::new(model("demo"), 2, precision).unwrap();
    let recordings = mixed();
    let alone = |(samples, options): &(Vec<f32>, Options)| {
        let (mut windows, audio) = (Vec::new(), Samples(samples.as_slice().into()));
        let on_event = &mut |event| windows.extend(matches!(event, Event::Window(_)).then_some(event));
        let transcript = transcribe(&mut whisper, &audio, options, &Cancel::new(), on_event).unwrap().0;
        (transcript, windows)
    };
    let expected: Vec<_> = recordings.iter().map(alone).collect();
    let again = |i: &Intervention| matches!(i, Intervention::TemperatureFallback { .. });
    assert!(expected.iter().any(|(transcript, _)| transcript.interventions.iter().any(again)));
    for seed in seeds {
        let mut random = Random(seed);
        let limits = Limits { batch: 1 + random.below(8), jobs: 64, ..Limits::default() };
        let monitor = Monitor::default();
        let mut scheduler = Scheduler::new(&mut whisper, limits, monitor.clone());
        let (mut told, mut stray) = (Told::default(), Vec::new());
        let mut waiting: Vec<usize> = (0..recordings.len()).collect();
        loop {
            // Somebody comes every few turns; now and then it is somebody who leaves again.
            if !waiting.is_empty() && random.below(4) == 0 {
                let which = waiting.swap_remove(random.below(waiting.len()));
                let (samples, options) = &recordings[which];
                let on_news = &mut |number, news| told.take(number, news);
                scheduler.admit(request(which as u64, samples, options), on_news).unwrap();
                if random.below(3) == 0 {
                    let stray_request = request(100 + which as u64, samples, options);
                    stray.push((which as u64 + 100, stray_request.cancel.clone()));
                    scheduler.admit(stray_request, on_news).unwrap();
                }
            }
            if random.below(6) == 0
                && let Some((number, cancel)) = stray.pop()
            {
                cancel.raise();
                turn(&mut scheduler, &mut told);
                assert!(told.ends.contains_key(&number), "it ends within a step");
            }
            if turn(&mut scheduler, &mut told) == Turned::Idle && waiting.is_empty() {
                break;
            }
        }
        for (i, (transcript, windows)) in expected.iter().enumerate() {
            // Equal to the bit: texts, tokens, times, probabilities, interventions.
            assert_eq!(told.transcript(i as u64), transcript, "recording {i}, seed {seed}");
            let events = told.events.remove(&(i as u64)).unwrap_or_default();
            let of_windows: Vec<_> =
                events.iter().filter(|event| matches!(event, Event::Window(_))).cloned().collect();
            if recordings[i].1.way != Way::Fast {
                assert_eq!(&of_windows, windows, "recording {i}, seed {seed}");
            }
            let segments = events.iter().filter_map(|event| match event {
                Event::Segment(segment) => Some(segment.clone()),
                _ => None,
            });
            assert_eq!(segments.collect::<Vec<_>>(), transcript.segments);
        }
        let figures = monitor.figures();
        assert_eq!(figures.admitted, figures.finished + figures.cancelled);
        assert!(figures.finished >= recordings.len() as u64 && figures.fallbacks > 0, "{figures:?}");
        assert!(figures.batch_sizes.len() <= limits.batch);
    }
}

#[test]
fn company_changes_no_bit_in_f32() {
    company_changes_no_bit(Precision::F32, 0..1);
}

#[test]
fn company_changes_no_bit_in_int8() {
    company_changes_no_bit(Precision::Int8, 10..12);
}

#[test]
fn windows_share_the_passes_and_a_clip_overtakes_a_long_file() {
    let mut whisper = Whisper::new(model("demo"), 2, Precision::Int8).unwrap();
    let monitor = Monitor::default();
    let mut scheduler = Scheduler::new(&mut whisper, Limits::default(), monitor.clone());
    let (options, mut told) = (Options::default(), Told::default());
    let long = clip("long01").repeat(2);
    for number in 0..5 {
        let on_news = &mut |number, news| told.take(number, news);
        scheduler.admit(request(number, &long, &options), on_news).unwrap();
    }
    while told.windows(0) == 0 {
        turn(&mut scheduler, &mut told);
    }
    let before: usize = (0..5).map(|number| told.windows(number)).sum();
    scheduler
        .admit(request(9, &clip("short01"), &options), &mut |number, news| told.take(number, news))
        .unwrap();
    while !told.ends.contains_key(&9) {
        turn(&mut scheduler, &mut told);
    }
    let since = (0..5).map(|number| told.windows(number)).sum::<usize>() - before;
    assert!(since <= 10, "{since} windows of long files ended before the clip");
    run(&mut scheduler, &mut told);
    assert_eq!(told.order[0], 9);
    let first = told.transcript(0).clone();
    assert!((1..5).all(|number| *told.transcript(number) == first));
    let figures = monitor.figures();
    assert!(figures.mean_batch().unwrap() > 3.0, "{:?}", figures.batch_sizes);
    assert_eq!((figures.queue_wait.count(), figures.job.count()), (6, 6));
    assert!(figures.launches > 0 && figures.encoder_share() > 0.0);
    assert!(figures.audio_per_second().unwrap() > 0.0 && figures.step.quantile(0.95).unwrap() > 0.0);
}

/// A microphone that gives a block whenever it is asked, and says that a pass takes 100 ms.
struct Microphone {
    samples: Vec<f32>,
    given: usize,
}

impl LiveSource for Microphone {
    fn next(&mut self, out: &mut Vec<f32>) -> Result<bool, EngineError> {
        let end = (self.given + 4_000).min(self.samples.len());
        out.extend_from_slice(&self.samples[self.given..end]);
        let more = end > self.given;
        self.given = end;
        Ok(more)
    }

    fn charge(&mut self, _: Duration) -> Duration {
        Duration::from_millis(100)
    }
}

#[test]
fn a_dictation_goes_on_while_files_are_transcribed() {
    let mut whisper = Whisper::new(model("demo"), 2, Precision::Int8).unwrap();
    let (options, samples) = (Options::default(), clip("multi01"));
    let microphone = || Microphone { samples: samples.clone(), given: 0 };
    let flags = (&Cancel::new(), &Cancel::new());
    let mut events = Vec::new();
    let on_event = &mut |event| events.push(event);
    let (expected, _) = transcribe_live(&mut whisper, &mut microphone(), &options, flags, on_event).unwrap();
    let audio = Samples(clip("long01").into());
    let (file, _) = transcribe(&mut whisper, &audio, &options, &Cancel::new(), &mut |_| ()).unwrap();

    let mut scheduler = Scheduler::new(&mut whisper, Limits::default(), Monitor::default());
    let mut told = Told::default();
    let mut on_news = |number, news| told.take(number, news);
    for number in 0..8 {
        scheduler.admit(request(number, &clip("long01"), &options), &mut on_news).unwrap();
    }
    let (cancel, hurry) = (Cancel::new(), Cancel::new());
    let source = Box::new(microphone());
    let live = LiveRequest { number: 20, source, options: options.clone(), cancel, hurry };
    scheduler.follow(live, &mut on_news);
    run(&mut scheduler, &mut told);
    assert_eq!(told.transcript(20), &expected);
    assert_eq!(told.events[&20], events);
    assert!(events.iter().filter(|event| matches!(event, Event::Live(_))).count() > 3);
    assert!((0..8).all(|number| *told.transcript(number) == file));
    assert_eq!(told.order[0], 20, "it was over before any of the files");
}

#[test]
fn what_finds_no_room_is_given_back_with_the_wait() {
    let mut whisper = Whisper::new(model("demo"), 2, Precision::Int8).unwrap();
    let monitor = Monitor::default();
    let limits = Limits { jobs: 2, ..Limits::default() };
    let mut scheduler = Scheduler::new(&mut whisper, limits, monitor.clone());
    let (options, mut told) = (Options::default(), Told::default());
    let mut on_news = |number, news| told.take(number, news);
    for number in 0..2 {
        scheduler.admit(request(number, &clip("short01"), &options), &mut on_news).unwrap();
    }
    let refused = scheduler.admit(request(2, &clip("short04"), &options), &mut on_news).unwrap_err();
    assert_eq!((refused.jobs, refused.request.number), (2, 2));
    assert!(refused.wait.seconds() > 0.0 && refused.to_string().contains("2 recordings"), "{refused}");
    run(&mut scheduler, &mut told);
    let mut on_news = |number, news| told.take(number, news);
    scheduler.admit(*refused.request, &mut on_news).unwrap();
    run(&mut scheduler, &mut told);
    assert_eq!(told.order.len(), 3);
    assert_eq!((monitor.figures().refused, monitor.figures().finished), (1, 3));
}

/// A recording that breaks in the middle of the first pass, or panics there.
struct Broken(bool);

impl AudioSource for Broken {
    fn open(&self) -> Result<Box<dyn SampleStream>, AudioError> {
        Ok(Box::new(Self(self.0)))
    }

    fn stated_length(&self) -> Option<AudioTime> {
        None
    }
}

impl SampleStream for Broken {
    fn next_block(&mut self, _: &mut Vec<f32>) -> Result<bool, AudioError> {
        assert!(!self.0, "a decoder's defect");
        Err(AudioError::Io { path: "broken.wav".into(), reason: "half of it".into() })
    }
}

#[test]
fn what_is_broken_fails_alone() {
    let mut whisper = Whisper::new(model("demo"), 2, Precision::Int8).unwrap();
    let mut scheduler = Scheduler::new(&mut whisper, Limits::default(), Monitor::default());
    let mut told = Told::default();
    let impossible =
        Options { strategy: Strategy { beam_size: 0, ..Strategy::default() }, ..Options::default() };
    let mut on_news = |number, news| told.take(number, news);
    let (good, options) = (clip("short01"), Options::default());
    let broken =
        |number, panics| Request { source: Box::new(Broken(panics)), ..request(number, &[], &options) };
    scheduler.admit(broken(0, false), &mut on_news).unwrap();
    scheduler.admit(request(1, &good, &options), &mut on_news).unwrap();
    scheduler.admit(broken(2, true), &mut on_news).unwrap();
    scheduler.admit(request(3, &good, &impossible), &mut on_news).unwrap();
    run(&mut scheduler, &mut told);
    assert!(!told.transcript(1).text.is_empty());
    assert!(matches!(&told.ends[&0], Err(EngineError::Audio(AudioError::Io { .. }))));
    assert!(matches!(&told.ends[&2], Err(EngineError::Defect(what)) if what == "a decoder's defect"));
    assert!(matches!(&told.ends[&3], Err(EngineError::Options(_))));
}

/// The CPU's encoder in the guise of hardware of its own, which says what it was told.
struct Beside {
    cpu: CpuBackend,
    log: Arc<Mutex<Vec<(bool, usize)>>>,
}

impl Backend for Beside {
    fn describe(&self) -> BackendInfo {
        self.cpu.describe()
    }

    fn encode(&mut self, windows: &[MelWindow], cancel: &Cancel) -> Result<Vec<EncoderOutput>, BackendError> {
        self.log.lock().unwrap().push((false, windows.len()));
        self.cpu.encode(windows, cancel)
    }

    fn evidence(&self) -> Evidence {
        self.cpu.evidence()
    }

    fn cpu(&mut self) -> &mut dyn Backend {
        &mut self.cpu
    }

    fn begin(&mut self, windows: &[MelWindow]) {
        self.log.lock().unwrap().push((true, windows.len()));
    }

    fn works_beside(&self) -> bool {
        true
    }
}

#[test]
fn hardware_of_its_own_works_beside_the_decoder_in_the_default_order() {
    let (demo, workers, log) = (model("demo"), Workers::new(2), Arc::default());
    let cpu = CpuBackend::new(&demo, &workers, Precision::Int8).unwrap();
    let backend = Box::new(Beside { cpu, log: Arc::clone(&log) });
    let mut whisper = Whisper::with_backend(demo, backend, &workers, Precision::Int8).unwrap();
    let (options, audio) = (Options::default(), Samples(clip("long01").into()));
    let (expected, _) = transcribe(&mut whisper, &audio, &options, &Cancel::new(), &mut |_| ()).unwrap();
    log.lock().unwrap().clear();
    let mut scheduler = Scheduler::new(&mut whisper, Limits::default(), Monitor::default());
    let mut told = Told::default();
    for (number, late) in [(0, 0), (1, 3), (2, 5)] {
        // Others come while the first is being decoded.
        for _ in 0..late {
            turn(&mut scheduler, &mut told);
        }
        let on_news = &mut |number, news| told.take(number, news);
        scheduler.admit(request(number, &audio.0, &options), on_news).unwrap();
    }
    run(&mut scheduler, &mut told);
    assert!((0..3).all(|number| *told.transcript(number) == expected));
    let log = log.lock().unwrap();
    let begun = log.iter().filter(|(begun, _)| *begun).count();
    assert!(begun > 2, "{log:?}");
    // What was begun is fetched before anything else is asked for.
    for pair in log.windows(2).filter(|pair| pair[0].0) {
        assert_eq!(pair[1], (false, pair[0].1), "{log:?}");
    }
}
