//! A graph to an array, after it was held against the hardware's limits.

use super::addresses::Addresses;
use super::array::Array;
use super::fault::Fault;
use super::kernels::Kernels;
use super::memory::unwritten;
use super::parts::{Actor, Channel, Core, Doing, Flow, Link, Lock, Port, State, Tile, Work};
use super::program::{Op, flatten};
use super::settings::Settings;
use super::shim::Registers;
use crate::design::graph::{self, At, Descriptor, Graph};
use crate::txn::{self, Direction, TileKind};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// The array that a graph configures.
///
/// # Errors
/// What the graph has that no array has.
pub(super) fn array(graph: &Graph, kernels: Box<dyn Kernels>, settings: Settings) -> Result<Array, Fault> {
    graph.check()?;
    let mut array = Array {
        device: graph.device,
        tiles: Vec::new(),
        places: HashMap::new(),
        locks: Vec::new(),
        channels: Vec::new(),
        flows: Vec::new(),
        cores: Vec::new(),
        kernels,
        settings,
    };
    for tile in &graph.tiles {
        array.places.insert(tile.at, array.tiles.len());
        add_tile(&mut array, tile);
    }
    for flow in &graph.flows {
        add_flow(&mut array, flow);
    }
    Ok(array)
}

fn name(kind: TileKind, at: At) -> String {
    match kind {
        TileKind::Shim => format!("shim {}", at.column),
        TileKind::Memory => format!("memtile {},{}", at.column, at.row),
        TileKind::Core => format!("core {},{}", at.column, at.row),
    }
}

fn add_tile(array: &mut Array, tile: &graph::Tile) {
    let first_lock = array.locks.len();
    array.locks.extend(tile.locks.iter().map(|lock| Lock {
        name: lock.name.clone(),
        number: lock.number,
        tile: array.tiles.len(),
        value: lock.initial,
        waiting: VecDeque::new(),
        raised_by: Vec::new(),
        waited: 0,
    }));
    let mut entry = Tile {
        at: tile.at,
        kind: tile.kind,
        name: name(tile.kind, tile.at),
        memory: unwritten(if tile.kind == TileKind::Shim { 0 } else { tile.kind.memory() }),
        buffers: tile.buffers.clone(),
        locks: (first_lock..array.locks.len()).collect(),
        channels: Vec::new(),
        core: None,
        registers: Registers::new(),
    };
    add_channels(array, tile, &mut entry);
    if let Some(core) = &tile.core {
        let who = array.cores.len();
        entry.core = Some(who);
        let core = new_core(core, &entry, array.tiles.len());
        let raised = core.ops.iter().filter_map(|op| match op {
            Op::Release { lock, .. } => Some(*lock),
            _ => None,
        });
        for lock in raised.chain(core.ports.iter().map(|port| port.give)) {
            array.locks[lock].raised_by.push(Actor::Core(who));
        }
        array.cores.push(core);
    }
    array.locks[first_lock..].iter_mut().for_each(|lock| lock.raised_by.dedup());
    array.tiles.push(entry);
}

fn add_channels(array: &mut Array, tile: &graph::Tile, entry: &mut Tile) {
    for direction in [Direction::ToMemory, Direction::FromMemory] {
        for number in 0..tile.kind.channels() {
            let channel = txn::Channel { direction, number };
            let index = array.channels.len();
            let work = if tile.kind == TileKind::Shim {
                Work::Tasks(VecDeque::new())
            } else {
                let chain = tile.chains.iter().find(|chain| chain.channel == channel);
                let descriptors = chain.into_iter().flat_map(|chain| &chain.descriptors);
                let links: Vec<Link> = descriptors.filter_map(|one| link(tile, one, entry)).collect();
                for link in &links {
                    array.locks[link.release.0].raised_by.push(Actor::Channel(index));
                }
                Work::Chain { links, next: 0 }
            };
            entry.channels.push(index);
            array.channels.push(Channel {
                tile: array.tiles.len(),
                channel,
                name: format!("{} {channel}", entry.name),
                flow: None,
                work,
                state: State::Idle,
                token_taker: None,
                tokens: 0,
                unproven: VecDeque::new(),
                bytes: 0,
                busy: 0,
            });
        }
    }
}

/// `None` for words that lie outside of a tile, which there are none of after the check.
fn link(tile: &graph::Tile, descriptor: &Descriptor, entry: &Tile) -> Option<Link> {
    let Descriptor { number, buffer, offset, words, ref dims, acquire, release } = *descriptor;
    let addresses = Addresses::new(tile.buffers[buffer].address / 4 + offset, dims, words)?;
    let lock = |(lock, by): (usize, u8)| (entry.locks[lock], by);
    Some(Link { number, addresses: Arc::new(addresses), acquire: lock(acquire), release: lock(release) })
}

fn new_core(core: &graph::Core, entry: &Tile, tile: usize) -> Core {
    let mut ops = flatten(&core.program);
    for op in &mut ops {
        if let Op::Acquire { lock, .. } | Op::Release { lock, .. } = op {
            *lock = entry.locks[*lock];
        }
    }
    let port = |port: &graph::Port| Port {
        name: port.name.clone(),
        buffers: port.buffers.clone(),
        take: entry.locks[port.take],
        give: entry.locks[port.give],
        next: 0,
        held: None,
    };
    Core {
        tile,
        name: entry.name.clone(),
        ops: ops.into(),
        ports: core.ports.iter().map(port).collect(),
        command_at: entry.buffers[core.command].address as usize,
        announced: false,
        written: false,
        command: None,
        at: 0,
        turns: Vec::new(),
        doing: Doing::Program,
        spent: 0,
        restless: 0,
        busy: 0,
        calls: 0,
    }
}

fn add_flow(array: &mut Array, flow: &graph::Flow) {
    let index = array.flows.len();
    let mut outside = false;
    let mut end = |(at, channel): (At, txn::Channel)| {
        let tile = &array.tiles[*array.places.get(&at)?];
        let found = tile.channels.iter().copied().find(|end| array.channels[*end].channel == channel)?;
        array.channels[found].flow = Some(index);
        outside |= tile.kind == TileKind::Shim;
        Some(found)
    };
    let from = end(flow.from);
    let to: Vec<usize> = flow.to.iter().filter_map(|to| end(*to)).collect();
    if let Some(from) = from {
        array.flows.push(Flow { from, to, under_way: 0, outside });
    }
}
