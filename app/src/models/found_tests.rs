use super::*;
use tempfile::TempDir;

/// A whisper.cpp header of tiny.en with this type, followed by zeros up to `bytes`.
fn write_ggml(path: &Path, kind: u32, bytes: u64) {
    let fields: [u32; 12] = [0x6767_6d6c, 51_864, 1500, 384, 6, 4, 448, 384, 6, 4, 80, kind];
    let header: Vec<u8> = fields.iter().flat_map(|field| field.to_le_bytes()).collect();
    fs::write(path, header).unwrap();
    fs::OpenOptions::new().write(true).open(path).unwrap().set_len(bytes).unwrap();
}

/// A folder with one f32 tensor of four values, `cut` bytes short.
fn write_hugging_face(folder: &Path, model_type: &str, cut: usize) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("config.json"), format!("{{\"model_type\": \"{model_type}\"}}")).unwrap();
    let header = br#"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#;
    let mut data = (header.len() as u64).to_le_bytes().to_vec();
    data.extend_from_slice(header);
    data.extend_from_slice(&[0; 16]);
    data.truncate(data.len() - cut);
    fs::write(folder.join("model.safetensors"), data).unwrap();
}

/// Size of whisper.cpp's ggml-tiny.en.bin.
const TINY_F16: u64 = 77_704_715;

fn places(folder: &Path) -> Places {
    Places { folders: vec![folder.to_owned()], hugging_face: None }
}

#[test]
fn ggml_files_are_named_as_whisper_cpp_names_them() {
    let table = [
        ("ggml-base.en.bin", Some("base.en")),
        ("ggml-large-v3-turbo-q5_0.bin", Some("large-v3-turbo-q5_0")),
        ("ggml-silero-v5.1.2.bin", None),
        ("ggml-base-encoder-openvino.bin", None),
        ("for-tests-ggml-base.bin", None),
        ("ggml-.bin", None),
        ("base.bin", None),
    ];
    for (file, expected) in table {
        assert_eq!(ggml_name(file), expected, "{file}");
    }
}

#[test]
fn whole_and_broken_ggml_files_are_told_apart() {
    let dir = TempDir::new().unwrap();
    let write = |name: &str, kind, bytes| write_ggml(&dir.path().join(name), kind, bytes);
    write("ggml-a.bin", 1, TINY_F16);
    write("ggml-b.bin", 2009, TINY_F16);
    write("ggml-cut.bin", 1, 1_000_000);
    write("ggml-k.bin", 2014, TINY_F16);
    write("ggml-odd.bin", 77, TINY_F16);
    fs::write(dir.path().join("ggml-empty.bin"), "").unwrap();
    fs::write(dir.path().join("ggml-foreign.bin"), [7; 4096]).unwrap();
    fs::write(dir.path().join("notes.txt"), "not a model").unwrap();

    let found = find_in(&places(dir.path()));
    let told: Vec<_> = found.iter().map(|m| (m.name.as_str(), m.kind, m.problem.as_deref())).collect();
    let cut = "it has 1000000 bytes and its header asks for at least 72861696; the download was cut short";
    assert_eq!(
        told,
        [
            ("a", ModelKind::Ggml(Some("f16")), None),
            ("b", ModelKind::Ggml(Some("q5_1")), None),
            ("cut", ModelKind::Ggml(None), Some(cut)),
            ("empty", ModelKind::Ggml(None), Some("it is too short for a model")),
            ("foreign", ModelKind::Ggml(None), Some("it is not a whisper.cpp model")),
            (
                "k",
                ModelKind::Ggml(None),
                Some("its weights are of type q6_k, which Hark cannot read; get it as f16, q8_0 or q5_0")
            ),
            ("odd", ModelKind::Ggml(None), Some("its weights are of the unknown type 77")),
        ]
    );
    assert_eq!(found[0].bytes, TINY_F16);
}

#[test]
fn the_hugging_face_cache_gives_the_current_revision_of_whisper_models() {
    let dir = TempDir::new().unwrap();
    let hub = dir.path();
    write_hugging_face(&hub.join("models--openai--whisper-base/snapshots/aaa"), "whisper", 0);
    write_hugging_face(&hub.join("models--openai--whisper-base/snapshots/bbb"), "whisper", 0);
    fs::create_dir_all(hub.join("models--openai--whisper-base/refs")).unwrap();
    fs::write(hub.join("models--openai--whisper-base/refs/main"), "aaa").unwrap();
    write_hugging_face(&hub.join("models--distil-whisper--distil-small.en/snapshots/c"), "whisper", 3);
    write_hugging_face(&hub.join("models--x--whisper-like/snapshots/d"), "wav2vec2", 0);
    write_hugging_face(&hub.join("models--meta--llama/snapshots/e"), "llama", 0);
    fs::create_dir_all(hub.join("models--openai--whisper-tiny/snapshots/incomplete")).unwrap();

    let found = find_in(&Places { folders: vec![], hugging_face: Some(hub.to_owned()) });
    let names: Vec<_> = found.iter().map(|m| m.name.as_str()).collect();
    assert_eq!(names, ["distil-whisper/distil-small.en", "openai/whisper-base", "x/whisper-like"]);
    assert!(found[0].problem.as_deref().unwrap().contains("cut short"), "{:?}", found[0]);
    assert_eq!(found[1].problem, None);
    assert!(found[1].path.ends_with("aaa"));
    assert_eq!(found[2].problem.as_deref(), Some("it is a wav2vec2 model, not a Whisper model"));
}

#[test]
fn a_folder_beside_ggml_files_and_a_file_reached_twice() {
    let dir = TempDir::new().unwrap();
    write_hugging_face(&dir.path().join("my-whisper"), "whisper", 0);
    write_ggml(&dir.path().join("ggml-tiny.en.bin"), 1, TINY_F16);
    let twice = Places { folders: vec![dir.path().to_owned(), dir.path().join(".")], hugging_face: None };
    let names: Vec<_> = find_in(&twice).into_iter().map(|m| m.name).collect();
    assert_eq!(names, ["tiny.en", "my-whisper"]);
}

#[test]
fn damaged_safetensors_headers_are_reported_without_reading_what_they_claim() {
    let dir = TempDir::new().unwrap();
    let folder = dir.path().join("w");
    let with = |bytes: &[u8]| {
        write_hugging_face(&folder, "whisper", 0);
        fs::write(folder.join("model.safetensors"), bytes).unwrap();
        check_hugging_face(&folder).unwrap_err()
    };
    assert_eq!(with(b""), "model.safetensors: it is too short for a model");
    assert_eq!(with(&u64::MAX.to_le_bytes()), "model.safetensors: its header is damaged or cut short");
    assert_eq!(with(b"\x02\0\0\0\0\0\0\0[]"), "model.safetensors: its header is damaged");
    assert_eq!(with(b"\x08\0\0\0\0\0\0\0{\"a\": 1}"), "model.safetensors: its header is damaged");
    write_hugging_face(&folder, "whisper", 0);
    fs::write(folder.join("config.json"), "{}").unwrap();
    assert_eq!(check_hugging_face(&folder).unwrap_err(), "config.json does not say what model it is");
}
