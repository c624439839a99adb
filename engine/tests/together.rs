//! Several recordings in one batch: each becomes what it becomes alone, and fails alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{clip, model};
use hark_engine::audio::{AudioError, AudioSource, SampleStream, Samples};
use hark_engine::encoder::{Backend, BackendError, BackendInfo, CpuBackend, EncoderOutput, Evidence};
use hark_engine::mel::MelWindow;
use hark_engine::metrics::AudioTime;
use hark_engine::transcribe::{Event, News, Options, Strategy, Way, transcribe, transcribe_together};
use hark_engine::transcript::{Intervention, Transcript};
use hark_engine::{Cancel, EngineError, Precision, Whisper, Workers};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

const SHORT: [&str; 8] =
    ["short01", "short02", "short03", "short04", "short05", "short06", "short07", "short08"];

fn fast() -> Options {
    Options { way: Way::Fast, ..Options::default() }
}

fn whisper(precision: Precision) -> Whisper {
    Whisper::new(model("demo"), 2, precision).unwrap()
}

fn source(samples: &[f32]) -> Box<dyn AudioSource> {
    Box::new(Samples(samples.into()))
}

/// Clips behind each other, with a pause behind each.
fn joined(names: &[&str], pause_s: f64) -> Vec<f32> {
    let pause = vec![0.0; (pause_s * 16_000.0) as usize];
    names.iter().flat_map(|name| [clip(name), pause.clone()]).flatten().collect()
}

/// What was told of one recording.
#[derive(Default)]
struct Told {
    events: Vec<Event>,
    end: Option<Result<Transcript, EngineError>>,
}

impl Told {
    fn transcript(&self) -> &Transcript {
        self.end.as_ref().expect("an end").as_ref().expect("a transcript")
    }

    fn error(&self) -> &EngineError {
        self.end.as_ref().expect("an end").as_ref().expect_err("an error")
    }

    fn take(&mut self, news: News) {
        assert!(self.end.is_none(), "nothing comes behind the end");
        match news {
            News::Event(event) => self.events.push(event),
            News::Ended(result) => self.end = Some(result.map(|(transcript, _)| transcript)),
        }
    }
}

type Asked = (Box<dyn AudioSource>, Options);

/// Transcribes all of them, which must go well as a whole; what was told of each, in their order.
fn together(whisper: &mut Whisper, recordings: Vec<Asked>) -> Vec<Told> {
    let mut told: Vec<Told> = recordings.iter().map(|_| Told::default()).collect();
    let mut supply = recordings.into_iter();
    let mut on_news = |number: usize, news| told[number].take(news);
    transcribe_together(whisper, &mut || supply.next(), &Cancel::new(), &mut on_news).unwrap();
    told
}

fn alone(whisper: &mut Whisper, (source, options): Asked) -> Transcript {
    transcribe(whisper, &*source, &options, &Cancel::new(), &mut |_| ()).unwrap().0
}

/// Recordings of many kinds, with options of many kinds.
fn mixed() -> Vec<(Vec<f32>, Options)> {
    let words = Options { word_timestamps: true, ..fast() };
    let beams = Options { strategy: Strategy { beam_size: 3, ..Strategy::default() }, ..fast() };
    let drawn = Options { strategy: Strategy { temperature: 0.4, best_of: 2, beam_size: 1 }, ..fast() };
    let prompted = Options { initial_prompt: Some("Robert paid the rent.".into()), ..fast() };
    let untimed = Options { timestamps: false, ..fast() };
    vec![
        (clip("short01"), fast()),
        (joined(&["multi01", "short04", "multi02", "short09", "multi03"], 1.0), words),
        (vec![0.0; 16_000 * 31], fast()),
        (clip("noise10"), fast()),
        (clip("noisy03"), prompted),
        // Speech backwards, of which the decoder leaves a rest.
        (clip("multi02").into_iter().rev().collect(), fast()),
        (vec![], fast()),
        (clip("short04"), beams),
        (clip("quiet01"), drawn),
        (clip("multi02"), untimed),
        (joined(&["short20", "noisy05"], 8.0), fast()),
        // Speech too fast to be understood, which is tried again and again.
        (clip("long01").into_iter().step_by(2).collect(), fast()),
        (clip("short12"), fast()),
    ]
}

