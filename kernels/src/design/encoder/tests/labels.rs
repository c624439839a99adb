//! Every published encoder on every device with labels in the place of values: each tile that comes out is named after
//! all that went into it in its order, and has the name that the encoder's formulas give it.

use super::array::{Array, Cores, HALF, Input, Tile};
use crate::design::encoder::pieces::Recipe;
use crate::design::encoder::{PROFILES, Program};
use crate::design::{Command, mode};
use crate::op::Buffer;
use crate::plan::Shape;
use crate::txn::{Device, Dialect, Direction, Step, decode, encode};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

fn label(of: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// Halves of a tile with this name.
fn halves(of: u64) -> Tile<u64> {
    [label((of, 0)), label((of, 1))]
}

/// What a product's tile is made of: kind of the operation, rows' statistics, tiles of both matrices, parameters,
/// what is added.
type Parts<'a> = (u32, Option<u64>, Vec<(Tile<u64>, Tile<u64>)>, Vec<Tile<u64>>, Vec<(Tile<u64>, Tile<u64>)>);

fn product(parts: &Parts<'_>) -> Tile<u64> {
    halves(label(("product", parts)))
}

fn statistics(row: &[Tile<u64>]) -> u64 {
    label(("statistics", row))
}

fn attention(queries: Tile<u64>, tokens: &[Tile<u64>], keys: u32) -> Tile<u64> {
    halves(label(("attention", queries, tokens, keys)))
}

#[derive(Default)]
struct Names {
    statistics: HashMap<(usize, usize), u64>,
    /// Tiles of A and of B that cores used.
    used: [u64; 2],
}

impl Cores for Names {
    type Half = u64;

    fn tile(&mut self, core: (usize, usize), out: u32, input: &Input<'_, u64>) -> Tile<u64> {
        let Input { command, a, ab, b, residual } = input;
        self.used[0] += (a.len() + ab.len()) as u64 + u64::from(command.residual);
        self.used[1] += (b.len() + ab.len() + residual.len()) as u64;
        if command.mode & mode::ATTENTION != 0 {
            return attention(a[core.0], b, command.keys);
        }
        if command.mode & mode::STATISTICS != 0 && out == 0 {
            let row: Vec<_> = ab.iter().map(|(a, _)| **a).collect();
            self.statistics.insert(core, statistics(&row));
        }
        let normalised = command.mode & mode::NORMALISE != 0;
        let statistics = normalised.then(|| self.statistics[&core]);
        let pairs = |pairs: &[(&Tile<u64>, &Tile<u64>)]| pairs.iter().map(|(a, b)| (**a, **b)).collect();
        product(&(command.mode, statistics, pairs(ab), b.to_vec(), pairs(residual)))
    }
}

/// The name of a token of weights.
fn weight(operation: usize, what: &str, k: u32, column: u32) -> Tile<u64> {
    halves(label(("weights", operation, what, k, column)))
}

fn unit() -> Tile<u64> {
    halves(label("unit"))
}

/// Tiles of a matrix by row and column, for all rows of tiles.
type Matrix = Vec<Vec<Tile<u64>>>;

/// The encoder by its formulas, tile by tile.
struct Formulas<'a> {
    program: &'a Program,
    /// Number of the next operation with weights.
    next: usize,
    /// Tiles of states, without and with those that fill up.
    state: usize,
    padded: usize,
    columns: usize,
}

