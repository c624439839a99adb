//! Whole transcripts against the reference, running freely: strict rules, with and without
//! timestamps, five beams, an initial prompt, words with their times. And proof that the comparison
//! can fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::engine::{Run, detected_language, run, strict};
use common::golden::{self, Clip, Clips, Segment};
use common::{clip, close, model, repository, same, spoil};
use hark_engine::model::Model;
use hark_engine::transcribe::{Language, Options, Strategy};
use hark_engine::transcript::{Token, Transcript};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Start of the transcript in English-only vocabularies.
const SOT: Token = 50257;
/// As many of the last tokens before a window are fed: half the context less one.
const PROMPT_LIMIT: usize = 223;
/// Scores are means of log-probabilities, which may be 1e-3 off; see truth_decoding.rs.
const SCORE_TOLERANCE: f64 = 1e-3;
/// Times are multiples of 0.02 s on either side.
const TIME_TOLERANCE: f64 = 1e-6;
/// One step of the alignment.
const WORD_TIME_TOLERANCE: f64 = 0.02 + TIME_TOLERANCE;
const WORD_PROBABILITY_TOLERANCE: f64 = 1e-3;

fn compare_windows(golden: &Clip, ours: &Run) -> Result<(), String> {
    for (ours, golden) in ours.windows.iter().zip(&golden.windows) {
        let what = |name: &str| format!("window at {}, {name}", golden.seek);
        same("seek", &ours.seek, &golden.seek)?;
        if let Some((start, prompt)) = golden.initial.split_last() {
            same(&what("start"), start, &SOT)?;
            let ours = &ours.prompt[ours.prompt.len().saturating_sub(PROMPT_LIMIT)..];
            same(&what("prompt"), &ours, &prompt.get(1..).unwrap_or_default())?;
        }
        let ours = &ours.text;
        same(&what("tokens"), &ours.tokens, &golden.tokens)?;
        same(&what("temperature"), &ours.temperature, &0.0)?;
        let scores = [
            ("mean log-probability", ours.avg_logprob, golden.avg_logprob),
            ("no-speech probability", ours.no_speech_prob, golden.no_speech_prob),
            ("compression ratio", ours.compression_ratio, golden.compression_ratio),
        ];
        for (name, ours, golden) in scores {
            golden.map_or(Ok(()), |golden| close(&what(name), f64::from(ours), golden, SCORE_TOLERANCE))?;
        }
    }
    same("windows", &ours.windows.len(), &golden.windows.len())
}

/// The reference keeps segments without text, with no tokens; the engine leaves them out.
fn with_text(golden: &[Segment]) -> Vec<&Segment> {
    golden.iter().filter(|segment| !segment.text.is_empty()).collect()
}

fn compare_segments(golden: &[Segment], ours: &Transcript, time_tolerance: f64) -> Result<(), String> {
    let golden = with_text(golden);
    for (ours, golden) in ours.segments.iter().zip(&golden) {
        let what = |name: &str| format!("segment at {:.2}, {name}", golden.start);
        same(&what("text"), &ours.text, &golden.text)?;
        close(&what("start"), ours.start, golden.start, time_tolerance)?;
        close(&what("end"), ours.end, golden.end, time_tolerance)?;
    }
    same("segments", &ours.segments.len(), &golden.len())
}

/// Everything that the golden holds about a clip.
fn compare(golden: &Clip, ours: &Run) -> Result<(), String> {
    compare_windows(golden, ours)?;
    same("text", &ours.transcript.text, &golden.text)?;
    same("interventions", &ours.transcript.interventions.len(), &0)?;
    if golden.segments.is_empty() {
        return Ok(());
    }
    compare_segments(&golden.segments, &ours.transcript, TIME_TOLERANCE)?;
    let tokens: Vec<_> = ours.transcript.segments.iter().map(|s| &s.tokens).collect();
    same("segments' tokens", &tokens, &with_text(&golden.segments).iter().map(|s| &s.tokens).collect())
}

