//! A core's program as loops, numbers, locks and calls.
//!
//! Which of a port's buffers comes next is a number that loops carry from turn to turn (`iter_args`), so that it stays
//! in a register; it is looked up in a switch, which is the form that the compiler itself gives to queues.

use super::calls::{port, type_of_port};
use super::page::Page;
use super::{TextError, parts, tile_name};
use crate::design::Command;
use crate::design::graph::{Argument, Core, Kernel, Statement, Tile, Value};
use std::collections::BTreeSet;

/// How often the program goes round: more often than anybody waits.
const FOR_EVER: &str = "9223372036854775807";

/// The program of a tile's core, if it has one.
pub(super) fn core(page: &mut Page, tile: &Tile) -> Result<(), TextError> {
    let Some(core) = &tile.core else { return Ok(()) };
    let mut writer = Writer {
        tile,
        core,
        page: Page::at_depth(3),
        numbers: BTreeSet::new(),
        indices: BTreeSet::new(),
        command: None,
        turns: vec![None; core.ports.len()],
        held: vec![None; core.ports.len()],
        loops: Vec::new(),
    };
    for (turn, port) in writer.turns.iter_mut().zip(&core.ports) {
        *turn = (port.buffers.len() > 1).then(|| "%i0".to_owned());
    }
    writer.indices.insert(0);
    writer.indices.insert(1);
    writer.repeat("%for_ever", "%lasting", &core.program, false)?;
    let Writer { page: body, numbers, indices, .. } = writer;

    let at = tile.at;
    page.open(&format!("%core_{}_{} = aie.core({}) {{", at.column, at.row, tile_name(at)));
    for index in indices {
        page.line(&format!("%i{index} = arith.constant {index} : index"));
    }
    page.line(&format!("%for_ever = arith.constant {FOR_EVER} : index"));
    for number in numbers {
        page.line(&format!("%n{number} = arith.constant {} : i32", number.cast_signed()));
    }
    page.paste(&body);
    page.line("aie.end");
    page.close(&format!("}} {{stack_size = {} : i32}}", core.stack));
    Ok(())
}

/// Where one is in a program.
struct Writer<'t> {
    tile: &'t Tile,
    core: &'t Core,
    page: Page,
    /// Constants that are used.
    numbers: BTreeSet<u32>,
    indices: BTreeSet<usize>,
    /// Names of the command's words.
    command: Option<Vec<String>>,
    /// Of each port the name of the number of the next buffer, if there are several.
    turns: Vec<Option<String>>,
    /// Of each port the name of the buffer that is taken.
    held: Vec<Option<String>>,
    /// Of each loop how often it has gone round, the outermost first.
    loops: Vec<String>,
}

