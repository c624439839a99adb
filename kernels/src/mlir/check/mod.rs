//! A strict reader of the designs' text: what it takes, the compiler's own reader should take too.
//!
//! It knows the operations that designs with explicit buffers, locks and descriptors are made of, and those of object
//! queues, as mlir-aie 1.3.4 writes them (`AIEOps.td`, `AIEX.td`, `AIEDialect.cpp` and the tests there say what they
//! are), and of MLIR's dialects `arith`, `scf`, `cf`, `memref` and `func` what cores need. Beyond the grammar it holds
//! the text against the hardware: names are defined before they are used and have the types that are written behind
//! them, tiles, locks, channels and descriptors exist and are used once, memories do not overlap, transfers stay in
//! them, chains of descriptors close, streams lead from channels to channels.

mod arithmetic;
mod attributes;
mod body;
mod cursor;
mod device;
mod dma;
mod fifo;
mod model;
mod routing;
mod scope;
mod sequence;
#[cfg(test)]
mod tests;
mod types;
mod whole;

use crate::txn::Channel;
use cursor::Cursor;
use model::Model;
use scope::{Scope, Value};
use sequence::Task;
use std::fmt;
use types::Type;

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {what}")]
pub struct Fault {
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
    /// What is wrong.
    pub what: String,
}

/// What a text has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Devices.
    pub devices: usize,
    /// Tiles.
    pub tiles: usize,
    /// Buffers with names of their own.
    pub buffers: usize,
    /// Locks.
    pub locks: usize,
    /// Streams, one per end.
    pub flows: usize,
    /// Buffer descriptors, those of launches included.
    pub descriptors: usize,
    /// Cores with a program.
    pub cores: usize,
    /// Everything.
    pub operations: usize,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} tiles, {} cores, {} buffers, {} locks, {} streams, {} descriptors, {} operations",
            self.tiles, self.cores, self.buffers, self.locks, self.flows, self.descriptors, self.operations
        )
    }
}

/// Reads a module.
///
/// # Errors
/// The first [`Fault`].
pub fn check(text: &str) -> Result<Summary, Fault> {
    let mut checker = Checker {
        cursor: Cursor::new(text),
        scope: Scope::default(),
        model: Model::default(),
        summary: Summary::default(),
        given: false,
        depth: 0,
        tile_of_core: None,
        tasks: Vec::new(),
        task_runs: 1,
        task_ends: Vec::new(),
    };
    checker.module()?;
    Ok(checker.summary)
}

/// A name in front of an operation, how many values it is for, and where it stands.
type Results = Option<(String, usize, usize)>;

/// Where a text is read, and what is known of it so far.
struct Checker<'t> {
    cursor: Cursor<'t>,
    scope: Scope,
    model: Model,
    summary: Summary,
    /// Whether the operation gave something back.
    given: bool,
    depth: usize,
    /// Of the core whose program is being read.
    tile_of_core: Option<usize>,
    /// Of the launch that is being read.
    tasks: Vec<Task>,
    /// How often the descriptor that was read last does its dimensions.
    task_runs: u64,
    /// Channels that launches use, and where the launches are.
    task_ends: Vec<((usize, Channel), usize)>,
}

impl Checker<'_> {
    fn module(&mut self) -> Result<(), Fault> {
        self.cursor.expect_word("module")?;
        if self.cursor.sees("@") {
            self.cursor.name('@', "a symbol")?;
        }
        self.cursor.expect("{")?;
        while !self.cursor.eat("}") {
            self.cursor.expect_word("aie.device")?;
            self.device()?;
            self.summary.devices += 1;
        }
        if self.cursor.is_at_end() {
            return Ok(());
        }
        Err(self.cursor.fault(format!("{} behind the module's end", self.cursor.shown())))
    }

    /// `%name = ` or `%name:2 = `, if it is there.
    fn results(&mut self) -> Result<Results, Fault> {
        self.given = false;
        if !self.cursor.sees("%") {
            return Ok(None);
        }
        let at = self.cursor.at();
        let name = self.cursor.name('%', "a value")?.to_owned();
        let mut count = 1;
        if self.cursor.eat(":") {
            let number = self.cursor.number()?;
            let most = 1 << 10;
            let number = usize::try_from(number).ok().filter(|number| (1..most).contains(number));
            count = number.ok_or_else(|| self.cursor.fault_at(at, "so many values are not given back"))?;
        }
        self.cursor.expect("=")?;
        Ok(Some((name, count, at)))
    }

    /// Gives an operation's values the name in front of it.
    fn give(&mut self, results: &Results, values: Vec<Value>) -> Result<(), Fault> {
        let Some((name, count, at)) = results else { return Ok(()) };
        if *count != values.len() {
            let what = format!("{} values are given back, and not {count}", values.len());
            return Err(self.cursor.fault_at(*at, what));
        }
        self.given = true;
        self.scope.define(&self.cursor, *at, name, values)
    }

    fn give_all(&mut self, results: &Results, types: Vec<Type>) -> Result<(), Fault> {
        self.give(results, types.into_iter().map(Value::plain).collect())
    }
}
