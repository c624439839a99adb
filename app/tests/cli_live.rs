//! `hark live --replay`: recordings that go through live dictation.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Sandbox, clip, expected, names};
use serde_json::Value;

fn replay(sandbox: &Sandbox, name: &str, options: &[&str]) -> Value {
    let clip = clip(name);
    let arguments = [&["live", "--replay", &clip, "--model", "demo", "--json"], options].concat();
    serde_json::from_str(&sandbox.hark(&arguments).quietly()).unwrap()
}

/// What is said in a bundled clip.
fn said(name: &str) -> String {
    let table = std::fs::read_to_string(clip("transcripts.tsv")).unwrap();
    let line = table.lines().find(|line| line.split('\t').next() == Some(name)).unwrap();
    line.split('\t').nth(1).unwrap().to_owned()
}

fn number(figures: &Value, name: &str) -> f64 {
    figures[name].as_f64().unwrap_or_else(|| panic!("{name} in {figures}"))
}

#[test]
fn a_clip_becomes_its_text_while_it_is_spoken() {
    let sandbox = Sandbox::new();
    sandbox.write("said.txt", expected("short10.wav"));
    let figures = replay(&sandbox, "short10.wav", &["--pace", "fast", "--reference", "said.txt"]);
    assert_eq!(figures["final_text"], expected("short10.wav"));
    for name in ["retractions", "differing_words", "fallbacks", "final_wer"] {
        assert_eq!(number(&figures, name), 0.0, "{name}");
    }
    assert!(number(&figures, "passes") >= 3.0);
    assert_eq!((number(&figures, "windows"), number(&figures, "windows_after_stop")), (1.0, 1.0));
    assert!(number(&figures, "live_wer") <= 0.2);
    assert!(number(&figures, "committed_share") >= 0.8);
    for name in
        ["first_text_ms", "stop_to_final_ms", "word_commit_mean_ms", "word_commit_p95_ms", "lag_max_ms"]
    {
        assert!(number(&figures, name) > 0.0, "{name}");
    }
    assert!(!figures["live_text"].as_str().unwrap().is_empty());
    // By its own clock it is the same every time.
    let again = replay(&sandbox, "short10.wav", &["--pace", "fast", "--reference", "said.txt"]);
    assert_eq!(figures, again);
}

#[test]
fn spoken_at_its_own_speed_it_is_the_same_text() {
    let sandbox = Sandbox::new();
    let figures = replay(&sandbox, "short05.wav", &[]);
    assert_eq!(figures["final_text"], expected("short05.wav"));
    assert_eq!(number(&figures, "retractions"), 0.0);
    assert!(figures["final_wer"].is_null(), "nobody said what was said");
    assert_eq!(number(&figures, "differing_words"), 0.0);
    // The session took part that the window has, and kept its ledger.
    let latency = &figures["latency"];
    assert_eq!(latency["dictations"], 1);
    for step in ["stream_open", "first_sample", "first_text", "stop_to_final", "delivered"] {
        assert!(latency[step]["last_ms"].is_u64(), "{step} in {latency}");
    }
    let (speech, stop) = (latency["speech_start_ms"].as_u64().unwrap(), latency["stop_ms"].as_u64().unwrap());
    assert!(speech < stop, "{latency}");
    assert!(!sandbox.data().exists(), "it was no dictation of the person");
    assert_eq!(names(&sandbox.temporary()), [] as [&str; 0], "nothing of it stays");
}

#[test]
fn live_dictation_keeps_what_it_promises() {
    let sandbox = Sandbox::new();
    let clips: Vec<String> = [("short", 26), ("noisy", 6), ("quiet", 2)]
        .into_iter()
        .flat_map(|(kind, count)| (1..=count).map(move |i| format!("{kind}{i:02}.wav")))
        .collect();
    let (mut shares, mut live, mut last) = (Vec::new(), Vec::new(), Vec::new());
    for name in &clips {
        sandbox.write("said.txt", said(name));
        let figures = replay(&sandbox, name, &["--pace", "fast", "--reference", "said.txt"]);
        assert_eq!(number(&figures, "retractions"), 0.0, "{name}");
        assert_eq!(number(&figures, "differing_words"), 0.0, "{name}");
        assert!(number(&figures, "first_text_ms") <= 1_200.0, "{name}: {figures}");
        assert!(number(&figures, "word_commit_p95_ms") <= 2_500.0, "{name}: {figures}");
        shares.extend(figures["committed_share"].as_f64());
        live.push(number(&figures, "live_wer"));
        last.push(number(&figures, "final_wer"));
    }
    let mean = |all: &[f64]| all.iter().sum::<f64>() / all.len() as f64;
    assert!(shares.len() >= 30 && mean(&shares) >= 0.95, "{shares:?}");
    assert!(mean(&live) <= mean(&last) + 0.05, "{live:?} {last:?}");
}

#[test]
fn silence_stays_silence() {
    let figures = replay(&Sandbox::new(), "silence30.wav", &["--pace", "fast"]);
    assert_eq!((figures["final_text"].as_str(), figures["live_text"].as_str()), (Some(""), Some("")));
    assert_eq!(number(&figures, "passes"), 0.0);
    assert!(figures["first_text_ms"].is_null() && figures["committed_share"].is_null());
}

#[test]
fn the_table_says_what_was_measured() {
    let clip = clip("short05.wav");
    let table =
        Sandbox::new().hark(&["live", "--replay", &clip, "--model", "demo", "--pace", "fast"]).quietly();
    for part in ["stop to final text", "retractions", "word to commit, p95", " ms\n"] {
        assert!(table.contains(part), "{part} in {table}");
    }
}

#[test]
fn what_cannot_be_replayed_is_refused_with_a_reason() {
    let sandbox = Sandbox::new();
    sandbox.write("text.wav", "not audio at all");
    let good = clip("short05.wav");
    for (arguments, code, reason) in [
        (vec!["--replay", "missing.wav"], 1, "missing.wav"),
        (vec!["--replay", "text.wav"], 1, "text.wav"),
        (vec!["--replay", "."], 1, "cannot read"),
        (vec!["--replay", &good, "--model", "none"], 4, "none"),
        (vec!["--replay", &good, "--language", "klingon"], 2, "klingon"),
        (vec!["--replay", &good, "--language", "de"], 2, "English"),
        (vec!["--replay", &good, "--reference", "missing.txt"], 1, "missing.txt"),
        (vec!["--replay", &good, "--pace", "slow"], 2, "slow"),
        (vec![], 2, "--replay"),
    ] {
        let mut all = vec!["live"];
        if !arguments.contains(&"--model") {
            all.extend(["--model", "demo"]);
        }
        all.extend(&arguments);
        let ended = sandbox.hark(&all);
        assert_eq!(ended.code, Some(code), "{arguments:?}: {ended:?}");
        assert!(ended.err.contains(reason) && ended.out.is_empty(), "{arguments:?}: {ended:?}");
    }
}
