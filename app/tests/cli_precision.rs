//! Precisions: what is taken, what is said about it, and how it is proved.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Sandbox, clip, end_of, expected, interrupt, until};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader};

/// Precision and standing of a transcription, whose text is checked.
#[track_caller]
fn heard(sandbox: &Sandbox, options: &[&str]) -> (String, String) {
    let clip = clip("short12.wav");
    let arguments = [&["transcribe", &clip, "--format", "json"], options].concat();
    let json: Value = serde_json::from_str(&sandbox.hark(&arguments).quietly()).unwrap();
    assert_eq!(json["text"].as_str().unwrap().trim(), expected("short12.wav"));
    let text = |key: &str| json[key].as_str().unwrap().to_owned();
    (text("precision"), text("precision_standing"))
}

fn doctor(sandbox: &Sandbox, name: &str) -> Value {
    let checks: Value = serde_json::from_str(&sandbox.hark(&["doctor", "--json"]).quietly()).unwrap();
    checks.as_array().unwrap().iter().find(|check| check["name"] == name).unwrap().clone()
}

/// Lets the demo model have these verdicts on this machine.
fn remember(sandbox: &Sandbox, verdicts: &[(&str, bool)]) {
    let isa = doctor(sandbox, "kernels")["found"].clone();
    let verdict = |&(precision, passed): &(&str, bool)| {
        json!({
            "precision": precision, "isa": isa, "encoder_worst": if passed { 0.0125 } else { 0.5 },
            "encoder_mean": 0.005, "steps": 42, "disagreements": [0.25], "seconds": 1.5, "at": 1_700_000_000,
        })
    };
    let verdicts: Vec<_> = verdicts.iter().map(verdict).collect();
    let content = json!({"version": 1, "models": [{
        "fingerprint": "0123456789abcdef", "isa": isa, "hark": env!("CARGO_PKG_VERSION"),
        "places": [{"place": "demo", "bytes": 0, "modified_ms": 0}], "verdicts": verdicts,
    }]});
    fs::create_dir_all(sandbox.data()).unwrap();
    fs::write(sandbox.data().join("verdicts.json"), content.to_string()).unwrap();
}

#[test]
fn what_was_asked_for_is_taken_and_otherwise_the_way_decides() {
    let sandbox = Sandbox::new();
    let table: [(&[&str], &str, &str); 8] = [
        (&[], "int8", "unproven"),
        (&["--strict"], "f32", "fixed"),
        (&["--precision", "auto"], "int8", "unproven"),
        (&["--precision", "auto", "--strict"], "int8", "unproven"),
        (&["--precision", "int8"], "int8", "fixed"),
        (&["--precision", "int8+int16", "--strict"], "int8+int16", "fixed"),
        (&["--precision", "bf16"], "bf16", "fixed"),
        (&["--precision", "f32"], "f32", "fixed"),
    ];
    for (options, precision, standing) in table {
        assert_eq!(heard(&sandbox, options), (precision.into(), standing.into()), "{options:?}");
    }
    assert!(!sandbox.data().join("verdicts.json").exists(), "nothing is proved unasked");
}

/// A CPU without the newer instructions hears the same. The limit is that of the environment; the kernels
/// that run are those of such a CPU.
#[test]
fn older_cpus_hear_the_same() {
    let sandbox = Sandbox::new();
    for isa in ["portable", "avx2", "avx512", "vnni", "bf16"] {
        for precision in ["int8", "f32"] {
            let clip = clip("short12.wav");
            let mut command = sandbox.command(&["transcribe", &clip, "--precision", precision]);
            let ended = sandbox.ended(command.env("HARK_ISA", isa).output().unwrap());
            assert_eq!(ended.quietly().trim(), expected("short12.wav"), "{isa}, {precision}");
        }
        let mut command = sandbox.command(&["doctor", "--json"]);
        let checks = sandbox.ended(command.env("HARK_ISA", isa).output().unwrap());
        let checks: Value = serde_json::from_str(&checks.out).unwrap();
        let kernels = checks.as_array().unwrap().iter().find(|check| check["name"] == "kernels").unwrap();
        // On a CPU that has less, that is what runs.
        let most = doctor(&sandbox, "kernels")["found"].clone();
        let order = ["portable", "avx2", "avx512", "vnni", "bf16", "amx"].map(Value::from);
        let place = |name: &Value| order.iter().position(|isa| isa == name).unwrap();
        assert_eq!(place(&kernels["found"]), place(&isa.into()).min(place(&most)), "{isa}");
    }
}

