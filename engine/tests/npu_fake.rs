//! The encoder on an NPU, in this process, on the functional fake.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::npu::{InProcess, relative_l2, window};
use hark_engine::encoder::{Backend, CpuBackend, EncoderOutput};
use hark_engine::model::{Model, ModelSpec};
use hark_engine::{Cancel, Precision, Workers};

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
