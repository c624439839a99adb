use super::MAGIC;
use super::quants::GgmlType;
use crate::dims::SPECTRUM_BINS;
use crate::mel::MelFilters;
use crate::model::file::Bytes;
use crate::model::layout::layout;
use crate::model::stored::{Encoding, Index, Stored};
use crate::model::tokenizer::Vocabulary;
use crate::model::{ModelDims, foreign};
use std::collections::HashMap;
use std::ops::Range;

/// Longest tensor name, in bytes, that is taken seriously.
const MAX_NAME: usize = 128;
/// Bytes that are read at a time of what stands between the tensors.
const AHEAD: usize = 1 << 12;

/// What stands before the tensors.
pub(in crate::model) struct Head {
    pub dims: ModelDims,
    pub vocabulary: Vocabulary,
    pub mel_filters: MelFilters,
}

/// Reads a ggml file up to the values of its tensors, and where those lie. Nothing is allocated for
/// a length before the file is known to hold it.
///
/// # Errors
/// Which byte or tensor is wrong, and what helps.
pub(in crate::model) fn read(bytes: &dyn Bytes) -> Result<(Head, Index), String> {
    let mut start = Vec::new();
    bytes.read(0..bytes.len().min(AHEAD), &mut start)?;
    if start.get(..4) != Some(&MAGIC.to_le_bytes()) {
        return Err(foreign::describe(&start));
    }
    let mut file = Cursor::behind_the_magic(bytes);
    let (dims, version) = read_header(&mut file)?;
    let mel_filters = read_filters(&mut file, dims.n_mels)?;
    let vocabulary = read_vocabulary(&mut file, &dims)?;
    let index = read_index(&mut file, version)?;
    check_index(&index, &dims, bytes.len())?;
    let stored = |(name, tensor): (String, Tensor)| {
        let encoding = Encoding::Ggml(tensor.kind);
        (name, Stored { encoding, file: 0, bytes: tensor.bytes })
    };
    Ok((Head { dims, vocabulary, mel_filters }, index.into_iter().map(stored).collect()))
}

/// The ordinary tokens of a file of which at least the part before the tensors is here.
pub(in crate::model) fn read_vocabulary_only(bytes: &dyn Bytes) -> Result<Vocabulary, String> {
    let mut file = Cursor::behind_the_magic(bytes);
    let (dims, _) = read_header(&mut file)?;
    read_filters(&mut file, dims.n_mels)?;
    read_vocabulary(&mut file, &dims)
}

/// The shapes, and the version of the quantised formats (0 if the file does not say).
fn read_header(file: &mut Cursor<'_>) -> Result<(ModelDims, usize), String> {
    let mut field = |name: &str| file.size(name);
    let n_vocab = field("n_vocab")?;
    let dims = ModelDims {
        n_vocab,
        n_audio_ctx: field("n_audio_ctx")?,
        n_audio_state: field("n_audio_state")?,
        n_audio_head: field("n_audio_head")?,
        n_audio_layer: field("n_audio_layer")?,
        n_text_ctx: field("n_text_ctx")?,
        n_text_state: field("n_text_state")?,
        n_text_head: field("n_text_head")?,
        n_text_layer: field("n_text_layer")?,
        n_mels: field("n_mels")?,
    };
    let version = field("ftype")? / 1000;
    dims.check()
        .map_err(|reason| format!("header (bytes 4 to 47): {reason}; the file is damaged or not Whisper"))?;
    Ok((dims, version))
}

fn read_filters(file: &mut Cursor<'_>, n_mels: usize) -> Result<MelFilters, String> {
    let at = file.at;
    let (rows, columns) = (file.size("the mel filters' rows")?, file.size("the mel filters' columns")?);
    if rows != n_mels || columns != SPECTRUM_BINS {
        return Err(format!(
            "byte {at}: mel filters of {rows} x {columns} instead of {n_mels} x {SPECTRUM_BINS}; the file is damaged"
        ));
    }
    let mut weights = vec![0.0; rows * columns];
    GgmlType::F32.dequantise(file.take(rows * columns * 4, "the mel filters")?, &mut weights);
    match weights.iter().position(|w| !w.is_finite()) {
        None => Ok(MelFilters { n_mels, weights }),
        Some(k) => {
            Err(format!("byte {}: a mel filter holds {}; the file is damaged", at + 8 + 4 * k, weights[k]))
        }
    }
}

/// The ordinary tokens. Published files also hold the end-of-text token or leave out all special
/// ones; whatever stands behind the ordinary tokens follows from the vocabulary's size.
fn read_vocabulary(file: &mut Cursor<'_>, dims: &ModelDims) -> Result<Vocabulary, String> {
    let at = file.at;
    let count = file.size("the number of tokens")?;
    let ordinary = dims.ordinary_tokens();
    if count < ordinary || count > dims.n_vocab {
        return Err(format!(
            "byte {at}: {count} tokens in the vocabulary; this model has {ordinary} to {}",
            dims.n_vocab
        ));
    }
    let mut vocabulary = Vocabulary::default();
    for token in 0..count {
        let length = file.size("a token's length")?;
        let text = file.take(length, "a token's text")?;
        if token < ordinary {
            vocabulary.push(text);
        }
    }
    Ok(vocabulary)
}

/// A tensor as it lies in the file.
struct Tensor {
    kind: GgmlType,
    /// Row-major: the slowest axis first.
    shape: Vec<usize>,
    bytes: Range<usize>,
}

