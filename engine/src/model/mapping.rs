//! Files mapped into memory: the only `unsafe` of this crate.
#![allow(unsafe_code, reason = "a mapping is unsafe by nature; the invariant is stated below")]

use super::ModelError;
use memmap2::Mmap;
use std::fs::File;
use std::path::Path;

/// A file's bytes, mapped read-only.
pub(super) struct MappedFile(Option<Mmap>);

impl MappedFile {
    /// Maps a file. Weights are copied out of the mapping while a model is loaded, so that it lives
    /// for that long only.
    ///
    /// # Errors
    /// [`ModelError::Io`] with what the system says.
    pub fn open(path: &Path) -> Result<Self, ModelError> {
        let failed = |error: std::io::Error| ModelError::io(path, &error);
        // Asked before opening, because opening a pipe would wait for its other end.
        let metadata = std::fs::metadata(path).map_err(failed)?;
        if !metadata.is_file() {
            return Err(ModelError::Io { path: path.into(), reason: "it is not a file".into() });
        }
        let file = File::open(path).map_err(failed)?;
        // An empty file cannot be mapped.
        if metadata.len() == 0 {
            return Ok(Self(None));
        }
        // SAFETY: the mapping is read-only and private, and `bytes` borrows from it. Nothing in this
        // process writes to model files in place: they are replaced by renaming, which leaves the
        // mapped file as it is. What remains is another program that changes the file during the
        // seconds of loading: changed bytes are read as plain integers, for which every bit pattern
        // is valid, and a shortened file ends this process by SIGBUS before anything wrong is used.
        let map = unsafe { Mmap::map(&file) }.map_err(failed)?;
        Ok(Self(Some(map)))
    }

    /// The file's bytes.
    pub fn bytes(&self) -> &[u8] {
        self.0.as_deref().unwrap_or_default()
    }
}
