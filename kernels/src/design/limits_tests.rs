//! The design fits on all devices, and each limit is found when it is broken.

use super::graph::{Argument, At, Graph, Statement, Value};
use super::limits::{Limit, LimitError};
use super::{control, resident};
use crate::txn::{Channel, Device, Dim, Direction, TileKind};

const IN: Channel = Channel { direction: Direction::ToMemory, number: 0 };
const OUT: Channel = Channel { direction: Direction::FromMemory, number: 0 };

fn devices() -> impl Iterator<Item = Device> {
    (1..=4).map(Device::npu1).chain((1..=8).map(Device::npu2))
}

#[test]
fn the_design_fits_on_every_device() {
    for device in devices() {
        let graph = resident(device);
        let report = graph.check().unwrap();
        assert_eq!(report.tiles.len(), 6 * usize::from(device.columns));
        let cores: Vec<_> = report.tiles.iter().filter(|t| t.kind == TileKind::Core).collect();
        assert_eq!(cores.len(), 4 * usize::from(device.columns));
        for core in cores {
            assert_eq!(core.memory.all, 65536);
            let least = if device == Device::npu1(4) { 3 << 10 } else { 0 };
            assert!(core.memory.used > 59 << 10 && core.stack >= least, "{core:?}");
            assert_eq!((core.descriptors.used, core.locks.used), (5, 7));
            assert_eq!((core.inputs.used, core.outputs.used), (2, 1));
        }
        // Every core's A comes from one memory tile, and all of a row's from the same.
        for r in 2..6 {
            let to = |column| (At { column, row: r }, IN);
            let flow = graph.flows.iter().find(|flow| flow.to.contains(&to(0))).unwrap();
            assert_eq!(flow.to, (0..device.columns).map(to).collect::<Vec<_>>());
            assert_eq!(flow.from.0.row, 1);
        }
        let fed: Vec<u8> = graph
            .flows
            .iter()
            .filter(|flow| flow.from.0.row == 0 && flow.from.1 == OUT)
            .map(|flow| flow.from.0.column)
            .collect();
        let expected: &[u8] = match device.columns {
            1 => &[0],
            2 | 3 => &[0, 1],
            8 => &[0, 2, 4, 6],
            _ => &[0, 1, 2, 3],
        };
        assert_eq!(fed, expected);
        let control = control(&device);
        for tile in graph.tiles.iter().filter(|tile| tile.kind == TileKind::Core) {
            let core = tile.core.as_ref().unwrap();
            assert_eq!(tile.buffers[core.command].address, control.command);
            assert_eq!(core.program[0], Statement::Acquire { lock: control.go.into(), by: 1 });
        }
    }
}

/// Tiles of the design for four columns: the shim, memory tile and first core of column 0.
const MEMORY: usize = 1;
const CORE: usize = 2;

fn limit(change: impl Fn(&mut Graph)) -> LimitError {
    let mut graph = resident(Device::npu1(4));
    change(&mut graph);
    graph.check().unwrap_err()
}

fn at(row: u8) -> At {
    At { column: 0, row }
}

#[test]
fn memory_is_kept() {
    let core = |change: fn(&mut Graph)| {
        let error = limit(change);
        assert_eq!(error.at, at(2), "{error}");
        error.limit
    };
    assert_eq!(
        core(|g| g.tiles[CORE].buffers[6].address = 65536 - 8192),
        Limit::Memory { used: 65536 + 2048, all: 65536 }
    );
    let stack = |g: &mut Graph| g.tiles[CORE].core.as_mut().unwrap().stack += 4;
    assert_eq!(core(stack), Limit::Overlap("the stack".into(), "command_0_2".into()));
    assert_eq!(
        core(|g| g.tiles[CORE].buffers[4].address -= 64),
        Limit::Overlap("a_0_0_2".into(), "a_1_0_2".into())
    );
    assert_eq!(
        core(|g| g.tiles[CORE].buffers[6].address += 4),
        Limit::Misaligned { name: "b_1_0_2".into(), to: 64 }
    );
    let error = limit(|g| g.tiles[MEMORY].buffers[5].address = (512 << 10) - 32767);
    assert_eq!((error.at, error.limit), (at(1), Limit::Memory { used: (512 << 10) + 1, all: 512 << 10 }));
    let error = limit(|g| g.tiles[MEMORY].buffers[5].address += 2);
    assert_eq!(error.limit, Limit::Misaligned { name: "c_1_0_1".into(), to: 4 });
    let text = limit(|g| g.tiles[MEMORY].buffers[0].bytes = 99 << 20).to_string();
    assert_eq!(text, "tile 0,1: 103809024 bytes of memory are needed, and there are 524288");
}

