//! Products with packed matrices against f64, and their one order of reduction.

use crate::isa::Isa;
use crate::packed::{Finish, Format, Narrow, Packed};
use crate::quantise::{quantise_row, symmetric8, to_bf16};
use crate::team::Team;
use crate::test_values::{ROUNDING, chain_error, gelu, same_bits, values};
use std::convert::Infallible;

const FORMATS: [Format; 4] = [Format::F32, Format::Bf16, Format::Bf16Dot, Format::Int8];
const FINISHES: [Finish; 3] = [Finish::Store, Finish::Gelu, Finish::Add];

/// Every format on every instruction set.
fn all() -> impl Iterator<Item = (Format, Isa)> {
    FORMATS.into_iter().flat_map(|format| Isa::all().into_iter().map(move |isa| (format, isa)))
}

fn pack(isa: Isa, team: &Team, format: Format, weights: &[f32], inputs: usize) -> Packed {
    let shape = (weights.len() / inputs, inputs);
    let fetch = |rows: std::ops::Range<usize>, out: &mut [f32]| {
        out.copy_from_slice(&weights[rows.start * inputs..rows.end * inputs]);
        Ok::<(), Infallible>(())
    };
    match Packed::pack(isa, team, format, shape, fetch) {
        Ok(packed) => packed,
    }
}

/// A row as a product sees it: its values after rounding, and how far each may be from what was given.
struct Seen {
    values: Vec<f64>,
    step: f64,
}

fn bf16_row(isa: Isa, row: &[f32]) -> Seen {
    let mut halves = vec![0; row.len()];
    to_bf16(isa, &mut halves, row);
    let values = halves.iter().map(|h| f64::from(f32::from_bits(u32::from(*h) << 16))).collect();
    // Values are below 1, so that half a unit in the last of 8 bits is 2⁻⁹ at the most.
    Seen { values, step: 1.0 / 512.0 }
}

fn exact_row(row: &[f32]) -> Seen {
    Seen { values: row.iter().map(|v| f64::from(*v)).collect(), step: 0.0 }
}

fn weight_row(isa: Isa, format: Format, row: &[f32]) -> Seen {
    match format {
        Format::F32 => exact_row(row),
        Format::Bf16 | Format::Bf16Dot => bf16_row(isa, row),
        Format::Int8 => {
            let mut q = vec![0; row.len()];
            let scale = f64::from(symmetric8(isa, &mut q, row));
            Seen { values: q.iter().map(|q| f64::from(*q) * scale).collect(), step: 0.501 * scale }
        }
    }
}

fn operand_row(isa: Isa, format: Format, row: &[f32]) -> Seen {
    match format {
        Format::F32 | Format::Bf16 => exact_row(row),
        Format::Bf16Dot => bf16_row(isa, row),
        Format::Int8 => {
            let mut q = vec![0; row.len()];
            let (scale, zero) = quantise_row(isa, &mut q, row);
            let values = q.iter().map(|q| f64::from(i32::from(*q) - zero) * f64::from(scale)).collect();
            Seen { values, step: 0.501 * f64::from(scale) }
        }
    }
}

/// The product of two rows as seen, its largest error in f32, and its largest error against the rows as
/// given: each of the two may be off by its step in every place.
fn expected(format: Format, x: &Seen, w: &Seen) -> (f64, f64, f64) {
    let (mut sum, mut total, mut loss) = (0.0, 0.0, 0.0);
    for (x_value, w_value) in x.values.iter().zip(&w.values) {
        sum += x_value * w_value;
        total += (x_value * w_value).abs();
        loss += x_value.abs() * w.step + w_value.abs() * x.step + x.step * w.step;
    }
    let error = match format {
        // Exact in integers. Then the sum, the product of the scales and that of the two are rounded.
        Format::Int8 => chain_error(3, sum.abs()),
        _ => chain_error(x.values.len() + 1, total),
    };
    (sum, error, loss)
}

#[test]
fn products_agree_with_f64_in_every_format() {
    let team = Team::new(2);
    for inputs in [1, 3, 63, 64, 65, 240, 2048] {
        for outputs in [1, 63, 64, 65, 130] {
            agree_with_f64(&team, inputs, outputs);
        }
    }
}