#[test]
fn auto_takes_what_has_proved_itself_and_doctor_says_why() {
    let sandbox = Sandbox::new();
    assert_eq!(doctor(&sandbox, "precision")["found"], "demo: int8, unproven");

    remember(&sandbox, &[("int8", true)]);
    assert_eq!(heard(&sandbox, &[]), ("int8".into(), "proven".into()));
    let line = doctor(&sandbox, "precision");
    assert_eq!(
        line["found"],
        "demo: int8; int8 holds (encoder error 0.0125 at worst, 0.0050 on average; 1 of 42 choices differs \
         (f32's two best 0.25 nat apart), 2023-11-14)"
    );
    assert_eq!(
        (&line["proofs"][0]["passed"], &line["proofs"][0]["precision"]),
        (&true.into(), &"int8".into())
    );

    remember(&sandbox, &[("int8", false)]);
    assert_eq!(heard(&sandbox, &[]), ("int8+int16".into(), "unproven".into()));

    remember(&sandbox, &[("int8", false), ("int8+int16", false), ("bf16", false)]);
    assert_eq!(heard(&sandbox, &[]), ("f32".into(), "fallback".into()));
    assert_eq!(heard(&sandbox, &["--precision", "int8"]), ("int8".into(), "fixed".into()));
    let found = doctor(&sandbox, "precision")["found"].as_str().unwrap().to_owned();
    assert!(found.starts_with("demo: f32, because int8, int8+int16"), "{found}");
}

#[test]
fn a_broken_memory_of_verdicts_is_set_aside_and_stops_nothing() {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.data()).unwrap();
    fs::write(sandbox.data().join("verdicts.json"), "{\"version\": 1, \"mod").unwrap();
    let ended = sandbox.hark(&["transcribe", &clip("short12.wav")]);
    assert_eq!((ended.code, ended.out), (Some(0), expected("short12.wav") + "\n"));
    assert!(ended.err.starts_with("note: [DIR]/data/verdicts.json cannot be used ("), "{}", ended.err);
    assert!(sandbox.data().join("verdicts.json.broken").exists());
    assert_eq!(heard(&sandbox, &[]), ("int8".into(), "unproven".into()));
}

#[test]
fn a_proof_is_made_when_asked_for_and_remembered_for_the_same_content() {
    let sandbox = Sandbox::new();
    let models = sandbox.data().join("models");
    fs::create_dir_all(&models).unwrap();
    let file = models.join("ggml-mine.bin");
    sandbox.hark(&["models", "make", "demo", file.to_str().unwrap()]).quietly();
    let report: Value =
        serde_json::from_str(&sandbox.hark(&["bench", "--prove", "--json", "--model", "mine"]).quietly())
            .unwrap();
    let proofs = report["proofs"].as_array().unwrap();
    let (last, others) = proofs.split_last().unwrap();
    assert!(others.iter().all(|proof| proof["passed"] == false), "{report}");
    let (precision, standing) = match last["passed"].as_bool().unwrap() {
        true => (last["precision"].as_str().unwrap(), "proven"),
        false => ("f32", "fallback"),
    };
    assert_eq!(
        (&report["precision"], &report["precision_standing"]),
        (&precision.into(), &standing.into()),
        "{report}"
    );
    for proof in proofs {
        assert!(proof["steps"].as_u64().unwrap() > 10, "{proof}");
        assert!((1e-6..1.0).contains(&proof["encoder_worst"].as_f64().unwrap()), "{proof}");
        assert_eq!(proof["isa"], report["isa"]);
    }
    let expected = (precision.to_owned(), standing.to_owned());
    assert_eq!(heard(&sandbox, &["--model", "mine"]), expected);
    // The same content elsewhere is the same model, and another model is another.
    fs::rename(&file, models.join("ggml-moved.bin")).unwrap();
    assert_eq!(heard(&sandbox, &["--model", "moved"]), expected);
    assert_eq!(heard(&sandbox, &["--model", "demo"]), ("int8".into(), "unproven".into()));
    assert_eq!(doctor(&sandbox, "precision")["proofs"].as_array().unwrap().len(), proofs.len());
}

#[test]
fn a_proof_says_what_it_found_and_can_be_interrupted() {
    let sandbox = Sandbox::new();
    let text = sandbox.hark(&["bench", "--prove", "--model", "demo"]).quietly();
    for part in
        ["model    demo, ", "limits   encoder error ", "int8      ", " choices ", "verdict  ", "memory   "]
    {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
    let mut child = sandbox.command(&["bench", "--prove", "--model", "demo:small"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    until("the first line", || lines.next().is_some_and(|line| line.unwrap().starts_with("limits")));
    interrupt(&child);
    assert_eq!(end_of(&mut child).code(), Some(130));
}
