//! `hark bench`: what it reports and what it refuses.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Sandbox, end_of, interrupt, names, until};
use serde_json::{Value, json};

/// Every figure of a report.
const FIGURES: [&str; 19] = [
    "load_ms",
    "mel_ms",
    "encoder_ms",
    "cross_kv_ms",
    "prefill256_ms",
    "decoder_ms_per_token",
    "batch8_ms_per_token",
    "decoder_cold_ms",
    "window_total_ms",
    "encoder_gops",
    "cross_kv_gops",
    "prefill256_gops",
    "decoder_gbs",
    "decoder_cold_gbs",
    "int8_peak_gops",
    "int16_peak_gops",
    "f32_peak_gflops",
    "memory_read_gbs",
    "cache_read_gbs",
];

/// A short look at the smallest model.
fn bench(sandbox: &Sandbox, more: &[&str]) -> String {
    let short = ["bench", "--model", "demo", "--runs", "1", "--seconds", "0"];
    sandbox.hark(&[&short, more].concat()).quietly()
}

fn positive(figure: &Value, n: u64) {
    let number = |key: &str| figure[key].as_f64().unwrap();
    assert!(number("median") > 0.0 && number("median").is_finite(), "{figure}");
    assert!(number("spread") >= 0.0, "{figure}");
    assert!(figure["n"].as_u64().unwrap() >= n && figure.as_object().unwrap().len() == 3, "{figure}");
}

fn whole(run: &Value, threads: u64, precision: &str) {
    for name in FIGURES {
        positive(&run[name], 1);
    }
    let linux = std::path::Path::new("/proc/self/status").exists();
    assert_eq!(run["peak_rss_mb"].is_null(), !linux);
    // The demo model alone takes more than that, and no machine of a tester has so much.
    assert!(!linux || (20.0..20_000.0).contains(&run["peak_rss_mb"]["median"].as_f64().unwrap()), "{run}");
    assert_eq!((&run["threads"], &run["precision"]), (&threads.into(), &precision.into()));
    assert_eq!((&run["backend"]["threads"], &run["backend"]["kind"]), (&threads.into(), &"cpu".into()));
    let batches = run["batches"].as_array().unwrap();
    let windows: Vec<_> = batches.iter().map(|batch| batch["windows"].as_u64().unwrap()).collect();
    assert_eq!(windows, [1, 2, 4, 8]);
    for batch in batches {
        positive(&batch["ms_per_token"], 1);
        positive(&batch["gbs"], 1);
    }
    assert_eq!(batches[3]["ms_per_token"], run["batch8_ms_per_token"]);
    for power in ["encoder_w", "decoder_w"] {
        assert!(run["power"][power].is_null() || run["power"][power].as_f64().unwrap() >= 0.0, "{run}");
    }
}

#[test]
fn a_report_has_every_figure_and_leaves_nothing_behind() {
    let sandbox = Sandbox::new();
    let more = ["--json", "--threads", "1", "--streams", "1,9"];
    let report: Value = serde_json::from_str(&bench(&sandbox, &more)).unwrap();
    whole(&report, 1, "int8");
    for (served, (streams, windows, least)) in
        report["served"].as_array().unwrap().iter().zip([(1, 8, 1.0), (9, 9, 4.0)])
    {
        assert_eq!((&served["streams"], &served["windows"]), (&streams.into(), &windows.into()));
        positive(&served["total_ms"], 1);
        positive(&served["speed_x"], 1);
        let batch = served["mean_batch"]["median"].as_f64().unwrap();
        assert!((least..=8.0).contains(&batch), "{served}");
    }
    assert_eq!(report["served"].as_array().unwrap().len(), 2);
    assert_eq!((&report["model"], &report["tokens"]), (&"demo".into(), &64.into()));
    positive(&report["decoder_cold_ms"], 4);
    let [audio, processing, speed, rtf] =
        ["audio_s", "processing_s", "speed_x", "rtf"].map(|key| report[key].as_f64().unwrap());
    assert_eq!(audio, 30.0);
    assert!((speed * rtf - 1.0).abs() < 1e-9 && (processing / audio - rtf).abs() < 1e-9, "{report}");
    assert_eq!(report["machine"]["cpu"].is_null(), !std::path::Path::new("/proc/cpuinfo").exists());
    for name in FIGURES.iter().filter(|name| name.contains("_ms")) {
        assert!(report["what"][name].as_str().is_some_and(|what| !what.is_empty()), "{name}");
    }
    assert_eq!(names(&sandbox.temporary()), Vec::<String>::new());
}

