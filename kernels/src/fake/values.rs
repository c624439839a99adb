//! Values on their way between the device's memory and the arithmetic.

use crate::op::{Buffer, Matrix};
use crate::runtime::{POISON, View, Wrong};
use std::sync::atomic::{AtomicU32, Ordering};

/// Memory was read that nobody wrote, or that was written and never brought to the device.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("value {index} of {buffer:?} is read, and nobody wrote it or brought it to the device")]
pub(super) struct Unwritten {
    buffer: Buffer,
    index: usize,
}

/// The five buffers of a kernel, as the device sees them.
pub(super) struct Buffers<'a>([&'a [AtomicU32]; 5]);

impl<'a> Buffers<'a> {
    pub(super) fn new(views: [&'a View; 5]) -> Self {
        Self(views.map(View::words))
    }

    /// Values in each.
    pub(super) fn lens(&self) -> [u64; 5] {
        self.0.map(|words| words.len() as u64)
    }

    /// Copies values, one behind the other.
    fn read_run(&self, buffer: Buffer, first: usize, out: &mut [f32]) -> Result<(), Unwritten> {
        let words = &self.0[buffer as usize][first..first + out.len()];
        for (i, (out, word)) in out.iter_mut().zip(words).enumerate() {
            let bits = word.load(Ordering::Relaxed);
            if bits == POISON {
                return Err(Unwritten { buffer, index: first + i });
            }
            *out = f32::from_bits(bits);
        }
        Ok(())
    }

    /// Some rows of a matrix, without gaps.
    pub(super) fn read_rows(
        &self,
        m: &Matrix,
        rows: std::ops::Range<usize>,
        out: &mut [f32],
    ) -> Result<(), Unwritten> {
        let (offset, stride) = (m.offset as usize, m.stride as usize);
        for (row, out) in rows.zip(out.chunks_exact_mut(m.columns as usize)) {
            self.read_run(m.buffer, offset + row * stride, out)?;
        }
        Ok(())
    }

    /// A matrix, without gaps.
    pub(super) fn read(&self, m: &Matrix) -> Result<Vec<f32>, Unwritten> {
        let mut out = vec![0.0; m.rows as usize * m.columns as usize];
        self.read_rows(m, 0..m.rows as usize, &mut out)?;
        Ok(out)
    }

    /// A matrix with overlapping rows once, and the values from row to row; any other without gaps.
    pub(super) fn read_overlapping(&self, m: &Matrix) -> Result<(Vec<f32>, usize), Unwritten> {
        if m.stride > m.columns {
            return Ok((self.read(m)?, m.columns as usize));
        }
        let all = (m.end() - u64::from(m.offset)) as usize;
        let mut out = vec![0.0; all];
        self.read_run(m.buffer, m.offset as usize, &mut out)?;
        Ok((out, m.stride as usize))
    }

    /// Writes all rows of a matrix.
    pub(super) fn write(&self, m: &Matrix, values: &[f32]) {
        for (row, values) in values.chunks_exact(m.columns as usize).enumerate() {
            let first = m.offset as usize + row * m.stride as usize;
            let words = &self.0[m.buffer as usize][first..first + values.len()];
            words.iter().zip(values).for_each(|(word, v)| word.store(v.to_bits(), Ordering::Relaxed));
        }
    }

    /// Makes a result wrong: finite, of the right size, and of no use.
    pub(super) fn spoil(&self, m: &Matrix, how: Wrong) {
        let Ok(values) = self.read(m) else { return };
        let spoiled: Vec<_> = match how {
            Wrong::Values => values.iter().map(|v| 0.5 - v).collect(),
            Wrong::Places => values.chunks_exact(m.columns as usize).rev().flatten().copied().collect(),
        };
        self.write(m, &spoiled);
    }
}
