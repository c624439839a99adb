//! Whisper models: shapes, tokenizer, and the files that weights are fetched from.

mod alignment;
mod altered;
mod demo;
mod dims;
mod error;
mod file;
mod foreign;
mod formula;
mod ggml;
mod huggingface;
mod layout;
mod source;
mod spec;
mod stored;
#[cfg(test)]
mod tests;

pub use dims::ModelDims;
pub use error::ModelError;
pub use ggml::{GgmlType, write_ggml};
pub use spec::ModelSpec;

use crate::mel::MelFilters;
use file::Bytes;
use rayon::prelude::*;
use source::{Part, Source};
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, OnceLock};

pub mod tokenizer;
pub use tokenizer::Tokenizer;

/// Values that one task of the thread pool fetches.
const TASK: usize = 1 << 18;
/// Values that are decoded and then checked: they stay in the first-level cache in between.
const CHECKED: usize = 1 << 13;

/// A model: its shapes, its tokenizer, and where its weights are. The weights themselves are
/// fetched tensor by tensor by whoever packs them for computing. Cheap to clone.
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
    /// (layer, head) pairs of the cross-attention that word timestamps are read from.
    pub alignment_heads: Arc<[(usize, usize)]>,
    shapes: Arc<HashMap<String, Vec<usize>>>,
    source: Arc<dyn Source>,
    fingerprint: Arc<OnceLock<u64>>,
}

/// What a file, a folder or a formula gives.
struct Parts {
    dims: ModelDims,
    vocabulary: tokenizer::Vocabulary,
    mel_filters: MelFilters,
    source: Arc<dyn Source>,
}

