//! The simulator's kernels against those that they stand for, on the same tiles.

use super::common::npu::relative_l2;
use super::compiled::{Core, Kernels, Rounding, for_each_case};
use super::matrix::{Matrix, noise};
use super::programs::{HALF, Program, Token, parameters, rows_of, tile_of_a, tile_of_b, tile_of_keys, value};
use hark_kernels::design::Command;
use hark_kernels::design::mode::{ATTENTION, GELU, KEYS, NORMALISE, STATISTICS, VALUES};
use hark_kernels::tile::SIDE;
use hark_simd::Isa;

/// Relative L2 of a tile.
const LIMIT: f64 = 2e-3;
/// Of attention where bfloat16 are cut off: a step of the last bit, for what is just below a bfloat16 or exactly one.
const STEP: f64 = 1.0 / 128.0;

/// Both on the same tiles: each tile that goes out is compared in the order in which it lies.
fn check(what: &str, program: &Program<'_>, kernels: &Kernels, rounding: Rounding) -> Vec<Token> {
    let (core, right) = (kernels.core(), program.compiled(kernels, rounding));
    let is_attention = program.command.mode & ATTENTION != 0;
    let limit = if is_attention && rounding == Rounding::CutOff { STEP } else { LIMIT };
    for isa in Isa::all() {
        let (own, cycles) = program.simulated(core, isa, rounding);
        assert_eq!(own.len(), right.len());
        for (at, (own, right)) in own.iter().zip(&right).enumerate() {
            let [own, right] = [own, right].map(|tile| tile.iter().map(|v| value(*v)).collect::<Vec<_>>());
            let finite = |tile: &[f32]| tile.iter().all(|v| v.is_finite());
            assert!(finite(&own) && finite(&right), "{what}, {core:?}, {isa}, tile {at}: not finite");
            let apart = relative_l2(&own, &right);
            let apart = if own == right { 0.0 } else { apart };
            println!("{what}, {core:?}, {rounding:?}, {isa}, tile {at}: relative L2 {apart:.2e}");
            assert!(
                apart <= limit,
                "{what}, {core:?}, {rounding:?}, {isa}, tile {at}: relative L2 {apart:.5}"
            );
        }
        assert!(cycles > 0);
    }
    right
}

/// Tiles of `[rows, inner]` for A, and of `[inner, columns]` with their parameters for B.
struct Streams {
    a: Vec<Token>,
    b: Vec<Token>,
    command: Command,
}

/// A product of two rows of three tiles, of two tiles each, with what is added as a product with ones.
fn streams(core: Core, mode: u32, x: &Matrix, size: f32) -> Streams {
    let (rows, outs, inner) = (x.rows / SIDE, 3, x.columns / SIDE);
    let weights = noise(x.columns, outs * SIDE, 2).map(|v| super::matrix::bfloat16(v * size));
    let (bias, residual) = (noise(1, outs * SIDE, 3), noise(x.rows, outs * SIDE, 4));
    let sums: Vec<f32> =
        (0..weights.columns).map(|c| (0..weights.rows).map(|r| weights.at(r, c)).sum()).collect();
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for at in 0..rows * outs {
        let (down, across) = (at / outs * SIDE, at % outs * SIDE);
        a.extend((0..inner).map(|k| tile_of_a(core, |r, c| x.at(down + r, k * SIDE + c))));
        a.push(tile_of_a(core, |r, c| residual.at(down + r, across + c)));
    }
    for across in (0..outs).map(|out| out * SIDE) {
        b.extend((0..inner).map(|k| tile_of_b(|r, c| weights.at(k * SIDE + r, across + c))));
        b.push(parameters(core, &bias.values[across..][..SIDE], &sums[across..][..SIDE], x.columns));
        b.push(tile_of_b(|r, c| if r == c { 1.0 } else { 0.0 }));
    }
    let [rows, outs, ab] = [rows, outs, inner].map(|count| count as u32);
    Streams { a, b, command: Command { mode, rows, outs, ab, b: 1, residual: 1, ..Command::default() } }
}

