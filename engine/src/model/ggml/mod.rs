//! whisper.cpp's model files: header, mel filters, vocabulary, tensors.

mod quants;
mod read;
mod write;

pub use quants::GgmlType;
pub(super) use read::{Head, read, read_vocabulary_only};
pub use write::write_ggml;

/// The first four bytes, little-endian.
const MAGIC: u32 = 0x6767_6d6c;