/// Runs all clips of which equality is demanded; `options` makes the options of a clip.
fn check(file: &str, options: impl Fn(&Clip) -> Options) {
    let goldens: Clips<Clip> = golden::read(file);
    let model = model(&goldens.model);
    let (mut skipped, mut wrong) = (Vec::new(), Vec::new());
    for golden in &goldens.clips {
        if !goldens.exact.contains(&golden.clip) {
            skipped.push(&golden.clip);
            continue;
        }
        let ours = run(&model, &clip(&golden.clip), &options(golden));
        if let Err(difference) = compare(golden, &ours) {
            wrong.push(format!("{}: {difference}", golden.clip));
        }
    }
    println!(
        "{file}: {} clips exact, {} skipped as unclear: {skipped:?}",
        goldens.exact.len(),
        skipped.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn strict_demo_transcripts_equal_the_reference() {
    check("strict-demo.json", |_| strict());
}

#[test]
fn strict_widened_demo_transcripts_equal_the_reference() {
    check("strict-demo-tiny.json", |_| strict());
}

#[test]
fn transcripts_without_timestamps_equal_the_reference() {
    check("without-timestamps.json", |_| Options { timestamps: false, ..strict() });
}

#[test]
fn transcripts_with_five_beams_equal_the_reference() {
    check("beam.json", |_| Options {
        strategy: Strategy { beam_size: 5, ..Strategy::default() },
        ..strict()
    });
}

#[test]
fn transcripts_with_an_initial_prompt_equal_the_reference() {
    check("initial-prompt.json", |golden| Options { initial_prompt: golden.prompt.clone(), ..strict() });
}

/// The table that comes with the samples says the same as the goldens.
#[test]
fn samples_are_transcribed_as_their_table_says() {
    let table = std::fs::read_to_string(repository("assets/demo/samples/expected.tsv")).unwrap();
    let expected: BTreeMap<&str, &str> =
        table.lines().skip(1).filter_map(|line| line.split_once(".wav\t")).collect();
    let goldens: Clips<Clip> = golden::read("strict-demo.json");
    assert_eq!(expected.len(), goldens.clips.len());
    for golden in &goldens.clips {
        let text = golden.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let expected = expected[golden.clip.as_str()].split('\t').next().unwrap();
        assert_eq!(text, expected, "{}", golden.clip);
    }
}

#[test]
fn comparison_of_transcripts_can_fail() {
    let goldens: Clips<Clip> = golden::read("strict-demo.json");
    let good = model(&goldens.model);
    for name in ["short01", "noisy03", "quiet01"] {
        let golden = goldens.clips.iter().find(|c| c.clip == name).unwrap();
        for (what, spoiled) in spoil::WAYS {
            let ours = run(&spoiled(&good), &clip(name), &strict());
            assert!(compare(golden, &ours).is_err(), "{name}: {what} was not noticed");
        }
        let ours = run(&good, &clip("short02"), &strict());
        assert!(compare(golden, &ours).is_err(), "{name}: other audio was not noticed");
    }
}

#[derive(Deserialize)]
struct WordGoldens {
    model: String,
    alignment_heads: Vec<(usize, usize)>,
    exact: Vec<String>,
    clips: Vec<WordClip>,
}

#[derive(Deserialize)]
struct WordClip {
    clip: String,
    text: String,
    seeks: Vec<usize>,
    segments: Vec<Segment>,
}

fn compare_words(golden: &WordClip, ours: &Run) -> Result<(), String> {
    same("text", &ours.transcript.text, &golden.text)?;
    same("windows", &ours.windows.iter().map(|w| w.seek).collect::<Vec<_>>(), &golden.seeks)?;
    compare_segments(&golden.segments, &ours.transcript, WORD_TIME_TOLERANCE)?;
    for (ours, golden) in ours.transcript.segments.iter().zip(with_text(&golden.segments)) {
        for (ours, (word, start, end, probability)) in ours.words.iter().zip(&golden.words) {
            let what = |name: &str| format!("word {word:?} at {start}, {name}");
            same(&what("text"), &ours.word, word)?;
            close(&what("start"), ours.start, *start, WORD_TIME_TOLERANCE)?;
            close(&what("end"), ours.end, *end, WORD_TIME_TOLERANCE)?;
            close(
                &what("probability"),
                f64::from(ours.probability),
                *probability,
                WORD_PROBABILITY_TOLERANCE,
            )?;
        }
        same("words", &ours.words.len(), &golden.words.len())?;
    }
    Ok(())
}

fn with_words(model: &Model, samples: &[f32]) -> Run {
    run(model, samples, &Options { word_timestamps: true, ..strict() })
}

#[test]
fn word_times_equal_the_reference() {
    let goldens: WordGoldens = golden::read("words.json");
    let model = model(&goldens.model);
    assert_eq!(model.alignment_heads[..], goldens.alignment_heads[..]);
    let mut wrong = Vec::new();
    for golden in goldens.clips.iter().filter(|g| goldens.exact.contains(&g.clip)) {
        if let Err(difference) = compare_words(golden, &with_words(&model, &clip(&golden.clip))) {
            wrong.push(format!("{}: {difference}", golden.clip));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn comparison_of_word_times_can_fail() {
    let goldens: WordGoldens = golden::read("words.json");
    let good = model(&goldens.model);
    let golden = goldens.clips.iter().find(|c| c.clip == "short11").unwrap();
    for (what, spoiled) in spoil::WAYS {
        let ours = with_words(&spoiled(&good), &clip(&golden.clip));
        assert!(compare_words(golden, &ours).is_err(), "{what} was not noticed");
    }
    assert!(
        compare_words(golden, &with_words(&good, &clip("short02"))).is_err(),
        "other audio was not noticed"
    );
    // The same audio behind 0.2 s of silence: the words are right, the times are not.
    let later = [&vec![0.0; 3200][..], &clip(&golden.clip)].concat();
    assert!(compare_words(golden, &with_words(&good, &later)).is_err(), "a shift was not noticed");
}

#[derive(Deserialize)]
struct Languages {
    clip: String,
    probabilities: BTreeMap<String, f32>,
}

#[test]
fn the_language_is_detected_as_by_the_reference() {
    let goldens: Clips<Languages> = golden::read("language.json");
    let model = model(&goldens.model);
    for golden in &goldens.clips {
        let samples = clip(&golden.clip);
        let (code, probability) =
            detected_language(&model, &samples, &strict()).expect("no language was detected");
        let (expected, best) = golden.probabilities.iter().max_by(|a, b| a.1.total_cmp(b.1)).unwrap();
        assert_eq!(&code, expected, "{}", golden.clip);
        close(&golden.clip, f64::from(probability), f64::from(*best), 1e-3 * f64::from(*best)).unwrap();
        let told = Options { language: Language::Code("de".into()), ..strict() };
        assert_eq!(
            detected_language(&model, &samples, &told),
            None,
            "a language that is given is not detected"
        );
    }
}
