//! What a launch does: `aie.runtime_sequence`, tasks of the shims' DMA and writes to registers.

use super::attributes::Attributes;
use super::model::{Symbol, Wanted, channel_number, direction};
use super::scope::{Value, What};
use super::types::{Memory, Type};
use super::{Checker, Fault, Results};
use crate::txn::{Channel, TileKind};
use std::collections::HashSet;

/// A task of a shim's DMA.
#[derive(Clone, Debug)]
pub(super) struct Task {
    /// Which channel, if the text says so.
    pub(super) end: Option<(usize, Channel)>,
    token: bool,
    descriptor: Option<i128>,
    started: bool,
    awaited: bool,
    freed: bool,
}

/// The last register.
const MOST: i128 = u32::MAX as i128;

impl Checker<'_> {
    pub(super) fn sequence(&mut self) -> Result<(), Fault> {
        let at = self.cursor.at();
        if self.cursor.sees("@") {
            let name = self.cursor.name('@', "a symbol")?.to_owned();
            self.model.declare(&self.cursor, at, &name, Symbol::Sequence)?;
        }
        self.scope.enter();
        self.tasks.clear();
        self.cursor.expect("(")?;
        let mut arguments = 0;
        while !self.cursor.eat(")") {
            if arguments > 0 {
                self.cursor.expect(",")?;
            }
            self.argument()?;
            arguments += 1;
        }
        self.cursor.expect("{")?;
        while !self.cursor.eat("}") {
            self.in_sequence()?;
        }
        self.scope.leave();
        let mut channels = HashSet::new();
        for task in &self.tasks {
            if !task.started || (task.token && !task.awaited) {
                let what = "a task of this launch is never started, or gives a token that nobody takes";
                return Err(self.cursor.fault_at(at, what));
            }
            channels.extend(task.end);
        }
        self.task_ends.extend(channels.into_iter().map(|end| (end, at)));
        Ok(())
    }

    fn in_sequence(&mut self) -> Result<(), Fault> {
        let results = self.results()?;
        let at = self.cursor.at();
        let name = self.cursor.word()?;
        self.summary.operations += 1;
        match name {
            "aiex.dma_configure_task" => self.configure(&results, false),
            "aiex.dma_configure_task_for" => self.configure(&results, true),
            "aiex.dma_start_task" => self.on_task(|task| !std::mem::replace(&mut task.started, true)),
            "aiex.dma_await_task" => {
                self.on_task(|task| task.started && task.token && !std::mem::replace(&mut task.awaited, true))
            }
            "aiex.dma_free_task" => {
                self.on_task(|task| task.started && !std::mem::replace(&mut task.freed, true))
            }
            "aiex.npu.dma_memcpy_nd" => self.copy(),
            "aiex.npu.dma_wait" => self.wait_for(),
            "aiex.npu.write32" => self.write(&["address", "value"]),
            "aiex.npu.maskwrite32" => self.write(&["address", "value", "mask"]),
            "aiex.npu.blockwrite" => self.block_write(),
            "aiex.npu.sync" => self.registers(&[
                ("channel", &Type::I32),
                ("column", &Type::I32),
                ("column_num", &Type::I32),
                ("direction", &Type::I32),
                ("row", &Type::I32),
                ("row_num", &Type::I32),
            ]),
            "aiex.npu.address_patch" => {
                self.registers(&[("addr", &Type::U32), ("arg_idx", &Type::I32), ("arg_plus", &Type::I32)])
            }
            "memref.get_global" => self.get_global(&results),
            "aie.end" => Err(self.cursor.fault_at(at, "a sequence has no end of its own")),
            _ => match name.strip_prefix("arith.") {
                Some(operation) => self.arithmetic(operation, at, &results),
                None => Err(self.cursor.fault_at(at, format!("{name} is not known in a sequence"))),
            },
        }?;
        if results.is_some() && !self.given {
            return Err(self.cursor.fault_at(at, format!("{name} gives nothing back")));
        }
        Ok(())
    }

    /// `aiex.dma_configure_task(%shim, MM2S, 0) { aie.dma_bd(…) {…} aie.end } {issue_token = true}`
    fn configure(&mut self, results: &Results, by_symbol: bool) -> Result<(), Fault> {
        let place = self.cursor.at();
        let mut end = None;
        if by_symbol {
            let name = self.cursor.name('@', "a symbol")?;
            self.model.uses(name, place, Wanted::Stream);
        } else {
            self.cursor.expect("(")?;
            let tile = self.take_tile()?;
            self.cursor.expect(",")?;
            let direction = direction(&mut self.cursor)?;
            self.cursor.expect(",")?;
            let kind = self.kind(tile);
            let number = channel_number(&mut self.cursor, kind)?;
            self.cursor.expect(")")?;
            if kind != TileKind::Shim {
                return Err(self.cursor.fault_at(place, "tasks are of shims"));
            }
            end = Some((tile, Channel { direction, number }));
        }
        self.cursor.expect("{")?;
        self.cursor.expect_word("aie.dma_bd")?;
        let tile = end.map_or_else(|| self.any_shim(), |(tile, _)| Some(tile));
        let tile = tile.ok_or_else(|| self.cursor.fault_at(place, "there is no shim"))?;
        let numbers = self.descriptor(tile)?;
        let runs = i128::from(self.task_runs);
        self.cursor.expect_word("aie.end")?;
        self.cursor.expect("}")?;
        let mut attributes = Attributes::parse(&mut self.cursor)?;
        let token = attributes.truth(&self.cursor, "issue_token")?;
        let repeats = attributes.within(&self.cursor, "repeat_count", &Type::I32, 0..=255)?.unwrap_or(0);
        attributes.end(&self.cursor)?;
        if repeats + 1 != runs {
            let what = format!("{runs} runs are repeated {repeats} times");
            return Err(self.cursor.fault_at(place, what));
        }
        let busy = |task: &Task| {
            let done = task.awaited || task.freed;
            !done
                && numbers.own.is_some()
                && task.descriptor == numbers.own
                && task.end.map(|end| end.0) == Some(tile)
        };
        if self.tasks.iter().any(busy) {
            return Err(self.cursor.fault_at(numbers.place, "this descriptor is still in use"));
        }
        let descriptor = numbers.own;
        self.tasks.push(Task { end, token, descriptor, started: false, awaited: false, freed: false });
        let what = What::Task(self.tasks.len() - 1);
        self.give(results, vec![Value { ty: Type::Index, what }])
    }

    fn any_shim(&self) -> Option<usize> {
        self.model.tiles.iter().position(|tile| tile.kind == TileKind::Shim)
    }

    /// Does something with a task, which says whether it could be done.
    fn on_task(&mut self, act: impl FnOnce(&mut Task) -> bool) -> Result<(), Fault> {
        self.cursor.expect("(")?;
        let at = self.cursor.at();
        let What::Task(task) = self.scope.take(&mut self.cursor)?.what else {
            return Err(self.cursor.fault_at(at, "this is no task"));
        };
        self.cursor.expect(")")?;
        if self.tasks.get_mut(task).is_some_and(act) {
            return Ok(());
        }
        Err(self.cursor.fault_at(at, "a task is started once, and then awaited for its token or freed"))
    }

    /// `(0, 0, %memory[…][…][…]) {id = 0 : i64, metadata = @queue} : memref<…>`
    fn copy(&mut self) -> Result<(), Fault> {
        self.cursor.expect("(")?;
        while self.cursor.sees_number() {
            self.cursor.number()?;
            self.cursor.expect(",")?;
        }
        let at = self.cursor.at();
        let value = self.scope.take(&mut self.cursor)?;
        for _ in 0..3 {
            self.cursor.expect("[")?;
            let mut numbers = 0;
            while !self.cursor.eat("]") {
                if numbers > 0 {
                    self.cursor.expect(",")?;
                }
                if self.cursor.sees("%") {
                    self.scope.take_of(&mut self.cursor, &Type::I64)?;
                } else {
                    self.cursor.number()?;
                }
                numbers += 1;
            }
            if numbers != 4 {
                return Err(self.cursor.fault("four numbers were expected"));
            }
        }
        self.cursor.expect(")")?;
        let mut attributes = Attributes::parse(&mut self.cursor)?;
        attributes.within(&self.cursor, "id", &Type::I64, 0..=15)?;
        attributes.truth(&self.cursor, "issue_token")?;
        attributes.within(&self.cursor, "burst_length", &Type::I64, 0..=512)?;
        if let Some((symbol, at)) = attributes.symbol(&self.cursor, "metadata")? {
            self.model.uses(&symbol, at, Wanted::Stream);
        }
        attributes.end(&self.cursor)?;
        self.cursor.expect(":")?;
        let memory = Memory::parse(&mut self.cursor)?;
        if value.ty == Type::Memory(memory) {
            return Ok(());
        }
        Err(self.cursor.fault_at(at, format!("the value is of type {}", value.ty)))
    }

    fn wait_for(&mut self) -> Result<(), Fault> {
        let place = self.cursor.at();
        let mut attributes = Attributes::parse(&mut self.cursor)?;
        let symbol = attributes.symbol(&self.cursor, "symbol")?;
        attributes.end(&self.cursor)?;
        let (symbol, at) = symbol.ok_or_else(|| self.cursor.fault_at(place, "symbol is missing"))?;
        self.model.uses(&symbol, at, Wanted::Stream);
        Ok(())
    }

    /// `{address = … : ui32, value = … : ui32}`, and perhaps a tile.
    fn write(&mut self, fields: &[&str]) -> Result<(), Fault> {
        let place = self.cursor.at();
        let mut attributes = Attributes::parse(&mut self.cursor)?;
        for field in fields {
            if attributes.within(&self.cursor, field, &Type::U32, 0..=MOST)?.is_none() {
                return Err(self.cursor.fault_at(place, format!("{field} is missing")));
            }
        }
        self.tile_of_register(&mut attributes)?;
        attributes.end(&self.cursor)
    }

    fn tile_of_register(&mut self, attributes: &mut Attributes) -> Result<(), Fault> {
        let columns = i128::from(self.model.columns) - 1;
        attributes.within(&self.cursor, "column", &Type::I32, 0..=columns)?;
        attributes.within(&self.cursor, "row", &Type::I32, 0..=5)?;
        if let Some((symbol, at)) = attributes.symbol(&self.cursor, "buffer")? {
            self.model.uses(&symbol, at, Wanted::Buffer);
        }
        Ok(())
    }

    /// `(%data) {address = … : ui32} : memref<…>`
    fn block_write(&mut self) -> Result<(), Fault> {
        let place = self.cursor.at();
        self.cursor.expect("(")?;
        let value = self.scope.take(&mut self.cursor)?;
        self.cursor.expect(")")?;
        let mut attributes = Attributes::parse(&mut self.cursor)?;
        if attributes.within(&self.cursor, "address", &Type::U32, 0..=MOST)?.is_none() {
            return Err(self.cursor.fault_at(place, "address is missing"));
        }
        self.tile_of_register(&mut attributes)?;
        attributes.end(&self.cursor)?;
        self.cursor.expect(":")?;
        self.types_of(&[value]).map(|_| ())
    }

    /// Braces with exactly these numbers.
    fn registers(&mut self, fields: &[(&str, &Type)]) -> Result<(), Fault> {
        let place = self.cursor.at();
        let mut attributes = Attributes::parse(&mut self.cursor)?;
        for (field, ty) in fields {
            if attributes.number(&self.cursor, field, ty)?.is_none() {
                return Err(self.cursor.fault_at(place, format!("{field} is missing")));
            }
        }
        attributes.end(&self.cursor)
    }

    /// `memref.get_global @name : memref<…>`
    fn get_global(&mut self, results: &Results) -> Result<(), Fault> {
        let at = self.cursor.at();
        let name = self.cursor.name('@', "a symbol")?.to_owned();
        self.cursor.expect(":")?;
        let memory = Memory::parse(&mut self.cursor)?;
        self.model.uses(&name, at, Wanted::Global(memory.clone()));
        self.give(results, vec![Value::plain(Type::Memory(memory))])
    }
}
