//! A Hugging Face folder with the demo model's tensors is the same model as the ggml file.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::engine::{run, strict};
use common::{clip, hugging_face, model};
use hark_engine::model::{Model, ModelError, ModelSpec};
use std::fs;

fn load(folder: &std::path::Path) -> Result<Model, ModelError> {
    Model::load(&ModelSpec::Path(folder.to_owned()))
}

#[test]
fn a_hugging_face_folder_is_the_same_model() {
    let folder = tempfile::tempdir().unwrap();
    let demo = model("demo");
    hugging_face::write(&demo, folder.path());
    let read = load(folder.path()).unwrap();
    assert_eq!(read.dims, demo.dims);
    for (name, _) in demo.shapes() {
        assert!(read.tensor(&name).unwrap() == demo.tensor(&name).unwrap(), "{name} differs");
    }
    for name in ["short11", "noisy03", "multi01"] {
        let (ours, golden) = (run(&read, &clip(name), &strict()), run(&demo, &clip(name), &strict()));
        assert_eq!(ours.transcript, golden.transcript, "{name}");
        assert!(!golden.transcript.text.is_empty(), "{name}");
    }
}

#[test]
fn text_becomes_the_same_tokens_from_either_vocabulary() {
    let folder = tempfile::tempdir().unwrap();
    let demo = model("demo");
    hugging_face::write(&demo, folder.path());
    let read = load(folder.path()).unwrap();
    for text in [
        " Hello there, it's $25 at 3 PM.",
        "naïve café – 東京 🎉",
        "  two  spaces\n\nand lines ",
        "o'clock?!",
    ] {
        let tokens = demo.tokenizer.encode(text);
        assert_eq!(read.tokenizer.encode(text), tokens, "{text:?}");
        assert_eq!(read.tokenizer.decode(&tokens), text);
    }
    assert_eq!(read.tokenizer.special, demo.tokenizer.special);
}

#[test]
fn a_folder_without_a_tensor_says_which() {
    let folder = tempfile::tempdir().unwrap();
    let demo = model("demo");
    hugging_face::write_without(&demo, folder.path(), "model.decoder.layers.2.encoder_attn.v_proj.weight");
    let error = load(folder.path()).expect_err("loaded without a tensor").to_string();
    assert!(
        error.contains("layers.2.encoder_attn.v_proj") || error.contains("blocks.2.cross_attn.value"),
        "{error}"
    );
}

#[test]
fn a_folder_whose_config_lies_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    hugging_face::write(&model("demo"), folder.path());
    let config = folder.path().join("config.json");
    let lie = fs::read_to_string(&config).unwrap().replace("\"d_model\":192", "\"d_model\":256");
    fs::write(&config, lie).unwrap();
    let error = load(folder.path()).expect_err("loaded with a wrong width").to_string();
    assert!(error.contains("256") || error.contains("192"), "{error}");
}

#[test]
fn a_truncated_tensor_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    hugging_face::write(&model("demo"), folder.path());
    let weights = folder.path().join("model.safetensors");
    let length = fs::metadata(&weights).unwrap().len();
    for kept in [length - 1, length / 2, 1000, 7, 0] {
        fs::OpenOptions::new().write(true).open(&weights).unwrap().set_len(kept).unwrap();
        assert!(load(folder.path()).is_err(), "loaded {kept} of {length} bytes");
    }
}
