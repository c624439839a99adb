//! Recordings that an earlier start left behind: without their end, or without their text.

use super::elsewhere;
use super::pending;
use super::pending::PART;
use super::recording_file::{HEADER_BYTES, repair};
use hark_engine::metrics::AudioTime;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A recording that was found without its text, with its end repaired if it had none.
#[derive(Clone, Debug, PartialEq)]
pub struct Recovered {
    /// Where it is now.
    pub path: PathBuf,
    /// How much was saved.
    pub length: AudioTime,
    /// What was noted about how its text is to be made.
    pub note: String,
}

/// What an earlier start left behind.
#[derive(Debug, Default, PartialEq)]
pub struct LeftBehind {
    /// Recordings whose text was never made.
    pub recovered: Vec<Recovered>,
    /// What is named like a recording of that kind and cannot be read as one, or not be given its end.
    pub beyond_repair: Vec<PathBuf>,
}

/// Finishes every part in `folder`, and where recordings of it were moved to, that nobody is recording into,
/// and gives all recordings whose text was never made. What cannot be repaired or read is left alone, and named.
pub fn recover(folder: &Path) -> LeftBehind {
    let others = elsewhere::folders(folder);
    let mut left = LeftBehind::default();
    for folder in std::iter::once(folder).chain(others.iter().map(PathBuf::as_path)) {
        recover_in(folder, &mut left);
    }
    left
}

fn recover_in(folder: &Path, left: &mut LeftBehind) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut parts: Vec<_> = entries.map(|e| e.path()).filter(|p| base(p).is_some()).collect();
    parts.sort();
    let mut found = BTreeMap::new();
    for path in pending::pending(folder) {
        match hound::WavReader::open(&path) {
            Ok(reader) => drop(found.insert(path, reader.duration() as usize)),
            Err(_) => left.beyond_repair.push(path),
        }
    }
    for part in parts {
        match finish(&part) {
            Ok(Found::Recording(path, samples)) => {
                let _ = pending::mark(&path, &pending::note(&finished_path(&part)));
                found.insert(path, samples);
            }
            Ok(Found::Nothing) => {}
            Ok(Found::Foreign) | Err(_) => left.beyond_repair.push(part),
        }
    }
    left.recovered.extend(found.into_iter().map(|(path, samples)| {
        let (length, note) = (AudioTime::from_samples(samples), pending::note(&path));
        Recovered { path, length, note }
    }));
}

/// What a part turned out to be.
enum Found {
    /// A recording: where it is now, and its samples.
    Recording(PathBuf, usize),
    /// Nothing was recorded, or somebody still records into it.
    Nothing,
    /// No recording that could be known as one.
    Foreign,
}

/// The name without the ending that marks a part.
fn base(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()?.strip_suffix(PART)
}

/// Gives a part its end, if it is one that nobody records into.
fn finish(part: &Path) -> io::Result<Found> {
    let file = OpenOptions::new().read(true).write(true).open(part)?;
    if is_recorded_into(&file.try_lock()) {
        return Ok(Found::Nothing);
    }
    let samples = file.metadata()?.len().saturating_sub(HEADER_BYTES) / 2;
    if samples == 0 {
        fs::remove_file(part)?;
        return Ok(Found::Nothing);
    }
    if !is_ours(&file)? {
        return Ok(Found::Foreign);
    }
    repair(&file, samples)?;
    let finished = free_name(part)?;
    fs::rename(part, &finished)?;
    Ok(Found::Recording(finished, samples as usize))
}

/// Whether somebody records, by what came of locking the part. Some network file systems know no locks, and a crash
/// there must not hide what was recorded.
fn is_recorded_into(locked: &Result<(), TryLockError>) -> bool {
    matches!(locked, Err(TryLockError::WouldBlock))
}

/// Whether the header is, or was, one that a recording begins with, so that repairing it does no harm. What a power cut
/// kept from the disk is zeros.
fn is_ours(mut file: &File) -> io::Result<bool> {
    let mut header = [0; HEADER_BYTES as usize];
    file.read_exact(&mut header)?;
    let words = [&header[..4] == b"RIFF", &header[8..16] == b"WAVEfmt ", &header[36..40] == b"data"];
    let known = words.into_iter().filter(|known| *known).count();
    Ok(known >= 2 || header.iter().all(|byte| *byte == 0))
}

/// Where a part would have been when finished, and its note is.
fn finished_path(part: &Path) -> PathBuf {
    part.with_file_name(format!("{}.wav", base(part).unwrap_or("recording")))
}

