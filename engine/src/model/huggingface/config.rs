//! config.json and generation_config.json.

use super::read_json;
use crate::model::{ModelDims, ModelError};
use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
struct Config {
    model_type: String,
    vocab_size: usize,
    num_mel_bins: usize,
    d_model: usize,
    encoder_layers: usize,
    encoder_attention_heads: usize,
    encoder_ffn_dim: usize,
    decoder_layers: usize,
    decoder_attention_heads: usize,
    decoder_ffn_dim: usize,
    max_source_positions: usize,
    max_target_positions: usize,
    activation_function: Option<String>,
    #[serde(default)]
    scale_embedding: bool,
}

#[derive(Deserialize)]
struct GenerationConfig {
    alignment_heads: Option<Vec<(usize, usize)>>,
}

/// The shape that config.json gives.
pub(super) fn dims(folder: &Path) -> Result<ModelDims, ModelError> {
    let path = folder.join("config.json");
    let wrong = |reason: String| ModelError::format(path.display().to_string(), reason);
    let config: Config = read_json(&path)?.ok_or_else(|| {
        wrong("it is missing; a Hugging Face folder has it beside model.safetensors".into())
    })?;
    check(&config).map_err(wrong)?;
    let dims = ModelDims {
        n_mels: config.num_mel_bins,
        n_audio_ctx: config.max_source_positions,
        n_audio_state: config.d_model,
        n_audio_head: config.encoder_attention_heads,
        n_audio_layer: config.encoder_layers,
        n_vocab: config.vocab_size,
        n_text_ctx: config.max_target_positions,
        n_text_state: config.d_model,
        n_text_head: config.decoder_attention_heads,
        n_text_layer: config.decoder_layers,
    };
    dims.check().map_err(wrong)?;
    Ok(dims)
}

/// Settings that Whisper never changes and that would change the numbers if ignored.
fn check(config: &Config) -> Result<(), String> {
    if config.model_type != "whisper" {
        return Err(format!("model_type is {:?}; Hark runs \"whisper\"", config.model_type));
    }
    if config.activation_function.as_deref().is_some_and(|f| f != "gelu") {
        return Err(format!("activation_function is {:?}; Whisper has \"gelu\"", config.activation_function));
    }
    if config.scale_embedding {
        return Err("scale_embedding is true; Whisper has false".into());
    }
    let wanted = config.d_model.checked_mul(4);
    for (name, width) in
        [("encoder_ffn_dim", config.encoder_ffn_dim), ("decoder_ffn_dim", config.decoder_ffn_dim)]
    {
        if Some(width) != wanted {
            return Err(format!("{name} is {width}; Whisper has four times d_model ({})", config.d_model));
        }
    }
    Ok(())
}

/// The heads that generation_config.json names for word timestamps, if it does.
pub(super) fn alignment_heads(
    folder: &Path,
    dims: &ModelDims,
) -> Result<Option<Vec<(usize, usize)>>, ModelError> {
    let path = folder.join("generation_config.json");
    let config: Option<GenerationConfig> = read_json(&path)?;
    let mut heads = config.and_then(|c| c.alignment_heads).filter(|heads| !heads.is_empty());
    if let Some(heads) = &mut heads {
        heads.sort_unstable();
        heads.dedup();
    }
    let outside = |(layer, head): &&(usize, usize)| *layer >= dims.n_text_layer || *head >= dims.n_text_head;
    if let Some((layer, head)) = heads.iter().flatten().find(outside) {
        let reason =
            format!("alignment_heads names layer {layer}, head {head}, which the model does not have");
        return Err(ModelError::format(path.display().to_string(), reason));
    }
    Ok(heads)
}