#[test]
fn several_threads_and_precisions_are_measured_one_after_the_other() {
    let more = ["--json", "--threads", "1,2", "--precision", "int8,f32"];
    let report: Value = serde_json::from_str(&bench(&Sandbox::new(), &more)).unwrap();
    let runs = report["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 4);
    for (run, (threads, precision)) in runs.iter().zip([(1, "int8"), (1, "f32"), (2, "int8"), (2, "f32")]) {
        whole(run, threads, precision);
    }
    // What a step reads: a byte per weight, or four of them.
    let bytes = |run: usize| runs[run]["bytes_per_token"].as_f64().unwrap();
    assert!((3.0..4.01).contains(&(bytes(1) / bytes(0))), "{} {}", bytes(0), bytes(1));
    assert!(report.get("encoder_ms").is_none() && runs[0].get("served").is_none());
}

#[test]
fn a_table_fits_a_terminal() {
    let table =
        bench(&Sandbox::new(), &["--precision", "bf16,int8+int16", "--threads", "1", "--streams", "2"]);
    let parts = [
        "machine  ",
        "flags    ",
        "model    demo\n",
        "\nbf16, 1 thread ",
        "\nint8+int16, 1 thread ",
        "\nencoder_ms ",
        "\nwindows side by side ",
        "\nrecordings at once ",
        "\nagainst the machine ",
        "\npeaks    int8 ",
        "\npower    ",
        "real time",
        "to a text of 64 tokens",
    ];
    for part in parts {
        assert!(table.contains(part), "{part} is missing in\n{table}");
    }
    for line in table.lines().filter(|line| !line.starts_with("machine")) {
        assert!(line.chars().count() <= 100, "{line}");
    }
}

#[test]
fn a_model_file_is_measured_as_it_is_with_texts_of_any_length_only_for_formulas() {
    let sandbox = Sandbox::new();
    sandbox.hark(&["models", "make", "demo", "mine.bin", "--type", "q8_0"]).quietly();
    let arguments = ["bench", "--model", "mine.bin", "--runs", "1", "--seconds", "0", "--json"];
    let report: Value = serde_json::from_str(&sandbox.hark(&arguments).quietly()).unwrap();
    assert_eq!(report["model"], "mine.bin");
    assert_eq!(sandbox.names("."), ["mine.bin"]);

    let forced = sandbox.hark(&[&arguments[..], &["--force-tokens", "7"]].concat());
    forced.is(
        2,
        "",
        "error: --force-tokens is for `formula:` models, whose texts mean nothing\n\
         hint: leave it out, or take a model such as --model formula:base\n",
    );
    let formula = ["bench", "--model", "formula:tiny", "--runs", "1", "--seconds", "0", "--json"];
    let report = sandbox.hark(&[&formula[..], &["--force-tokens", "7"]].concat()).quietly();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["tokens"], 7);
    assert!(report["what"]["window_total_ms"].as_str().unwrap().contains("7 tokens"));
}

#[test]
fn what_cannot_be_measured_is_refused_with_a_reason() {
    let table: [(&[&str], &str); 9] = [
        (&["--threads", "0"], "it is not a number from 1 to 256; this machine runs "),
        (&["--threads", "10000"], "it is not a number from 1 to 256"),
        (&["--threads", "1,many"], "'many'"),
        (&["--precision", "int4"], "there is no precision \"int4\"; there are int8, int8+int16, bf16, f32"),
        (&["--precision", "int8,f64"], "there is no precision \"f64\""),
        (&["--runs", "0"], "--runs"),
        (&["--streams", "4,0"], "it is not a number from 1 to 256"),
        (&["--force-tokens", "0"], "it is not a number from 1 to 224"),
        (&["--force-tokens", "225"], "the longest text of a window"),
    ];
    for (arguments, part) in table {
        let ended = Sandbox::new().hark(&[&["bench"], arguments].concat());
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(ended.err.starts_with("error: ") && ended.err.contains(part), "{arguments:?}: {}", ended.err);
    }
}

/// A file of `--save` whose shares are all `share`, for one thread, with these wrong words.
fn kept(share: f64, wrong: u64) -> Value {
    let best = json!({ "value": { "median": 1.0, "spread": 0.0, "n": 3 }, "share": share, "spread": 0.0 });
    let figures = ["peak_rss_mb", "mel_ms", "encoder_ms", "decoder_ms_per_token", "window_total_ms"];
    let figures: Vec<_> = figures.map(|name| (name.to_owned(), best.clone())).into();
    json!({
        "schema": 1, "hark": "0.0.1", "model": "demo", "precision": "int8", "threads": 1, "tokens": 64,
        "measured": {
            "backend": "cpu", "cpu": null, "features": [], "rounds": 3, "others": 0.0, "peaks": {},
            "figures": figures.into_iter().collect::<serde_json::Map<_, _>>(),
            "accuracy": { "wrong": wrong, "words": 69 },
        },
    })
}