impl Formulas<'_> {
    /// `x · weights` to so many columns of tiles.
    fn product(&mut self, mode: u32, x: &Matrix, to: usize, residual: Option<&Matrix>) -> Matrix {
        let operation = self.next;
        self.next += 1;
        let row = |(r, row): (usize, &Vec<Tile<u64>>)| {
            let statistics = (mode & mode::NORMALISE != 0).then(|| statistics(row));
            let tile = |column: usize| {
                let w =
                    |(k, a): (usize, &Tile<u64>)| (*a, weight(operation, "tile", k as u32, column as u32));
                let all = row.iter().enumerate().map(w).collect();
                let added = residual.map(|residual| (residual[r % residual.len()][column], unit()));
                let added = added.into_iter().collect();
                product(&(
                    mode,
                    statistics,
                    all,
                    vec![weight(operation, "parameters", 0, column as u32)],
                    added,
                ))
            };
            (0..to).map(tile).collect()
        };
        x.iter().enumerate().map(row).collect()
    }

    fn tiles(m: &Matrix, columns: usize) -> Matrix {
        m.iter().map(|row| row[..columns].to_vec()).collect()
    }

    fn stem(&mut self, input: &Matrix) -> Matrix {
        let frames = self.product(mode::GELU, input, self.padded, None);
        let rows = frames.len() / 3;
        let row = |r: usize| (0..3).flat_map(|s| frames[s * rows + r][..self.state].to_vec()).collect();
        let x: Matrix = (0..rows).map(row).collect();
        let table = self.next;
        self.next += 1;
        let of_clip = rows / self.program.clips;
        let added: Matrix = (0..of_clip)
            .map(|r| (0..self.padded).map(|c| weight(table, "table", r as u32, c as u32)).collect())
            .collect();
        self.product(mode::GELU, &x, self.padded, Some(&added))
    }

    fn block(&mut self, states: &Matrix) -> Matrix {
        let normalised = mode::STATISTICS | mode::NORMALISE;
        let x = Self::tiles(states, self.state);
        let queries = self.product(normalised, &x, self.padded, None);
        let keys = self.product(normalised | mode::KEYS, &x, self.padded, None);
        let values = self.product(normalised | mode::VALUES, &x, self.padded, None);
        let count = self.program.shape.positions as u32;
        let of_clip = x.len() / self.program.clips;
        let row = |r: usize| {
            let first = r / of_clip * of_clip;
            let head = |head: usize| {
                let tokens = (0..2 * of_clip)
                    .map(|t| [keys[first + t / 2][head][t % 2], values[first + t / 2][head][t % 2]]);
                let tokens: Vec<_> = tokens.take(count.div_ceil(32) as usize).collect();
                attention(queries[r][head], &tokens, count)
            };
            (0..self.padded).map(head).collect()
        };
        let heads: Matrix = (0..x.len()).map(row).collect();
        let heads = Self::tiles(&heads, self.state);
        let attended = self.product(0, &heads, self.padded, Some(states));
        let wide = 4 * self.state;
        let hidden = self.product(
            normalised | mode::GELU,
            &Self::tiles(&attended, self.state),
            wide.next_multiple_of(self.columns),
            None,
        );
        self.product(0, &Self::tiles(&hidden, wide), self.padded, Some(&attended))
    }
}

/// Puts names where weights are sent from.
fn bring_weights(program: &Program, memory: &mut HashMap<u32, u64>) {
    for (operation, piece) in program.pieces.iter().enumerate() {
        let mut at = piece.offset / HALF;
        let mut put = |tile: Tile<u64>| {
            for half in tile {
                assert_eq!(memory.insert(at, half), None, "two on one place");
                at += 1;
            }
        };
        if let Recipe::Table { place, .. } = &piece.recipe {
            for (rows, column) in (0..place.rows).flat_map(|r| (0..place.columns).map(move |c| (r, c))) {
                (0..4).for_each(|r| put(weight(operation, "table", 4 * rows + r, column)));
            }
            continue;
        }
        for column in 0..piece.columns {
            for out in 0..piece.outs {
                let tile = piece.columns * out + column;
                (0..piece.depth).for_each(|k| put(weight(operation, "tile", k, tile)));
                put(weight(operation, "parameters", 0, tile));
                (0..u32::from(piece.residual)).for_each(|_| put(unit()));
            }
        }
    }
    assert_eq!(memory.len() as u32 * HALF * 4, program.weights_len as u32);
}

/// Tiles of a matrix that lies in memory from its beginning.
fn matrix(memory: &HashMap<u32, u64>, rows: usize, columns: usize, all: usize) -> Matrix {
    let tile = |r: usize, c: usize| {
        let at = 2 * ((r / 4 * all + c) * 4 + r % 4) as u32;
        [memory[&at], memory[&(at + 1)]]
    };
    (0..rows).map(|r| (0..columns).map(|c| tile(r, c)).collect()).collect()
}

