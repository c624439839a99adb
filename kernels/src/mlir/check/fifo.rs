//! Queues that a compiler makes buffers, locks and descriptors of: `aie.objectfifo`. Ours has none; published designs do.

use super::attributes::Attributes;
use super::model::{Symbol, Wanted};
use super::scope::Value;
use super::types::{Memory, Type};
use super::{Checker, Fault, Results};

impl Checker<'_> {
    /// `aie.objectfifo @name(%from dims, {%to dims, …}, 2 : i32) : !aie.objectfifo<memref<…>>`
    pub(super) fn fifo(&mut self) -> Result<(), Fault> {
        let at = self.cursor.at();
        let name = self.cursor.name('@', "a symbol")?.to_owned();
        self.cursor.expect("(")?;
        self.take_tile()?;
        self.order(["dimensionsToStream", "toStream"])?;
        self.cursor.expect(",")?;
        self.cursor.expect("{")?;
        let mut consumers = 0;
        while !self.cursor.eat("}") {
            if consumers > 0 {
                self.cursor.expect(",")?;
            }
            self.take_tile()?;
            self.order(["dimensionsFromStream", "fromStream"])?;
            consumers += 1;
        }
        self.cursor.expect(",")?;
        if self.cursor.eat("[") {
            while !self.cursor.eat("]") {
                self.cursor.number()?;
                self.cursor.eat(",");
            }
        } else {
            self.cursor.number()?;
            self.cursor.expect(":")?;
            self.cursor.expect_word("i32")?;
        }
        self.cursor.expect(")")?;
        let mut attributes = Attributes::parse(&mut self.cursor)?;
        for known in
            ["via_DMA", "plio", "disable_synchronization", "repeat_count", "via_shared_mem", "iter_count"]
        {
            attributes.take(known);
        }
        attributes.end(&self.cursor)?;
        self.cursor.expect(":")?;
        match Type::parse(&mut self.cursor)? {
            Type::Fifo(memory) if consumers > 0 => {
                self.model.declare(&self.cursor, at, &name, Symbol::Fifo(memory))
            }
            _ => Err(self.cursor.fault_at(at, "this is no queue, or nobody takes from it")),
        }
    }

    fn order(&mut self, words: [&str; 2]) -> Result<(), Fault> {
        if words.iter().any(|word| self.cursor.eat_word(word)) {
            self.dims()?;
        }
        Ok(())
    }

    /// `[@a, @b] -> [@c]([0, 512] [])`
    pub(super) fn fifo_link(&mut self) -> Result<(), Fault> {
        self.fifo_names()?;
        self.cursor.expect("->")?;
        self.fifo_names()?;
        self.cursor.expect("(")?;
        while self.cursor.eat("[") {
            while !self.cursor.eat("]") {
                self.cursor.number()?;
                self.cursor.eat(",");
            }
        }
        self.cursor.expect(")")?;
        Attributes::parse(&mut self.cursor)?.end(&self.cursor)
    }

    fn fifo_names(&mut self) -> Result<(), Fault> {
        self.cursor.expect("[")?;
        let mut names = 0;
        while !self.cursor.eat("]") {
            if names > 0 {
                self.cursor.expect(",")?;
            }
            let at = self.cursor.at();
            let name = self.cursor.name('@', "a symbol")?;
            self.model.uses(name, at, Wanted::AnyFifo);
            names += 1;
        }
        Ok(())
    }

    /// `@name(Produce, 1)`: where the name is, and how many.
    fn end_of_fifo(&mut self) -> Result<(String, usize), Fault> {
        let at = self.cursor.at();
        let name = self.cursor.name('@', "a symbol")?.to_owned();
        self.cursor.expect("(")?;
        let place = self.cursor.at();
        let end = self.cursor.word()?;
        self.cursor.expect(",")?;
        let count = self.cursor.number()?;
        self.cursor.expect(")")?;
        if !["Produce", "Consume"].contains(&end) || count < 1 {
            return Err(self.cursor.fault_at(place, "a queue is filled or emptied, by one object or more"));
        }
        Ok((name, at))
    }

    /// Gives a view, or the object itself.
    pub(super) fn acquire(&mut self, results: &Results) -> Result<(), Fault> {
        let (name, at) = self.end_of_fifo()?;
        self.cursor.expect(":")?;
        let ty = Type::parse(&mut self.cursor)?;
        match &ty {
            Type::View(memory) | Type::Memory(memory) => {
                self.model.uses(&name, at, Wanted::Fifo(memory.clone()));
            }
            _ => return Err(self.cursor.fault_at(at, format!("no queue gives {ty}"))),
        }
        self.give(results, vec![Value::plain(ty)])
    }

    pub(super) fn access(&mut self, results: &Results) -> Result<(), Fault> {
        let at = self.cursor.at();
        let view = self.scope.take(&mut self.cursor)?;
        self.cursor.expect("[")?;
        self.cursor.number()?;
        self.cursor.expect("]")?;
        self.cursor.expect(":")?;
        self.types_of(std::slice::from_ref(&view))?;
        self.cursor.expect("->")?;
        let memory = Memory::parse(&mut self.cursor)?;
        if view.ty != Type::View(memory.clone()) {
            return Err(self.cursor.fault_at(at, format!("{memory} is not seen by {}", view.ty)));
        }
        self.give(results, vec![Value::plain(Type::Memory(memory))])
    }

    pub(super) fn release(&mut self) -> Result<(), Fault> {
        let (name, at) = self.end_of_fifo()?;
        self.model.uses(&name, at, Wanted::AnyFifo);
        Ok(())
    }
}
