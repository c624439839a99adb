#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
//! ggml files and Hugging Face folders: what is written is what is read, and what is wrong is named.

mod small_model;

use half::f16;
use hark_engine::model::{GgmlType, Model, ModelError, ModelSpec, write_ggml};
use safetensors::Dtype;
use small_model::{Ggml, Tensor};
use std::path::Path;

fn load(path: &Path) -> Result<Model, ModelError> {
    Model::load(&ModelSpec::Path(path.into()))
}

/// As `load`, with the values of the weights looked at, too.
fn load_all(path: &Path) -> Result<Model, ModelError> {
    let model = load(path)?;
    model.check().map(|()| model)
}

fn assert_same(a: &Model, b: &Model) {
    assert_eq!(a.dims, b.dims);
    for (name, _) in a.shapes() {
        assert!(a.tensor(&name).unwrap() == b.tensor(&name).unwrap(), "{name} differs");
    }
    assert!(a.tokenizer.vocabulary().iter().eq(b.tokenizer.vocabulary().iter()));
}

/// The model with every matrix changed by `change`, except positions; vectors stay.
fn with_matrices(model: &Model, change: fn(f32) -> f32) -> Vec<Tensor> {
    let mut tensors = small_model::tensors(model);
    for tensor in &mut tensors {
        if tensor.shape.len() > 1 && !tensor.openai.ends_with("positional_embedding") {
            tensor.values.iter_mut().for_each(|v| *v = change(*v));
        }
    }
    tensors
}

