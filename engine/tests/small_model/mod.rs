//! A Whisper model of one layer and 32 channels, and writers of model files that can write wrong ones.
#![allow(dead_code, reason = "each test binary uses its part")]

use half::f16;
use hark_engine::model::{Model, ModelDims};
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use std::collections::BTreeMap;
use std::path::Path;

/// Tokens of the small vocabulary that are not special.
pub const ORDINARY: usize = 300;

pub fn dims() -> ModelDims {
    ModelDims {
        n_mels: 80,
        n_audio_ctx: 1500,
        n_audio_state: 32,
        n_audio_head: 2,
        n_audio_layer: 1,
        n_vocab: ORDINARY + 1608,
        n_text_ctx: 32,
        n_text_state: 32,
        n_text_head: 2,
        n_text_layer: 2,
    }
}

pub fn model() -> Model {
    Model::from_formula("small", dims(), false).unwrap()
}

/// Numbers from splitmix64 (Steele et al. 2014).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// A tensor to be written: both of its names, its row-major shape and its values.
#[derive(Clone)]
pub struct Tensor {
    pub openai: String,
    pub hugging_face: String,
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// All tensors of a model, with their names spelled out here rather than taken from the engine.
pub fn tensors(model: &Model) -> Vec<Tensor> {
    let d = model.dims.n_audio_state;
    let mut list = List { model, tensors: Vec::new() };
    let (e_ctx, t_ctx) = (model.dims.n_audio_ctx, model.dims.n_text_ctx);
    list.add("encoder.positional_embedding", "model.encoder.embed_positions.weight", &[e_ctx, d]);
    for (name, inp) in [("conv1", model.dims.n_mels), ("conv2", d)] {
        let (weight, bias) = (format!("encoder.{name}.weight"), format!("encoder.{name}.bias"));
        list.add(&weight, &format!("model.{weight}"), &[d, inp, 3]);
        list.add(&bias, &format!("model.{bias}"), &[d]);
    }
    for k in 0..model.dims.n_audio_layer {
        let (o, h) = (format!("encoder.blocks.{k}"), format!("model.encoder.layers.{k}"));
        list.attention(&format!("{o}.attn"), &format!("{h}.self_attn"));
        list.mlp(&o, &h);
    }
    list.norm("encoder.ln_post", "model.encoder.layer_norm");
    let table = [model.dims.n_vocab, d];
    list.add("decoder.token_embedding.weight", "model.decoder.embed_tokens.weight", &table);
    list.add("decoder.positional_embedding", "model.decoder.embed_positions.weight", &[t_ctx, d]);
    for k in 0..model.dims.n_text_layer {
        let (o, h) = (format!("decoder.blocks.{k}"), format!("model.decoder.layers.{k}"));
        list.attention(&format!("{o}.attn"), &format!("{h}.self_attn"));
        list.attention(&format!("{o}.cross_attn"), &format!("{h}.encoder_attn"));
        list.mlp(&o, &h);
    }
    list.norm("decoder.ln", "model.decoder.layer_norm");
    list.tensors
}

struct List<'a> {
    model: &'a Model,
    tensors: Vec<Tensor>,
}

impl List<'_> {
    fn add(&mut self, openai: &str, hugging_face: &str, shape: &[usize]) {
        let values = self.model.tensor(openai).unwrap();
        let (openai, hugging_face) = (openai.to_owned(), hugging_face.to_owned());
        self.tensors.push(Tensor { openai, hugging_face, shape: shape.to_vec(), values });
    }

    fn norm(&mut self, openai: &str, hugging_face: &str) {
        for part in ["weight", "bias"] {
            let channels = [self.model.dims.n_audio_state];
            self.add(&format!("{openai}.{part}"), &format!("{hugging_face}.{part}"), &channels);
        }
    }

    fn linear(&mut self, openai: &str, hugging_face: &str, out: usize, inp: usize) {
        self.add(&format!("{openai}.weight"), &format!("{hugging_face}.weight"), &[out, inp]);
        if !openai.ends_with(".key") {
            self.add(&format!("{openai}.bias"), &format!("{hugging_face}.bias"), &[out]);
        }
    }

    fn attention(&mut self, openai: &str, hugging_face: &str) {
        let d = self.model.dims.n_audio_state;
        self.norm(&format!("{openai}_ln"), &format!("{hugging_face}_layer_norm"));
        for (o, h) in [("query", "q_proj"), ("key", "k_proj"), ("value", "v_proj"), ("out", "out_proj")] {
            self.linear(&format!("{openai}.{o}"), &format!("{hugging_face}.{h}"), d, d);
        }
    }

    fn mlp(&mut self, openai: &str, hugging_face: &str) {
        let d = self.model.dims.n_audio_state;
        self.norm(&format!("{openai}.mlp_ln"), &format!("{hugging_face}.final_layer_norm"));
        self.linear(&format!("{openai}.mlp.0"), &format!("{hugging_face}.fc1"), 4 * d, d);
        self.linear(&format!("{openai}.mlp.2"), &format!("{hugging_face}.fc2"), d, 4 * d);
    }
}

/// A ggml file's bytes, and where its tensors' headers begin.
pub struct Ggml {
    pub bytes: Vec<u8>,
    pub headers: Vec<usize>,
}

