//! Attention against f64 in every grain.

use crate::attention::{AttentionScratch, Grain, HeadKv, HeadRows};
use crate::isa::Isa;
use crate::test_values::{ROUNDING, same_bits, values};

const GRAINS: [Grain; 3] = [Grain::F32, Grain::Int16, Grain::Int8];

fn all() -> impl Iterator<Item = (Grain, Isa)> {
    GRAINS.into_iter().flat_map(|grain| Isa::all().into_iter().map(move |isa| (grain, isa)))
}

/// Queries, keys and values of one head, each among the columns of others, which are not numbers.
struct Case {
    width: usize,
    queries: Vec<f32>,
    keys: Vec<f32>,
    values: Vec<f32>,
}

/// The head's columns in a row of all heads.
const COLUMN: usize = 5;

fn stride(width: usize) -> usize {
    COLUMN + width + 2
}

fn rows(rows: &[f32], width: usize) -> HeadRows<'_> {
    HeadRows { rows, stride: stride(width), column: COLUMN }
}

/// Rows among not-a-number.
fn spread(count: usize, width: usize, value: impl Fn(usize, usize) -> f32) -> Vec<f32> {
    let mut out = vec![f32::NAN; count * stride(width)];
    for (i, row) in out.chunks_mut(stride(width)).enumerate() {
        (0..width).for_each(|c| row[COLUMN + c] = value(i, c));
    }
    out
}

impl Case {
    /// Scores of standard deviation about `heat`, and values that depend on what the scores do, so that
    /// a mixture is far from zero and from the values' mean.
    fn random(width: usize, queries: usize, positions: usize, heat: f32) -> Self {
        let (q, k) = (values(queries * width, 71), values(positions * width, 72));
        let v = values(positions * width, 73);
        Self {
            width,
            queries: spread(queries, width, |i, c| q[i * width + c] * 3.0 * heat),
            keys: spread(positions, width, |i, c| k[i * width + c]),
            values: spread(positions, width, |i, c| {
                0.3 * v[i * width + c] + 0.5 * k[i * width + c] + (c as f32 - 3.0) * 0.05
            }),
        }
    }

    /// One query, and scores and values as given: each of the latter in all channels.
    fn of_scores(width: usize, scores: &[f32], v: &[f32]) -> Self {
        let scale = (width as f32).sqrt();
        let first = |c: usize, v: f32| if c == 0 { v } else { 0.0 };
        Self {
            width,
            queries: spread(1, width, |_, c| first(c, scale)),
            keys: spread(scores.len(), width, |i, c| first(c, scores[i])),
            values: spread(v.len(), width, |i, _| v[i]),
        }
    }