#[test]
fn written_files_read_back_as_the_same_model() {
    let folder = tempfile::tempdir().unwrap();
    let model = small_model::model();
    let path = folder.path().join("f32.bin");
    write_ggml(&model, GgmlType::F32, &path).unwrap();
    let back = load(&path).unwrap();
    assert_same(&model, &back);
    assert_eq!(back.mel_filters, model.mel_filters);
    assert_eq!(back.name, "f32.bin");

    write_ggml(&model, GgmlType::F16, &path).unwrap();
    let halves = load(&path).unwrap();
    let rounded = with_matrices(&model, |v| f16::from_f32(v).to_f32());
    for (tensor, expected) in small_model::tensors(&halves).iter().zip(rounded) {
        assert_eq!(tensor.values, expected.values, "{}", tensor.openai);
    }
    // Values that f16 holds survive a second time.
    write_ggml(&halves, GgmlType::F16, &path).unwrap();
    assert_same(&halves, &load(&path).unwrap());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn q8_0_files_are_within_half_a_step() {
    let folder = tempfile::tempdir().unwrap();
    let model = small_model::model();
    let path = folder.path().join("q8_0.bin");
    write_ggml(&model, GgmlType::Q8_0, &path).unwrap();
    let back = load(&path).unwrap();
    for (tensor, original) in small_model::tensors(&back).iter().zip(small_model::tensors(&model)) {
        let matrix = tensor.shape.len() == 2 && !tensor.openai.ends_with("positional_embedding");
        if matrix {
            assert_ne!(tensor.values, original.values, "{}", tensor.openai);
        }
        for (got, wanted) in tensor.values.chunks(32).zip(original.values.chunks(32)) {
            let largest = wanted.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
            // Half a step of the block, and for up to 127 steps the rounding of its f16 scale.
            let bound = if tensor.shape.len() > 1 { largest * (0.5 / 127.0 + 1.0 / 2048.0) } else { 0.0 };
            assert!(got.iter().zip(wanted).all(|(a, b)| (a - b).abs() <= bound), "{}", tensor.openai);
        }
    }
}

#[test]
fn types_that_hark_does_not_write_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let error = write_ggml(&small_model::model(), GgmlType::Q4_1, &folder.path().join("m.bin")).unwrap_err();
    assert!(error.to_string().contains("q8_0"), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// A block of q5_1 with scale 1/4 and minimum -4, for values that are quarters in [-4, 4).
fn q5_1_quarters(values: &[f32]) -> Vec<u8> {
    let block = |values: &[f32; 32]| {
        let q = values.map(|v| ((v + 4.0) * 4.0) as u32);
        let mut bytes = [f16::from_f32(0.25).to_le_bytes(), f16::from_f32(-4.0).to_le_bytes()].concat();
        let high = (0..32).fold(0, |bits, j| bits | (q[j] >> 4) << j);
        bytes.extend_from_slice(&high.to_le_bytes());
        bytes.extend((0..16).map(|j| (q[j] & 15 | (q[j + 16] & 15) << 4) as u8));
        bytes
    };
    values.as_chunks().0.iter().flat_map(block).collect()
}

#[test]
fn quantised_files_give_the_values_that_their_blocks_stand_for() {
    let folder = tempfile::tempdir().unwrap();
    let model = small_model::model();
    let quarters = with_matrices(&model, |v| (v * 13.0).round().clamp(-16.0, 15.0) / 4.0);
    let path = folder.path().join("q5_1.bin");
    std::fs::write(&path, small_model::ggml(&model, &quarters, 2009, 7, q5_1_quarters).bytes).unwrap();
    for (tensor, expected) in small_model::tensors(&load(&path).unwrap()).iter().zip(&quarters) {
        assert_eq!(tensor.values, expected.values, "{}", tensor.openai);
    }
}

#[test]
fn vocabularies_with_and_without_special_tokens_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let model = small_model::model();
    let plain = small_model::ggml(&model, &small_model::tensors(&model), 0, 0, small_model::f32_bytes).bytes;
    let count_at = 12 * 4 + 8 + 80 * 201 * 4;
    let vocabulary_end = {
        let mut at = count_at + 4;
        for _ in 0..small_model::ORDINARY {
            at += 4 + plain[at] as usize;
        }
        at
    };
    let mut longer = plain.clone();
    longer[count_at..count_at + 4].copy_from_slice(&(small_model::ORDINARY as i32 + 1).to_le_bytes());
    let eot = [&13_i32.to_le_bytes()[..], b"<|endoftext|>"].concat();
    longer.splice(vocabulary_end..vocabulary_end, eot);
    let path = folder.path().join("longer.bin");
    std::fs::write(&path, longer).unwrap();
    assert_same(&load(&path).unwrap(), &model);
}

#[test]
fn hugging_face_folders_give_the_same_model_in_every_type() {
    let model = small_model::model();
    let exact = with_matrices(&model, |v| f32::from_bits(v.to_bits() & 0xffff_0000));
    for (dtype, cut) in
        [(Dtype::F32, None), (Dtype::F16, Some(f16_cut as fn(f32) -> f32)), (Dtype::BF16, Some(bf16_cut))]
    {
        let folder = tempfile::tempdir().unwrap();
        small_model::write_config(folder.path(), &model);
        let file = folder.path().join("model.safetensors");
        std::fs::write(&file, small_model::safetensors_bytes(&exact, dtype)).unwrap();
        let back = load(folder.path()).unwrap();
        assert_eq!(*back.alignment_heads, [(0, 1), (1, 0)]);
        assert!(back.tokenizer.vocabulary().iter().eq(model.tokenizer.vocabulary().iter()));
        for (tensor, expected) in small_model::tensors(&back).iter().zip(&exact) {
            let wanted: Vec<f32> = expected.values.iter().map(|v| cut.map_or(*v, |cut| cut(*v))).collect();
            assert_eq!(tensor.values, wanted, "{dtype:?} {}", tensor.openai);
        }
        assert_same(&load(&file).unwrap(), &back);
    }
}

fn f16_cut(v: f32) -> f32 {
    f16::from_f32(v).to_f32()
}

fn bf16_cut(v: f32) -> f32 {
    f32::from_bits(v.to_bits() & 0xffff_0000)
}

#[test]
fn shards_and_tokenizer_json_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let model = small_model::model();
    small_model::write_config(folder.path(), &model);
    let tensors = small_model::tensors(&model);
    let (first, second) = tensors.split_at(20);
    let mut map = serde_json::Map::new();
    for (name, part) in [("model-1-of-2.safetensors", first), ("model-2-of-2.safetensors", second)] {
        std::fs::write(folder.path().join(name), small_model::safetensors_bytes(part, Dtype::F32)).unwrap();
        map.extend(part.iter().map(|t| (t.hugging_face.clone(), name.into())));
    }
    let index = serde_json::json!({"metadata": {"total_size": 1}, "weight_map": map});
    std::fs::write(folder.path().join("model.safetensors.index.json"), index.to_string()).unwrap();
    let vocabulary: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("vocab.json")).unwrap()).unwrap();
    let tokenizer = serde_json::json!({
        "version": "1.0", "added_tokens": [{"id": small_model::ORDINARY, "content": "<|endoftext|>", "special": true}],
        "model": {"type": "BPE", "vocab": vocabulary, "merges": []},
    });
    std::fs::write(folder.path().join("tokenizer.json"), tokenizer.to_string()).unwrap();
    std::fs::remove_file(folder.path().join("vocab.json")).unwrap();
    assert_same(&load(folder.path()).unwrap(), &model);

    std::fs::remove_file(folder.path().join("model-2-of-2.safetensors")).unwrap();
    let error = load(folder.path()).unwrap_err().to_string();
    assert!(error.contains("model-2-of-2.safetensors"), "{error}");
    std::fs::write(
        folder.path().join("model-2-of-2.safetensors"),
        small_model::safetensors_bytes(first, Dtype::F32),
    )
    .unwrap();
    let error = load(folder.path()).unwrap_err().to_string();
    assert!(error.contains("twice"), "{error}");
}