impl Streams {
    fn program(&self) -> Program<'_> {
        Program { command: self.command, column: 0, a: &self.a, b: &self.b }
    }
}

#[test]
fn products_are_those_of_the_kernels() {
    for_each_case("products_are_those_of_the_kernels", |kernels, rounding| {
        let core = kernels.core();
        let x = noise(2 * SIDE, 2 * SIDE, 1);
        let folded = STATISTICS | NORMALISE;
        for mode in [0, GELU, folded, folded | GELU, KEYS, VALUES, folded | KEYS, folded | VALUES] {
            check(&format!("mode {mode}"), &streams(core, mode, &x, 0.1).program(), kernels, rounding);
        }
    });
}

/// Zeros, what no float holds as a normal number, what is far from zero, and what is nearly too large.
#[test]
fn products_of_awkward_values_are_those_of_the_kernels() {
    for_each_case("products_of_awkward_values_are_those_of_the_kernels", |kernels, rounding| {
        for (what, size, mean, weight) in [
            ("zeros", 0.0, 0.0, 1.0),
            ("tiny", 1e-38, 0.0, 1.0),
            ("huge", 1e15, 0.0, 1e-3),
            ("shifted", 1.0, 6.0, 0.3),
            ("large sums", 30.0, 0.0, 1.0),
        ] {
            let x = noise(2 * SIDE, SIDE, 5).map(|v| v * size + mean);
            for mode in [0, GELU, STATISTICS | NORMALISE, STATISTICS | NORMALISE | GELU] {
                let streams = streams(kernels.core(), mode, &x, weight);
                check(&format!("{what}, mode {mode}"), &streams.program(), kernels, rounding);
            }
        }
    });
}

/// One row of queries of 64 and their number's tile among four.
fn attention(core: Core, q: &Matrix, k: &Matrix, v: &Matrix) -> Streams {
    const BEHIND: f32 = 77.0;
    let a = (0..4)
        .map(|head| tile_of_a(core, |r, c| if head == 2 && r < q.rows { q.at(r, c) } else { BEHIND }))
        .collect();
    let of = |m: &Matrix, row: usize, c: usize| if row < m.rows { m.at(row, c) } else { BEHIND };
    let b: Vec<Token> = (0..k.rows.next_multiple_of(SIDE))
        .step_by(HALF)
        .map(|first| tile_of_keys(|p, c| of(k, first + p, c), |p, c| of(v, first + p, c)))
        .collect();
    let (tiles, keys) = (b.len() as u32, k.rows as u32);
    Streams {
        a,
        b,
        command: Command { mode: ATTENTION, rows: 1, outs: 1, a: 4, b: tiles, keys, ..Command::default() },
    }
}

#[test]
fn attention_is_that_of_the_kernels() {
    for_each_case("attention_is_that_of_the_kernels", |kernels, rounding| {
        let run = |what: &str, q: &Matrix, k: &Matrix, v: &Matrix| {
            let streams = attention(kernels.core(), q, k, v);
            check(what, &Program { column: 2, ..streams.program() }, kernels, rounding);
        };
        for keys in [1, 3, 31, 32, 33, 64, 100] {
            let (q, k) = (noise(SIDE, SIDE, 6), noise(keys, SIDE, 7));
            run(&format!("{keys} keys"), &q.map(|v| v * 2.0), &k, &noise(keys, SIDE, 8));
        }
        let ramp = |from: f32, step: f32| {
            Matrix::from_fn(100, SIDE, |r, c| if c == 0 { from + step * r as f32 } else { 0.0 })
        };
        let query = |size: f32| Matrix::from_fn(SIDE, SIDE, |_, c| if c == 0 { size } else { 0.0 });
        for (what, q, k) in [
            ("rising", query(11.5), ramp(0.0, 4.0)),
            ("falling", query(11.5), ramp(400.0, -4.0)),
            ("negative", query(11.5), ramp(-1600.0, 4.0)),
            ("equal", query(1.0), ramp(-8.0, 0.0)),
            ("zero", query(0.0), ramp(0.0, 1.0)),
            ("beyond fixed point", query(1e18), ramp(-1e18, 2e16)),
        ] {
            run(what, &q, &k, &noise(100, SIDE, 9));
        }
    });
}

