//! Hugging Face's names for Whisper's tensors.

/// The name of a tensor in `WhisperForConditionalGeneration`, from its openai-whisper name.
pub(super) fn hugging_face(name: &str) -> String {
    const PARTS: [(&str, &str); 7] = [
        ("attn.query", "attn.q_proj"),
        ("attn.key", "attn.k_proj"),
        ("attn.value", "attn.v_proj"),
        ("attn.out", "attn.out_proj"),
        ("attn_ln", "attn_layer_norm"),
        ("mlp.0", "fc1"),
        ("mlp.2", "fc2"),
    ];
    let name = match name {
        "encoder.positional_embedding" => "encoder.embed_positions.weight".into(),
        "decoder.positional_embedding" => "decoder.embed_positions.weight".into(),
        "decoder.token_embedding.weight" => "decoder.embed_tokens.weight".into(),
        _ => match name.split_once(".blocks.").and_then(|(side, rest)| Some((side, rest.split_once('.')?))) {
            Some((side, (layer, part))) => {
                let part = match part.strip_prefix("cross_") {
                    Some(rest) => format!("encoder_{rest}"),
                    None if part.starts_with("attn") => format!("self_{part}"),
                    None => part.replace("mlp_ln", "final_layer_norm"),
                };
                let part = PARTS.iter().fold(part, |part, (from, to)| part.replace(from, to));
                format!("{side}.layers.{layer}.{part}")
            }
            None => name
                .replace("encoder.ln_post", "encoder.layer_norm")
                .replace("decoder.ln", "decoder.layer_norm"),
        },
    };
    format!("model.{name}")
}

#[cfg(test)]
mod tests {
    use super::hugging_face;

    #[test]
    fn names_are_those_of_the_published_checkpoints() {
        for (openai, expected) in [
            ("encoder.conv1.weight", "model.encoder.conv1.weight"),
            ("encoder.positional_embedding", "model.encoder.embed_positions.weight"),
            ("encoder.blocks.11.attn.query.bias", "model.encoder.layers.11.self_attn.q_proj.bias"),
            ("encoder.blocks.0.attn.out.weight", "model.encoder.layers.0.self_attn.out_proj.weight"),
            ("encoder.blocks.0.attn_ln.weight", "model.encoder.layers.0.self_attn_layer_norm.weight"),
            ("encoder.blocks.0.mlp_ln.bias", "model.encoder.layers.0.final_layer_norm.bias"),
            ("encoder.blocks.0.mlp.0.weight", "model.encoder.layers.0.fc1.weight"),
            ("encoder.ln_post.weight", "model.encoder.layer_norm.weight"),
            ("decoder.token_embedding.weight", "model.decoder.embed_tokens.weight"),
            ("decoder.blocks.2.cross_attn.key.weight", "model.decoder.layers.2.encoder_attn.k_proj.weight"),
            ("decoder.blocks.2.cross_attn_ln.bias", "model.decoder.layers.2.encoder_attn_layer_norm.bias"),
            ("decoder.blocks.2.attn.value.weight", "model.decoder.layers.2.self_attn.v_proj.weight"),
            ("decoder.blocks.2.mlp.2.bias", "model.decoder.layers.2.fc2.bias"),
            ("decoder.ln.weight", "model.decoder.layer_norm.weight"),
        ] {
            assert_eq!(hugging_face(openai), expected);
        }
    }
}
