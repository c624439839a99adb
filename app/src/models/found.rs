//! The models in the usual places, looked at but not loaded.

use super::header::{check_ggml, check_hugging_face};
use super::places::Places;
use std::fs;
use std::path::{Path, PathBuf};

/// A model that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundModel {
    /// What `--model` takes: `base.en` for `ggml-base.en.bin`, `openai/whisper-base` for a folder
    /// of the Hugging Face cache.
    pub name: String,
    pub kind: ModelKind,
    /// Size of the file that holds the weights.
    pub bytes: u64,
    /// The ggml file or the Hugging Face folder.
    pub path: PathBuf,
    /// Why it cannot be used, if that shows without loading it.
    pub problem: Option<String>,
}

/// How a model is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelKind {
    /// A whisper.cpp file; the type of its matrices, if it could be read.
    Ggml(Option<&'static str>),
    /// A Hugging Face folder with `config.json` and `model.safetensors`.
    HuggingFace,
}

impl ModelKind {
    /// For people.
    pub fn label(self) -> String {
        match self {
            Self::Ggml(Some(weights)) => format!("ggml {weights}"),
            Self::Ggml(None) => "ggml".into(),
            Self::HuggingFace => "safetensors".into(),
        }
    }
}

/// All models in the usual places, in the order in which one is chosen; broken ones say so.
pub fn find() -> Vec<FoundModel> {
    find_in(&Places::usual())
}

/// As [`find`], in these places: folder by folder, by name inside each, the Hugging Face cache
/// behind them. A file that is reached twice is listed once.
pub fn find_in(places: &Places) -> Vec<FoundModel> {
    let mut found: Vec<FoundModel> = Vec::new();
    for folder in &places.folders {
        found.extend(entries(folder).iter().filter_map(|path| look_at(path)));
    }
    if let Some(hub) = &places.hugging_face {
        found.extend(entries(hub).iter().filter_map(|path| look_at_cached(path)));
    }
    let mut seen = Vec::new();
    found.retain(|model| {
        let real = fs::canonicalize(&model.path).unwrap_or_else(|_| model.path.clone());
        let new = !seen.contains(&real);
        seen.push(real);
        new
    });
    found
}

/// What lies in a folder, by name; nothing if there is no such folder.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// A ggml file or a Hugging Face folder; anything else is no model.
fn look_at(path: &Path) -> Option<FoundModel> {
    let file_name = path.file_name()?.to_str()?;
    if path.is_dir() {
        return is_hugging_face(path).then(|| hugging_face(path, file_name.to_owned()));
    }
    let name = ggml_name(file_name)?;
    let checked = check_ggml(path);
    Some(FoundModel {
        name: name.to_owned(),
        kind: ModelKind::Ggml(checked.as_ref().ok().copied()),
        bytes: length(path),
        path: path.to_owned(),
        problem: checked.err(),
    })
}

/// The short name of a whisper.cpp file. Its voice detectors and OpenVINO encoders have names of
/// the same form and are something else.
fn ggml_name(file_name: &str) -> Option<&str> {
    let name = file_name.strip_prefix("ggml-")?.strip_suffix(".bin")?;
    let other = name.is_empty() || name.starts_with("silero") || name.ends_with("-encoder-openvino");
    (!other).then_some(name)
}

/// The newest complete revision in a folder `models--OWNER--NAME` of the cache, if it is a Whisper model.
fn look_at_cached(folder: &Path) -> Option<FoundModel> {
    let name = folder.file_name()?.to_str()?.strip_prefix("models--")?.replace("--", "/");
    if !name.to_lowercase().contains("whisper") {
        return None;
    }
    let snapshots = folder.join("snapshots");
    let main = fs::read_to_string(folder.join("refs/main")).unwrap_or_default();
    let current = Some(snapshots.join(main.trim())).filter(|path| !main.is_empty() && is_hugging_face(path));
    let snapshot = current.or_else(|| entries(&snapshots).into_iter().rfind(|path| is_hugging_face(path)))?;
    Some(hugging_face(&snapshot, name))
}

fn is_hugging_face(folder: &Path) -> bool {
    folder.join("config.json").is_file() && folder.join("model.safetensors").is_file()
}

fn hugging_face(folder: &Path, name: String) -> FoundModel {
    FoundModel {
        name,
        kind: ModelKind::HuggingFace,
        bytes: length(&folder.join("model.safetensors")),
        path: folder.to_owned(),
        problem: check_hugging_face(folder).err(),
    }
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

#[cfg(test)]
#[path = "found_tests.rs"]
mod tests;
