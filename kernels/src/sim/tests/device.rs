//! The simulated device as the C interface sees it: commands with views.

use super::encoder::{Encoder, bytes};
use crate::runtime::{Argument, Command, Device as _, Info, View, Wrong};
use crate::sim::Simulated;
use crate::txn;
use hark_xdna::Generation;
use std::sync::atomic::{AtomicU32, Ordering};

fn view(words: &[AtomicU32]) -> View {
    let view = View::new(words.len() * 4, 0, 0);
    view.words().iter().zip(words).for_each(|(to, from)| {
        to.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
    });
    view
}

struct Buffers(Vec<View>);

impl Buffers {
    fn of(encoder: &Encoder) -> Self {
        Self(encoder.buffers.iter().map(|buffer| view(buffer)).collect())
    }

    fn command(&self, words: &[u32], wrong: bool) -> Command {
        let list: Vec<AtomicU32> = words.iter().copied().map(AtomicU32::new).collect();
        let head = [Argument::Number(3), Argument::Buffer(view(&list)), Argument::Number(words.len() as u64)];
        let data = self.0.iter().cloned().map(Argument::Buffer);
        let wrong = wrong.then_some(Wrong::Values);
        Command { kernel: "K".into(), arguments: head.into_iter().chain(data).collect(), wrong }
    }

    fn output(&self) -> Vec<u8> {
        bytes(self.0[2].words())
    }
}

#[test]
fn a_device_carries_out_streams() {
    let encoder = Encoder::small(txn::Device::npu1(4));
    let (device, other) = (Simulated::new(Generation::Xdna1), Simulated::new(Generation::Xdna2));
    assert_eq!((device.generation(), other.generation()), (Generation::Xdna1, Generation::Xdna2));
    assert_eq!(device.info(Info::Name), "NPU (simulated)");
    assert_eq!(device.contexts(), 6);
    let (good, bad) = (Buffers::of(&encoder), Buffers::of(&encoder));
    let streams: Vec<Vec<u32>> = encoder.streams().collect();
    for (i, words) in streams.iter().enumerate() {
        device.run(&good.command(words, false)).unwrap();
        device.run(&bad.command(words, i + 1 == streams.len())).unwrap();
    }
    assert_ne!(good.output(), bad.output());

    // What a command does wrong is said, and the next finds the device as it was.
    let error = device.run(&good.command(&[7; 9], false)).unwrap_err();
    assert!(error.contains("no instruction stream: the stream has version"), "{error}");
    let error = other.run(&good.command(&streams[0], false)).unwrap_err();
    assert!(error.contains("a stream for 4 columns of Npu1"), "{error}");
    let output = good.output();
    let last = streams.last().unwrap();
    device.run(&good.command(last, false)).unwrap();
    assert_eq!(good.output(), output);
    let mut short = good.command(last, false);
    short.arguments.truncate(4);
    assert_eq!(device.run(&short).unwrap_err(), "1 buffers for data, not 5");
}
