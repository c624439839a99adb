//! Tensors from one or several safetensors files.

use super::names::hugging_face;
use super::read_json;
use crate::model::ModelError;
use crate::model::ggml::GgmlType;
use crate::model::mapping::MappedFile;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError, SafeTensors};
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap};
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

/// One file in memory.
pub(super) struct Mapped {
    path: PathBuf,
    file: MappedFile,
}

impl Mapped {
    pub fn open(path: &Path) -> Result<Self, ModelError> {
        Ok(Self { path: path.into(), file: MappedFile::open(path)? })
    }
}

/// All tensors of all files by their names in `WhisperForConditionalGeneration`.
pub(super) struct Index<'a>(HashMap<String, TensorView<'a>>);

impl<'a> Index<'a> {
    pub fn new(files: &'a [Mapped]) -> Result<Self, ModelError> {
        let mut index = HashMap::new();
        for Mapped { path, file } in files {
            let wrong = |reason: String| ModelError::format(path.display().to_string(), reason);
            let tensors =
                SafeTensors::deserialize(file.bytes()).map_err(|e| wrong(explain(&e, file.bytes())))?;
            for (name, view) in tensors.tensors() {
                // A bare `WhisperModel` was saved without the prefix.
                let full = if name.starts_with("encoder.") || name.starts_with("decoder.") {
                    format!("model.{name}")
                } else {
                    name
                };
                // The output layer is the token embedding; some files hold it twice.
                if full != "proj_out.weight" && index.insert(full.clone(), view).is_some() {
                    return Err(wrong(format!("tensor {full} is there twice; get the folder again")));
                }
            }
        }
        Ok(Self(index))
    }

    /// Everything is there with the right shape in a type that can be read, and nothing else is.
    pub fn check(&self, wanted: &[(String, Vec<usize>)]) -> Result<(), String> {
        let mut known = BTreeSet::new();
        for (name, shape) in wanted {
            let name = hugging_face(name);
            let view = self.0.get(&name).ok_or_else(|| missing(&name))?;
            if view.shape() != shape {
                return Err(format!(
                    "tensor {name} has shape {:?} instead of {shape:?}; config.json belongs to another model",
                    view.shape()
                ));
            }
            if !matches!(view.dtype(), Dtype::F32 | Dtype::F16 | Dtype::BF16) {
                return Err(format!("tensor {name} is {:?}; use a model in f32, f16 or bf16", view.dtype()));
            }
            known.insert(name);
        }
        match self.0.keys().filter(|name| !known.contains(*name)).min() {
            None => Ok(()),
            Some(stranger) => {
                Err(format!("tensor {stranger} is not part of Whisper; this is another kind of model"))
            }
        }
    }

    /// A tensor's values in f32, by its openai-whisper name.
    pub fn values(&self, name: &str) -> Result<Vec<f32>, String> {
        let name = hugging_face(name);
        let view = self.0.get(&name).ok_or_else(|| missing(&name))?;
        match view.dtype() {
            Dtype::F32 => Ok(GgmlType::F32.dequantise(view.data())),
            Dtype::F16 => Ok(GgmlType::F16.dequantise(view.data())),
            Dtype::BF16 => Ok(view.data().as_chunks::<2>().0.iter().map(|two| bf16(*two)).collect()),
            other => Err(format!("tensor {name} is {other:?}")),
        }
    }
}

/// The upper half of an f32.
fn bf16(two: [u8; 2]) -> f32 {
    f32::from_bits(u32::from(u16::from_le_bytes(two)) << 16)
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