fn agree_with_f64(team: &Team, inputs: usize, outputs: usize) {
    // Rows that overlap, as those of a convolution do, in two tiles.
    let (rows, stride) = (7, inputs.div_ceil(2));
    let x: Vec<f32> = values((rows - 1) * stride + inputs, 11).iter().map(|v| v * 0.7 + 0.3).collect();
    // Results of the size of 1, of either sign.
    let size = 1.5 / (inputs as f32).sqrt();
    let weights: Vec<f32> = values(outputs * inputs, 12).iter().map(|v| v * size.min(1.0)).collect();
    let (bias, before) = (values(outputs, 13), values(rows * outputs, 14));
    let row = |i: usize| &x[i * stride..][..inputs];
    for (format, isa) in all() {
        let packed = pack(isa, team, format, &weights, inputs).with_bias(&bias);
        assert_eq!((packed.inputs(), packed.outputs()), (inputs, outputs));
        let mut narrow = Narrow::default();
        let mut out = FINISHES.map(|_| before.clone());
        let operand = packed.operand_strided(&x, stride, rows, &mut narrow);
        for (finish, out) in FINISHES.into_iter().zip(&mut out) {
            packed.multiply(team, operand, out, finish);
        }
        // The same rows in a row.
        let dense: Vec<f32> = (0..rows).flat_map(|i| row(i).iter().copied()).collect();
        let mut again = before.clone();
        packed.multiply_here(packed.operand(&dense, &mut narrow), &mut again, Finish::Store);
        assert!(same_bits(&again, &out[0]), "{format:?} {isa}: rows that overlap");
        let seen: Vec<Seen> = (0..rows).map(|i| operand_row(isa, format, row(i))).collect();
        for o in 0..outputs {
            let given = &weights[o * inputs..][..inputs];
            let weight = weight_row(isa, format, given);
            for (i, x) in seen.iter().enumerate() {
                let (sum, error, loss) = expected(format, x, &weight);
                let raw: f64 = row(i).iter().zip(given).map(|(x, w)| f64::from(*x) * f64::from(*w)).sum();
                let bias = f64::from(bias[o]);
                let place = format!("{format:?} {isa} {outputs} × {inputs}, row {i}, output {o}");
                let [stored, bent, added] =
                    [0, 1, 2].map(|finish: usize| f64::from(out[finish][i * outputs + o]));
                // One more rounding when the bias is added.
                let error = error + ROUNDING * (sum + bias).abs() + 1e-12;
                assert!((stored - sum - bias).abs() <= error, "{place}: {stored} not {}", sum + bias);
                assert!((stored - raw - bias).abs() <= error + loss * 1.001, "{place}: {stored} loses more");
                // GELU is nowhere steeper than 1.13, and its own error is 2e-6.
                let curve = gelu(sum + bias);
                assert!((bent - curve).abs() <= 1.13 * error + 2e-6, "{place}: {bent} not {curve}");
                let sum = f64::from(before[i * outputs + o]) + stored;
                assert!((added - sum).abs() <= ROUNDING * sum.abs(), "{place}: {added} not {sum}");
            }
        }
    }
}

/// Each row's result alone, for all rows of `x`.
fn one_by_one(packed: &Packed, x: &[f32]) -> Vec<f32> {
    let (inputs, outputs) = (packed.inputs(), packed.outputs());
    let mut out = vec![f32::NAN; x.len() / inputs * outputs];
    let mut narrow = Narrow::default();
    for (row, out) in x.chunks(inputs).zip(out.chunks_mut(outputs)) {
        packed.multiply_here(packed.operand(row, &mut narrow), out, Finish::Store);
    }
    out
}

