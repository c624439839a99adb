//! Tensors from one or several safetensors files.

use super::names::hugging_face;
use super::read_json;
use crate::model::ModelError;
use crate::model::ggml::GgmlType;
use crate::model::layout::Entry;
use crate::model::mapping::MappedFile;
use crate::model::stored::{Encoding, Index, Stored};
use safetensors::{Dtype, SafeTensorError, SafeTensors};
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::path::{Path, PathBuf};

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
    pub fn new(paths: &[PathBuf], files: &[MappedFile]) -> Result<Self, ModelError> {
        let mut found = HashMap::new();
        for (number, (path, file)) in paths.iter().zip(files).enumerate() {
            let wrong = |reason: String| ModelError::format(path.display().to_string(), reason);
            let bytes = file.bytes();
            let tensors = SafeTensors::deserialize(bytes).map_err(|e| wrong(explain(&e, bytes)))?;
            for (name, view) in tensors.tensors() {
                // A bare `WhisperModel` was saved without the prefix.
                let full = if name.starts_with("encoder.") || name.starts_with("decoder.") {
                    format!("model.{name}")
                } else {
                    name
                };
                // Both lie in the file's memory, so that their distance is the place in the file.
                let start = view.data().as_ptr().addr() - bytes.as_ptr().addr();
                let range = start..start + view.data().len();
                let (dtype, shape) = (view.dtype(), view.shape().to_vec());
                let tensor = Tensor { dtype, shape, file: number, bytes: range };
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

/// What a broken safetensors file is, and what helps.
fn explain(error: &SafeTensorError, bytes: &[u8]) -> String {
    let length = bytes.len();
    match error {
        SafeTensorError::HeaderTooSmall if length == 0 => {
            "it is empty; the download did not start, get it again".into()
        }
        SafeTensorError::HeaderTooLarge
        | SafeTensorError::InvalidHeaderLength
        | SafeTensorError::HeaderTooSmall
            if bytes.get(8) != Some(&b'{') =>
        {
            crate::model::foreign::describe(bytes)
        }
        SafeTensorError::MetadataIncompleteBuffer => {
            format!("its header does not fit its {length} bytes; it is truncated or damaged, get it again")
        }
        other => format!("its header is damaged ({other}), in a file of {length} bytes; get it again"),
    }
}