#[test]
fn numbers_are_kept() {
    let core = |change: fn(&mut Graph)| limit(change).limit;
    assert_eq!(core(|g| g.tiles[CORE].locks[0].number = 16), Limit::Lock(16, 16));
    assert_eq!(core(|g| g.tiles[MEMORY].locks[0].number = 64), Limit::Lock(64, 64));
    assert_eq!(core(|g| g.tiles[CORE].locks[0].number = 1), Limit::LockTwice(1));
    assert_eq!(core(|g| g.tiles[CORE].locks[0].initial = 64), Limit::Value(64));
    assert_eq!(core(|g| g.tiles[CORE].chains[0].descriptors[0].release.1 = 64), Limit::Value(64));
    assert_eq!(core(|g| g.tiles[CORE].chains[0].descriptors[0].acquire.0 = 7), Limit::Missing("a lock"));
    assert_eq!(core(|g| g.tiles[CORE].chains[0].descriptors[0].buffer = 7), Limit::Missing("a buffer"));
    assert_eq!(core(|g| g.tiles[CORE].chains[0].descriptors[0].number = 16), Limit::Descriptor(16, 16));
    assert_eq!(core(|g| g.tiles[MEMORY].chains[1].descriptors[0].number = 48), Limit::Descriptor(48, 48));
    assert_eq!(core(|g| g.tiles[CORE].chains[0].descriptors[1].number = 0), Limit::DescriptorTwice(0));
    let even = Channel { number: 0, ..IN };
    assert_eq!(core(|g| g.tiles[MEMORY].chains[0].descriptors[0].number = 24), Limit::Half(even, 24));
    let odd = Channel { number: 1, ..IN };
    assert_eq!(core(|g| g.tiles[MEMORY].chains[2].descriptors[0].number = 23), Limit::Half(odd, 23));
    assert_eq!(core(|g| g.tiles[CORE].chains[1].channel.number = 0), Limit::Chains(IN));
    let third = Channel { number: 2, ..IN };
    assert_eq!(core(|g| g.tiles[CORE].chains[1].channel.number = 2), Limit::Channel(third, 2));
    assert_eq!(core(|g| g.tiles[CORE].chains[0].descriptors.clear()), Limit::NoDescriptor(IN));
    let name = Limit::Name("go_0_2".into());
    assert_eq!(core(|g| g.tiles[CORE].buffers[0].name = "go_0_2".into()), name);
}

#[test]
fn fields_are_kept() {
    let field = |tile: usize, chain: usize, dims: &[(u32, u32)]| {
        let error = limit(|g| {
            let d = &mut g.tiles[tile].chains[chain].descriptors[0];
            d.dims = dims.iter().map(|&(size, stride)| Dim { size, stride }).collect();
            d.words = dims.iter().map(|dim| dim.0).product();
            // Longer than any length.
            let buffer = d.buffer;
            g.tiles[tile].buffers[buffer].bytes = 8192;
        });
        match error.limit {
            Limit::Field { field, value, .. } => (field, value),
            other => panic!("{other}"),
        }
    };
    assert_eq!(field(CORE, 0, &[(256, 1), (8, 256)]), ("wrap", 256));
    assert_eq!(field(CORE, 0, &[(8, 1), (256, 8)]), ("wrap", 256));
    assert_eq!(field(CORE, 0, &[(8, 8193)]), ("step", 8193));
    assert_eq!(field(CORE, 0, &[(1, 1); 4]), ("dimensions", 4));
    assert_eq!(field(CORE, 0, &[(128, 1), (128, 128)]), ("length", 16384));
    assert_eq!(field(MEMORY, 0, &[(1024, 1), (2, 1024)]), ("wrap", 1024));
    assert_eq!(field(MEMORY, 0, &[(2, 1), (2, 2), (1024, 2)]), ("wrap", 1024));
    assert_eq!(field(MEMORY, 0, &[(2, 131_073)]), ("step", 131_073));
    assert_eq!(field(MEMORY, 0, &[(1, 1); 5]), ("dimensions", 5));
    assert_eq!(field(MEMORY, 0, &[(512, 1), (256, 512)]), ("length", 131_072));
    let core = |change: fn(&mut Graph)| limit(change).limit;
    let words = Limit::Words { number: 2, words: 2047, product: 2048 };
    assert_eq!(core(|g| g.tiles[MEMORY].chains[1].descriptors[0].words = 2047), words);
    assert_eq!(
        core(|g| g.tiles[MEMORY].chains[1].descriptors[0].offset = 1),
        Limit::Outside { number: 2, bytes: 8196, name: "a0_0_0_1".into() }
    );
    assert_eq!(
        core(|g| g.tiles[CORE].chains[2].descriptors[0].offset = 1),
        Limit::Outside { number: 4, bytes: 8196, name: "c_0_2".into() }
    );
}

