//! The demo model in this binary, and its exact widening to the shapes of real models.

use super::{Model, ModelDims, ModelError, ggml, tensors};
use flate2::read::GzDecoder;
use half::f16;
use std::collections::HashMap;
use std::io::Read;

/// `ggml-hark-demo.en.bin` in f16, compressed.
const DEMO: &[u8] = include_bytes!("../../../assets/demo/ggml-hark-demo.en.bin.gz");

/// The demo model. gzip's checksum is verified.
pub(super) fn load() -> Result<Model, ModelError> {
    let mut bytes = Vec::new();
    GzDecoder::new(DEMO).read_to_end(&mut bytes).map_err(|error| {
        ModelError::format(
            "demo",
            format!("this program's own copy is damaged ({error}); install Hark again"),
        )
    })?;
    let parts = ggml::read(&bytes).map_err(|reason| ModelError::format("demo", reason))?;
    Model::from_parts("demo", parts, None)
}

/// The demo model with every channel repeated `factor` times (a power of two) and the blocks of
/// encoder and decoder filled up to `layers` with such that add nothing. The function stays the
/// same: LayerNorm does not notice repetition, matrices that read channels are divided by the
/// factor, and so is the decoder's last LayerNorm, because the tied embedding sums over all copies.
pub(super) fn load_widened(name: &str, factor: usize, layers: usize) -> Result<Model, ModelError> {
    let demo = load()?;
    let own_layers = demo.dims.n_text_layer;
    let dims = ModelDims {
        n_audio_state: demo.dims.n_audio_state * factor,
        n_audio_head: demo.dims.n_audio_head * factor,
        n_audio_layer: layers,
        n_text_state: demo.dims.n_text_state * factor,
        n_text_head: demo.dims.n_text_head * factor,
        n_text_layer: layers,
        ..demo.dims
    };
    let sources = sources(&demo);
    let (encoder, decoder) =
        tensors::fill(&dims, |tensor, _| wide_tensor(&sources, tensor, own_layers, factor))
            .map_err(|reason| ModelError::format(name, reason))?;
    // Blocks that were filled up have nothing to align; the original's upper half stays what it is.
    let heads =
        (own_layers / 2..own_layers).flat_map(|l| (0..dims.n_text_head).map(move |h| (l, h))).collect();
    Ok(Model {
        name: name.into(),
        dims,
        encoder: encoder.into(),
        decoder: decoder.into(),
        alignment_heads: heads,
        ..demo
    })
}

type Sources<'a> = HashMap<String, tensors::Slot<&'a Vec<f32>>>;

fn sources(demo: &Model) -> Sources<'_> {
    let slots = tensors::walk(&demo.dims, &demo.encoder, &demo.decoder);
    slots.into_iter().map(|slot| (slot.name.clone(), slot)).collect()
}

/// A tensor of the wide model. In added blocks, whatever writes to the residual stream is zero.
fn wide_tensor(
    sources: &Sources<'_>,
    tensor: &str,
    own_layers: usize,
    factor: usize,
) -> Result<Vec<f32>, String> {
    let (own, added) = own_name(tensor, own_layers);
    let source = sources.get(&own).ok_or_else(|| format!("tensor {own} is missing"))?;
    let mut wide = widen(source, factor);
    if added && (tensor.contains("attn.out.") || tensor.contains("mlp.2.")) {
        wide.fill(0.0);
    }
    Ok(wide)
}

/// The demo model's tensor that a tensor of the wide model is made from, and whether it belongs to
/// a block that was added.
fn own_name(tensor: &str, own_layers: usize) -> (String, bool) {
    for side in ["encoder.blocks.", "decoder.blocks."] {
        if let Some((layer, part)) = tensor.strip_prefix(side).and_then(|rest| rest.split_once('.')) {
            let added = layer.parse::<usize>().is_ok_and(|k| k >= own_layers);
            if added {
                return (format!("{side}0.{part}"), true);
            }
        }
    }
    (tensor.into(), false)
}

/// A tensor with its channels repeated `r` times.
fn widen(source: &tensors::Slot<&Vec<f32>>, r: usize) -> Vec<f32> {
    let (name, values) = (source.name.as_str(), source.values.as_slice());
    let table = name.ends_with("positional_embedding") || name == "decoder.token_embedding.weight";
    let mut wide = match source.shape[..] {
        [_, columns] if table => repeat_columns(values, columns, 1, r),
        [_] => values.repeat(r),
        _ if name == "encoder.conv1.weight" => values.repeat(r),
        [_, columns] => divided(repeat_columns(values, columns, 1, r).repeat(r), r),
        [_, columns, taps] => divided(repeat_columns(values, columns, taps, r).repeat(r), r),
        _ => Vec::new(),
    };
    if name.starts_with("decoder.ln.") {
        wide = divided(wide, r);
    }
    if source.shape.len() > 1 && !name.ends_with("positional_embedding") {
        wide.iter_mut().for_each(|v| *v = f16::from_f32(*v).to_f32());
    }
    wide
}

/// Each row of `columns` groups of `group` values `r` times behind itself.
fn repeat_columns(values: &[f32], columns: usize, group: usize, r: usize) -> Vec<f32> {
    values.chunks_exact(columns * group).flat_map(|row| row.repeat(r)).collect()
}

fn divided(mut values: Vec<f32>, r: usize) -> Vec<f32> {
    values.iter_mut().for_each(|v| *v /= r as f32);
    values
}

/// The demo model's ordinary tokens: those of GPT-2, which English-only Whisper models share.
pub(super) fn vocabulary() -> Result<super::tokenizer::Vocabulary, ModelError> {
    let mut head = Vec::new();
    // Header, filters and vocabulary end within the first megabyte; the weights need not be unpacked.
    let read = GzDecoder::new(DEMO).take(1 << 20).read_to_end(&mut head);
    read.map_err(|error| ModelError::format("demo", error.to_string()))?;
    ggml::read_vocabulary_only(&head).map_err(|reason| ModelError::format("demo", reason))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Golden {
        factor: usize,
        name: String,
        values: usize,
        crc32: u32,
    }

    #[test]
    fn widened_tensors_equal_those_of_the_recipe() {
        let golden: Vec<Golden> = serde_json::from_str(include_str!("../../tests/data/widen.json")).unwrap();
        let demo = load().unwrap();
        let sources = sources(&demo);
        assert_eq!(golden.iter().filter(|g| g.factor == 1).count(), sources.len());
        for golden in golden {
            let wide = wide_tensor(&sources, &golden.name, 4, golden.factor).unwrap();
            let mut crc = flate2::Crc::new();
            wide.iter().for_each(|v| crc.update(&v.to_le_bytes()));
            let context = format!("{} times {}", golden.name, golden.factor);
            assert_eq!((wide.len(), crc.sum()), (golden.values, golden.crc32), "{context}");
        }
    }

    #[test]
    fn added_blocks_have_no_heads_to_align() {
        let heads: Vec<_> = load_widened("demo:tiny", 2, 5).unwrap().alignment_heads.to_vec();
        let expected: Vec<_> = [2, 3].into_iter().flat_map(|l| (0..6).map(move |h| (l, h))).collect();
        assert_eq!(heads, expected);
    }
}
