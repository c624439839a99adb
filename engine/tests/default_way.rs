//! The default way through a recording: equal to the strict one where no guard acts, and what the
//! guards do where they act.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use hark_engine::audio::{AudioFile, AudioSource, Samples};
use hark_engine::model::{Model, ModelDims, ModelSpec};
use hark_engine::transcribe::{Event, Options, Strategy, Way, transcribe};
use hark_engine::transcript::{Intervention, Transcript};
use hark_engine::{Cancel, Precision, Whisper};
use std::path::{Path, PathBuf};

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/demo/samples")
}

struct Demo(Whisper);

impl Demo {
    fn new() -> Self {
        Self(Whisper::new(Model::load(&ModelSpec::Demo).unwrap(), 2, Precision::F32).unwrap())
    }

    fn read(&mut self, source: &dyn AudioSource, options: &Options) -> Transcript {
        transcribe(&mut self.0, source, options, &Cancel::new(), &mut |_| {}).unwrap().0
    }
}

fn clip(name: &str) -> AudioFile {
    AudioFile::open(&samples().join(name), None).unwrap()
}

fn pcm(name: &str) -> Vec<f32> {
    let (file, mut all) = (clip(name), Vec::new());
    let mut stream = file.open().unwrap();
    while stream.next_block(&mut all).unwrap() {}
    all
}

#[test]
fn equals_the_strict_way_where_nothing_was_reported() {
    let mut demo = Demo::new();
    let strict = Options { way: Way::Strict, ..Options::default() };
    let (mut untouched, mut touched) = (0, Vec::new());
    let mut names: Vec<_> = std::fs::read_dir(samples()).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    for name in names.iter().filter_map(|n| n.to_str()).filter(|n| n.ends_with(".wav")) {
        let ours = demo.read(&clip(name), &Options::default());
        if ours.interventions.is_empty() {
            assert_eq!(ours, demo.read(&clip(name), &strict), "{name}");
            untouched += 1;
        } else {
            touched.push(name.to_owned());
        }
    }
    println!("{untouched} clips without an intervention, equal; with: {touched:?}");
    assert!(untouched >= 20, "only {untouched} clips show anything; with interventions: {touched:?}");
}

#[test]
fn silence_is_skipped_and_said_and_times_stay_true() {
    let mut demo = Demo::new();
    let speech = pcm("short04.wav");
    let mut recording = vec![0.0; 16_000 * 40];
    recording.extend(&speech);
    recording.extend(vec![0.0; 16_000 * 35]);
    let transcript = demo.read(&Samples(recording.into()), &Options::default());
    assert_eq!(transcript.text.trim(), "Please restart the software and check the database.");
    let [segment] = transcript.segments.as_slice() else { panic!("{transcript:?}") };
    assert!((39.4..41.0).contains(&segment.start), "{}", segment.start);
    let skipped = |i: &Intervention| matches!(i, Intervention::SilenceSkipped { end, .. } if *end > 35.0);
    assert!(transcript.interventions.iter().any(skipped), "{:?}", transcript.interventions);
}

/// The last second and a half of speech behind a pause, before which the model ends its text.
fn with_a_pause() -> Vec<f32> {
    [pcm("short04.wav"), vec![0.0; 16_000 * 4], pcm("short15.wav"), vec![0.0; 4_800]].concat()
}

#[test]
fn speech_behind_a_pause_is_not_left() {
    let mut demo = Demo::new();
    let audio = Samples(with_a_pause().into());
    for way in [Way::Strict, Way::Default, Way::Fast] {
        let transcript = demo.read(&audio, &Options { way, ..Options::default() });
        let left = |i: &Intervention| matches!(i, Intervention::SpeechLeft { start, end } if start < end);
        let (said, told) = (transcript.segments.len(), transcript.interventions.iter().any(left));
        assert_eq!((said, told), if way == Way::Strict { (1, false) } else { (2, true) }, "{transcript:?}");
        if way != Way::Strict {
            let alone = demo.read(&clip("short15.wav"), &Options::default());
            assert_eq!(transcript.segments[1].text, alone.segments[0].text);
            assert!(transcript.segments[1].start > 6.0, "{transcript:?}");
        }
    }
}

