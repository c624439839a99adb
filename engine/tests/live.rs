//! Recordings that are transcribed while they are made.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::words::word_errors;
use common::{clip, model};
use hark_engine::audio::Samples;
use hark_engine::transcribe::{
    Event, Language, LiveSource, LiveText, Options, Way, transcribe, transcribe_live,
};
use hark_engine::transcript::{Intervention, Transcript};
use hark_engine::{Cancel, EngineError, Precision, Whisper};
use std::time::Duration;

const RATE: usize = 16_000;

/// A microphone that gives a block whenever it is asked.
struct Microphone<'a> {
    samples: &'a [f32],
    given: usize,
    block: usize,
    /// What a pass takes by its clock.
    pass: Duration,
    /// Told how many samples were given before each block.
    on_block: Box<dyn FnMut(usize) + 'a>,
}

impl<'a> Microphone<'a> {
    fn new(samples: &'a [f32], block: usize) -> Self {
        let pass = Duration::from_millis(100);
        Self { samples, given: 0, block, pass, on_block: Box::new(|_| ()) }
    }
}

impl LiveSource for Microphone<'_> {
    fn next(&mut self, out: &mut Vec<f32>) -> Result<bool, EngineError> {
        (self.on_block)(self.given);
        let end = (self.given + self.block).min(self.samples.len());
        out.extend_from_slice(&self.samples[self.given..end]);
        let more = end > self.given;
        self.given = end;
        Ok(more)
    }

    fn charge(&mut self, _: Duration) -> Duration {
        self.pass
    }
}

fn whisper(name: &str) -> Whisper {
    Whisper::new(model(name), 2, Precision::F32).unwrap()
}

struct Run {
    transcript: Transcript,
    events: Vec<Event>,
}

impl Run {
    fn live(&self) -> Vec<&LiveText> {
        let live = self.events.iter().filter_map(|event| match event {
            Event::Live(text) => Some(text),
            _ => None,
        });
        live.collect()
    }
}

fn follow(whisper: &mut Whisper, mut microphone: Microphone<'_>, options: &Options) -> Run {
    let mut events = Vec::new();
    let (cancel, hurry) = (Cancel::new(), Cancel::new());
    let (transcript, _) =
        transcribe_live(whisper, &mut microphone, options, (&cancel, &hurry), &mut |event| {
            events.push(event)
        })
        .unwrap();
    Run { transcript, events }
}

fn as_file(whisper: &mut Whisper, samples: &[f32], options: &Options) -> Transcript {
    transcribe(whisper, &Samples(samples.into()), options, &Cancel::new(), &mut |_| ()).unwrap().0
}

#[test]
fn up_to_30_s_the_transcript_is_that_of_the_file_to_the_bit() {
    let mut whisper = whisper("demo");
    let options = Options::default();
    for (name, block) in
        [("short04", 320), ("noisy02", 777), ("quiet01", 320), ("multi01", 4000), ("noise10", 320)]
    {
        let samples = clip(name);
        let run = follow(&mut whisper, Microphone::new(&samples, block), &options);
        assert_eq!(run.transcript, as_file(&mut whisper, &samples, &options), "{name}");
    }
}

#[test]
fn committed_words_stay_until_they_are_final() {
    let mut whisper = whisper("demo");
    let samples = clip("multi02");
    let run = follow(&mut whisper, Microphone::new(&samples, 320), &Options::default());
    let live = run.live();
    assert!(live.len() > 20, "only {} passes", live.len());
    for pair in live.windows(2) {
        let (before, after) = (&pair[0].committed, &pair[1].committed);
        // The last one has become final.
        assert!(after.starts_with(before.as_str()) || after.is_empty(), "{before:?} became {after:?}");
        assert!(pair[1].encoded >= pair[0].encoded && pair[1].encoded <= pair[1].recorded);
    }
    let last = live.iter().rev().find(|text| !text.committed.is_empty()).unwrap();
    let wrong = word_errors(&run.transcript.text, &last.committed);
    let words = run.transcript.text.split_whitespace().count();
    assert!(wrong * 10 <= words, "{wrong} of {words} words of the live text are not in the final one");
    assert!(live[0].speech.is_some_and(|start| start.seconds() < 1.0));
}

