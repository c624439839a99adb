//! A small design to test with: one column and one core, of which everything is that text is made of.

use crate::design::graph::{
    Argument, At, Buffer, Chain, Core, Descriptor, Flow, Graph, Kernel, Lock, Port, Statement, Tile, Value,
};
use crate::txn::{
    Channel, Device, Dim, Direction, Done, Pattern, Step, TileKind, Traffic, Transfer, Wait, Write,
};

const SHIM: At = At { column: 0, row: 0 };
const MEMORY: At = At { column: 0, row: 1 };
const CORE: At = At { column: 0, row: 2 };

const fn input(number: u8) -> Channel {
    Channel { direction: Direction::ToMemory, number }
}

const fn output(number: u8) -> Channel {
    Channel { direction: Direction::FromMemory, number }
}

fn buffers(of: &[(&str, u32, u32)]) -> Vec<Buffer> {
    of.iter()
        .map(|(name, address, bytes)| Buffer { name: (*name).into(), address: *address, bytes: *bytes })
        .collect()
}

fn locks(of: &[(&str, u8)]) -> Vec<Lock> {
    (0..)
        .zip(of)
        .map(|(number, (name, initial))| Lock { name: (*name).into(), number, initial: *initial })
        .collect()
}

fn descriptor(number: u8, buffer: usize, acquire: usize, release: usize) -> Descriptor {
    Descriptor {
        number,
        buffer,
        offset: 0,
        words: 64,
        dims: vec![],
        acquire: (acquire, 1),
        release: (release, 1),
    }
}

/// A core that takes of three buffers in turn, inside a loop inside a loop, and gives of one.
fn core() -> Core {
    let turn = |number| Argument::Value(Value::Turn(number));
    let mode = Value::Choose(
        Box::new(Value::Equal(Box::new(Value::Turn(1)), Box::new(Value::Constant(0)))),
        Box::new(Value::Command(0)),
        Box::new(Value::And(Box::new(Value::Command(0)), !1)),
    );
    let add = Statement::Call {
        kernel: Kernel::B,
        arguments: vec![Argument::Buffer(1), Argument::Value(mode), Argument::Held(0), Argument::Held(1)],
    };
    let inner = vec![Statement::Take(0), add, Statement::Give(0)];
    let outer = vec![
        Statement::Take(1),
        Statement::Call { kernel: Kernel::Begin, arguments: vec![Argument::Buffer(1), turn(0), turn(1)] },
        Statement::Repeat { count: Value::Command(3), body: inner },
        Statement::Give(1),
    ];
    Core {
        stack: 1024,
        ports: vec![
            Port { name: "x".into(), buffers: vec![2, 3, 4], take: 2, give: 1 },
            Port { name: "y".into(), buffers: vec![5], take: 3, give: 4 },
        ],
        command: 0,
        program: vec![
            Statement::Acquire { lock: 0, by: 1 },
            Statement::ReadCommand,
            Statement::Repeat {
                count: Value::Command(1),
                body: vec![Statement::Repeat { count: Value::Constant(2), body: outer }],
            },
        ],
    }
}

pub(super) fn graph() -> Graph {
    let dims = [(2, 1), (2, 8), (4, 2), (4, 16)].map(|(size, stride)| Dim { size, stride }).to_vec();
    let mut sorted = descriptor(25, 0, 1, 0);
    sorted.dims = dims;
    let memory = Tile {
        at: MEMORY,
        kind: TileKind::Memory,
        buffers: buffers(&[("in_0_1", 0, 256), ("out_0_1", 0x1_0000, 512)]),
        locks: locks(&[("in_empty_0_1", 1), ("in_full_0_1", 0), ("out_empty_0_1", 2), ("out_full_0_1", 0)]),
        chains: vec![
            Chain { channel: input(0), descriptors: vec![descriptor(0, 0, 0, 1)] },
            Chain { channel: output(1), descriptors: vec![sorted] },
            Chain {
                channel: input(1),
                descriptors: vec![
                    descriptor(26, 1, 2, 3),
                    Descriptor { offset: 64, ..descriptor(27, 1, 2, 3) },
                ],
            },
            Chain {
                channel: output(2),
                descriptors: vec![
                    descriptor(1, 1, 3, 2),
                    Descriptor { offset: 64, ..descriptor(2, 1, 3, 2) },
                ],
            },
        ],
        core: None,
    };
    let compute = Tile {
        at: CORE,
        kind: TileKind::Core,
        buffers: buffers(&[
            ("command", 1024, 32),
            ("state", 1056, 128),
            ("x_0", 2048, 256),
            ("x_1", 2304, 256),
            ("x_2", 2560, 256),
            ("y", 2816, 256),
        ]),
        locks: locks(&[("go", 0), ("x_empty", 3), ("x_full", 0), ("y_empty", 1), ("y_full", 0)]),
        chains: vec![
            Chain {
                channel: input(0),
                descriptors: (0..3).map(|i| descriptor(i, 2 + usize::from(i), 1, 2)).collect(),
            },
            Chain { channel: output(1), descriptors: vec![descriptor(3, 5, 4, 3)] },
        ],
        core: Some(core()),
    };
    let shim =
        Tile { at: SHIM, kind: TileKind::Shim, buffers: vec![], locks: vec![], chains: vec![], core: None };
    let flow = |from, to| Flow { from, to: vec![to] };
    Graph {
        device: Device::npu1(1),
        tiles: vec![shim, memory, compute],
        flows: vec![
            flow((SHIM, output(0)), (MEMORY, input(0))),
            flow((MEMORY, output(1)), (CORE, input(0))),
            flow((CORE, output(1)), (MEMORY, input(1))),
            flow((MEMORY, output(2)), (SHIM, input(0))),
        ],
    }
}

pub(super) fn launch() -> Traffic {
    let once = Dim { size: 1, stride: 0 };
    let words = |words| Pattern { runs: Dim { size: 3, stride: 64 }, ..Pattern::row(words) };
    let strided = Pattern {
        dims: [Dim { size: 8, stride: 1 }, Dim { size: 4, stride: 16 }, Dim { size: 2, stride: 64 }],
        runs: once,
    };
    let write = |offset, words| Step::Write(Write { column: 0, row: 2, offset, words });
    let transfer = |channel: Channel, descriptor, argument, pattern| {
        let token = channel.direction == Direction::ToMemory;
        Step::Transfer(Transfer { column: 0, channel, descriptor, argument, offset: 0, pattern, token })
    };
    let proves = vec![Done { column: 0, channel: output(0), tasks: 2 }];
    Traffic {
        device: Device::npu1(1),
        arguments: vec![256, 512],
        steps: vec![
            write(1024, vec![1, 2, 0, 3, 0, 0, 0, 1500]),
            write(TileKind::Core.lock(0), vec![1]),
            transfer(input(0), 8, 1, words(64)),
            transfer(output(0), 0, 0, words(64)),
            transfer(output(0), 1, 0, strided),
            Step::Wait(Wait { column: 0, channel: input(0), proves }),
        ],
    }
}