#[test]
fn what_was_saved_is_compared_and_a_regression_has_a_code_of_its_own() {
    let sandbox = Sandbox::new();
    let short = ["bench", "--model", "demo", "--runs", "1", "--seconds", "0", "--threads", "1"];
    assert_eq!(sandbox.hark(&[&short[..], &["--save", "kept.json"]].concat()).code, Some(0));
    let saved: Value = serde_json::from_str(&sandbox.read("kept.json")).unwrap();
    assert_eq!(
        (&saved["schema"], &saved["model"], &saved["threads"]),
        (&1.into(), &"demo".into(), &1.into())
    );
    let measured = &saved["measured"];
    let figures = measured["figures"].as_object().unwrap();
    assert_eq!(figures.len(), 10 - usize::from(!cfg!(target_os = "linux")));
    for figure in figures.values() {
        positive(&figure["value"], 1);
        assert!(figure["share"].as_f64().unwrap() > 0.0, "{figure}");
        assert!((0.0..1.0).contains(&figure["spread"].as_f64().unwrap()), "{figure}");
    }
    let words = |key: &str| measured["accuracy"][key].as_u64().unwrap();
    assert!(words("words") > 60 && words("wrong") < words("words") / 2, "{measured}");
    // Nothing is as slow or as fast, as small or as large as these say, and the words are the same. Memory is judged on
    // busy computers, too, as far as the system tells of it.
    let compare = |share: f64, wrong: u64| {
        let mut file = kept(share, wrong);
        file["measured"]["features"] = measured["features"].clone();
        sandbox.write("other.json", file.to_string());
        sandbox.hark(&[&short[..], &["--compare", "other.json"]].concat())
    };
    let better = compare(1e-9, words("wrong"));
    assert_eq!(better.code, Some(0), "{}{}", better.out, better.err);
    assert!(better.out.contains("compared with 0.0.1") && better.out.contains("  better"), "{}", better.out);
    if !cfg!(target_os = "linux") {
        return;
    }
    let worse = compare(1e9, words("wrong"));
    assert_eq!(worse.code, Some(6), "{}{}", worse.out, worse.err);
    assert!(worse.out.contains("WORSE"), "{}", worse.out);
}

#[test]
fn a_file_that_cannot_be_compared_with_is_refused_before_anything_is_measured() {
    let sandbox = Sandbox::new();
    sandbox.write("none.json", "no JSON");
    sandbox.write("empty.json", "{}");
    let with = |name: &str, key: &str, value: Value| {
        let mut file = kept(0.5, 3);
        file[key] = value;
        sandbox.write(name, file.to_string());
    };
    with("later.json", "schema", 2.into());
    with("model.json", "model", "formula:base".into());
    with("precision.json", "precision", "f32".into());
    with("threads.json", "threads", 16.into());
    with("lacks.json", "measured", json!({}));
    let mut zero = kept(0.5, 3);
    zero["measured"]["figures"]["mel_ms"]["share"] = 0.into();
    sandbox.write("zero.json", zero.to_string());
    let table = [
        ("missing.json", 1, "cannot compare with missing.json: "),
        ("none.json", 1, "it is no file of `hark bench --save`"),
        ("empty.json", 1, "it has no `schema`"),
        ("later.json", 1, "its form has the number 2, and this Hark reads 1"),
        ("lacks.json", 1, "it is no file of `hark bench --save`"),
        ("zero.json", 1, "a figure is 0"),
        ("model.json", 2, "its model is formula:base, and demo would be measured"),
        ("precision.json", 2, "its precision is f32, and int8 would be measured"),
        ("threads.json", 2, "its number of threads is 16, and 1 would be measured"),
    ];
    for (file, code, part) in table {
        let ended = sandbox.hark(&["bench", "--model", "demo", "--threads", "1", "--compare", file]);
        assert_eq!((ended.code, ended.out.as_str()), (Some(code), ""), "{file}: {}", ended.err);
        assert!(ended.err.contains(part) && ended.err.contains("\nhint: "), "{file}: {}", ended.err);
    }
    let several = ["bench", "--model", "demo", "--threads", "1,2", "--save", "new.json"];
    assert_eq!(sandbox.hark(&several).code, Some(2));
    for nowhere in ["no/such/folder", "."] {
        let ended = sandbox.hark(&["bench", "--model", "demo", "--threads", "1", "--save", nowhere]);
        assert_eq!(ended.code, Some(1), "{}", ended.err);
        assert!(ended.err.contains(&format!("cannot write {nowhere}")), "{}", ended.err);
    }
}

#[test]
fn the_help_keeps_the_inner_command_to_itself() {
    assert!(!Sandbox::new().hark(&["--help"]).quietly().contains("bench-load"));
}

#[test]
fn ctrl_c_ends_it_and_the_model_s_file_goes() {
    let sandbox = Sandbox::new();
    let arguments = ["bench", "--model", "demo", "--runs", "1000", "--threads", "1"];
    let mut child = sandbox.command(&arguments).spawn().unwrap();
    let written = || !names(&sandbox.temporary()).is_empty();
    until("the model's file", || written() || child.try_wait().unwrap().is_some());
    interrupt(&child);
    assert_eq!(end_of(&mut child).code(), Some(130));
    assert_eq!(names(&sandbox.temporary()), Vec::<String>::new());
}