#[test]
fn long_recordings_become_final_as_they_go_on() {
    let mut whisper = whisper("demo");
    let samples: Vec<f32> = ["multi01", "multi02", "multi03"].into_iter().flat_map(clip).collect();
    let run = follow(&mut whisper, Microphone::new(&samples, 1600), &Options::default());
    let file = as_file(&mut whisper, &samples, &Options::default());
    let wrong = word_errors(&file.text, &run.transcript.text);
    assert!(wrong <= 3, "{wrong} words differ from the file's: {} / {}", file.text, run.transcript.text);
    let end = run.events.iter().position(|event| matches!(event, Event::Length(_))).unwrap();
    let windows = |events: &[Event]| events.iter().filter(|e| matches!(e, Event::Window(_))).count();
    assert!(windows(&run.events[..end]) >= 2, "all windows waited for the end");
    assert!(windows(&run.events[end..]) <= 2, "{} windows were left", windows(&run.events[end..]));
    assert!(run.transcript.segments.is_sorted_by(|a, b| a.start <= b.start));
}

#[test]
fn text_goes_on_behind_a_pause() {
    let mut whisper = whisper("demo");
    let samples = [clip("short04"), vec![0.0; 4 * RATE], clip("short15"), vec![0.0; RATE / 4]].concat();
    let run = follow(&mut whisper, Microphone::new(&samples, 320), &Options::default());
    assert_eq!(run.transcript, as_file(&mut whisper, &samples, &Options::default()));
    assert_eq!(run.transcript.segments.len(), 2);
    let end = run.events.iter().position(|event| matches!(event, Event::Segment(_))).unwrap();
    let before = Run { events: run.events[..end].to_vec(), ..run };
    let live = before.live();
    for pair in live.windows(2) {
        let (before, after) = (&pair[0].committed, &pair[1].committed);
        assert!(after.starts_with(before.as_str()), "{before:?} became {after:?}");
    }
    let shown = format!("{}{}", live.last().unwrap().committed, live.last().unwrap().tentative);
    let said = &before.transcript.text;
    assert!(word_errors(said, &shown) <= 1, "{shown:?} / {said:?}");
}

#[test]
fn live_text_of_a_long_dictation_is_as_good_as_that_of_a_short_one() {
    let mut whisper = whisper("demo");
    let names = ["multi01", "multi02", "multi03"];
    let samples: Vec<f32> = names.iter().copied().flat_map(clip).collect();
    let run = follow(&mut whisper, Microphone::new(&samples, 1600), &Options::default());
    let alone: Vec<String> =
        names.iter().map(|name| as_file(&mut whisper, &clip(name), &Options::default()).text).collect();
    let (said, mut shown, mut finals) = (alone.concat(), String::new(), 0);
    // What was firm when its stretch became final, and at the end.
    let mut firm = String::new();
    for event in &run.events {
        match event {
            Event::Live(text) if text.committed.len() < firm.len() => {
                shown.push_str(firm.strip_suffix(text.committed.as_str()).unwrap_or(&firm));
                firm.clone_from(&text.committed);
                finals += 1;
            }
            Event::Live(text) => firm.clone_from(&text.committed),
            _ => {}
        }
    }
    shown.push_str(&firm);
    let (wrong, words) = (word_errors(&said, &shown), said.split_whitespace().count());
    assert!(finals >= 2 && wrong * 8 <= words, "{wrong} of {words} words: {shown:?} / {said:?}");
}

#[test]
fn a_slow_engine_makes_fewer_passes() {
    let mut whisper = whisper("demo");
    let samples = clip("short02");
    let mut passes = |pass| {
        let microphone = Microphone { pass: Duration::from_millis(pass), ..Microphone::new(&samples, 320) };
        let Run { mut events, transcript } = follow(&mut whisper, microphone, &Options::default());
        // The last text is what the end left.
        events.truncate(events.iter().position(|event| matches!(event, Event::Length(_))).unwrap());
        let run = Run { events, transcript };
        let encoded: Vec<f64> = run.live().iter().map(|text| text.encoded.seconds()).collect();
        encoded.windows(2).map(|pair| pair[1] - pair[0]).filter(|step| *step > 0.0).collect::<Vec<_>>()
    };
    let quick = passes(100);
    // Passes take 80 % of the time at most.
    let slow = passes(1_000);
    assert!(quick.len() >= 4 && quick.iter().all(|step| *step < 0.6), "{quick:?}");
    assert!(!slow.is_empty() && slow.iter().all(|step| *step >= 1.25), "{slow:?}");
}

