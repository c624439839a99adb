//! Each operation in f32, in the order of sums that the encoder on the CPU has.

use super::values::{Buffers, Unwritten};
use crate::op::{Matrix, Op};
use hark_simd::{
    AttentionScratch, Finish, Format, Grain, HeadKv, HeadRows, Isa, Narrow, Packed, Team, add, layer_norm,
};
use std::sync::Mutex;

/// Rows that a thread takes at once.
const BLOCK_ROWS: usize = 96;

/// What computes.
pub(super) struct Machine {
    isa: Isa,
    team: Team,
}

impl Machine {
    pub(super) fn new(team: Team) -> Self {
        Self { isa: Isa::best(), team }
    }

    /// Carries out an operation that was checked.
    pub(super) fn compute(&self, op: &Op, buffers: &Buffers<'_>) -> Result<(), Unwritten> {
        match op {
            Op::Copy { from, to } => buffers.write(to, &buffers.read(from)?),
            Op::Product { x, weights, bias, gelu, residual, out } => {
                let packed = self.pack(weights, bias, buffers)?;
                let residual = residual.map(|residual| buffers.read(&residual)).transpose()?;
                buffers.write(out, &self.product(&buffers.read_overlapping(x)?, x, &packed, *gelu, residual));
            }
            Op::LayerNorm { x, gain, shift, out } => {
                let (x, gain, shift) = (buffers.read(x)?, buffers.read(gain)?, buffers.read(shift)?);
                let mut result = vec![0.0; x.len()];
                layer_norm(&mut result, &x, &gain, &shift);
                buffers.write(out, &result);
            }
            Op::Attention { queries, keys, values, heads, out } => {
                let read = |m| buffers.read(m);
                let rows = [read(queries)?, read(keys)?, read(values)?];
                let result = self.attention(&rows, queries, *heads as usize, keys.rows as usize);
                buffers.write(out, &result);
            }
        }
        Ok(())
    }

    fn pack(&self, weights: &Matrix, bias: &Matrix, buffers: &Buffers<'_>) -> Result<Packed, Unwritten> {
        let shape = (weights.rows as usize, weights.columns as usize);
        let fetch = |rows: std::ops::Range<usize>, out: &mut [f32]| buffers.read_rows(weights, rows, out);
        let packed = Packed::pack(self.isa, &self.team, Format::F32, shape, fetch)?;
        Ok(packed.with_bias(&buffers.read(bias)?))
    }

    /// `activation(x · weightsᵀ + bias) + residual`, blocks of rows side by side.
    fn product(
        &self,
        (x, stride): &(Vec<f32>, usize),
        shape: &Matrix,
        weights: &Packed,
        gelu: bool,
        residual: Option<Vec<f32>>,
    ) -> Vec<f32> {
        let (rows, outputs) = (shape.rows as usize, weights.outputs());
        let nothing = || vec![0.0; rows * outputs];
        let (mut out, finish, later) = match residual {
            Some(residual) if gelu => (nothing(), Finish::Gelu, Some(residual)),
            Some(residual) => (residual, Finish::Add, None),
            None => (nothing(), if gelu { Finish::Gelu } else { Finish::Store }, None),
        };
        let blocks = out.chunks_mut(BLOCK_ROWS * outputs).enumerate();
        self.team.for_each(blocks, |(block, out)| {
            let (first, mut narrow) = (block * BLOCK_ROWS, Narrow::default());
            let x = &x[first * stride..];
            let x = weights.operand_strided(x, *stride, out.len() / outputs, &mut narrow);
            weights.multiply_here(x, out, finish);
        });
        if let Some(later) = later {
            add(&mut out, &later);
        }
        out
    }

    /// Heads side by side, each by one thread.
    fn attention(&self, rows: &[Vec<f32>; 3], shape: &Matrix, heads: usize, positions: usize) -> Vec<f32> {
        let (count, stride) = (shape.rows as usize, shape.columns as usize);
        let width = stride / heads;
        let result = Mutex::new(vec![0.0; count * stride]);
        self.team.indices(heads, |head| {
            let [queries, keys, values] =
                rows.each_ref().map(|rows| HeadRows { rows, stride, column: head * width });
            let mut kv = HeadKv::new(self.isa, Grain::F32, width);
            kv.fill(keys, values, positions);
            let mut out = vec![0.0; count * width];
            kv.attend(queries, count, positions, &mut out, width, &mut AttentionScratch::default());
            let mut result = result.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let places = result.chunks_exact_mut(stride).map(|row| &mut row[head * width..][..width]);
            places.zip(out.chunks_exact(width)).for_each(|(place, row)| place.copy_from_slice(row));
        });
        result.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
