//! Tensors where they lie in mapped files.

use super::ModelError;
use super::ggml::GgmlType;
use super::mapping::MappedFile;
use super::source::{Part, Source, row_count};
use std::collections::HashMap;
use std::hash::Hasher;
use std::ops::Range;
use twox_hash::XxHash3_64;

/// Bytes that the hash takes at a time.
const HASHED: usize = 1 << 20;

/// How values are stored.
#[derive(Clone, Copy, Debug)]
pub(super) enum Encoding {
    Ggml(GgmlType),
    /// The upper halves of f32.
    Bf16,
}

/// Where a tensor lies: which file, which bytes.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub encoding: Encoding,
    pub file: usize,
    pub bytes: Range<usize>,
}

/// Tensors by their openai-whisper names. Every tensor of the model's layout is here, in its shape
/// and with as many bytes as that takes, in rows of whole blocks.
pub(super) type Index = HashMap<String, Stored>;

impl Stored {
    /// The bytes of a part of this tensor.
    pub fn range(&self, part: &Part<'_>) -> Range<usize> {
        let row = self.bytes.len() / row_count(part.shape).max(1);
        self.bytes.start + row * part.rows.start..self.bytes.start + row * part.rows.end
    }

    /// The values that `bytes` stand for.
    pub fn decode(&self, bytes: &[u8], out: &mut [f32]) {
        match self.encoding {
            Encoding::Ggml(kind) => kind.dequantise(bytes, out),
            Encoding::Bf16 => hark_simd::bf16_to_f32(hark_simd::Isa::best(), bytes, out),
        }
    }
}

/// Decodes a part out of `files`.
///
/// # Errors
/// If the index has no such tensor, or it lies behind its file's end.
pub(super) fn read(index: &Index, files: &[&[u8]], part: &Part<'_>, out: &mut [f32]) -> Result<(), String> {
    let missing = || format!("tensor {} is missing", part.name);
    let stored = index.get(part.name).ok_or_else(missing)?;
    let bytes = files.get(stored.file).and_then(|file| file.get(stored.range(part))).ok_or_else(missing)?;
    stored.decode(bytes, out);
    Ok(())
}

/// A source of mapped files.
pub(super) struct MappedTensors {
    pub files: Vec<MappedFile>,
    pub index: Index,
}

impl MappedTensors {
    fn stored(&self, part: &Part<'_>) -> Option<(&MappedFile, Range<usize>)> {
        let stored = self.index.get(part.name)?;
        Some((self.files.get(stored.file)?, stored.range(part)))
    }
}

impl Source for MappedTensors {
    fn read(&self, part: &Part<'_>, out: &mut [f32]) -> Result<(), String> {
        let files: Vec<&[u8]> = self.files.iter().map(MappedFile::bytes).collect();
        read(&self.index, &files, part, out)
    }

    fn release(&self, part: &Part<'_>) {
        if let Some((file, range)) = self.stored(part) {
            file.release(range);
        }
    }

    fn fingerprint(&self) -> u64 {
        let mut hash = XxHash3_64::new();
        for file in &self.files {
            for (k, bytes) in file.bytes().chunks(HASHED).enumerate() {
                hash.write(bytes);
                file.release(k * HASHED..k * HASHED + bytes.len());
            }
        }
        hash.finish()
    }
}

/// Maps files and finds where the tensors lie in them.
///
/// # Errors
/// [`ModelError`] of the mapping or of `index`.
pub(super) fn open<T>(
    paths: &[std::path::PathBuf],
    index: impl FnOnce(&[MappedFile]) -> Result<(T, Index), ModelError>,
) -> Result<(T, MappedTensors), ModelError> {
    let files = paths.iter().map(|path| MappedFile::open(path)).collect::<Result<Vec<_>, _>>()?;
    let (rest, index) = index(&files)?;
    // Looking for tensors brought in the pages around them.
    files.iter().for_each(|file| file.release(0..file.bytes().len()));
    Ok((rest, MappedTensors { files, index }))
}
