//! One body of tests that every encoder backend must pass.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::npu::InProcess;
use hark_engine::encoder::{Backend, BackendError, BackendKind, CpuBackend, FakeBackend};
use hark_engine::mel::MelWindow;
use hark_engine::model::{Model, ModelSpec};
use hark_engine::{Cancel, Precision, Workers};

fn window(n_mels: usize, seed: u64) -> MelWindow {
    let mut state = seed;
    let value = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    MelWindow { n_mels, data: (0..n_mels * 3000).map(value).collect() }
}

/// What every backend promises, for a model of this many mel bins, positions and channels.
fn conforms(backend: &mut dyn Backend, model: &Model) {
    let dims = model.dims;
    let info = backend.describe();
    assert!(!info.name.is_empty() && info.threads >= 1);
    assert_eq!(backend.evidence().windows, 0, "nothing ran yet");

    let windows = [window(dims.n_mels, 1), window(dims.n_mels, 2)];
    let together = backend.encode(&windows, &Cancel::new()).unwrap();
    assert_eq!(together.len(), 2);
    for (window, output) in windows.iter().zip(&together) {
        assert_eq!((output.positions, output.state), (dims.n_audio_ctx, dims.n_audio_state));
        assert_eq!(output.data.len(), dims.n_audio_ctx * dims.n_audio_state);
        assert!(output.data.iter().all(|v| v.is_finite()));
        let alone = backend.encode(std::slice::from_ref(window), &Cancel::new()).unwrap();
        assert_eq!(
            &alone[0], output,
            "a window's states do not depend on its company, or on what ran before"
        );
    }
    assert_ne!(together[0], together[1], "different windows, different states");
    let evidence = backend.evidence();
    assert_eq!((evidence.windows, evidence.layers), (4, 4 * dims.n_audio_layer as u64));

    assert!(backend.encode(&[], &Cancel::new()).unwrap().is_empty());

    let raised = Cancel::new();
    raised.raise();
    assert!(matches!(backend.encode(&windows, &raised), Err(BackendError::Cancelled(_))));
    for foreign in [window(dims.n_mels + 1, 1), MelWindow { n_mels: dims.n_mels, data: vec![0.0; 80 * 2999] }]
    {
        assert!(matches!(backend.encode(&[foreign], &Cancel::new()), Err(BackendError::Shape { .. })));
    }
    assert_eq!(backend.evidence().windows, 4, "what did not run to the end is not counted");
    assert!(backend.encode(&windows[..1], &Cancel::new()).is_ok(), "usable after an error");
}

#[test]
fn the_cpu_conforms() {
    for name in ["demo", "formula:tiny-128"] {
        let model = Model::load(&ModelSpec::parse(name)).unwrap();
        let mut backend = CpuBackend::new(&model, &Workers::new(2), Precision::F32).unwrap();
        assert_eq!(backend.describe().kind, BackendKind::Cpu);
        conforms(&mut backend, &model);
    }
}

#[test]
fn the_fake_conforms() {
    let model = Model::load(&ModelSpec::Demo).unwrap();
    let mut backend = FakeBackend::new(&model.dims);
    assert_eq!(backend.describe().kind, BackendKind::Fake);
    conforms(&mut backend, &model);
}

#[test]
fn the_npu_conforms() {
    for name in ["demo", "formula:tiny-128"] {
        let model = Model::load(&ModelSpec::parse(name)).unwrap();
        let mut backend = InProcess::open(&model);
        assert_eq!(backend.describe().kind, BackendKind::Npu);
        conforms(&mut backend, &model);
    }
}

#[test]
fn threads_change_nothing() {
    let model = Model::load(&ModelSpec::Demo).unwrap();
    let windows = [window(80, 3)];
    let encode = |threads| {
        CpuBackend::new(&model, &Workers::new(threads), Precision::F32)
            .unwrap()
            .encode(&windows, &Cancel::new())
            .unwrap()
    };
    let (one, two) = (encode(1), encode(2));
    let largest = one[0].data.iter().zip(&two[0].data).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(largest < 1e-4, "largest difference {largest}");
}
