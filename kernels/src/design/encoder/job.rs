//! One operation on the array, as what each shim has to send and to fetch.

use crate::design::resident::{TOKEN, Tiles};
use crate::design::tiles::{OBJECT, Tiled};
use crate::design::walk::{Task, Walk};
use crate::design::{Command, mode};
use crate::op::Buffer;
use crate::txn::Dim;

/// Tasks of one stream that a part may have if others come behind it: half of a queue, so that those of the next part
/// wait in the other half.
const OF_A_PART: usize = 2;
/// If it is the only one: all of a queue.
const OF_THE_ONLY: usize = 4;

/// Words in a row: the first, and the one behind the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) buffer: Buffer,
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Span {
    pub(super) fn meets(&self, other: &Self) -> bool {
        self.buffer == other.buffer && self.start < other.end && other.start < self.end
    }

    pub(super) fn of(m: &Tiled) -> Self {
        Self { buffer: m.buffer, start: m.offset, end: m.offset + m.words() }
    }
}

/// A task, and the part that it ends with: when that part of C is there, the task is done.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    pub(super) task: Task,
    pub(super) part: usize,
}

/// What the shim of one column does.
#[derive(Clone, Debug, Default)]
pub(super) struct Streams {
    pub(super) a: Vec<Item>,
    pub(super) b: Vec<Item>,
    pub(super) c: Vec<Item>,
}

/// An operation.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) name: &'static str,
    pub(super) command: Command,
    /// In how many parts C is fetched.
    pub(super) parts: usize,
    /// By columns.
    pub(super) streams: Vec<Streams>,
    /// What A and B are sent from.
    pub(super) reads_a: Vec<Span>,
    pub(super) reads_b: Vec<Span>,
    /// Where C goes.
    pub(super) writes: Span,
}

/// Rows of tiles that go in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows {
    pub(super) buffer: Buffer,
    /// The first object.
    pub(super) offset: u32,
    /// Objects along a row, in one loop or two.
    pub(super) along: [Dim; 2],
    /// Words from a block of rows to the next.
    pub(super) stride: u32,
}

impl Rows {
    /// So many columns of a matrix.
    pub(super) fn of(m: &Tiled, columns: u32) -> Self {
        let along = [Dim { size: columns, stride: OBJECT }, Dim { size: 1, stride: 0 }];
        Self { buffer: m.buffer, offset: m.offset, along, stride: m.row() }
    }

    fn tiles(&self) -> u32 {
        self.along[0].size * self.along[1].size
    }

    fn span(&self, rows: u32) -> Span {
        let last: u32 = self.along.iter().map(|dim| (dim.size - 1) * dim.stride).sum();
        let end = self.offset + (rows - 1) * self.stride + last + OBJECT;
        Span { buffer: self.buffer, start: self.offset, end }
    }
}

/// Where what goes out is put.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// Tiles of a matrix.
    Tiles(Tiled),
    /// Columns of a matrix, and further columns for each so many blocks of rows.
    Sets {
        /// The matrix, all sets side by side.
        all: Tiled,
        /// Blocks of rows of a set.
        rows: u32,
        /// Columns of a set.
        columns: u32,
    },
    /// Halves of tiles, every second half of a token, each column of tiles in its head's tokens.
    Halves {
        /// First half of the first token.
        first: Tokens,
        /// Whether they are second halves.
        second: bool,
    },
}

/// Keys and values of all heads: for each, and for each 32 positions, a token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tokens {
    pub(super) offset: u32,
    pub(super) heads: u32,
    /// Words of a head.
    pub(super) head: u32,
}

/// Tokens of an object's positions: 32 in each.
const TOKENS_OF_OBJECT: u32 = 8;
const HALF: u32 = TOKEN / 2;

impl Tokens {
    pub(super) fn new(offset: u32, heads: u32, rows: u32) -> Self {
        Self { offset, heads, head: rows * TOKENS_OF_OBJECT * TOKEN }
    }

    pub(super) fn span(&self) -> Span {
        Span { buffer: Buffer::Scratch, start: self.offset, end: self.offset + self.heads * self.head }
    }
}

