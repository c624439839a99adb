//! Operations as what streams bring to one core, by a formula of the tests' own for every order.

use super::compiled::Core;
use super::matrix::{Matrix, bfloat16};
use super::operations::{Linear, Norm, fold, in_log2};
use super::programs::{Program, Token};
use hark_kernels::design::Command;
use hark_kernels::design::mode::{ATTENTION, KEYS, NORMALISE, STATISTICS, VALUES};
use hark_kernels::tile::{SIDE, TOKEN_BYTES};

/// Positions of which keys and values are one tile.
pub const HALF: usize = SIDE / 2;
const DEPTH: usize = 8;
const COLUMNS: usize = 4;
/// What stands where nothing may be looked at.
const BEHIND: f32 = 77.0;
/// Heads of a row of cores, and that of the core.
const HEADS: u32 = 4;
const OWN: u32 = 2;

/// `product · weightsᵀ`, then what the mode says with the bias and the sums of the weights, then a residual.
pub fn product(
    core: Core,
    mode: u32,
    x: &Matrix,
    layer: &Linear,
    sums: &[f32],
    residual: Option<&Matrix>,
) -> Program {
    let weights = &layer.weights;
    let [rows, outs, inner] = [x.rows, weights.rows, x.columns].map(|count| count.div_ceil(SIDE));
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for at in 0..rows * outs {
        let tile = |m: &Matrix, column: usize| {
            tile_of_a(core, |r, c| padded(m, at / outs * SIDE + r, column * SIDE + c))
        };
        a.extend((0..inner).map(|k| tile(x, k)));
        a.extend(residual.map(|residual| tile(residual, at % outs)));
    }
    for first in (0..outs).map(|out| out * SIDE) {
        b.extend((0..inner).map(|k| tile_of_b(|r, c| padded(weights, first + c, k * SIDE + r))));
        let part = |of: &[f32]| std::array::from_fn(|i| of.get(first + i).copied().unwrap_or_default());
        b.push(parameters(core, &part(&layer.bias), &part(sums), x.columns));
        b.extend(residual.map(|_| tile_of_b(|r, c| if r == c { 1.0 } else { 0.0 })));
    }
    let [rows, outs, ab] = [rows, outs, inner].map(|count| count as u32);
    let residual = u32::from(residual.is_some());
    Program {
        command: Command { mode, rows, outs, ab, b: 1, residual, ..Command::default() },
        column: 0,
        a,
        b,
    }
}

/// Attention of one head for queries in units of log 2, whose keys and values come in tiles.
pub fn attention(core: Core, queries: &Matrix, keys: usize, tiles: Vec<Token>) -> Program {
    let rows = queries.rows.div_ceil(SIDE);
    let tile = |row: usize, head: u32| {
        tile_of_a(core, |r, c| if head == OWN { padded(queries, row * SIDE + r, c) } else { BEHIND })
    };
    let a = (0..rows).flat_map(|row| (0..HEADS).map(move |head| (row, head)));
    let command = Command {
        mode: ATTENTION,
        rows: rows as u32,
        outs: 1,
        a: HEADS,
        b: tiles.len() as u32,
        keys: keys as u32,
        ..Command::default()
    };
    Program { command, column: OWN, a: a.map(|(row, head)| tile(row, head)).collect(), b: tiles }
}

/// Keys and values as tiles of attention, to the end of a tile of positions.
pub fn tiles_of_keys(keys: &Matrix, values: &Matrix) -> Vec<Token> {
    let of = |m: &Matrix, row: usize, c: usize| if row < m.rows { m.at(row, c) } else { BEHIND };
    (0..keys.rows.next_multiple_of(SIDE))
        .step_by(HALF)
        .map(|first| {
            let mut token =
                in_blocks((SIDE, HALF), (DEPTH, COLUMNS), |channel, p| of(keys, first + p, channel));
            token.extend(in_blocks((HALF, SIDE), (DEPTH, COLUMNS), |p, c| of(values, first + p, c)));
            token
        })
        .collect()
}

/// As a launch scatters what products with keys and with values made: halves in turn.
pub fn joined(keys: &[Token], values: &[Token]) -> Vec<Token> {
    let halves = |tiles: &[Token]| -> Vec<Token> {
        tiles.iter().flat_map(|tile| tile.chunks(HALF * SIDE).map(<[u16]>::to_vec)).collect()
    };
    halves(keys).into_iter().zip(halves(values)).map(|(keys, values)| [keys, values].concat()).collect()
}

