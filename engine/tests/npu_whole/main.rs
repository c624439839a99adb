//! All of Whisper's encoder on the simulated array against the CPU: states and transcripts, both devices, every sample,
//! a model of published size, and shorter windows. It takes minutes: `./test long npu` runs it and keeps its figures.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;
mod report;
mod states;
mod texts;

use common::simulated::DEVICES;
use hark_kernels::txn::Device;
use report::Report;

/// Transcribed models, and the goldens of their samples.
const TRANSCRIBED: [&str; 2] = ["strict-demo.json", "strict-demo-tiny.json"];

#[test]
#[ignore = "it takes minutes: ./test long npu"]
fn the_whole_encoder_is_that_of_the_cpu() {
    let mut report = Report::default();
    std::thread::scope(|scope| {
        let all = DEVICES.map(|(name, device)| scope.spawn(move || of_device(name, device)));
        all.into_iter().for_each(|one| report.append(one.join().unwrap()));
    });
    report.keep();
    let wrong = report.wrong();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn of_device(name: &'static str, device: Device) -> Report {
    let cut = states::of_cut_windows("demo", name, device);
    let mut report = Report { cut, ..Report::default() };
    report.states.push(states::of_windows("formula:base", name, device));
    for goldens in TRANSCRIBED {
        let (states, texts) = texts::of_samples(goldens, name, device);
        report.states.push(states);
        report.texts.push(texts);
    }
    println!("{}", report.text());
    report
}