impl Place {
    /// Of columns `first`, `first + columns`, … of blocks of rows, `across` of them.
    fn walks(&self, columns: u32, first: u32, across: u32, rows: std::ops::Range<u32>) -> Vec<Walk> {
        let count = rows.end - rows.start;
        let dim = |size, stride| Dim { size, stride };
        match *self {
            Self::Tiles(m) => vec![Walk {
                buffer: m.buffer,
                offset: m.object(rows.start, first),
                stretch: OBJECT,
                loops: vec![dim(across, columns * OBJECT), dim(count, m.row())],
            }],
            Self::Sets { all, rows: of_set, columns: wide } => {
                let sets = rows.start / of_set..rows.end.div_ceil(of_set);
                let each = sets.flat_map(|set| {
                    let place = Tiled { offset: all.object(0, set * wide), ..all };
                    let (start, end) = (set * of_set, (set + 1) * of_set);
                    let rows = rows.start.max(start) - start..rows.end.min(end) - start;
                    Self::Tiles(place).walks(columns, first, across, rows)
                });
                each.collect()
            }
            Self::Halves { first: tokens, second } => vec![Walk {
                buffer: Buffer::Scratch,
                offset: tokens.offset
                    + first * tokens.head
                    + rows.start * TOKENS_OF_OBJECT * TOKEN
                    + u32::from(second) * HALF,
                stretch: HALF,
                loops: vec![
                    dim(TOKENS_OF_OBJECT, TOKEN),
                    dim(across, columns * tokens.head),
                    dim(count, TOKENS_OF_OBJECT * TOKEN),
                ],
            }],
        }
    }

    fn span(&self) -> Span {
        match self {
            Self::Tiles(m) | Self::Sets { all: m, .. } => Span::of(m),
            Self::Halves { first, .. } => first.span(),
        }
    }
}

/// `out = activation(norm(x) · weights + bias) + residual`
#[derive(Clone, Copy, Debug)]
pub(super) struct Product {
    pub(super) name: &'static str,
    pub(super) mode: u32,
    pub(super) x: Rows,
    /// Blocks of rows.
    pub(super) rows: u32,
    /// Tiles that each column makes of a row.
    pub(super) outs: u32,
    /// Words of weights: the first, and how many a column has.
    pub(super) weights: (u32, u32),
    /// With the number of its blocks of rows, after which it begins again.
    pub(super) residual: Option<Tiled>,
    pub(super) place: Place,
}

impl Product {
    pub(super) fn job(&self, tiles: &Tiles) -> Job {
        let columns = u32::from(tiles.columns);
        let command = Command {
            mode: self.mode,
            rows: self.rows,
            outs: self.outs,
            ab: self.x.tiles(),
            b: 1,
            residual: if self.residual.is_some() { columns } else { 0 },
            ..Command::default()
        };
        let parts = self.parts(tiles);
        let mut streams = vec![Streams::default(); tiles.columns.into()];
        for (column, streams) in (0..).zip(&mut streams) {
            for (part, objects) in parts.iter().enumerate() {
                if let Some(first) = tiles.first_row_fed(column) {
                    extend(&mut streams.a, part, self.a(tiles, first, objects));
                }
                extend(&mut streams.c, part, self.c(columns, column.into(), objects));
            }
            let (first, words) = self.weights;
            let b = Walk {
                buffer: Buffer::Weights,
                offset: first + u32::from(column) * words,
                stretch: TOKEN,
                loops: vec![Dim { size: words / TOKEN, stride: TOKEN }, Dim { size: self.rows, stride: 0 }],
            };
            extend(&mut streams.b, parts.len() - 1, vec![b]);
        }
        let (first, words) = self.weights;
        let weights = Span { buffer: Buffer::Weights, start: first, end: first + columns * words };
        let reads_a = [self.x.span(self.rows)].into_iter().chain(self.residual.as_ref().map(Span::of));
        let (parts, writes) = (parts.len(), self.place.span());
        let reads_a = reads_a.collect();
        Job { name: self.name, command, parts, streams, reads_a, reads_b: vec![weights], writes }
    }

    /// Objects of each part, in the order of rows and then columns: as many rows as queues take, or else one object.
    fn parts(&self, tiles: &Tiles) -> Vec<std::ops::Range<u32>> {
        let all = self.rows * self.outs;
        let columns = u32::from(tiles.columns);
        let count = |walks: Vec<Walk>| walks.iter().map(|walk| walk.tasks().len()).sum::<usize>();
        let parts =
            |each: u32| (0..all).step_by(each as usize).map(move |first| first..all.min(first + each));
        let fits = |each: &u32| {
            let most = if *each == all { OF_THE_ONLY } else { OF_A_PART };
            parts(*each).all(|objects| {
                count(self.a(tiles, 0, &objects)) <= most && count(self.c(columns, 0, &objects)) <= most
            })
        };
        let each = (1..=self.rows).rev().map(|rows| rows * self.outs).find(fits).unwrap_or(1);
        parts(each).collect()
    }

