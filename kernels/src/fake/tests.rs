//! Each operation against plain loops in f64, and everything that the fake refuses.

use super::*;
use crate::op::samples::matrix;
use crate::op::{Buffer, Matrix, Op, encode};
use crate::runtime::{Argument, View, Wrong};
use std::sync::atomic::Ordering;

/// Deterministic values in [-1, 1).
fn values(n: usize, seed: u64) -> Vec<f32> {
    let mut state = seed;
    let next = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    (0..n).map(next).collect()
}

const LEN: usize = 40_000;

/// A buffer that the device sees these values in.
fn buffer(values: &[f32]) -> View {
    let view = View::new(4 * values.len(), 0, 0);
    view.host_words().iter().zip(values).for_each(|(word, v)| word.store(v.to_bits(), Ordering::Relaxed));
    view.sync(true, 0, view.len()).unwrap();
    view
}

fn list(words: &[u32]) -> View {
    buffer(&words.iter().map(|word| f32::from_bits(*word)).collect::<Vec<_>>())
}

/// A command with these instructions: weights, input and scratch have values, the others nothing.
fn command(words: &[u32]) -> Command {
    let full = |seed| Argument::Buffer(buffer(&values(LEN, seed)));
    let none = || Argument::Buffer(View::new(4 * LEN, 0, 0));
    let data = [full(1), full(2), none(), full(3), none()];
    let head = [Argument::Number(3), Argument::Buffer(list(words)), Argument::Number(words.len() as u64)];
    Command { kernel: "K".into(), arguments: head.into_iter().chain(data).collect(), wrong: None }
}

fn data(command: &Command, buffer: Buffer) -> &View {
    let Argument::Buffer(view) = &command.arguments[3 + buffer as usize] else { panic!("a buffer") };
    view
}

/// Rows of a matrix as f64.
fn rows(command: &Command, m: &Matrix) -> Vec<Vec<f64>> {
    let words = data(command, m.buffer).words();
    let at = |i: u32| f64::from(f32::from_bits(words[i as usize].load(Ordering::Relaxed)));
    (0..m.rows).map(|r| (0..m.columns).map(|c| at(m.offset + r * m.stride + c)).collect()).collect()
}

/// erf by its series, which is exact enough for |x| < 4.
fn gelu(x: f64) -> f64 {
    let z = x / std::f64::consts::SQRT_2;
    let mut term = z;
    let mut sum = z;
    for n in 1..200 {
        term *= -z * z / f64::from(n);
        sum += term / f64::from(2 * n + 1);
    }
    0.5 * x * (1.0 + sum * 2.0 / std::f64::consts::PI.sqrt())
}

fn expected(command: &Command, op: &Op) -> Vec<Vec<f64>> {
    let read = |m: &Matrix| rows(command, m);
    let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
    match op {
        Op::Copy { from, .. } => read(from),
        Op::Product { x, weights, bias, gelu: with_gelu, residual, .. } => {
            let (weights, bias, residual) = (read(weights), read(bias), residual.map(|m| read(&m)));
            let value = |r: usize, row: &[f64], c: usize| {
                let sum = dot(row, &weights[c]) + bias[0][c];
                let sum = if *with_gelu { gelu(sum) } else { sum };
                sum + residual.as_ref().map_or(0.0, |residual| residual[r][c])
            };
            let row = |(r, row): (usize, &Vec<f64>)| (0..weights.len()).map(|c| value(r, row, c)).collect();
            read(x).iter().enumerate().map(row).collect()
        }
        Op::LayerNorm { x, gain, shift, .. } => {
            let (gain, shift) = (read(gain), read(shift));
            let norm = |row: &Vec<f64>| {
                let n = row.len() as f64;
                let mean = row.iter().sum::<f64>() / n;
                let variance = row.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
                let scaled = row.iter().map(|v| (v - mean) / (variance + 1e-5).sqrt());
                scaled.zip(gain[0].iter().zip(&shift[0])).map(|(v, (g, s))| v * g + s).collect()
            };
            read(x).iter().map(norm).collect()
        }
        Op::Attention { queries, keys, values, heads, .. } => {
            let width = (queries.columns / heads) as usize;
            let (keys, values) = (read(keys), read(values));
            let attend = |query: &Vec<f64>| {
                let mut out = vec![0.0; query.len()];
                for head in (0..query.len()).step_by(width) {
                    let part = head..head + width;
                    let score = |key: &Vec<f64>| dot(&query[part.clone()], &key[part.clone()]);
                    let powers: Vec<f64> =
                        keys.iter().map(|key| (score(key) / (width as f64).sqrt()).exp()).collect();
                    let total: f64 = powers.iter().sum();
                    for (value, power) in values.iter().zip(&powers) {
                        part.clone().for_each(|c| out[c] += value[c] * power / total);
                    }
                }
                out
            };
            read(queries).iter().map(attend).collect()
        }
    }
}

