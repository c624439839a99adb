//! A graph to an array. What would be silently wrong in hardware's configuration is refused here.

use super::addresses::Addresses;
use super::array::{Array, MOST};
use super::kernels::Kernels;
use super::parts::{Actor, Channel, Core, Doing, Flow, Link, Lock, Port, State, Tile, Work};
use super::program::flatten;
use super::settings::Settings;
use super::shim::Registers;
use crate::design::Command;
use crate::design::graph::{self, At, Descriptor, Graph};
use crate::runtime::POISON;
use crate::txn::{self, Dim, Direction, TileKind};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

/// What a tile of a kind has.
struct Kind {
    bytes: u32,
    locks: u8,
    /// Dimensions of a descriptor, the largest size but for the last, and the largest stride.
    dims: (usize, u32, u32),
    /// Words of a descriptor.
    words: u32,
}

/// AMD AM020 and AM025.
const fn kind(kind: TileKind) -> Kind {
    match kind {
        TileKind::Shim => Kind { bytes: 0, locks: 16, dims: (3, 1023, 1 << 20), words: u32::MAX },
        TileKind::Memory => {
            Kind { bytes: 512 << 10, locks: 64, dims: (4, 1023, 1 << 17), words: (1 << 17) - 1 }
        }
        TileKind::Core => Kind { bytes: 64 << 10, locks: 16, dims: (3, 255, 1 << 13), words: (1 << 14) - 1 },
    }
}

