//! Files mapped into memory: the only `unsafe` of this crate.
#![allow(unsafe_code, reason = "a mapping is unsafe by nature; the invariant is stated below")]

use super::ModelError;
use memmap2::Mmap;
use std::fs::File;
use std::ops::Range;
use std::path::Path;

/// Linux maps this much around the place that is asked for, from a multiple of it on.
#[cfg(unix)]
const NEIGHBOURHOOD: usize = 64 << 10;

/// A file's bytes, mapped read-only.
pub(super) struct MappedFile(Option<Mmap>);

impl MappedFile {
    /// Maps a file. The mapping lives as long as the model, which is asked for its tensors when
    /// encoder and decoder are made, and rarely after that.
    ///
    /// Limits: a file that another program shortens ends this process if its tensors are asked for
    /// again, and so does a disk that is gone by then; on Windows the file cannot be replaced
    /// before the model is dropped.
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
        // SAFETY: the mapping is read-only, and `bytes` borrows from it. Nothing in this process
        // writes to model files in place: they are replaced by renaming, which leaves the mapped file
        // as it is. What remains is another program that changes the file while the model lives:
        // changed bytes are read as plain integers, for which every bit pattern is valid, the index
        // that was checked is not read again, and a shortened file ends this process by SIGBUS
        // before anything wrong is used.
        let map = unsafe { Mmap::map(&file) }.map_err(failed)?;
        Ok(Self(Some(map)))
    }

    /// The file's bytes.
    pub fn bytes(&self) -> &[u8] {
        self.0.as_deref().unwrap_or_default()
    }

    /// Gives the memory of these bytes back to the system, which reads them from the file again when
    /// they or their neighbours are needed: mapped pages count as this process's memory as long as they are there.
    pub fn release(&self, bytes: Range<usize>) {
        #[cfg(unix)]
        if let Some(map) = &self.0
            && bytes.end <= map.len()
        {
            let start = bytes.start.min(bytes.end) / NEIGHBOURHOOD * NEIGHBOURHOOD;
            // SAFETY: dropping pages of a read-only mapping of a file changes no byte that is seen
            // through it: the next access brings the same page of the file.
            let released = unsafe {
                map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, start, bytes.end - start)
            };
            // Memory that is not given back is no error.
            drop(released);
        }
        #[cfg(not(unix))]
        let _ = bytes;
    }
}
