//! Writes a model as Hugging Face's `transformers` keeps it: config.json, vocab.json, model.safetensors.

use hark_engine::model::{Attention, Conv1d, LayerNorm, Linear, Mlp, Model};
use safetensors::tensor::{Dtype, TensorView};
use std::io::Read;
use std::path::Path;

struct Tensor {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

/// Writes the folder's files.
pub fn write(model: &Model, folder: &Path) {
    write_without(model, folder, "");
}

/// As [`write`], but the tensor of this name is left out.
pub fn write_without(model: &Model, folder: &Path, missing: &str) {
    let tensors = tensors(model);
    let views = tensors
        .iter()
        .filter(|t| t.name != missing)
        .map(|t| (t.name.as_str(), TensorView::new(t.dtype, t.shape.clone(), &t.bytes).expect("tensor")));
    safetensors::serialize_to_file(views, None, &folder.join("model.safetensors"))
        .expect("model.safetensors");
    std::fs::write(folder.join("config.json"), config(model)).expect("config.json");
    std::fs::write(folder.join("vocab.json"), vocabulary()).expect("vocab.json");
}

fn config(model: &Model) -> String {
    let dims = &model.dims;
    serde_json::json!({
        "architectures": ["WhisperForConditionalGeneration"],
        "model_type": "whisper",
        "vocab_size": dims.n_vocab,
        "num_mel_bins": dims.n_mels,
        "d_model": dims.n_audio_state,
        "encoder_layers": dims.n_audio_layer,
        "encoder_attention_heads": dims.n_audio_head,
        "encoder_ffn_dim": 4 * dims.n_audio_state,
        "decoder_layers": dims.n_text_layer,
        "decoder_attention_heads": dims.n_text_head,
        "decoder_ffn_dim": 4 * dims.n_text_state,
        "max_source_positions": dims.n_audio_ctx,
        "max_target_positions": dims.n_text_ctx,
        "activation_function": "gelu",
        "scale_embedding": false,
        "torch_dtype": "float16",
    })
    .to_string()
}

/// The demo model's text tokens, from its ggml file, in GPT-2's spelling of bytes.
fn vocabulary() -> String {
    let file =
        std::fs::File::open(super::repository("assets/demo/ggml-hark-demo.en.bin.gz")).expect("demo model");
    let mut data = Vec::new();
    flate2::read::GzDecoder::new(file).take(2 << 20).read_to_end(&mut data).expect("demo model");
    let mut at = 0;
    let mut take = |length: usize| {
        at += length;
        data[at - length..at].to_vec()
    };
    let number = |bytes: Vec<u8>| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize;
    take(4 * 12);
    let filters = number(take(4)) * number(take(4));
    take(4 * filters);
    let mut tokens = serde_json::Map::new();
    for id in 0..number(take(4)) {
        let length = number(take(4));
        tokens.insert(take(length).into_iter().map(spelling).collect(), id.into());
    }
    tokens.insert("<|endoftext|>".into(), tokens.len().into());
    serde_json::Value::Object(tokens).to_string()
}

/// GPT-2 spells bytes that are no visible Latin-1 characters as characters from U+0100 on, in order.
fn spelling(byte: u8) -> char {
    let visible = |b: u8| matches!(b, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    if visible(byte) {
        return char::from(byte);
    }
    let before = (0..byte).filter(|&b| !visible(b)).count() as u32;
    char::from_u32(0x100 + before).expect("a character")
}

fn tensors(model: &Model) -> Vec<Tensor> {
    let (dims, encoder, decoder) = (&model.dims, &model.encoder, &model.decoder);
    let mut list = List(Vec::new());
    list.conv("model.encoder.conv1", &encoder.conv1);
    list.conv("model.encoder.conv2", &encoder.conv2);
    list.f32(
        "model.encoder.embed_positions.weight",
        &[dims.n_audio_ctx, dims.n_audio_state],
        &encoder.positions,
    );
    for (i, block) in encoder.blocks.iter().enumerate() {
        let at = |part: &str| format!("model.encoder.layers.{i}.{part}");
        list.layer_norm(&at("self_attn_layer_norm"), &block.attn_ln);
        list.attention(&at("self_attn"), &block.attn);
        list.mlp(&at(""), &block.mlp_ln, &block.mlp);
    }
    list.layer_norm("model.encoder.layer_norm", &encoder.ln_post);
    list.f16(
        "model.decoder.embed_tokens.weight",
        &[dims.n_vocab, dims.n_text_state],
        &decoder.token_embedding,
    );
    list.f32(
        "model.decoder.embed_positions.weight",
        &[dims.n_text_ctx, dims.n_text_state],
        &decoder.positions,
    );
    for (i, block) in decoder.blocks.iter().enumerate() {
        let at = |part: &str| format!("model.decoder.layers.{i}.{part}");
        list.layer_norm(&at("self_attn_layer_norm"), &block.attn_ln);
        list.attention(&at("self_attn"), &block.attn);
        list.layer_norm(&at("encoder_attn_layer_norm"), &block.cross_attn_ln);
        list.attention(&at("encoder_attn"), &block.cross_attn);
        list.mlp(&at(""), &block.mlp_ln, &block.mlp);
    }
    list.layer_norm("model.decoder.layer_norm", &decoder.ln);
    list.0
}

/// Tensors with their names; matrices in f16, everything else in f32.
struct List(Vec<Tensor>);

impl List {
    fn f32(&mut self, name: &str, shape: &[usize], values: &[f32]) {
        let bytes = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        self.0.push(Tensor { name: name.into(), dtype: Dtype::F32, shape: shape.to_vec(), bytes });
    }

    fn f16(&mut self, name: &str, shape: &[usize], values: &[f32]) {
        let bytes = values.iter().flat_map(|&x| half::f16::from_f32(x).to_le_bytes()).collect();
        self.0.push(Tensor { name: name.into(), dtype: Dtype::F16, shape: shape.to_vec(), bytes });
    }

    fn conv(&mut self, name: &str, conv: &Conv1d) {
        self.f16(&format!("{name}.weight"), &[conv.out, conv.inp, 3], &conv.weight);
        self.f32(&format!("{name}.bias"), &[conv.out], &conv.bias);
    }

    fn layer_norm(&mut self, name: &str, norm: &LayerNorm) {
        self.f32(&format!("{name}.weight"), &[norm.weight.len()], &norm.weight);
        self.f32(&format!("{name}.bias"), &[norm.bias.len()], &norm.bias);
    }

    fn linear(&mut self, name: &str, linear: &Linear) {
        self.f16(&format!("{name}.weight"), &[linear.out, linear.inp], &linear.weight);
        if let Some(bias) = &linear.bias {
            self.f32(&format!("{name}.bias"), &[linear.out], bias);
        }
    }

    fn attention(&mut self, name: &str, attention: &Attention) {
        let Attention { query, key, value, out } = attention;
        for (part, linear) in [("q_proj", query), ("k_proj", key), ("v_proj", value), ("out_proj", out)] {
            self.linear(&format!("{name}.{part}"), linear);
        }
    }

    fn mlp(&mut self, layer: &str, norm: &LayerNorm, mlp: &Mlp) {
        self.layer_norm(&format!("{layer}final_layer_norm"), norm);
        self.linear(&format!("{layer}fc1"), &mlp.up);
        self.linear(&format!("{layer}fc2"), &mlp.down);
    }
}
