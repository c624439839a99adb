//! States of windows against the CPU's.

use super::common::engine::Mel;
use super::common::simulated::{Simulated, cut, distances};
use super::common::{clip, model};
use super::report::{Distances, Entry};
use hark_engine::encoder::{Backend, CpuBackend};
use hark_engine::mel::MelWindow;
use hark_engine::model::Model;
use hark_engine::{Cancel, Precision, Workers};
use hark_kernels::design::encoder::PROFILES;
use hark_kernels::txn::Device;

/// A short clip, and one that goes on behind every cut.
const CLIPS: [&str; 2] = ["short01", "multi01"];

/// The encoder on the CPU, in f32.
pub fn cpu(model: &Model) -> CpuBackend {
    CpuBackend::new(model, &Workers::new(2), Precision::F32).unwrap()
}

fn window(model: &Model, name: &str) -> MelWindow {
    Mel::new(model, &clip(name)).window(0)
}

fn right(cpu: &mut CpuBackend, window: &MelWindow) -> Vec<f32> {
    cpu.encode(std::slice::from_ref(window), &Cancel::new()).unwrap().remove(0).data
}

/// Whole windows of some clips.
pub fn of_windows(name: &str, device_name: &'static str, device: Device) -> Entry<Distances> {
    let model = model(name);
    let (positions, state) = (model.dims.n_audio_ctx, model.dims.n_audio_state);
    let (mut npu, mut cpu) = (Simulated::new(&model, device, positions, 1), cpu(&model));
    let mut simulated = Distances::default();
    for name in CLIPS {
        let window = window(&model, name);
        let own = npu.states(&[&window]).unwrap().remove(0);
        simulated.add(&distances(&own, &right(&mut cpu, &window), state));
    }
    Entry::new(name, device_name, positions, 1, simulated)
}

/// The beginnings of these windows, for each shorter profile one by one and side by side.
pub fn of_cut_windows(name: &str, device_name: &'static str, device: Device) -> Vec<Entry<Distances>> {
    let model = model(name);
    let mut all = Vec::new();
    for positions in PROFILES.into_iter().filter(|positions| *positions < model.dims.n_audio_ctx) {
        let windows = CLIPS.map(|name| cut(&window(&model, name), positions));
        let mut cpu = cpu(&model).cut(positions);
        let right = windows.each_ref().map(|window| right(&mut cpu, window));
        for clips_at_once in [1, 2] {
            let mut npu = Simulated::new(&model, device, positions, clips_at_once);
            let mut simulated = Distances::default();
            for (windows, right) in windows.chunks(clips_at_once).zip(right.chunks(clips_at_once)) {
                let own = npu.states(&windows.iter().collect::<Vec<_>>()).unwrap();
                for (own, right) in own.iter().zip(right) {
                    simulated.add(&distances(own, right, model.dims.n_audio_state));
                }
            }
            all.push(Entry::new(name, device_name, positions, clips_at_once, simulated));
        }
    }
    all
}
