//! Where transcripts go: one file per recording and format, complete or not there at all.

use super::inputs::Input;
use crate::delivery::atomically;
use crate::export::Format;
use std::collections::HashSet;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// The files that one recording is written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    pub of: Vec<(Format, PathBuf)>,
    /// Another recording has the same name, so these files have a number.
    pub numbered: bool,
}

/// The files of each recording: `NAME.EXTENSION`, and `NAME-2.EXTENSION` … for recordings of the
/// same name. Names that differ only by case count as the same: some file systems think so.
pub fn plan(inputs: &[Input], folder: &Path, formats: &[Format]) -> Vec<Files> {
    let mut taken = HashSet::new();
    let mut free = |stem: &OsString| taken.insert(stem.to_string_lossy().to_lowercase());
    inputs
        .iter()
        .map(|input| {
            let mut stem = input.stem.clone();
            let mut number = 1;
            while !free(&stem) {
                number += 1;
                stem = input.stem.clone();
                stem.push(format!("-{number}"));
            }
            let file = |format: &Format| {
                let mut name = stem.clone();
                name.push(".");
                name.push(format.ending());
                (*format, folder.join(name))
            };
            Files { of: formats.iter().map(file).collect(), numbered: number > 1 }
        })
        .collect()
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    Whole,
    /// It was there before and was kept.
    Kept,
}

/// Writes a file under another name and gives it its own when it is complete and on the disk.
pub fn write(path: &Path, text: &str, overwrite: bool) -> io::Result<Written> {
    if overwrite {
        return atomically(path, text.as_bytes()).map(|()| Written::Whole);
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut unfinished = unfinished_file(folder)?;
    unfinished.write_all(text.as_bytes())?;
    unfinished.as_file().sync_all()?;
    match unfinished.persist_noclobber(path) {
        Ok(_) => Ok(Written::Whole),
        Err(e) if e.error.kind() == io::ErrorKind::AlreadyExists => Ok(Written::Kept),
        Err(e) => Err(e.error),
    }
}

/// A file in this folder that vanishes unless it is given its name. Its permissions are those of
/// any new file, not the private ones of temporary files.
pub fn unfinished_file(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".hark-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_is_kept_or_replaced_as_asked_and_leaves_nothing_beside_it() {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("a.txt");
        assert_eq!(write(&path, "one", false).unwrap(), Written::Whole);
        assert_eq!(write(&path, "two", false).unwrap(), Written::Kept);
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");
        assert_eq!(write(&path, "three", true).unwrap(), Written::Whole);
        assert_eq!(fs::read_to_string(&path).unwrap(), "three");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        assert!(write(&dir.path().join("missing/a.txt"), "x", false).is_err());
    }
}
