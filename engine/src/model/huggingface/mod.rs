//! Whisper in Hugging Face's layout: config.json, model.safetensors (one or several), tokenizer.

mod config;
mod names;
mod vocabulary;
mod weights;

use super::layout::layout;
use super::{Model, ModelError, Parts, stored};
use crate::mel::MelFilters;
use serde::de::DeserializeOwned;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// More than any JSON file of a Whisper model has, in bytes.
const MAX_JSON: u64 = 64 << 20;

/// Loads the model of a folder.
pub(super) fn load(folder: &Path) -> Result<Model, ModelError> {
    load_weights(folder, &weights::files(folder)?)
}

/// Loads a safetensors file with the config and tokenizer beside it.
pub(super) fn load_file(path: &Path) -> Result<Model, ModelError> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    load_weights(folder, &[path.to_path_buf()])
}

fn load_weights(folder: &Path, files: &[std::path::PathBuf]) -> Result<Model, ModelError> {
    let dims = config::dims(folder)?;
    let vocabulary = vocabulary::read(folder, &dims)?;
    let alignment = config::alignment_heads(folder, &dims)?;
    let wrong = |reason: String| ModelError::format(folder.display().to_string(), reason);
    let ((), tensors) = stored::open(files, |opened| {
        let found = weights::Found::new(files, opened)?;
        Ok(((), found.index(&layout(&dims)).map_err(wrong)?))
    })?;
    let mel_filters = MelFilters::slaney(dims.n_mels);
    let parts = Parts { dims, vocabulary, mel_filters, source: Arc::new(tensors) };
    Model::from_parts(&super::display_name(folder), parts, alignment)
}

/// Reads a JSON file; `None` if it is not there.
fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, ModelError> {
    // Asked before opening, because opening a pipe would wait for its other end.
    if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(ModelError::Io { path: path.into(), reason: "it is not a file".into() });
    }
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(ModelError::io(path, &error)),
    };
    let mut text = Vec::new();
    let read =
        file.take(MAX_JSON + 1).read_to_end(&mut text).map_err(|error| ModelError::io(path, &error))?;
    let wrong = |reason: String| ModelError::format(path.display().to_string(), reason);
    if read as u64 > MAX_JSON {
        return Err(wrong(format!(
            "it is larger than {} MiB; it does not belong to Whisper",
            MAX_JSON >> 20
        )));
    }
    let parsed = serde_json::from_slice(&text);
    parsed.map(Some).map_err(|error| wrong(format!("{error}; get the file again")))
}
