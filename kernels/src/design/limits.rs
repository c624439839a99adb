//! The static part against the limits of the hardware (AMD AM020, AM025; which descriptors a memory tile's channel may
//! use is mlir-aie's `isBdChannelAccessible`).

use super::graph::{Argument, At, Core, Descriptor, Flow, Graph, Statement, Tile, Value};
use super::report::{Report, TileUse};
use crate::txn::{Channel, Direction, Generation, TileKind};
use std::collections::BTreeSet;

/// The most that a lock counts.
const LOCK: u8 = 63;
/// Bytes that a core's vectors are aligned to, and words of a DMA.
const VECTOR: u32 = 64;
const WORD: u32 = 4;

/// A design that does not fit, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {limit}")]
pub struct LimitError {
    /// In which tile.
    pub at: At,
    /// What does not fit.
    pub limit: Limit,
}

/// A limit of a tile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    /// Not in the device, or not what is in that place.
    #[error("there is no such tile in the device")]
    Tile,
    /// A tile that is described twice.
    #[error("the tile is described twice")]
    Twice,
    /// A name that something else has.
    #[error("two things are called {0}")]
    Name(String),
    /// More memory than there is.
    #[error("{used} bytes of memory are needed, and there are {all}")]
    Memory {
        /// Stack, buffers up to the end of the last, and the kernels' constants behind it.
        used: u32,
        /// All there is.
        all: u32,
    },
    /// Two on one byte.
    #[error("{0} and {1} share memory")]
    Overlap(String, String),
    /// A place that cannot be reached at once.
    #[error("{name} is not aligned to {to} bytes")]
    Misaligned {
        /// Which buffer.
        name: String,
        /// To what it must be.
        to: u32,
    },
    /// No such channel.
    #[error("there is no channel {0}: {1} each way")]
    Channel(Channel, u8),
    /// Two chains on one channel.
    #[error("channel {0} has two chains")]
    Chains(Channel),
    /// A chain that does nothing.
    #[error("the chain of {0} has no descriptor")]
    NoDescriptor(Channel),
    /// No such descriptor.
    #[error("there is no BD {0}: {1} of them")]
    Descriptor(u8, u8),
    /// A descriptor that is there twice.
    #[error("BD {0} is there twice")]
    DescriptorTwice(u8),
    /// Even channels of a memory tile have the lower half of the descriptors, odd ones the upper.
    #[error("channel {0} cannot use BD {1}, which is in the half for others")]
    Half(Channel, u8),
    /// A size, stride or length that its field does not hold.
    #[error("BD {number}: {field} of {value}, and {most} is the most")]
    Field {
        /// Which descriptor.
        number: u8,
        /// Which field.
        field: &'static str,
        /// What it should have been.
        value: u32,
        /// The most it can be.
        most: u32,
    },
    /// A length that is not that of the dimensions.
    #[error("BD {number} has {words} words, and its dimensions {product}")]
    Words {
        /// Which descriptor.
        number: u8,
        /// What it says.
        words: u32,
        /// What its dimensions say.
        product: u32,
    },
    /// Memory behind the end of a buffer.
    #[error("BD {number} goes {bytes} bytes into {name}, which is shorter")]
    Outside {
        /// Which descriptor.
        number: u8,
        /// Bytes to the end of what it touches.
        bytes: u64,
        /// Which buffer.
        name: String,
    },
    /// No such lock.
    #[error("there is no lock {0}: {1} of them")]
    Lock(u8, u8),
    /// A lock that is there twice.
    #[error("lock {0} is there twice")]
    LockTwice(u8),
    /// More than a lock counts.
    #[error("a lock of {0}, and 63 is the most")]
    Value(u8),
    /// An index of something that is not there.
    #[error("{0} that is not there is used")]
    Missing(&'static str),
    /// A channel that has two streams, or a stream that ends nowhere.
    #[error("{0} is the end of two streams")]
    End(Channel),
    /// A stream to or from a channel that does nothing, or a channel without a stream.
    #[error("{0} has a stream or a chain and not the other")]
    Loose(Channel),
    /// A stream in the wrong direction.
    #[error("{0} cannot be at that end of a stream")]
    Direction(Channel),
}

/// What fields of a tile's descriptors hold.
pub(super) struct Fields {
    /// Words.
    length: u32,
    /// How many dimensions.
    dims: usize,
    /// Of all but the last, whose end is that of the words.
    wrap: u32,
    step: u32,
}

/// None for a shim, whose descriptors launches write.
pub(super) const fn fields(kind: TileKind) -> Option<Fields> {
    match kind {
        TileKind::Shim => None,
        TileKind::Memory => Some(Fields { length: (1 << 17) - 1, dims: 4, wrap: 1023, step: 1 << 17 }),
        TileKind::Core => Some(Fields { length: (1 << 14) - 1, dims: 3, wrap: 255, step: 1 << 13 }),
    }
}

