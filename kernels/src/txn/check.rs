//! Traffic against the limits of the hardware (AMD AM020, AM025; that a full queue drops tasks without a word is
//! mlir-aie's test `dma_queue_overflow`).

use super::descriptor::RangeError;
use super::dialect::{Dialect, FAR, FarArguments, NEAR};
use super::register::{Channel, TileKind};
use super::traffic::{Done, Step, Traffic, Transfer, Wait, Write};
use std::collections::{BTreeMap, VecDeque};

/// Tasks that a channel holds, the running one among them.
const QUEUE: usize = 4;
/// Runs of one task.
const RUNS: u32 = 256;
/// Runs of one task that each begin further on.
const STRIDED_RUNS: u32 = 64;
/// Bytes of a tile's addresses.
const TILE: u64 = 1 << 20;

/// Traffic that the hardware could not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("step {step}, column {column}: {limit}")]
pub struct TrafficError {
    /// Which step, from 0; the number of steps for what is missing at the end.
    pub step: usize,
    /// In which column; its shim, but for a [`Write`].
    pub column: u8,
    /// What does not fit.
    pub limit: Limit,
}

/// A limit of a shim, or of what can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    /// No such column.
    #[error("the design has {0} columns")]
    Columns(u8),
    /// The device is too narrow.
    #[error("the device has {all} columns, and the design {wanted}")]
    Device {
        /// How many there are.
        all: u8,
        /// How many the design has.
        wanted: u8,
    },
    /// No such channel.
    #[error("there is no channel {0}: 2 each way")]
    Channel(Channel),
    /// No such descriptor.
    #[error("there is no BD {0}: 16 of them")]
    Descriptor(u8),
    /// A size or stride that its field does not hold.
    #[error("BD {number}: {range}")]
    Field {
        /// Which descriptor.
        number: u8,
        /// Which field.
        range: RangeError,
    },
    /// Nothing to move.
    #[error("a transfer of no words, or of no runs")]
    Empty,
    /// Nothing to write.
    #[error("a write of no words")]
    Nothing,
    /// No such row.
    #[error("there is no row {0} in the device")]
    Row(u8),
    /// No place for words.
    #[error("no words can be written to {0:#x}: a tile has addresses of 20 bits, in words of 4 bytes")]
    Address(u32),
    /// A dimension that stays where it is.
    #[error("a stride of 0 inside a run: a step is 1 word at least")]
    Still,
    /// Too many runs.
    #[error("{runs} runs of one task: {most} are the most")]
    Runs {
        /// How many.
        runs: u32,
        /// How many there may be.
        most: u32,
    },
    /// No such argument.
    #[error("there is no argument {0}")]
    Argument(u8),
    /// An argument that the firmware does not translate.
    #[error("argument {0}: the firmware translates 5, 0 to 4")]
    Far(u8),
    /// Memory behind the end of a buffer.
    #[error("words up to {end} of argument {argument}, which has {words}")]
    Outside {
        /// Which argument.
        argument: u8,
        /// The word behind the last.
        end: u64,
        /// How many there are.
        words: u32,
    },
    /// Further in than an instruction can say.
    #[error("{0} bytes into a buffer: an offset has 32 bits, and 31 where the argument is marked")]
    Offset(u64),
    /// A full queue.
    #[error("{0} has 4 tasks, and a fifth would be dropped without a word")]
    Queue(Channel),
    /// A descriptor whose task may still run.
    #[error("BD {0} is in use")]
    Busy(u8),
    /// Nobody gives what is waited for.
    #[error("nothing on {0} gives the token that is waited for")]
    NoToken(Channel),
    /// More done than was started.
    #[error("{tasks} tasks of {channel} cannot be done: fewer were started")]
    NotStarted {
        /// Of which channel.
        channel: Channel,
        /// How many.
        tasks: u8,
    },
    /// A token that would be taken for another stream's.
    #[error("a token of {0} is never taken")]
    Untaken(Channel),
}

/// A channel's tasks that are not known to be done.
#[derive(Default)]
struct Tasks {
    /// Descriptor, and whether a token is given.
    open: VecDeque<(u8, bool)>,
    /// Tokens of tasks that are known to be done, not taken yet.
    ready: usize,
}

impl Traffic {
    /// Whether the hardware can do it: fields, queues, descriptors, tokens, and the ends of buffers.
    ///
    /// # Errors
    /// [`TrafficError`] with the first step that cannot be done, its tile, and the limit.
    pub fn check(&self, dialect: &Dialect) -> Result<(), TrafficError> {
        let (all, wanted) = (self.device.all_columns(), self.device.columns);
        if !(1..=all).contains(&wanted) {
            return Err(TrafficError { step: 0, column: 0, limit: Limit::Device { all, wanted } });
        }
        let mut channels: BTreeMap<(u8, Channel), Tasks> = BTreeMap::new();
        for (step, what) in self.steps.iter().enumerate() {
            let (column, result) = match what {
                Step::Write(w) => (w.column, self.write(w)),
                Step::Transfer(t) => (t.column, self.start(dialect, t, &mut channels)),
                Step::Wait(wait) => (wait.column, self.wait(wait, &mut channels)),
            };
            result.map_err(|limit| TrafficError { step, column, limit })?;
        }
        let untaken = channels.iter().find(|(_, t)| t.ready > 0 || t.open.iter().any(|(_, token)| *token));
        match untaken {
            Some((&(column, channel), _)) => {
                Err(TrafficError { step: self.steps.len(), column, limit: Limit::Untaken(channel) })
            }
            None => Ok(()),
        }
    }

