//! Tensors where they lie in files.

use super::ModelError;
use super::file::{Bytes, ModelFile};
use super::ggml::GgmlType;
use super::source::{Part, Source, row_count};
use std::cell::RefCell;
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
/// If the index has no such tensor, or its bytes cannot be had.
pub(super) fn read<B: Bytes>(
    index: &Index,
    files: &[B],
    part: &Part<'_>,
    out: &mut [f32],
) -> Result<(), String> {
    thread_local! {
        static ROOM: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }
    let missing = || format!("tensor {} is missing", part.name);
    let stored = index.get(part.name).ok_or_else(missing)?;
    let file = files.get(stored.file).ok_or_else(missing)?;
    ROOM.with_borrow_mut(|room| {
        file.read(stored.range(part), room)?;
        stored.decode(room, out);
        Ok(())
    })
}

/// A source of files.
pub(super) struct StoredTensors {
    pub files: Vec<ModelFile>,
    pub index: Index,
}

impl Source for StoredTensors {
    fn read(&self, part: &Part<'_>, out: &mut [f32]) -> Result<(), String> {
        read(&self.index, &self.files, part, out)
    }

    fn fingerprint(&self) -> Result<u64, String> {
        let mut hash = XxHash3_64::new();
        let mut room = Vec::new();
        for file in &self.files {
            for start in (0..file.len()).step_by(HASHED) {
                file.read(start..file.len().min(start + HASHED), &mut room)?;
                hash.write(&room);
            }
        }
        Ok(hash.finish())
    }
}

/// Opens files and finds where the tensors lie in them.
///
/// # Errors
/// [`ModelError`] of opening or of `index`.
pub(super) fn open<T>(
    paths: &[std::path::PathBuf],
    index: impl FnOnce(&[ModelFile]) -> Result<(T, Index), ModelError>,
) -> Result<(T, StoredTensors), ModelError> {
    let files = paths.iter().map(|path| ModelFile::open(path)).collect::<Result<Vec<_>, _>>()?;
    let (rest, index) = index(&files)?;
    Ok((rest, StoredTensors { files, index }))
}
