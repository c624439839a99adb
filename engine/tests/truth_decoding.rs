//! Decoding against the reference, token by token: fed the reference's tokens, the engine must see
//! the same probabilities and make the same choices. And proof that the comparison can fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::engine::{self, Mel};
use common::golden::{self, Clip, Clips, Top, Window};
use common::{argmax, clip, close, log_softmax, model, same, spoil};
use hark_engine::encoder::EncoderOutput;
use hark_engine::model::Model;
use hark_engine::transcript::Token;
use serde::Deserialize;
use std::collections::BTreeMap;

/// How far a log-probability may be from the reference's.
const TOLERANCE: f64 = 1e-3;
/// Where the two best choices are no farther apart than this, ours may be the other one.
const CLEAR_GAP: f64 = 1e-3;
/// The share of such steps that the goldens may have without losing their worth.
const UNCLEAR_SHARE: f64 = 0.005;

/// Steps that were compared.
#[derive(Clone, Copy, Default)]
struct Steps {
    all: usize,
    unclear: usize,
}

/// Compares the best tokens' log-probabilities of one position.
fn compare_top(what: &str, log_probabilities: &[f64], (ids, values): &Top) -> Result<(), String> {
    ids.iter().zip(values).try_for_each(|(&id, &golden)| {
        close(
            &format!("{what}, log-probability of token {id}"),
            log_probabilities[id as usize],
            golden,
            TOLERANCE,
        )
    })
}

/// Feeds a window's tokens to `model` and compares every step with the golden.
fn compare_window(model: &Model, encoded: &EncoderOutput, window: &Window) -> Result<Steps, String> {
    let (vocabulary, special) = (model.dims.n_vocab, &model.tokenizer.special);
    let fed = [&window.initial[..], &window.tokens].concat();
    let logits = engine::logits(model, encoded, &fed);
    let row = |position: usize| &logits[position * vocabulary..(position + 1) * vocabulary];

    let start = window.initial.iter().position(|&t| t == special.sot).ok_or("no start token")?;
    let no_speech = log_softmax(row(start))[special.no_speech as usize].exp();
    close("no-speech probability", no_speech, window.no_speech_prob.unwrap(), TOLERANCE)?;

    let end = window.ended.then_some(&special.eot);
    let filters = engine::filters(model);
    let (mut steps, mut sum) = (Steps::default(), 0.0);
    for (number, &token) in window.tokens.iter().chain(end).enumerate() {
        let mut filtered = row(window.initial.len() - 1 + number).to_vec();
        engine::filter(&filters, &mut filtered, &window.tokens[..number]);
        let probabilities = log_softmax(&filtered);
        let what = format!("seek {}, step {number}", window.seek);
        if let Some(top) = window.top.get(&number) {
            compare_top(&what, &probabilities, top)?;
        }
        steps.all += 1;
        if is_clear(window, number) {
            same(&format!("{what}, choice"), &(argmax(&probabilities) as Token), &token)?;
        } else {
            steps.unclear += 1;
            println!("{what}: the reference chose by {} only", window.gap[number]);
        }
        sum += probabilities[token as usize];
    }
    let mean = sum / (window.tokens.len() + 1) as f64;
    close("mean log-probability", mean, window.avg_logprob.unwrap(), TOLERANCE)?;
    Ok(steps)
}

/// Whether neither the best token nor the rule about the timestamps' mass was a near thing.
fn is_clear(window: &Window, step: usize) -> bool {
    window.gap[step] > CLEAR_GAP && window.mass_gap[step].is_none_or(|gap| gap > CLEAR_GAP)
}

fn compare_clip(model: &Model, golden: &Clip, samples: &[f32]) -> Result<Steps, String> {
    let mel = Mel::new(model, samples);
    let mut sum = Steps::default();
    for window in &golden.windows {
        let encoded = engine::encode(model, &mel.window(window.seek));
        let steps = compare_window(model, &encoded, window).map_err(|e| format!("{}: {e}", golden.clip))?;
        sum.all += steps.all;
        sum.unclear += steps.unclear;
    }
    Ok(sum)
}

fn check(file: &str) {
    let goldens: Clips<Clip> = golden::read(file);
    let model = model(&goldens.model);
    let mut sum = Steps::default();
    for golden in &goldens.clips {
        let steps = compare_clip(&model, golden, &clip(&golden.clip)).unwrap_or_else(|e| panic!("{e}"));
        sum.all += steps.all;
        sum.unclear += steps.unclear;
    }
    println!("{}: {} steps, {} of them unclear", goldens.model, sum.all, sum.unclear);
    assert!(sum.unclear as f64 <= UNCLEAR_SHARE * sum.all as f64, "too many unclear steps to mean much");
}

#[test]
fn demo_steps_equal_the_reference() {
    check("strict-demo.json");
}

#[test]
fn widened_demo_steps_equal_the_reference() {
    check("strict-demo-tiny.json");
}

#[test]
fn steps_behind_a_prompt_equal_the_reference() {
    check("initial-prompt.json");
}

