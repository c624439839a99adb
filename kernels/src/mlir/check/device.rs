//! Operations that stand in a device: tiles, what is in them, and the streams between.

use super::attributes::{Attributes, dense};
use super::model::{Buffer, Lock, Model, Symbol, Tile, channel_number, direction};
use super::scope::{Value, What};
use super::types::{Memory, Type};
use super::{Checker, Fault, Results};
use crate::design::graph::At;
use crate::txn::{Channel, Direction, TileKind};

/// The largest value of a lock.
const MOST_OF_LOCK: i128 = 63;

impl Checker<'_> {
    /// `aie.device(npu1) {…}`
    pub(super) fn device(&mut self) -> Result<(), Fault> {
        self.cursor.expect("(")?;
        let at = self.cursor.at();
        let name = self.cursor.word()?;
        let columns = Model::columns_of(name);
        let columns =
            columns.ok_or_else(|| self.cursor.fault_at(at, format!("there is no device {name}")))?;
        self.cursor.expect(")")?;
        if self.cursor.sees("@") {
            self.cursor.name('@', "a symbol")?;
        }
        self.model = Model { columns, ..Model::default() };
        self.scope.enter();
        self.cursor.expect("{")?;
        while !self.cursor.eat("}") {
            self.in_device()?;
        }
        self.scope.leave();
        self.whole()
    }

    fn in_device(&mut self) -> Result<(), Fault> {
        let results = self.results()?;
        let at = self.cursor.at();
        let name = self.cursor.word()?;
        self.summary.operations += 1;
        match name {
            "func.func" => self.function(),
            "memref.global" => self.global(),
            "aie.tile" => self.tile(&results),
            "aie.buffer" => self.buffer(&results),
            "aie.lock" => self.lock(&results),
            "aie.flow" => self.flow(),
            "aie.objectfifo" => self.fifo(),
            "aie.objectfifo.link" => self.fifo_link(),
            "aie.shim_dma_allocation" => self.shim_allocation(),
            "aie.packet_flow" => self.packet_flow(),
            "aie.switchbox" | "aie.shim_mux" => self.switch_box(&results),
            "aie.wire" => self.wire(),
            "aie.core" => self.core(&results),
            "aie.mem" => self.dma(&results, TileKind::Core),
            "aie.memtile_dma" => self.dma(&results, TileKind::Memory),
            "aie.runtime_sequence" | "aiex.runtime_sequence" => self.sequence(),
            "aie.end" => Err(self.cursor.fault_at(at, "aie.end ends no device")),
            _ => match name.strip_prefix("arith.") {
                Some(operation) => self.arithmetic(operation, at, &results),
                None => Err(self.cursor.fault_at(at, format!("{name} is not known in a device"))),
            },
        }?;
        if results.is_some() && !self.given {
            return Err(self.cursor.fault_at(at, format!("{name} gives nothing back")));
        }
        Ok(())
    }

    fn function(&mut self) -> Result<(), Fault> {
        self.cursor.expect_word("private")?;
        let at = self.cursor.at();
        let name = self.cursor.name('@', "a symbol")?.to_owned();
        self.cursor.expect("(")?;
        let mut parameters = Vec::new();
        while !self.cursor.eat(")") {
            if !parameters.is_empty() {
                self.cursor.expect(",")?;
            }
            if self.cursor.sees("%") {
                self.cursor.name('%', "a value")?;
                self.cursor.expect(":")?;
            }
            parameters.push(Type::parse(&mut self.cursor)?);
        }
        if self.cursor.eat("->") {
            self.cursor.expect("(")?;
            self.cursor.expect(")")?;
        }
        if self.cursor.eat_word("attributes") {
            let mut attributes = Attributes::parse(&mut self.cursor)?;
            attributes.text(&self.cursor, "link_with")?;
            attributes.end(&self.cursor)?;
        }
        self.model.declare(&self.cursor, at, &name, Symbol::Function(parameters))
    }

    fn global(&mut self) -> Result<(), Fault> {
        let at = self.cursor.at();
        let visibility = self.cursor.string()?;
        if !["private", "public"].contains(&visibility) {
            return Err(self.cursor.fault_at(at, "private or public was expected"));
        }
        self.cursor.eat_word("constant");
        let at = self.cursor.at();
        let name = self.cursor.name('@', "a symbol")?.to_owned();
        self.cursor.expect(":")?;
        let memory = Memory::parse(&mut self.cursor)?;
        if self.cursor.eat("=") {
            self.contents(&memory)?;
        }
        self.model.declare(&self.cursor, at, &name, Symbol::Global(memory))
    }

    /// `dense<…>`, for all of a memory.
    fn contents(&mut self, memory: &Memory) -> Result<(), Fault> {
        let at = self.cursor.at();
        self.cursor.expect_word("dense")?;
        let numbers = dense(&mut self.cursor)?;
        if numbers.len() != 1 && numbers.len() as u64 != memory.elements() {
            let what = format!("{} numbers for {} elements", numbers.len(), memory.elements());
            return Err(self.cursor.fault_at(at, what));
        }
        match numbers.iter().find(|number| !memory.element().holds(**number)) {
            None => Ok(()),
            Some(number) => Err(self.cursor.fault_at(at, format!("{number} is no {}", memory.element()))),
        }
    }

    fn tile(&mut self, results: &Results) -> Result<(), Fault> {
        self.cursor.expect("(")?;
        let at = self.cursor.at();
        let column = self.cursor.number()?;
        self.cursor.expect(",")?;
        let row = self.cursor.number()?;
        self.cursor.expect(")")?;
        let mut attributes = Attributes::parse(&mut self.cursor)?;
        attributes.take("controller_id");
        attributes.text(&self.cursor, "allocation_scheme")?;
        attributes.end(&self.cursor)?;
        let columns = self.model.columns;
        let column = u8::try_from(column).ok().filter(|column| *column < columns);
        let (Some(column), Some(kind)) = (column, Model::tile_kind(row)) else {
            return Err(self.cursor.fault_at(at, "the device has no such tile"));
        };
        let at_tile = At { column, row: row as u8 };
        if self.model.tiles.iter().any(|tile| tile.at == at_tile) {
            return Err(self.cursor.fault_at(at, "this tile is there already"));
        }
        self.model.tiles.push(Tile { at: at_tile, kind, place: at, stack: None, channels: None });
        let what = What::Tile(self.model.tiles.len() - 1);
        self.give(results, vec![Value { ty: Type::Index, what }])
    }

    /// Takes a tile's name, and what may stand for a tile is nothing else.
    pub(super) fn take_tile(&mut self) -> Result<usize, Fault> {
        let at = self.cursor.at();
        match self.scope.take(&mut self.cursor)?.what {
            What::Tile(tile) => Ok(tile),
            _ => Err(self.cursor.fault_at(at, "this is no tile")),
        }
    }

    pub(super) fn kind(&self, tile: usize) -> TileKind {
        self.model.tiles.get(tile).map_or(TileKind::Shim, |tile| tile.kind)
    }

    fn buffer(&mut self, results: &Results) -> Result<(), Fault> {
        let place = self.cursor.at();
        self.cursor.expect("(")?;
        let tile = self.take_tile()?;
        self.cursor.expect(")")?;
        let mut attributes = Attributes::parse(&mut self.cursor)?;
        let room = self.model.tiles.get(tile).map_or(0, Tile::memory);
        let most = i128::from(room).max(1) - 1;
        let address = attributes.within(&self.cursor, "address", &Type::I32, 0..=most)?;
        attributes.within(&self.cursor, "mem_bank", &Type::I32, 0..=15)?;
        let name = attributes.text(&self.cursor, "sym_name")?;
        attributes.end(&self.cursor)?;
        self.cursor.expect(":")?;
        let memory = Memory::parse(&mut self.cursor)?;
        if self.cursor.eat("=") {
            self.contents(&memory)?;
        }
        let address = address.and_then(|address| u64::try_from(address).ok());
        let end = address.unwrap_or(0).saturating_add(memory.bytes());
        if end > room || address.is_some_and(|address| address % 4 != 0) {
            return Err(self.cursor.fault_at(place, format!("{memory} does not lie in this tile's memory")));
        }
        if let Some(name) = &name {
            self.model.declare(&self.cursor, place, name, Symbol::Buffer)?;
        }
        let ty = Type::Memory(memory.clone());
        let name = name.unwrap_or_default();
        self.model.buffers.push(Buffer { tile, name, address, memory, place });
        let what = What::Buffer(self.model.buffers.len() - 1);
        self.give(results, vec![Value { ty, what }])
    }

    fn lock(&mut self, results: &Results) -> Result<(), Fault> {
        let place = self.cursor.at();
        self.cursor.expect("(")?;
        let tile = self.take_tile()?;
        let mut number = None;
        if self.cursor.eat(",") {
            let at = self.cursor.at();
            let read = self.cursor.number()?;
            let most = self.model.tiles.get(tile).map_or(0, Tile::locks);
            if !(0..most).contains(&read) {
                return Err(self.cursor.fault_at(at, format!("this tile has no lock {read}")));
            }
            number = u8::try_from(read).ok();
        }
        self.cursor.expect(")")?;
        let mut attributes = Attributes::parse(&mut self.cursor)?;
        let initial = attributes.within(&self.cursor, "init", &Type::I32, 0..=MOST_OF_LOCK)?;
        if let Some(name) = attributes.text(&self.cursor, "sym_name")? {
            self.model.declare(&self.cursor, place, &name, Symbol::Lock)?;
        }
        attributes.end(&self.cursor)?;
        self.model.locks.push(Lock {
            tile,
            number,
            initial: initial.and_then(|initial| u8::try_from(initial).ok()).unwrap_or(0),
            place,
            acquired_by_dma: false,
            acquired_by_core: false,
            released: false,
        });
        let what = What::Lock(self.model.locks.len() - 1);
        self.give(results, vec![Value { ty: Type::Index, what }])
    }

    fn flow(&mut self) -> Result<(), Fault> {
        let place = self.cursor.at();
        self.cursor.expect("(")?;
        let from = self.end(Direction::FromMemory)?;
        self.cursor.expect(",")?;
        let to = self.end(Direction::ToMemory)?;
        self.cursor.expect(")")?;
        Attributes::parse(&mut self.cursor)?.end(&self.cursor)?;
        self.model.flows.push((from, to, place));
        Ok(())
    }

    /// `%tile, DMA : 0`
    fn end(&mut self, direction: Direction) -> Result<(usize, Channel), Fault> {
        let tile = self.take_tile()?;
        self.cursor.expect(",")?;
        self.cursor.expect_word("DMA")?;
        self.cursor.expect(":")?;
        let kind = self.kind(tile);
        let number = channel_number(&mut self.cursor, kind)?;
        Ok((tile, Channel { direction, number }))
    }

    /// `@name(MM2S, 0, 0)` or `@name(%tile, MM2S, 0)`
    fn shim_allocation(&mut self) -> Result<(), Fault> {
        let at = self.cursor.at();
        let name = self.cursor.name('@', "a symbol")?.to_owned();
        self.cursor.expect("(")?;
        let by_tile = self.cursor.sees("%");
        if by_tile {
            self.take_tile()?;
            self.cursor.expect(",")?;
        }
        direction(&mut self.cursor)?;
        self.cursor.expect(",")?;
        channel_number(&mut self.cursor, TileKind::Shim)?;
        if !by_tile {
            self.cursor.expect(",")?;
            self.cursor.number()?;
        }
        self.cursor.expect(")")?;
        Attributes::parse(&mut self.cursor)?.end(&self.cursor)?;
        self.model.declare(&self.cursor, at, &name, Symbol::Allocation)
    }
}