fn read_index(file: &mut Cursor<'_>, version: usize) -> Result<HashMap<String, Tensor>, String> {
    let mut index = HashMap::new();
    while file.at < file.bytes.len() {
        let at = file.at;
        let (name, tensor) = read_tensor(file)?;
        if tensor.kind.is_quantised() && version != 0 && version != 2 {
            return Err(format!(
                "byte {at}: quantised in version {version} of ggml's formats, and only version 2 is known; quantise the model again or get its current file"
            ));
        }
        if index.contains_key(&name) {
            return Err(format!("byte {at}: tensor {name} is there twice; the file is damaged"));
        }
        index.insert(name, tensor);
    }
    Ok(index)
}

fn read_tensor(file: &mut Cursor<'_>) -> Result<(String, Tensor), String> {
    let at = file.at;
    let n_dims = file.size("a tensor's number of axes")?;
    let name_length = file.size("a tensor's name length")?;
    let kind = file.i32("a tensor's type")?;
    if !(1..=4).contains(&n_dims) || !(1..=MAX_NAME).contains(&name_length) {
        return Err(format!(
            "byte {at}: no tensor starts here ({n_dims} axes, name of {name_length} bytes); the file is damaged, get it again"
        ));
    }
    let mut shape = Vec::new();
    for _ in 0..n_dims {
        shape.push(file.size("a tensor's shape")?);
    }
    let row = shape[0];
    shape.reverse();
    let name = std::str::from_utf8(file.take(name_length, "a tensor's name")?)
        .map_err(|_| format!("byte {at}: a tensor's name is not text; the file is damaged, get it again"))?
        .to_owned();
    let kind = GgmlType::from_id(kind).map_err(|reason| format!("tensor {name} (byte {at}): {reason}"))?;
    let bytes = shape
        .iter()
        .try_fold(1_usize, |product, n| product.checked_mul(*n))
        .and_then(|count| kind.bytes(count, row))
        .ok_or_else(|| format!("tensor {name} (byte {at}): shape {shape:?} does not fit {kind:?}"))?;
    let start = file.at;
    file.skip(bytes, &format!("tensor {name}"))?;
    Ok((name, Tensor { kind, shape, bytes: start..file.at }))
}

/// Everything is there in the right shape, and nothing else is.
fn check_index(index: &HashMap<String, Tensor>, dims: &ModelDims, length: usize) -> Result<(), String> {
    let wanted = layout(dims);
    for (name, shape) in &wanted {
        let tensor = index.get(name.as_str()).ok_or_else(|| missing(name, length))?;
        // Biases of convolutions are columns in ggml files.
        let column = shape.len() == 1 && tensor.shape == [shape[0], 1];
        if tensor.shape != *shape && !column {
            return Err(format!(
                "tensor {name} has shape {:?} instead of {shape:?}; the header belongs to another model",
                tensor.shape
            ));
        }
    }
    if index.len() > wanted.len() {
        let known: std::collections::HashSet<&str> = wanted.iter().map(|(name, _)| name.as_str()).collect();
        let stranger = index.keys().filter(|name| !known.contains(name.as_str())).min();
        let stranger = stranger.map_or("", String::as_str);
        return Err(format!("tensor {stranger} is not part of Whisper; this is another kind of model"));
    }
    Ok(())
}

fn missing(name: &str, length: usize) -> String {
    format!(
        "tensor {name} is missing (the file ends at byte {length}); the download may have stopped early, get it again"
    )
}

/// A place in the file, from which every read is checked against the end.
struct Cursor<'a> {
    bytes: &'a dyn Bytes,
    at: usize,
    /// Where what was read ahead begins.
    ahead_at: usize,
    ahead: Vec<u8>,
}

impl<'a> Cursor<'a> {
    fn behind_the_magic(bytes: &'a dyn Bytes) -> Self {
        Self { bytes, at: size_of_val(&MAGIC), ahead_at: 0, ahead: Vec::new() }
    }

    /// Where `length` bytes from here end.
    fn end(&self, length: usize, what: &str) -> Result<usize, String> {
        let end = self.at.checked_add(length).filter(|end| *end <= self.bytes.len());
        end.ok_or_else(|| {
            format!(
                "byte {}: {what} needs {length} bytes and the file ends at byte {}; it is truncated, get it again",
                self.at,
                self.bytes.len()
            )
        })
    }

    fn skip(&mut self, length: usize, what: &str) -> Result<(), String> {
        self.at = self.end(length, what)?;
        Ok(())
    }

    fn take(&mut self, length: usize, what: &str) -> Result<&[u8], String> {
        let (start, end) = (self.at, self.end(length, what)?);
        if start < self.ahead_at || end > self.ahead_at + self.ahead.len() {
            let until = end.max(self.bytes.len().min(start + AHEAD));
            self.ahead_at = start;
            self.bytes.read(start..until, &mut self.ahead)?;
        }
        self.at = end;
        Ok(&self.ahead[start - self.ahead_at..end - self.ahead_at])
    }

    fn i32(&mut self, what: &str) -> Result<i32, String> {
        let mut four = [0; 4];
        four.copy_from_slice(self.take(4, what)?);
        Ok(i32::from_le_bytes(four))
    }

    /// A number that cannot be negative.
    fn size(&mut self, what: &str) -> Result<usize, String> {
        let at = self.at;
        let value = self.i32(what)?;
        usize::try_from(value)
            .map_err(|_| format!("byte {at}: {what} is {value}; the file is damaged, get it again"))
    }
}
