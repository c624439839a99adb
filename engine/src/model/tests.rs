use super::*;

#[test]
fn the_demo_model_loads_and_its_widenings_have_real_shapes() {
    let demo = Model::load(&ModelSpec::Demo).unwrap();
    assert_eq!((demo.dims.n_audio_state, demo.dims.n_text_layer, demo.dims.n_vocab), (192, 4, 51_864));
    assert_eq!(demo.tokenizer.special.eot, 50_256);
    assert_eq!(
        demo.tokenizer.decode(&demo.tokenizer.encode(" Hello there, it's $25.")),
        " Hello there, it's $25."
    );
    assert_eq!(demo.alignment_heads.len(), 6);

    let tiny = Model::load(&ModelSpec::DemoTiny).unwrap();
    assert_eq!((tiny.dims.n_audio_state, tiny.dims.n_audio_head, tiny.dims.n_text_layer), (384, 6, 4));
    let key = "encoder.blocks.1.attn.key.weight";
    let (narrow, wide) = (demo.tensor(key).unwrap(), tiny.tensor(key).unwrap());
    assert_eq!(wide.len(), 384 * 384);
    assert_eq!(wide[(192 + 5) * 384 + 192 + 7], narrow[5 * 192 + 7] / 2.0);
    assert_eq!(wide[5 * 384 + 7], wide[(192 + 5) * 384 + 7]);
}

/// One layer and 32 channels.
fn small(outliers: bool) -> Model {
    let dims = ModelDims {
        n_mels: 80,
        n_audio_ctx: 1500,
        n_audio_state: 32,
        n_audio_head: 2,
        n_audio_layer: 1,
        n_vocab: 2000,
        n_text_ctx: 32,
        n_text_state: 32,
        n_text_head: 2,
        n_text_layer: 1,
    };
    Model::from_formula("small", dims, outliers).unwrap()
}

#[test]
fn rows_are_the_same_as_in_the_whole_tensor() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.bin");
    write_ggml(&small(false), GgmlType::Q8_0, &path).unwrap();
    let file = Model::load(&ModelSpec::Path(path)).unwrap();
    let altered = file.altered(|name, values| {
        if name == "decoder.token_embedding.weight" {
            values.reverse();
        }
    });
    for model in [small(true), file, altered, Model::load(&ModelSpec::DemoTiny).unwrap()] {
        for (name, shape) in model.shapes() {
            let whole = model.tensor(&name).unwrap();
            assert_eq!(whole.len(), shape.iter().product::<usize>());
            let rows = source::row_count(&shape);
            let width = whole.len() / rows;
            for rows in [0..0, 0..1, rows / 3..rows / 2 + 1, rows - 1..rows] {
                let mut some = vec![f32::NAN; rows.len() * width];
                model.read(&name, rows.clone(), &mut some).unwrap();
                assert_eq!(some, whole[rows.start * width..rows.end * width], "{name} {rows:?}");
            }
        }
    }
}

#[test]
fn what_a_tensor_does_not_have_is_an_error() {
    let model = small(false);
    assert!(model.tensor("encoder.conv3.weight").unwrap_err().to_string().contains("encoder.conv3.weight"));
    let bias = "encoder.conv1.bias";
    let mut out = [0.0; 32];
    model.read(bias, 0..1, &mut out).unwrap();
    assert!(model.read(bias, 0..1, &mut out[..31]).is_err());
    assert!(model.read(bias, 1..2, &mut out).is_err());
    assert!(model.read(bias, 0..2, &mut [0.0; 64]).is_err());
    assert!(model.read(bias, std::ops::Range { start: 1, end: 0 }, &mut []).is_err());
    assert!(model.read("encoder.conv1.weight", usize::MAX - 1..usize::MAX, &mut [0.0; 240]).is_err());
}

#[test]
fn values_are_counted() {
    // As `transformers` counts openai/whisper-base.en and openai/whisper-tiny.
    for (name, count) in [("formula:base", 72_593_408), ("formula:tiny:multilingual", 37_760_640)] {
        assert_eq!(Model::load(&ModelSpec::parse(name)).unwrap().parameters(), count, "{name}");
    }
    let fetched: usize =
        small(false).shapes().iter().map(|(n, _)| small(false).tensor(n).unwrap().len()).sum();
    assert_eq!(fetched, small(false).parameters());
}

