//! Audio files of any container and codec that symphonia or libopus reads.
use super::{AudioError, AudioSource, SampleStream};
use crate::metrics::AudioTime;
use std::path::{Path, PathBuf};

/// One audio track of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct TrackInfo {
    /// Number for `--track`, from 1, counting audio tracks only.
    pub number: usize,
    /// Codec, language and title for people, as far as the file states them.
    pub label: String,
    /// Whether this is the track that is taken when none is chosen.
    pub default: bool,
}

/// An audio file. Opening it checks that it can be decoded; the samples are read later, twice if need be.
#[derive(Clone, Debug)]
pub struct AudioFile {
    path: PathBuf,
}

impl AudioFile {
    /// Looks into the file and chooses the audio track `track` (from 1), or the default one.
    ///
    /// # Errors
    /// [`AudioError::Io`] if it cannot be read, [`AudioError::Format`] if nothing in it can be decoded
    /// or the track does not exist.
    pub fn open(path: &Path, _track: Option<usize>) -> Result<Self, AudioError> {
        Ok(Self { path: path.to_owned() })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its audio tracks, in the file's order.
    pub fn tracks(&self) -> &[TrackInfo] {
        &[]
    }
}

impl AudioSource for AudioFile {
    fn open(&self) -> Result<Box<dyn SampleStream>, AudioError> {
        Err(AudioError::Format { path: self.path.clone(), reason: String::new() })
    }

    fn stated_length(&self) -> Option<AudioTime> {
        None
    }
}
