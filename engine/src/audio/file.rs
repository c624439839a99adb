//! Audio files of any container and codec that symphonia or libopus reads.
use super::container::{Container, TrackInfo};
use super::decode::FileStream;
use super::origin::Origin;
use super::{AudioError, AudioSource, SampleStream};
use crate::metrics::AudioTime;
use std::fs::File;
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
    channel: Option<usize>,
    channels: usize,
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

    /// The same for a file that is open, and need not have a name any more. `name` stands for it in messages.
    ///
    /// # Errors
    /// As for [`AudioFile::open`].
    pub fn from_file(name: &str, file: Arc<File>, track: Option<usize>) -> Result<Self, AudioError> {
        Self::check(Origin::open_file(name, file), track)
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
        let mut stream = FileStream::new(&origin, container, number, None)?;
        stream.next_block(&mut Vec::new())?;
        let channels = stream.channels();
        Ok(Self { origin, track: number, tracks, stated_length, channel: None, channels })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.origin.path()
    }

    /// How many channels the chosen track has; 0 if it has no sample.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// The same file, of which only this channel is heard, from 0; one that there is not is silent.
    pub fn only_channel(self, channel: usize) -> Self {
        Self { channel: Some(channel), ..self }
    }

    /// Reads from so many seconds after the start on; nothing if that is behind the end.
    ///
    /// # Errors
    /// As [`AudioSource::open`].
    pub fn open_at(&self, seconds: f64) -> Result<Box<dyn SampleStream>, AudioError> {
        let mut stream = self.stream()?;
        if seconds > 0.0 && !stream.jump(seconds) {
            stream = self.stream()?;
            stream.leave_out(seconds);
        }
        Ok(Box::new(stream))
    }

    fn stream(&self) -> Result<FileStream, AudioError> {
        FileStream::new(&self.origin, Container::open(&self.origin)?, self.track, self.channel)
    }

    /// Its audio tracks, in the file's order.
    pub fn tracks(&self) -> &[TrackInfo] {
        &self.tracks
    }
}

impl AudioSource for AudioFile {
    fn open(&self) -> Result<Box<dyn SampleStream>, AudioError> {
        Ok(Box::new(self.stream()?))
    }

    fn stated_length(&self) -> Option<AudioTime> {
        self.stated_length
    }
}