/// Operations with odd sizes, rows that overlap, that have gaps, and each way a product can end.
fn operations() -> Vec<Op> {
    use Buffer::{Input, Output, Scratch, Spare, Weights};
    let product = |rows, stride, gelu, residual| Op::Product {
        x: Matrix { stride, ..matrix(Input, 5, rows, 21) },
        weights: matrix(Weights, 3, 70, 21),
        bias: matrix(Weights, 2000, 1, 70),
        gelu,
        residual,
        out: Matrix { stride: 71, ..matrix(Output, 9, rows, 70) },
    };
    let residual = |rows| Some(Matrix { stride: 77, ..matrix(Scratch, 1, rows, 70) });
    let qkv = |part: u32| Matrix { stride: 3 * 26, ..matrix(Scratch, 4 + 26 * part, 67, 26) };
    let single = |at: u32, rows: u32| matrix(Scratch, at, rows, 64);
    vec![
        Op::Copy { from: matrix(Weights, 3, 2, 9), to: Matrix { stride: 12, ..matrix(Spare, 0, 2, 9) } },
        product(101, 7, true, None),
        product(100, 21, false, None),
        product(97, 30, false, residual(97)),
        product(193, 14, true, residual(193)),
        product(1, 0, true, residual(1)),
        Op::LayerNorm {
            x: Matrix { stride: 60, ..matrix(Input, 11, 13, 50) },
            gain: matrix(Weights, 0, 1, 50),
            shift: matrix(Weights, 50, 1, 50),
            out: matrix(Output, 0, 13, 50),
        },
        Op::Attention {
            queries: qkv(0),
            keys: qkv(1),
            values: qkv(2),
            heads: 2,
            out: matrix(Output, 7, 67, 26),
        },
        Op::Attention {
            queries: single(0, 3),
            keys: single(1000, 130),
            values: single(20_000, 130),
            heads: 1,
            out: matrix(Output, 0, 3, 64),
        },
    ]
}

#[test]
fn every_operation_computes_what_plain_loops_do() {
    for op in operations() {
        let command = command(&encode(std::slice::from_ref(&op)));
        let expected = expected(&command, &op);
        Fake::new().run(&command).unwrap();
        let got = rows(&command, &op.writes());
        let pairs = got.iter().flatten().zip(expected.iter().flatten());
        let largest = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(largest < 2e-5, "{op:?}: {largest:e}");
    }
}

#[test]
fn only_what_an_operation_writes_changes() {
    for op in operations() {
        let command = command(&encode(std::slice::from_ref(&op)));
        let all = |m: Buffer| -> Vec<u32> {
            data(&command, m).words().iter().map(|word| word.load(Ordering::Relaxed)).collect()
        };
        let before = Buffer::ALL.map(all);
        Fake::new().run(&command).unwrap();
        let out = op.writes();
        for (buffer, before) in Buffer::ALL.into_iter().zip(before) {
            for (i, (old, new)) in before.into_iter().zip(all(buffer)).enumerate() {
                let inside = buffer == out.buffer
                    && (0..out.rows).any(|row| {
                        let start = (out.offset + row * out.stride) as usize;
                        (start..start + out.columns as usize).contains(&i)
                    });
                assert!(inside || old == new, "{op:?} writes value {i} of {buffer:?}");
            }
        }
    }
}

#[test]
fn a_wrong_result_is_wrong_and_finite() {
    let op = &operations()[2];
    let result = |wrong| {
        let command = Command { wrong, ..command(&encode(std::slice::from_ref(op))) };
        Fake::new().run(&command).unwrap();
        rows(&command, &op.writes())
    };
    let (right, mut swapped) = (result(None), result(Some(Wrong::Places)));
    assert_ne!(swapped, right);
    swapped.reverse();
    assert_eq!(swapped, right);
    let (right, wrong) = (right.concat(), result(Some(Wrong::Values)).concat());
    let apart: f64 = right.iter().zip(&wrong).map(|(a, b)| (a - b) * (a - b)).sum();
    let norm: f64 = right.iter().map(|v| v * v).sum();
    assert!(wrong.iter().all(|v| v.is_finite()) && apart > norm);
}

/// What would be garbage or a hang on a device.
#[test]
fn what_hardware_would_punish_fails() {
    let good = encode(&operations());
    let fails = |reason: &str, command: &Command| {
        let error = Fake::new().run(command).expect_err(reason);
        assert!(error.contains(reason), "{reason}: {error}");
    };
    let with = |change: &dyn Fn(&mut Vec<Argument>)| {
        let mut command = command(&good);
        change(&mut command.arguments);
        command
    };
    fails("opcode 2", &with(&|arguments| arguments[0] = Argument::Number(2)));
    fails("no op list", &command(&[0x0603_0100, 0x0104_0501, 3, 64]));
    fails(
        "more instructions than",
        &with(&|arguments| arguments[2] = Argument::Number(good.len() as u64 + 1)),
    );
    fails("words where", &with(&|arguments| arguments[2] = Argument::Number(good.len() as u64 - 1)));
    fails("4 buffers for data", &with(&|arguments| _ = arguments.pop()));
    fails("does not take instructions", &with(&|arguments| arguments.truncate(2)));
    let small = Argument::Buffer(buffer(&values(100, 1)));
    fails("of Weights, which holds 100", &with(&|arguments| arguments[3] = small.clone()));
    let empty = Argument::Buffer(View::new(4 * LEN, 0, 0));
    fails("of Input is read, and nobody wrote it", &with(&|arguments| arguments[4] = empty.clone()));
    let unsynced = View::new(4 * LEN, 0, 0);
    unsynced.host_words().iter().for_each(|word| word.store(0, Ordering::Relaxed));
    let unsynced = Argument::Buffer(unsynced);
    fails("of Input is read, and nobody wrote it", &with(&|arguments| arguments[4] = unsynced.clone()));
    let place = matrix(Buffer::Scratch, 0, 2, 2);
    let in_place = Op::Copy { from: place, to: Matrix { offset: 3, ..place } };
    fails("writes where it reads", &command(&encode(&[in_place])));
}
