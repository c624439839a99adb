//! A recording on its way to another folder. It is copied in pieces, so that the microphone is heard in between, however
//! long the recording is and however slow the other disk.

use super::recording_file::RecordingFile;
use hark_engine::dims::SAMPLE_RATE_HZ;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Samples that are copied at once: a megabyte.
const PIECE: usize = 30 * SAMPLE_RATE_HZ;

/// A recording on its way to another folder.
pub struct Moving {
    folder: PathBuf,
    copy: RecordingFile,
    copied: usize,
}

/// How far the way was.
pub enum Step {
    /// There is more to copy.
    Further(Box<Moving>),
    /// The recording is in this folder.
    There(PathBuf),
}

impl Moving {
    /// Begins the way into `folder`.
    ///
    /// # Errors
    /// If that folder takes nothing.
    pub fn begin(folder: &Path, now: SystemTime) -> io::Result<Self> {
        let (copy, refused) = RecordingFile::create(folder, now);
        refused.map_or(Ok(()), Err)?;
        Ok(Self { folder: folder.to_owned(), copy, copied: 0 })
    }

    /// Copies the next piece of `recording`, which may grow meanwhile. With the last one it goes on as the copy, and its
    /// old part goes.
    ///
    /// # Errors
    /// If the recording cannot be read or the folder takes no more; then it stays as it is, and the copy goes.
    pub fn go_on(mut self, recording: &mut RecordingFile) -> io::Result<Step> {
        match self.copy_piece(recording) {
            Ok(false) => Ok(Step::Further(self.into())),
            Ok(true) => {
                std::mem::replace(recording, self.copy).discard();
                Ok(Step::There(self.folder))
            }
            Err(error) => {
                self.copy.discard();
                Err(error)
            }
        }
    }

    /// Gives whether all is copied.
    fn copy_piece(&mut self, recording: &RecordingFile) -> io::Result<bool> {
        let piece = recording.stretch(self.copied, PIECE)?;
        self.copy.append(&piece)?;
        self.copy.checkpoint()?;
        self.copied += piece.len();
        Ok(self.copied == recording.samples())
    }
}