    fn row<'a>(&self, of: &'a [f32], i: usize) -> &'a [f32] {
        &of[i * stride(self.width) + COLUMN..][..self.width]
    }

    fn positions(&self) -> usize {
        self.keys.len() / stride(self.width)
    }

    fn filled(&self, isa: Isa, grain: Grain) -> HeadKv {
        let mut head = HeadKv::new(isa, grain, self.width);
        self.fill(&mut head, self.positions());
        head
    }

    fn fill(&self, head: &mut HeadKv, positions: usize) {
        head.fill(rows(&self.keys, self.width), rows(&self.values, self.width), positions);
    }

    /// All queries, or the first of them, attended to together.
    fn attend(&self, head: &HeadKv, queries: usize, seen: usize) -> Vec<f32> {
        let mut out = vec![f32::NAN; queries * self.width];
        let mut scratch = AttentionScratch::default();
        head.attend(rows(&self.queries, self.width), queries, seen, &mut out, self.width, &mut scratch);
        out
    }

    fn scores(&self, query: usize, seen: usize) -> Vec<f64> {
        let q = self.row(&self.queries, query);
        let dot = |k: &[f32]| q.iter().zip(k).map(|(q, k)| f64::from(*q) * f64::from(*k)).sum::<f64>();
        let scale = (self.width as f64).sqrt();
        (0..seen).map(|i| dot(self.row(&self.keys, i)) / scale).collect()
    }

    /// The largest error of a query's scores.
    ///
    /// In f32 roundings alone: one for each product and sum, and some for the scale (a score of ±1e4
    /// loses as much by them as one of 1 by quantisation). In integers each factor is off by half a step
    /// in every channel, on top of the roundings of three scales.
    fn score_error(&self, grain: Grain, query: usize, seen: usize) -> f64 {
        let q = self.row(&self.queries, query);
        let size = |row: &[f32]| row.iter().fold(0.0f64, |m, v| m.max(f64::from(v.abs())));
        let (low, high) = q.iter().fold((0.0f32, 0.0f32), |(l, h), v| (l.min(*v), h.max(*v)));
        let steps = |query: &[f32], key: &[f32]| match grain {
            Grain::F32 => (0.0, 0.0),
            Grain::Int16 => (size(query) / 4095.0, size(key) / 4095.0),
            Grain::Int8 => (f64::from(high - low) / 255.0, size(key) / 127.0),
        };
        let of_key = |i: usize| {
            let k = self.row(&self.keys, i);
            let (q_step, k_step) = steps(q, k);
            let lost: f64 = q
                .iter()
                .zip(k)
                .map(|(q, k)| f64::from(q.abs()) * k_step + (f64::from(k.abs()) + k_step) * q_step)
                .sum();
            let total: f64 = q.iter().zip(k).map(|(q, k)| f64::from((q * k).abs())).sum();
            (0.501 * lost + total * (self.width + 6) as f64 * ROUNDING) / (self.width as f64).sqrt()
        };
        (0..seen).map(of_key).fold(0.0, f64::max)
    }

    fn mixed(&self, query: usize, seen: usize) -> (Vec<f64>, f64) {
        let scores = self.scores(query, seen);
        let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = scores.iter().map(|s| (s - most).exp()).collect();
        let total: f64 = weights.iter().sum();
        let channel = |c: usize| {
            let of = |(i, w): (usize, &f64)| w * f64::from(self.row(&self.values, i)[c]);
            weights.iter().enumerate().map(of).sum::<f64>() / total
        };
        ((0..self.width).map(channel).collect(), total)
    }

    /// The largest error of a mixture, as a share of the largest value.
    ///
    /// Scores that are off by δ change a weight by e^2δ - 1 at the most (its numerator and the sum of
    /// all). A numerator that is off by ε changes the mixture by 2 ε / total: half a step of 13 bits, a
    /// whole one of 8 bits (dithered), in f32 its exponential's share and a rounding for each position
    /// of the two sums. Values are off by half a step.
    fn mixture_error(&self, grain: Grain, query: usize, seen: usize, total: f64) -> f64 {
        let count = seen as f64;
        let scores = (2.0 * self.score_error(grain, query, seen)).exp_m1();
        let exponential = 2.0 * 3e-6;
        scores
            + match grain {
                Grain::F32 => 2.0 * (count + 8.0) * ROUNDING + 1e-6,
                Grain::Int16 => exponential + 2.0 * count * 0.5 / 8191.0 / total + 0.501 / 1023.0,
                Grain::Int8 => exponential + 2.0 * count / 255.0 / total + 0.501 / 127.0,
            }
    }

    /// Compares some queries' mixtures with f64; returns the squares of errors and of what is expected.
    fn assert_near(&self, grain: Grain, got: &[f32], seen: usize, place: &str) -> (f64, f64) {
        let largest = (0..self.positions())
            .flat_map(|i| self.row(&self.values, i).iter())
            .fold(0.0f64, |m, v| m.max(f64::from(v.abs())));
        let mut squares = (0.0, 0.0);
        for (query, got) in got.chunks(self.width).enumerate() {
            let (expected, total) = self.mixed(query, seen);
            let bound = self.mixture_error(grain, query, seen, total) * largest + 1e-7;
            for (c, (got, expected)) in got.iter().zip(&expected).enumerate() {
                let error = (f64::from(*got) - expected).abs();
                assert!(
                    error <= bound,
                    "{place}, query {query}, channel {c}: {got} not {expected} ± {bound}"
                );
                squares.0 += error * error;
                squares.1 += expected * expected;
            }
        }
        squares
    }
}

