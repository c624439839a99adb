//! What can be said of a model without loading it: its header, and whether the file is as long as
//! the header says.

use crate::text::reason;
use serde::Deserialize;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// "ggml" as whisper.cpp writes it.
const GGML_MAGIC: u32 = 0x6767_6d6c;
/// Headers of real models have some hundred kilobytes.
const SAFETENSORS_HEADER_LIMIT: u64 = 64 << 20;

/// Type of a ggml file's matrices: whisper.cpp's number, name, bits per weight.
const GGML_TYPES: [(u32, &str, f64); 7] = [
    (0, "f32", 32.0),
    (1, "f16", 16.0),
    (2, "q4_0", 4.5),
    (3, "q4_1", 5.0),
    (7, "q8_0", 8.5),
    (8, "q5_0", 5.5),
    (9, "q5_1", 6.0),
];

/// Types that whisper.cpp has, too, and Hark cannot read.
const OTHER_GGML_TYPES: [(u32, &str); 5] =
    [(10, "q2_k"), (11, "q3_k"), (12, "q4_k"), (13, "q5_k"), (14, "q6_k")];

/// The type of the matrices of a ggml file, if its header is that of a Whisper model and the file
/// can hold such a model; otherwise what is wrong with it.
pub fn check_ggml(path: &Path) -> Result<&'static str, String> {
    let mut file = File::open(path).map_err(|e| reason(&e))?;
    let bytes = file.metadata().map_err(|e| reason(&e))?.len();
    let mut header = [0; 48];
    file.read_exact(&mut header).map_err(|_| "it is too short for a model".to_owned())?;
    let words = header.as_chunks::<4>().0;
    let mut words = words.iter().map(|word| u32::from_le_bytes(*word));
    let mut next = || words.next().unwrap_or(0);
    if next() != GGML_MAGIC {
        return Err("it is not a whisper.cpp model".into());
    }
    let [vocab, audio_ctx, audio_state, _, audio_layers] = [next(), next(), next(), next(), next()];
    let [text_ctx, text_state, _, text_layers, mels, kind] = [next(), next(), next(), next(), next(), next()];
    let plausible = (51_000..53_000).contains(&vocab)
        && (1..=1500).contains(&audio_ctx)
        && (1..=448).contains(&text_ctx)
        && [audio_state, text_state].iter().all(|state| (1..=4096).contains(state))
        && [audio_layers, text_layers].iter().all(|layers| (1..=128).contains(layers))
        && matches!(mels, 80 | 128);
    if !plausible {
        return Err("its header is not that of a Whisper model".into());
    }
    // Thousands count the version of the quantisation.
    let Some((_, name, bits)) = GGML_TYPES.iter().find(|known| known.0 == kind % 1000) else {
        return Err(match OTHER_GGML_TYPES.iter().find(|other| other.0 == kind % 1000) {
            Some((_, name)) => {
                format!("its weights are of type {name}, which Hark cannot read; get it as f16, q8_0 or q5_0")
            }
            None => format!("its weights are of the unknown type {kind}"),
        });
    };
    let matrices =
        |state: u32, layers: u32, per_layer: f64| f64::from(state).powi(2) * f64::from(layers) * per_layer;
    let weights = matrices(audio_state, audio_layers, 12.0)
        + matrices(text_state, text_layers, 16.0)
        + f64::from(vocab) * f64::from(text_state);
    let least = (weights * bits / 8.0) as u64;
    if bytes < least {
        return Err(format!(
            "it has {bytes} bytes and its header asks for at least {least}; the download was cut short"
        ));
    }
    Ok(name)
}

#[derive(Deserialize)]
struct Config {
    model_type: String,
}

#[derive(Deserialize)]
struct TensorEntry {
    data_offsets: (u64, u64),
}

/// Whether a Hugging Face folder holds a Whisper model whose weights are complete; otherwise what
/// is wrong with it.
pub fn check_hugging_face(folder: &Path) -> Result<(), String> {
    let config =
        std::fs::read(folder.join("config.json")).map_err(|e| format!("config.json: {}", reason(&e)))?;
    let config: Config = serde_json::from_slice(&config)
        .map_err(|_| "config.json does not say what model it is".to_owned())?;
    if config.model_type != "whisper" {
        return Err(format!("it is a {} model, not a Whisper model", config.model_type));
    }
    check_safetensors(&folder.join("model.safetensors")).map_err(|what| format!("model.safetensors: {what}"))
}

fn check_safetensors(path: &Path) -> Result<(), String> {
    let mut file = File::open(path).map_err(|e| reason(&e))?;
    let bytes = file.metadata().map_err(|e| reason(&e))?.len();
    let mut length = [0; 8];
    file.read_exact(&mut length).map_err(|_| "it is too short for a model".to_owned())?;
    let length = u64::from_le_bytes(length);
    if length > SAFETENSORS_HEADER_LIMIT || length > bytes.saturating_sub(8) {
        return Err("its header is damaged or cut short".into());
    }
    let mut header = Vec::new();
    file.take(length).read_to_end(&mut header).map_err(|e| reason(&e))?;
    let damaged = |_| "its header is damaged".to_owned();
    let mut header: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&header).map_err(damaged)?;
    header.remove("__metadata__");
    let mut end = 0;
    for (_, entry) in header {
        end = end.max(serde_json::from_value::<TensorEntry>(entry).map_err(damaged)?.data_offsets.1);
    }
    let expected = end.saturating_add(8 + length);
    if bytes != expected {
        return Err(format!(
            "it has {bytes} bytes and its header asks for {expected}; the download was cut short"
        ));
    }
    Ok(())
}
