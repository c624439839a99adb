#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::encoder::{EncoderTimes, MODELS};
use crate::txn::Device;

#[test]
fn show() {
    for device in [Device::npu1(4), Device::npu2(8)] {
        for (name, shape) in MODELS {
            let e = EncoderTimes::new(&device, &shape);
            println!("{name} {:?} {:.1} ms", device.generation, e.windows(1) * 1e3);
            if name == "base" {
                for l in [0, 1, e.launches.len() - 1] {
                    for (o, t) in &e.launches[l].operations {
                        println!(
                            "  {:10} {:.3} edges {:.3} {:?} {} {:.2?} tasks {} use {:.2}",
                            o.name,
                            t.total * 1e3,
                            t.edges * 1e3,
                            t.bound(),
                            (t.read + t.written) / 1e6,
                            t.busy.map(|b| b * 1e3),
                            o.tasks,
                            t.use_of(&e.device, &e.constants)
                        );
                    }
                }
            }
        }
    }
}
