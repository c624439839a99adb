//! Audio files of any container and codec that symphonia or libopus reads.
use super::container::Container;
use super::decode::FileStream;
use super::{AudioError, AudioSource, SampleStream};
use crate::metrics::AudioTime;
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use symphonia::core::io::MediaSource;

/// One audio track of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct TrackInfo {
    /// Number for `--track`, from 1, counting audio tracks only.
    pub number: usize,
    /// Codec, rate, channels and language for people, as far as the file states them.
    pub label: String,
    /// Whether this is the track that is taken when none is chosen.
    pub default: bool,
}

/// An audio file. Opening it checks that it can be decoded; the samples are read later, twice if need be.
///
/// Its samples are the average of all channels, resampled to 16 kHz and limited to [-1, 1].
/// Reading takes a few hundred kilobytes of memory, however long the file is. Packets that cannot
/// be decoded are left out and counted ([`SampleStream::damage`]); a file that breaks off gives what
/// is before the break.
#[derive(Clone, Debug)]
pub struct AudioFile {
    origin: Origin,
    track: usize,
    tracks: Vec<TrackInfo>,
    stated_length: Option<AudioTime>,
}

/// Where the bytes are.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    /// The file, or a name for what was read from elsewhere.
    pub(super) path: PathBuf,
    bytes: Option<Arc<[u8]>>,
    /// Whether it is read as if it were a pipe.
    forward_only: bool,
}

impl AudioFile {
    /// Looks into the file and chooses the audio track `track` (from 1), or the default one.
    ///
    /// # Errors
    /// [`AudioError::Io`] if it cannot be read, [`AudioError::Format`] if nothing in it can be decoded
    /// or the track does not exist.
    pub fn open(path: &Path, track: Option<usize>) -> Result<Self, AudioError> {
        Self::check(Origin { path: path.to_owned(), bytes: None, forward_only: false }, track)
    }

    /// The same for a file whose bytes are at hand, for instance from standard input. `name` stands
    /// for it in messages.
    ///
    /// # Errors
    /// [`AudioError::Format`] as for [`AudioFile::open`].
    pub fn from_bytes(name: &str, bytes: Arc<[u8]>, track: Option<usize>) -> Result<Self, AudioError> {
        Self::check(Origin { path: name.into(), bytes: Some(bytes), forward_only: false }, track)
    }

    /// Container readers look at a file's length and jump to its end, and refuse what was cut short.
    /// Where they can do neither, they read as far as it goes.
    fn check(origin: Origin, track: Option<usize>) -> Result<Self, AudioError> {
        match Self::look_into(origin.clone(), track) {
            Err(refused @ AudioError::Format { .. }) => {
                Self::look_into(Origin { forward_only: true, ..origin }, track).map_err(|_| refused)
            }
            other => other,
        }
    }

    fn look_into(origin: Origin, track: Option<usize>) -> Result<Self, AudioError> {
        let container = Container::open(&origin)?;
        let tracks = container.tracks();
        let number = container.choose(track)?;
        let stated_length = container.stated_length(number);
        // Reading up to the first samples finds codecs, rates and channels that cannot be read.
        FileStream::new(&origin, container, number)?.next_block(&mut Vec::new())?;
        Ok(Self { origin, track: number, tracks, stated_length })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.origin.path
    }

    /// Its audio tracks, in the file's order.
    pub fn tracks(&self) -> &[TrackInfo] {
        &self.tracks
    }
}

impl AudioSource for AudioFile {
    fn open(&self) -> Result<Box<dyn SampleStream>, AudioError> {
        let container = Container::open(&self.origin)?;
        Ok(Box::new(FileStream::new(&self.origin, container, self.track)?))
    }

    fn stated_length(&self) -> Option<AudioTime> {
        self.stated_length
    }
}

impl Origin {
    /// The bytes, as symphonia is to see them.
    pub(super) fn media(&self) -> Result<Box<dyn MediaSource>, AudioError> {
        let media = self.seekable()?;
        Ok(if self.forward_only { Box::new(Forward(media)) } else { media })
    }

    /// Opens the bytes. Only regular files: a directory has none, and opening a pipe may wait for ever.
    pub(super) fn seekable(&self) -> Result<Box<dyn MediaSource>, AudioError> {
        if let Some(bytes) = &self.bytes {
            return Ok(Box::new(Cursor::new(Arc::clone(bytes))));
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
