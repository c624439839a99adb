//! Shapes and values at which tiles, masks and floats end.

use super::compiled::{Core, Operation, Rounding, for_each_case, kernels, skipped};
use super::matrix::{Matrix, NONE, noise};
use super::operations::{Linear, Norm, Run};
use hark_kernels::design::mode::{GELU, KEYS, NORMALISE, STATISTICS, VALUES};
use hark_kernels::tile::CORE_BYTES;

const LIMIT: f64 = 0.02;

fn within(what: &str, own: &Matrix, right: &Matrix) {
    assert!(own.values.iter().all(|v| v.is_finite()), "{what}: not finite");
    let apart = own.apart_from(right);
    assert!(apart <= LIMIT, "{what}: relative L2 {apart:.5}");
}

fn linear(outputs: usize, inputs: usize, seed: u64) -> Linear {
    let weights = noise(outputs, inputs, seed).map(|v| v / (inputs as f32).sqrt());
    Linear { weights, bias: noise(1, outputs, seed + 1).values }
}

#[test]
fn products_end_anywhere() {
    for_each_case("products_end_anywhere", |kernels, rounding| {
        for (rows, inputs, outputs) in [(1, 1, 1), (63, 65, 64), (65, 240, 67), (64, 64, 130)] {
            let (x, layer) = (noise(rows, inputs, 1), linear(outputs, inputs, 2));
            let sums = x.linear(&layer.weights, &layer.bias);
            let (run, what) = (Run { kernels, rounding }, format!("{rows} x {inputs} x {outputs}"));
            within(&what, &run.product(&x, &layer, false, None).0, &sums);
            let residual = noise(rows, outputs, 4);
            let right = sums.gelu().plus(&residual);
            within(&what, &run.product(&x, &layer, true, Some(&residual)).0, &right);
        }
    });
}

/// Put back in order by a formula of its own.
#[test]
fn keys_and_values_are_the_same_otherwise_laid_out() {
    for_each_case("keys_and_values_are_the_same_otherwise_laid_out", |kernels, rounding| {
        let (x, weights, run) = (noise(70, 64, 1), noise(66, 64, 2), Run { kernels, rounding });
        let [plain, keys, values] =
            [0, KEYS, VALUES].map(|mode| run.raw_product(mode, [&x, &weights, &NONE, &NONE, &NONE]).0);
        assert_eq!(plain, keys);
        assert_eq!(plain, values);
    });
}

/// GELU at both of its ends and at every piece of the polynomial, also of what bfloat16 cannot hold exactly.
#[test]
fn gelu_is_close_everywhere() {
    for_each_case("gelu_is_close_everywhere", |kernels, rounding| {
        let bias: Vec<f32> = (0..4096).map(|i| (i as f32 - 2048.0) / 256.0 + 0.0003).collect();
        let far = [-3e38, -1e30, -1000.0, -1e-30, 0.0, -0.0, 1e-30, 1000.0, 1e30, 3e38];
        let bias: Vec<f32> = bias.into_iter().chain(far).collect();
        let layer = Linear { weights: Matrix::from_fn(bias.len(), 1, |_, _| 0.0), bias: bias.clone() };
        let (own, _) = Run { kernels, rounding }.product(&Matrix::new(1, 1, vec![0.0]), &layer, true, None);
        let right = Matrix::new(1, bias.len(), bias.clone()).gelu();
        for ((own, right), x) in own.values.iter().zip(&right.values).zip(&bias) {
            let apart = (own - right).abs();
            assert!(apart <= 0.0015 + right.abs() / 120.0, "gelu({x}) = {own}, not {right}");
        }
    });
}

/// Rows of equal values, of zeros, far from zero, tiny, and as large as sums of squares can be.
#[test]
fn rows_of_all_sizes_are_normalised() {
    for_each_case("rows_of_all_sizes_are_normalised", |kernels, rounding| {
        let (run, layer) = (Run { kernels, rounding }, linear(64, 128, 5));
        let norm = Norm { gain: noise(1, 128, 6).values, shift: noise(1, 128, 7).values };
        for (what, size, mean) in [
            ("usual", 1.0, 0.0),
            ("tiny", 1e-6, 0.0),
            ("huge", 1e15, 0.0),
            ("shifted", 1.0, 4.0),
            ("zeros", 0.0, 0.0),
        ] {
            let bits = |v: f32| super::matrix::bfloat16(v * size + mean);
            let x = noise(40, 128, 8).map(bits);
            let rows = x.layer_norm(&norm.gain, &norm.shift);
            within(&format!("rows, {what}"), &run.normalised_rows(&x, &norm).0, &rows);
            let right = rows.linear(&layer.weights, &layer.bias);
            within(&format!("folded, {what}"), &run.normalised_product(&x, &norm, &layer, false).0, &right);
        }
        // What is far from zero for how it varies is for the rows' own pass alone.
        let x = noise(40, 128, 9).map(|v| super::matrix::bfloat16(300.0 + (2.0 * v).round() * 2.0));
        let right = x.layer_norm(&norm.gain, &norm.shift);
        within("rows, far from zero", &run.normalised_rows(&x, &norm).0, &right);
        let equal = x.map(|_| 300.0);
        let (own, _) = run.normalised_product(&equal, &norm, &layer, false);
        assert!(own.values.iter().all(|v| v.is_finite()), "equal values");
    });
}

