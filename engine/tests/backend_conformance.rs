//! One body of tests that every encoder backend must pass.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::npu::{InProcess, fake_library, relative_l2, window};
use hark_engine::encoder::npu::{
    Limits, NpuConfig, NpuKind, NpuPlan, NpuSession, NpuSetting, NpuState, OpensNpu, Power, Selected, Why,
    in_worker, worker,
};
use hark_engine::encoder::{Backend, BackendError, BackendKind, CpuBackend, EncoderOutput, FakeBackend};
use hark_engine::mel::MelWindow;
use hark_engine::model::{Model, ModelSpec};
use hark_engine::{Cancel, Precision, Workers};
use std::io::BufReader;
use std::process::Child;
use std::sync::Arc;
use std::time::Duration;

/// How far the states of a device that computes in f32 may be from the CPU's.
const F32_LIMIT: f64 = 1e-5;
/// The argument that makes this test program a worker.
const WORKER: &str = "serve-as-the-worker";

/// What every backend promises for a model; whoever computes with its weights is at most `limit` from the CPU in f32.
fn conforms(backend: &mut dyn Backend, model: &Model, limit: Option<f64>) {
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
    if let Some(limit) = limit {
        within(limit, &together, &cpu(model).encode(&windows, &Cancel::new()).unwrap());
    }
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

fn within(limit: f64, own: &[EncoderOutput], right: &[EncoderOutput]) {
    for (own, right) in own.iter().zip(right) {
        let apart = relative_l2(&own.data, &right.data);
        assert!(apart <= limit, "relative L2 {apart:e}");
    }
}

fn cpu(model: &Model) -> CpuBackend {
    CpuBackend::new(model, &Workers::new(2), Precision::F32).unwrap()
}

#[test]
fn the_cpu_conforms() {
    for name in ["demo", "formula:tiny-128"] {
        let model = Model::load(&ModelSpec::parse(name)).unwrap();
        let mut backend = cpu(&model);
        assert_eq!(backend.describe().kind, BackendKind::Cpu);
        conforms(&mut backend, &model, Some(0.0));
    }
}

#[test]
fn the_fake_conforms() {
    let model = Model::load(&ModelSpec::Demo).unwrap();
    let mut backend = FakeBackend::new(&model.dims);
    assert_eq!(backend.describe().kind, BackendKind::Fake);
    conforms(&mut backend, &model, None);
}

#[test]
fn the_npu_conforms() {
    for name in ["demo", "formula:tiny-128"] {
        let model = Model::load(&ModelSpec::parse(name)).unwrap();
        let mut backend = InProcess::open(&model);
        assert_eq!(backend.describe().kind, BackendKind::Npu);
        conforms(&mut backend, &model, Some(F32_LIMIT));
    }
}

/// How the worker is reached: this program once more, which runs one test and in it serves.
fn plan(session: &NpuSession) -> NpuPlan {
    let arguments = ["--exact", "the_worker_serves_whoever_started_it", "--nocapture", WORKER];
    let config = NpuConfig {
        kind: NpuKind::Fake,
        executable: std::env::current_exe().unwrap(),
        arguments: arguments.map(Into::into).into(),
        library: fake_library(),
        xclbin: None,
        threads: 2,
        limits: Limits::PATIENT,
        log: None,
        kill: Child::kill,
    };
    NpuPlan {
        config: Ok(config),
        kind: NpuKind::Fake,
        forced: true,
        setting: NpuSetting::Auto,
        power: || Power::Mains,
        since_boot: || None,
        session: session.clone(),
        on_news: Arc::new(|_| ()),
    }
}

#[test]
fn the_npu_at_a_distance_conforms() {
    for name in ["demo", "formula:tiny-128"] {
        let spec = ModelSpec::parse(name);
        let model = Model::load(&spec).unwrap();
        let session = NpuSession::new();
        // Were this one to encode instead, no bound would hold.
        let stand_in = Box::new(FakeBackend::new(&model.dims));
        let mut backend = Selected::new(stand_in, plan(&session), &spec, &model.dims);
        while backend.refresh() {
            std::thread::sleep(Duration::from_millis(2));
        }
        let opened = session.report().unwrap();
        assert_eq!((&opened.state, opened.why), (&NpuState::Ready, Why::Forced), "{opened:?}");
        assert!(opened.check.unwrap().relative_l2 <= F32_LIMIT, "{:?}", opened.check);
        conforms(&mut backend, &model, Some(F32_LIMIT));
        let report = session.report().unwrap();
        assert_eq!((report.state, report.windows, report.restarts), (NpuState::Ready, 5, 0));
    }
}

/// Without somebody who started it there is nobody to serve, and it ends at once.
#[test]
fn the_worker_serves_whoever_started_it() {
    if std::env::args().any(|argument| argument == WORKER) {
        let (input, mut output) = in_worker().unwrap();
        worker::serve(&mut OpensNpu, &mut BufReader::new(input), &mut output).unwrap();
        return;
    }
    let (mut nobody, mut said) = (std::io::empty(), Vec::new());
    let end = worker::serve(&mut OpensNpu, &mut nobody, &mut said).unwrap_err();
    assert!(said.is_empty(), "{end}");
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
