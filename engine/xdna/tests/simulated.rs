//! An encoder's instruction streams through the safe interface, the C interface and the simulated NPU, against the same
//! streams on the simulator alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use hark_kernels::design::encoder::Program;
use hark_kernels::design::resident;
use hark_kernels::plan::Shape;
use hark_kernels::runtime::POISON;
use hark_kernels::sim::{Settings, Simulator, Speed};
use hark_kernels::tile::Kernels;
use hark_kernels::txn::{Device, encode};
use hark_xdna::xclbin::write::minimal;
use hark_xdna::{BufferKind, Direction, ErrorKind, Generation, Library};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const SHAPE: Shape = Shape { mels: 80, positions: 512, state: 64, heads: 1, layers: 1 };
const DEVICE: Device = Device::npu1(4);
const LONG: Duration = Duration::from_secs(600);
/// What selects the simulator.
const NPU: &str = "HARK_NPU";

/// Deterministic values around 0.
fn noise(count: usize) -> Vec<f32> {
    (0..count as u64).map(|i| (i.wrapping_mul(2_654_435_761) % 1000) as f32 / 5000.0 - 0.1).collect()
}

/// As large as openai-whisper's tensor of this name.
fn tensor(name: &str) -> Result<Vec<f32>, ()> {
    let Shape { mels, positions, state, .. } = SHAPE;
    let layer = name.rsplit('.').nth(1).unwrap_or_default();
    let (inputs, outputs) = match layer {
        "conv1" => (3 * mels, state),
        "conv2" => (3 * state, state),
        "0" => (state, 4 * state),
        "2" => (4 * state, state),
        _ => (state, state),
    };
    Ok(noise(match name.rsplit('.').next() {
        Some("positional_embedding") => positions * state,
        Some("bias") => outputs,
        _ if layer.contains("ln") => state,
        _ => inputs * outputs,
    }))
}

struct Prepared {
    program: Program,
    weights: Vec<u8>,
    input: Vec<u8>,
}

fn prepared() -> Prepared {
    let program = Program::encoder(&SHAPE, DEVICE, 1).unwrap();
    let [weights, input, ..] = program.buffer_lens();
    let (mut weights, mut input) = (vec![0; weights], vec![0; input]);
    program.weights(&mut tensor, &mut weights).unwrap();
    program.write_input(0, &noise(SHAPE.mels * SHAPE.positions * 2), &mut input).unwrap();
    Prepared { program, weights, input }
}

fn alone(Prepared { program, weights, input }: &Prepared) -> Vec<u8> {
    let words = |bytes: &[u8]| -> Vec<AtomicU32> {
        bytes.as_chunks().0.iter().map(|word| AtomicU32::new(u32::from_le_bytes(*word))).collect()
    };
    let nothing = |bytes: usize| words(&POISON.to_le_bytes().repeat(bytes / 4));
    let [_, _, output, scratch, spare] = program.buffer_lens();
    let buffers = [words(weights), words(input), nothing(output), nothing(scratch), nothing(spare)];
    let settings = Settings::new(&DEVICE, Speed::Functional);
    let kernels = Box::new(Kernels::new(DEVICE.generation));
    let mut simulator = Simulator::new(&resident(DEVICE), kernels, settings).unwrap();
    for launch in &program.launches {
        let words = encode(&launch.stream().unwrap());
        simulator.run(&words, &buffers.each_ref().map(|buffer| &buffer[..])).unwrap();
    }
    buffers[2].iter().flat_map(|word| word.load(Ordering::Relaxed).to_le_bytes()).collect()
}

fn through_the_interface(Prepared { program, weights, input }: &Prepared) -> Vec<u8> {
    let name = format!("{}hark_kernels{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let library = Library::open(&std::env::current_exe().unwrap().with_file_name(name)).unwrap();
    let device = library.device(0).unwrap();
    assert_eq!(device.info().unwrap().name, "NPU (simulated)");
    let xclbin = device.xclbin(&minimal(Generation::Xdna1)).unwrap();
    let context = device.context(&xclbin, &[]).unwrap();
    let kernel = context.kernel("MLIR_AIE").unwrap();
    let lens = program.buffer_lens();
    let data =
        |i: usize| context.buffer(lens[i], BufferKind::Data, kernel.group(3 + i as u32).unwrap()).unwrap();
    let filled = |i: usize, bytes: &[u8]| {
        let mut buffer = data(i);
        buffer.bytes_mut().unwrap().copy_from_slice(bytes);
        buffer.into_resident().unwrap()
    };
    let resident = [filled(0, weights), filled(1, input)];
    let mut written = [data(2), data(3), data(4)];
    let launch = |words: &[u32]| {
        let group = kernel.group(1).unwrap();
        let mut list = context.buffer(words.len() * 4, BufferKind::Instructions, group).unwrap();
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        list.bytes_mut().unwrap().copy_from_slice(&bytes);
        let list = list.into_resident().unwrap();
        let mut run = kernel.run().unwrap();
        run.set_u64(0, 3).unwrap();
        run.set_buffer(1, &list).unwrap();
        run.set_u32(2, words.len() as u32).unwrap();
        for (argument, buffer) in (3..).zip(&resident) {
            run.set_buffer(argument, buffer).unwrap();
        }
        for (argument, buffer) in (5..).zip(&written) {
            run.set_buffer(argument, buffer).unwrap();
        }
        run
    };
    let mut list = context.run_list().unwrap();
    let streams: Vec<Vec<u32>> =
        program.launches.iter().map(|launch| encode(&launch.stream().unwrap())).collect();
    streams.iter().for_each(|words| list.add(launch(words)).unwrap());
    // What is no stream is a command that failed, and no more.
    let mut wrong = launch(&[1, 2, 3]);
    let error = wrong.start(written.each_mut()).unwrap().wait(LONG).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Command);
    assert!(error.message.contains("no instruction stream"), "{error}");
    list.execute(written.each_mut()).unwrap().wait(LONG).unwrap();
    let output = &mut written[0];
    output.sync(Direction::FromDevice, 0..lens[2]).unwrap();
    output.bytes().unwrap().to_vec()
}

/// In a process of its own, in which the simulator is selected.
#[test]
fn streams_do_the_same_through_the_interface() {
    if std::env::var(NPU).as_deref() == Ok("sim") {
        let prepared = prepared();
        let (own, right) = (through_the_interface(&prepared), alone(&prepared));
        assert!(own == right, "another output");
        let mut states = vec![0.0; SHAPE.positions * SHAPE.state];
        prepared.program.read_output(0, &own, &mut states).unwrap();
        assert!(states.iter().all(|v| v.is_finite()) && states.iter().any(|v| v.abs() > 1e-3));
        return;
    }
    let this = std::env::current_exe().unwrap();
    let child = Command::new(this).arg("--nocapture").env(NPU, "sim").output().unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && said.contains("1 passed"), "{child:?}");
}