/// The root mean square error of mixtures as a share of theirs. Roundings are independent of each
/// other, so that it stays far below the largest error that could be: of 64 channels and many positions
/// an eighth and less. These are about twice what was measured; a fault in one position of a hundred
/// exceeds them.
fn usual_error(grain: Grain) -> f64 {
    match grain {
        Grain::F32 => 1.2e-6,
        Grain::Int16 => 1e-3,
        Grain::Int8 => 1e-2,
    }
}

#[test]
fn mixtures_agree_with_f64() {
    for width in [8, 30, 64] {
        for positions in [1, 2, 5, 63, 64, 65, 257, 1500] {
            let case = Case::random(width, 13, positions, 1.0);
            for (grain, isa) in all() {
                let head = case.filled(isa, grain);
                assert_eq!(head.positions(), positions);
                for seen in [positions, positions.div_ceil(2), positions.saturating_sub(1).max(1)] {
                    let place = format!("{grain:?} {isa}, {seen} of {positions}, width {width}");
                    let got = case.attend(&head, 13, seen);
                    let (error, all) = case.assert_near(grain, &got, seen, &place);
                    let share = (error / all).sqrt();
                    assert!(share < usual_error(grain), "{place}: usual error {share}");
                }
            }
        }
    }
}

#[test]
fn a_query_has_the_same_bits_in_any_company() {
    for (grain, isa) in all() {
        for (width, positions) in [(64, 257), (30, 65)] {
            let case = Case::random(width, 13, positions, 1.0);
            let head = case.filled(isa, grain);
            let mut scratch = AttentionScratch::default();
            let alone: Vec<f32> = (0..13)
                .flat_map(|i| {
                    let queries = &case.queries[i * stride(width)..];
                    let mut out = vec![f32::NAN; width];
                    head.attend(rows(queries, width), 1, positions, &mut out, width, &mut scratch);
                    out
                })
                .collect();
            for count in [1, 6, 7, 13] {
                // Into rows that are further apart than they are wide, with something between them.
                let mut out = vec![-8.0f32; count * (width + 3)];
                let queries = rows(&case.queries, width);
                head.attend(queries, count, positions, &mut out, width + 3, &mut scratch);
                for (i, out) in out.chunks(width + 3).enumerate() {
                    let same = same_bits(&out[..width], &alone[i * width..][..width]);
                    assert!(same && out[width..] == [-8.0; 3], "{grain:?} {isa}: {i} of {count}");
                }
            }
        }
    }
}

#[test]
fn what_was_there_before_does_not_matter() {
    for (grain, isa) in all() {
        let (first, second) = (Case::random(30, 7, 300, 9.0), Case::random(30, 7, 200, 1.0));
        // Large numbers, which would not be overlooked.
        let first = Case { values: first.values.iter().map(|v| v * 1e6).collect(), ..first };
        for positions in [1, 2, 5, 63, 64, 65, 129, 200] {
            let mut fresh = HeadKv::new(isa, grain, 30);
            second.fill(&mut fresh, positions);
            let expected = second.attend(&fresh, 7, positions);
            let mut again = first.filled(isa, grain);
            second.fill(&mut again, positions);
            let mut scratch = AttentionScratch::default();
            first.filled(isa, grain).attend(
                rows(&first.queries, 30),
                7,
                300,
                &mut [0.0; 210],
                30,
                &mut scratch,
            );
            let mut got = [0.0; 210];
            again.attend(rows(&second.queries, 30), 7, positions, &mut got, 30, &mut scratch);
            assert!(same_bits(&got, &expected), "{grain:?} {isa}: {positions} positions");
        }
    }
}

