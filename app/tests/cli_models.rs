//! Which model is taken, what is listed, and what is made.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Sandbox, clip, end_of, expected, interrupt, until};
use serde_json::Value;
use std::fs;

#[test]
fn without_any_model_the_demo_is_listed_with_the_place_for_others() {
    Sandbox::new().hark(&["models"]).is(
        0,
        "* demo  built in          for the bundled clips and tests\n\n* is taken without --model\n",
        if cfg!(feature = "download") {
            "note: no other model was found; `hark models download base.en` fetches one; or put one into \
             [DIR]/data/models\n"
        } else {
            "note: no other model was found; put one into [DIR]/data/models\n"
        },
    );
}

#[test]
fn models_are_made_listed_and_kept() {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.data().join("models")).unwrap();
    let file = sandbox.data().join("models/ggml-mine.bin");
    let file = file.to_str().unwrap();
    let made = sandbox.hark(&["models", "make", "demo", file, "--type", "q8_0"]).quietly();
    assert_eq!(made, "[DIR]/data/models/ggml-mine.bin  17 MB\n");
    let bytes = fs::read(file).unwrap();

    sandbox.hark(&["models", "make", "demo", file]).is(
        1,
        "",
        "error: [DIR]/data/models/ggml-mine.bin already exists and was kept\nhint: --overwrite replaces it\n",
    );
    assert_eq!(fs::read(file).unwrap(), bytes);
    assert_eq!(common::names(&sandbox.data().join("models")), ["ggml-mine.bin"]);

    fs::write(sandbox.data().join("models/ggml-cut.bin"), &bytes[..100_000]).unwrap();
    let list: Value = serde_json::from_str(&sandbox.hark(&["models", "--json"]).quietly()).unwrap();
    let row = |i: usize| {
        (list[i]["name"].as_str().unwrap(), list[i]["kind"].as_str().unwrap(), &list[i]["default"])
    };
    assert_eq!(row(0), ("cut", "ggml", &Value::Bool(false)));
    assert!(list[0]["problem"].as_str().unwrap().ends_with("the download was cut short"), "{list}");
    assert_eq!(row(1), ("mine", "ggml q8_0", &Value::Bool(true)));
    assert_eq!(list[1]["bytes"], bytes.len());
    assert_eq!(row(2), ("demo", "built in", &Value::Bool(false)));

    let replaced = sandbox.hark(&["models", "make", "demo", file, "--overwrite"]).quietly();
    assert_eq!(replaced, "[DIR]/data/models/ggml-mine.bin  31 MB\n");
}

#[test]
fn what_cannot_be_made_says_so() {
    let sandbox = Sandbox::new();
    sandbox.hark(&["models", "make", "demo", "missing/x.bin"]).is(
        1,
        "",
        "error: cannot write missing/x.bin: No such file or directory\n",
    );
    let ended = sandbox.hark(&["models", "make", "formula:gigantic", "x.bin"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(4), ""));
    assert!(ended.err.contains("gigantic") && ended.err.contains("large-v3-turbo"), "{}", ended.err);
    assert_eq!(sandbox.names("."), Vec::<String>::new());
}

#[test]
fn an_unknown_model_ends_with_4_and_a_suggestion() {
    let sandbox = Sandbox::new();
    sandbox.hark(&["transcribe", &clip("short01.wav"), "--model", "demo:tinny"]).is(
        4,
        "",
        "error: there is no model named `demo:tinny`\nhint: did you mean demo:tiny or demo?\n",
    );
    sandbox.hark(&["transcribe", &clip("short01.wav"), "--model", "x"]).is(
        4,
        "",
        "error: there is no model named `x`\nhint: `hark models` lists what is found; a path to a ggml file or a \
         Hugging Face folder works too\n",
    );
}

#[test]
fn a_broken_model_ends_with_4() {
    let sandbox = Sandbox::new();
    sandbox.write("broken.bin", "this is not a model, however long one looks at it");
    let ended = sandbox.hark(&["transcribe", &clip("short01.wav"), "--model", "broken.bin"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(4), ""), "{ended:?}");
    assert!(ended.err.starts_with("error: ") && ended.err.contains("broken.bin"), "{}", ended.err);
}

#[test]
fn the_demo_as_a_stand_in_is_for_bundled_clips_whatever_they_are_called() {
    let sandbox = Sandbox::new();
    fs::copy(clip("short01.wav"), sandbox.work().join("renamed.wav")).unwrap();
    let text = sandbox.hark(&["transcribe", "renamed.wav"]).quietly();
    assert_eq!(text, expected("short01.wav") + "\n");
}

#[test]
fn the_demo_as_a_stand_in_refuses_other_files_with_a_remedy() {
    let sandbox = Sandbox::new();
    let mut bytes = fs::read(clip("short01.wav")).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    sandbox.write("mine.wav", &bytes);
    let download =
        if cfg!(feature = "download") { "`hark models download base.en` fetches a model; or " } else { "" };
    sandbox.hark(&["transcribe", "mine.wav"]).is(
        3,
        "",
        &format!(
            "error: there is only the demo model, and it does not know mine.wav\n\
             hint: {download}put a whisper.cpp model such as ggml-base.en.bin into [DIR]/data/models, or name one with \
             --model; `--model demo` uses the demo model for any file, which gives poor text\n"
        ),
    );
}