#[test]
fn comparison_of_steps_can_fail() {
    let goldens: Clips<Clip> = golden::read("strict-demo.json");
    let good = model(&goldens.model);
    for name in ["short01", "short18"] {
        let golden = goldens.clips.iter().find(|c| c.clip == name).unwrap();
        for (what, spoiled) in spoil::WAYS {
            assert!(
                compare_clip(&spoiled(&good), golden, &clip(name)).is_err(),
                "{name}: {what} was not noticed"
            );
        }
        assert!(
            compare_clip(&good, golden, &clip("short02")).is_err(),
            "{name}: other audio was not noticed"
        );
        let heads = spoil::with_swapped_encoder_heads(&good);
        assert!(
            compare_clip(&heads, golden, &clip(name)).is_err(),
            "{name}: swapped encoder heads were not noticed"
        );
    }
}

#[derive(Deserialize)]
struct Forced {
    model: String,
    clip: String,
    tokens: Vec<Token>,
    /// The best tokens behind each position, unfiltered.
    top: Vec<Top>,
}

fn forced() -> Vec<Forced> {
    let all: ForcedFile = golden::read("teacher-forced.json");
    all.clips
}

#[derive(Deserialize)]
struct ForcedFile {
    clips: Vec<Forced>,
}

fn compare_forced(model: &Model, golden: &Forced, clip_name: &str) -> Result<(), String> {
    let encoded = engine::encode(model, &Mel::new(model, &clip(clip_name)).window(0));
    let logits = engine::logits(model, &encoded, &golden.tokens);
    for (position, (row, top)) in logits.chunks_exact(model.dims.n_vocab).zip(&golden.top).enumerate() {
        compare_top(&format!("{}, position {position}", golden.model), &log_softmax(row), top)?;
    }
    same("positions", &(logits.len() / model.dims.n_vocab), &golden.top.len())
}

#[test]
fn formula_models_see_the_reference_s_probabilities() {
    for golden in forced() {
        compare_forced(&model(&golden.model), &golden, &golden.clip).unwrap_or_else(|e| panic!("{e}"));
    }
}

#[test]
fn comparison_of_formula_models_can_fail() {
    for golden in forced().into_iter().filter(|g| g.model == "formula:tiny" || g.model == "formula:tiny-128")
    {
        let good = model(&golden.model);
        for (what, spoiled) in spoil::WAYS {
            let spoiled = compare_forced(&spoiled(&good), &golden, &golden.clip);
            assert!(spoiled.is_err(), "{}: {what} was not noticed", golden.model);
        }
        let other = compare_forced(&good, &golden, "multi02");
        assert!(other.is_err(), "{}: other audio was not noticed", golden.model);
    }
}

#[test]
fn step_by_step_gives_the_same_logits_as_all_at_once() {
    let golden = forced().swap_remove(0);
    let model = model(&golden.model);
    let encoded = engine::encode(&model, &Mel::new(&model, &clip(&golden.clip)).window(0));
    let at_once = engine::logits(&model, &encoded, &golden.tokens);
    let stepwise = engine::logits_stepwise(&model, &encoded, &golden.tokens, 2);
    let (a, b) = (at_once.iter(), stepwise.iter());
    let worst =
        a.zip(b).map(|(a, b)| (a - b).abs()).fold(0.0f32, |m, d| if d.is_nan() { d } else { m.max(d) });
    assert_eq!(at_once.len(), stepwise.len());
    assert!(worst <= 1e-4, "logits up to {worst} apart");
}

#[derive(Deserialize)]
struct Languages {
    clip: String,
    token: Token,
    probabilities: BTreeMap<String, f64>,
}

fn compare_languages(model: &Model, golden: &Languages, samples: &[f32]) -> Result<(), String> {
    let ours = engine::languages(model, samples);
    same("languages", &ours.len(), &golden.probabilities.len())?;
    for (code, &probability) in &golden.probabilities {
        let (_, ours) = ours.iter().find(|(c, _)| c == code).ok_or(format!("no language {code}"))?;
        close(code, f64::from(*ours), probability, 1e-3 * probability)?;
    }
    let best = ours.iter().max_by(|a, b| a.1.total_cmp(&b.1)).ok_or("no language")?;
    same("best", &model.tokenizer.language_token(&best.0), &Some(golden.token))
}

#[test]
fn language_probabilities_equal_the_reference() {
    let goldens: Clips<Languages> = golden::read("language.json");
    let good = model(&goldens.model);
    for golden in &goldens.clips {
        compare_languages(&good, golden, &clip(&golden.clip))
            .unwrap_or_else(|e| panic!("{}: {e}", golden.clip));
        assert!(compare_languages(&good, golden, &clip("short03")).is_err(), "other audio was not noticed");
        for (what, spoiled) in spoil::WAYS {
            let spoiled = compare_languages(&spoiled(&good), golden, &clip(&golden.clip));
            assert!(spoiled.is_err(), "{}: {what} was not noticed", golden.clip);
        }
    }
}
