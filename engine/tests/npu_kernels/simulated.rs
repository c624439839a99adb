//! The simulator's kernels against those that they stand for, on the same tiles.

use super::common::npu::relative_l2;
use super::compiled::{Core, Kernels, Rounding, for_each_case};
use super::matrix::{Matrix, bfloat16, noise};
use super::operations::{Linear, in_log2};
use super::programs::{Program, Token};
use super::streams::{HALF, attention, joined, matrix, product, tiles_of_keys, value};
use hark_kernels::design::mode::{ATTENTION, GELU, KEYS, NORMALISE, STATISTICS, VALUES};
use hark_kernels::tile::SIDE;
use hark_simd::Isa;

/// Relative L2 of a tile.
const LIMIT: f64 = 2e-3;
/// Of attention where bfloat16 are cut off: a step of the last bit, for what is just below a bfloat16 or exactly one.
const STEP: f64 = 1.0 / 128.0;

/// Both on the same tiles: each tile that goes out is compared in the order in which it lies.
fn check(what: &str, program: &Program, kernels: &Kernels, rounding: Rounding) -> Vec<Token> {
    let (core, right) = (kernels.core(), program.compiled(kernels, rounding));
    let is_attention = program.command.mode & ATTENTION != 0;
    let limit = if is_attention && rounding == Rounding::CutOff { STEP } else { LIMIT };
    for isa in Isa::all() {
        let (own, cycles) = program.simulated(core, isa, rounding);
        assert!(own.len() == right.len() && cycles > 0);
        for (at, (own, right)) in own.iter().zip(&right).enumerate() {
            let what = format!("{what}, {core:?}, {rounding:?}, {isa}, tile {at}");
            let [own, right] = [own, right].map(|tile| tile.iter().map(|v| value(*v)).collect::<Vec<_>>());
            let finite = |tile: &[f32]| tile.iter().all(|v| v.is_finite());
            assert!(finite(&own) && finite(&right), "{what}: not finite");
            let apart = if own == right { 0.0 } else { relative_l2(&own, &right) };
            assert!(apart <= limit, "{what}: relative L2 {apart:.5}");
        }
    }
    right
}

/// Two rows of three tiles, with a residual.
fn streams(core: Core, mode: u32, x: &Matrix, size: f32) -> Program {
    let outputs = 3 * SIDE;
    let weights = noise(outputs, x.columns, 2).map(|v| bfloat16(v * size));
    let sums: Vec<f32> = (0..outputs).map(|r| weights.row(r).iter().sum()).collect();
    let layer = Linear { weights, bias: noise(1, outputs, 3).values };
    product(core, mode, x, &layer, &sums, Some(&noise(x.rows, outputs, 4)))
}

#[test]
fn products_are_those_of_the_kernels() {
    for_each_case("products_are_those_of_the_kernels", |kernels, rounding| {
        let core = kernels.core();
        let x = noise(2 * SIDE, 2 * SIDE, 1);
        let folded = STATISTICS | NORMALISE;
        for mode in [0, GELU, folded, folded | GELU, KEYS, VALUES, folded | KEYS, folded | VALUES] {
            check(&format!("mode {mode}"), &streams(core, mode, &x, 0.1), kernels, rounding);
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
                let program = streams(kernels.core(), mode, &x, weight);
                check(&format!("{what}, mode {mode}"), &program, kernels, rounding);
            }
        }
    });
}

#[test]
fn attention_is_that_of_the_kernels() {
    for_each_case("attention_is_that_of_the_kernels", |kernels, rounding| {
        let run = |what: &str, q: &Matrix, k: &Matrix, v: &Matrix| {
            check(
                what,
                &attention(kernels.core(), &in_log2(q), k.rows, tiles_of_keys(k, v)),
                kernels,
                rounding,
            );
        };
        for keys in [1, 3, 31, 32, 33, 64, 100] {
            let (q, k) = (noise(SIDE, SIDE, 6), noise(keys, SIDE, 7));
            run(&format!("{keys} keys"), &q.map(|v| v * 10.0), &k, &noise(keys, SIDE, 8));
        }
        let ramp = |from: f32, step: f32| {
            Matrix::from_fn(100, SIDE, |r, c| if c == 0 { from + step * r as f32 } else { 0.0 })
        };
        let query = |size: f32| Matrix::from_fn(SIDE, SIDE, |_, c| if c == 0 { size } else { 0.0 });
        for (what, q, k) in [
            ("rising", query(64.0), ramp(0.0, 4.0)),
            ("falling", query(64.0), ramp(400.0, -4.0)),
            ("negative", query(64.0), ramp(-1600.0, 4.0)),
            ("equal", query(64.0), ramp(-8.0, 0.0)),
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
        let x = noise(keys, SIDE, 10);
        let [(k, in_keys), (v, in_values)] = [(KEYS, 11), (VALUES, 12)].map(|(mode, seed)| {
            let layer = Linear { weights: noise(SIDE, SIDE, seed).map(|v| v / 3.0), bias: vec![0.0; SIDE] };
            let program = product(core, mode, &x, &layer, &[], None);
            let tiles = check("keys or values", &program, kernels, rounding);
            (x.linear(&layer.weights, &layer.bias), tiles)
        });
        let q = noise(SIDE, SIDE, 13);
        let program = attention(core, &in_log2(&q), keys, joined(&in_keys, &in_values));
        let own = matrix(core, &check("attention", &program, kernels, rounding), SIDE, SIDE);
        let apart = own.apart_from(&q.attend(&k, &v));
        assert!(apart <= 0.02, "{core:?}, {rounding:?}: relative L2 {apart:.5}");
    });
}

/// What nobody wrote shows in all that is made of it.
#[test]
fn poison_stays_poison() {
    for core in [Core::Aie2, Core::Aie2p] {
        let nans = |program: &Program| {
            let (made, _) = program.simulated(core, Isa::best(), Rounding::Even);
            made[0].iter().filter(|v| value(**v).is_nan()).count()
        };
        let x = noise(SIDE, SIDE, 1);
        for mode in [0, GELU, STATISTICS | NORMALISE | GELU, KEYS, VALUES] {
            let mut program = streams(core, mode, &x, 1.0);
            program.a[0][9] = 0xffff;
            assert_eq!(nans(&program), SIDE, "mode {mode}: a row");
        }
        for place in [0, HALF * SIDE] {
            let mut program = attention(core, &x, SIDE, tiles_of_keys(&x, &x));
            program.b[1][place] = 0xffff;
            assert!(nans(&program) >= SIDE, "a column at least");
        }
    }
}
