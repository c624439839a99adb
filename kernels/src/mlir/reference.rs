//! A launch that is there to be compared: a small product, in which everything is that launches are made of. Commands,
//! single words, transfers in a row, with strides and with runs, of the same words and of others, tokens and waits.

use crate::design::{Command, Tiles, control};
use crate::txn::{
    Channel, Device, Dim, Direction, Done, Pattern, Step, TileKind, Traffic, Transfer, Wait, Write,
};

/// Words of a tile of values, and rows of cores.
const TOKEN: u32 = 2048;
const ROWS: u32 = 4;
/// Rows of tiles of each core, and tiles that are summed up.
const DOWN: u32 = 2;
const DEPTH: u32 = 2;
/// The kernel's buffers.
const WEIGHTS: u8 = 0;
const INPUT: u8 = 1;
const OUTPUT: u8 = 2;

const ONCE: Dim = Dim { size: 1, stride: 0 };

/// The launch for a device's resident design: out\[512, 64 × columns\] = in\[512, 128\] · weights + bias.
pub fn reference(device: Device) -> Traffic {
    let tiles = Tiles::new(&device);
    let columns = u32::from(device.columns);
    let command = Command { rows: DOWN, outs: 1, ab: DEPTH, b: 1, ..Command::default() };
    let control = control(&device);
    let go = TileKind::Core.lock(control.go);
    let mut steps = Vec::new();
    for (offset, words) in [(control.command, command.words().to_vec()), (go, vec![1])] {
        let write = |at: crate::design::graph::At| Write {
            column: at.column,
            row: at.row,
            offset,
            words: words.clone(),
        };
        steps.extend(tiles.cores().map(write).map(Step::Write));
    }
    for column in 0..device.columns {
        // Objects of a row of objects lie one behind the other.
        let out = Pattern {
            runs: Dim { size: DOWN, stride: columns * ROWS * TOKEN },
            ..Pattern::row(ROWS * TOKEN)
        };
        steps.push(transfer(column, to_memory(0), OUTPUT, u32::from(column) * ROWS * TOKEN, out));
        let tokens = (DEPTH + 1) * TOKEN;
        let weights = Pattern { runs: Dim { size: DOWN, stride: 0 }, ..in_a_row(tokens) };
        steps.push(transfer(column, from_memory(1), WEIGHTS, u32::from(column) * tokens, weights));
        if let Some(first) = tiles.first_row_fed(column) {
            let fed = u32::from(tiles.rows_fed()) * TOKEN;
            let all = Dim { size: DEPTH, stride: ROWS * TOKEN };
            let dims = [Dim { size: 512, stride: 1 }, Dim { size: fed / 512, stride: 512 }, all];
            let runs = Dim { size: DOWN, stride: DEPTH * ROWS * TOKEN };
            let a = Pattern { dims, runs };
            steps.push(transfer(column, from_memory(0), INPUT, u32::from(first) * TOKEN, a));
        }
    }
    for column in 0..device.columns {
        let done = |channel| Done { column, channel, tasks: 1 };
        let mut proves = vec![done(from_memory(1))];
        if tiles.first_row_fed(column).is_some() {
            proves.push(done(from_memory(0)));
        }
        steps.push(Step::Wait(Wait { column, channel: to_memory(0), proves }));
    }
    let words = |tokens: u32| tokens * TOKEN;
    let arguments =
        vec![words((DEPTH + 1) * columns), words(DOWN * DEPTH * ROWS), words(DOWN * ROWS * columns), 1, 1];
    Traffic { device, arguments, steps }
}

/// Words one after the other, more than a dimension counts.
fn in_a_row(words: u32) -> Pattern {
    Pattern { dims: [Dim { size: 512, stride: 1 }, Dim { size: words / 512, stride: 512 }, ONCE], runs: ONCE }
}

const fn to_memory(number: u8) -> Channel {
    Channel { direction: Direction::ToMemory, number }
}

const fn from_memory(number: u8) -> Channel {
    Channel { direction: Direction::FromMemory, number }
}

fn transfer(column: u8, channel: Channel, argument: u8, offset: u32, pattern: Pattern) -> Step {
    let token = channel.direction == Direction::ToMemory;
    let descriptor = argument * 4;
    Step::Transfer(Transfer { column, channel, descriptor, argument, offset, pattern, token })
}
