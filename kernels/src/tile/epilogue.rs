//! What is done to the sums of a product: LayerNorm, bias, GELU (`kernels/cc/product.h`, `normalise.h`, `gelu.h`).

use super::blocks::{COLUMNS, DEPTH, SIDE, floats};
use super::core::{Core, read_row, to_floats, write_row};
use super::float::{round, split};
use crate::design::mode;
use hark_simd::Work;

/// Added to the variance.
const EPSILON: f32 = 1e-5;
/// Rows of a block of sums at most.
const MOST_ROWS: usize = 8;

/// `struct Parameters` of `kernels/cc/tile.h`.
pub(super) struct Parameters {
    /// One for each row of a block, all the same where the host does as it should.
    bias: [[f32; SIDE]; MOST_ROWS],
    /// By what the terms of a row's mean are multiplied.
    columns: [[f32; SIDE]; DEPTH],
    /// 1 / the length of a row.
    inverse_length: f32,
}

impl Parameters {
    /// Those of a tile of B for blocks of `ROWS` rows.
    pub(super) fn read<const ROWS: usize>(bytes: &[u8]) -> Self {
        let mut parameters =
            Self { bias: [[0.0; SIDE]; MOST_ROWS], columns: [[0.0; SIDE]; DEPTH], inverse_length: 0.0 };
        let (bias, rest) = bytes.split_at(ROWS * SIDE * 4);
        for (at, value) in bias.as_chunks().0.iter().enumerate() {
            let (block, row) = (at / ROWS, at % ROWS);
            parameters.bias[row][block * COLUMNS..][..COLUMNS].copy_from_slice(&to_floats(value));
        }
        let (columns, rest) = rest.split_at(DEPTH * SIDE * 2);
        for (at, value) in columns.as_chunks::<{ 2 * COLUMNS }>().0.iter().enumerate() {
            let (block, row) = (at / DEPTH, at % DEPTH);
            let values: [f32; COLUMNS] = floats(value);
            parameters.columns[row][block * COLUMNS..][..COLUMNS].copy_from_slice(&values);
        }
        if let Some(word) = rest.first_chunk() {
            parameters.inverse_length = f32::from_le_bytes(*word);
        }
        parameters
    }
}

/// LayerNorm, bias and GELU, in place.
pub(super) struct Apply<'a, 'm, const ROWS: usize, const CUT_OFF: bool> {
    pub(super) core: &'a mut Core<'m>,
    pub(super) mode: u32,
    pub(super) parameters: &'a Parameters,
}

impl<const ROWS: usize, const CUT_OFF: bool> Work for Apply<'_, '_, ROWS, CUT_OFF> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { core, mode, parameters } = self;
        for row in 0..SIDE {
            let mut values = read_row::<ROWS>(core.sums, row);
            if mode & mode::NORMALISE != 0 {
                let [sum, squares] = [&core.first[row], &core.second[row]].map(|of| to_floats(of)[0]);
                normalise::<CUT_OFF>(&mut values, sum, squares, parameters);
            }
            for (v, bias) in values.iter_mut().zip(&parameters.bias[row % ROWS]) {
                *v += bias;
            }
            if mode & mode::GELU != 0 {
                for v in &mut values {
                    *v = gelu::<CUT_OFF>(*v);
                }
            }
            write_row::<ROWS>(core.sums, row, &values);
        }
    }
}

/// `(x · W - mean · Σ W) / deviation`, the mean and the columns' sums as terms whose products are summed in wide
/// arithmetic.
#[inline(always)]
fn normalise<const CUT_OFF: bool>(values: &mut [f32; SIDE], sum: f32, squares: f32, parameters: &Parameters) {
    let mean = sum * parameters.inverse_length;
    let variance = squares * parameters.inverse_length - mean * mean;
    // NaN is not less than 0.
    let variance = if variance < 0.0 { 0.0 } else { variance };
    let scale = 1.0 / (variance + EPSILON).sqrt();
    let [m0, rest] = [round::<CUT_OFF>(mean), mean - round::<CUT_OFF>(mean)];
    let [m1, m2] = split::<CUT_OFF>(rest);
    let means = [m0, m0, m0, m1, m1, m2].map(f64::from);
    for (column, v) in values.iter_mut().enumerate() {
        let mut centred = f64::from(*v);
        for (mean, columns) in means.iter().zip(&parameters.columns) {
            centred += mean * f64::from(columns[column]);
        }
        *v = centred as f32 * scale;
    }
}

/// `gelu_pieces` of `kernels/cc/gelu.h`: coefficients from the power 0 on, for the middle of each unit.
const PIECES: [[f32; 5]; 4] = [
    [-0.154_268_8, -0.132_924_4, 0.307_998_6, -0.103_247_2, -0.032_982_21],
    [-0.100_210_8, 0.127_513_7, -0.016_096_15, -0.057_404_78, 0.034_586_97],
    [-0.015_524_16, 0.037_695_21, -0.037_284_54, 0.015_089_14, 0.001_096_349],
    [-0.000_814_201_8, 0.002_805_861, -0.004_471_798, 0.004_456_31, -0.002_496_268],
];

/// The coefficient of this power for a size.
#[inline(always)]
fn coefficient(power: usize, size: f32) -> f32 {
    let first = if size >= 1.0 { PIECES[1][power] } else { PIECES[0][power] };
    let second = if size >= 3.0 { PIECES[3][power] } else { PIECES[2][power] };
    if size >= 2.0 { second } else { first }
}

/// With a polynomial in bfloat16, but for its last two steps.
#[inline(always)]
fn gelu<const CUT_OFF: bool>(x: f32) -> f32 {
    let size = x.abs();
    let half = |power| round::<CUT_OFF>(coefficient(power, size));
    let lower = if size >= 2.0 { 2.5 } else { 0.5 };
    let is_odd = if size >= 2.0 { size >= 3.0 } else { size >= 1.0 };
    let t = split::<CUT_OFF>(size - if is_odd { lower + 1.0 } else { lower });
    let mut p = half(4);
    p = round::<CUT_OFF>(half(3) + p * t[0]);
    p = round::<CUT_OFF>(half(2) + p * t[0]);
    let slope = split::<CUT_OFF>(coefficient(1, size) + p * t[0]);
    let g = coefficient(0, size) + slope[0] * t[0] + slope[0] * t[1] + slope[1] * t[0];
    let positive = if x < 0.0 { 0.0 } else { x };
    positive + if size >= 4.0 { 0.0 } else { g }
}