#[test]
fn tiles_and_streams_are_kept() {
    let error = |change: fn(&mut Graph)| limit(change);
    let tile = |column, row| LimitError { at: At { column, row }, limit: Limit::Tile };
    assert_eq!(error(|g| g.tiles[0].at.column = 4), tile(4, 0));
    assert_eq!(error(|g| g.tiles[CORE].at.row = 6), tile(0, 6));
    assert_eq!(error(|g| g.tiles[CORE].kind = TileKind::Memory), tile(0, 2));
    assert_eq!(error(|g| g.device.columns = 5), tile(0, 0));
    let twice = error(|g| {
        let copy = g.tiles[0].clone();
        g.tiles.push(copy);
    });
    assert_eq!(twice, LimitError { at: at(0), limit: Limit::Twice });
    let end = error(|g| g.flows.push(g.flows[0].clone()));
    assert_eq!(end, LimitError { at: at(0), limit: Limit::End(OUT) });
    let both = error(|g| {
        let to = g.flows[0].to[0];
        g.flows[1].to.push(to);
    });
    assert_eq!(both, LimitError { at: at(1), limit: Limit::End(IN) });
    let loose = error(|g| drop(g.flows.remove(0)));
    assert_eq!(loose, LimitError { at: at(1), limit: Limit::Loose(IN) });
    let nowhere = error(|g| g.flows[0].to.clear());
    assert_eq!(nowhere, LimitError { at: at(0), limit: Limit::Loose(OUT) });
    let unserved = error(|g| drop(g.tiles[MEMORY].chains.remove(0)));
    assert_eq!(unserved, LimitError { at: at(1), limit: Limit::Loose(IN) });
    let backwards = error(|g| g.flows[0].from.1 = IN);
    assert_eq!(backwards, LimitError { at: at(0), limit: Limit::Direction(IN) });
    let third = Channel { number: 2, ..OUT };
    let outside = error(|g| g.flows[0].from.1.number = 2);
    assert_eq!(outside, LimitError { at: at(0), limit: Limit::Channel(third, 2) });
}

#[test]
fn programs_use_what_is_there() {
    let core = |change: fn(&mut Vec<Statement>)| {
        let error = limit(|g| change(&mut g.tiles[CORE].core.as_mut().unwrap().program));
        assert_eq!(error.at, at(2));
        error.limit
    };
    let call = |argument| Statement::Call { kernel: super::graph::Kernel::A, arguments: vec![argument] };
    assert_eq!(core(|p| p.push(Statement::Take(3))), Limit::Missing("a port"));
    assert_eq!(core(|p| p.push(Statement::Acquire { lock: 7, by: 1 })), Limit::Missing("a lock"));
    assert_eq!(core(|p| p.push(Statement::Release { lock: 0, by: 64 })), Limit::Value(64));
    let pushed = |statement: Statement| {
        limit(|g| g.tiles[CORE].core.as_mut().unwrap().program.push(statement.clone())).limit
    };
    assert_eq!(pushed(call(Argument::Buffer(7))), Limit::Missing("a buffer"));
    assert_eq!(pushed(call(Argument::Held(3))), Limit::Missing("a port"));
    assert_eq!(pushed(call(Argument::Value(Value::Turn(0)))), Limit::Missing("a loop"));
    assert_eq!(pushed(call(Argument::Value(Value::Command(8)))), Limit::Missing("a word of the command"));
    let part =
        |change: fn(&mut super::graph::Core)| limit(|g| change(g.tiles[CORE].core.as_mut().unwrap())).limit;
    assert_eq!(part(|core| core.command = 7), Limit::Missing("a buffer"));
    assert_eq!(part(|core| core.ports[0].take = 7), Limit::Missing("a lock"));
    assert_eq!(part(|core| core.ports[0].buffers.clear()), Limit::Missing("a buffer"));
    let short = limit(|g| g.tiles[CORE].buffers[0].bytes = 28).limit;
    assert_eq!(short, Limit::Missing("a word of the command"));
    let shim = limit(|g| g.tiles[0].chains = g.tiles[CORE].chains[..1].to_vec()).limit;
    assert_eq!(shim, Limit::Missing("a chain of a shim"));
}
