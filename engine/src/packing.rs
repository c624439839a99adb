//! From a model's tensors to the form that encoder and decoder stream.

use crate::model::{Model, ModelError};
use crate::precision::Precision;
use crate::workers::Workers;
use hark_simd::{Format, Isa, Packed, layer_norm};
use std::ops::Range;

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

    /// Layers `{prefix}.{part}` that read the same `inputs` and have as many outputs each, as one with
    /// all their outputs in order. Key projections have no bias.
    pub(crate) fn linear(
        &self,
        prefix: &str,
        parts: &[&str],
        outputs: usize,
        inputs: usize,
    ) -> Result<Packed, ModelError> {
        let names: Vec<String> = parts.iter().map(|part| format!("{prefix}.{part}.weight")).collect();
        let mut bias = Vec::new();
        for part in parts {
            match *part {
                "key" => bias.resize(bias.len() + outputs, 0.0),
                _ => bias.extend(self.vector(&format!("{prefix}.{part}.bias"))?),
            }
        }
        let read = |rows: Range<usize>, mut out: &mut [f32]| {
            // A panel may hold the end of one layer and the beginning of the next.
            let mut first = rows.start;
            while first < rows.end {
                let end = rows.end.min((first / outputs + 1) * outputs);
                let (now, later) = std::mem::take(&mut out).split_at_mut((end - first) * inputs);
                let from = first % outputs;
                self.model.read(&names[first / outputs], from..from + end - first, now)?;
                (first, out) = (end, later);
            }
            Ok(())
        };
        let packed = self.pack(parts.len() * outputs, inputs, self.precision, read)?;
        names.iter().for_each(|name| self.model.release(name, 0..outputs));
        Ok(packed.with_bias(&bias))
    }

    /// The token embedding: in 8 bits with second digits, for the likeliest tokens.
    pub(crate) fn vocabulary(&self, name: &str, outputs: usize, inputs: usize) -> Result<Packed, ModelError> {
        let format = match self.precision.format() {
            Format::Int8 => Format::Int8Fine,
            format => format,
        };
        let read = |rows: Range<usize>, out: &mut [f32]| self.model.read(name, rows, out);
        let packed = Packed::pack(Isa::best(), self.workers, format, (outputs, inputs), read)?;
        self.model.release(name, 0..outputs);
        Ok(packed)
    }

    /// Some rows of a matrix.
    pub(crate) fn rows(&self, name: &str, rows: Range<usize>, inputs: usize) -> Result<Packed, ModelError> {
        let read = |some: Range<usize>, out: &mut [f32]| {
            self.model.read(name, rows.start + some.start..rows.start + some.end, out)
        };
        let packed = self.pack(rows.len(), inputs, self.precision, read)?;
        self.model.release(name, rows.clone());
        Ok(packed)
    }

    /// A convolution of width 3 as a matrix that reads three frames, one behind the other.
    pub(crate) fn convolution(
        &self,
        name: &str,
        outputs: usize,
        channels: usize,
        precision: Precision,
    ) -> Result<Packed, ModelError> {
        const TAPS: usize = 3;
        let weight = format!("{name}.weight");
        let read = |rows: Range<usize>, out: &mut [f32]| {
            let mut stored = vec![0.0; out.len()];
            self.model.read(&weight, rows, &mut stored)?;
            let filters = stored.chunks_exact(channels * TAPS).zip(out.chunks_exact_mut(channels * TAPS));
            for (stored, out) in filters {
                for (i, v) in stored.iter().enumerate() {
                    out[i % TAPS * channels + i / TAPS] = *v;
                }
            }
            Ok(())
        };
        let bias = self.vector(&format!("{name}.bias"))?;
        let packed = self.pack(outputs, channels * TAPS, precision, read)?;
        self.model.release(&weight, 0..outputs);
        Ok(packed.with_bias(&bias))
    }

    fn pack(
        &self,
        outputs: usize,
        inputs: usize,
        precision: Precision,
        read: impl Fn(Range<usize>, &mut [f32]) -> Result<(), ModelError> + Sync,
    ) -> Result<Packed, ModelError> {
        Packed::pack(Isa::best(), self.workers, precision.format(), (outputs, inputs), read)
    }
}
