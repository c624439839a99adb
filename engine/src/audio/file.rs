//! Audio files of any container and codec that symphonia or libopus reads.
use super::container::{Container, TrackInfo};
use super::decode::FileStream;
use super::origin::Origin;
use super::{AudioError, AudioSource, SampleStream};
use crate::metrics::AudioTime;
use std::path::Path;
use std::sync::Arc;

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

impl AudioFile {
    /// Looks into the file and chooses the audio track `track` (from 1), or the default one.
    ///
    /// # Errors
    /// [`AudioError::Io`] if it cannot be read, [`AudioError::Format`] if nothing in it can be decoded
    /// or the track does not exist.
    pub fn open(path: &Path, track: Option<usize>) -> Result<Self, AudioError> {
        Self::check(Origin::file(path), track)
    }

    /// The same for a file whose bytes are at hand, for instance from standard input. `name` stands
    /// for it in messages.
    ///
    /// # Errors
    /// [`AudioError::Format`] as for [`AudioFile::open`].
    pub fn from_bytes(name: &str, bytes: Arc<[u8]>, track: Option<usize>) -> Result<Self, AudioError> {
        Self::check(Origin::memory(name, bytes), track)
    }

    /// Container readers look at a file's length and jump to its end, and refuse what was cut short.
    /// Where they can do neither, they read as far as it goes.
    fn check(origin: Origin, track: Option<usize>) -> Result<Self, AudioError> {
        match Self::look_into(origin.clone(), track) {
            Err(refused @ AudioError::Format { .. }) => {
                Self::look_into(origin.piped(), track).map_err(|_| refused)
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
        self.origin.path()
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
