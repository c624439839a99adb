//! The encoder on an NPU, in this process, on the functional fake.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::clip;
use common::npu::{InProcess, fake_library, relative_l2, window};
use hark_engine::audio::Samples;
use hark_engine::encoder::npu::{NpuDevice, NpuError, Takes};
use hark_engine::encoder::{Backend, CpuBackend, EncoderOutput};
use hark_engine::model::{Model, ModelSpec};
use hark_engine::transcribe::{Options, Way, transcribe};
use hark_engine::{Cancel, Precision, Whisper, Workers};

fn cpu(model: &Model) -> CpuBackend {
    CpuBackend::new(model, &Workers::new(2), Precision::F32).unwrap()
}

#[test]
fn the_states_are_those_of_the_cpu() {
    for name in ["demo", "formula:tiny-128"] {
        let model = Model::load(&ModelSpec::parse(name)).unwrap();
        let window = window(model.dims.n_mels, 7);
        let encode = |backend: &mut dyn Backend| -> EncoderOutput {
            backend.encode(std::slice::from_ref(&window), &Cancel::new()).unwrap().remove(0)
        };
        let mut npu = InProcess::open(&model);
        let (own, right) = (encode(&mut npu), encode(&mut cpu(&model)));
        let apart = relative_l2(&own.data, &right.data);
        println!("{name}: relative L2 {apart:e}");
        assert!(apart <= 1e-5, "{name}: relative L2 {apart:e}");
        let mut block = vec![0.0; own.data.len()];
        npu.encoder.first_block(&window.data, &mut block).unwrap();
        let mut right = Vec::new();
        let mut keep = |name: &str, states: &[f32]| {
            if name == "block.0" {
                right = states.to_vec();
            }
        };
        cpu(&model).encode_traced(&window, &mut keep).unwrap();
        let apart = relative_l2(&block, &right);
        assert!(apart <= 1e-5, "{name}: first block, relative L2 {apart:e}");
    }
}

#[test]
fn the_text_is_that_of_the_cpu() {
    let samples = clip("short01");
    let model = Model::load(&ModelSpec::Demo).unwrap();
    let options = Options { way: Way::Strict, ..Options::default() };
    let text = |backend: Box<dyn Backend>| {
        let whisper = Whisper::with_backend(model.clone(), backend, &Workers::new(2), Precision::F32);
        let samples = Samples(samples.clone().into());
        let (transcript, _) =
            transcribe(&mut whisper.unwrap(), &samples, &options, &Cancel::new(), &mut |_| ()).unwrap();
        transcript.segments.into_iter().map(|segment| segment.text).collect::<Vec<_>>()
    };
    let own = text(Box::new(InProcess::open(&model)));
    assert!(!own.is_empty() && own.iter().any(|text| text.len() > 5), "{own:?}");
    assert_eq!(own, text(Box::new(cpu(&model))));
}

#[test]
fn a_program_that_is_none_is_refused_before_the_device_sees_it() {
    let device = NpuDevice::open(&fake_library()).unwrap();
    assert_eq!(device.info().name, "NPU (fake)");
    assert!(matches!(
        device.context(b"xclbin2 and nothing else", None, Takes::Operations),
        Err(NpuError::Program(_))
    ));
}

#[test]
fn memory_of_another_size_and_a_raised_flag_are_refused() {
    let model = Model::load(&ModelSpec::Demo).unwrap();
    let mut npu = InProcess::open(&model).encoder;
    let (mel, never) = (window(80, 1).data, Cancel::new());
    let mut states = vec![0.0; model.dims.n_audio_ctx * model.dims.n_audio_state];
    let mut fewer = states[1..].to_vec();
    for (mel, states) in [(&mel[1..], &mut states), (&mel[..], &mut fewer)] {
        let error = npu.encode(mel, states, &never).unwrap_err();
        assert!(matches!(error, NpuError::Plan(_)), "{error}");
    }
    let raised = Cancel::new();
    raised.raise();
    assert!(matches!(npu.encode(&mel, &mut states, &raised), Err(NpuError::Cancelled(_))));
    assert_eq!(npu.counters().windows, 0);
    npu.encode(&mel, &mut states, &never).unwrap();
}
