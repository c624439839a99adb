//! An array that does what traffic says, half a tile at a time, and refuses what hardware would do wrong without a word:
//! what is read before it is there, overwritten before it is read, or left over.

use crate::design::encoder::Launch;
use crate::design::resident::{Control, ROWS, TOKEN, Tiles, control};
use crate::design::{Command, encoder::Program};
use crate::op::Buffer;
use crate::txn::{Direction, Pattern, Step, TileKind, Transfer, Wait, Write};
use std::collections::{HashMap, VecDeque};

/// Words of half a tile, the least that anything moves.
pub const HALF: u32 = TOKEN / 2;
/// Halves of an object.
const OBJECT: usize = 2 * ROWS as usize;

/// A tile.
pub type Tile<H> = [H; 2];

/// What cores make of tiles.
pub trait Cores {
    /// Half a tile of whatever is moved.
    type Half: Clone;

    /// The tile that goes out of the core in this column and row, from 0, as number `out` of its row of tiles.
    fn tile(&mut self, core: (usize, usize), out: u32, input: &Input<'_, Self::Half>) -> Tile<Self::Half>;
}

/// What a core gets for a tile.
pub struct Input<'a, H> {
    pub command: Command,
    /// A alone.
    pub a: &'a [Tile<H>],
    pub ab: Vec<(&'a Tile<H>, &'a Tile<H>)>,
    /// B alone.
    pub b: &'a [Tile<H>],
    pub residual: Vec<(&'a Tile<H>, &'a Tile<H>)>,
}

/// Tiles that came along a row or a column, and how many each core has used.
struct Stream<H> {
    tiles: Vec<Tile<H>>,
    used: Vec<usize>,
}

#[derive(Clone, Default)]
struct Core {
    command: Option<Command>,
    /// Told to go on.
    goes: bool,
    made: u64,
}

/// A task that is under way: what it touches, and how far its stream is when it is done.
struct Task {
    halves: Vec<(usize, u32)>,
    end: usize,
}

pub struct Array<C: Cores> {
    pub cores: C,
    /// By buffer, the number of the half from its beginning.
    pub memory: [HashMap<u32, C::Half>; 5],
    tiles: Tiles,
    control: Control,
    a: Vec<Stream<C::Half>>,
    b: Vec<Stream<C::Half>>,
    state: Vec<Vec<Core>>,
    /// Column and stream, 0 to 2, to tasks.
    tasks: HashMap<(u8, usize), VecDeque<Task>>,
    reading: HashMap<(usize, u32), usize>,
    writing: HashMap<(usize, u32), usize>,
}

/// All halves that a pattern touches, in order.
fn halves(offset: u32, pattern: &Pattern) -> Vec<u32> {
    let [words, rows, inner] = pattern.dims;
    assert_eq!(words.stride, 1);
    let mut all: Vec<(u32, u32)> = Vec::new();
    for i in 0..pattern.runs.size {
        for j in 0..inner.size {
            for k in 0..rows.size {
                let at = offset + i * pattern.runs.stride + j * inner.stride + k * rows.stride;
                match all.last_mut() {
                    Some((start, len)) if *start + *len == at && *len < HALF => *len += words.size,
                    _ => all.push((at, words.size)),
                }
            }
        }
    }
    all.iter()
        .map(|(start, len)| {
            assert!(*len == HALF && start % HALF == 0, "{len} words at {start}");
            start / HALF
        })
        .collect()
}

impl<C: Cores> Array<C> {
    pub fn new(program: &Program, cores: C) -> Self {
        let (tiles, columns) = (Tiles::new(&program.device), usize::from(program.device.columns));
        let rows = usize::from(ROWS);
        let streams = |count, users| {
            (0..count).map(move |_| Stream { tiles: Vec::new(), used: vec![0; users] }).collect()
        };
        Self {
            cores,
            memory: Default::default(),
            tiles,
            control: control(&program.device),
            a: streams(rows, columns),
            b: streams(columns, rows),
            state: vec![vec![Core::default(); rows]; columns],
            tasks: HashMap::new(),
            reading: HashMap::new(),
            writing: HashMap::new(),
        }
    }

    /// A launch from its beginning to its end, at which nothing may be left over.
    pub fn run(&mut self, launch: &Launch) {
        for step in &launch.traffic.steps {
            match step {
                Step::Write(write) => self.write(write),
                Step::Transfer(t) => self.start(t),
                Step::Wait(wait) => self.wait(wait),
            }
        }
        assert!(self.tasks.values().all(VecDeque::is_empty), "{}: tasks are left", launch.name);
        assert!(self.reading.is_empty() && self.writing.is_empty());
        for (row, stream) in self.a.iter_mut().enumerate() {
            assert!(stream.used.iter().all(|used| *used == stream.tiles.len()), "A of row {row} is left");
            stream.tiles.clear();
            stream.used.fill(0);
        }
        for (column, stream) in self.b.iter_mut().enumerate() {
            assert!(stream.used.iter().all(|used| *used == stream.tiles.len()), "B of {column} is left");
            stream.tiles.clear();
            stream.used.fill(0);
        }
        let cores = self.state.iter().flatten();
        cores.for_each(|core| assert!(core.goes && core.command.unwrap().tiles_out() == core.made));
    }

