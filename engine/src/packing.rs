//! From a model's tensors to the form that encoder and decoder stream.

use crate::model::{Model, ModelError};
use crate::precision::Precision;
use crate::workers::Workers;
use hark_simd::{Isa, Packed, layer_norm};

/// Packs the layers of one model, one after the other, each on all threads.
pub(crate) struct Packer<'a> {
    pub(crate) model: &'a Model,
    pub(crate) workers: &'a Workers,
    pub(crate) precision: Precision,
}

/// Layer normalisation over the last axis, epsilon 1e-5.
pub(crate) struct LayerNorm {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl LayerNorm {
    /// Normalises rows of `x` into `out`.
    pub(crate) fn apply(&self, out: &mut [f32], x: &[f32]) {
        layer_norm(out, x, &self.weight, &self.bias);
    }
}

impl Packer<'_> {
    pub(crate) fn vector(&self, name: &str) -> Result<Vec<f32>, ModelError> {
        self.model.tensor(name)
    }

    pub(crate) fn norm(&self, name: &str) -> Result<LayerNorm, ModelError> {
        let part = |part| self.vector(&format!("{name}.{part}"));
        Ok(LayerNorm { weight: part("weight")?, bias: part("bias")? })
    }

    /// Layers `{prefix}.{part}` that read the same `inputs`, as one with all their outputs in order.
    /// Key projections have no bias.
    pub(crate) fn linear(&self, prefix: &str, parts: &[&str], inputs: usize) -> Result<Packed, ModelError> {
        let mut weights = Vec::new();
        let mut bias = Vec::new();
        for part in parts {
            let weight = self.vector(&format!("{prefix}.{part}.weight"))?;
            let outputs = weight.len() / inputs;
            weights.push(weight);
            match *part {
                "key" => bias.resize(bias.len() + outputs, 0.0),
                _ => bias.extend(self.vector(&format!("{prefix}.{part}.bias"))?),
            }
        }
        let rows: Vec<&[f32]> = weights.iter().flat_map(|weight| weight.chunks_exact(inputs)).collect();
        Ok(self.pack(&rows, inputs, self.precision).with_bias(&bias))
    }

    /// A matrix without bias.
    pub(crate) fn matrix(&self, name: &str, inputs: usize) -> Result<Packed, ModelError> {
        let weight = self.vector(name)?;
        let rows: Vec<&[f32]> = weight.chunks_exact(inputs).collect();
        Ok(self.pack(&rows, inputs, self.precision))
    }

    /// A convolution of width 3 as a matrix that reads three frames, one behind the other.
    pub(crate) fn convolution(
        &self,
        name: &str,
        channels: usize,
        precision: Precision,
    ) -> Result<Packed, ModelError> {
        const TAPS: usize = 3;
        let weight = self.vector(&format!("{name}.weight"))?;
        let turned: Vec<f32> = weight
            .chunks_exact(channels * TAPS)
            .flat_map(|row| (0..TAPS).flat_map(move |tap| row.iter().skip(tap).step_by(TAPS)))
            .copied()
            .collect();
        let rows: Vec<&[f32]> = turned.chunks_exact(channels * TAPS).collect();
        let bias = self.vector(&format!("{name}.bias"))?;
        Ok(self.pack(&rows, channels * TAPS, precision).with_bias(&bias))
    }

    fn pack(&self, rows: &[&[f32]], inputs: usize, precision: Precision) -> Packed {
        let shape = (rows.len(), inputs);
        let fetch = |range: std::ops::Range<usize>, out: &mut [f32]| {
            for (out, row) in out.chunks_exact_mut(inputs).zip(&rows[range]) {
                out.copy_from_slice(row);
            }
            Ok::<_, std::convert::Infallible>(())
        };
        let Ok(packed) = Packed::pack(Isa::best(), self.workers, precision.format(), shape, fetch);
        packed
    }
}