#[test]
fn a_row_has_the_same_bits_in_any_company() {
    let teams = [1, 2, 5].map(Team::new);
    // Enough products that a few rows are shared among threads too, and enough rows for that with few.
    for (counts, inputs, outputs) in [(&[1, 2, 6, 7, 8][..], 190, 200), (&[1500][..], 37, 66)] {
        let most = counts[counts.len() - 1];
        let x = values((most + 5) * inputs, 21);
        let weights = values(outputs * inputs, 22);
        let bias = values(outputs, 23);
        for (format, isa) in all() {
            let packed = pack(isa, &teams[1], format, &weights, inputs).with_bias(&bias);
            let alone = one_by_one(&packed, &x);
            for count in counts {
                // Each row at another place of its tile.
                for first in [0, 1, 5] {
                    let x = &x[first * inputs..][..count * inputs];
                    let alone = &alone[first * outputs..][..count * outputs];
                    let mut narrow = Narrow::default();
                    let operand = packed.operand(x, &mut narrow);
                    let mut out = vec![f32::NAN; count * outputs];
                    packed.multiply_here(operand, &mut out, Finish::Store);
                    assert!(same_bits(&out, alone), "{format:?} {isa}: {count} rows from {first} on");
                    for team in &teams {
                        out.fill(f32::NAN);
                        packed.multiply(team, operand, &mut out, Finish::Store);
                        let threads = team.threads();
                        assert!(same_bits(&out, alone), "{format:?} {isa}: {count} rows, {threads} threads");
                    }
                }
            }
        }
    }
}

#[test]
fn instruction_sets_with_the_same_arithmetic_give_the_same_bits() {
    let team = Team::new(1);
    let (inputs, outputs) = (99, 70);
    let (x, weights) = (values(7 * inputs, 31), values(outputs * inputs, 32));
    for format in [Format::F32, Format::Bf16, Format::Int8] {
        let results: Vec<Vec<f32>> = Isa::all()
            .into_iter()
            .skip(1)
            .map(|isa| one_by_one(&pack(isa, &team, format, &weights, inputs), &x))
            .collect();
        assert!(results.iter().all(|result| same_bits(result, &results[0])), "{format:?}");
    }
}

#[test]
fn packing_is_the_same_on_any_number_of_threads() {
    let (inputs, outputs) = (77, 300);
    let (x, weights) = (values(3 * inputs, 41), values(outputs * inputs, 42));
    for format in FORMATS {
        let result =
            |threads| one_by_one(&pack(Isa::best(), &Team::new(threads), format, &weights, inputs), &x);
        let one = result(1);
        assert!(same_bits(&one, &result(2)) && same_bits(&one, &result(5)), "{format:?}");
    }
}

#[test]
fn slices_of_an_operand_and_rows_of_the_matrix_are_what_was_given() {
    for (format, isa) in all() {
        let (team, inputs, outputs) = (Team::new(1), 37, 70);
        let (x, weights) = (values(20 * inputs, 45), values(outputs * inputs, 46));
        let packed = pack(isa, &team, format, &weights, inputs);
        let alone = one_by_one(&packed, &x);
        let mut narrow = Narrow::default();
        let operand = packed.operand(&x, &mut narrow);
        for (start, end) in [(0, 20), (0, 0), (3, 3), (5, 6), (1, 19)] {
            let part = operand.slice(0..20).slice(start..end);
            let mut out = vec![f32::NAN; part.rows() * outputs];
            packed.multiply(&team, part, &mut out, Finish::Store);
            assert!(
                same_bits(&out, &alone[start * outputs..end * outputs]),
                "{format:?} {isa}: {start}..{end}"
            );
        }
        assert!(refused(|| _ = operand.slice(1..20).slice(0..20)) && refused(|| _ = operand.slice(20..21)));
        for o in [0, 1, 63, 64, 69] {
            let mut row = vec![f32::NAN; inputs];
            packed.row(o, &mut row);
            let expected = weight_row(isa, format, &weights[o * inputs..][..inputs]);
            let same = |(a, b): (&f32, &f64)| (f64::from(*a) - b).abs() <= ROUNDING * b.abs();
            assert!(row.iter().zip(&expected.values).all(same), "{format:?} {isa}: output {o}");
        }
    }
}

#[test]
fn the_error_of_a_fetch_is_returned() {
    for threads in [1, 3] {
        let team = Team::new(threads);
        for format in FORMATS {
            for guilty in [0, 2] {
                let fetch = |rows: std::ops::Range<usize>, out: &mut [f32]| {
                    out.fill(1.0);
                    if rows.start == guilty * 64 { Err(format!("rows {rows:?}")) } else { Ok(()) }
                };
                let result = Packed::pack(Isa::best(), &team, format, (150, 10), fetch);
                let rows = guilty * 64..(guilty * 64 + 64).min(150);
                assert_eq!(result.err(), Some(format!("rows {rows:?}")), "{format:?}");
            }
        }
    }
}

