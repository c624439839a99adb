//! The model against the timed simulator, which follows every word, lock and task of the same programs.

use super::encoder::{LaunchTimes, MODELS};
use super::kernels;
use super::operation::Machine;
use crate::design::encoder::Program;
use crate::design::graph::{At, Kernel};
use crate::design::{TOKEN, mode, resident};
use crate::plan::Shape;
use crate::sim::{Kernels, Settings, Simulator, Speed};
use crate::tile::cycles;
use crate::txn::{Device, Generation, encode};
use std::collections::HashMap;
use std::sync::atomic::AtomicU32;

/// Takes the time that kernels take, and computes nothing. What the first keys of a tile do to its maxima is as often
/// as in the model.
struct Pacing {
    generation: Generation,
    tiles: HashMap<At, u32>,
}

impl Kernels for Pacing {
    fn call(
        &mut self,
        kernel: Kernel,
        core: At,
        arguments: &[u32],
        memory: &mut [u8],
    ) -> Result<u64, String> {
        let cycles = cycles::of(self.generation);
        let has = |bit: u32| usize::from(arguments[1] & bit != 0);
        let tiles = self.tiles.entry(core).or_default();
        Ok(match kernel {
            Kernel::Begin => {
                *tiles = 0;
                cycles.begin[has(mode::STATISTICS | mode::ATTENTION)]
            }
            Kernel::A => cycles.a[usize::from(arguments[2] != 0)],
            Kernel::AB => cycles.ab[has(mode::STATISTICS)],
            Kernel::B if has(mode::ATTENTION) == 1 => {
                *tiles += 1;
                let risen = if *tiles <= kernels::rises(self.generation) {
                    kernels::row_blocks(self.generation)
                } else {
                    0
                };
                cycles.attend + u64::from(risen) * cycles.raise
            }
            Kernel::B => cycles.apply[has(mode::NORMALISE) + 2 * has(mode::GELU)],
            Kernel::End => {
                let out = arguments[2] as usize;
                memory[out..out + 4 * TOKEN as usize].fill(0);
                let order = [mode::KEYS, mode::VALUES, mode::ATTENTION];
                cycles.end[order.iter().position(|&bit| has(bit) == 1).map_or(0, |at| at + 1)]
            }
        })
    }
}

/// Seconds of each launch: of the model, and of the simulator.
fn both(device: Device, shape: &Shape) -> Vec<(String, f64, f64)> {
    let machine = Machine::new(device);
    let clock = machine.constants.clock.value;
    let settings = Settings::new(&device, Speed::TIMED);
    let pacing = Box::new(Pacing { generation: device.generation, tiles: HashMap::new() });
    let mut simulator = Simulator::new(&resident(device), pacing, settings).unwrap();
    let program = Program::encoder(shape, device, 1).unwrap();
    let buffers =
        program.buffer_lens().map(|bytes| (0..bytes / 4).map(|_| AtomicU32::new(0)).collect::<Vec<_>>());
    let arguments = buffers.each_ref().map(|buffer| &buffer[..]);
    let launches = program.launches.iter().map(|launch| {
        let outcome = simulator.run(&encode(&launch.stream().unwrap()), &arguments).unwrap();
        let model = LaunchTimes::new(&machine, launch);
        (launch.name.clone(), model.sum(|times| times.total), outcome.cycles as f64 / clock)
    });
    launches.collect()
}

/// The model leaves out that operations overlap a little, and so says a little more.
#[test]
fn the_model_agrees_with_the_simulator() {
    let small = Shape { mels: 80, positions: 512, state: 192, heads: 3, layers: 1 };
    let base = Shape { layers: 1, ..MODELS[1].1 };
    let mut wrong = Vec::new();
    for (shape, most) in [(small, 1.12), (base, 1.05)] {
        for device in [Device::npu1(4), Device::npu2(8), Device::npu1(2)] {
            for (name, model, simulated) in both(device, &shape) {
                let ratio = model / simulated;
                let says = format!("{device:?}, {name}: {model} s and {simulated} s, {ratio}");
                println!("{says}");
                if !(0.98..most).contains(&ratio) {
                    wrong.push(says);
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
