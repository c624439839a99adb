//! Cores that compute with plain loops in f32 on bfloat16, and an encoder to compare them with.

use super::array::{Cores, Input, Tile};
use crate::design::mode;
use crate::design::tiles::{
    BLOCK_COLUMNS, BLOCK_DEPTH, SIDE, bfloat16, block_rows, in_tile, in_tile_of_b, value,
};
use crate::op::{Matrix, Op};
use crate::plan::Plan;
use crate::txn::Generation;
use std::collections::HashMap;
use std::rc::Rc;

/// Values of half a tile.
pub type Half = Rc<[u16]>;
const POSITIONS: usize = SIDE / 2;

pub struct Numbers {
    pub generation: Generation,
    /// Sums of rows, and of their squares, of each core.
    pub statistics: HashMap<(usize, usize), Vec<[f32; 2]>>,
}

fn bits(tile: &Tile<Half>, at: usize) -> u16 {
    tile[at / (SIDE * POSITIONS)][at % (SIDE * POSITIONS)]
}

fn float(tile: &Tile<Half>, at: usize) -> f32 {
    f32::from_bits(u32::from(bits(tile, 2 * at + 1)) << 16 | u32::from(bits(tile, 2 * at)))
}

impl Numbers {
    fn a(&self, tile: &Tile<Half>, row: usize, column: usize) -> f32 {
        value(bits(tile, in_tile(self.generation, row, column)))
    }

    fn multiply(&self, sums: &mut [f32], a: &Tile<Half>, b: &Tile<Half>) {
        for row in 0..SIDE {
            for k in 0..SIDE {
                let left = self.a(a, row, k);
                for column in 0..SIDE {
                    sums[row * SIDE + column] += left * value(bits(b, in_tile_of_b(k, column)));
                }
            }
        }
    }

    fn product(&mut self, core: (usize, usize), out: u32, input: &Input<'_, Half>) -> Vec<f32> {
        let mode = input.command.mode;
        let mut sums = vec![0.0; SIDE * SIDE];
        if mode & mode::STATISTICS != 0 && out == 0 {
            self.statistics.insert(core, vec![[0.0; 2]; SIDE]);
        }
        for (a, b) in &input.ab {
            self.multiply(&mut sums, a, b);
            if mode & mode::STATISTICS != 0 && out == 0 {
                for row in 0..SIDE {
                    for column in 0..SIDE {
                        let v = self.a(a, row, column);
                        let entry = &mut self.statistics.get_mut(&core).unwrap()[row];
                        *entry = [entry[0] + v, entry[1] + v * v];
                    }
                }
            }
        }
        let [parameters] = input.b else { panic!("{} tiles of parameters", input.b.len()) };
        let rows = block_rows(self.generation);
        let floats = SIDE * rows;
        let inverse = float(parameters, floats + BLOCK_DEPTH * SIDE / 2);
        for row in 0..SIDE {
            for column in 0..SIDE {
                let (block, lane) = (column / BLOCK_COLUMNS, column % BLOCK_COLUMNS);
                let v = &mut sums[row * SIDE + column];
                if mode & mode::NORMALISE != 0 {
                    let [sum, squares] = self.statistics[&core][row].map(|sum| sum * inverse);
                    let term = |k: usize| {
                        value(bits(parameters, 2 * floats + (block * BLOCK_DEPTH + k) * BLOCK_COLUMNS + lane))
                    };
                    // As the kernel's means meet them: m0 m0 m0 m1 m1 m2.
                    assert!(term(0) == term(3) && term(0) == term(5) && term(1) == term(4));
                    assert!(term(6) == 0.0 && term(7) == 0.0);
                    let deviation = (squares - sum * sum + 1e-5).sqrt();
                    *v = (*v + sum * (term(0) + term(1) + term(2))) / deviation;
                }
                *v += float(parameters, (block * rows + row % rows) * BLOCK_COLUMNS + lane);
                if mode & mode::GELU != 0 {
                    *v = gelu((*v).into()) as f32;
                }
            }
        }
        for (a, b) in &input.residual {
            self.multiply(&mut sums, a, b);
        }
        sums
    }

    fn attention(&self, core: (usize, usize), input: &Input<'_, Half>) -> Vec<f32> {
        let queries = &input.a[core.0];
        let keys = input.command.keys as usize;
        let mut out = vec![0.0; SIDE * SIDE];
        for row in 0..SIDE {
            let (mut scores, mut values) = (Vec::new(), Vec::new());
            for (i, [key, val]) in input.b.iter().enumerate() {
                for k in (0..POSITIONS).filter(|k| i * POSITIONS + k < keys) {
                    let at = |d: usize| (d / 8 * (POSITIONS / 4) + k / 4) * 32 + d % 8 * 4 + k % 4;
                    scores.push((0..SIDE).map(|d| self.a(queries, row, d) * value(key[at(d)])).sum::<f32>());
                    let at = |d: usize| (k / 8 * (SIDE / 4) + d / 4) * 32 + k % 8 * 4 + d % 4;
                    values.push((0..SIDE).map(|d| value(val[at(d)])).collect::<Vec<f32>>());
                }
            }
            assert_eq!(scores.len(), keys);
            let most = scores.iter().copied().fold(f32::MIN, f32::max);
            let weights: Vec<f32> = scores.iter().map(|score| (score - most).exp2()).collect();
            let sum: f32 = weights.iter().sum();
            for (weight, values) in weights.iter().zip(&values) {
                for (out, v) in out[row * SIDE..].iter_mut().zip(values) {
                    *out += weight / sum * v;
                }
            }
        }
        out
    }

