//! A model's bytes, in a file or in memory, read piece by piece.
//!
//! Files are read and not mapped: a mapped file that another program shortens, or whose disk goes,
//! ends the process that looks at it. So does nothing here, and what a system says of a read becomes
//! an error. The system keeps the file's pages either way.

use super::ModelError;
use std::fs::{File, Metadata};
use std::io;
use std::ops::Range;
use std::path::Path;
use std::time::SystemTime;

/// Bytes at places that are known beforehand.
pub(super) trait Bytes: Send + Sync {
    /// How many there are.
    fn len(&self) -> usize;

    /// Those of a range that lies within, in place of what `out` has. Memory that is used again saves time.
    ///
    /// # Errors
    /// Why they cannot be had, and what helps.
    fn read(&self, range: Range<usize>, out: &mut Vec<u8>) -> Result<(), String>;
}

impl Bytes for &[u8] {
    fn len(&self) -> usize {
        <[u8]>::len(self)
    }

    fn read(&self, range: Range<usize>, out: &mut Vec<u8>) -> Result<(), String> {
        out.clear();
        out.extend_from_slice(self.get(range).ok_or(SHORTER)?);
        Ok(())
    }
}

const SHORTER: &str = "it is shorter than it was; get it again, then choose the model again";

/// An open file.
pub(super) struct ModelFile {
    file: File,
    length: u64,
    written: Option<SystemTime>,
}

impl ModelFile {
    /// Opens a file. It is not replaced by a file that is renamed to its place; one that is written
    /// in place is noticed by its length and time.
    ///
    /// # Errors
    /// [`ModelError::Io`] with what the system says.
    pub fn open(path: &Path) -> Result<Self, ModelError> {
        let failed = |error: io::Error| ModelError::io(path, &error);
        // Asked before opening, because opening a pipe would wait for its other end.
        let metadata = std::fs::metadata(path).map_err(failed)?;
        if !metadata.is_file() {
            return Err(ModelError::Io { path: path.into(), reason: "it is not a file".into() });
        }
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        Ok(Self { length: metadata.len(), written: metadata.modified().ok(), file })
    }

    fn is_as_it_was(&self, now: &Metadata) -> bool {
        now.len() == self.length && now.modified().ok() == self.written
    }
}

impl Bytes for ModelFile {
    fn len(&self) -> usize {
        usize::try_from(self.length).unwrap_or(usize::MAX)
    }

    fn read(&self, range: Range<usize>, out: &mut Vec<u8>) -> Result<(), String> {
        out.resize(range.len(), 0);
        read_exact_at(&self.file, out, range.start as u64).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => SHORTER.into(),
            _ => format!("its file cannot be read any more ({error}); choose the model again when it can"),
        })?;
        let now = self.file.metadata().map_err(|error| error.to_string())?;
        if self.is_as_it_was(&now) {
            Ok(())
        } else {
            Err("another program has written to its file meanwhile; choose the model again".into())
        }
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, out: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, out, at)
}

#[cfg(windows)]
fn read_exact_at(file: &File, out: &mut [u8], at: u64) -> io::Result<()> {
    let mut done = 0;
    while done < out.len() {
        match std::os::windows::fs::FileExt::seek_read(file, &mut out[done..], at + done as u64) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => done += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