fn company_changes_no_bit_of_a_recording(precision: Precision) {
    let (recordings, mut whisper) = (mixed(), whisper(precision));
    let asked = |i: &usize| (source(&recordings[*i].0), recordings[*i].1.clone());
    let order: Vec<usize> = (0..recordings.len()).collect();
    let expected: Vec<Transcript> = order.iter().map(|i| alone(&mut whisper, asked(i))).collect();
    assert!(expected.iter().filter(|transcript| !transcript.text.is_empty()).count() >= 8);
    let seeks = |transcript: &Transcript| transcript.segments.iter().map(|s| s.seek).collect::<BTreeSet<_>>();
    assert_eq!(seeks(&expected[5]).len(), 2, "27 s are one window, and a rest if there is one");
    let again = |i: &Intervention| matches!(i, Intervention::TemperatureFallback { .. });
    assert!(expected.iter().any(|transcript| transcript.interventions.iter().any(again)));
    let turned: Vec<usize> = order.iter().rev().copied().collect();
    let odd_first: Vec<usize> =
        order.iter().copied().filter(|i| i % 2 == 1).chain([0, 2, 4, 6, 10]).collect();
    for order in [order, turned, odd_first] {
        let told = together(&mut whisper, order.iter().map(asked).collect());
        for (i, told) in order.iter().zip(told) {
            // Equal to the bit: texts, tokens, times, probabilities, interventions.
            assert_eq!(told.transcript(), &expected[*i], "recording {i} in the order {order:?}");
            let segments = told.events.iter().filter_map(|event| match event {
                Event::Segment(segment) => Some(segment.clone()),
                _ => None,
            });
            assert_eq!(segments.collect::<Vec<_>>(), expected[*i].segments);
            let progress: Vec<_> = told.events.iter().filter(|e| matches!(e, Event::Progress(_))).collect();
            assert!(progress.is_sorted_by(|a, b| seconds(a) <= seconds(b)), "{progress:?}");
            let all = AudioTime::from_samples(recordings[*i].0.len() / 160 * 160);
            assert_eq!(progress.last(), Some(&&Event::Progress(all)));
        }
    }
}

fn seconds(event: &Event) -> f64 {
    if let Event::Progress(time) = event { time.seconds() } else { panic!("{event:?}") }
}

#[test]
fn company_changes_no_bit_in_f32() {
    company_changes_no_bit_of_a_recording(Precision::F32);
}

#[test]
fn company_changes_no_bit_in_int8() {
    company_changes_no_bit_of_a_recording(Precision::Int8);
}

/// Notes how many windows came at once, and how many recordings had been asked for by then.
struct Watched {
    backend: CpuBackend,
    asked_for: Arc<AtomicUsize>,
    passes: Arc<Mutex<Vec<(usize, usize)>>>,
}

impl Backend for Watched {
    fn describe(&self) -> BackendInfo {
        self.backend.describe()
    }

    fn encode(&mut self, windows: &[MelWindow], cancel: &Cancel) -> Result<Vec<EncoderOutput>, BackendError> {
        self.passes.lock().unwrap().push((windows.len(), self.asked_for.load(Ordering::Relaxed)));
        self.backend.encode(windows, cancel)
    }

    fn evidence(&self) -> Evidence {
        self.backend.evidence()
    }

    fn cpu(&mut self) -> &mut dyn Backend {
        &mut self.backend
    }
}

/// Windows per pass, and how many recordings had been asked for before it.
fn passes(recordings: Vec<Asked>) -> Vec<(usize, usize)> {
    let (demo, workers) = (model("demo"), Workers::new(2));
    let (asked_for, passes) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
    let backend = CpuBackend::new(&demo, &workers, Precision::F32).unwrap();
    let backend = Watched { backend, asked_for: asked_for.clone(), passes: passes.clone() };
    let mut whisper = Whisper::with_backend(demo, Box::new(backend), &workers, Precision::F32).unwrap();
    let mut supply = recordings.into_iter();
    let mut next = || {
        supply.next().inspect(|_| {
            asked_for.fetch_add(1, Ordering::Relaxed);
        })
    };
    let mut ended = 0;
    let mut on_news = |_, news| ended += usize::from(matches!(news, News::Ended(Ok(_))));
    transcribe_together(&mut whisper, &mut next, &Cancel::new(), &mut on_news).unwrap();
    assert_eq!(ended, asked_for.load(Ordering::Relaxed));
    let passes = passes.lock().unwrap();
    passes.clone()
}

#[test]
fn short_clips_share_a_pass_and_no_more_are_asked_for_than_it_takes() {
    let clips = || SHORT.iter().map(|name| (source(&clip(name)), fast()));
    assert_eq!(passes(clips().collect()), [(8, 8)]);
    assert_eq!(passes(clips().chain(clips()).take(11).collect()), [(8, 8), (3, 11)]);
    // A long recording fills batches by itself until its end, and then others join it.
    let long = joined(&["long01"; 2], 0.5);
    let company = passes([(source(&long), fast())].into_iter().chain(clips()).collect());
    assert_eq!(company[0], (8, 1), "{company:?}");
    assert!(company[1..].iter().any(|(_, asked)| *asked > 1), "{company:?}");
    assert!(company[..company.len() - 1].iter().all(|(windows, _)| *windows == 8), "{company:?}");
    // Silence takes no place.
    let silence = (0..40).map(|_| (source(&[0.0; 16_000 * 3]), fast()));
    assert_eq!(passes(silence.chain(clips()).collect()), [(8, 48)]);
}