impl Graph {
    /// Whether the hardware has room for all of it, and how much of what it has is used.
    ///
    /// # Errors
    /// [`LimitError`] with the first tile that does not fit, and its limit.
    pub fn check(&self) -> Result<Report, LimitError> {
        let (mut places, mut names) = (BTreeSet::new(), BTreeSet::new());
        for tile in &self.tiles {
            let error = |limit| LimitError { at: tile.at, limit };
            self.place(tile.at, tile.kind).map_err(error)?;
            if !places.insert(tile.at) {
                return Err(error(Limit::Twice));
            }
            let all = tile.buffers.iter().map(|b| &b.name).chain(tile.locks.iter().map(|l| &l.name));
            for name in all {
                if !names.insert(name) {
                    return Err(error(Limit::Name(name.clone())));
                }
            }
            memory(tile, self.device.generation).map_err(error)?;
            locks(tile).map_err(error)?;
            chains(tile).map_err(error)?;
            if let Some(core) = &tile.core {
                program(tile, core).map_err(error)?;
            }
        }
        self.streams()?;
        let tiles = self.tiles.iter().map(|tile| TileUse::of(self, tile)).collect();
        Ok(Report { device: self.device, tiles })
    }

    fn place(&self, at: At, kind: TileKind) -> Result<(), Limit> {
        let device = &self.device;
        let here = match at.row {
            0 => TileKind::Shim,
            row if row <= device.memory_rows => TileKind::Memory,
            _ => TileKind::Core,
        };
        let inside = at.column < device.columns && device.columns <= device.all_columns();
        if inside && at.row < device.rows && here == kind { Ok(()) } else { Err(Limit::Tile) }
    }

    /// Every channel of a chain has one stream, and every stream two ends that do something.
    fn streams(&self) -> Result<(), LimitError> {
        let mut ends = BTreeSet::new();
        for Flow { from, to } in &self.flows {
            let ends_of_it = [(from, Direction::FromMemory)].into_iter();
            for ((at, channel), direction) in ends_of_it.chain(to.iter().map(|to| (to, Direction::ToMemory)))
            {
                let error = |limit| LimitError { at: *at, limit };
                let tile = self.tiles.iter().find(|tile| tile.at == *at).ok_or_else(|| error(Limit::Tile))?;
                if channel.direction != direction {
                    return Err(error(Limit::Direction(*channel)));
                }
                if channel.number >= tile.kind.channels() {
                    return Err(error(Limit::Channel(*channel, tile.kind.channels())));
                }
                if !ends.insert((*at, *channel)) {
                    return Err(error(Limit::End(*channel)));
                }
                let used = tile.chains.iter().any(|chain| chain.channel == *channel);
                if !used && tile.kind != TileKind::Shim {
                    return Err(error(Limit::Loose(*channel)));
                }
            }
            if to.is_empty() {
                return Err(LimitError { at: from.0, limit: Limit::Loose(from.1) });
            }
        }
        for tile in &self.tiles {
            let loose = tile.chains.iter().find(|chain| !ends.contains(&(tile.at, chain.channel)));
            if let Some(chain) = loose {
                return Err(LimitError { at: tile.at, limit: Limit::Loose(chain.channel) });
            }
        }
        Ok(())
    }
}

fn memory(tile: &Tile, generation: Generation) -> Result<(), Limit> {
    let all = tile.kind.memory();
    let (stack, behind) = (tile.stack(), tile.constants(generation));
    let buffers_end = tile.buffers.iter().map(|b| b.address.saturating_add(b.bytes)).max().unwrap_or(0);
    let used = buffers_end.max(stack).saturating_add(behind);
    // A shim has none, whatever the addresses of its registers.
    let all = if tile.kind == TileKind::Shim { 0 } else { all };
    if used > all {
        return Err(Limit::Memory { used, all });
    }
    let to = if tile.kind == TileKind::Core { VECTOR } else { WORD };
    let mut taken = vec![(0, stack, "the stack")];
    for buffer in &tile.buffers {
        if !buffer.address.is_multiple_of(to) || !buffer.bytes.is_multiple_of(WORD) {
            return Err(Limit::Misaligned { name: buffer.name.clone(), to });
        }
        let (start, end) = (buffer.address, buffer.address + buffer.bytes);
        if let Some((.., other)) = taken.iter().find(|(s, e, _)| *s < end && start < *e) {
            return Err(Limit::Overlap((*other).to_owned(), buffer.name.clone()));
        }
        taken.push((start, end, &buffer.name));
    }
    Ok(())
}

fn locks(tile: &Tile) -> Result<(), Limit> {
    let mut numbers = BTreeSet::new();
    for lock in &tile.locks {
        if lock.number >= tile.kind.locks() {
            return Err(Limit::Lock(lock.number, tile.kind.locks()));
        }
        if !numbers.insert(lock.number) {
            return Err(Limit::LockTwice(lock.number));
        }
        value(lock.initial)?;
    }
    Ok(())
}

fn value(value: u8) -> Result<(), Limit> {
    if value <= LOCK { Ok(()) } else { Err(Limit::Value(value)) }
}