fn free_name(part: &Path) -> io::Result<PathBuf> {
    let base = base(part).unwrap_or("recording");
    for number in 1.. {
        let suffix = if number == 1 { String::new() } else { format!("-recovered-{number}") };
        let path = part.with_file_name(format!("{base}{suffix}.wav"));
        if !path.try_exists()? {
            return Ok(path);
        }
    }
    Ok(part.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::recording_file::RecordingFile;
    use super::*;
    use crate::test_chance::Chance;
    use std::time::UNIX_EPOCH;

    /// What is recovered, where nothing is beyond repair.
    #[track_caller]
    fn recovered(folder: &Path) -> Vec<Recovered> {
        let left = recover(folder);
        assert_eq!(left.beyond_repair, [] as [PathBuf; 0]);
        left.recovered
    }

    fn part(folder: &Path, samples: usize) -> RecordingFile {
        let (mut recording, error) = RecordingFile::create(folder, UNIX_EPOCH);
        assert!(error.is_none());
        recording.write(&vec![0.25; samples]).unwrap();
        recording.checkpoint().unwrap();
        recording
    }

    /// Ends a recording as a kill does: the lock goes, nothing is written any more.
    fn kill(recording: RecordingFile) -> PathBuf {
        let path = recording.path().to_owned();
        let bytes = fs::read(&path).unwrap();
        drop(recording);
        fs::write(&path, bytes).unwrap();
        path
    }

    #[test]
    fn a_part_is_repaired_and_finished() {
        let folder = tempfile::tempdir().unwrap();
        let path = kill(part(folder.path(), 24_000));
        // Data that reached the disk after the last header, with half a sample at the end.
        let mut bytes = fs::read(&path).unwrap();
        bytes.extend_from_slice(&[0, 0x20, 0, 0x20, 0]);
        fs::write(&path, bytes).unwrap();
        let found = recovered(folder.path());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].length, AudioTime::from_samples(24_002));
        let mut reader = hound::WavReader::open(&found[0].path).unwrap();
        let values: Vec<i16> = reader.samples().collect::<Result<_, _>>().unwrap();
        assert_eq!(values, vec![0x2000; 24_002]);
        assert_eq!(recovered(folder.path()), found, "until its text is made");
        pending::settle(&found[0].path);
        assert_eq!(recovered(folder.path()), []);
    }

    #[test]
    fn a_part_is_recovered_with_its_note() {
        let folder = tempfile::tempdir().unwrap();
        let recording = part(folder.path(), 16_000);
        pending::mark(recording.finished_path(), "in German").unwrap();
        assert_eq!(recovered(folder.path()), []);
        kill(recording);
        for start in ["the first", "the next"] {
            let found = recovered(folder.path());
            assert_eq!(found.iter().map(|r| r.note.as_str()).collect::<Vec<_>>(), ["in German"], "{start}");
        }
    }

    #[test]
    fn a_recording_under_way_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let recording = part(folder.path(), 16_000);
        assert_eq!(recovered(folder.path()), []);
        assert!(recording.path().exists());
        assert!(recording.finish().is_some());
    }

    #[test]
    fn a_file_system_without_locks_hides_no_recording() {
        let no_locks = io::ErrorKind::Unsupported.into();
        assert!(!is_recorded_into(&Err(TryLockError::Error(no_locks))));
        assert!(!is_recorded_into(&Ok(())));
        assert!(is_recorded_into(&Err(TryLockError::WouldBlock)));
    }

    #[test]
    fn an_empty_part_goes_and_a_foreign_one_stays() {
        let folder = tempfile::tempdir().unwrap();
        kill(part(folder.path(), 0));
        let foreign = folder.path().join("notes.part.wav");
        fs::write(&foreign, [7; 100]).unwrap();
        let left = recover(folder.path());
        assert_eq!((left.recovered, left.beyond_repair), (vec![], vec![foreign.clone()]), "and is named");
        assert_eq!(fs::read(&foreign).unwrap(), [7; 100]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_cannot_be_read_is_named_beside_what_can() {
        let folder = tempfile::tempdir().unwrap();
        kill(part(folder.path(), 16_000));
        let second = kill(part(folder.path(), 16_000));
        let third = folder.path().join("finished.wav");
        fs::write(&second, vec![0xA5; 32_044]).unwrap();
        fs::write(&third, "no sound").unwrap();
        pending::mark(&third, "").unwrap();
        for start in ["the first", "the next"] {
            let left = recover(folder.path());
            assert_eq!(left.recovered.len(), 1, "{start}");
            assert_eq!(left.beyond_repair, [third.clone(), second.clone()], "{start}");
        }
        assert_eq!(fs::read(&second).unwrap(), vec![0xA5; 32_044]);
    }

    #[test]
    fn a_damaged_part_is_repaired_or_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = kill(part(folder.path(), 300));
        let whole = fs::read(&path).unwrap();
        let (header, sound) = whole.split_at(HEADER_BYTES as usize);
        let zeros = vec![0; header.len()];
        for header in Chance(7).damaged(header, 300).chain([zeros]) {
            let bytes = [&header, sound].concat();
            fs::write(&path, &bytes).unwrap();
            let left = recover(folder.path());
            for found in &left.recovered {
                let read = hound::WavReader::open(&found.path).unwrap();
                assert_eq!(AudioTime::from_samples(read.duration() as usize), found.length);
                fs::remove_file(&found.path).unwrap();
            }
            let untouched = fs::read(&path).is_ok_and(|left| left == bytes);
            assert!(untouched || !path.exists());
            assert_eq!(untouched, left.beyond_repair == [path.as_path()], "what stays is named");
        }
        assert!(!path.exists(), "zeros are repaired");
    }

    #[test]
    fn a_finished_recording_of_the_same_name_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = kill(part(folder.path(), 16_000));
        let taken = path.with_file_name("1970-01-01_00-00-00.wav");
        fs::write(&taken, "taken").unwrap();
        let found = recovered(folder.path());
        assert_eq!(found.len(), 1);
        assert_eq!(fs::read(&taken).unwrap(), b"taken");
    }

    #[test]
    fn a_recording_that_was_moved_is_found() {
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        kill(part(other.path(), 16_000));
        assert_eq!(recovered(folder.path()), []);
        elsewhere::remember(folder.path(), other.path()).unwrap();
        let found = recovered(folder.path());
        assert_eq!(found.len(), 1);
        assert!(found[0].path.starts_with(other.path()));
    }

    #[test]
    fn a_folder_that_is_not_there_holds_nothing() {
        assert_eq!(recover(Path::new("no such folder")), LeftBehind::default());
    }
}