fn check(shape: &Shape, device: Device, clips: usize) {
    run(&Program::encoder(shape, device, clips).unwrap());
}

/// Carries a program out, and compares states after each launch.
fn run(program: &Program) {
    let Program { shape, device, clips, .. } = *program;
    let mut array = Array::new(program, Names::default());
    bring_weights(program, &mut array.memory[Buffer::Weights as usize]);
    let halves = (program.input_len / 4) as u32 / HALF;
    array.memory[Buffer::Input as usize] = (0..halves).map(|i| (i, label(("input", i)))).collect();
    let columns = usize::from(device.columns);
    let state = shape.state / 64;
    let padded = state.next_multiple_of(columns);
    let rows = clips * shape.positions.div_ceil(256) * 4;
    let depth = (3 * shape.mels + 3).div_ceil(64);
    let input = matrix(&array.memory[Buffer::Input as usize], 3 * rows, depth, depth);
    let mut formulas = Formulas { program, next: 0, state, padded, columns };
    let mut states = formulas.stem(&input);
    for launch in &program.launches {
        array.cores.used = [0; 2];
        array.run(launch);
        let of_all = 4 * u64::from(device.columns);
        let commands: Vec<Command> = launch.operations.iter().map(|operation| operation.command).collect();
        let counted = [Command::tiles_of_a, Command::tiles_of_b]
            .map(|tiles| commands.iter().map(|command| of_all * tiles(command)).sum::<u64>());
        assert_eq!(array.cores.used, counted, "{}", launch.name);
        let place = program.states.start as u32 / (4 * HALF);
        if launch.name.starts_with("block") {
            states = formulas.block(&states);
        } else if launch.name == "ln_post" {
            let x = Formulas::tiles(&states, state);
            states = formulas.product(mode::STATISTICS | mode::NORMALISE, &x, padded, None);
            let output = &array.memory[Buffer::Output as usize];
            assert!(matrix(output, rows, padded, padded) == states, "{shape:?} on {device:?}: output");
            continue;
        }
        let scratch = &array.memory[Buffer::Scratch as usize];
        let scratch = scratch.iter().filter(|(at, _)| **at >= place).map(|(at, half)| (at - place, *half));
        let own = matrix(&scratch.collect(), rows, padded, padded);
        assert!(own == states, "{shape:?} on {device:?}, {clips} clips: {}", launch.name);
    }
}

/// openai-whisper's sizes: channels, heads, layers, mel bins.
const SIZES: [(&str, [usize; 4]); 8] = [
    ("demo", [192, 3, 4, 80]),
    ("tiny", [384, 6, 4, 80]),
    ("base", [512, 8, 6, 80]),
    ("small", [768, 12, 12, 80]),
    ("medium", [1024, 16, 24, 80]),
    ("large", [1280, 20, 32, 80]),
    ("large-v3", [1280, 20, 32, 128]),
    ("turbo", [1280, 20, 32, 128]),
];

fn shape(name: &str, positions: usize) -> Shape {
    let (_, [state, heads, layers, mels]) = SIZES.iter().find(|size| size.0 == name).unwrap();
    Shape { mels: *mels, positions, state: *state, heads: *heads, layers: *layers }
}

#[test]
fn every_tile_is_made_of_what_the_formulas_say() {
    for (name, _) in SIZES {
        let shape = shape(name, 1500);
        // Layers are all alike.
        let shape = Shape { layers: shape.layers.min(2), ..shape };
        check(&shape, Device::npu1(4), 1);
        check(&shape, Device::npu2(8), 1);
    }
}

#[test]
fn shorter_windows_and_two_clips_are_right_as_well() {
    for positions in PROFILES {
        for clips in [1, 2] {
            let shape = Shape { layers: 2, ..shape("base", positions) };
            check(&shape, Device::npu1(4), clips);
            check(&shape, Device::npu2(8), clips);
        }
    }
    // Odd numbers of tiles, and positions of no profile.
    check(&Shape { layers: 1, ..shape("demo", 33) }, Device::npu2(8), 2);
}

