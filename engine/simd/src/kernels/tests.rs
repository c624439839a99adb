//! Every kernel of this CPU against plain sums in the order that all of them promise.

use super::guarded::Guarded;
use super::{
    BLOCK_ROWS, Left, PAIR, PANEL, QUAD, TALL_ROWS, TILE_ROWS, Tile, streamed_int8, tile_bf16, tile_f32,
    tile_int8, tile_int16, tile_widened,
};
use crate::aligned::Plain;
use crate::isa::{Isa, Level};
use crate::test_values::{chain_error, values};

const STEPS: [usize; 11] = [0, 1, 2, 3, 7, 16, 63, 64, 65, 126, 375];

/// A kernel, how its operands lie, and what stands where it must not look or write.
struct Kind<A, B, C> {
    tile: fn(Isa, Left<'_, A>, &[B], usize, &mut Tile<C, BLOCK_ROWS>),
    /// Rows of a tile, at most.
    tallest: usize,
    /// Elements of a row in a step.
    taken: usize,
    /// Elements of a column that lie together in the panel.
    group: usize,
    beside_rows: A,
    beside_columns: B,
    beside_result: C,
}

const F32: Kind<f32, f32, f32> = Kind {
    tile: tile_f32,
    tallest: TILE_ROWS,
    taken: 1,
    group: 1,
    beside_rows: f32::NAN,
    beside_columns: f32::NAN,
    beside_result: 1e30,
};
const WIDENED: Kind<f32, u16, f32> = Kind {
    tile: tile_widened,
    tallest: TILE_ROWS,
    taken: 1,
    group: PAIR,
    beside_rows: f32::NAN,
    beside_columns: 0x7fc0,
    beside_result: 1e30,
};
const INT8: Kind<u8, i8, i32> = Kind {
    tile: tile_int8,
    tallest: BLOCK_ROWS,
    taken: QUAD,
    group: QUAD,
    beside_rows: 201,
    beside_columns: 99,
    beside_result: -7,
};
const STREAMED: Kind<u8, i8, i32> = Kind { tile: streamed_int8, tallest: TALL_ROWS, ..INT8 };
const INT16: Kind<i16, i16, i32> = Kind {
    tile: tile_int16,
    tallest: TILE_ROWS,
    taken: PAIR,
    group: PAIR,
    beside_rows: 20_001,
    beside_columns: 30_001,
    beside_result: -7,
};
const BF16: Kind<u16, u16, f32> = Kind {
    tile: tile_bf16,
    tallest: TILE_ROWS,
    taken: PAIR,
    group: PAIR,
    beside_rows: 0x7fc0,
    beside_columns: 0x7fc0,
    beside_result: 1e30,
};

impl<A: Plain, B: Plain, C: Copy + PartialEq + std::fmt::Debug> Kind<A, B, C> {
    /// Runs one product on every instruction set. `row` and `column` give elements by row or column
    /// and place along the inner dimension; `check` sees each result with the row and column it is of.
    fn product(
        &self,
        (rows, steps): (usize, usize),
        row: impl Fn(usize, usize) -> A,
        column: impl Fn(usize, usize) -> B,
        check: impl Fn(Isa, &[A], &[B], C),
    ) {
        let inner = steps * self.taken;
        let stride = inner + 3;
        let mut left = vec![self.beside_rows; (rows - 1) * stride + inner];
        for i in 0..rows {
            for k in 0..inner {
                left[i * stride + k] = row(i, k);
            }
        }
        // A kernel of no steps reads nothing, but a row has to begin somewhere.
        left.resize(left.len().max((rows - 1) * stride + 1), self.beside_rows);
        let mut panel = vec![self.beside_columns; inner.next_multiple_of(self.group) * PANEL];
        for j in 0..PANEL {
            for k in 0..inner {
                panel[(k / self.group * PANEL + j) * self.group + k % self.group] = column(j, k);
            }
        }
        let (left, panel) = (Guarded::new(&left), Guarded::new(&panel));
        let columns: Vec<Vec<B>> = (0..PANEL).map(|j| (0..inner).map(|k| column(j, k)).collect()).collect();
        for isa in Isa::all() {
            let mut out = Tile([[self.beside_result; PANEL]; BLOCK_ROWS]);
            (self.tile)(isa, Left::new(&left, stride, rows), &panel, steps, &mut out);
            for (i, out) in out.0.iter().enumerate() {
                if i >= rows {
                    assert!(out.iter().all(|v| *v == self.beside_result), "{isa}: row {i} of {rows}");
                    continue;
                }
                for (column, out) in columns.iter().zip(out) {
                    check(isa, &left[i * stride..][..inner], column, *out);
                }
            }
        }
    }