    fn tile(&self, column: u8, channel: Channel) -> Result<(), Limit> {
        if column >= self.device.columns {
            return Err(Limit::Columns(self.device.columns));
        }
        if channel.number < TileKind::Shim.channels() { Ok(()) } else { Err(Limit::Channel(channel)) }
    }

    fn write(&self, w: &Write) -> Result<(), Limit> {
        if w.column >= self.device.columns {
            return Err(Limit::Columns(self.device.columns));
        }
        if w.row >= self.device.rows {
            return Err(Limit::Row(w.row));
        }
        if w.words.is_empty() {
            return Err(Limit::Nothing);
        }
        let end = u64::from(w.offset) + 4 * w.words.len() as u64;
        let fits = w.offset.is_multiple_of(4) && end <= TILE;
        if fits { Ok(()) } else { Err(Limit::Address(w.offset)) }
    }

    fn start(
        &self,
        dialect: &Dialect,
        t: &Transfer,
        channels: &mut BTreeMap<(u8, Channel), Tasks>,
    ) -> Result<(), Limit> {
        self.tile(t.column, t.channel)?;
        if t.descriptor >= TileKind::Shim.descriptors() {
            return Err(Limit::Descriptor(t.descriptor));
        }
        pattern(t)?;
        dialect.descriptor(t).map_err(|range| Limit::Field { number: t.descriptor, range })?;
        self.place(dialect, t)?;
        let mut here = channels.iter().filter(|((column, _), _)| *column == t.column);
        if here.any(|(_, tasks)| tasks.open.iter().any(|(number, _)| *number == t.descriptor)) {
            return Err(Limit::Busy(t.descriptor));
        }
        let tasks = channels.entry((t.column, t.channel)).or_default();
        if tasks.open.len() == QUEUE {
            return Err(Limit::Queue(t.channel));
        }
        tasks.open.push_back((t.descriptor, t.token));
        Ok(())
    }

    /// Whether the words are inside the argument, and can be reached.
    fn place(&self, dialect: &Dialect, t: &Transfer) -> Result<(), Limit> {
        let argument = t.argument;
        let words = *self.arguments.get(usize::from(argument)).ok_or(Limit::Argument(argument))?;
        let far = argument >= NEAR;
        if far && dialect.far == FarArguments::Refused {
            return Err(Limit::Far(argument));
        }
        let end = u64::from(t.offset).saturating_add(t.pattern.end());
        if end > words.into() {
            return Err(Limit::Outside { argument, end, words });
        }
        let bytes = u64::from(t.offset) * 4;
        let marked = far && dialect.far == FarArguments::Marked;
        if bytes < if marked { FAR } else { 1 << 32 } { Ok(()) } else { Err(Limit::Offset(bytes)) }
    }

    fn wait(&self, wait: &Wait, channels: &mut BTreeMap<(u8, Channel), Tasks>) -> Result<(), Limit> {
        self.tile(wait.column, wait.channel)?;
        channels.entry((wait.column, wait.channel)).or_default().take(wait.channel)?;
        for done in &wait.proves {
            self.tile(done.column, done.channel)?;
            channels.entry((done.column, done.channel)).or_default().done(done)?;
        }
        Ok(())
    }
}

impl Tasks {
    /// Takes the next token; its task is done, and those before it.
    fn take(&mut self, channel: Channel) -> Result<(), Limit> {
        if self.ready > 0 {
            self.ready -= 1;
            return Ok(());
        }
        let giver = self.open.iter().position(|(_, token)| *token).ok_or(Limit::NoToken(channel))?;
        self.open.drain(..=giver);
        Ok(())
    }

    fn done(&mut self, done: &Done) -> Result<(), Limit> {
        let tasks = usize::from(done.tasks);
        if tasks > self.open.len() {
            return Err(Limit::NotStarted { channel: done.channel, tasks: done.tasks });
        }
        self.ready += self.open.drain(..tasks).filter(|(_, token)| *token).count();
        Ok(())
    }
}

fn pattern(t: &Transfer) -> Result<(), Limit> {
    let Transfer { pattern, .. } = t;
    let (dims, runs) = (&pattern.dims, pattern.runs);
    if runs.size == 0 || dims.iter().any(|dim| dim.size == 0) {
        return Err(Limit::Empty);
    }
    if dims.iter().any(|dim| dim.size > 1 && dim.stride == 0) {
        return Err(Limit::Still);
    }
    let most = if runs.stride == 0 { RUNS } else { STRIDED_RUNS };
    if runs.size > most { Err(Limit::Runs { runs: runs.size, most }) } else { Ok(()) }
}