/// Attention of one head as a device goes about it, with `run`: from states before the norm, of all positions and of
/// those that ask, by products that write queries, keys and values.
pub fn attention_from_states(
    core: Core,
    (x, states): (&Matrix, &Matrix),
    norm: &Norm,
    [query, key, value]: &[Linear; 3],
    run: impl Fn(&Program) -> Vec<Token>,
) -> Matrix {
    let project = |mode: u32, x: &Matrix, layer: &Linear| {
        let (folded, sums) = fold(norm, layer);
        run(&product(core, STATISTICS | NORMALISE | mode, x, &folded, &sums, None))
    };
    let scale = |values: Vec<f32>| in_log2(&Matrix::new(values.len() / SIDE, SIDE, values)).values;
    let inputs = query.weights.columns;
    let weights = Matrix::new(SIDE, inputs, scale(query.weights.values.clone()));
    let query = Linear { weights, bias: scale(query.bias.clone()) };
    let queries = matrix(core, &project(0, x, &query), x.rows, SIDE);
    let tiles = joined(&project(KEYS, states, key), &project(VALUES, states, value));
    matrix(core, &run(&attention(core, &queries, states.rows, tiles)), x.rows, SIDE)
}

/// The matrix that tiles in the usual order make.
pub fn matrix(core: Core, tiles: &[Token], rows: usize, columns: usize) -> Matrix {
    let (height, across, outs) = (core.rows(), SIDE / COLUMNS, columns.div_ceil(SIDE));
    Matrix::from_fn(rows, columns, |row, column| {
        let tile = &tiles[row / SIDE * outs + column / SIDE];
        let (row, column) = (row % SIDE, column % SIDE);
        let block = row / height * across + column / COLUMNS;
        value(tile[(block * height + row % height) * COLUMNS + column % COLUMNS])
    })
}

/// Bits of the nearest bfloat16.
pub fn bits(value: f32) -> u16 {
    (bfloat16(value).to_bits() >> 16) as u16
}

pub fn value(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

fn padded(m: &Matrix, row: usize, column: usize) -> f32 {
    if row < m.rows && column < m.columns { m.at(row, column) } else { 0.0 }
}

/// Values in blocks of `height` × `width`.
fn in_blocks(
    (rows, columns): (usize, usize),
    (height, width): (usize, usize),
    value: impl Fn(usize, usize) -> f32,
) -> Token {
    let (value, across) = (&value, columns / width);
    let block = |at: usize| {
        let (top, left) = (at / across * height, at % across * width);
        (0..height * width).map(move |i| bits(value(top + i / width, left + i % width)))
    };
    (0..rows * columns / (height * width)).flat_map(block).collect()
}

fn tile_of_a(core: Core, value: impl Fn(usize, usize) -> f32) -> Token {
    in_blocks((SIDE, SIDE), (core.rows(), DEPTH), value)
}

fn tile_of_b(value: impl Fn(usize, usize) -> f32) -> Token {
    in_blocks((SIDE, SIDE), (DEPTH, COLUMNS), value)
}

/// Parameters of a tile: bias, sums of the weights' columns, and the length of a row.
fn parameters(core: Core, bias: &[f32; SIDE], sums: &[f32; SIDE], length: usize) -> Token {
    let mut bytes = Vec::new();
    for block in bias.chunks_exact(COLUMNS) {
        (0..core.rows()).for_each(|_| bytes.extend(block.iter().flat_map(|v| v.to_le_bytes())));
    }
    for block in sums.chunks_exact(COLUMNS) {
        let terms = |sum: f32| {
            let first = bfloat16(-sum);
            let second = bfloat16(-sum - first);
            [first, second, -sum - first - second]
        };
        for term in [0, 1, 2, 0, 1, 0] {
            bytes.extend(block.iter().flat_map(|sum| bits(terms(*sum)[term]).to_le_bytes()));
        }
        bytes.extend([0; 2 * 2 * COLUMNS]);
    }
    bytes.extend((1.0 / length as f32).to_le_bytes());
    bytes.resize(TOKEN_BYTES, 0);
    bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect()
}