    fn every_shape(
        &self,
        row: impl Fn(usize, usize) -> A,
        column: impl Fn(usize, usize) -> B,
        check: impl Fn(Isa, &[A], &[B], C),
    ) {
        for rows in 1..=self.tallest {
            for steps in STEPS {
                self.product((rows, steps), &row, &column, &check);
            }
        }
    }
}

/// An element of a fixed table, different for neighbours in both directions.
fn element<T: Copy>(table: &[T]) -> impl Fn(usize, usize) -> T {
    |i, k| table[(i * 7919 + k * 31 + i * k) % table.len()]
}

fn bf16(v: f32) -> u16 {
    (v.to_bits() >> 16) as u16
}

fn widen(v: u16) -> f32 {
    f32::from_bits(u32::from(v) << 16)
}

/// The sum in order, with and without fused multiply-add, which is what makes the kernels of all
/// instruction sets from AVX2 on give the same bits.
fn in_order(isa: Isa, products: impl Iterator<Item = (f32, f32)>) -> f32 {
    let fused = isa.level() > Level::Portable;
    products.fold(0.0, |sum, (x, y)| if fused { x.mul_add(y, sum) } else { sum + x * y })
}

/// Compares with the sum in f64 (in which products of f32 are exact).
fn assert_near(isa: Isa, got: f32, products: impl Iterator<Item = (f32, f32)>, roundings: usize) {
    let (sum, total) = products.fold((0.0, 0.0), |(sum, total), (x, y)| {
        let product = f64::from(x) * f64::from(y);
        (sum + product, total + product.abs())
    });
    let bound = chain_error(roundings, total);
    assert!((f64::from(got) - sum).abs() <= bound, "{isa}: {got} instead of {sum} ± {bound}");
}

#[test]
fn f32_sums_in_order() {
    let (x, w) = (values(4999, 1), values(5003, 2));
    F32.every_shape(element(&x), element(&w), |isa, row, column, got| {
        let products = || row.iter().copied().zip(column.iter().copied());
        assert_eq!(got.to_bits(), in_order(isa, products()).to_bits(), "{isa} {}", row.len());
        // A rounding for each sum, and one for each product where they are not fused.
        assert_near(isa, got, products(), row.len() + 1);
    });
}

#[test]
fn widened_bf16_sums_in_order() {
    let (x, w) = (values(4999, 3), values(5003, 4));
    let w: Vec<u16> = w.into_iter().map(bf16).collect();
    WIDENED.every_shape(element(&x), element(&w), |isa, row, column, got| {
        let products = || row.iter().copied().zip(column.iter().map(|w| widen(*w)));
        assert_eq!(got.to_bits(), in_order(isa, products()).to_bits(), "{isa} {}", row.len());
        assert_near(isa, got, products(), row.len() + 1);
    });
}

#[test]
fn bf16_dot_products_stay_within_their_roundings() {
    let (x, w) = (values(4999, 5), values(5003, 6));
    let (x, w): (Vec<_>, Vec<_>) = (x.into_iter().map(bf16).collect(), w.into_iter().map(bf16).collect());
    BF16.every_shape(element(&x), element(&w), |isa, row, column, got| {
        // Products of bf16 are exact in f32, so that each of a pair costs one rounding at the most.
        let products = row.iter().zip(column).map(|(x, w)| (widen(*x), widen(*w)));
        assert_near(isa, got, products, row.len() + 1);
    });
}

#[test]
fn bf16_dot_products_may_take_denormals_as_zero() {
    // The first of each pair is denormal in the row, and its product with up to 2 a small number.
    let row = |_, k: usize| if k.is_multiple_of(2) { 0x0040 } else { bf16(0.5) };
    let column = |j: usize, _| bf16(1.0 + j as f32 / 64.0);
    BF16.product((3, 10), row, column, |isa, row, column, got| {
        let normal: f32 = row.iter().zip(column).skip(1).step_by(2).map(|(x, w)| widen(*x) * widen(*w)).sum();
        assert!((got - normal).abs() < 1e-6 * normal, "{isa}: {got}");
    });
}

fn exact<A: Copy + Into<i64>, B: Copy + Into<i64>>(isa: Isa, row: &[A], column: &[B], got: i32) {
    let expected: i64 = row.iter().zip(column).map(|(x, w)| (*x).into() * (*w).into()).sum();
    assert_eq!(i64::from(got), expected, "{isa} {}", row.len());
}

#[test]
fn int8_sums_are_exact() {
    let x: Vec<u8> = values(4999, 7).iter().map(|v| (v * 128.0 + 128.0) as u8).collect();
    let w: Vec<i8> = values(5003, 8).iter().map(|v| (v * 127.9) as i8).collect();
    assert!(x.contains(&0) && x.contains(&255) && w.contains(&-127) && w.contains(&127));
    INT8.every_shape(element(&x), element(&w), exact);
    STREAMED.every_shape(element(&x), element(&w), exact);
}

#[test]
fn int8_sums_do_not_saturate() {
    let rows: [fn(usize, usize) -> u8; 4] = [
        |_, _| 0,
        |_, _| 255,
        |i, k| if (i + k).is_multiple_of(2) { 255 } else { 0 },
        |i, k| if (i + k).is_multiple_of(2) { 127 } else { 128 },
    ];
    let columns: [fn(usize, usize) -> i8; 3] =
        [|_, _| 127, |_, _| -127, |j, k| if (j + k).is_multiple_of(2) { 127 } else { -127 }];
    for row in rows {
        for column in columns {
            // 4 · 16,384 elements: more than that an `i32` does not hold.
            for steps in [1, 2, 65, 16_384] {
                let rows = if steps > 1000 { 2 } else { 6 };
                INT8.product((rows, steps), row, column, exact);
                STREAMED.product((rows + 2, steps), row, column, exact);
            }
        }
    }
}

#[test]
fn int16_sums_are_exact() {
    let x: Vec<i16> = values(4999, 9).iter().map(|v| (v * 8191.0) as i16).collect();
    let w: Vec<i16> = values(5003, 10).iter().map(|v| (v * 1023.0) as i16).collect();
    INT16.every_shape(element(&x), element(&w), exact);
}

#[test]
fn int16_sums_hold_the_largest_that_attention_makes() {
    // 64 channels of queries and keys, and 256 numerators and values.
    for (x, w, steps) in [(4095, 4095, 32), (8191, 1023, 128)] {
        for sign in [1, -1] {
            INT16.product((6, steps), |_, _| x, |_, _| w * sign, exact);
            let alternating = |j: usize, k: usize| if (j + k).is_multiple_of(2) { w } else { -w };
            INT16.product((6, steps), |_, _| x * sign, alternating, exact);
        }
    }
}

#[test]
fn what_is_too_short_or_not_aligned_is_refused() {
    let memory = crate::aligned::Aligned::<f32>::zeroed(8 * PANEL);
    let refused = |values: &[f32], stride, rows, panel: &[f32], steps| {
        std::panic::catch_unwind(|| {
            let left = Left::new(values, stride, rows);
            tile_f32(Isa::best(), left, panel, steps, &mut Tile::<_, TILE_ROWS>::new());
        })
        .is_err()
    };
    let panel = &memory[..4 * PANEL];
    assert!(!refused(&[0.0; 14], 5, 3, panel, 4));
    assert!(refused(&[0.0; 13], 5, 3, panel, 4), "a row is too short");
    assert!(refused(&[0.0; 14], 5, 3, &panel[..4 * PANEL - 1], 4), "the panel is too short");
    assert!(refused(&[0.0; 14], 5, 3, &memory[4..], 4), "the panel is not aligned");
    assert!(refused(&[0.0; 14], 5, 0, panel, 4) && refused(&[0.0; 99], 5, 7, panel, 4), "rows of a tile");
    // (rows - 1) · stride is 1 if it wraps round.
    assert!(refused(&[0.0; 14], usize::MAX / 3 + 1, 4, panel, 4), "a stride beyond all memory");
    assert!(refused(&[0.0; 14], 5, 3, panel, 1 << 63), "more steps than there is memory");
}
