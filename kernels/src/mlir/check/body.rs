//! What a core does: loops, numbers, memory, calls and locks, in blocks.

use super::attributes::Attributes;
use super::dma::Action;
use super::model::Wanted;
use super::scope::{Value, What};
use super::types::{Memory, Type};
use super::{Checker, Fault, Results};
use crate::txn::TileKind;
use std::collections::HashMap;

/// Loops inside loops.
const DEEPEST: usize = 32;
/// Bytes of stack if nothing is said.
const STACK: u64 = 1024;

/// Whether an operation ends its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    Goes,
    Ends,
}

/// Jumps to blocks, and what each gives.
#[derive(Debug, Default)]
pub(super) struct Jumps {
    blocks: HashMap<String, Vec<Type>>,
    jumps: Vec<(String, Vec<Type>, usize)>,
}

impl Checker<'_> {
    pub(super) fn core(&mut self, results: &Results) -> Result<(), Fault> {
        let place = self.cursor.at();
        self.cursor.expect("(")?;
        let tile = self.take_tile()?;
        self.cursor.expect(")")?;
        if self.kind(tile) != TileKind::Core || self.model.tiles.get(tile).is_none_or(|t| t.stack.is_some()) {
            return Err(self.cursor.fault_at(place, "this tile has no core, or it has a program already"));
        }
        self.cursor.expect("{")?;
        self.tile_of_core = Some(tile);
        self.scope.enter();
        self.core_blocks()?;
        self.scope.leave();
        self.tile_of_core = None;
        let mut attributes = Attributes::parse(&mut self.cursor)?;
        let stack = attributes.within(&self.cursor, "stack_size", &Type::I32, 0..=65_536)?;
        attributes.text(&self.cursor, "link_with")?;
        // A program that was compiled already is not in the text.
        self.model.unseen |= attributes.text(&self.cursor, "elf_file")?.is_some();
        attributes.take("link_files");
        attributes.truth(&self.cursor, "dynamic_objfifo_lowering")?;
        attributes.end(&self.cursor)?;
        if let Some(tile) = self.model.tiles.get_mut(tile) {
            tile.stack = Some(stack.and_then(|stack| u64::try_from(stack).ok()).unwrap_or(STACK));
        }
        self.summary.cores += 1;
        self.give(results, vec![Value::plain(Type::Index)])
    }

    fn core_blocks(&mut self) -> Result<(), Fault> {
        let mut jumps = Jumps::default();
        let mut after = After::Goes;
        let mut ended = false;
        loop {
            if self.cursor.eat("}") {
                break;
            }
            let at = self.cursor.at();
            if self.cursor.sees("^") {
                let name = self.cursor.name('^', "a block")?.to_owned();
                let arguments = self.block_arguments()?;
                self.cursor.expect(":")?;
                if after == After::Goes || jumps.blocks.insert(name.clone(), arguments).is_some() {
                    return Err(self
                        .cursor
                        .fault_at(at, format!("^{name} is there already, or is fallen into")));
                }
                after = After::Goes;
                continue;
            }
            if after == After::Ends {
                return Err(self.cursor.fault_at(at, "this stands behind the end of a block"));
            }
            ended |= self.cursor.peek_word() == "aie.end";
            after = self.in_core(&mut jumps)?;
        }
        if after == After::Goes || !ended {
            return Err(self.cursor.fault("a core's program ends with aie.end"));
        }
        for (name, given, at) in &jumps.jumps {
            if jumps.blocks.get(name) != Some(given) {
                let what = format!("there is no block ^{name} that takes this");
                return Err(self.cursor.fault_at(*at, what));
            }
        }
        Ok(())
    }

    /// `(%0: index)`
    fn block_arguments(&mut self) -> Result<Vec<Type>, Fault> {
        let mut types = Vec::new();
        if self.cursor.eat("(") {
            while !self.cursor.eat(")") {
                if !types.is_empty() {
                    self.cursor.expect(",")?;
                }
                types.push(self.argument()?);
            }
        }
        Ok(types)
    }

    /// Defines `%name: type`.
    pub(super) fn argument(&mut self) -> Result<Type, Fault> {
        let at = self.cursor.at();
        let name = self.cursor.name('%', "a value")?;
        self.cursor.expect(":")?;
        let ty = Type::parse(&mut self.cursor)?;
        self.scope.define(&self.cursor, at, name, vec![Value::plain(ty.clone())])?;
        Ok(ty)
    }

    fn in_core(&mut self, jumps: &mut Jumps) -> Result<After, Fault> {
        match self.cursor.peek_word() {
            "aie.end" => {
                self.cursor.word()?;
                Ok(After::Ends)
            }
            "cf.br" => {
                self.cursor.word()?;
                self.jump(jumps)?;
                Ok(After::Ends)
            }
            "cf.cond_br" => {
                self.cursor.word()?;
                self.scope.take_of(&mut self.cursor, &Type::I1)?;
                for _ in 0..2 {
                    self.cursor.expect(",")?;
                    self.jump(jumps)?;
                }
                Ok(After::Ends)
            }
            _ => self.step().map(|()| After::Goes),
        }
    }

    /// `^block(%value : index)`
    fn jump(&mut self, jumps: &mut Jumps) -> Result<(), Fault> {
        let at = self.cursor.at();
        let name = self.cursor.name('^', "a block")?.to_owned();
        let mut types = Vec::new();
        if self.cursor.eat("(") {
            let values = self.values(":")?;
            types = self.types_of(&values)?;
            self.cursor.expect(")")?;
        }
        jumps.jumps.push((name, types, at));
        Ok(())
    }

    /// Values with commas between, up to this, which is taken.
    pub(super) fn values(&mut self, end: &str) -> Result<Vec<Value>, Fault> {
        let mut values = Vec::new();
        while !self.cursor.eat(end) {
            if !values.is_empty() {
                self.cursor.expect(",")?;
            }
            let at = self.cursor.at();
            let value = self.scope.take(&mut self.cursor)?;
            // Kernels may be given locks.
            if matches!(value.what, What::Tile(_) | What::Task(_)) {
                return Err(self.cursor.fault_at(at, "this is no value for a program"));
            }
            values.push(value);
        }
        Ok(values)
    }

    /// Types with commas between, which must be those of the values.
    pub(super) fn types_of(&mut self, values: &[Value]) -> Result<Vec<Type>, Fault> {
        let mut types = Vec::new();
        for value in values {
            if !types.is_empty() {
                self.cursor.expect(",")?;
            }
            types.push(self.type_of(value)?);
        }
        Ok(types)
    }

    fn type_of(&mut self, value: &Value) -> Result<Type, Fault> {
        let at = self.cursor.at();
        let ty = Type::parse(&mut self.cursor)?;
        if ty == value.ty {
            return Ok(ty);
        }
        Err(self.cursor.fault_at(at, format!("the value is of type {}", value.ty)))
    }

    /// An operation that ends no block.
    pub(super) fn step(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.cursor.fault("loops inside loops inside loops"));
        }
        let results = self.results()?;
        let at = self.cursor.at();
        let name = self.cursor.word()?;
        self.summary.operations += 1;
        match name {
            "aie.use_lock" => self.core_lock(at),
            "scf.for" => self.repeat(&results),
            "scf.if" => self.choice(&results),
            "scf.index_switch" => self.switch(&results),
            "memref.load" => self.load(&results),
            "memref.store" => self.store(),
            "func.call" => self.call(),
            "aie.objectfifo.acquire" => self.acquire(&results),
            "aie.objectfifo.subview.access" => self.access(&results),
            "aie.objectfifo.release" => self.release(),
            _ => match name.strip_prefix("arith.") {
                Some(operation) => self.arithmetic(operation, at, &results),
                None => Err(self.cursor.fault_at(at, format!("{name} is not known in a core"))),
            },
        }?;
        if results.is_some() && !self.given {
            return Err(self.cursor.fault_at(at, format!("{name} gives nothing back")));
        }
        self.depth -= 1;
        Ok(())
    }

    fn core_lock(&mut self, at: usize) -> Result<(), Fault> {
        let (action, lock) = self.use_lock()?;
        let tile = self.tile_of_core.unwrap_or(usize::MAX);
        if !self.model.reaches(tile, self.tile_of_lock(lock)) {
            return Err(self.cursor.fault_at(at, "this lock is too far away"));
        }
        if let Some(lock) = self.model.locks.get_mut(lock) {
            lock.acquired_by_core |= action == Action::Acquire;
            lock.released |= action == Action::Release;
        }
        Ok(())
    }

    /// A body in braces that yields these.
    fn body(&mut self, yields: &[Type]) -> Result<(), Fault> {
        self.cursor.expect("{")?;
        let mut yielded = false;
        while !self.cursor.eat("}") {
            if yielded {
                return Err(self.cursor.fault("this stands behind scf.yield"));
            }
            if self.cursor.eat_word("scf.yield") {
                yielded = true;
                if !yields.is_empty() {
                    let at = self.cursor.at();
                    let values = self.values(":")?;
                    if self.types_of(&values)? != yields {
                        return Err(self.cursor.fault_at(at, "other types are yielded here"));
                    }
                }
            } else {
                self.step()?;
            }
        }
        if yields.is_empty() || yielded {
            return Ok(());
        }
        Err(self.cursor.fault("scf.yield is missing"))
    }

    /// `scf.for %i = %from to %to step %by iter_args(%a = %b) -> (index) {…}`
    fn repeat(&mut self, results: &Results) -> Result<(), Fault> {
        let place = self.cursor.at();
        let name = self.cursor.name('%', "a value")?;
        let mut bounds = Vec::new();
        for mark in ["=", "to", "step"] {
            if mark == "=" {
                self.cursor.expect(mark)?;
            } else {
                self.cursor.expect_word(mark)?;
            }
            bounds.push(self.scope.take_of(&mut self.cursor, &Type::Index)?.what);
        }
        let never = match bounds.as_slice() {
            [What::Constant(from), What::Constant(to), _] if from > to => true,
            [.., What::Constant(by)] => *by < 1,
            _ => false,
        };
        if never {
            return Err(self.cursor.fault_at(place, "these bounds are no loop's"));
        }
        let mut carried = Vec::new();
        if self.cursor.eat_word("iter_args") {
            self.cursor.expect("(")?;
            while !self.cursor.eat(")") {
                if !carried.is_empty() {
                    self.cursor.expect(",")?;
                }
                let at = self.cursor.at();
                let name = self.cursor.name('%', "a value")?;
                self.cursor.expect("=")?;
                carried.push((name, self.scope.take_plain(&mut self.cursor)?.ty, at));
            }
            self.cursor.expect("->")?;
        }
        let types: Vec<Type> = carried.iter().map(|(_, ty, _)| ty.clone()).collect();
        if !types.is_empty() {
            self.result_types(&types)?;
        }
        self.scope.enter();
        self.scope.define(&self.cursor, place, name, vec![Value::plain(Type::Index)])?;
        for (name, ty, at) in carried {
            self.scope.define(&self.cursor, at, name, vec![Value::plain(ty)])?;
        }
        self.body(&types)?;
        self.scope.leave();
        Attributes::parse(&mut self.cursor)?.end(&self.cursor)?;
        self.give_all(results, types)
    }

    /// `(index, index)` or `index`, which must be these.
    fn result_types(&mut self, types: &[Type]) -> Result<(), Fault> {
        let at = self.cursor.at();
        if self.types_in_brackets()? == types {
            return Ok(());
        }
        Err(self.cursor.fault_at(at, "other types are given back"))
    }

    /// `(index, index)` or `index`.
    pub(super) fn types_in_brackets(&mut self) -> Result<Vec<Type>, Fault> {
        if !self.cursor.eat("(") {
            return Type::parse(&mut self.cursor).map(|ty| vec![ty]);
        }
        let mut types = Vec::new();
        while !self.cursor.eat(")") {
            if !types.is_empty() {
                self.cursor.expect(",")?;
            }
            types.push(Type::parse(&mut self.cursor)?);
        }
        Ok(types)
    }

    fn inner(&mut self, types: &[Type]) -> Result<(), Fault> {
        self.scope.enter();
        self.body(types)?;
        self.scope.leave();
        Ok(())
    }

    fn choice(&mut self, results: &Results) -> Result<(), Fault> {
        self.scope.take_of(&mut self.cursor, &Type::I1)?;
        let types = if self.cursor.eat("->") { self.types_in_brackets()? } else { Vec::new() };
        self.inner(&types)?;
        if self.cursor.eat_word("else") {
            self.inner(&types)?;
        } else if !types.is_empty() {
            return Err(self.cursor.fault("else is missing"));
        }
        self.give_all(results, types)
    }

    /// `scf.index_switch %i -> type case 0 {…} default {…}`
    fn switch(&mut self, results: &Results) -> Result<(), Fault> {
        self.scope.take_of(&mut self.cursor, &Type::Index)?;
        let types = if self.cursor.eat("->") { self.types_in_brackets()? } else { Vec::new() };
        let mut cases = Vec::new();
        while self.cursor.eat_word("case") {
            let at = self.cursor.at();
            let case = self.cursor.number()?;
            // Whoever switches by a number begins at 0.
            if i128::try_from(cases.len()) != Ok(case) {
                return Err(self.cursor.fault_at(at, format!("case {} was expected", cases.len())));
            }
            cases.push(case);
            self.inner(&types)?;
        }
        self.cursor.expect_word("default")?;
        self.inner(&types)?;
        self.give_all(results, types)
    }

    /// `%memory[%index, …] : memref<…>`
    fn place(&mut self) -> Result<Memory, Fault> {
        let at = self.cursor.at();
        let value = self.scope.take(&mut self.cursor)?;
        let Type::Memory(memory) = &value.ty else {
            return Err(self.cursor.fault_at(at, "this is no memory"));
        };
        if let What::Buffer(buffer) = value.what {
            self.check_reach(at, buffer)?;
        }
        self.cursor.expect("[")?;
        let indices = self.values("]")?;
        let inside = indices.len() == memory.shape.len()
            && indices.iter().zip(&memory.shape).all(|(index, size)| match index.what {
                What::Constant(index) => (0..i128::from(*size)).contains(&index),
                _ => true,
            });
        if !inside || indices.iter().any(|index| index.ty != Type::Index) {
            return Err(self.cursor.fault_at(at, format!("this is no place in {memory}")));
        }
        self.cursor.expect(":")?;
        self.type_of(&value)?;
        Ok(memory.clone())
    }

    /// Whether this core reaches that buffer.
    fn check_reach(&self, at: usize, buffer: usize) -> Result<(), Fault> {
        let of = self.model.buffers.get(buffer).map_or(usize::MAX, |buffer| buffer.tile);
        match self.tile_of_core {
            Some(tile) if !self.model.reaches(tile, of) => {
                Err(self.cursor.fault_at(at, "this memory is too far away"))
            }
            _ => Ok(()),
        }
    }

    fn load(&mut self, results: &Results) -> Result<(), Fault> {
        let memory = self.place()?;
        self.give(results, vec![Value::plain(memory.element().clone())])
    }

    fn store(&mut self) -> Result<(), Fault> {
        let at = self.cursor.at();
        let value = self.scope.take(&mut self.cursor)?;
        self.cursor.expect(",")?;
        let memory = self.place()?;
        if value.ty == *memory.element() {
            return Ok(());
        }
        Err(self.cursor.fault_at(at, format!("a {} into {memory}", value.ty)))
    }

    /// `func.call @name(%a, %b) : (memref<…>, i32) -> ()`
    fn call(&mut self) -> Result<(), Fault> {
        let at = self.cursor.at();
        let name = self.cursor.name('@', "a symbol")?.to_owned();
        self.cursor.expect("(")?;
        let place = self.cursor.at();
        let values = self.values(")")?;
        for value in &values {
            if let What::Buffer(buffer) = value.what {
                self.check_reach(place, buffer)?;
            }
        }
        self.cursor.expect(":")?;
        self.cursor.expect("(")?;
        let types = self.types_of(&values)?;
        self.cursor.expect(")")?;
        self.cursor.expect("->")?;
        self.cursor.expect("(")?;
        self.cursor.expect(")")?;
        self.model.uses(&name, at, Wanted::Function(types));
        Ok(())
    }
}