    /// A of rows from `first` on: the rows that one shim brings. For each tile that goes out all of the row again.
    fn a(&self, tiles: &Tiles, first: u8, objects: &std::ops::Range<u32>) -> Vec<Walk> {
        let stretch = u32::from(tiles.rows_fed()) * TOKEN;
        let inside = u32::from(first) * TOKEN;
        let walk = |row: u32, loops: &[Dim]| Walk {
            buffer: self.x.buffer,
            offset: self.x.offset + row * self.x.stride + inside,
            stretch,
            loops: self.x.along.iter().chain(loops).copied().collect(),
        };
        let Some(residual) = self.residual else {
            let (rows, outs) = if (objects.end - objects.start).is_multiple_of(self.outs) {
                ((objects.end - objects.start) / self.outs, self.outs)
            } else {
                (1, objects.end - objects.start)
            };
            let again = Dim { size: outs, stride: 0 };
            return vec![walk(
                objects.start / self.outs,
                &[again, Dim { size: rows, stride: self.x.stride }],
            )];
        };
        let columns = u32::from(tiles.columns);
        let each = objects.clone().flat_map(|object| {
            let (row, out) = (object / self.outs, object % self.outs);
            let added = Walk {
                buffer: residual.buffer,
                offset: residual.object(row % residual.rows, columns * out) + inside,
                stretch,
                loops: vec![Dim { size: columns, stride: OBJECT }],
            };
            [walk(row, &[]), added]
        });
        each.collect()
    }

    fn c(&self, columns: u32, column: u32, objects: &std::ops::Range<u32>) -> Vec<Walk> {
        let (row, out) = (objects.start / self.outs, objects.start % self.outs);
        let count = objects.end - objects.start;
        let (rows, across) =
            if count.is_multiple_of(self.outs) { (count / self.outs, self.outs) } else { (1, count) };
        self.place.walks(columns, column + columns * out, across, row..row + rows)
    }
}

/// Softmax of the queries' products with the keys, times the values; queries of a clip with that clip's keys.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attention {
    pub(super) queries: Tiled,
    pub(super) kv: Tokens,
    pub(super) out: Tiled,
    /// Clips side by side along rows.
    pub(super) clips: u32,
    /// Keys of a clip.
    pub(super) keys: u32,
}

/// Keys of a token.
const KEYS: u32 = 32;

impl Attention {
    pub(super) fn job(&self, tiles: &Tiles) -> Job {
        let columns = u32::from(tiles.columns);
        let (heads, rows) = (self.queries.columns / columns, self.queries.rows / self.clips);
        let tokens = self.keys.div_ceil(KEYS);
        let command = Command {
            mode: mode::ATTENTION,
            rows: heads * self.queries.rows,
            outs: 1,
            a: columns,
            b: tokens,
            keys: self.keys,
            ..Command::default()
        };
        let dim = |size, stride| Dim { size, stride };
        let mut streams = vec![Streams::default(); tiles.columns.into()];
        for (column, streams) in (0..).zip(&mut streams) {
            for part in 0..heads * self.clips {
                let (head, clip) = (part / self.clips * columns, part % self.clips);
                let (part, row) = (part as usize, clip * rows);
                if let Some(first) = tiles.first_row_fed(column) {
                    let a = Walk {
                        buffer: self.queries.buffer,
                        offset: self.queries.object(row, head) + u32::from(first) * TOKEN,
                        stretch: u32::from(tiles.rows_fed()) * TOKEN,
                        loops: vec![dim(columns, OBJECT), dim(rows, self.queries.row())],
                    };
                    extend(&mut streams.a, part, vec![a]);
                }
                let head = head + u32::from(column);
                let b = Walk {
                    buffer: Buffer::Scratch,
                    offset: self.kv.offset + head * self.kv.head + row * TOKENS_OF_OBJECT * TOKEN,
                    stretch: TOKEN,
                    loops: vec![dim(tokens, TOKEN), dim(rows, 0)],
                };
                extend(&mut streams.b, part, vec![b]);
                let c = Walk {
                    buffer: self.out.buffer,
                    offset: self.out.object(row, head),
                    stretch: OBJECT,
                    loops: vec![dim(rows, self.out.row())],
                };
                extend(&mut streams.c, part, vec![c]);
            }
        }
        Job {
            name: "attention",
            command,
            parts: (heads * self.clips) as usize,
            streams,
            reads_a: vec![Span::of(&self.queries)],
            reads_b: vec![self.kv.span()],
            writes: Span::of(&self.out),
        }
    }
}

fn extend(items: &mut Vec<Item>, part: usize, walks: Vec<Walk>) {
    items.extend(walks.iter().flat_map(Walk::tasks).map(|task| Item { task, part }));
}