    /// The words of a command, or that it may be read.
    fn write(&mut self, write: &Write) {
        let core = &mut self.state[usize::from(write.column)][usize::from(write.row) - 2];
        if write.offset == self.control.command {
            let idle = core.command.is_none_or(|command| command.tiles_out() == core.made);
            assert!(idle, "a command for a core that is at work");
            let words: [u32; 8] = write.words.as_slice().try_into().unwrap();
            let [mode, rows, outs, a, ab, b, residual, keys] = words;
            let command = Command { mode, rows, outs, a, ab, b, residual, keys };
            *core = Core { command: Some(command), goes: false, made: 0 };
        } else {
            assert_eq!(write.offset, TileKind::Core.lock(self.control.go));
            assert!(write.words == [1] && !core.goes && core.command.is_some());
            core.goes = true;
        }
    }

    fn start(&mut self, t: &Transfer) {
        let all: Vec<(usize, u32)> =
            halves(t.offset, &t.pattern).into_iter().map(|half| (usize::from(t.argument), half)).collect();
        if t.channel.direction == Direction::ToMemory {
            for half in &all {
                assert!(!self.reading.contains_key(half), "{half:?} is still to be read");
                assert!(!self.writing.contains_key(half), "{half:?} is written by another");
                assert!(half.0 != Buffer::Weights as usize && half.0 != Buffer::Input as usize);
                self.writing.insert(*half, 1);
            }
            self.push(t.column, 2, Task { halves: all, end: 0 });
            return;
        }
        let tiles: Vec<Tile<C::Half>> =
            all.chunks_exact(2).map(|pair| [self.read(pair[0]), self.read(pair[1])]).collect();
        for half in &all {
            *self.reading.entry(*half).or_default() += 1;
        }
        let stream = usize::from(t.channel.number);
        let end = if stream == 0 {
            let first = usize::from(self.tiles.first_row_fed(t.column).unwrap());
            let rows = usize::from(self.tiles.rows_fed());
            for (i, tile) in tiles.into_iter().enumerate() {
                self.a[first + i % rows].tiles.push(tile);
            }
            self.a[first].tiles.len()
        } else {
            let stream = &mut self.b[usize::from(t.column)];
            stream.tiles.extend(tiles);
            stream.tiles.len()
        };
        self.push(t.column, stream, Task { halves: all, end });
    }

    fn push(&mut self, column: u8, stream: usize, task: Task) {
        self.tasks.entry((column, stream)).or_default().push_back(task);
    }

    fn read(&self, half: (usize, u32)) -> C::Half {
        assert!(!self.writing.contains_key(&half), "{half:?} is read while it is written");
        self.memory[half.0].get(&half.1).unwrap_or_else(|| panic!("nobody wrote {half:?}")).clone()
    }

    /// Objects of the column's next task, and what that says of other tasks.
    fn wait(&mut self, wait: &Wait) {
        let column = usize::from(wait.column);
        let task = self.tasks.get_mut(&(wait.column, 2)).and_then(VecDeque::pop_front).unwrap();
        for object in task.halves.chunks_exact(OBJECT) {
            for (row, halves) in object.chunks_exact(2).enumerate() {
                let tile = self.tile(column, row);
                for (half, made) in halves.iter().zip(tile) {
                    self.memory[half.0].insert(half.1, made);
                    self.writing.remove(half);
                }
            }
        }
        for done in &wait.proves {
            for _ in 0..done.tasks {
                let stream = usize::from(done.channel.number);
                let task = self.tasks.get_mut(&(done.column, stream)).and_then(VecDeque::pop_front).unwrap();
                assert_eq!(done.column, wait.column);
                let used = if stream == 0 {
                    let first = usize::from(self.tiles.first_row_fed(done.column).unwrap());
                    self.a[first].used[column]
                } else {
                    self.b[column].used.iter().copied().min().unwrap()
                };
                assert!(used >= task.end, "a task that is not done counts as done");
                for half in &task.halves {
                    let count = self.reading.get_mut(half).unwrap();
                    *count -= 1;
                    if *count == 0 {
                        self.reading.remove(half);
                    }
                }
            }
        }
    }

    /// Has a core make its next tile.
    fn tile(&mut self, column: usize, row: usize) -> Tile<C::Half> {
        let core = &mut self.state[column][row];
        let command = core.command.filter(|_| core.goes).expect("a core that nobody told anything");
        assert!(core.made < command.tiles_out(), "a core that has made all");
        let out = (core.made % u64::from(command.outs)) as u32;
        core.made += 1;
        let [only_a, ab, only_b, residual] =
            [command.a, command.ab, command.b, command.residual].map(|count| count as usize);
        let (a, b) = (&mut self.a[row], &mut self.b[column]);
        let (first_a, first_b) = (a.used[column], b.used[row]);
        a.used[column] += only_a + ab + residual;
        b.used[row] += only_b + ab + residual.min(1);
        let a = a.tiles.get(first_a..a.used[column]).expect("A does not come");
        let b = b.tiles.get(first_b..b.used[row]).expect("B does not come");
        let input = Input {
            command,
            a: &a[..only_a],
            ab: a[only_a..only_a + ab].iter().zip(&b[..ab]).collect(),
            b: &b[ab..ab + only_b],
            // Of all columns' tiles a core uses one.
            residual: a[only_a + ab..].iter().skip(column).zip(&b[ab + only_b..]).collect(),
        };
        self.cores.tile((column, row), out, &input)
    }
}
