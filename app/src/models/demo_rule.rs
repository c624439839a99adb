//! The demo model knows a thousand words of synthetic speech. While it is only there because no
//! other model is, it transcribes the bundled clips and nothing else.

use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// SHA-256 and name of each bundled clip.
const CLIPS: &str = include_str!("../../../assets/demo/samples.sha256");
/// Larger files are not bundled clips, and need not be read to know it.
const LARGEST_CLIP_BYTES: u64 = 8 << 20;

/// Whether the file has the content of a bundled clip, whatever its name.
///
/// # Errors
/// If the file cannot be read.
pub fn is_bundled_clip(path: &Path) -> io::Result<bool> {
    // Asked before opening: a pipe would wait for its writer, and give its bytes only once.
    let metadata = path.metadata()?;
    if !metadata.is_file() || metadata.len() > LARGEST_CLIP_BYTES {
        return Ok(false);
    }
    let file = File::open(path)?;
    let mut bytes = Vec::new();
    file.take(LARGEST_CLIP_BYTES).read_to_end(&mut bytes)?;
    let hash = Sha256::digest(&bytes).iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    Ok(CLIPS.lines().any(|line| line.split_whitespace().next() == Some(&hash)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn every_listed_clip_is_there_and_recognised_and_every_clip_is_listed() {
        let assets = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/demo"));
        for line in CLIPS.lines() {
            let clip = assets.join(line.split_whitespace().nth(1).unwrap());
            assert!(is_bundled_clip(&clip).unwrap(), "{}", clip.display());
        }
        let clips = fs::read_dir(assets.join("samples")).unwrap().filter(|entry| {
            entry.as_ref().unwrap().path().extension().is_some_and(|extension| extension == "wav")
        });
        assert_eq!(clips.count(), CLIPS.lines().count());
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_no_clip_and_is_not_waited_for() {
        let dir = tempfile::TempDir::new().unwrap();
        let pipe = dir.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert!(!is_bundled_clip(&pipe).unwrap());
    }

    #[test]
    fn one_changed_byte_makes_it_another_file() {
        let clip = concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/demo/samples/short01.wav");
        let mut bytes = fs::read(clip).unwrap();
        let dir = tempfile::TempDir::new().unwrap();
        let copy = dir.path().join("renamed");
        fs::write(&copy, &bytes).unwrap();
        assert!(is_bundled_clip(&copy).unwrap());
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&copy, &bytes).unwrap();
        assert!(!is_bundled_clip(&copy).unwrap());
        fs::write(&copy, "").unwrap();
        assert!(!is_bundled_clip(&copy).unwrap());
        assert!(is_bundled_clip(&dir.path().join("missing")).is_err());
    }
}
