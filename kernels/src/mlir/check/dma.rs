//! What the DMA of a tile does for ever: `aie.mem` and `aie.memtile_dma`, blocks of buffer descriptors.

use super::attributes::{Attribute, Attributes};
use super::model::{channel_number, direction};
use super::scope::{Value, What};
use super::types::{Memory, Type};
use super::{Checker, Fault, Results};
use crate::txn::{Channel, TileKind};
use std::collections::{HashMap, HashSet};

/// The last of the descriptors that a memory tile's even channels may use; the others have the rest.
const HALF: i128 = 24;
/// The most times that a dimension goes round, by the kind of tile.
const WRAP_OF_CORE: u64 = 255;
const WRAP: u64 = 1023;
/// The longest step of a memory tile, in words; others have shorter ones, and less memory.
const STEP: u64 = 1 << 17;

/// `aie.use_lock(%lock, Release, 1)`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Acquire,
    Release,
}

/// A block of a DMA's region.
#[derive(Clone, Debug, Default)]
struct Block {
    place: usize,
    /// Starts a channel: its descriptors' first block, and the next start or the end.
    start: Option<(Channel, String, String)>,
    /// Is a descriptor, of this number if it has one, and says this of the next one's.
    descriptor: Option<Numbers>,
    next: Option<String>,
    ends: bool,
}

/// Numbers of a descriptor and the one behind it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Numbers {
    pub(super) own: Option<i128>,
    next: Option<i128>,
    pub(super) place: usize,
}

