//! Models that are wrong in ways a comparison must notice.

use hark_engine::model::Model;

const HEAD: usize = 64;

/// Makes a wrong model of a right one.
type Spoil = fn(&Model) -> Model;

/// What every comparison has to notice.
pub const WAYS: [(&str, Spoil); 2] =
    [("cross-attention zeroed", without_cross_attention), ("two heads swapped", with_swapped_decoder_heads)];

/// The decoder does not hear the audio.
pub fn without_cross_attention(model: &Model) -> Model {
    model.altered(|name, values| {
        if name.contains(".cross_attn.out.") {
            values.fill(0.0);
        }
    })
}

/// In every block of the decoder, the first two heads of the cross-attention take each other's queries.
pub fn with_swapped_decoder_heads(model: &Model) -> Model {
    let state = model.dims.n_text_state;
    model.altered(move |name, values| {
        if name.contains(".cross_attn.query.") {
            swap_heads(name, values, state);
        }
    })
}

/// In the encoder's last block only, the first two heads take each other's queries.
pub fn with_swapped_encoder_heads(model: &Model) -> Model {
    let (state, last) = (model.dims.n_audio_state, model.dims.n_audio_layer - 1);
    let query = format!("encoder.blocks.{last}.attn.query.");
    model.altered(move |name, values| {
        if name.starts_with(&query) {
            swap_heads(name, values, state);
        }
    })
}

/// Swaps the rows of a weight, or the values of a bias, that belong to the first two heads.
fn swap_heads(name: &str, values: &mut [f32], state: usize) {
    let length = if name.ends_with(".weight") { HEAD * state } else { HEAD };
    let (first, second) = values.split_at_mut(length);
    first.swap_with_slice(&mut second[..length]);
}
