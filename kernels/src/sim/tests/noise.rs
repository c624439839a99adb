//! Streams of which something is missing or turned around: each is refused or carried out, and nothing else.

use super::encoder::Encoder;
use super::faults::said_of;
use crate::design::resident;
use crate::sim::{Settings, Simulator, Speed};
use crate::txn::{self, Instruction, decode, encode};
use crate::{runtime::POISON, tile};
use std::sync::atomic::{AtomicU32, Ordering};

fn simulator(device: txn::Device) -> Simulator {
    let settings = Settings { limit: 20_000_000, ..Settings::new(&device, Speed::Functional) };
    Simulator::new(&resident(device), Box::new(tile::Kernels::new(device.generation)), settings).unwrap()
}

/// The last launch of an encoder, whose input is there.
fn last_launch(device: txn::Device) -> (Encoder, Vec<u32>) {
    let encoder = Encoder::small(device);
    let scratch = &encoder.buffers[3];
    scratch.iter().for_each(|word| word.store(0x3f80_3f80, Ordering::Relaxed));
    let words = encoder.streams().last().unwrap();
    (encoder, words)
}

#[test]
fn no_instruction_can_be_left_out() {
    let device = txn::Device::npu1(4);
    let (encoder, words) = last_launch(device);
    let arguments = encoder.buffers.each_ref().map(|buffer| &buffer[..]);
    let stream = decode(&words).unwrap();
    simulator(device).run(&words, &arguments).unwrap();
    for left_out in 0..stream.instructions.len() {
        encoder.buffers[2].iter().for_each(|word| word.store(POISON, Ordering::Relaxed));
        let mut less = stream.clone();
        let missing = less.instructions.remove(left_out);
        let result = simulator(device).run(&encode(&less), &arguments);
        assert!(result.is_err(), "instruction {left_out}: {missing:?}");
    }
}

/// Bits of a stream turned around: what comes of it does not matter, as long as it comes.
#[test]
fn turned_bits_neither_hang_nor_panic() {
    let mut state = 3u64;
    let mut random = |most: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % most
    };
    let mut refused = 0;
    for _ in 0..3000 {
        let arguments = [(0..256).map(AtomicU32::new).collect::<Vec<_>>(), vec![]];
        let to: Vec<AtomicU32> = (0..256).map(|_| AtomicU32::new(POISON)).collect();
        let (at, word, bit) = (random(7), random(8), 1u32 << random(32));
        let result = said_of(&[&arguments[0], &to], |list| match &mut list[at] {
            Instruction::BlockWrite { data, .. } => data[word] ^= bit,
            Instruction::Write { to, value } => {
                if word < 6 {
                    *value ^= bit;
                } else {
                    to.0 ^= bit;
                }
            }
            Instruction::MaskWrite { value, mask, .. } => {
                *(if word < 4 { value } else { mask }) ^= bit;
            }
            Instruction::Patch { plus, .. } => *plus ^= u64::from(bit),
            _ => {}
        });
        refused += usize::from(result.is_err());
    }
    assert!((1000..3000).contains(&refused), "{refused}");
}