#[test]
fn a_word_alone_is_not_dropped() {
    let mut demo = Demo::new();
    let options = Options { word_timestamps: true, ..Options::default() };
    let (mut words, mut doubted) = (0, 0);
    for name in ["short02.wav", "short04.wav", "short10.wav", "short11.wav"] {
        let (samples, transcript) = (pcm(name), demo.read(&clip(name), &options));
        let all = transcript.segments.iter().flat_map(|segment| &segment.words);
        for word in all.filter(|word| word.end - word.start >= 0.25) {
            let at = |seconds: f64| (seconds * 16_000.0) as usize;
            let sound = &samples[at(word.start)..at(word.end).min(samples.len())];
            let alone = [&[0.0; 3_200], sound, &[0.0; 4_800]].concat();
            let heard = demo.read(&Samples(alone.into()), &Options::default());
            assert!(!heard.text.trim().is_empty(), "{name}: {} was dropped", word.word);
            words += 1;
            let doubt = |i: &Intervention| matches!(i, Intervention::SilenceDoubted { .. });
            doubted += usize::from(heard.interventions.iter().any(doubt));
        }
    }
    assert!(words >= 12 && doubted >= 1, "{doubted} of {words}");
}

#[test]
fn nothing_heard_is_nothing_written() {
    let mut demo = Demo::new();
    for samples in [vec![], vec![0.0; 100], vec![0.0; 16_000 * 31]] {
        let transcript = demo.read(&Samples(samples.into()), &Options::default());
        assert_eq!((transcript.text.as_str(), transcript.segments.len()), ("", 0));
    }
}

#[test]
fn sampling_repeats_itself() {
    let mut demo = Demo::new();
    let hot = Strategy { temperature: 0.8, best_of: 2, ..Strategy::default() };
    let options = Options { strategy: hot, ..Options::default() };
    let first = demo.read(&clip("multi01.wav"), &options);
    assert_eq!(first, demo.read(&clip("multi01.wav"), &options), "the same input gives the same text");
}

#[test]
fn unlikely_text_is_tried_again_at_every_temperature() {
    let dims = ModelDims {
        n_mels: 80,
        n_audio_ctx: 1500,
        n_audio_state: 64,
        n_audio_head: 1,
        n_audio_layer: 1,
        n_vocab: 2000,
        n_text_ctx: 64,
        n_text_state: 64,
        n_text_head: 1,
        n_text_layer: 1,
    };
    // Weights without training know no likely token.
    let model = Model::from_formula("formula:smallest", dims, false).unwrap();
    let transcript =
        Demo(Whisper::new(model, 2, Precision::F32).unwrap()).read(&clip("short04.wav"), &Options::default());
    let rejected: Vec<f32> = transcript
        .interventions
        .iter()
        .filter_map(|i| match i {
            Intervention::TemperatureFallback { start: 0.0, temperature } => Some(*temperature),
            _ => None,
        })
        .collect();
    assert_eq!(rejected, [0.0, 0.2, 0.4, 0.6, 0.8]);
    assert!(transcript.segments.iter().all(|segment| segment.temperature == 1.0));
}

#[test]
fn without_the_gate_the_model_is_asked_about_silence_too() {
    let silence = Samples(vec![0.0; 5 * 16_000].into());
    let mut demo = Demo::new();
    let mut windows = |options: &Options| {
        let mut windows = 0;
        let mut on_event = |event| windows += usize::from(matches!(event, Event::Window(_)));
        transcribe(&mut demo.0, &silence, options, &Cancel::new(), &mut on_event).unwrap();
        windows
    };
    assert_eq!(windows(&Options::default()), 0);
    assert_eq!(windows(&Options { voice_gate: false, ..Options::default() }), 1);
}
