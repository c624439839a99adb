//! Streams of the design, damaged in every way: what comes of them is a refusal that says where, or a result, and never
//! a crash or a launch without an end.

use crate::design::encoder::trial::Trial;
use crate::design::resident;
use crate::op::Buffer;
use crate::sim::{Fault, Settings, SimError, Simulator, Speed};
use crate::tile::Kernels;
use crate::txn::{Device, decode, encode};
use std::sync::atomic::{AtomicU32, Ordering};

const DEVICE: Device = Device::npu1(4);
/// Words that are changed at once, at most, and how often.
const CHANGES: u64 = 3;
const TIMES: u64 = 250;

/// A small launch with its buffers, and an array for it.
struct Launch {
    trial: Trial,
    words: Vec<u32>,
    simulator: Option<Simulator>,
}

impl Launch {
    fn new(trial: Trial) -> Self {
        let words = encode(&trial.program.launches[0].stream().unwrap());
        Self { trial, words, simulator: None }
    }

    fn buffers(&self) -> [Vec<AtomicU32>; 5] {
        let lens = self.trial.program.buffer_lens();
        let filled = |place: Buffer, write: &dyn Fn(&mut [u8])| {
            let mut bytes = vec![0; lens[place as usize]];
            write(&mut bytes);
            let words = bytes.as_chunks().0.iter();
            words.map(|word| AtomicU32::new(u32::from_le_bytes(*word))).collect::<Vec<_>>()
        };
        let mut buffers = lens.map(|len| (0..len / 4).map(|_| AtomicU32::new(0)).collect::<Vec<_>>());
        buffers[Buffer::Weights as usize] =
            filled(Buffer::Weights, &|into| self.trial.weights(into).unwrap());
        buffers[Buffer::Input as usize] =
            filled(Buffer::Input, &|into| self.trial.write_input(into).unwrap());
        buffers
    }

    /// What becomes of other words. What they break is made anew.
    fn run(&mut self, words: &[u32], buffers: &[Vec<AtomicU32>; 5]) -> Result<(), SimError> {
        let configured = || {
            let settings = Settings::new(&DEVICE, Speed::Functional);
            let kernels = Box::new(Kernels::new(DEVICE.generation));
            Simulator::new(&resident(DEVICE), kernels, settings).unwrap()
        };
        let mut simulator = self.simulator.take().unwrap_or_else(configured);
        simulator.run(words, &buffers.each_ref().map(|buffer| &buffer[..]))?;
        self.simulator = Some(simulator);
        Ok(())
    }
}

fn passthrough() -> Launch {
    Launch::new(Trial::all(DEVICE).unwrap().into_iter().next().unwrap())
}

fn with_size(mut words: Vec<u32>) -> Vec<u32> {
    words[3] = words.len() as u32 * 4;
    words
}

#[test]
fn what_is_cut_off_or_unknown_is_refused_before_anything_moves() {
    let mut launch = passthrough();
    let (words, buffers) = (launch.words.clone(), launch.buffers());
    let mut refused = |damaged: &[u32], what: &str| {
        let error = launch.run(damaged, &buffers).unwrap_err();
        assert!(matches!(error.fault, Fault::Stream(_)), "{what}: {error}");
    };
    for end in 0..words.len() {
        refused(&words[..end], "cut");
        if end > 3 {
            refused(&with_size(words[..end].to_vec()), "cut, with a size that fits");
        }
    }
    let mut at = 4;
    for instruction in decode(&words).unwrap().instructions {
        let alone = crate::txn::Stream { instructions: vec![instruction], ..decode(&words).unwrap() };
        for code in [0x60, 0xfe, 2, 200] {
            let mut damaged = words.clone();
            damaged[at] = damaged[at] & !0xff | code;
            refused(&damaged, "an unknown operation");
        }
        at += encode(&alone).len() - 4;
    }
    assert_eq!(at, words.len());
    assert!(buffers[Buffer::Output as usize].iter().all(|word| word.load(Ordering::Relaxed) == 0));
    launch.run(&words, &buffers).unwrap();
}

#[test]
fn no_damage_crashes_the_array() {
    let mut launch = passthrough();
    let (words, buffers) = (launch.words.clone(), launch.buffers());
    let mut state = 1u64;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let (mut refused, mut by_the_array) = (0, 0);
    for _ in 0..TIMES {
        let mut damaged = words.clone();
        for _ in 0..=random(CHANGES) {
            let at = 4 + random(words.len() as u64 - 4) as usize;
            damaged[at] = match random(4) {
                0 => damaged[at] ^ 1 << random(32),
                1 => words[random(words.len() as u64) as usize],
                2 => damaged[at].wrapping_add(1),
                _ => (random(1 << 31) as u32) >> random(32),
            };
        }
        if let Err(error) = launch.run(&damaged, &buffers) {
            assert!(!error.to_string().is_empty() && !matches!(error.fault, Fault::Broken));
            refused += 1;
            by_the_array += u64::from(!matches!(error.fault, Fault::Stream(_)));
        }
    }
    println!("{refused} of {TIMES} refused, {by_the_array} by the array");
    assert!(refused > TIMES / 2 && by_the_array > TIMES / 10, "{refused}, {by_the_array}");
    launch.run(&words, &launch.buffers()).unwrap();
}
