//! Where an audio file's bytes come from.
use super::AudioError;
use std::fs::File;
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use symphonia::core::io::MediaSource;

/// Where the bytes are.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    /// The file, or a name for what was read from elsewhere.
    path: PathBuf,
    bytes: Bytes,
    /// Whether it is read as if it were a pipe.
    forward_only: bool,
}

#[derive(Clone, Debug)]
enum Bytes {
    /// In the file of that name.
    Named,
    /// In a file that is open and need not have a name any more.
    Open(Arc<File>),
    Memory(Arc<[u8]>),
}

impl Origin {
    pub(super) fn file(path: &Path) -> Self {
        Self { path: path.to_owned(), bytes: Bytes::Named, forward_only: false }
    }

    pub(super) fn open_file(name: &str, file: Arc<File>) -> Self {
        Self { path: name.into(), bytes: Bytes::Open(file), forward_only: false }
    }

    pub(super) fn memory(name: &str, bytes: Arc<[u8]>) -> Self {
        Self { path: name.into(), bytes: Bytes::Memory(bytes), forward_only: false }
    }

    /// The same bytes, neither measured nor jumped about in.
    pub(super) fn piped(self) -> Self {
        Self { forward_only: true, ..self }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The bytes, as symphonia is to see them.
    pub(super) fn media(&self) -> Result<Box<dyn MediaSource>, AudioError> {
        let media = self.seekable()?;
        Ok(if self.forward_only { Box::new(Forward(media)) } else { media })
    }

    /// Opens the bytes. Only regular files: a directory has none, and opening a pipe may wait for ever.
    pub(super) fn seekable(&self) -> Result<Box<dyn MediaSource>, AudioError> {
        match &self.bytes {
            Bytes::Memory(bytes) => return Ok(Box::new(Cursor::new(Arc::clone(bytes)))),
            Bytes::Open(file) => {
                let length = file.metadata().map_err(|error| self.io(&error))?.len();
                return Ok(Box::new(Placed { file: Arc::clone(file), at: 0, length }));
            }
            Bytes::Named => {}
        }
        let kind = std::fs::metadata(&self.path).map_err(|error| self.io(&error))?;
        if kind.is_dir() {
            return Err(self.io(&"it is a folder; name a file in it"));
        }
        if !kind.is_file() {
            return Err(
                self.io(&"it is a device or a pipe; name a file, or pass the audio to standard input")
            );
        }
        Ok(Box::new(std::fs::File::open(&self.path).map_err(|error| self.io(&error))?))
    }

    /// The first bytes, for saying what a file is that could not be decoded.
    pub(super) fn start(&self) -> io::Result<Vec<u8>> {
        let mut start = Vec::new();
        let mut media = self.media().map_err(io::Error::other)?;
        io::Read::read_to_end(&mut io::Read::take(&mut media, 512), &mut start)?;
        Ok(start)
    }

    pub(super) fn io(&self, reason: &dyn std::fmt::Display) -> AudioError {
        AudioError::Io { path: self.path.clone(), reason: reason.to_string() }
    }

    /// An error about the contents, with the advice that helps in most cases.
    pub(super) fn format(&self, reason: impl std::fmt::Display) -> AudioError {
        let path = self.path.display();
        let reason = format!("{reason}. If a player plays it, convert it: ffmpeg -i \"{path}\" out.wav");
        AudioError::Format { path: self.path.clone(), reason }
    }
}

/// A place in an open file. Those who read one file do not move each other's place.
struct Placed {
    file: Arc<File>,
    at: u64,
    length: u64,
}

impl io::Read for Placed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        let count = std::os::unix::fs::FileExt::read_at(&*self.file, buffer, self.at)?;
        #[cfg(windows)]
        let count = std::os::windows::fs::FileExt::seek_read(&*self.file, buffer, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

impl io::Seek for Placed {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        let at = match to {
            io::SeekFrom::Start(at) => Some(at),
            io::SeekFrom::End(by) => self.length.checked_add_signed(by),
            io::SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

impl MediaSource for Placed {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.length)
    }
}

/// A source that neither says how long it is nor jumps.
struct Forward(Box<dyn MediaSource>);

impl io::Read for Forward {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl io::Seek for Forward {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

impl MediaSource for Forward {
    fn is_seekable(&self) -> bool {
        false
    }

    fn byte_len(&self) -> Option<u64> {
        None
    }
}