fn chains(tile: &Tile) -> Result<(), Limit> {
    let (mut channels, mut numbers) = (BTreeSet::new(), BTreeSet::new());
    for chain in &tile.chains {
        let channel = chain.channel;
        if channel.number >= tile.kind.channels() {
            return Err(Limit::Channel(channel, tile.kind.channels()));
        }
        if !channels.insert(channel) {
            return Err(Limit::Chains(channel));
        }
        if chain.descriptors.is_empty() {
            return Err(Limit::NoDescriptor(channel));
        }
        for descriptor in &chain.descriptors {
            let (number, count) = (descriptor.number, tile.kind.descriptors());
            if number >= count {
                return Err(Limit::Descriptor(number, count));
            }
            let upper = number >= count / 2;
            if tile.kind == TileKind::Memory && upper != (channel.number % 2 == 1) {
                return Err(Limit::Half(channel, number));
            }
            if !numbers.insert(number) {
                return Err(Limit::DescriptorTwice(number));
            }
            self::descriptor(tile, descriptor)?;
        }
    }
    Ok(())
}

fn descriptor(tile: &Tile, d: &Descriptor) -> Result<(), Limit> {
    let fields = fields(tile.kind).ok_or(Limit::Missing("a chain of a shim"))?;
    let number = d.number;
    let fits = |field, value, most| {
        if value <= most { Ok(()) } else { Err(Limit::Field { number, field, value, most }) }
    };
    fits("length", d.words, fields.length)?;
    fits("dimensions", d.dims.len() as u32, fields.dims as u32)?;
    for (i, dim) in d.dims.iter().enumerate() {
        if i + 1 < fields.dims {
            fits("wrap", dim.size, fields.wrap)?;
        }
        fits("step", dim.stride, fields.step)?;
    }
    let product = if d.dims.is_empty() {
        d.words
    } else {
        d.dims.iter().map(|dim| dim.size).fold(1, u32::saturating_mul)
    };
    if product != d.words || product == 0 {
        return Err(Limit::Words { number, words: d.words, product });
    }
    let buffer = tile.buffers.get(d.buffer).ok_or(Limit::Missing("a buffer"))?;
    let reach = |dims: u64| (u64::from(d.offset) + dims + 1) * u64::from(WORD);
    let bytes = match d.dims.as_slice() {
        [] => reach(u64::from(d.words) - 1),
        dims => reach(dims.iter().map(|dim| u64::from(dim.size - 1) * u64::from(dim.stride)).sum()),
    };
    if bytes > buffer.bytes.into() {
        return Err(Limit::Outside { number, bytes, name: buffer.name.clone() });
    }
    for (lock, by) in [d.acquire, d.release] {
        tile.locks.get(lock).ok_or(Limit::Missing("a lock"))?;
        value(by)?;
    }
    Ok(())
}

fn program(tile: &Tile, core: &Core) -> Result<(), Limit> {
    if tile.kind != TileKind::Core {
        return Err(Limit::Missing("a processor"));
    }
    let command = tile.buffers.get(core.command).ok_or(Limit::Missing("a buffer"))?;
    if command.bytes < super::Command::WORDS as u32 * WORD {
        return Err(Limit::Missing("a word of the command"));
    }
    for port in &core.ports {
        if port.buffers.is_empty() || port.buffers.iter().any(|b| tile.buffers.get(*b).is_none()) {
            return Err(Limit::Missing("a buffer"));
        }
        if [port.take, port.give].iter().any(|lock| tile.locks.get(*lock).is_none()) {
            return Err(Limit::Missing("a lock"));
        }
    }
    statements(tile, core, &core.program, 0)
}

fn statements(tile: &Tile, core: &Core, body: &[Statement], loops: u8) -> Result<(), Limit> {
    let port = |port: &usize| core.ports.get(*port).map(|_| ()).ok_or(Limit::Missing("a port"));
    for statement in body {
        match statement {
            Statement::Acquire { lock, by } | Statement::Release { lock, by } => {
                tile.locks.get(*lock).ok_or(Limit::Missing("a lock"))?;
                value(*by)?;
            }
            Statement::ReadCommand => {}
            Statement::Take(p) | Statement::Give(p) => port(p)?,
            Statement::Repeat { count, body } => {
                number(count, loops)?;
                statements(tile, core, body, loops + 1)?;
            }
            Statement::Call { arguments, .. } => {
                for argument in arguments {
                    match argument {
                        Argument::Value(v) => number(v, loops)?,
                        Argument::Held(p) => port(p)?,
                        Argument::Buffer(b) => {
                            tile.buffers.get(*b).map(|_| ()).ok_or(Limit::Missing("a buffer"))?;
                        }
                    }
                }
            }
        }
    }
    Ok(())
}

fn number(value: &Value, loops: u8) -> Result<(), Limit> {
    match value {
        Value::Constant(_) => Ok(()),
        Value::Command(word) if usize::from(*word) < super::Command::WORDS => Ok(()),
        Value::Command(_) => Err(Limit::Missing("a word of the command")),
        Value::Turn(turn) if *turn < loops => Ok(()),
        Value::Turn(_) => Err(Limit::Missing("a loop")),
        Value::And(a, _) => number(a, loops),
        Value::Equal(a, b) => number(a, loops).and_then(|()| number(b, loops)),
        Value::Choose(a, b, c) => [a, b, c].into_iter().try_for_each(|value| number(value, loops)),
    }
}