#[test]
fn narrow_designs_are_right_as_well() {
    let shape = Shape { layers: 2, ..shape("tiny", 768) };
    for columns in [1, 2, 3] {
        check(&shape, Device::npu1(columns), 1);
    }
    for columns in 1..8 {
        check(&shape, Device::npu2(columns), 2);
    }
}

/// Each step left out, and each transfer and command changed: nothing passes.
#[test]
fn a_changed_step_is_noticed() {
    // No rows and no heads that only fill up: those may be anything.
    let shape = Shape { mels: 80, positions: 760, state: 256, heads: 4, layers: 1 };
    let program = Program::encoder(&shape, Device::npu1(2), 1).unwrap();
    let quiet = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| ()));
    let mut passed = Vec::new();
    let (mut changed, mut refused) = (0, 0);
    for launch in 0..program.launches.len() {
        for step in 0..program.launches[launch].traffic.steps.len() {
            for change in CHANGES {
                let mut bad = program.clone();
                let steps = &mut bad.launches[launch].traffic.steps;
                if !change(steps, step) {
                    continue;
                }
                changed += 1;
                if bad.launches[launch].traffic.check(&Dialect::OURS).is_err() {
                    refused += 1;
                } else if std::panic::catch_unwind(|| run(&bad)).is_ok() {
                    passed.push((launch, step));
                }
            }
        }
    }
    std::panic::set_hook(quiet);
    println!("{changed} changes, {refused} refused before they ran");
    assert!(changed > 1000 && refused < changed / 2, "{changed}, {refused}");
    assert_eq!(passed, []);
}

type Change = fn(&mut Vec<Step>, usize) -> bool;

/// Whether it changed anything.
const CHANGES: [Change; 5] = [
    |steps, at| {
        steps.remove(at);
        true
    },
    |steps, at| match &mut steps[at] {
        Step::Transfer(t) => {
            t.offset += HALF;
            true
        }
        Step::Write(w) => {
            let middle = w.words.len() / 2;
            w.words[middle] ^= 1;
            true
        }
        Step::Wait(_) => false,
    },
    |steps, at| match &mut steps[at] {
        Step::Transfer(t) => {
            t.offset = t.offset.saturating_sub(4 * HALF);
            t.offset > 0
        }
        _ => false,
    },
    // Shorter by a turn.
    |steps, at| match &mut steps[at] {
        Step::Transfer(t) if t.pattern.runs.size > 1 => {
            t.pattern.runs.size -= 1;
            true
        }
        Step::Transfer(t) if t.pattern.dims[2].size > 1 => {
            t.pattern.dims[2].size -= 1;
            true
        }
        _ => false,
    },
    // Another stream.
    |steps, at| match &mut steps[at] {
        Step::Transfer(t) if t.channel.direction == Direction::FromMemory => {
            t.channel.number ^= 1;
            true
        }
        _ => false,
    },
];

/// Launches, arguments, and streams that decode to what they were.
#[test]
fn every_encoder_has_its_streams() {
    for (name, [_, _, layers, _]) in SIZES {
        for device in [Device::npu1(4), Device::npu2(8)] {
            let program = Program::encoder(&shape(name, 1500), device, 1).unwrap();
            assert_eq!(program.launches.len(), layers + 2, "{name}");
            assert!(program.launches.len() <= 8 || layers > 6);
            let mut most = 0;
            for launch in &program.launches {
                let argument = |step: &Step| match step {
                    Step::Transfer(t) => t.argument,
                    _ => 0,
                };
                assert!(launch.traffic.steps.iter().map(argument).max().unwrap() < 5);
                let stream = launch.stream().unwrap();
                let words = encode(&stream);
                most = most.max(words.len());
                assert_eq!(decode(&words), Ok(stream));
            }
            println!("{name} on {:?}: at most {most} words in a launch", device.generation);
            // The driver's buffers for instructions are far longer than this.
            assert!(most < 64 << 10, "{name}: {most} words");
        }
    }
}
