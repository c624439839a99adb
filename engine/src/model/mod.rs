//! Whisper models: shapes, weights, tokenizer, and the files they come from.

mod alignment;
mod demo;
mod dims;
mod error;
mod foreign;
mod formula;
mod ggml;
mod huggingface;
mod mapping;
mod spec;
mod tensors;
#[cfg(test)]
mod tests;
mod weights;

pub use dims::ModelDims;
pub use error::ModelError;
pub use ggml::{GgmlType, write_ggml};
pub use spec::ModelSpec;
pub use weights::*;

use crate::mel::MelFilters;
use mapping::MappedFile;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

pub mod tokenizer;
pub use tokenizer::Tokenizer;

/// A model that is ready to use. Cheap to clone: the weights are shared.
#[derive(Clone)]
pub struct Model {
    /// File name or formula, for people.
    pub name: String,
    /// Shapes.
    pub dims: ModelDims,
    /// Text to tokens and back.
    pub tokenizer: Arc<Tokenizer>,
    /// Filters of the log-mel spectrogram.
    pub mel_filters: Arc<MelFilters>,
    /// Encoder weights.
    pub encoder: Arc<EncoderWeights>,
    /// Decoder weights.
    pub decoder: Arc<DecoderWeights>,
    /// (layer, head) pairs of the cross-attention that word timestamps are read from.
    pub alignment_heads: Arc<[(usize, usize)]>,
}

/// What a file, a folder or a formula gives.
struct Parts {
    dims: ModelDims,
    vocabulary: tokenizer::Vocabulary,
    mel_filters: MelFilters,
    encoder: EncoderWeights,
    decoder: DecoderWeights,
}

impl Model {
    /// Reads a model and checks it while it is read.
    ///
    /// # Errors
    /// [`ModelError`], which says which byte or tensor is wrong and what helps.
    pub fn load(spec: &ModelSpec) -> Result<Self, ModelError> {
        match spec {
            ModelSpec::Demo => demo::load(),
            ModelSpec::DemoTiny => demo::load_widened("demo:tiny", 2, 4),
            ModelSpec::DemoSmall => demo::load_widened("demo:small", 4, 12),
            ModelSpec::Formula(text) => formula::load(text),
            ModelSpec::Path(path) => load_path(path),
        }
    }

    /// A model of any shape with weights from the formula that `formula:` names stand for: small ones
    /// for tests, any for measurements. A vocabulary below 51864 has fewer ordinary tokens.
    ///
    /// # Errors
    /// [`ModelError::Format`] if the shape is none that the engine can hold.
    pub fn from_formula(name: &str, dims: ModelDims, outliers: bool) -> Result<Self, ModelError> {
        formula::model(name, dims, outliers)
    }

    /// Temporary.
    #[allow(missing_docs)]
    pub fn tensor(&self, name: &str) -> Result<Vec<f32>, ModelError> {
        tensors::walk(&self.dims, &self.encoder, &self.decoder)
            .into_iter()
            .find(|slot| slot.name == name)
            .map(|slot| slot.values.clone())
            .ok_or_else(|| ModelError::format(&self.name, format!("no {name}")))
    }

    /// Puts a model together; `alignment` if its source names the heads itself.
    fn from_parts(
        name: &str,
        parts: Parts,
        alignment: Option<Vec<(usize, usize)>>,
    ) -> Result<Self, ModelError> {
        let Parts { dims, vocabulary, mel_filters, encoder, decoder } = parts;
        let tokenizer =
            Tokenizer::new(vocabulary, &dims).map_err(|reason| ModelError::format(name, reason))?;
        let heads = alignment.unwrap_or_else(|| alignment::alignment_heads(&dims, name));
        Ok(Self {
            name: name.into(),
            dims,
            tokenizer: Arc::new(tokenizer),
            mel_filters: Arc::new(mel_filters),
            encoder: Arc::new(encoder),
            decoder: Arc::new(decoder),
            alignment_heads: heads.into(),
        })
    }
}

impl fmt::Debug for Model {
    /// Name and shape; the weights would fill the screen for an hour.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").field("name", &self.name).field("dims", &self.dims).finish_non_exhaustive()
    }
}

/// A ggml file, a folder in Hugging Face's layout, or the safetensors file in such a folder.
fn load_path(path: &Path) -> Result<Model, ModelError> {
    if !path.exists() {
        return Err(ModelError::Unknown(path.display().to_string()));
    }
    if path.is_dir() {
        return huggingface::load(path);
    }
    if path.extension().is_some_and(|extension| extension == "safetensors") {
        return huggingface::load_file(path);
    }
    let name = display_name(path);
    let file = MappedFile::open(path)?;
    let parts = ggml::read(file.bytes()).map_err(|reason| ModelError::format(&name, reason))?;
    Model::from_parts(&name, parts, None)
}

/// The last part of a path, for people.
fn display_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}
