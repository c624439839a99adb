//! How much memory a model takes, before it is taken.

use crate::model::{Model, ModelDims};
use crate::precision::Precision;

/// About what [`crate::Whisper`] holds of this model in bytes, in this precision, while it transcribes one
/// window: packed weights, the encoder's states, cross-attention's keys and values. It is rather too little
/// than too much: what grows with the text, the recording and the rest of the program come on top.
pub fn footprint(model: &Model, precision: Precision) -> u64 {
    footprint_of(&model.dims, precision)
}

/// As [`footprint`], of a model of this shape that is not there yet.
pub fn footprint_of(dims: &ModelDims, precision: Precision) -> u64 {
    let weights = dims.parameters() as u64 * weight_bytes(precision);
    // f32: twice two frames and nine rows per position in the encoder, one row more in its output.
    let encoder = 14 * dims.n_audio_ctx * dims.n_audio_state * size_of::<f32>();
    // Keys and values of each layer.
    let cross = 2 * dims.n_text_layer * dims.n_audio_ctx * dims.n_text_state;
    weights + encoder as u64 + cross as u64 * attention_bytes(precision)
}

fn weight_bytes(precision: Precision) -> u64 {
    match precision {
        Precision::Int8 | Precision::Int8Int16 => 1,
        Precision::Bf16 => 2,
        Precision::F32 => 4,
    }
}

fn attention_bytes(precision: Precision) -> u64 {
    match precision {
        Precision::Int8 => 1,
        Precision::Int8Int16 => 2,
        Precision::Bf16 | Precision::F32 => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ModelSpec;

    #[test]
    fn a_model_takes_at_least_its_weights_and_not_much_more() {
        let model = Model::load(&ModelSpec::Demo).unwrap();
        let [int8, mixed, bf16, f32] = Precision::ALL.map(|precision| footprint(&model, precision));
        assert!(int8 < mixed && mixed < bf16 && bf16 < f32);
        let weights = 4 * model.parameters() as u64;
        assert!(weights < f32 && f32 < 3 * weights, "{f32} for {weights} bytes of weights");
    }
}