/// Keys up to every place in a token and in a tile: what lies behind them is junk that must not be seen.
#[test]
fn keys_end_anywhere() {
    for_each_case("keys_end_anywhere", |kernels, rounding| {
        let run = Run { kernels, rounding };
        for keys in [1, 3, 4, 28, 31, 32, 33, 64, 92, 1500] {
            let (q, k, v) = (noise(17, 64, 1).map(|v| 4.0 * v), noise(keys, 64, 2), noise(keys, 64, 3));
            let right = q.attend(&k, &v);
            within(&format!("{keys} keys"), &run.attention(&q, &k, &v).0, &right);
            within(&format!("{keys} keys, in three"), &run.attention_in_three(&q, &k, &v).0, &right);
        }
    });
}

/// Scores that rise and fall by more than a float's range, that are all equal, and that no fixed point holds.
#[test]
fn scores_may_be_extreme() {
    for_each_case("scores_may_be_extreme", |kernels, rounding| {
        let run = Run { kernels, rounding };
        let values = noise(100, 64, 3);
        let ramp = |from: f32, step: f32| {
            Matrix::from_fn(100, 64, |r, c| if c == 0 { from + step * r as f32 } else { 0.0 })
        };
        let query = |size: f32| Matrix::from_fn(5, 64, |_, c| if c == 0 { size } else { 0.0 });
        for (what, q, k) in [
            ("rising", query(64.0), ramp(0.0, 4.0)),
            ("falling", query(64.0), ramp(400.0, -4.0)),
            ("negative", query(64.0), ramp(-1600.0, 4.0)),
            ("equal", query(64.0), ramp(-8.0, 0.0)),
            ("zero", query(0.0), ramp(0.0, 1.0)),
        ] {
            let right = q.attend(&k, &values);
            within(what, &run.attention(&q, &k, &values).0, &right);
            within(&format!("{what}, in three"), &run.attention_in_three(&q, &k, &values).0, &right);
        }
        let (own, _) = run.attention(&query(1e18), &ramp(-1e18, 2e16), &values);
        assert!(own.values.iter().all(|v| v.abs() <= 1.0), "beyond fixed point");
    });
}

/// A tile's counts are those of its loops: one issue per 128 products, and what goes round them.
#[test]
fn a_tile_costs_what_it_must() {
    for core in [Core::Aie2, Core::Aie2p] {
        let Some(kernels) = kernels(core) else {
            return skipped("a_tile_costs_what_it_must");
        };
        let run = Run { kernels, rounding: Rounding::Even };
        let counts = |inputs: usize, mode: u32| {
            let (x, weights) = (noise(64, inputs, 1), noise(64, inputs, 2));
            run.raw_product(mode, [&x, &weights, &NONE, &NONE, &NONE]).1
        };
        let (one, two, with_sums) = (counts(64, 0), counts(128, 0), counts(64, STATISTICS));
        assert_eq!(two.macs - one.macs, 64 * 64 * 64 / 128);
        let keys = |keys: usize| run.attention(&noise(64, 64, 1), &noise(keys, 64, 2), &noise(keys, 64, 3)).1;
        let (few, more) = (keys(64), keys(128));
        println!("{core:?}: a step {:?} less {:?}; sums for a norm {:?}", two, one, with_sums);
        println!("{core:?}: 64 keys {:?} less {:?}", more, few);
        assert!(more.macs - few.macs < 2 * 2048 + 2048 / 4, "two tokens of keys");
    }
}

/// Nothing depends on how whoever ran before left the core to round.
#[test]
fn a_core_may_be_left_in_any_state() {
    for_each_case("a_core_may_be_left_in_any_state", |kernels, rounding| {
        let run = Run { kernels, rounding };
        let (q, k, v) = (noise(9, 64, 1), noise(70, 64, 2), noise(70, 64, 3));
        let mode = STATISTICS | NORMALISE | GELU;
        let norm = noise(1, 64, 5).values;
        let both = |operation: Operation, mode: u32, matrices: &[&Matrix]| {
            let [even, cut_off] = [Rounding::Even, Rounding::CutOff]
                .map(|before| kernels.run_after(before, operation, run.rounding, mode, 60, matrices).0);
            assert_eq!(even, cut_off, "{operation:?}");
        };
        let row = Matrix::new(1, 64, norm);
        both(Operation::Product, mode, &[&q, &k, &noise(1, 70, 4), &noise(1, 70, 6), &NONE]);
        both(Operation::Attention, 0, &[&q, &k, &v]);
        both(Operation::NormaliseRows, 0, &[&q, &row, &row]);
        both(Operation::SoftmaxRows, 0, &[&q]);
    });
}

/// A core's data fit its memory. How long the program is cannot be known here: that is printed, and not tested.
#[test]
fn a_core_has_room_for_its_data() {
    for core in [Core::Aie2, Core::Aie2p] {
        let Some(kernels) = kernels(core) else {
            return skipped("a_core_has_room_for_its_data");
        };
        let memory = kernels.report("report");
        println!("{core:?}\n{memory}");
        let parts = memory.lines().filter(|line| line.starts_with("memory: "));
        let bytes: usize = parts.map(|line| line.rsplit(' ').next().unwrap().parse::<usize>().unwrap()).sum();
        assert!((60 << 10..=64 << 10).contains(&bytes), "{bytes} bytes");
        assert!(memory.contains(&format!("memory: sums: {CORE_BYTES}\n")), "struct Core");
    }
}