#[test]
fn layers_without_outputs_and_products_without_rows_are_empty() {
    let team = Team::new(2);
    for format in FORMATS {
        let mut narrow = Narrow::default();
        let none = pack(Isa::best(), &team, format, &[], 8);
        none.multiply(&team, none.operand(&[1.0; 16], &mut narrow), &mut [], Finish::Store);
        let some = pack(Isa::best(), &team, format, &[1.0; 80], 8);
        some.multiply(&team, some.operand(&[], &mut narrow), &mut [], Finish::Add);
    }
}

/// Whether a closure panics rather than reading or writing where it must not.
fn refused(f: impl FnOnce()) -> bool {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)).is_err()
}

#[test]
fn what_does_not_fit_is_refused() {
    let team = Team::new(1);
    for format in FORMATS {
        let packed = pack(Isa::best(), &team, format, &values(64 * 8, 51), 8);
        let wider = pack(Isa::best(), &team, format, &values(64 * 20, 52), 20);
        let x = values(200, 53);
        let mut narrow = Narrow::default();
        let mut product = |stride: usize, rows: usize, length: usize| {
            refused(|| {
                let operand = packed.operand_strided(&x, stride, rows, &mut narrow);
                packed.multiply(&team, operand, &mut vec![0.0; length], Finish::Store);
            })
        };
        assert!(!product(64, 4, 4 * 64) && !product(0, 4, 4 * 64), "{format:?}");
        assert!(product(64, 4, 4 * 64 - 1) && product(65, 4, 4 * 64), "{format:?}: too short");
        // As sizes wrap round: 3 · stride is 1, and rows · outputs is 0.
        assert!(product(usize::MAX / 3 + 1, 4, 4 * 64), "{format:?}: a stride beyond all memory");
        if format == Format::F32 {
            assert!(product(0, 1 << 58, 0), "more results than there is memory");
        }
        let mut narrow = Narrow::default();
        let operand = wider.operand(&x, &mut narrow);
        let here = |packed: &Packed| packed.multiply_here(operand, &mut [0.0; 640], Finish::Store);
        assert!(!refused(|| here(&wider)) && refused(|| here(&packed)), "{format:?}: another width");
        assert!(refused(|| _ = pack(Isa::best(), &team, format, &values(640, 54), 640).with_bias(&[0.0; 2])));
        let empty = |_, _: &mut [f32]| Ok::<(), Infallible>(());
        let inputs = |inputs| refused(|| _ = Packed::pack(Isa::best(), &team, format, (1, inputs), empty));
        assert!(inputs(0), "{format:?}: no inputs");
        assert_eq!(inputs(1 << 16 | 1), format == Format::Int8, "sums of int8 would overflow");
    }
}

#[test]
fn rows_of_extremes_come_out_as_they_should() {
    let team = Team::new(1);
    let inputs = 16;
    let mut weights = values(3 * inputs, 61);
    weights[inputs..2 * inputs].fill(0.0);
    for (format, isa) in all() {
        let packed = pack(isa, &team, format, &weights, inputs).with_bias(&[0.5, 0.25, -1.0]);
        let mut x = vec![0.0; 3 * inputs];
        x[inputs..2 * inputs].fill(-3.0);
        x[2 * inputs..].fill(1e30);
        let out = one_by_one(&packed, &x);
        assert_eq!(out[..3], [0.5, 0.25, -1.0], "{format:?} {isa}: a row of zeros gives the bias");
        assert_eq!((out[4], out[7]), (0.25, 0.25), "{format:?} {isa}: weights of zero give the bias");
        let sum: f32 = weights[..inputs].iter().sum();
        let largest = weights[..inputs].iter().fold(0.0f32, |a, b| a.max(b.abs()));
        // Half a step of 1 / 127 of the largest weight in each place, or 2⁻⁹ of each weight.
        let loss = largest * inputs as f32 / 250.0;
        assert!((out[3] - 0.5 + 3.0 * sum).abs() < 3.0 * loss, "{format:?} {isa}: constant rows");
        assert!((out[6] / 1e30 - sum).abs() < loss, "{format:?} {isa}: large rows");
    }
}