#[test]
fn positions_one_by_one_are_as_good_as_all_at_once() {
    for isa in Isa::all() {
        let case = Case::random(30, 7, 130, 1.0);
        let mut pushed = HeadKv::new(isa, Grain::F32, 30);
        let mut continued = HeadKv::new(isa, Grain::F32, 30);
        case.fill(&mut continued, 70);
        for i in 0..130 {
            let (key, value) = (case.row(&case.keys, i), case.row(&case.values, i));
            pushed.push(key, value);
            if i >= 70 {
                continued.push(key, value);
            }
            let mut filled = HeadKv::new(isa, Grain::F32, 30);
            case.fill(&mut filled, i + 1);
            let expected = case.attend(&filled, 7, i + 1);
            assert!(same_bits(&case.attend(&pushed, 7, i + 1), &expected), "{isa}: {i}");
            assert!(i < 70 || same_bits(&case.attend(&continued, 7, i + 1), &expected), "{isa}: {i}");
        }
        // And what is not attended to does not matter.
        let expected = case.attend(&case.filled(isa, Grain::F32), 7, 65);
        assert!(same_bits(&case.attend(&pushed, 7, 65), &expected), "{isa}");
    }
}

#[test]
fn scores_agree_with_f64() {
    for (grain, isa) in all() {
        for (width, positions) in [(64, 1), (30, 64), (8, 65), (64, 257)] {
            for heat in [1.0, 1e4] {
                let case = Case::random(width, 13, positions, heat);
                let head = case.filled(isa, grain);
                let mut out = vec![f32::NAN; 13 * positions];
                head.scores(rows(&case.queries, width), 13, &mut out, &mut AttentionScratch::default());
                for (query, got) in out.chunks(positions).enumerate() {
                    let bound = case.score_error(grain, query, positions);
                    for (got, expected) in got.iter().zip(case.scores(query, positions)) {
                        let error = (f64::from(*got) - expected).abs();
                        assert!(error <= bound, "{grain:?} {isa} {width} {positions}: {got} not {expected}");
                    }
                }
            }
        }
    }
}

/// A mixture of one value in all channels.
fn mixture(isa: Isa, grain: Grain, scores: &[f32], v: &[f32]) -> f32 {
    let case = Case::of_scores(16, scores, v);
    let out = case.attend(&case.filled(isa, grain), 1, scores.len());
    assert!(out.iter().all(|v| *v == out[0]));
    out[0]
}

#[test]
fn one_position_far_above_the_others_is_all_there_is() {
    for (grain, isa) in all() {
        for positions in [1, 2, 64, 65, 1500] {
            for peak in [0, positions / 2, positions - 1] {
                for depth in [100.0, 1e4] {
                    let at_peak = |v: f32, rest: f32| -> Vec<f32> {
                        (0..positions).map(|i| if i == peak { v } else { rest }).collect()
                    };
                    let got = mixture(isa, grain, &at_peak(depth, -depth), &at_peak(0.5, -1.0));
                    // Half a step of the largest value.
                    assert!((got - 0.5).abs() <= 0.5 / 127.0, "{grain:?} {isa} {positions} {peak}: {got}");
                }
            }
        }
    }
}

#[test]
fn equal_scores_give_the_mean() {
    for (grain, isa) in all() {
        for positions in [1, 2, 5, 63, 64, 65, 257, 1500] {
            for score in [0.0, 3.0, -1e4, 1e4] {
                let v: Vec<f32> = (0..positions).map(|i| i as f32 / positions as f32).collect();
                let mean = v.iter().sum::<f32>() / positions as f32;
                let got = mixture(isa, grain, &vec![score; positions], &v);
                let step = match grain {
                    Grain::F32 => 1e-4,
                    Grain::Int16 => 1.0 / 1023.0,
                    Grain::Int8 => 1.0 / 127.0,
                };
                assert!(
                    (got - mean).abs() <= 0.5 * step,
                    "{grain:?} {isa} {positions} {score}: {got} not {mean}"
                );
            }
        }
    }
}