impl Writer<'_> {
    fn wrong(&self, what: &'static str) -> TextError {
        TextError::Program { at: self.tile.at, what }
    }

    fn body(&mut self, body: &[Statement]) -> Result<(), TextError> {
        for statement in body {
            self.statement(statement)?;
        }
        Ok(())
    }

    fn statement(&mut self, statement: &Statement) -> Result<(), TextError> {
        match statement {
            Statement::Acquire { lock, by } => self.use_lock(*lock, "AcquireGreaterEqual", *by),
            Statement::Release { lock, by } => self.use_lock(*lock, "Release", *by),
            Statement::ReadCommand => self.read_command(),
            Statement::Take(number) => self.take(*number),
            Statement::Give(number) => {
                let give = port(self.tile, self.core, *number)?.give;
                if self.held.get_mut(*number).and_then(Option::take).is_none() {
                    return Err(self.wrong("a buffer is given that is not held"));
                }
                self.use_lock(give, "Release", 1)
            }
            Statement::Repeat { count, body } => {
                let count = self.value(count)?;
                let to = self.page.name("count");
                self.page.line(&format!("{to} = arith.index_cast {count} : i32 to index"));
                self.repeat(&to, "%loop", body, true)
            }
            Statement::Call { kernel, arguments } => self.call(*kernel, arguments),
        }
    }

    fn use_lock(&mut self, lock: usize, action: &str, by: u8) -> Result<(), TextError> {
        let lock = parts::lock(self.tile, lock)?;
        self.page.line(&parts::use_lock(lock, action, by));
        Ok(())
    }

    fn read_command(&mut self) -> Result<(), TextError> {
        let buffer = parts::buffer(self.tile, self.core.command)?;
        let ty = parts::type_of(buffer)?;
        let mut names = Vec::new();
        for word in 0..Command::WORDS {
            self.indices.insert(word);
            let name = self.page.name("word");
            self.page.line(&format!("{name} = memref.load %{}[%i{word}] : {ty}", buffer.name));
            names.push(name);
        }
        self.command = Some(names);
        Ok(())
    }

    fn take(&mut self, number: usize) -> Result<(), TextError> {
        let port = port(self.tile, self.core, number)?;
        self.use_lock(port.take, "AcquireGreaterEqual", 1)?;
        let names: Result<Vec<_>, _> =
            port.buffers.iter().map(|index| parts::buffer(self.tile, *index)).collect();
        let names: Vec<String> = names?.into_iter().map(|buffer| format!("%{}", buffer.name)).collect();
        let ty = type_of_port(self.tile, port)?;
        let taken = match (names.split_last(), self.turns.get(number).cloned().flatten()) {
            (Some((last, others)), Some(turn)) => {
                let taken = self.page.name(&port.name);
                self.page.line(&format!("{taken} = scf.index_switch {turn} -> {ty}"));
                for (case, name) in others.iter().enumerate() {
                    self.arm(&format!("case {case}"), name, &ty);
                }
                self.arm("default", last, &ty);
                self.next_turn(number, &turn, names.len());
                taken
            }
            (Some((only, _)), None) => only.clone(),
            _ => return Err(self.wrong("a port has no buffers")),
        };
        match self.held.get_mut(number) {
            Some(held) if held.is_none() => *held = Some(taken),
            _ => return Err(self.wrong("a buffer is taken of a port that holds one")),
        }
        Ok(())
    }

    fn arm(&mut self, head: &str, name: &str, ty: &str) {
        self.page.open(&format!("{head} {{"));
        self.page.line(&format!("scf.yield {name} : {ty}"));
        self.page.close("}");
    }

    /// One more, and 0 behind the last.
    fn next_turn(&mut self, number: usize, turn: &str, of: usize) {
        self.indices.insert(of);
        let [more, is_last, next] = ["more", "last", "next"].map(|name| self.page.name(name));
        self.page.line(&format!("{more} = arith.addi {turn}, %i1 : index"));
        self.page.line(&format!("{is_last} = arith.cmpi eq, {more}, %i{of} : index"));
        self.page.line(&format!("{next} = arith.select {is_last}, %i0, {more} : index"));
        if let Some(turn) = self.turns.get_mut(number) {
            *turn = Some(next);
        }
    }

    /// A loop, which carries the turns of ports that are taken from in it. Whoever counts as a loop has a number.
    fn repeat(&mut self, to: &str, name: &str, body: &[Statement], counts: bool) -> Result<(), TextError> {
        let index = self.page.name(name.trim_start_matches('%'));
        let carried: Vec<usize> = (0..self.turns.len())
            .filter(|number| self.turns.get(*number).is_some_and(Option::is_some) && takes(body, *number))
            .collect();
        let before: Vec<String> =
            carried.iter().filter_map(|number| self.turns.get(*number)?.clone()).collect();
        let held = self.held.clone();
        let mut head = format!("scf.for {index} = %i0 to {to} step %i1");
        let mut result = String::new();
        if !carried.is_empty() {
            let inside: Vec<String> = carried.iter().map(|_| self.page.name("carried")).collect();
            let pairs: Vec<String> = inside.iter().zip(&before).map(|(a, b)| format!("{a} = {b}")).collect();
            result = self.page.name("turns");
            let several = if carried.len() > 1 { format!(":{}", carried.len()) } else { String::new() };
            head = format!(
                "{result}{several} = {head} iter_args({}) -> ({})",
                pairs.join(", "),
                vec!["index"; carried.len()].join(", ")
            );
            self.set_turns(&carried, inside);
        }
        self.page.open(&format!("{head} {{"));
        if counts {
            let turn = self.page.name("turn");
            if asks_turn(body, self.loops.len()) {
                self.page.line(&format!("{turn} = arith.index_cast {index} : index to i32"));
            }
            self.loops.push(turn);
        }
        self.body(body)?;
        if counts {
            self.loops.pop();
        }
        if self.held != held {
            return Err(self.wrong("a loop does not give back what it takes"));
        }
        if !carried.is_empty() {
            let after: Vec<String> =
                carried.iter().filter_map(|number| self.turns.get(*number)?.clone()).collect();
            let types = vec!["index"; carried.len()].join(", ");
            self.page.line(&format!("scf.yield {} : {types}", after.join(", ")));
            let results = match carried.len() {
                1 => vec![result],
                several => (0..several).map(|i| format!("{result}#{i}")).collect(),
            };
            self.set_turns(&carried, results);
        }
        self.page.close("}");
        if reads_command(body) {
            // What was read in there has no name out here.
            self.command = None;
        }
        Ok(())
    }

    fn set_turns(&mut self, of: &[usize], names: Vec<String>) {
        for (number, name) in of.iter().zip(names) {
            if let Some(turn) = self.turns.get_mut(*number) {
                *turn = Some(name);
            }
        }
    }

    fn call(&mut self, kernel: Kernel, arguments: &[Argument]) -> Result<(), TextError> {
        let (mut names, mut types) = (Vec::new(), Vec::new());
        for argument in arguments {
            let (name, ty) = match argument {
                Argument::Value(value) => (self.value(value)?, "i32".to_owned()),
                Argument::Buffer(index) => {
                    let buffer = parts::buffer(self.tile, *index)?;
                    (format!("%{}", buffer.name), parts::type_of(buffer)?)
                }
                Argument::Held(number) => {
                    let ty = type_of_port(self.tile, port(self.tile, self.core, *number)?)?;
                    let held = self.held.get(*number).cloned().flatten();
                    (held.ok_or_else(|| self.wrong("a buffer is used that is not held"))?, ty)
                }
            };
            names.push(name);
            types.push(ty);
        }
        let (names, types) = (names.join(", "), types.join(", "));
        self.page.line(&format!("func.call @{}({names}) : ({types}) -> ()", kernel.name()));
        Ok(())
    }

    /// The name of a number of 32 bits.
    fn value(&mut self, value: &Value) -> Result<String, TextError> {
        Ok(match value {
            Value::Constant(number) => self.number(*number),
            Value::Command(word) => {
                let name = self.command.as_ref().and_then(|names| names.get(usize::from(*word)));
                let what = "a word of the command is used that is not read";
                name.cloned().ok_or_else(|| self.wrong(what))?
            }
            Value::Turn(number) => {
                let name = self.loops.get(usize::from(*number));
                name.cloned().ok_or_else(|| self.wrong("there is no loop of that number"))?
            }
            Value::And(value, mask) => {
                let (value, mask) = (self.value(value)?, self.number(*mask));
                self.define("bits", &format!("arith.andi {value}, {mask} : i32"))
            }
            Value::Equal(..) => {
                let truth = self.truth(value)?;
                self.define("flag", &format!("arith.extui {truth} : i1 to i32"))
            }
            Value::Choose(condition, first, second) => {
                let truth = self.truth(condition)?;
                let (first, second) = (self.value(first)?, self.value(second)?);
                self.define("chosen", &format!("arith.select {truth}, {first}, {second} : i32"))
            }
        })
    }

    /// The name of whether a value is not 0.
    fn truth(&mut self, value: &Value) -> Result<String, TextError> {
        let (predicate, first, second) = match value {
            Value::Equal(first, second) => ("eq", self.value(first)?, self.value(second)?),
            other => ("ne", self.value(other)?, self.number(0)),
        };
        Ok(self.define("is", &format!("arith.cmpi {predicate}, {first}, {second} : i32")))
    }

    fn number(&mut self, number: u32) -> String {
        self.numbers.insert(number);
        format!("%n{number}")
    }

    fn define(&mut self, name: &str, as_what: &str) -> String {
        let name = self.page.name(name);
        self.page.line(&format!("{name} = {as_what}"));
        name
    }
}