impl Checker<'_> {
    pub(super) fn dma(&mut self, results: &Results, kind: TileKind) -> Result<(), Fault> {
        let place = self.cursor.at();
        self.cursor.expect("(")?;
        let tile = self.take_tile()?;
        self.cursor.expect(")")?;
        if self.kind(tile) != kind || self.model.tiles.get(tile).is_none_or(|tile| tile.channels.is_some()) {
            return Err(self.cursor.fault_at(place, "this tile has no such DMA, or it is there already"));
        }
        self.cursor.expect("{")?;
        self.scope.enter();
        let blocks = self.dma_blocks(tile)?;
        self.scope.leave();
        Attributes::parse(&mut self.cursor)?.end(&self.cursor)?;
        let channels = self.chains(tile, place, &blocks)?;
        if let Some(tile) = self.model.tiles.get_mut(tile) {
            tile.channels = Some(channels);
        }
        self.give(results, vec![Value::plain(Type::Index)])
    }

    /// The first block has no name.
    fn dma_blocks(&mut self, tile: usize) -> Result<HashMap<String, Block>, Fault> {
        let mut blocks = HashMap::new();
        let mut name = String::new();
        loop {
            let place = self.cursor.at();
            let block = self.dma_block(tile)?;
            if blocks.insert(name, block).is_some() {
                return Err(self.cursor.fault_at(place, "a block of this name is there already"));
            }
            if self.cursor.eat("}") {
                return Ok(blocks);
            }
            name = self.cursor.name('^', "a block")?.to_owned();
            self.cursor.expect(":")?;
        }
    }

    fn dma_block(&mut self, tile: usize) -> Result<Block, Fault> {
        let mut block = Block { place: self.cursor.at(), ..Block::default() };
        let (mut acquired, mut released) = (false, false);
        loop {
            let results = self.results()?;
            let at = self.cursor.at();
            let name = self.cursor.word()?;
            self.summary.operations += 1;
            match name {
                "aie.use_lock" => {
                    let (action, lock) = self.use_lock()?;
                    if !self.model.reaches(tile, self.tile_of_lock(lock)) {
                        return Err(self.cursor.fault_at(at, "this lock is too far away"));
                    }
                    let (known, late) = match action {
                        Action::Acquire => (&mut acquired, block.descriptor.is_some()),
                        Action::Release => (&mut released, block.descriptor.is_none()),
                    };
                    if *known || late {
                        return Err(self
                            .cursor
                            .fault_at(at, "a descriptor acquires before and releases after"));
                    }
                    *known = true;
                    if let Some(lock) = self.model.locks.get_mut(lock) {
                        lock.acquired_by_dma |= action == Action::Acquire;
                        lock.released |= action == Action::Release;
                    }
                }
                "aie.dma_bd" if block.descriptor.is_none() => {
                    block.descriptor = Some(self.descriptor(tile)?);
                }
                "aie.dma_start" if block.descriptor.is_none() && !acquired => {
                    block.start = Some(self.dma_start(tile, &results)?);
                    return Ok(block);
                }
                "aie.next_bd" if block.descriptor.is_some() && acquired == released => {
                    block.next = Some(self.cursor.name('^', "a block")?.to_owned());
                    return Ok(block);
                }
                "aie.end" if block.descriptor.is_none() && !acquired => {
                    block.ends = true;
                    return Ok(block);
                }
                _ => return Err(self.cursor.fault_at(at, format!("{name} is not known here in a DMA"))),
            }
        }
    }

    fn dma_start(&mut self, tile: usize, results: &Results) -> Result<(Channel, String, String), Fault> {
        self.cursor.expect("(")?;
        let direction = direction(&mut self.cursor)?;
        self.cursor.expect(",")?;
        let kind = self.kind(tile);
        let number = channel_number(&mut self.cursor, kind)?;
        self.cursor.expect(",")?;
        let first = self.cursor.name('^', "a block")?.to_owned();
        self.cursor.expect(",")?;
        let other = self.cursor.name('^', "a block")?.to_owned();
        if self.cursor.eat(",") {
            self.cursor.expect_word("repeat_count")?;
            self.cursor.expect("=")?;
            self.cursor.number()?;
        }
        self.cursor.expect(")")?;
        self.give(results, vec![Value::plain(Type::I1)])?;
        Ok((Channel { direction, number }, first, other))
    }

    pub(super) fn tile_of_lock(&self, lock: usize) -> usize {
        self.model.locks.get(lock).map_or(usize::MAX, |lock| lock.tile)
    }

    /// Which lock, and what is done with it.
    pub(super) fn use_lock(&mut self) -> Result<(Action, usize), Fault> {
        self.cursor.expect("(")?;
        let at = self.cursor.at();
        let What::Lock(lock) = self.scope.take(&mut self.cursor)?.what else {
            return Err(self.cursor.fault_at(at, "this is no lock"));
        };
        self.cursor.expect(",")?;
        let at = self.cursor.at();
        let action = match self.cursor.word()? {
            "AcquireGreaterEqual" => Action::Acquire,
            "Release" => Action::Release,
            other => return Err(self.cursor.fault_at(at, format!("a counting lock knows no {other}"))),
        };
        self.cursor.expect(",")?;
        let at = self.cursor.at();
        let by = self.cursor.number()?;
        if !(1..=63).contains(&by) {
            return Err(self.cursor.fault_at(at, format!("no lock counts by {by}")));
        }
        self.cursor.expect(")")?;
        Ok((action, lock))
    }

    /// `aie.dma_bd(%buffer : memref<…>, offset, length, [<size = …, stride = …>, …]) {…}`, for a tile's DMA.
    pub(super) fn descriptor(&mut self, tile: usize) -> Result<Numbers, Fault> {
        let place = self.cursor.at();
        self.cursor.expect("(")?;
        let at = self.cursor.at();
        let value = self.scope.take(&mut self.cursor)?;
        let Type::Memory(memory) = value.ty else {
            return Err(self.cursor.fault_at(at, "this is no memory"));
        };
        let kind = self.kind(tile);
        let fits = match value.what {
            What::Buffer(buffer) => {
                let of = self.model.buffers.get(buffer).map_or(usize::MAX, |buffer| buffer.tile);
                if kind == TileKind::Core { of == tile } else { self.model.reaches(tile, of) }
            }
            _ => kind == TileKind::Shim,
        };
        if !fits {
            return Err(self.cursor.fault_at(at, "this tile's DMA does not reach that memory"));
        }
        self.cursor.expect(":")?;
        let at = self.cursor.at();
        if Memory::parse(&mut self.cursor)? != memory {
            return Err(self.cursor.fault_at(at, format!("this is {memory}")));
        }
        let (mut offset, mut length, mut dims) = (0, i128::from(memory.elements()), None);
        if self.cursor.eat(",") {
            offset = self.cursor.number()?;
            self.cursor.expect(",")?;
            length = self.cursor.number()?;
            if self.cursor.eat(",") {
                dims = Some(self.dims()?);
            }
        }
        self.cursor.expect(")")?;
        let numbers = self.numbers(tile, place)?;
        let extent = Extent { offset, length, dims };
        extent.check(&memory, kind).map_err(|what| self.cursor.fault_at(place, what))?;
        self.model.descriptors += 1;
        self.task_runs = extent.runs();
        Ok(numbers)
    }

    /// What stands behind a descriptor.
    fn numbers(&mut self, tile: usize, place: usize) -> Result<Numbers, Fault> {
        let kind = self.kind(tile);
        let mut attributes = Attributes::parse(&mut self.cursor)?;
        let most = i128::from(kind.descriptors()) - 1;
        let own = attributes.within(&self.cursor, "bd_id", &Type::I32, 0..=most)?;
        let next = attributes.within(&self.cursor, "next_bd_id", &Type::I32, 0..=most)?;
        attributes.within(&self.cursor, "task_id", &Type::I32, 0..=i128::from(u32::MAX))?;
        attributes.within(&self.cursor, "iteration", &Type::I32, 0..=63)?;
        let burst = attributes.within(&self.cursor, "burst_length", &Type::I32, 0..=512)?;
        if burst.is_some_and(|burst| burst > 0) && kind != TileKind::Shim {
            return Err(self.cursor.fault_at(place, "only shims have bursts"));
        }
        match attributes.take("packet") {
            None => {}
            Some((Attribute::Record(name, fields), _))
                if name == "aie.packet_info" && fields.iter().all(|(_, value)| (0..=31).contains(value)) => {}
            Some((_, at)) => return Err(self.cursor.fault_at(at, "this is no packet's head")),
        }
        attributes.end(&self.cursor)?;
        Ok(Numbers { own, next, place })
    }

    /// Sizes and strides, the slowest first.
    pub(super) fn dims(&mut self) -> Result<Vec<(u64, u64)>, Fault> {
        let at = self.cursor.at();
        let mut dims = Vec::new();
        self.cursor.expect("[")?;
        while !self.cursor.eat("]") {
            if !dims.is_empty() {
                self.cursor.expect(",")?;
            }
            self.cursor.expect("<")?;
            let size = self.field("size")?;
            self.cursor.expect(",")?;
            let stride = self.field("stride")?;
            self.cursor.expect(">")?;
            dims.push((size, stride));
        }
        if dims.is_empty() { Err(self.cursor.fault_at(at, "no dimensions")) } else { Ok(dims) }
    }

    fn field(&mut self, name: &str) -> Result<u64, Fault> {
        self.cursor.expect_word(name)?;
        self.cursor.expect("=")?;
        let at = self.cursor.at();
        let number = self.cursor.number()?;
        let fits = u64::try_from(number).ok().filter(|number| *number <= 1 << 32);
        fits.ok_or_else(|| self.cursor.fault_at(at, format!("{number} is no {name}")))
    }

    /// Follows the starts and their descriptors: each block is used once, and each chain goes back to its first.
    fn chains(
        &self,
        tile: usize,
        place: usize,
        blocks: &HashMap<String, Block>,
    ) -> Result<Vec<Channel>, Fault> {
        let find = |name: &str, at: usize| {
            let block = blocks.get(name).filter(|_| !name.is_empty());
            block.ok_or_else(|| self.cursor.fault_at(at, format!("there is no block ^{name}")))
        };
        let (mut channels, mut seen, mut numbers) = (Vec::new(), HashSet::new(), HashSet::new());
        let mut here = blocks.get("");
        let mut name = "";
        while let Some(block) = here {
            if !seen.insert(name) {
                return Err(self.cursor.fault_at(block.place, "the starts of channels go round"));
            }
            let Some((channel, first, other)) = &block.start else {
                if !block.ends {
                    return Err(self.cursor.fault_at(block.place, "a start or the end was expected"));
                }
                break;
            };
            if channels.contains(channel) {
                return Err(self.cursor.fault_at(block.place, format!("{channel} is started twice")));
            }
            channels.push(*channel);
            let (mut at, mut link) = (find(first, block.place)?, first);
            loop {
                let Some(descriptor) = at.descriptor else {
                    return Err(self.cursor.fault_at(at.place, "a descriptor was expected"));
                };
                if !seen.insert(link) {
                    return Err(self.cursor.fault_at(at.place, "this descriptor is of two chains"));
                }
                self.check_number(tile, *channel, descriptor, &mut numbers)?;
                let next_name = at.next.as_deref().unwrap_or_default();
                let next = find(next_name, at.place)?;
                if next.ends {
                    seen.insert(next_name);
                    break;
                }
                let expected = next.descriptor.and_then(|next| next.own);
                if descriptor.next.is_some_and(|number| expected.is_some_and(|own| own != number)) {
                    return Err(self.cursor.fault_at(at.place, "next_bd_id is another's number"));
                }
                if next_name == first.as_str() {
                    break;
                }
                (at, link) = (next, at.next.as_ref().unwrap_or(link));
            }
            here = Some(find(other, block.place)?);
            name = other;
        }
        match blocks.iter().find(|(name, block)| !seen.contains(name.as_str()) && !block.ends) {
            Some((name, block)) => {
                Err(self.cursor.fault_at(block.place, format!("nothing leads to ^{name}")))
            }
            None if channels.is_empty() => Err(self.cursor.fault_at(place, "a DMA without channels")),
            None => Ok(channels),
        }
    }

    fn check_number(
        &self,
        tile: usize,
        channel: Channel,
        descriptor: Numbers,
        numbers: &mut HashSet<i128>,
    ) -> Result<(), Fault> {
        let Some(own) = descriptor.own else { return Ok(()) };
        let odd = channel.number % 2 == 1;
        if self.kind(tile) == TileKind::Memory && (own >= HALF) != odd {
            let what = format!("{channel} does not reach descriptor {own}");
            return Err(self.cursor.fault_at(descriptor.place, what));
        }
        if !numbers.insert(own) {
            return Err(self.cursor.fault_at(descriptor.place, format!("descriptor {own} is there twice")));
        }
        Ok(())
    }
}

