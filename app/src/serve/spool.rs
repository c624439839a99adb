//! Uploads on the disk, where nobody else finds them: files without a name, for their owner alone.
//!
//! A recording is read twice (the spectrogram is scaled by its loudest moment), so it has to be kept somewhere; and it
//! may be longer than the memory is large.

use hark_engine::audio::{AudioError, AudioFile, AudioSource, SampleStream};
use hark_engine::metrics::AudioTime;
use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Room for all uploads together. Clones share it.
#[derive(Clone, Debug)]
pub struct Spools {
    most: u64,
    held: Arc<AtomicU64>,
}

/// An upload under way.
#[derive(Debug)]
pub struct Spool {
    file: File,
    share: Share,
}

/// What an upload has of the room, until it is dropped.
#[derive(Debug)]
struct Share {
    bytes: u64,
    spools: Spools,
}

/// An upload that is there, as audio.
#[derive(Debug)]
pub struct Spooled {
    audio: AudioFile,
    _share: Share,
}

/// Why an upload was not kept.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// Others have the room now.
    #[error("there is no room for more uploads now")]
    Full,
    /// What the system says.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Spools {
    /// Room for so many bytes.
    pub fn new(most: u64) -> Self {
        Self { most, held: Arc::default() }
    }

    /// An upload without a byte, which has no name and can be opened by nobody else.
    ///
    /// # Errors
    /// What the system says.
    pub fn begin(&self) -> io::Result<Spool> {
        let share = Share { bytes: 0, spools: self.clone() };
        // By way of a name, which goes at once: one that never had a name may be read by others, too.
        Ok(Spool { file: tempfile::NamedTempFile::new()?.into_file(), share })
    }
}

impl Spool {
    /// Adds what has come.
    ///
    /// # Errors
    /// [`SpoolError`]; what was written until then goes with the spool.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), SpoolError> {
        let (more, spools) = (bytes.len() as u64, &self.share.spools);
        // The share gives back what was taken too much of.
        self.share.bytes += more;
        if spools.held.fetch_add(more, Ordering::Relaxed) + more > spools.most {
            return Err(SpoolError::Full);
        }
        Ok(self.file.write_all(bytes)?)
    }

    /// Whether nothing has come.
    pub fn is_empty(&self) -> bool {
        self.share.bytes == 0
    }

    /// What has come.
    #[cfg(test)]
    pub fn content(&self) -> Vec<u8> {
        use std::io::{Read, Seek};
        let (mut file, mut content) = (&self.file, Vec::new());
        file.rewind().unwrap();
        file.read_to_end(&mut content).unwrap();
        content
    }

    /// Looks for audio in it. `name` stands for it in messages.
    ///
    /// # Errors
    /// [`AudioError`] if there is none that can be read.
    pub fn open(self, name: &str) -> Result<Spooled, AudioError> {
        let Self { file, share } = self;
        Ok(Spooled { audio: AudioFile::from_file(name, file.into(), None)?, _share: share })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.spools.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl AudioSource for Spooled {
    fn open(&self) -> Result<Box<dyn SampleStream>, AudioError> {
        self.audio.open()
    }

    fn stated_length(&self) -> Option<AudioTime> {
        self.audio.stated_length()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_share_the_room_and_give_it_back() {
        let spools = Spools::new(10);
        let mut one = spools.begin().unwrap();
        one.write(b"1234567").unwrap();
        let mut other = spools.begin().unwrap();
        other.write(b"123").unwrap();
        assert!(matches!(other.write(b"4"), Err(SpoolError::Full)));
        drop(one);
        assert!(other.write(b"5").is_ok());
        drop(other);
        assert_eq!(spools.held.load(Ordering::Relaxed), 0);
    }

    #[test]
    #[cfg(unix)]
    fn nobody_else_can_open_it() {
        use std::os::unix::fs::MetadataExt;
        let spool = Spools::new(10).begin().unwrap();
        let metadata = spool.file.metadata().unwrap();
        assert_eq!((metadata.nlink(), metadata.mode() & 0o777), (0, 0o600));
    }
}
