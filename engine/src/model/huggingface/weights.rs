//! Tensors from one or several safetensors files.

use super::names::hugging_face;
use super::read_json;
use crate::model::ModelError;
use crate::model::file::{Bytes, ModelFile};
use crate::model::ggml::GgmlType;
use crate::model::layout::Entry;
use crate::model::stored::{Encoding, Index, Stored};
use safetensors::Dtype;
use safetensors::tensor::Metadata;
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// As much of a file's beginning as tells what it is.
const START: usize = 1 << 12;
/// The format's own limit.
const MAX_HEADER: usize = 100_000_000;

#[derive(Deserialize)]
struct ShardIndex {
    weight_map: HashMap<String, String>,
}

/// The safetensors files of a folder.
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>, ModelError> {
    let wrong = |reason: &str| ModelError::format(folder.display().to_string(), reason);
    let single = folder.join("model.safetensors");
    if single.is_file() {
        return Ok(vec![single]);
    }
    let index: Option<ShardIndex> = read_json(&folder.join("model.safetensors.index.json"))?;
    let Some(index) = index else {
        let has = |name: &str| folder.join(name).exists();
        return Err(wrong(if has("pytorch_model.bin") || has("pytorch_model.bin.index.json") {
            "it holds PyTorch weights only (pytorch_model.bin); get the model's model.safetensors"
        } else if has("config.json") {
            "model.safetensors is missing; the download may not be complete, get the folder again"
        } else {
            "it is a folder without config.json and model.safetensors; give a Hugging Face folder or a ggml file"
        }));
    };
    // Shards lie beside the index: a name with a path in it is refused, not followed.
    let shards: BTreeSet<String> = index.weight_map.into_values().collect();
    if shards.is_empty() || shards.iter().any(|name| Path::new(name).file_name() != Some(name.as_ref())) {
        return Err(wrong("model.safetensors.index.json does not name files of this folder; get it again"));
    }
    Ok(shards.into_iter().map(|name| folder.join(name)).collect())
}

/// A tensor as a file's header has it.
struct Tensor {
    dtype: Dtype,
    shape: Vec<usize>,
    file: usize,
    bytes: Range<usize>,
}

/// All tensors of all files by their names in `WhisperForConditionalGeneration`.
pub(super) struct Found(HashMap<String, Tensor>);

impl Found {
    /// Reads the headers of `files`, whose paths are `paths`.
    pub fn new(paths: &[PathBuf], files: &[ModelFile]) -> Result<Self, ModelError> {
        let mut found = HashMap::new();
        for (number, (path, file)) in paths.iter().zip(files).enumerate() {
            let wrong = |reason: String| ModelError::format(path.display().to_string(), reason);
            let (header, start) = read_header(file).map_err(wrong)?;
            for (name, info) in header.tensors() {
                // A bare `WhisperModel` was saved without the prefix.
                let full = if name.starts_with("encoder.") || name.starts_with("decoder.") {
                    format!("model.{name}")
                } else {
                    name
                };
                let bytes = start + info.data_offsets.0..start + info.data_offsets.1;
                let tensor = Tensor { dtype: info.dtype, shape: info.shape.clone(), file: number, bytes };
                // The output layer is the token embedding; some files hold it twice.
                if full != "proj_out.weight" && found.insert(full.clone(), tensor).is_some() {
                    return Err(wrong(format!("tensor {full} is there twice; get the folder again")));
                }
            }
        }
        Ok(Self(found))
    }

    /// Where each wanted tensor lies, if everything is there with the right shape in a type that can
    /// be read, and nothing else is.
    pub fn index(&self, wanted: &[Entry]) -> Result<Index, String> {
        let mut index = Index::new();
        let mut known = BTreeSet::new();
        for (openai, shape) in wanted {
            let name = hugging_face(openai);
            let tensor = self.0.get(&name).ok_or_else(|| missing(&name))?;
            if tensor.shape != *shape {
                return Err(format!(
                    "tensor {name} has shape {:?} instead of {shape:?}; config.json belongs to another model",
                    tensor.shape
                ));
            }
            let encoding = match tensor.dtype {
                Dtype::F32 => Encoding::Ggml(GgmlType::F32),
                Dtype::F16 => Encoding::Ggml(GgmlType::F16),
                Dtype::BF16 => Encoding::Bf16,
                other => return Err(format!("tensor {name} is {other:?}; use a model in f32, f16 or bf16")),
            };
            let stored = Stored { encoding, file: tensor.file, bytes: tensor.bytes.clone() };
            index.insert(openai.clone(), stored);
            known.insert(name);
        }
        match self.0.keys().filter(|name| !known.contains(*name)).min() {
            None => Ok(index),
            Some(stranger) => {
                Err(format!("tensor {stranger} is not part of Whisper; this is another kind of model"))
            }
        }
    }
}

fn missing(name: &str) -> String {
    format!("tensor {name} is missing; a shard may not have been downloaded, get the folder again")
}

/// A file's header, and where the values behind it begin: the header's length in eight bytes, its JSON, the values of all
/// tensors without gaps.
fn read_header(file: &ModelFile) -> Result<(Metadata, usize), String> {
    const LENGTH: usize = 8;
    let (mut start, mut json) = (Vec::new(), Vec::new());
    file.read(0..file.len().min(START), &mut start)?;
    if start.is_empty() {
        return Err("it is empty; the download did not start, get it again".into());
    }
    let stated = start.first_chunk().map(|length| u64::from_le_bytes(*length));
    let end = stated.and_then(|stated| usize::try_from(stated).ok()?.checked_add(LENGTH));
    let Some(end) = end.filter(|end| *end <= file.len().min(MAX_HEADER)) else {
        return Err(if start.get(LENGTH) == Some(&b'{') {
            damaged("it does not fit", file)
        } else {
            crate::model::foreign::describe(&start)
        });
    };
    file.read(LENGTH..end, &mut json)?;
    let header: Metadata =
        serde_json::from_slice(&json).map_err(|error| damaged(&error.to_string(), file))?;
    if end.checked_add(header.data_len()) != Some(file.len()) {
        return Err(format!(
            "its header does not fit its {} bytes; it is truncated or damaged, get it again",
            file.len()
        ));
    }
    Ok((header, end))
}

fn damaged(why: &str, file: &ModelFile) -> String {
    format!("its header is damaged ({why}), in a file of {} bytes; get it again", file.len())
}