/// Loads these bytes as a file and returns the error's text.
fn refused(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.bin");
    std::fs::write(&path, bytes).unwrap();
    load_all(&path).expect_err("the file is broken").to_string()
}

#[test]
fn foreign_files_are_told_by_their_first_bytes() {
    for (bytes, words) in [
        (&b""[..], "empty"),
        (b"GGUF\x03\0\0\0", "gguf"),
        (b"PK\x03\x04archive/data.pkl", "PyTorch"),
        (b"\x80\x02\x8a\nl\xfc\x9cF", "pickle"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"\n<html>", "web page"),
        (b"\x10\0\0\0\0\0\0\0{\"a\": {}}", "safetensors"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00", "Git LFS"),
        (b"\x1f\x8b\x08", "gunzip"),
        (b"RIFF\x24\0\0\0WAVE", "audio"),
        (b"{\"model_type\": \"whisper\"}", "JSON"),
        (b"lmgf and more", "magic"),
        (b"lmg", "magic"),
    ] {
        let error = refused(bytes);
        assert!(
            error.contains(words) && error.contains("m.bin") && error.contains("byte 0"),
            "{words}: {error}"
        );
    }
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let model = small_model::model();
    let Ggml { bytes, headers } =
        small_model::ggml(&model, &small_model::tensors(&model), 0, 0, small_model::f32_bytes);
    let interesting = (0..130).chain((130..bytes.len()).step_by(4001)).chain(bytes.len() - 130..bytes.len());
    let around_headers = headers.iter().flat_map(|at| at - 2..at + 20);
    for length in interesting.chain(around_headers) {
        let error = refused(&bytes[..length]);
        assert!(error.contains("byte") || error.contains("empty"), "cut at {length}: {error}");
        assert!(error.contains("get"), "cut at {length} without a remedy: {error}");
    }
}

#[test]
fn lies_in_a_ggml_header_are_named() {
    let model = small_model::model();
    let good = small_model::ggml(&model, &small_model::tensors(&model), 0, 0, small_model::f32_bytes).bytes;
    for (field, value, words) in [
        (1, -1, "n_vocab is -1"),
        (1, i32::MAX, "n_vocab"),
        (1, 51_864, "vocabulary"),
        (2, 3000, "n_audio_ctx"),
        (3, i32::MAX, "n_audio_state"),
        (3, 64, "n_text_state"),
        (4, 0, "n_audio_head"),
        (4, 5, "n_audio_head"),
        (5, 1_000_000, "n_audio_layer"),
        (5, 2, "encoder.blocks.1"),
        (9, i32::MIN, "n_text_layer"),
        (9, 1, "decoder.blocks.1"),
        (10, 81, "n_mels"),
        (10, 128, "mel filters"),
        (12, 128, "byte 48"),
        (13, 400, "byte 48"),
    ] {
        let mut bytes = good.clone();
        bytes[4 * field..4 * field + 4].copy_from_slice(&i32::to_le_bytes(value));
        let error = refused(&bytes);
        assert!(error.contains(words), "field {field} = {value}: {error}");
    }
}

/// The bytes of a ggml file whose tensors were changed.
fn ggml_with(change: impl FnOnce(&mut Vec<Tensor>)) -> Vec<u8> {
    let model = small_model::model();
    let mut tensors = small_model::tensors(&model);
    change(&mut tensors);
    small_model::ggml(&model, &tensors, 0, 0, small_model::f32_bytes).bytes
}

#[test]
fn wrong_tensors_are_named() {
    let duplicate = ggml_with(|tensors| tensors.push(tensors[3].clone()));
    let missing = ggml_with(|tensors| tensors.retain(|t| t.openai != "decoder.blocks.0.mlp.2.weight"));
    let shape = ggml_with(|tensors| tensors[1].shape = vec![80, 32, 3]);
    let stranger =
        ggml_with(|tensors| tensors.push(Tensor { openai: "lora.a".into(), ..tensors[2].clone() }));
    let nan = ggml_with(|tensors| tensors[5].values[3] = f32::NAN);
    let infinite = ggml_with(|tensors| tensors[0].values[70] = f32::NEG_INFINITY);
    for (bytes, words) in [
        (&duplicate, ["encoder.conv2.weight", "twice"]),
        (&missing, ["decoder.blocks.0.mlp.2.weight", "missing"]),
        (&shape, ["encoder.conv1.weight", "shape [80, 32, 3] instead of [32, 80, 3]"]),
        (&stranger, ["lora.a", "not part"]),
        (&nan, ["encoder.blocks.0.attn_ln.weight", "NaN as value 3"]),
        (&infinite, ["encoder.positional_embedding", "-inf as value 70"]),
    ] {
        let error = refused(bytes);
        assert!(words.iter().all(|word| error.contains(word)), "{words:?}: {error}");
    }
}

#[test]
fn unsupported_quantisations_are_named() {
    let model = small_model::model();
    let tensors = small_model::tensors(&model);
    let with = |file_type, kind| {
        refused(&small_model::ggml(&model, &tensors, file_type, kind, small_model::f16_bytes).bytes)
    };
    let error = with(2015, 12);
    assert!(error.contains("q4_K is not supported") && error.contains("q5_0"), "{error}");
    assert!(with(2000, 77).contains("type 77"));
    let old = refused(&small_model::ggml(&model, &tensors, 1009, 7, q5_1_quarters).bytes);
    assert!(old.contains("version 1"), "{old}");
}

/// Loads the small Hugging Face folder after `spoil` and returns the error's text.
fn folder_refused(spoil: impl FnOnce(&Path)) -> String {
    let folder = tempfile::tempdir().unwrap();
    let model = small_model::model();
    small_model::write_config(folder.path(), &model);
    let weights = small_model::safetensors_bytes(&small_model::tensors(&model), Dtype::F32);
    std::fs::write(folder.path().join("model.safetensors"), weights).unwrap();
    spoil(folder.path());
    load_all(folder.path()).expect_err("the folder is broken").to_string()
}

/// Replaces text in a file of the folder.
fn replace(folder: &Path, file: &str, from: &str, to: &str) {
    let text = std::fs::read_to_string(folder.join(file)).unwrap();
    assert!(text.contains(from), "{file}: {from}");
    std::fs::write(folder.join(file), text.replace(from, to)).unwrap();
}

fn write_weights(folder: &Path, dtype: Dtype, change: impl FnOnce(&mut Vec<Tensor>)) {
    let mut tensors = small_model::tensors(&small_model::model());
    change(&mut tensors);
    std::fs::write(folder.join("model.safetensors"), small_model::safetensors_bytes(&tensors, dtype))
        .unwrap();
}

#[test]
fn broken_hugging_face_folders_are_named() {
    type Spoil = fn(&Path);
    let cases: [(Spoil, &[&str]); 20] = [
        (|f| std::fs::remove_file(f.join("config.json")).unwrap(), &["config.json", "missing"]),
        (|f| std::fs::write(f.join("config.json"), "{").unwrap(), &["config.json", "EOF"]),
        (|f| replace(f, "config.json", "\"whisper\"", "\"bart\""), &["model_type", "bart"]),
        (|f| replace(f, "config.json", "\"gelu\"", "\"relu\""), &["activation_function"]),
        (|f| replace(f, "config.json", "\"d_model\":32", "\"d_model\":-32"), &["config.json"]),
        (
            |f| replace(f, "config.json", "\"encoder_layers\":1", "\"encoder_layers\":999999999999"),
            &["n_audio_layer"],
        ),
        (
            |f| replace(f, "config.json", "\"encoder_layers\":1", "\"encoder_layers\":2"),
            &["layers.1", "missing"],
        ),
        (
            |f| replace(f, "config.json", "\"encoder_layers\":1", "\"encoder_layers\":[1]"),
            &["config.json", "line"],
        ),
        (|f| std::fs::remove_file(f.join("model.safetensors")).unwrap(), &["model.safetensors is missing"]),
        (
            |f| std::fs::rename(f.join("model.safetensors"), f.join("pytorch_model.bin")).unwrap(),
            &["PyTorch", "model.safetensors"],
        ),
        (|f| std::fs::remove_file(f.join("vocab.json")).unwrap(), &["vocab.json", "tokenizer.json"]),
        (|f| replace(f, "vocab.json", ":299", ":298"), &["two tokens have the id 298"]),
        (|f| replace(f, "vocab.json", ":299", ":9999"), &["token 299 is missing"]),
        (|f| replace(f, "added_tokens.json", ":300", ":50256"), &["<|endoftext|>", "50256"]),
        (|f| replace(f, "generation_config.json", "[1, 0]", "[7, 0]"), &["alignment_heads", "layer 7"]),
        (|f| write_weights(f, Dtype::I64, |_| ()), &["I64", "f32, f16 or bf16"]),
        (|f| write_weights(f, Dtype::F16, |t| t[7].values[1] = f32::NAN), &["NaN as value 1"]),
        (|f| write_weights(f, Dtype::F32, |t| t[1].shape = vec![80, 32, 3]), &["conv1.weight", "instead of"]),
        (
            |f| write_weights(f, Dtype::F32, |t| t[4].hugging_face = "lora_A".into()),
            &["conv2.bias", "missing"],
        ),
        (|f| std::fs::write(f.join("model.safetensors"), "").unwrap(), &["model.safetensors", "empty"]),
    ];
    for (spoil, words) in cases {
        let error = folder_refused(spoil);
        assert!(words.iter().all(|word| error.contains(word)), "{words:?}: {error}");
    }
    let html = folder_refused(|f| {
        std::fs::write(f.join("model.safetensors"), "<!DOCTYPE html><html></html>").unwrap()
    });
    assert!(html.contains("web page"), "{html}");
    let escape = folder_refused(|f| {
        std::fs::remove_file(f.join("model.safetensors")).unwrap();
        let index = r#"{"weight_map": {"a": "../../elsewhere.safetensors"}}"#;
        std::fs::write(f.join("model.safetensors.index.json"), index).unwrap();
    });
    assert!(escape.contains("index.json"), "{escape}");
}

#[test]
fn a_safetensors_file_cut_anywhere_is_refused() {
    let weights = small_model::safetensors_bytes(&small_model::tensors(&small_model::model()), Dtype::F16);
    for length in (1..60).chain((60..weights.len()).step_by(9973)).chain([weights.len() - 1]) {
        let error =
            folder_refused(|f| std::fs::write(f.join("model.safetensors"), &weights[..length]).unwrap());
        assert!(error.contains("model.safetensors") && error.contains("get"), "cut at {length}: {error}");
    }
}

#[test]
fn what_is_not_there_is_unknown_and_a_folder_without_a_model_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let error = load(&folder.path().join("nothing.bin")).unwrap_err();
    assert!(matches!(&error, ModelError::Unknown(name) if name.contains("nothing.bin")));
    let error = load(folder.path()).unwrap_err().to_string();
    assert!(error.contains("folder") && error.contains("config.json"), "{error}");
}

#[test]
fn specs_parse() {
    assert_eq!(ModelSpec::parse("demo"), ModelSpec::Demo);
    assert_eq!(ModelSpec::parse("demo:tiny"), ModelSpec::DemoTiny);
    assert_eq!(ModelSpec::parse("demo:small"), ModelSpec::DemoSmall);
    assert_eq!(ModelSpec::parse("formula:base:outliers"), ModelSpec::Formula("formula:base:outliers".into()));
    assert_eq!(ModelSpec::parse("/models/ggml-base.bin"), ModelSpec::Path("/models/ggml-base.bin".into()));
}