impl Model {
    /// Opens a model and checks everything but the values of its weights, which are checked when
    /// they are fetched.
    ///
    /// # Errors
    /// [`ModelError`]: not there, truncated, of another kind, or with tensors that do not fit.
    pub fn load(spec: &ModelSpec) -> Result<Self, ModelError> {
        match spec {
            ModelSpec::Demo => demo::load(),
            ModelSpec::DemoTiny => demo::load_widened("demo:tiny", 2, None),
            ModelSpec::DemoSmall => demo::load_widened("demo:small", 4, Some(12)),
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

    /// Puts a model together; `alignment` if its source names the heads itself.
    fn from_parts(
        name: &str,
        parts: Parts,
        alignment: Option<Vec<(usize, usize)>>,
    ) -> Result<Self, ModelError> {
        let Parts { dims, vocabulary, mel_filters, source } = parts;
        let tokenizer =
            Tokenizer::new(vocabulary, &dims).map_err(|reason| ModelError::format(name, reason))?;
        let heads = alignment.unwrap_or_else(|| alignment::alignment_heads(&dims, name));
        Ok(Self {
            name: name.into(),
            dims,
            tokenizer: Arc::new(tokenizer),
            mel_filters: Arc::new(mel_filters),
            alignment_heads: heads.into(),
            shapes: Arc::new(layout::layout(&dims).into_iter().collect()),
            source,
            fingerprint: Arc::default(),
        })
    }

    /// Names (openai-whisper's) and row-major shapes of all tensors, in the order of the network.
    pub fn shapes(&self) -> Vec<(String, Vec<usize>)> {
        layout::layout(&self.dims)
    }

    /// Number of weights, of all tensors together.
    pub fn parameters(&self) -> usize {
        self.dims.parameters()
    }

    /// A tensor's values, row-major, by its openai-whisper name; fetched by the threads of rayon's
    /// current pool. For a matrix that is packed row by row [`Model::read`] takes less memory.
    ///
    /// # Errors
    /// [`ModelError::Format`] if there is no such tensor, or if it holds a value that is not finite.
    pub fn tensor(&self, name: &str) -> Result<Vec<f32>, ModelError> {
        let whole = self.whole(name)?;
        let mut values = vec![0.0; whole.values()];
        let step = source::rows_in(whole.shape, TASK);
        values.par_chunks_mut(step * whole.width()).enumerate().try_for_each(|(k, out)| {
            let end = whole.rows.end.min((k + 1) * step);
            self.fetch(&whole.with_rows(k * step..end), out)
        })?;
        self.source.release(&whole);
        Ok(values)
    }

    /// Some rows (places along the first axis; a vector is one row) of a tensor into `out`, on the
    /// caller's thread. A buffer that is used again saves the time of new memory. Whoever has read all
    /// that is wanted says so with [`Model::release`].
    ///
    /// # Errors
    /// As [`Model::tensor`], and if the tensor has no such rows or `out` is not as long as they are.
    pub fn read(&self, name: &str, rows: Range<usize>, out: &mut [f32]) -> Result<(), ModelError> {
        let whole = self.whole(name)?;
        let part = whole.with_rows(rows);
        if part.rows.start > part.rows.end || part.rows.end > whole.rows.end || part.values() != out.len() {
            return Err(self.wrong(format!(
                "rows {:?} of tensor {name}, whose shape is {:?}, do not give {} values",
                part.rows,
                part.shape,
                out.len()
            )));
        }
        part.cut(TASK).try_fold(out, |out, part| {
            let (now, later) = out.split_at_mut(part.values());
            self.fetch(&part, now).map(|()| later)
        })?;
        Ok(())
    }

    /// Rows of a tensor were read and will not be needed soon: their memory goes back. Done once for a
    /// whole tensor, because several threads that each release a little map it again for each other.
    pub fn release(&self, name: &str, rows: Range<usize>) {
        if let Ok(whole) = self.whole(name)
            && rows.start <= rows.end
            && rows.end <= whole.rows.end
        {
            self.source.release(&whole.with_rows(rows));
        }
    }

    /// Fetches every tensor once and keeps none.
    ///
    /// # Errors
    /// As [`Model::tensor`].
    pub fn check(&self) -> Result<(), ModelError> {
        let shapes = self.shapes();
        let parts: Vec<_> =
            shapes.iter().flat_map(|(name, shape)| Part::whole(name, shape).cut(TASK)).collect();
        let failed = parts.par_iter().map_init(Vec::new, |buffer, part| {
            buffer.resize(part.values().max(buffer.len()), 0.0);
            let fetched = self.fetch(part, &mut buffer[..part.values()]);
            self.source.release(part);
            fetched
        });
        failed.find_map_first(Result::err).map_or(Ok(()), Err)
    }

    /// A hash of everything that decides the weights: a file's bytes, or the formula. The same on
    /// every machine. Takes as long as reading the file when it is first asked for.
    ///
    /// # Errors
    /// [`ModelError::Format`] if the file cannot be read any more, or was written to.
    pub fn fingerprint(&self) -> Result<u64, ModelError> {
        if let Some(known) = self.fingerprint.get() {
            return Ok(*known);
        }
        let found = self.source.fingerprint().map_err(|reason| self.wrong(reason))?;
        Ok(*self.fingerprint.get_or_init(|| found))
    }

    /// The same model with `change` applied to each tensor that is fetched, for tests of comparisons.
    /// It is given names and values, and must leave their number as it is. Changed tensors are kept
    /// in memory.
    #[must_use]
    pub fn altered(&self, change: impl Fn(&str, &mut Vec<f32>) + Send + Sync + 'static) -> Self {
        let altered = altered::Altered::new(self.source.clone(), Box::new(change), self.shapes());
        Self { source: Arc::new(altered), fingerprint: Arc::default(), ..self.clone() }
    }

    fn whole<'a>(&'a self, name: &'a str) -> Result<Part<'a>, ModelError> {
        let shape = self.shapes.get(name).ok_or_else(|| self.wrong(format!("it has no tensor {name}")))?;
        Ok(Part::whole(name, shape))
    }

    fn wrong(&self, reason: String) -> ModelError {
        ModelError::format(&self.name, reason)
    }

    /// Decodes and checks a part.
    fn fetch(&self, part: &Part<'_>, out: &mut [f32]) -> Result<(), ModelError> {
        let mut left = &mut *out;
        for some in part.cut(CHECKED) {
            let (now, later) = left.split_at_mut(some.values());
            self.source.read(&some, now).map_err(|reason| self.wrong(reason))?;
            if !hark_simd::all_finite(hark_simd::Isa::best(), now) {
                return Err(self.wrong(not_finite(&some, now)));
            }
            left = later;
        }
        Ok(())
    }
}

/// Which value of this part is not finite.
fn not_finite(part: &Part<'_>, values: &[f32]) -> String {
    let at = values.iter().position(|v| !v.is_finite()).unwrap_or_default();
    format!(
        "tensor {} holds {} as value {}; the file is damaged or the model was never finished, get it again",
        part.name,
        values[at],
        part.rows.start * part.width() + at
    )
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
    let (head, tensors) = stored::open(&[path.into()], |files| {
        let nothing: &[u8] = &[];
        let bytes: &dyn Bytes = files.first().map_or(&nothing, |file| file);
        ggml::read(bytes).map_err(|reason| ModelError::format(&name, reason))
    })?;
    let ggml::Head { dims, vocabulary, mel_filters } = head;
    Model::from_parts(&name, Parts { dims, vocabulary, mel_filters, source: Arc::new(tensors) }, None)
}

/// The last part of a path, for people.
fn display_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}
