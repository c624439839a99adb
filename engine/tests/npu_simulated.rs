//! Whisper's encoder as instruction streams for the resident design, on the simulated array, with the demo model's
//! weights: states and transcripts against those of the CPU. `npu_whole` has more of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::engine::Mel;
use common::simulated::{DEVICES, Simulated, cut, distances};
use common::{clip, model};
use hark_engine::audio::Samples;
use hark_engine::encoder::{Backend, CpuBackend};
use hark_engine::mel::MelWindow;
use hark_engine::metrics::Monitor;
use hark_engine::model::Model;
use hark_engine::schedule::{Limits, Request, Scheduler, Turned};
use hark_engine::transcribe::{News, Options, Way, transcribe};
use hark_engine::transcript::Transcript;
use hark_engine::{Cancel, Precision, Whisper, Workers};

/// Relative L2 of a position, in the middle and at most. The design's activations are bfloat16.
const MEAN: f64 = 0.015;
const WORST: f64 = 0.03;

fn window(model: &Model, name: &str) -> MelWindow {
    Mel::new(model, &clip(name)).window(0)
}

fn cpu(model: &Model) -> CpuBackend {
    CpuBackend::new(model, &Workers::new(2), Precision::F32).unwrap()
}

fn right(mut cpu: CpuBackend, window: MelWindow) -> Vec<f32> {
    cpu.encode(&[window], &Cancel::new()).unwrap().remove(0).data
}

fn compare(what: &str, own: &[f32], right: &[f32], state: usize) {
    assert_eq!(own.len(), right.len(), "{what}");
    let apart = distances(own, right, state);
    let mean = apart.iter().sum::<f64>() / apart.len() as f64;
    let worst = apart.iter().copied().fold(0.0, f64::max);
    println!("{what}: relative L2 {mean:.5}, at most {worst:.5}");
    assert!(mean <= MEAN && worst <= WORST, "{what}: relative L2 {mean:.4}, at most {worst:.4}");
}

#[test]
fn the_states_are_those_of_the_cpu() {
    let model = model("demo");
    let window = window(&model, "short01");
    let right = right(cpu(&model), window.clone());
    for (name, device) in DEVICES {
        let own = Simulated::new(&model, device, 1500, 1).states(&[&window]).unwrap();
        compare(name, &own[0], &right, model.dims.n_audio_state);
    }
}

/// Windows that end early are those of a CPU for which the rest does not exist, alone and two side by side.
#[test]
fn shorter_windows_are_those_of_a_cpu_that_is_cut() {
    let model = model("demo");
    let state = model.dims.n_audio_state;
    let windows = ["short01", "multi01"].map(|name| window(&model, name));
    let mut speech = Vec::new();
    for ((name, device), positions) in [DEVICES[0], DEVICES[1], DEVICES[0]].into_iter().zip([512, 768, 1024])
    {
        let [first, second] = windows.each_ref().map(|window| cut(window, positions));
        let both = Simulated::new(&model, device, positions, 2).states(&[&first, &second]).unwrap();
        for (own, window) in both.iter().zip([first, second]) {
            let right = right(cpu(&model).cut(positions), window);
            compare(&format!("{name}, {positions} positions"), own, &right, state);
        }
        speech.extend(both.into_iter().nth(1));
    }
    let alone = Simulated::new(&model, DEVICES[0].1, 512, 1).states(&[&cut(&windows[1], 512)]).unwrap();
    assert!(alone[0] == speech[0], "another clip beside it changes a clip");
    // What is cut off is missed where speech goes on, so that being cut is what was compared.
    let apart = distances(&speech[0], &speech[2][..512 * state], state);
    let worst = apart.iter().copied().fold(0.0, f64::max);
    assert!(worst > 3.0 * WORST, "{worst}");
}

#[test]
fn the_text_is_that_of_the_cpu_alone_and_in_company() {
    let model = model("demo");
    let options = Options { way: Way::Strict, ..Options::default() };
    let whisper = |backend: Box<dyn Backend>| {
        Whisper::with_backend(model.clone(), backend, &Workers::new(2), Precision::F32).unwrap()
    };
    let texts = |transcript: &Transcript| {
        transcript.segments.iter().map(|segment| segment.text.clone()).collect::<Vec<_>>()
    };
    let alone = |whisper: &mut Whisper, name| {
        let samples = Samples(clip(name).into());
        transcribe(whisper, &samples, &options, &Cancel::new(), &mut |_| ()).unwrap().0
    };
    let mut npu = whisper(Box::new(Simulated::new(&model, DEVICES[0].1, 1500, 1)));
    let mut on_cpu = whisper(Box::new(cpu(&model)));
    let names = ["short01", "short09", "noisy01"];
    let own = names.map(|name| {
        let own = alone(&mut npu, name);
        assert!(!own.segments.is_empty());
        assert_eq!(texts(&own), texts(&alone(&mut on_cpu, name)), "{name}");
        own
    });
    let mut together = vec![None, None];
    let mut scheduler = Scheduler::new(&mut npu, Limits::default(), Monitor::default());
    let mut on_news = |number: u64, news| {
        if let News::Ended(result) = news {
            together[number as usize] = Some(result.unwrap().0);
        }
    };
    for (number, name) in (0..).zip(&names[..2]) {
        let source = Box::new(Samples(clip(name).into()));
        let request = Request { number, source, options: options.clone(), cancel: Cancel::new() };
        scheduler.admit(request, &mut on_news).unwrap();
    }
    while scheduler.turn(&mut on_news).unwrap() != Turned::Idle {}
    // Equal to the bit.
    assert_eq!(together, own[..2].iter().cloned().map(Some).collect::<Vec<_>>());
}
