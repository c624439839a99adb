//! Hark's own folder of models: what was downloaded into it, whole or in part, and what may be deleted.

use super::published::{self, Published};
use crate::text::reason;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What was deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    /// The model was there, whole.
    pub model: bool,
    /// The beginning of a download was there.
    pub beginning: bool,
}

/// Why nothing was deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteError {
    /// Nothing of that name is in the folder.
    #[error("there is no model {name} in {}", folder.display())]
    Missing { name: String, folder: PathBuf },
    /// It is being downloaded.
    #[error("{0} is being downloaded; cancel that first")]
    UnderWay(String),
    /// The system refused.
    #[error("{} cannot be deleted: {}", path.display(), reason(error))]
    Refused { path: PathBuf, error: io::Error },
}

/// Where the beginning of a download lies until it is whole.
pub fn unfinished_path(folder: &Path, model: &Published) -> PathBuf {
    folder.join(format!("{}.part", model.file_name()))
}

/// Whether a model lies right in this folder, so that it may be deleted.
pub fn is_own(folder: &Path, model: &Path) -> bool {
    model.parent() == Some(folder)
}

/// Deletes a model of this folder: the ggml file of that name, and the beginning of a download. Whoever has it open
/// keeps what is open: its memory is given back when the model is let go.
///
/// # Errors
/// If there is neither, it is being downloaded, or the system refuses.
pub fn delete(folder: &Path, name: &str) -> Result<Deleted, DeleteError> {
    let file_name = published::by_name(name).map_or_else(|| format!("ggml-{name}.bin"), Published::file_name);
    let missing = || DeleteError::Missing { name: name.into(), folder: folder.into() };
    if Path::new(&file_name).file_name() != Some(file_name.as_ref()) {
        return Err(missing());
    }
    let beginning = folder.join(format!("{file_name}.part"));
    if let Ok(file) = fs::File::open(&beginning)
        && let Err(fs::TryLockError::WouldBlock) = file.try_lock()
    {
        return Err(DeleteError::UnderWay(name.into()));
    }
    let deleted = Deleted { model: remove(folder.join(&file_name))?, beginning: remove(beginning)? };
    forget(folder, &file_name);
    if deleted == Deleted::default() { Err(missing()) } else { Ok(deleted) }
}

/// Whether there was such a file.
fn remove(path: PathBuf) -> Result<bool, DeleteError> {
    match fs::remove_file(&path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(DeleteError::Refused { path, error }),
    }
}

/// What was found of a file while it was downloaded.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Verified {
    pub sha1: String,
    pub sha256: String,
    pub bytes: u64,
    /// In seconds since 1970.
    pub at: u64,
}

/// A memory, not a record: whatever is wrong with it costs nothing but knowing.
fn verified_path(folder: &Path) -> PathBuf {
    folder.join("verified.json")
}

fn read(folder: &Path) -> serde_json::Map<String, serde_json::Value> {
    let bytes = fs::read(verified_path(folder)).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

fn write(folder: &Path, known: &serde_json::Map<String, serde_json::Value>) -> io::Result<()> {
    crate::delivery::atomically(&verified_path(folder), &serde_json::to_vec_pretty(known)?)
}

fn forget(folder: &Path, file_name: &str) {
    let mut known = read(folder);
    if known.remove(file_name).is_some() {
        // It stays known of a file that is not there, which does no harm.
        let _ = write(folder, &known);
    }
}

/// Remembers what was found of a file while it was downloaded.
///
/// # Errors
/// If the folder cannot be written.
#[cfg(feature = "download")]
pub fn record(folder: &Path, file_name: &str, found: &Verified) -> io::Result<()> {
    let mut known = read(folder);
    known.insert(file_name.into(), serde_json::to_value(found)?);
    write(folder, &known)
}

/// What was found of a file while it was downloaded, if it is known and the file is as long as it was.
pub fn verified(folder: &Path, file_name: &str) -> Option<Verified> {
    let found: Verified = serde_json::from_value(read(folder).remove(file_name)?).ok()?;
    (fs::metadata(folder.join(file_name)).ok()?.len() == found.bytes).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(feature = "download")]
    use crate::test_chance::Chance;

    #[test]
    fn only_what_lies_in_the_folder_is_deleted() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("models");
        fs::create_dir(&folder).unwrap();
        for name in
            ["models/ggml-base.bin", "models/ggml-base.bin.part", "models/ggml-mine.bin", "ggml-out.bin"]
        {
            fs::write(dir.path().join(name), "x").unwrap();
        }
        assert_eq!(delete(&folder, "base").unwrap(), Deleted { model: true, beginning: true });
        assert!(matches!(delete(&folder, "base"), Err(DeleteError::Missing { .. })));
        assert_eq!(delete(&folder, "mine").unwrap(), Deleted { model: true, beginning: false });
        for name in ["x/../../ggml-out", "../ggml-out", "/../out", ""] {
            assert!(matches!(delete(&folder, name), Err(DeleteError::Missing { .. })), "{name}");
        }
        assert!(dir.path().join("ggml-out.bin").exists());
    }

    #[test]
    fn what_is_being_downloaded_is_not_deleted() {
        let dir = tempfile::tempdir().unwrap();
        let file = fs::File::create(dir.path().join("ggml-tiny.bin.part")).unwrap();
        file.lock().unwrap();
        let error = delete(dir.path(), "tiny").unwrap_err();
        assert_eq!(error.to_string(), "tiny is being downloaded; cancel that first");
        drop(file);
        assert!(delete(dir.path(), "tiny").unwrap().beginning);
    }

    #[cfg(feature = "download")]
    #[test]
    fn a_damaged_memory_is_written_anew() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("ggml-tiny.bin"), "model").unwrap();
        let found = Verified { sha1: "a".into(), sha256: "b".into(), bytes: 5, at: 7 };
        record(dir.path(), "ggml-tiny.bin", &found).unwrap();
        let whole = fs::read(verified_path(dir.path())).unwrap();
        for bytes in Chance(5).damaged(&whole, 200) {
            fs::write(verified_path(dir.path()), bytes).unwrap();
            assert!(verified(dir.path(), "ggml-tiny.bin").is_none_or(|read| read.bytes == 5));
            record(dir.path(), "ggml-tiny.bin", &found).unwrap();
            assert_eq!(verified(dir.path(), "ggml-tiny.bin"), Some(found.clone()));
        }
    }

    #[cfg(feature = "download")]
    #[test]
    fn what_was_found_of_a_file_is_known_until_it_changes() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("ggml-tiny.bin"), "model").unwrap();
        let found = Verified { sha1: "a".into(), sha256: "b".into(), bytes: 5, at: 7 };
        assert_eq!(verified(dir.path(), "ggml-tiny.bin"), None);
        record(dir.path(), "ggml-tiny.bin", &found).unwrap();
        assert_eq!(verified(dir.path(), "ggml-tiny.bin"), Some(found.clone()));
        fs::write(dir.path().join("ggml-tiny.bin"), "longer").unwrap();
        assert_eq!(verified(dir.path(), "ggml-tiny.bin"), None);
        fs::write(dir.path().join("verified.json"), "[broken").unwrap();
        assert_eq!(verified(dir.path(), "ggml-tiny.bin"), None);
        record(dir.path(), "ggml-tiny.bin", &found).unwrap();
        delete(dir.path(), "tiny").unwrap();
        assert_eq!(fs::read_to_string(dir.path().join("verified.json")).unwrap(), "{}");
    }
}
