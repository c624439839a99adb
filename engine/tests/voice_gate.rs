//! The voice gate on the sample clips, whose kinds are in `transcripts.tsv`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use hark_engine::audio::{AudioFile, AudioSource, SpeechSpan, Verdict, VoiceGate};
use std::path::{Path, PathBuf};

fn samples_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/demo/samples")
}

fn clip(name: &str) -> Vec<f32> {
    let file = AudioFile::open(&samples_folder().join(name), None).unwrap();
    let mut stream = AudioSource::open(&file).unwrap();
    let mut samples = Vec::new();
    while stream.next_block(&mut samples).unwrap() {}
    samples
}

fn spans(samples: &[f32], piece: usize) -> Vec<SpeechSpan> {
    let mut gate = VoiceGate::new();
    for part in samples.chunks(piece) {
        gate.push(part);
    }
    gate.finish();
    gate.spans().to_vec()
}

/// Whether the 20 ms from `start` on are less than 26 dB below the clip's loudest 20 ms: a simple
/// idea of where the speech is, independent of the gate.
fn loud_stretches(samples: &[f32]) -> Vec<(usize, bool)> {
    let energy = |part: &[f32]| part.iter().map(|x| x * x).sum::<f32>();
    let loudest = samples.chunks(320).map(energy).fold(0.0, f32::max);
    samples.chunks(320).enumerate().map(|(i, part)| (i * 320, energy(part) > loudest / 400.0)).collect()
}

#[test]
fn speech_is_found_and_its_absence_too() {
    let list = std::fs::read_to_string(samples_folder().join("transcripts.tsv")).unwrap();
    let mut with_speech = 0;
    for line in list.lines().skip(1) {
        let fields: Vec<_> = line.split('\t').collect();
        let (name, kind) = (fields[0], fields[2]);
        let samples = clip(name);
        let spans = spans(&samples, 4_096);
        for pair in spans.windows(2) {
            assert!(pair[0].end < pair[1].start, "{name}: {pair:?}");
        }
        assert!(spans.iter().all(|s| s.start < s.end && s.end <= samples.len()), "{name}: {spans:?}");
        let flagged: usize = spans.iter().map(|s| s.end - s.start).sum();
        println!("{kind} {name}: {} spans, {} %", spans.len(), 100 * flagged / samples.len());
        if matches!(kind, "silence" | "noise") {
            assert!(spans.is_empty(), "{name}: {spans:?}");
            continue;
        }
        with_speech += 1;
        let loud: Vec<_> = loud_stretches(&samples).into_iter().filter(|(_, loud)| *loud).collect();
        let covered = |at: usize| spans.iter().any(|s| (s.start..s.end).contains(&(at + 160)));
        let found = loud.iter().filter(|(at, _)| covered(*at)).count();
        assert!(found * 100 >= loud.len() * 97, "{name}: {found} of {} loud stretches", loud.len());
    }
    assert_eq!(with_speech, 38);
}

#[test]
fn a_pause_divides_and_silence_around_speech_is_left_out() {
    let speech = clip("short26.wav");
    let silence = vec![0.0; 32_000];
    let joined = [&silence[..], &speech, &silence, &speech, &silence].concat();
    let spans = spans(&joined, 1_000);
    assert_eq!(spans.len(), 2, "{spans:?}");
    let second = 2 * silence.len() + speech.len();
    // At most the padding and some frames of hesitation are added.
    for (span, start) in spans.iter().zip([silence.len(), second]) {
        assert!(span.start + VoiceGate::PRE_ROLL + 1_600 >= start && span.start < start + 8_000, "{spans:?}");
        assert!(span.end <= start + speech.len() + VoiceGate::HANGOVER + 4_800, "{spans:?}");
    }
}

#[test]
fn pieces_of_any_size_give_the_same_answers() {
    let samples = clip("multi01.wav");
    let answers = |piece: usize| {
        let mut gate = VoiceGate::new();
        samples.chunks(piece).for_each(|part| gate.push(part));
        gate.finish();
        (gate.spans().to_vec(), gate.lulls().to_vec(), gate.heard(), gate.onset(), gate.cut(0))
    };
    let whole = answers(samples.len());
    for piece in [1, 160, 255, 256, 257, 5_000] {
        assert_eq!(answers(piece), whole, "pieces of {piece}");
    }
}

#[test]
fn a_live_recording_says_when_somebody_speaks() {
    let speech = clip("short26.wav");
    let silence = vec![0.0; 48_000];
    let mut gate = VoiceGate::new();
    let mut said = Vec::new();
    let recording = [&silence[..], &speech, &silence].concat();
    for (i, part) in recording.chunks(160).enumerate() {
        gate.push(part);
        let heard = (i * 160 + part.len(), gate.onset());
        if said.last().is_none_or(|(_, onset)| *onset != heard.1) {
            said.push(heard);
        }
        assert_eq!(gate.is_speaking(), heard.1.is_some());
    }
    let [(_, None), (begun, Some(onset)), (ended, None)] = said[..] else { panic!("{said:?}") };
    let end = silence.len() + speech.len();
    assert!(onset <= silence.len() && onset + 8_000 > silence.len(), "{said:?}");
    assert!(begun < silence.len() + 8_000, "it is noticed within half a second: {said:?}");
    assert!(ended > end - 4_800 && ended < end + VoiceGate::HANGOVER + 3_200, "{said:?}");
    assert_eq!(gate.spans().iter().map(|span| span.start).collect::<Vec<_>>(), [onset]);
    assert_eq!(gate.heard().verdict(), Verdict::Speech);
}

#[test]
fn recordings_without_speech_are_told_apart() {
    let verdict = |samples: &[f32]| {
        let mut gate = VoiceGate::new();
        gate.push(samples);
        gate.finish();
        (gate.heard().verdict(), gate.heard().only_sound())
    };
    assert_eq!(verdict(&[0.0; 3_000]), (Verdict::TooShort, false));
    assert_eq!(verdict(&clip("silence30.wav")), (Verdict::NoSpeech, false));
    let hum: Vec<f32> = (0..48_000).map(|i| 0.05 * (i as f32 * 0.05).sin()).collect();
    assert_eq!(verdict(&hum).0, Verdict::NoSpeech);
    assert_eq!(verdict(&clip("short26.wav")), (Verdict::Speech, false));
}

#[test]
fn a_long_utterance_is_cut_between_words() {
    let samples = clip("long01.wav");
    let mut gate = VoiceGate::new();
    gate.push(&samples);
    let at = gate.cut(16_000).unwrap();
    assert!((21 * 16_000..29 * 16_000).contains(&at), "{at}");
    let energy = |part: &[f32]| part.iter().map(|x| x * x).sum::<f32>();
    let around = energy(&samples[at - 1_600..at + 1_600]);
    let eight_seconds = energy(&samples[21 * 16_000..29 * 16_000]) / 40.0;
    assert!(around < eight_seconds / 1_000.0, "{around} of {eight_seconds}");
    assert_eq!(gate.cut(samples.len() - 27 * 16_000), None);
}

#[test]
fn spans_never_reach_beyond_the_samples() {
    let samples = clip("short26.wav");
    let mut gate = VoiceGate::new();
    let mut given = 0;
    for part in samples.chunks(700) {
        gate.push(part);
        given += part.len();
        assert!(gate.spans().iter().all(|span| span.end <= given));
    }
}