/// Whether something is taken of a port.
fn takes(body: &[Statement], number: usize) -> bool {
    body.iter().any(|statement| match statement {
        Statement::Take(port) => *port == number,
        Statement::Repeat { body, .. } => takes(body, number),
        _ => false,
    })
}

fn reads_command(body: &[Statement]) -> bool {
    body.iter().any(|statement| match statement {
        Statement::ReadCommand => true,
        Statement::Repeat { body, .. } => reads_command(body),
        _ => false,
    })
}

/// Whether it matters how often the loop of this number has gone round.
fn asks_turn(body: &[Statement], number: usize) -> bool {
    fn asks(value: &Value, number: usize) -> bool {
        match value {
            Value::Constant(_) | Value::Command(_) => false,
            Value::Turn(turn) => usize::from(*turn) == number,
            Value::And(value, _) => asks(value, number),
            Value::Equal(first, second) => asks(first, number) || asks(second, number),
            Value::Choose(condition, first, second) => {
                [condition, first, second].iter().any(|value| asks(value, number))
            }
        }
    }
    body.iter().any(|statement| match statement {
        Statement::Repeat { count, body } => asks(count, number) || asks_turn(body, number),
        Statement::Call { arguments, .. } => {
            arguments.iter().any(|argument| matches!(argument, Argument::Value(value) if asks(value, number)))
        }
        _ => false,
    })
}