/// Which elements of a memory go, in which order.
struct Extent {
    offset: i128,
    length: i128,
    dims: Option<Vec<(u64, u64)>>,
}

impl Extent {
    /// How often a shim's task does its dimensions.
    fn runs(&self) -> u64 {
        match self.dims.as_deref() {
            Some([(runs, _), _, _, _]) => *runs,
            _ => 1,
        }
    }

    fn check(&self, memory: &Memory, kind: TileKind) -> Result<(), String> {
        let elements = i128::from(memory.elements());
        let bytes = i128::from(memory.element_bytes());
        if self.length < 1 || self.offset < 0 {
            return Err("a transfer has a length, and begins in the memory".into());
        }
        if self.length * bytes % 4 != 0 || self.offset * bytes % 4 != 0 {
            return Err("what goes over a stream are whole words".into());
        }
        let Some(dims) = &self.dims else {
            return if self.offset + self.length <= elements {
                Ok(())
            } else {
                Err(format!("the transfer goes beyond {memory}"))
            };
        };
        let most = if kind == TileKind::Core { 3 } else { 4 };
        if dims.len() > most {
            return Err(format!("{} dimensions, and {most} are the most", dims.len()));
        }
        // The fourth of a shim's repeats the others, and may stay where it is.
        let runs = usize::from(kind == TileKind::Shim && dims.len() == 4);
        let in_run = dims.get(runs..).unwrap_or_default();
        let product = in_run.iter().fold(1i128, |all, (size, _)| all.saturating_mul((*size).into()));
        if product != self.length {
            return Err(format!("the dimensions have {product} elements, and the length is {}", self.length));
        }
        let wrap = if kind == TileKind::Core { WRAP_OF_CORE } else { WRAP };
        let mut row = 1;
        let is_row = in_run.iter().rev().all(|(size, stride)| {
            let follows = *size == 1 || *stride == row;
            row = row.saturating_mul(*size);
            follows
        });
        for (at, (size, stride)) in dims.iter().enumerate() {
            let outermost = at == runs;
            if *size == 0 || (*size > wrap && !is_row && !outermost) {
                return Err(format!("a dimension goes round {wrap} times at most, and not {size}"));
            }
            if *size > 1 && ((*stride == 0 && at >= runs) || *stride > STEP.max(1 << 20)) {
                return Err(format!("a dimension has no stride of {stride}"));
            }
        }
        let reach: i128 = dims.iter().map(|(size, stride)| i128::from(size - 1) * i128::from(*stride)).sum();
        if self.offset + reach >= elements {
            return Err(format!("the dimensions go beyond {memory}"));
        }
        if bytes != 4 && dims.last().is_some_and(|(size, stride)| *size > 1 && *stride != 1) {
            return Err("elements that are no words lie one after the other in the fastest dimension".into());
        }
        Ok(())
    }
}
