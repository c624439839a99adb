//! Where the engine reads a job's samples from. Files are opened by the engine's thread, so that a
//! slow disk delays nothing else.

use hark_engine::audio::{AudioError, AudioFile, AudioSource, SampleStream};
use hark_engine::metrics::AudioTime;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What the demo model knows, and what helps.
pub const DEMO_REMEDY: &str =
    "the built-in demo model only understands its own synthetic clips; choose a model to transcribe this";

/// What is heard of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// The audio track, from 1; `None` is the usual one.
    pub track: Option<usize>,
    /// The channel, from 0; `None` is the average of all.
    pub channel: Option<usize>,
}

/// A file that is opened when it is read.
pub struct LateFile {
    path: PathBuf,
    part: Part,
    is_allowed: Option<fn(&Path) -> io::Result<bool>>,
}

impl LateFile {
    /// Any audio file.
    pub fn new(path: PathBuf, part: Part) -> Self {
        Self { path, part, is_allowed: None }
    }

    /// A file that fails with [`DEMO_REMEDY`] unless it is a bundled clip.
    pub fn only_bundled(path: PathBuf, is_bundled: fn(&Path) -> io::Result<bool>, part: Part) -> Self {
        Self { path, part, is_allowed: Some(is_bundled) }
    }
}

impl AudioSource for LateFile {
    fn open(&self) -> Result<Box<dyn SampleStream>, AudioError> {
        let path = self.path.clone();
        // Opening a pipe waits for somebody to write into it, which may be for ever.
        if fs::metadata(&path).is_ok_and(|m| !m.is_file()) {
            let reason = "it is not a file with sound but a folder, a pipe or a device".into();
            return Err(AudioError::Format { path, reason });
        }
        match self.is_allowed.map_or(Ok(true), |ask| ask(&path)) {
            Ok(true) => {
                let file = AudioFile::open(&path, self.part.track)?;
                match self.part.channel {
                    Some(channel) => file.only_channel(channel).open(),
                    None => file.open(),
                }
            }
            Ok(false) => Err(AudioError::Format { path, reason: DEMO_REMEDY.into() }),
            Err(error) => Err(AudioError::Io { path, reason: error.to_string() }),
        }
    }

    fn stated_length(&self) -> Option<AudioTime> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_pipe_hangs_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe.wav");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let error = LateFile::new(pipe, Part::default()).open().err().unwrap().to_string();
        assert!(error.contains("a pipe or a device"), "{error}");
    }

    #[test]
    fn the_demo_model_refuses_what_is_not_bundled_and_says_what_helps() {
        let file = LateFile::only_bundled("voice.wav".into(), |_| Ok(false), Part::default());
        let error = file.open().err().unwrap().to_string();
        assert_eq!(error, format!("voice.wav: {DEMO_REMEDY}"));
        let file = LateFile::only_bundled(
            "gone.wav".into(),
            |_| Err(io::ErrorKind::NotFound.into()),
            Part::default(),
        );
        assert!(matches!(file.open(), Err(AudioError::Io { .. })));
    }
}