/// Writes a ggml file: matrices in the type `kind` as `encode` makes them, everything else in f32.
pub fn ggml(
    model: &Model,
    tensors: &[Tensor],
    file_type: i32,
    kind: i32,
    encode: fn(&[f32]) -> Vec<u8>,
) -> Ggml {
    let d = &model.dims;
    let mut bytes = 0x6767_6d6c_u32.to_le_bytes().to_vec();
    let audio = [d.n_vocab, d.n_audio_ctx, d.n_audio_state, d.n_audio_head, d.n_audio_layer];
    let text = [d.n_text_ctx, d.n_text_state, d.n_text_head, d.n_text_layer, d.n_mels];
    for size in audio.into_iter().chain(text) {
        push(&mut bytes, size as i32);
    }
    [file_type, d.n_mels as i32, 201].into_iter().for_each(|v| push(&mut bytes, v));
    bytes.extend(f32_bytes(&model.mel_filters.weights));
    push(&mut bytes, model.tokenizer.vocabulary().len() as i32);
    for token in model.tokenizer.vocabulary().iter() {
        push(&mut bytes, token.len() as i32);
        bytes.extend_from_slice(token);
    }
    let mut headers = Vec::new();
    for tensor in tensors {
        headers.push(bytes.len());
        let encoded = tensor.shape.len() == 2 && !tensor.openai.ends_with("positional_embedding");
        let mut shape = tensor.shape.clone();
        if tensor.openai.starts_with("encoder.conv") && shape.len() == 1 {
            shape.push(1);
        }
        push(&mut bytes, shape.len() as i32);
        push(&mut bytes, tensor.openai.len() as i32);
        push(&mut bytes, if encoded { kind } else { 0 });
        shape.iter().rev().for_each(|n| push(&mut bytes, *n as i32));
        bytes.extend_from_slice(tensor.openai.as_bytes());
        bytes.extend(if encoded { encode(&tensor.values) } else { f32_bytes(&tensor.values) });
    }
    Ggml { bytes, headers }
}

fn push(bytes: &mut Vec<u8>, value: i32) {
    bytes.extend_from_slice(&value.to_le_bytes());
}

pub fn f32_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

pub fn f16_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect()
}

/// The upper halves of the values, cut off.
pub fn bf16_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| ((v.to_bits() >> 16) as u16).to_le_bytes()).collect()
}

/// The bytes of a safetensors file of these tensors.
pub fn safetensors_bytes(tensors: &[Tensor], dtype: Dtype) -> Vec<u8> {
    let encoded: Vec<Vec<u8>> = tensors
        .iter()
        .map(|t| match dtype {
            Dtype::F32 => f32_bytes(&t.values),
            Dtype::F16 => f16_bytes(&t.values),
            Dtype::BF16 => bf16_bytes(&t.values),
            _ => vec![0; t.values.len() * 8],
        })
        .collect();
    let views = tensors.iter().zip(&encoded).map(|(tensor, data)| {
        (tensor.hugging_face.clone(), TensorView::new(dtype, tensor.shape.clone(), data).unwrap())
    });
    safetensors::serialize(views, None).unwrap()
}

/// Writes config.json, vocab.json, added_tokens.json and generation_config.json.
pub fn write_config(folder: &Path, model: &Model) {
    let d = &model.dims;
    let config = serde_json::json!({
        "model_type": "whisper", "activation_function": "gelu", "vocab_size": d.n_vocab, "num_mel_bins": d.n_mels,
        "d_model": d.n_audio_state, "encoder_layers": d.n_audio_layer, "encoder_attention_heads": d.n_audio_head,
        "encoder_ffn_dim": 4 * d.n_audio_state, "decoder_layers": d.n_text_layer,
        "decoder_attention_heads": d.n_text_head, "decoder_ffn_dim": 4 * d.n_text_state,
        "max_source_positions": d.n_audio_ctx, "max_target_positions": d.n_text_ctx, "scale_embedding": false,
    });
    std::fs::write(folder.join("config.json"), config.to_string()).unwrap();
    std::fs::write(folder.join("generation_config.json"), r#"{"alignment_heads": [[0, 1], [1, 0]]}"#)
        .unwrap();
    let vocabulary: BTreeMap<String, usize> =
        model.tokenizer.vocabulary().iter().map(spelled).enumerate().map(|(id, token)| (token, id)).collect();
    std::fs::write(folder.join("vocab.json"), serde_json::to_string(&vocabulary).unwrap()).unwrap();
    let added = serde_json::json!({"<|endoftext|>": ORDINARY, "<|startoftranscript|>": ORDINARY + 1});
    std::fs::write(folder.join("added_tokens.json"), added.to_string()).unwrap();
}

/// A token in GPT-2's spelling: bytes that are not printable, in order, are U+0100 and up.
fn spelled(token: &[u8]) -> String {
    let printable = |b: u8| (33..=126).contains(&b) || (161..=172).contains(&b) || b >= 174;
    let character = |b: u8| {
        let hidden_before = (0..b).filter(|other| !printable(*other)).count() as u32;
        if printable(b) { char::from(b) } else { char::from_u32(0x100 + hidden_before).unwrap() }
    };
    token.iter().map(|b| character(*b)).collect()
}
