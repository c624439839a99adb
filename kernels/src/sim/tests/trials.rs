//! The small launches for bringing up a device give what they say on the simulated array.

use super::encoder::bytes;
use crate::design::encoder::trial::Trial;
use crate::design::resident;
use crate::op::Buffer;
use crate::sim::{Settings, Simulator, Speed};
use crate::tile::Kernels;
use crate::txn::{Device, encode};
use std::sync::atomic::{AtomicU32, Ordering};

/// What a trial gives, and how far that is from what it says.
fn run(simulator: &mut Simulator, trial: &Trial) -> (Vec<f32>, f64) {
    let lens = trial.program.buffer_lens();
    // What nobody wrote are no numbers.
    let buffers = lens.map(|len| (0..len / 4).map(|_| AtomicU32::new(u32::MAX)).collect::<Vec<_>>());
    let store = |place: Buffer, write: &dyn Fn(&mut [u8])| {
        let mut bytes = vec![0; lens[place as usize]];
        write(&mut bytes);
        for (word, bytes) in buffers[place as usize].iter().zip(bytes.as_chunks().0) {
            word.store(u32::from_le_bytes(*bytes), Ordering::Relaxed);
        }
    };
    store(Buffer::Weights, &|bytes| trial.weights(bytes).unwrap());
    store(Buffer::Input, &|bytes| trial.write_input(bytes).unwrap());
    let words = encode(&trial.program.launches[0].stream().unwrap());
    simulator.run(&words, &buffers.each_ref().map(|buffer| &buffer[..])).unwrap();
    let mut own = vec![0.0; trial.expected.len()];
    trial.program.read_output(0, &bytes(&buffers[Buffer::Output as usize]), &mut own).unwrap();
    let square = |v: f32| f64::from(v) * f64::from(v);
    let apart: f64 = own.iter().zip(&trial.expected).map(|(a, b)| square(a - b)).sum();
    let norm: f64 = trial.expected.iter().copied().map(square).sum();
    (own, (apart / norm).sqrt())
}

#[test]
fn trials_give_what_they_say_one_behind_the_other() {
    for device in [Device::npu1(4), Device::npu2(8)] {
        let settings = Settings::new(&device, Speed::Functional);
        let kernels = Box::new(Kernels::new(device.generation));
        let mut simulator = Simulator::new(&resident(device), kernels, settings).unwrap();
        let trials = Trial::all(device).unwrap();
        assert_eq!(trials.each_ref().map(|trial| trial.name), Trial::NAMES);
        for trial in &trials {
            let (own, apart) = run(&mut simulator, trial);
            println!("{:?} {}: {apart:.6}", device.generation, trial.name);
            assert!(apart <= trial.limit, "{:?} {}: {apart}", device.generation, trial.name);
            assert!(own.iter().filter(|v| **v == 0.0).count() < own.len() / 100, "{}", trial.name);
        }
        let [passthrough, ..] = &trials;
        assert!(run(&mut simulator, passthrough).0 == passthrough.expected, "to the bit, and again");
    }
}
