//! Writes a model as Hugging Face's `transformers` keeps it: config.json, vocab.json, model.safetensors.

use hark_engine::model::Model;
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
    let d = model.dims.n_audio_state;
    let mut list = List { model, tensors: Vec::new() };
    for (conv, inp) in [("encoder.conv1", model.dims.n_mels), ("encoder.conv2", d)] {
        list.f16(&format!("{conv}.weight"), &format!("model.{conv}.weight"), &[d, inp, 3]);
        list.f32(&format!("{conv}.bias"), &format!("model.{conv}.bias"), &[d]);
    }
    let positions = [model.dims.n_audio_ctx, d];
    list.f32("encoder.positional_embedding", "model.encoder.embed_positions.weight", &positions);
    for i in 0..model.dims.n_audio_layer {
        let (from, to) = (format!("encoder.blocks.{i}"), format!("model.encoder.layers.{i}"));
        list.attention(&format!("{from}.attn"), &format!("{to}.self_attn"));
        list.mlp(&from, &to);
    }
    list.layer_norm("encoder.ln_post", "model.encoder.layer_norm");
    let table = [model.dims.n_vocab, d];
    list.f16("decoder.token_embedding.weight", "model.decoder.embed_tokens.weight", &table);
    let positions = [model.dims.n_text_ctx, d];
    list.f32("decoder.positional_embedding", "model.decoder.embed_positions.weight", &positions);
    for i in 0..model.dims.n_text_layer {
        let (from, to) = (format!("decoder.blocks.{i}"), format!("model.decoder.layers.{i}"));
        list.attention(&format!("{from}.attn"), &format!("{to}.self_attn"));
        list.attention(&format!("{from}.cross_attn"), &format!("{to}.encoder_attn"));
        list.mlp(&from, &to);
    }
    list.layer_norm("decoder.ln", "model.decoder.layer_norm");
    list.tensors
}

/// Tensors with their names, from openai-whisper's to Hugging Face's; matrices in f16, everything
/// else in f32.
struct List<'a> {
    model: &'a Model,
    tensors: Vec<Tensor>,
}

impl List<'_> {
    fn f32(&mut self, from: &str, to: &str, shape: &[usize]) {
        let values = self.model.tensor(from).expect(from);
        let bytes = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        self.tensors.push(Tensor { name: to.into(), dtype: Dtype::F32, shape: shape.to_vec(), bytes });
    }

    fn f16(&mut self, from: &str, to: &str, shape: &[usize]) {
        let values = self.model.tensor(from).expect(from);
        let bytes = values.iter().flat_map(|&x| half::f16::from_f32(x).to_le_bytes()).collect();
        self.tensors.push(Tensor { name: to.into(), dtype: Dtype::F16, shape: shape.to_vec(), bytes });
    }

    fn layer_norm(&mut self, from: &str, to: &str) {
        for part in ["weight", "bias"] {
            self.f32(&format!("{from}.{part}"), &format!("{to}.{part}"), &[self.model.dims.n_audio_state]);
        }
    }

    fn linear(&mut self, from: &str, to: &str, out: usize, inp: usize) {
        self.f16(&format!("{from}.weight"), &format!("{to}.weight"), &[out, inp]);
        if !from.ends_with(".key") {
            self.f32(&format!("{from}.bias"), &format!("{to}.bias"), &[out]);
        }
    }

    /// Attention with the LayerNorm before it.
    fn attention(&mut self, from: &str, to: &str) {
        let d = self.model.dims.n_audio_state;
        self.layer_norm(&format!("{from}_ln"), &format!("{to}_layer_norm"));
        for (ours, theirs) in
            [("query", "q_proj"), ("key", "k_proj"), ("value", "v_proj"), ("out", "out_proj")]
        {
            self.linear(&format!("{from}.{ours}"), &format!("{to}.{theirs}"), d, d);
        }
    }

    /// The MLP with the LayerNorm before it.
    fn mlp(&mut self, from: &str, to: &str) {
        let d = self.model.dims.n_audio_state;
        self.layer_norm(&format!("{from}.mlp_ln"), &format!("{to}.final_layer_norm"));
        self.linear(&format!("{from}.mlp.0"), &format!("{to}.fc1"), 4 * d, d);
        self.linear(&format!("{from}.mlp.2"), &format!("{to}.fc2"), d, 4 * d);
    }
}
