//! Recordings whose text was never made: a file `NAME.pending` beside `NAME.wav` says so, and survives
//! whatever ends the program. It is empty, or holds a note of how the text is to be made, and is there from the
//! beginning of the recording.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Ending of a recording that is not finished.
pub(super) const PART: &str = ".part.wav";
/// Ending of the mark.
const PENDING: &str = "pending";

/// Marks a finished recording: its text is still to be made, and `note` says how.
///
/// # Errors
/// If the disk refuses it.
pub fn mark(recording: &Path, note: &str) -> io::Result<()> {
    fs::write(recording.with_extension(PENDING), note)
}

/// The note on a recording's mark; empty if there is none, or nothing that one could be.
pub(super) fn note(recording: &Path) -> String {
    const LONGEST: u64 = 4096;
    let mut note = String::new();
    let read = fs::File::open(recording.with_extension(PENDING))
        .and_then(|file| file.take(LONGEST).read_to_string(&mut note));
    read.map(|_| note).unwrap_or_default()
}

/// Takes the mark off a recording: its text is made, or nobody wants it.
pub fn settle(recording: &Path) {
    // Without a mark there is nothing to take off, and one that stays does no harm.
    let _ = fs::remove_file(recording.with_extension(PENDING));
}

/// Removes a recording whose text is made. `true` if it is gone; what is no recording, or marked, stays.
pub fn discard(recording: &Path) -> bool {
    let is_recording = recording.extension().is_some_and(|ending| ending == "wav");
    if !is_recording || recording.with_extension(PENDING).exists() {
        return false;
    }
    match fs::remove_file(recording) {
        Ok(()) => true,
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

/// The marked recordings in `folder` that are finished. Marks without a recording go.
pub(super) fn pending(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path());
    let marks = entries.filter(|path| path.extension().is_some_and(|e| e == PENDING));
    let recordings = marks.map(|mark| mark.with_extension("wav"));
    recordings
        .filter(|recording| {
            let exists = recording.exists();
            if !exists && !recording.with_extension(&PART[1..]).exists() {
                settle(recording);
            }
            exists
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_until_they_are_settled() {
        let folder = tempfile::tempdir().unwrap();
        let (kept, gone) = (folder.path().join("kept.wav"), folder.path().join("gone.wav"));
        fs::write(&kept, "").unwrap();
        fs::write(folder.path().join("transcribed.wav"), "").unwrap();
        mark(&kept, "in German").unwrap();
        mark(&gone, "").unwrap();
        let grows = folder.path().join("grows.wav");
        fs::write(folder.path().join("grows.part.wav"), "").unwrap();
        mark(&grows, "in French").unwrap();
        assert_eq!((note(&kept).as_str(), note(&gone).as_str()), ("in German", ""));
        assert_eq!(pending(folder.path()), std::slice::from_ref(&kept));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 5, "the stray mark is gone");
        assert_eq!(note(&grows), "in French", "its recording is not finished");
        assert!(!discard(&kept) && kept.exists(), "its text was never made");
        settle(&kept);
        settle(&kept);
        assert_eq!(pending(folder.path()), [] as [PathBuf; 0]);
        assert!(kept.exists());
        assert!(!discard(folder.path()) && folder.path().exists());
        assert!(discard(&kept) && discard(&kept) && !kept.exists());
    }
}
