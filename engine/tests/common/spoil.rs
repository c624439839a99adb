//! Models that are wrong in ways a comparison must notice.

use hark_engine::model::{Linear, Model};
use std::sync::Arc;

const HEAD: usize = 64;

/// Makes a wrong model of a right one.
type Spoil = fn(&Model) -> Model;

/// What every comparison has to notice.
pub const WAYS: [(&str, Spoil); 2] =
    [("cross-attention zeroed", without_cross_attention), ("two heads swapped", with_swapped_decoder_heads)];

/// The decoder does not hear the audio.
pub fn without_cross_attention(model: &Model) -> Model {
    let mut model = model.clone();
    for block in &mut Arc::make_mut(&mut model.decoder).blocks {
        let out = &mut block.cross_attn.out;
        out.weight.fill(0.0);
        out.bias.iter_mut().flatten().for_each(|b| *b = 0.0);
    }
    model
}

/// In every block of the decoder, the first two heads of the cross-attention take each other's queries.
pub fn with_swapped_decoder_heads(model: &Model) -> Model {
    let mut model = model.clone();
    for block in &mut Arc::make_mut(&mut model.decoder).blocks {
        swap_heads(&mut block.cross_attn.query);
    }
    model
}

/// In the encoder's last block only, the first two heads take each other's queries.
pub fn with_swapped_encoder_heads(model: &Model) -> Model {
    let mut model = model.clone();
    if let Some(block) = Arc::make_mut(&mut model.encoder).blocks.last_mut() {
        swap_heads(&mut block.attn.query);
    }
    model
}

fn swap_heads(query: &mut Linear) {
    let (first, second) = query.weight.split_at_mut(HEAD * query.inp);
    first.swap_with_slice(&mut second[..HEAD * query.inp]);
    if let Some(bias) = &mut query.bias {
        let (first, second) = bias.split_at_mut(HEAD);
        first.swap_with_slice(&mut second[..HEAD]);
    }
}
