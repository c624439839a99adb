//! Weights as plain matrices, with what LayerNorm before them and scales behind them do folded in.

use super::layout::BIAS_TERMS;
use super::pieces::Recipe;
use crate::design::tiles::{bfloat16, three_terms, value};
use crate::plan::{PlanError, Shape, TAPS, WeightsError};

/// Fetches a tensor by openai-whisper's name.
pub(super) type Tensors<'a, E> = &'a mut dyn FnMut(&str) -> Result<Vec<f32>, E>;

/// A layer's weights.
pub(super) struct Dense {
    pub(super) inputs: usize,
    /// `[outputs, inputs]`, bfloat16.
    pub(super) weights: Vec<u16>,
    /// `[outputs]`
    pub(super) bias: Vec<f32>,
    /// Sums of each output's weights as they are multiplied, if rows are normalised before.
    pub(super) sums: Option<Vec<f32>>,
}

/// A tensor of so many values.
pub(super) fn fetch<E>(
    tensor: Tensors<'_, E>,
    name: &str,
    values: usize,
) -> Result<Vec<f32>, WeightsError<E>> {
    let fetched = tensor(name).map_err(WeightsError::Tensor)?;
    let (what, given) = ("values of a tensor", fetched.len());
    if given == values {
        Ok(fetched)
    } else {
        Err(PlanError::Length { what, expected: values, given }.into())
    }
}

impl Dense {
    /// What a recipe makes of tensors, for a product to `outputs` values.
    pub(super) fn new<E>(
        recipe: &Recipe,
        shape: &Shape,
        tensor: Tensors<'_, E>,
    ) -> Result<Self, WeightsError<E>> {
        let Shape { mels, state, .. } = *shape;
        match recipe {
            Recipe::Linear { name, norm, is_biased, scale } => {
                let (inputs, outputs) = match name.rsplit('.').nth(1).zip(name.rsplit('.').next()) {
                    Some(("mlp", "0")) => (state, 4 * state),
                    Some(("mlp", "2")) => (4 * state, state),
                    _ => (state, state),
                };
                let weights = fetch(tensor, &format!("{name}.weight"), inputs * outputs)?;
                let bias = match is_biased {
                    true => fetch(tensor, &format!("{name}.bias"), outputs)?,
                    false => vec![0.0; outputs],
                };
                let norm = match norm {
                    Some(norm) => Some((
                        fetch(tensor, &format!("{norm}.weight"), inputs)?,
                        fetch(tensor, &format!("{norm}.bias"), inputs)?,
                    )),
                    None => None,
                };
                Ok(Self::linear(weights, bias, norm, *is_biased, *scale))
            }
            Recipe::FirstConvolution { name } => {
                let weights = fetch(tensor, &format!("{name}.weight"), state * TAPS * mels)?;
                Ok(Self::first_convolution(&weights, &fetch(tensor, &format!("{name}.bias"), state)?, mels))
            }
            Recipe::SecondConvolution { name } => {
                let weights = fetch(tensor, &format!("{name}.weight"), state * TAPS * state)?;
                let (bias, inputs) = (fetch(tensor, &format!("{name}.bias"), state)?, TAPS * state);
                let weights = weights.chunks_exact(inputs).flat_map(|filters| by_taps(filters, state));
                Ok(Self { inputs, weights: weights.collect(), bias, sums: None })
            }
            Recipe::Given { weights, bias } => {
                Ok(Self::linear(weights.clone(), bias.clone(), None, true, 1.0))
            }
            Recipe::Diagonal { name } => {
                let gain = fetch(tensor, &format!("{name}.weight"), state)?;
                let bias = fetch(tensor, &format!("{name}.bias"), state)?;
                let mut weights = vec![0; state * state];
                for (i, gain) in gain.iter().enumerate() {
                    weights[i * state + i] = bfloat16(*gain);
                }
                let sums = Some(gain.iter().map(|gain| value(bfloat16(*gain))).collect());
                Ok(Self { inputs: state, weights, bias, sums })
            }
            Recipe::Table { .. } => Ok(Self { inputs: 0, weights: vec![], bias: vec![], sums: None }),
        }
    }

    /// `x̂ · gain + shift` goes in, and `scale` is by what everything is multiplied. A layer without a bias is that of
    /// keys, and gets none from shifts: what is added to all keys alike changes no softmax.
    fn linear(
        weights: Vec<f32>,
        mut bias: Vec<f32>,
        norm: Option<(Vec<f32>, Vec<f32>)>,
        is_biased: bool,
        scale: f32,
    ) -> Self {
        let inputs = weights.len() / bias.len();
        let Some((gain, shift)) = norm else {
            let weights = weights.iter().map(|w| bfloat16(w * scale)).collect();
            bias.iter_mut().for_each(|bias| *bias *= scale);
            return Self { inputs, weights, bias, sums: None };
        };
        let mut folded = Vec::with_capacity(weights.len());
        let mut sums = Vec::with_capacity(bias.len());
        for (row, bias) in weights.chunks_exact(inputs).zip(&mut bias) {
            let start = folded.len();
            folded.extend(row.iter().zip(&gain).map(|(w, gain)| bfloat16(w * gain * scale)));
            sums.push(folded[start..].iter().map(|w| f64::from(value(*w))).sum::<f64>() as f32);
            let shifted: f64 = row.iter().zip(&shift).map(|(w, s)| f64::from(*w) * f64::from(*s)).sum();
            let added = if is_biased { shifted } else { 0.0 };
            *bias = ((f64::from(*bias) + added) * f64::from(scale)) as f32;
        }
        Self { inputs, weights: folded, bias, sums: Some(sums) }
    }

    /// The bias comes with inputs that are 1 where there is a frame, so that none gives 0.
    fn first_convolution(weights: &[f32], bias: &[f32], mels: usize) -> Self {
        let mut all = Vec::new();
        for (filters, bias) in weights.chunks_exact(TAPS * mels).zip(bias) {
            all.extend(by_taps(filters, mels));
            all.extend(three_terms(*bias));
        }
        Self { inputs: TAPS * mels + BIAS_TERMS, weights: all, bias: vec![0.0; bias.len()], sums: None }
    }

    /// Weights of an output from an input on; none outside.
    pub(super) fn row(&self, output: usize, input: usize) -> &[u16] {
        let row = self.weights.get(output * self.inputs..).unwrap_or_default();
        row.get(input..self.inputs).unwrap_or_default()
    }
}

/// Filters of one output, `[channels, taps]`, as `[taps, channels]`.
fn by_taps(filters: &[f32], channels: usize) -> impl Iterator<Item = u16> {
    let order = (0..TAPS).flat_map(move |tap| (0..channels).map(move |channel| channel * TAPS + tap));
    order.map(|at| bfloat16(filters[at]))
}