/// What products with keys and with values write is, half by half, what attention takes.
#[test]
fn keys_and_values_feed_attention() {
    for_each_case("keys_and_values_feed_attention", |kernels, rounding| {
        let (core, keys) = (kernels.core(), 100);
        // Two rows of tiles of positions, of which 100 are there.
        let x = Matrix::from_fn(
            2 * SIDE,
            SIDE,
            |r, c| if r < keys { noise(128, SIDE, 10).at(r, c) } else { 0.0 },
        );
        let made: Vec<(Matrix, Vec<Token>)> = [(KEYS, 11), (VALUES, 12)]
            .map(|(mode, seed)| {
                let weights = noise(SIDE, SIDE, seed).map(|v| v / 3.0);
                let a: Vec<Token> =
                    [0, SIDE].map(|down| tile_of_a(core, |r, c| x.at(down + r, c))).into_iter().collect();
                let zeros = parameters(core, &[0.0; SIDE], &[0.0; SIDE], SIDE);
                let b = [tile_of_b(|r, c| weights.at(c, r)), zeros];
                let command = Command { mode, rows: 2, outs: 1, ab: 1, b: 1, ..Command::default() };
                let program = Program { command, column: 0, a: &a, b: &b };
                let tiles = check("keys or values", &program, kernels, rounding);
                (x.linear(&weights, &[0.0; SIDE]), tiles)
            })
            .into_iter()
            .collect();
        let [(k, keys_out), (v, values_out)] = [&made[0], &made[1]];
        let b: Vec<Token> = (0..4)
            .map(|half| {
                let part =
                    |tiles: &[Token]| tiles[half / 2][half % 2 * HALF * SIDE..][..HALF * SIDE].to_vec();
                [part(keys_out), part(values_out)].concat()
            })
            .collect();
        let q = noise(SIDE, SIDE, 13);
        let a = [tile_of_a(core, |r, c| q.at(r, c) * std::f32::consts::LOG2_E / 8.0)];
        let command = Command {
            mode: ATTENTION,
            rows: 1,
            outs: 1,
            a: 1,
            b: 4,
            keys: keys as u32,
            ..Command::default()
        };
        let out = check("attention", &Program { command, column: 0, a: &a, b: &b }, kernels, rounding);
        let known = |m: &Matrix| m.rows_at(&(0..keys).collect::<Vec<_>>());
        let apart = relative_l2(&rows_of(core, &out[0]), &q.attend(&known(k), &known(v)).values);
        assert!(apart <= 0.02, "{core:?}, {rounding:?}: relative L2 {apart:.5}");
    });
}

/// What nobody wrote shows in all that is made of it.
#[test]
fn poison_stays_poison() {
    for core in [Core::Aie2, Core::Aie2p] {
        let poison = |at: usize| {
            let mut token = tile_of_a(core, |_, _| 0.5);
            token[at] = 0xffff;
            token
        };
        let x = noise(SIDE, SIDE, 1);
        for mode in [0, GELU, STATISTICS | NORMALISE | GELU, KEYS, VALUES] {
            let mut streams = streams(core, mode, &x, 1.0);
            streams.command.outs = 1;
            streams.a[0] = poison(9);
            let (made, _) = streams.program().simulated(core, Isa::best(), Rounding::Even);
            let nans = made[0].iter().filter(|v| value(**v).is_nan()).count();
            assert_eq!(nans, SIDE, "mode {mode}: a row");
        }
        let whole = noise(SIDE, SIDE, 1);
        for key in [0, HALF * SIDE] {
            let mut streams = attention(core, &whole, &whole, &whole);
            streams.b[1][key] = 0xffff;
            let (made, _) =
                Program { column: 2, ..streams.program() }.simulated(core, Isa::best(), Rounding::Even);
            assert!(made[0].iter().filter(|v| value(**v).is_nan()).count() >= SIDE, "a column at least");
        }
    }
}
