//! A window through the NPU's encoder allocates nothing and says what it did.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::npu::{LIMITS, fake_library, program, window};
use hark_engine::Cancel;
use hark_engine::encoder::npu::{NpuEncoder, Takes};
use hark_engine::model::{Model, ModelSpec};

#[test]
fn a_window_allocates_nothing_and_is_counted() {
    let model = Model::load(&ModelSpec::Demo).unwrap();
    let (dims, never) = (model.dims, Cancel::new());
    let mut encoder =
        NpuEncoder::open(&fake_library(), &program(), Takes::Operations, &model, LIMITS).unwrap();
    let commands = dims.n_audio_layer as u64 + 2;
    let values = dims.n_audio_ctx * dims.n_audio_state;
    // Weights, mel, states, scratch, one that is not used, and instructions for each launch.
    let opened = encoder.counters();
    assert_eq!((opened.windows, opened.commands, opened.buffers.allocations), (0, 0, 5 + commands));
    assert_eq!(opened.buffers.syncs, 1 + commands, "weights and instructions go to the device once");

    let (windows, mut states) = ([window(80, 1), window(80, 2)], vec![0.0; values]);
    encoder.encode(&windows[0].data, &mut states, &never).unwrap();
    let mut encode = || {
        for window in &windows {
            encoder.encode(&window.data, &mut states, &never).unwrap();
        }
    };
    let info = allocation_counter::measure(&mut encode);
    assert_eq!(info.count_total, 0, "{} bytes", info.bytes_total);

    let counters = encoder.counters();
    assert_eq!((counters.windows, counters.commands), (3, 3 * commands));
    assert!(counters.device_ms > 0.0);
    assert_eq!(counters.buffers.allocations, opened.buffers.allocations, "buffers are allocated once");
    assert_eq!(counters.buffers.syncs - opened.buffers.syncs, 3 * 2, "mel in, states out");
    let mel = (3002 * dims.n_mels * 4) as u64;
    let per_window = mel + 4 * values as u64;
    assert_eq!(counters.buffers.synced_bytes - opened.buffers.synced_bytes, 3 * per_window);
}