/// The array that a graph configures.
///
/// # Errors
/// What the graph has that no array has.
pub(super) fn array(graph: &Graph, kernels: Box<dyn Kernels>, settings: Settings) -> Result<Array, String> {
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
        let name = name(tile.kind, tile.at);
        if array.places.insert(tile.at, array.tiles.len()).is_some() {
            return Err(format!("{name} is there twice"));
        }
        add_tile(&mut array, tile, name.clone()).map_err(|why| format!("{name}: {why}"))?;
    }
    for flow in &graph.flows {
        add_flow(&mut array, flow)?;
    }
    for channel in &array.channels {
        let chained = matches!(&channel.work, Work::Chain { links, .. } if !links.is_empty());
        if chained && channel.flow.is_none() {
            return Err(format!("{} has descriptors and no stream", channel.name));
        }
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

fn add_tile(array: &mut Array, tile: &graph::Tile, name: String) -> Result<(), String> {
    let limits = kind(tile.kind);
    check_memory(tile, &limits)?;
    let index = array.tiles.len();
    let first_lock = array.locks.len();
    let mut numbers = BTreeSet::new();
    for lock in &tile.locks {
        if lock.number >= limits.locks || !numbers.insert(lock.number) || lock.initial > MOST {
            return Err(format!("lock {} with number {} and {}", lock.name, lock.number, lock.initial));
        }
        array.locks.push(Lock {
            name: lock.name.clone(),
            number: lock.number,
            tile: index,
            value: lock.initial,
            waiting: VecDeque::new(),
            raised_by: Vec::new(),
            waited: 0,
        });
    }
    let mut entry = Tile {
        at: tile.at,
        kind: tile.kind,
        name,
        memory: vec![POISON; limits.bytes as usize / 4],
        buffers: tile.buffers.clone(),
        locks: (first_lock..array.locks.len()).collect(),
        channels: Vec::new(),
        core: None,
        registers: Registers::new(),
    };
    add_channels(array, tile, &limits, &mut entry)?;
    if let Some(core) = &tile.core {
        entry.core = Some(array.cores.len());
        let core = new_core(core, tile, &entry, index)?;
        let who = Actor::Core(array.cores.len());
        for op in core.ops.iter() {
            if let super::program::Op::Release { lock, .. } = op {
                array.locks[*lock].raised_by.push(who);
            }
        }
        for port in &core.ports {
            array.locks[port.give].raised_by.push(who);
        }
        array.cores.push(core);
    }
    for lock in &entry.locks {
        array.locks[*lock].raised_by.dedup();
    }
    array.tiles.push(entry);
    Ok(())
}

fn check_memory(tile: &graph::Tile, limits: &Kind) -> Result<(), String> {
    let stack = tile.core.as_ref().map_or(0, |core| core.stack);
    let room = limits.bytes.checked_sub(stack).ok_or("the stack is larger than the memory")?;
    let mut places: Vec<(u64, u64, &str)> = Vec::new();
    for buffer in &tile.buffers {
        let (begin, end) = (u64::from(buffer.address), u64::from(buffer.address) + u64::from(buffer.bytes));
        if begin % 4 != 0 || buffer.bytes % 4 != 0 || buffer.bytes == 0 || end > room.into() {
            return Err(format!(
                "buffer {} of {} bytes at {begin:#x} is not whole words in {room} bytes",
                buffer.name, buffer.bytes
            ));
        }
        places.push((begin, end, &buffer.name));
    }
    places.sort_unstable();
    let overlap = places.windows(2).find(|pair| pair[1].0 < pair[0].1);
    overlap.map_or(Ok(()), |pair| Err(format!("buffers {} and {} share memory", pair[0].2, pair[1].2)))
}

fn add_channels(
    array: &mut Array,
    tile: &graph::Tile,
    limits: &Kind,
    entry: &mut Tile,
) -> Result<(), String> {
    let mut numbers = BTreeSet::new();
    let mut used = BTreeSet::new();
    for direction in [Direction::ToMemory, Direction::FromMemory] {
        for number in 0..tile.kind.channels() {
            let channel = txn::Channel { direction, number };
            let work = if tile.kind == TileKind::Shim {
                Work::Tasks(VecDeque::new())
            } else {
                let chain = tile.chains.iter().enumerate().find(|(_, chain)| chain.channel == channel);
                let mut links = Vec::new();
                for descriptor in chain.into_iter().flat_map(|(_, chain)| &chain.descriptors) {
                    let wrong = |why| format!("{channel}, BD {}: {why}", descriptor.number);
                    if !numbers.insert(descriptor.number) {
                        return Err(wrong("its number is given twice".into()));
                    }
                    links.push(link(tile, channel, descriptor, limits, entry).map_err(wrong)?);
                }
                used.extend(chain.map(|(index, _)| index));
                for link in &links {
                    array.locks[link.release.0].raised_by.push(Actor::Channel(array.channels.len()));
                }
                Work::Chain { links, next: 0 }
            };
            entry.channels.push(array.channels.len());
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
    let left = (0..tile.chains.len()).find(|index| !used.contains(index));
    left.map_or(Ok(()), |index| Err(format!("a chain of {}, which is not there", tile.chains[index].channel)))
}

fn link(
    tile: &graph::Tile,
    channel: txn::Channel,
    descriptor: &Descriptor,
    limits: &Kind,
    entry: &Tile,
) -> Result<Link, String> {
    let Descriptor { number, words, ref dims, .. } = *descriptor;
    // Even channels of a memory tile take the lower half of its descriptors, odd ones the upper.
    let (all, half) = (tile.kind.descriptors(), tile.kind.descriptors() / 2);
    let reached = match tile.kind {
        TileKind::Memory if channel.number % 2 == 0 => 0..half,
        TileKind::Memory => half..all,
        _ => 0..all,
    };
    if !reached.contains(&number) {
        return Err(format!("the channel takes {} to {}", reached.start, reached.end - 1));
    }
    let buffer = tile.buffers.get(descriptor.buffer).ok_or("it has no buffer")?;
    if words == 0 || words > limits.words {
        return Err(format!("{words} words, and {} are the most", limits.words));
    }
    check_dims(dims, words, limits)?;
    let first = buffer.address / 4 + descriptor.offset;
    let addresses = Addresses::new(first, dims, words).ok_or("words too far away")?;
    let (begin, end) = addresses.extent();
    let (from, to) = (buffer.address as usize / 4, (buffer.address + buffer.bytes) as usize / 4);
    if begin < from || end > to {
        return Err(format!("words {begin} to {end}, and {} has {from} to {to}", buffer.name));
    }
    let lock = |(lock, by): (usize, u8)| {
        let found = entry.locks.get(lock).copied().ok_or("it names a lock that is not there")?;
        Ok::<_, String>((found, by))
    };
    let (acquire, release) = (lock(descriptor.acquire)?, lock(descriptor.release)?);
    Ok(Link { number, addresses: Arc::new(addresses), acquire, release })
}

fn check_dims(dims: &[Dim], words: u32, limits: &Kind) -> Result<(), String> {
    if dims.is_empty() {
        return Ok(());
    }
    let (most, wrap, stride) = limits.dims;
    let product = dims.iter().fold(1u64, |product, dim| product.saturating_mul(dim.size.into()));
    if product != words.into() {
        return Err(format!("{words} words, and dimensions of {product}"));
    }
    if dims.len() > most {
        return Err(format!("{} dimensions, and {most} are the most", dims.len()));
    }
    for (index, dim) in dims.iter().enumerate() {
        let last = index + 1 == most;
        let strides = dim.size == 1 || (1..=stride).contains(&dim.stride);
        if dim.size > wrap && !last || !strides {
            return Err(format!("dimension {index} of {} with a stride of {}", dim.size, dim.stride));
        }
    }
    Ok(())
}

fn new_core(core: &graph::Core, tile: &graph::Tile, entry: &Tile, index: usize) -> Result<Core, String> {
    let mut ops = flatten(core, tile.buffers.len(), tile.locks.len())?;
    for op in &mut ops {
        if let super::program::Op::Acquire { lock, .. } | super::program::Op::Release { lock, .. } = op {
            *lock = entry.locks[*lock];
        }
    }
    let port = |port: &graph::Port| {
        let wrong = || format!("port {} has buffers or locks that are not there", port.name);
        if port.buffers.is_empty() || port.buffers.iter().any(|buffer| *buffer >= tile.buffers.len()) {
            return Err(wrong());
        }
        let lock = |lock: usize| entry.locks.get(lock).copied().ok_or_else(wrong);
        let (take, give) = (lock(port.take)?, lock(port.give)?);
        Ok(Port { name: port.name.clone(), buffers: port.buffers.clone(), take, give, next: 0, held: None })
    };
    let ports = core.ports.iter().map(port).collect::<Result<_, String>>()?;
    let command = tile.buffers.get(core.command).ok_or("the command has no buffer")?;
    if (command.bytes as usize) < Command::WORDS * 4 {
        return Err(format!("the command's buffer has {} bytes", command.bytes));
    }
    Ok(Core {
        tile: index,
        name: entry.name.clone(),
        ops: ops.into(),
        ports,
        command_at: command.address as usize / 4,
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
    })
}

fn add_flow(array: &mut Array, flow: &graph::Flow) -> Result<(), String> {
    let index = array.flows.len();
    let mut outside = false;
    let mut end = |array: &mut Array, (at, channel): (At, txn::Channel), direction| {
        let tile = array.places.get(&at).map(|tile| &array.tiles[*tile]);
        let mut all = tile.into_iter().flat_map(|tile| tile.channels.iter().copied());
        let found = all.find(|index| array.channels[*index].channel == channel);
        let place = format!("{channel} of column {} row {}", at.column, at.row);
        let found = found.ok_or_else(|| format!("a stream has an end at {place}, which is not there"))?;
        let entry = &mut array.channels[found];
        if channel.direction != direction {
            return Err(format!("a stream goes the wrong way at {place}"));
        }
        if entry.flow.replace(index).is_some() {
            return Err(format!("two streams have an end at {place}"));
        }
        outside |= matches!(entry.work, Work::Tasks(_));
        Ok(found)
    };
    let from = end(array, flow.from, Direction::FromMemory)?;
    let to: Vec<usize> =
        flow.to.iter().map(|to| end(array, *to, Direction::ToMemory)).collect::<Result<_, _>>()?;
    if to.is_empty() {
        return Err(format!("a stream from {} goes nowhere", array.channels[from].name));
    }
    array.flows.push(Flow { from, to, under_way: 0, outside });
    Ok(())
}