/// What is wrong with a recording.
#[derive(Clone, Copy)]
enum Fault {
    Open,
    Middle,
    SecondPass,
    Panic,
}

struct Broken {
    samples: Vec<f32>,
    fault: Fault,
    opened: AtomicUsize,
}

struct BrokenStream(Fault, Box<dyn SampleStream>, usize);

fn audio_error(what: &str) -> AudioError {
    AudioError::Io { path: "broken.wav".into(), reason: what.into() }
}

impl AudioSource for Broken {
    fn open(&self) -> Result<Box<dyn SampleStream>, AudioError> {
        let again = self.opened.fetch_add(1, Ordering::Relaxed) > 0;
        match self.fault {
            Fault::Open => Err(audio_error("gone")),
            Fault::SecondPass if again => Err(audio_error("gone since")),
            fault => Ok(Box::new(BrokenStream(fault, Samples(self.samples.as_slice().into()).open()?, 0))),
        }
    }

    fn stated_length(&self) -> Option<AudioTime> {
        None
    }
}

impl SampleStream for BrokenStream {
    fn next_block(&mut self, out: &mut Vec<f32>) -> Result<bool, AudioError> {
        self.2 += 1;
        match self.0 {
            Fault::Middle if self.2 == 3 => Err(audio_error("half of it")),
            Fault::Panic if self.2 == 3 => panic!("a decoder's defect"),
            _ => self.1.next_block(out),
        }
    }
}

#[test]
fn a_broken_recording_fails_alone() {
    // A multilingual model reads the beginning a second time, to hear the language.
    let mut whisper = Whisper::new(model("formula:tiny:multilingual"), 2, Precision::F32).unwrap();
    // It talks nonsense; at this temperature nobody asks it to try again.
    let strategy = Strategy { temperature: 1.0, ..Strategy::default() };
    let options = Options { strategy, ..fast() };
    let good = ["short01", "short04"].map(clip);
    let expected = good.each_ref().map(|samples| alone(&mut whisper, (source(samples), options.clone())));
    let broken = |fault| -> Asked {
        let (samples, opened) = (clip("multi01"), AtomicUsize::new(0));
        (Box::new(Broken { samples, fault, opened }), options.clone())
    };
    let impossible =
        Options { strategy: Strategy { beam_size: 0, ..Strategy::default() }, ..options.clone() };
    let told = together(
        &mut whisper,
        vec![
            broken(Fault::Open),
            (source(&good[0]), options.clone()),
            broken(Fault::Middle),
            broken(Fault::SecondPass),
            broken(Fault::Panic),
            (source(&good[0]), impossible),
            (source(&good[1]), options.clone()),
        ],
    );
    for (i, expected) in [1, 6].into_iter().zip(&expected) {
        assert_eq!(told[i].transcript(), expected, "recording {i}");
    }
    for (i, what) in [(0, "gone"), (2, "half of it"), (3, "gone since")] {
        let error = told[i].error();
        assert!(matches!(error, EngineError::Audio(AudioError::Io { .. })), "{i}: {error}");
        assert!(error.to_string().contains(what), "{i}: {error}");
    }
    assert!(matches!(told[4].error(), EngineError::Defect(what) if what == "a decoder's defect"));
    assert!(matches!(told[5].error(), EngineError::Options(_)));
}

#[test]
fn cancelling_ends_all_that_have_not_ended() {
    let mut whisper = whisper(Precision::F32);
    let cancel = Cancel::new();
    let mut supply = SHORT.iter().cycle().map(|name| (source(&clip(name)), fast()));
    let mut told: BTreeMap<usize, Told> = BTreeMap::new();
    let mut on_news = |number, news| {
        // The tenth is in the second batch.
        if matches!(news, News::Event(Event::Length(_))) && number == 9 {
            cancel.raise();
        }
        told.entry(number).or_default().take(news);
    };
    let ended = transcribe_together(&mut whisper, &mut || supply.next(), &cancel, &mut on_news);
    assert!(matches!(ended, Err(EngineError::Cancelled(_))), "{ended:?}");
    assert_eq!(told.len(), 10, "nobody is listened to afterwards");
    let finished = told.values().filter(|told| told.end.is_some()).count();
    assert_eq!(finished, 8, "the first batch was finished");
    told.values().take(8).for_each(|told| assert!(!told.transcript().text.is_empty()));
}
