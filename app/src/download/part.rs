//! A file that is not whole yet.

use super::DownloadError;
use crate::models::published::Published;
use crate::models::{Verified, unfinished_path};
use hark_engine::Cancel;
use sha1::Sha1;
use sha2::Sha256;
use sha2::digest::Digest;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Bytes that are read at once.
pub const BLOCK: usize = 1 << 17;

/// The beginning of a file, and its checksums so far. Nobody else writes it while this exists.
pub struct Part {
    path: PathBuf,
    file: File,
    sums: Sums,
    length: u64,
}

#[derive(Default)]
struct Sums {
    sha1: Sha1,
    sha256: Sha256,
}

impl Sums {
    fn add(&mut self, bytes: &[u8]) {
        self.sha1.update(bytes);
        self.sha256.update(bytes);
    }
}

impl Part {
    /// The part of a model in `folder`, which is made if there is none. What is there of it is read for its checksums.
    ///
    /// # Errors
    /// If somebody else writes it, or the disk refuses.
    pub fn open(folder: &Path, model: &Published, cancel: &Cancel) -> Result<Self, DownloadError> {
        let path = unfinished_path(folder, model);
        let refused = |error| DownloadError::Disk { path: path.clone(), error };
        fs::create_dir_all(folder).map_err(|error| DownloadError::Disk { path: folder.into(), error })?;
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(refused)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(DownloadError::UnderWay(model.name.into())),
            // A file system without locks: nothing worse than doubled work can come of it.
            Err(TryLockError::Error(_)) => {}
        }
        let length = file.metadata().map_err(refused)?.len();
        let mut part = Self { path: path.clone(), file, sums: Sums::default(), length: 0 };
        if length > model.bytes {
            part.clear()?;
        } else {
            part.add_up(length, cancel)?;
        }
        Ok(part)
    }

    fn add_up(&mut self, length: u64, cancel: &Cancel) -> Result<(), DownloadError> {
        let mut block = vec![0; BLOCK];
        while self.length < length {
            if cancel.is_raised() {
                return Err(DownloadError::Cancelled);
            }
            let read = self.file.read(&mut block).map_err(|error| self.refused(error))?;
            if read == 0 {
                break;
            }
            self.sums.add(&block[..read]);
            self.length += read as u64;
        }
        Ok(())
    }

    fn refused(&self, error: io::Error) -> DownloadError {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                let folder = self.path.parent().unwrap_or(&self.path).into();
                DownloadError::DiskFull { folder, kept: self.length }
            }
            _ => DownloadError::Disk { path: self.path.clone(), error },
        }
    }

    /// Bytes that are there.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// If the disk is full or refuses. What it took of them is not counted, and overwritten by the next.
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), DownloadError> {
        if let Err(error) = self.file.write_all(bytes) {
            // What was taken is not in the sums; where it cannot be cut off, the next try reads it again.
            let _ = self.file.set_len(self.length);
            let _ = self.file.seek(io::SeekFrom::Start(self.length));
            return Err(self.refused(error));
        }
        self.sums.add(bytes);
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Begins anew.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn clear(&mut self) -> Result<(), DownloadError> {
        let cleared = self.file.set_len(0).and_then(|()| self.file.rewind());
        cleared.map_err(|error| self.refused(error))?;
        (self.sums, self.length) = (Sums::default(), 0);
        Ok(())
    }

    /// Gives the file its name, if it is what was published; otherwise says which of its checksums is another, and
    /// empties it.
    ///
    /// # Errors
    /// If it is something else, or the disk refuses.
    pub fn finish(&mut self, model: &Published, host: &str) -> Result<(PathBuf, Verified), DownloadError> {
        let sums = std::mem::take(&mut self.sums);
        let (sha1, sha256) = (hex(&sums.sha1.finalize()), hex(&sums.sha256.finalize()));
        let wrong = [("SHA-256", sha256 == model.sha256), ("SHA-1", sha1 == model.sha1)];
        if let Some((what, _)) = wrong.into_iter().find(|(_, right)| !right) {
            self.clear()?;
            return Err(DownloadError::Corrupt { host: host.into(), what });
        }
        self.file.sync_all().map_err(|error| self.refused(error))?;
        let place = self.path.with_file_name(model.file_name());
        fs::rename(&self.path, &place).map_err(|error| self.refused(error))?;
        if let Some(folder) = place.parent().and_then(|folder| File::open(folder).ok()) {
            // The file is there; after a power cut it may be there under its old name, and is gone on with.
            let _ = folder.sync_all();
        }
        let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        Ok((place, Verified { sha1, sha256, bytes: self.length, at }))
    }

    /// Deletes the file, for it is of no use.
    pub fn discard(self) {
        // Empty, it does no harm either.
        let _ = fs::remove_file(&self.path);
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