    /// As `store()` in `kernels/cc` orders it.
    fn store(&self, mode: u32, sums: &[f32]) -> Tile<Half> {
        let mut all = vec![0; SIDE * SIDE];
        for row in 0..SIDE {
            for column in 0..SIDE {
                let (half, r) = (row / POSITIONS, row % POSITIONS);
                let at = if mode & mode::KEYS != 0 {
                    half * SIDE * POSITIONS
                        + (column / 8 * (POSITIONS / 4) + r / 4) * 32
                        + column % 8 * 4
                        + r % 4
                } else if mode & mode::VALUES != 0 {
                    half * SIDE * POSITIONS + (r / 8 * (SIDE / 4) + column / 4) * 32 + r % 8 * 4 + column % 4
                } else {
                    in_tile(self.generation, row, column)
                };
                all[at] = bfloat16(sums[row * SIDE + column]);
            }
        }
        let (first, second) = all.split_at(SIDE * POSITIONS);
        [first.into(), second.into()]
    }
}

impl Cores for Numbers {
    type Half = Half;

    fn tile(&mut self, core: (usize, usize), out: u32, input: &Input<'_, Half>) -> Tile<Half> {
        let mode = input.command.mode;
        let sums = if mode & mode::ATTENTION != 0 {
            self.attention(core, input)
        } else {
            self.product(core, out, input)
        };
        self.store(mode, &sums)
    }
}

/// With the error function's series, which is exact enough where it does not saturate.
fn gelu(x: f64) -> f64 {
    let z = x / std::f64::consts::SQRT_2;
    if z.abs() > 3.5 {
        return x.max(0.0);
    }
    let (mut term, mut sum) = (z, z);
    for n in 1..80 {
        term *= -z * z / f64::from(n);
        sum += term / f64::from(2 * n + 1);
    }
    x / 2.0 * (1.0 + sum * std::f64::consts::FRAC_2_SQRT_PI)
}

/// A plan's operations with plain loops.
pub fn carry_out(plan: &Plan, buffers: &mut [Vec<f32>; 5]) {
    for op in plan.launches.iter().flat_map(|launch| &launch.ops) {
        let at =
            |m: &Matrix, r: u32, c: u32| buffers[m.buffer as usize][(m.offset + r * m.stride + c) as usize];
        let out = op.writes();
        let mut made = Vec::new();
        match op {
            Op::Copy { from, .. } => {
                (0..out.rows).for_each(|r| (0..out.columns).for_each(|c| made.push(at(from, r, c))));
            }
            Op::Product { x, weights, bias, gelu: with, residual, .. } => {
                for (r, c) in (0..out.rows).flat_map(|r| (0..out.columns).map(move |c| (r, c))) {
                    let sum: f32 = (0..x.columns).map(|k| at(x, r, k) * at(weights, c, k)).sum();
                    let sum = sum + at(bias, 0, c);
                    let v = if *with { gelu(sum.into()) as f32 } else { sum };
                    made.push(v + residual.map_or(0.0, |m| at(&m, r, c)));
                }
            }
            Op::LayerNorm { x, gain, shift, .. } => {
                for r in 0..out.rows {
                    let row: Vec<f32> = (0..x.columns).map(|c| at(x, r, c)).collect();
                    let mean = row.iter().sum::<f32>() / row.len() as f32;
                    let variance = row.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / row.len() as f32;
                    let scale = 1.0 / (variance + 1e-5).sqrt();
                    made.extend(
                        (0..).zip(&row).map(|(c, v)| (v - mean) * scale * at(gain, 0, c) + at(shift, 0, c)),
                    );
                }
            }
            Op::Attention { queries, keys, values, heads, .. } => {
                let width = out.columns / heads;
                for (r, head) in (0..out.rows).flat_map(|r| (0..*heads).map(move |h| (r, h * width))) {
                    let score = |k: u32| {
                        let dot: f32 = (head..head + width).map(|c| at(queries, r, c) * at(keys, k, c)).sum();
                        (dot / (width as f32).sqrt()).exp()
                    };
                    let weights: Vec<f32> = (0..keys.rows).map(score).collect();
                    let sum: f32 = weights.iter().sum();
                    for c in head..head + width {
                        let v: f32 = (0..).zip(&weights).map(|(k, w)| w * at(values, k, c)).sum();
                        made.push(v / sum);
                    }
                }
            }
        }
        for (i, v) in (0..).zip(made) {
            let (r, c) = (i / out.columns, i % out.columns);
            buffers[out.buffer as usize][(out.offset + r * out.stride + c) as usize] = v;
        }
    }
}
