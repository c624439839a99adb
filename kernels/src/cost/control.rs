//! What the controller has to do for an operation, counted from a launch's steps.

use crate::constants::Constants;
use crate::design::encoder::Launch;
use crate::design::{ROWS, TOKEN, Tiles};
use crate::txn::{Channel, Direction, Step, Transfer};
use std::collections::HashMap;

/// Instructions of the controller, by what they cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Orders {
    /// Registers that are written.
    pub writes: u32,
    /// Commands of eight words that are written.
    pub commands: u32,
    /// Tasks for a channel that has none.
    pub idle: u32,
    /// Tasks for a channel that has others.
    pub queued: u32,
    /// Looks for tokens.
    pub waits: u32,
}

impl Orders {
    /// Seconds of the controller, if it never has to wait.
    pub fn seconds(&self, constants: &Constants) -> f64 {
        let cost = |count: u32, known: f64| f64::from(count) * known;
        // A task's descriptor and its token are written while the channel before it is being started.
        let task = constants.write_block.value + constants.write_masked.value + 2.0 * constants.write.value;
        let cycles = cost(self.writes, constants.write.value)
            + cost(self.commands, constants.write_block.value)
            + cost(self.idle, constants.start_idle.value.max(task))
            + cost(self.queued, constants.start_queued.value.max(task))
            + cost(self.waits, constants.write.value);
        cycles / constants.control.value
    }
}

/// What the controller does for an operation, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Control {
    /// Before it waits for the first time: nothing of the operation begins without it.
    pub first: Orders,
    /// While the array is at work.
    pub later: Orders,
    /// Whether A and B were under way before the operation began.
    pub is_early: bool,
}

/// Channels of a shim that bring A and B.
const INPUTS: [Channel; 2] = [
    Channel { direction: Direction::FromMemory, number: 0 },
    Channel { direction: Direction::FromMemory, number: 1 },
];

/// The tasks of the channels.
#[derive(Default)]
struct Tasks {
    /// Which were started and are not known to be done.
    running: HashMap<(u8, Channel), u32>,
    /// Steps that started tasks of A and of B, with the words of all before on that channel.
    sent: HashMap<(u8, Channel), Vec<(u64, usize)>>,
    words: HashMap<(u8, Channel), u64>,
}

impl Tasks {
    /// Whether the channel had none.
    fn start(&mut self, step: usize, transfer: &Transfer) -> bool {
        let key = (transfer.column, transfer.channel);
        let running = self.running.entry(key).or_default();
        *running += 1;
        let is_idle = *running == 1;
        let words = self.words.entry(key).or_default();
        self.sent.entry(key).or_default().push((*words, step));
        *words += transfer.pattern.words() * u64::from(transfer.pattern.runs.size);
        is_idle
    }

    fn done(&mut self, column: u8, channel: Channel, tasks: u32) {
        let running = self.running.entry((column, channel)).or_default();
        *running = running.saturating_sub(tasks);
    }

    /// The step that starts what is behind so many words of a channel.
    fn step_at(&self, column: u8, channel: Channel, words: u64) -> Option<usize> {
        let sent = self.sent.get(&(column, channel))?;
        sent.iter().rev().find(|(before, _)| *before <= words).map(|(_, step)| *step)
    }
}

/// What the controller does for each operation of a launch.
pub fn of(launch: &Launch) -> Vec<Control> {
    let mut tasks = Tasks::default();
    let mut all = Vec::new();
    for operation in &launch.operations {
        let mut control = Control::default();
        for step in operation.steps.clone() {
            let orders = if control.first.waits == 0 { &mut control.first } else { &mut control.later };
            match &launch.traffic.steps[step] {
                Step::Write(write) if write.words.len() > 1 => orders.commands += 1,
                Step::Write(_) => orders.writes += 1,
                Step::Transfer(transfer) if tasks.start(step, transfer) => orders.idle += 1,
                Step::Transfer(_) => orders.queued += 1,
                Step::Wait(wait) => {
                    tasks.done(wait.column, wait.channel, 1);
                    for done in &wait.proves {
                        tasks.done(done.column, done.channel, done.tasks.into());
                    }
                    orders.waits += 1;
                }
            }
        }
        all.push(control);
    }
    // Which words of a channel are whose is known from what cores take.
    let tiles = Tiles::new(&launch.traffic.device);
    let (mut a, mut b) = (0, 0);
    for (operation, control) in launch.operations.iter().zip(&mut all) {
        let starts = (0..tiles.columns).flat_map(|column| {
            let of_a = tiles.first_row_fed(column).map(|_| tasks.step_at(column, INPUTS[0], a));
            [of_a.flatten(), tasks.step_at(column, INPUTS[1], b)]
        });
        control.is_early = starts.flatten().all(|step| step < operation.steps.start);
        a += operation.command.tiles_of_a() * u64::from(TOKEN) * u64::from(tiles.rows_fed());
        b += operation.command.tiles_of_b() * u64::from(TOKEN);
    }
    all
}

/// Bytes that the tasks of a launch move from and to memory.
pub fn bytes(launch: &Launch) -> [u64; 2] {
    let mut bytes = [0; 2];
    for step in &launch.traffic.steps {
        if let Step::Transfer(transfer) = step {
            let words = transfer.pattern.words() * u64::from(transfer.pattern.runs.size);
            bytes[usize::from(transfer.channel.direction == Direction::ToMemory)] += 4 * words;
        }
    }
    bytes
}

/// The same from what cores are told.
pub fn bytes_of_commands(launch: &Launch) -> [u64; 2] {
    let columns = u64::from(launch.traffic.device.columns);
    let tile = 4 * u64::from(TOKEN);
    let rows = u64::from(ROWS);
    let commands = || launch.operations.iter().map(|operation| &operation.command);
    let read: u64 = commands().map(|c| rows * c.tiles_of_a() + columns * c.tiles_of_b()).sum();
    let written: u64 = commands().map(|c| columns * rows * c.tiles_out()).sum();
    [read * tile, written * tile]
}