#[test]
fn ctrl_c_while_a_model_is_made_leaves_no_part_of_it() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.work().join("out")).unwrap();
    let arguments = ["models", "make", "demo", "--type", "f32", "out/a.bin"];
    let mut child = sandbox.command(&arguments).spawn().unwrap();
    until("the unfinished file", || !sandbox.names("out").is_empty() || child.try_wait().unwrap().is_some());
    interrupt(&child);
    let code = end_of(&mut child).code();
    // It may have been faster than the signal.
    let whole = if code == Some(0) { vec!["a.bin".to_owned()] } else { Vec::new() };
    assert!(matches!(code, Some(0 | 130)), "{code:?}");
    assert_eq!(sandbox.names("out"), whole);
}

#[test]
fn the_demo_by_name_takes_any_file() {
    let sandbox = Sandbox::new();
    let mut bytes = fs::read(clip("short01.wav")).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    sandbox.write("mine.wav", &bytes);
    let text = sandbox.hark(&["transcribe", "mine.wav", "--model", "demo"]).quietly();
    assert_eq!(text, expected("short01.wav") + "\n");
}

#[test]
fn beside_refused_files_the_bundled_clips_are_transcribed() {
    let sandbox = Sandbox::new();
    sandbox.write("mine.wav", "anything");
    let ended = sandbox.hark(&["transcribe", "mine.wav", "missing.wav", &clip("short01.wav")]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.out.ends_with(&format!(" ==\n{}\n", expected("short01.wav"))), "{}", ended.out);
    assert!(ended.err.contains("it does not know mine.wav"), "{}", ended.err);
    assert!(ended.err.contains("cannot read missing.wav: No such file or directory"), "{}", ended.err);
}

#[test]
fn a_model_in_the_data_folder_is_taken_without_being_named() {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.data().join("models")).unwrap();
    let file = sandbox.data().join("models/ggml-tiny.en.bin");
    sandbox.hark(&["models", "make", "demo:tiny", file.to_str().unwrap()]).quietly();
    let json = sandbox.hark(&["transcribe", &clip("short12.wav"), "--format", "json"]).quietly();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["model"], "tiny.en");
    assert_eq!(json["text"].as_str().unwrap().trim(), expected("short12.wav"));
}

#[test]
fn the_model_in_the_settings_is_taken_unless_another_is_named() {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.data().join("models")).unwrap();
    let file = sandbox.data().join("models/ggml-mine.bin");
    sandbox.hark(&["models", "make", "demo", file.to_str().unwrap()]).quietly();
    let model = |arguments: &[&str]| {
        let json =
            sandbox.hark(&[&["transcribe", "--format", "json", &clip("short12.wav")], arguments].concat());
        serde_json::from_str::<Value>(&json.quietly()).unwrap()["model"].as_str().unwrap().to_owned()
    };
    assert_eq!(model(&[]), "mine");
    sandbox.settings("model = \"demo\"\n");
    assert_eq!(model(&[]), "demo");
    assert!(sandbox.hark(&["models"]).quietly().contains("\n* demo "));
    assert_eq!(model(&["--model", "mine"]), "mine");
    sandbox.settings("model = \"gone\"\n");
    sandbox.hark(&["transcribe", &clip("short12.wav")]).is(
        4,
        "",
        "error: the settings name the model `gone`, which is not there\n\
         hint: choose another one in the window, or name one with --model\n",
    );
}

#[test]
fn what_is_published_is_listed_with_its_checksums() {
    let sandbox = Sandbox::new();
    let list = sandbox.hark(&["models", "list", "--published"]).quietly();
    assert_eq!(list.lines().count(), 29);
    let line = list.lines().find(|line| line.starts_with("base.en ")).unwrap();
    assert!(line.contains("148 MB") && line.ends_with("of memory"), "{line}");
    let json = sandbox.hark(&["models", "list", "--published", "--json"]).quietly();
    let rows: Value = serde_json::from_str(&json).unwrap();
    let base = rows.as_array().unwrap().iter().find(|row| row["name"] == "base.en").unwrap();
    assert_eq!((&base["bytes"], &base["here"]), (&147_964_211.into(), &false.into()));
    assert_eq!(base["sha1"], "137c40403d78fd54d454da0f9bd998f78703390c");
}

#[test]
fn only_hark_s_own_models_are_deleted() {
    let sandbox = Sandbox::new();
    let own = sandbox.data().join("models");
    fs::create_dir_all(&own).unwrap();
    fs::write(own.join("ggml-base.bin"), "x").unwrap();
    fs::write(own.join("ggml-tiny.bin.part"), "x").unwrap();
    sandbox.write("models/ggml-small.bin", "x");
    let out = sandbox.hark(&["models", "delete", "base", "tiny"]).quietly();
    assert_eq!(out, "base: deleted\ntiny: deleted what was fetched of it\n");
    assert_eq!(common::names(&own), Vec::<String>::new());
    sandbox.hark(&["models", "delete", "small", "base"]).is(
        1,
        "",
        "error: there is no model small in [DIR]/data/models\n\
         hint: it lies in models/ggml-small.bin, which is not Hark's folder\n\
         error: there is no model base in [DIR]/data/models\n",
    );
    assert!(sandbox.work().join("models/ggml-small.bin").exists());
    assert_eq!(sandbox.hark(&["models", "list"]).code, Some(0));
}