#[test]
fn a_fingerprint_tells_models_apart_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let load = |name: &str| Model::load(&ModelSpec::Path(folder.path().join(name))).unwrap();
    write_ggml(&small(false), GgmlType::F16, &folder.path().join("a.bin")).unwrap();
    std::fs::copy(folder.path().join("a.bin"), folder.path().join("b.bin")).unwrap();
    let (a, b) = (load("a.bin"), load("b.bin"));
    assert_eq!(a.fingerprint().unwrap(), b.fingerprint().unwrap());
    assert_eq!(small(false).fingerprint().unwrap(), small(false).fingerprint().unwrap());
    let touched = |model: &Model, by: f32| {
        model.altered(move |name, values| {
            if name == "decoder.ln.bias" {
                values[3] += by;
            }
        })
    };
    assert_eq!(touched(&a, 0.5).fingerprint().unwrap(), touched(&b, 0.5).fingerprint().unwrap());
    let mut bytes = std::fs::read(folder.path().join("a.bin")).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(folder.path().join("c.bin"), bytes).unwrap();
    let different = [
        a.fingerprint().unwrap(),
        load("c.bin").fingerprint().unwrap(),
        small(false).fingerprint().unwrap(),
        small(true).fingerprint().unwrap(),
        touched(&a, 0.5).fingerprint().unwrap(),
        touched(&a, 0.25).fingerprint().unwrap(),
        touched(&small(false), 0.5).fingerprint().unwrap(),
        Model::load(&ModelSpec::Demo).unwrap().fingerprint().unwrap(),
        Model::load(&ModelSpec::DemoTiny).unwrap().fingerprint().unwrap(),
    ];
    let unique: std::collections::HashSet<u64> = different.into();
    assert_eq!(unique.len(), different.len());
}

#[test]
fn values_that_are_not_finite_are_found_when_they_are_fetched() {
    let wrong = small(false).altered(|name, values| {
        if name == "decoder.token_embedding.weight" {
            values[32 * 1999 + 5] = f32::INFINITY;
        }
    });
    let words = |error: ModelError| {
        let text = error.to_string();
        assert!(text.contains("token_embedding") && text.contains("inf as value 63973"), "{text}");
    };
    words(wrong.check().unwrap_err());
    words(wrong.tensor("decoder.token_embedding.weight").unwrap_err());
    words(wrong.read("decoder.token_embedding.weight", 1990..2000, &mut [0.0; 320]).unwrap_err());
    wrong.read("decoder.token_embedding.weight", 0..1990, &mut vec![0.0; 32 * 1990]).unwrap();
    words(crate::Whisper::new(wrong, 1, crate::Precision::F32).err().unwrap());
}

#[test]
fn an_alteration_must_keep_the_number_of_values() {
    let wrong = small(false).altered(|_, values| values.push(0.0));
    assert!(wrong.check().unwrap_err().to_string().contains("values instead of"));
}

/// Attention holds heads of up to 64 channels; a header that asks for more must not reach it.
#[test]
fn heads_wider_than_whisper_s_are_refused() {
    let dims = ModelDims {
        n_mels: 80,
        n_audio_ctx: 1500,
        n_audio_state: 128,
        n_audio_head: 2,
        n_audio_layer: 1,
        n_vocab: 2000,
        n_text_ctx: 64,
        n_text_state: 128,
        n_text_head: 2,
        n_text_layer: 1,
    };
    assert!(Model::from_formula("heads of 64", dims, false).is_ok());
    for wide in [ModelDims { n_audio_head: 1, ..dims }, ModelDims { n_text_head: 1, ..dims }] {
        let error = Model::from_formula("heads of 128", wide, false).unwrap_err().to_string();
        assert!(error.contains("128 channels each") && error.contains("64"), "{error}");
    }
}

#[test]
fn a_file_that_changes_while_it_is_open_is_an_error_and_one_that_is_replaced_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let original = folder.path().join("original.bin");
    write_ggml(&small(false), GgmlType::F16, &original).unwrap();
    let length = std::fs::metadata(&original).unwrap().len();
    let path = folder.path().join("a.bin");
    let opened = || {
        std::fs::copy(&original, &path).unwrap();
        Model::load(&ModelSpec::Path(path.clone())).unwrap()
    };
    let write = || std::fs::File::options().write(true).open(&path).unwrap();

    for left in [0, 100, length - 1] {
        let model = opened();
        write().set_len(left).unwrap();
        for error in [model.check().unwrap_err(), model.fingerprint().unwrap_err()] {
            assert!(error.to_string().contains("choose the model again"), "{left}: {error}");
        }
    }
    let model = opened();
    write().set_modified(std::time::UNIX_EPOCH).unwrap();
    let error = model.check().unwrap_err().to_string();
    assert!(error.contains("has written to its file"), "{error}");

    let (known, model) = (opened().fingerprint().unwrap(), opened());
    std::fs::write(folder.path().join("b.bin"), "another one").unwrap();
    std::fs::rename(folder.path().join("b.bin"), &path).unwrap();
    model.check().unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(model.fingerprint().unwrap(), known);
}
