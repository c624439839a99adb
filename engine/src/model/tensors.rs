//! Every tensor of a model by its openai-whisper name: one list that all readers and writers share.

use super::{
    Attention, Conv1d, DecoderBlock, DecoderWeights, EncoderBlock, EncoderWeights, LayerNorm, Linear, Mlp,
    ModelDims,
};
use rayon::prelude::*;

/// A tensor's name, its row-major shape, and where its values are.
pub(super) struct Slot<V> {
    pub name: String,
    pub shape: Vec<usize>,
    pub values: V,
}

/// Defines the walk over all tensors once, for shared and for exclusive borrows.
macro_rules! define_walk {
    ($walk:ident $(, $mutable:tt)?) => {
        /// All tensors, encoder first, in the order of the network.
        pub(super) fn $walk<'a>(
            dims: &ModelDims,
            encoder: &'a $($mutable)? EncoderWeights,
            decoder: &'a $($mutable)? DecoderWeights,
        ) -> Vec<Slot<&'a $($mutable)? Vec<f32>>> {
            let state = dims.n_audio_state;
            let mut list = Vec::new();
            let mut add = |name: String, shape: &[usize], values| {
                list.push(Slot { name, shape: shape.to_vec(), values });
            };
            add("encoder.positional_embedding".into(), &[dims.n_audio_ctx, state], & $($mutable)? encoder.positions);
            let convolutions = [("conv1", & $($mutable)? encoder.conv1), ("conv2", & $($mutable)? encoder.conv2)];
            for (name, conv) in convolutions {
                add(format!("encoder.{name}.weight"), &[conv.out, conv.inp, 3], & $($mutable)? conv.weight);
                add(format!("encoder.{name}.bias"), &[conv.out], & $($mutable)? conv.bias);
            }
            let mut norms = Vec::new();
            let mut linears = Vec::new();
            for (k, block) in (& $($mutable)? encoder.blocks).into_iter().enumerate() {
                let at = |part: &str| format!("encoder.blocks.{k}.{part}");
                norms.push((at("attn_ln"), & $($mutable)? block.attn_ln));
                linears.push((at("attn.query"), & $($mutable)? block.attn.query));
                linears.push((at("attn.key"), & $($mutable)? block.attn.key));
                linears.push((at("attn.value"), & $($mutable)? block.attn.value));
                linears.push((at("attn.out"), & $($mutable)? block.attn.out));
                norms.push((at("mlp_ln"), & $($mutable)? block.mlp_ln));
                linears.push((at("mlp.0"), & $($mutable)? block.mlp.up));
                linears.push((at("mlp.2"), & $($mutable)? block.mlp.down));
            }
            norms.push(("encoder.ln_post".into(), & $($mutable)? encoder.ln_post));
            add("decoder.token_embedding.weight".into(), &[dims.n_vocab, state], & $($mutable)? decoder.token_embedding);
            add("decoder.positional_embedding".into(), &[dims.n_text_ctx, state], & $($mutable)? decoder.positions);
            for (k, block) in (& $($mutable)? decoder.blocks).into_iter().enumerate() {
                let at = |part: &str| format!("decoder.blocks.{k}.{part}");
                norms.push((at("attn_ln"), & $($mutable)? block.attn_ln));
                linears.push((at("attn.query"), & $($mutable)? block.attn.query));
                linears.push((at("attn.key"), & $($mutable)? block.attn.key));
                linears.push((at("attn.value"), & $($mutable)? block.attn.value));
                linears.push((at("attn.out"), & $($mutable)? block.attn.out));
                norms.push((at("cross_attn_ln"), & $($mutable)? block.cross_attn_ln));
                linears.push((at("cross_attn.query"), & $($mutable)? block.cross_attn.query));
                linears.push((at("cross_attn.key"), & $($mutable)? block.cross_attn.key));
                linears.push((at("cross_attn.value"), & $($mutable)? block.cross_attn.value));
                linears.push((at("cross_attn.out"), & $($mutable)? block.cross_attn.out));
                norms.push((at("mlp_ln"), & $($mutable)? block.mlp_ln));
                linears.push((at("mlp.0"), & $($mutable)? block.mlp.up));
                linears.push((at("mlp.2"), & $($mutable)? block.mlp.down));
            }
            norms.push(("decoder.ln".into(), & $($mutable)? decoder.ln));
            for (name, norm) in norms {
                add(format!("{name}.weight"), &[state], & $($mutable)? norm.weight);
                add(format!("{name}.bias"), &[state], & $($mutable)? norm.bias);
            }
            for (name, linear) in linears {
                add(format!("{name}.weight"), &[linear.out, linear.inp], & $($mutable)? linear.weight);
                if let Some(bias) = & $($mutable)? linear.bias {
                    add(format!("{name}.bias"), &[linear.out], bias);
                }
            }
            list
        }
    };
}