#[test]
fn noise_becomes_no_live_text() {
    let mut whisper = whisper("demo");
    let run = follow(&mut whisper, Microphone::new(&clip("noise10"), 320), &Options::default());
    assert!(run.live().iter().all(|text| text.committed.is_empty() && text.tentative.is_empty()));
    assert_eq!(run.transcript.text, "");
}

#[test]
fn silence_is_not_worth_a_pass() {
    let mut whisper = whisper("demo");
    let mut samples = vec![0.0; 50 * RATE];
    let silent = follow(&mut whisper, Microphone::new(&samples, 1600), &Options::default());
    assert!(silent.live().is_empty() && silent.transcript.text.is_empty());
    // Speech after a long silence is where it was said.
    let said = clip("short04");
    samples.extend(&said);
    let run = follow(&mut whisper, Microphone::new(&samples, 1600), &Options::default());
    assert_eq!(run.transcript, as_file(&mut whisper, &samples, &Options::default()));
    assert!(run.transcript.segments[0].start > 48.0 && !run.live().is_empty());
    let skipped = |i: &Intervention| matches!(i, Intervention::SilenceSkipped { start, .. } if *start == 0.0);
    assert!(run.transcript.interventions.iter().any(skipped));
}

#[test]
fn nobody_in_a_hurry_waits_for_live_text() {
    let mut whisper = whisper("demo");
    let samples = clip("multi01");
    let (cancel, hurry) = (Cancel::new(), Cancel::new());
    let mut microphone = Microphone::new(&samples, 320);
    let raised = hurry.clone();
    microphone.on_block = Box::new(move |given| {
        if given >= 5 * RATE {
            raised.raise();
        }
    });
    let mut last = 0.0;
    let mut on_event = |event| {
        if let Event::Live(LiveText { tentative, recorded, .. }) = event
            && !tentative.is_empty()
        {
            last = recorded.seconds();
        }
    };
    let flags = (&cancel, &hurry);
    let (transcript, _) =
        transcribe_live(&mut whisper, &mut microphone, &Options::default(), flags, &mut on_event).unwrap();
    assert!((2.0..=5.1).contains(&last), "the last guess came at {last} s");
    assert_eq!(transcript, as_file(&mut whisper, &samples, &Options::default()));
}

#[test]
fn cancelling_stops_at_once_and_lost_samples_are_an_error() {
    let mut whisper = whisper("demo");
    let samples = clip("multi01");
    let (cancel, hurry) = (Cancel::new(), Cancel::new());
    let mut microphone = Microphone::new(&samples, 320);
    let raised = cancel.clone();
    microphone.on_block = Box::new(move |given| {
        assert!(given <= 8 * RATE, "it goes on");
        if given >= 6 * RATE {
            raised.raise();
        }
    });
    let flags = (&cancel, &hurry);
    let ended = transcribe_live(&mut whisper, &mut microphone, &Options::default(), flags, &mut |_| ());
    assert!(matches!(ended, Err(EngineError::Cancelled(_))));

    struct Lossy;
    impl LiveSource for Lossy {
        fn next(&mut self, _: &mut Vec<f32>) -> Result<bool, EngineError> {
            Err(EngineError::FellBehind)
        }
    }
    let flags = (&Cancel::new(), &Cancel::new());
    let ended = transcribe_live(&mut whisper, &mut Lossy, &Options::default(), flags, &mut |_| ());
    assert!(matches!(ended, Err(EngineError::FellBehind)));
    let fast = Options { way: Way::Fast, ..Options::default() };
    let ended = transcribe_live(&mut whisper, &mut Lossy, &fast, flags, &mut |_| ());
    assert!(matches!(ended, Err(EngineError::Options(_))));
    let german = Options { language: Language::Code("de".into()), ..Options::default() };
    let ended = transcribe_live(&mut whisper, &mut Lossy, &german, flags, &mut |_| ());
    assert!(matches!(ended, Err(EngineError::Options(_))), "the demo model knows only English");
}

/// The loudness maximum so far is the whole recording's where the loudest comes first; then nothing is left
/// that could differ, however long the recording.
#[test]
fn with_the_loudest_first_long_recordings_are_equal_to_the_bit() {
    let mut whisper = whisper("demo");
    let mut samples = clip("multi01");
    for name in ["multi02", "multi03", "noisy01"] {
        samples.extend(clip(name).iter().map(|sample| sample * 0.3));
    }
    let run = follow(&mut whisper, Microphone::new(&samples, 1600), &Options::default());
    assert_eq!(run.transcript, as_file(&mut whisper, &samples, &Options::default()));
}