#[test]
fn scores_in_the_ten_thousands_leave_numbers() {
    for (grain, isa) in all() {
        let case = Case::random(64, 7, 257, 1e4);
        let largest = case.scores(0, 257).into_iter().fold(0.0f64, |m, s| m.max(s.abs()));
        assert!(largest > 1e4);
        let got = case.attend(&case.filled(isa, grain), 7, 257);
        if grain == Grain::F32 {
            case.assert_near(grain, &got, 257, "f32");
        }
        let most = case.values.iter().fold(0.0f32, |m, v| m.max(v.abs()));
        assert!(got.iter().all(|v| v.abs() <= most * 1.01), "{grain:?} {isa}: more than any value");
    }
}

#[test]
fn the_long_tail_of_a_softmax_keeps_its_weight() {
    // One peak, and 1499 positions whose numerators are below half of a 255th of it:
    // rounded to the nearest, they would be gone.
    let flat = |i: usize| if i == 700 { 1.0 } else { 0.3 / 255.0 };
    let falling = |i: usize| if i == 700 { 1.0 } else { 0.49 * (1.0 - i as f64 / 1600.0) / 255.0 };
    let tails: [&dyn Fn(usize) -> f64; 2] = [&flat, &falling];
    for tail in tails {
        let numerators: Vec<f64> = (0..1500).map(tail).collect();
        let scores: Vec<f32> = numerators.iter().map(|n| n.ln() as f32).collect();
        let v: Vec<f32> = (0..1500).map(|i| if i == 700 { 0.0 } else { 1.0 }).collect();
        let share = |numerators: &[f64]| 1.0 - numerators[700] / numerators.iter().sum::<f64>();
        let expected = share(&numerators);
        let nearest: Vec<f64> = numerators.iter().map(|n| (n * 255.0).round() / 255.0).collect();
        assert!(share(&nearest) < 0.1 * expected, "a tail worth the test");
        for isa in Isa::all() {
            let got = f64::from(mixture(isa, Grain::Int8, &scores, &v));
            assert!((got - expected).abs() < 0.02 * expected, "{isa}: {got} not {expected}");
        }
    }
}

fn refused(f: impl FnOnce()) -> bool {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)).is_err()
}

#[test]
fn what_does_not_fit_is_refused() {
    for (grain, isa) in all() {
        let case = Case::random(30, 7, 65, 1.0);
        let attend = |queries: HeadRows<'_>, count: usize, seen: usize, out: &mut [f32]| {
            let head = case.filled(isa, grain);
            refused(|| head.attend(queries, count, seen, out, 30, &mut AttentionScratch::default()))
        };
        let queries = rows(&case.queries, 30);
        assert!(!attend(queries, 7, 65, &mut [0.0; 210]));
        assert!(attend(queries, 7, 66, &mut [0.0; 210]) && attend(queries, 7, 0, &mut [0.0; 210]));
        assert!(attend(queries, 7, 65, &mut [0.0; 209]) && attend(queries, 8, 65, &mut [0.0; 240]));
        let beyond = HeadRows { stride: usize::MAX / 3 + 1, ..queries };
        assert!(attend(beyond, 4, 65, &mut [0.0; 210]), "a stride beyond all memory");
        let fill = |positions: usize| {
            refused(|| {
                let mut head = HeadKv::new(isa, grain, 30);
                let still = HeadRows { rows: &case.keys, stride: 0, column: COLUMN };
                head.fill(still, still, positions);
            })
        };
        assert!(!fill(65) && (grain != Grain::F32 || fill(1 << 57)), "more positions than there is memory");
        assert!(refused(|| _ = HeadKv::new(isa, grain, 65)) && refused(|| _ = HeadKv::new(isa, grain, 0)));
        let push = |width: usize| refused(|| HeadKv::new(isa, grain, 8).push(&[0.0; 9][..width], &[0.0; 8]));
        assert!(push(8) == (grain != Grain::F32) && push(9));
    }
}