define_walk!(walk);
define_walk!(walk_mut, mut);

/// Names and row-major shapes of all tensors of a model of this shape.
pub(super) fn shapes(dims: &ModelDims) -> Vec<(String, Vec<usize>)> {
    let (encoder, decoder) = hollow(dims);
    walk(dims, &encoder, &decoder).into_iter().map(|slot| (slot.name, slot.shape)).collect()
}

/// Builds all weights, asking `fetch` for each tensor by name and shape, several at a time.
///
/// # Errors
/// The first tensor, in the order of the list, that cannot be had, has another number of values,
/// or holds one that is not finite.
pub(super) fn fill<F>(dims: &ModelDims, fetch: F) -> Result<(EncoderWeights, DecoderWeights), String>
where
    F: Fn(&str, &[usize]) -> Result<Vec<f32>, String> + Sync,
{
    let (mut encoder, mut decoder) = hollow(dims);
    let failed = walk_mut(dims, &mut encoder, &mut decoder).into_par_iter().find_map_first(|slot| {
        let fetched = fetch(&slot.name, &slot.shape).and_then(|values| check_values(&slot, values));
        fetched.map(|values| *slot.values = values).err()
    });
    failed.map_or(Ok((encoder, decoder)), Err)
}

fn check_values(slot: &Slot<&mut Vec<f32>>, values: Vec<f32>) -> Result<Vec<f32>, String> {
    let wanted: usize = slot.shape.iter().product();
    if values.len() != wanted {
        return Err(format!("tensor {} has {} values instead of {wanted}", slot.name, values.len()));
    }
    match values.iter().position(|v| !v.is_finite()) {
        None => Ok(values),
        Some(at) => Err(format!(
            "tensor {} holds {} as value {at}; the file is damaged or the model was never finished, get it again",
            slot.name, values[at]
        )),
    }
}

/// Weights with their shapes set and no values.
fn hollow(dims: &ModelDims) -> (EncoderWeights, DecoderWeights) {
    let d = dims.n_audio_state;
    let linear = |out, inp| Linear { out, inp, weight: Vec::new(), bias: Some(Vec::new()) };
    let attention = || Attention {
        query: linear(d, d),
        key: Linear { bias: None, ..linear(d, d) },
        value: linear(d, d),
        out: linear(d, d),
    };
    let mlp = || Mlp { up: linear(4 * d, d), down: linear(d, 4 * d) };
    let conv = |inp| Conv1d { out: d, inp, weight: Vec::new(), bias: Vec::new() };
    let encoder = EncoderWeights {
        conv1: conv(dims.n_mels),
        conv2: conv(d),
        blocks: (0..dims.n_audio_layer)
            .map(|_| EncoderBlock { attn: attention(), mlp: mlp(), ..EncoderBlock::default() })
            .collect(),
        ..EncoderWeights::default()
    };
    let block =
        || DecoderBlock { attn: attention(), cross_attn: attention(), mlp: mlp(), ..DecoderBlock::default() };
    let decoder = DecoderWeights {
        blocks: (0..dims.n_text_layer).map(|_| block()).collect(),
        ln: LayerNorm::default(),
        ..DecoderWeights::default()
    };
    (encoder, decoder)
}
