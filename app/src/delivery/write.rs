//! Files that are there whole or not at all.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes beside the file and renames over it, so that a full disk or a crash leaves the old one.
///
/// # Errors
/// If the folder cannot be written or the disk is full.
pub fn atomically(path: &Path, contents: &[u8]) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut beside = OsString::from(".");
    beside.push(name);
    beside.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(beside);
    let written = File::create(&beside).and_then(|mut file| {
        file.write_all(contents)?;
        file.sync_all()
    });
    let renamed = written.and_then(|()| fs::rename(&beside, path));
    if renamed.is_err() {
        let _ = fs::remove_file(&beside);
    }
    renamed
}

/// Writes a file beside those that are there: `STEM.ENDING`, or `STEM (2).ENDING` and so on. Gives its path.
///
/// # Errors
/// As [`atomically`].
pub fn save_beside(folder: &Path, stem: &OsStr, ending: &str, contents: &[u8]) -> io::Result<PathBuf> {
    let mut number = 1_u32;
    loop {
        let mut name = stem.to_owned();
        if number > 1 {
            name.push(format!(" ({number})"));
        }
        name.push(".");
        name.push(ending);
        let path = folder.join(name);
        match File::create_new(&path) {
            Ok(_) => {
                // The name is ours; whatever happens now, nobody else's file is lost.
                let written = atomically(&path, contents);
                if written.is_err() {
                    let _ = fs::remove_file(&path);
                }
                return written.map(|()| path);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < u32::MAX => number += 1,
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text.txt");
        fs::write(&path, "old").unwrap();
        atomically(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_refusal_leaves_everything_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        assert!(atomically(&folder.path().join("no folder/text.txt"), b"new").is_err());
        let taken = folder.path().join("taken");
        fs::create_dir(&taken).unwrap();
        assert!(atomically(&taken, b"new").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn nothing_that_is_there_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let save =
            |text: &str| save_beside(folder.path(), OsStr::new("Тест"), "txt", text.as_bytes()).unwrap();
        let names: Vec<_> =
            ["one", "two", "three"].map(|text| save(text).file_name().unwrap().to_owned()).into();
        assert_eq!(names, ["Тест.txt", "Тест (2).txt", "Тест (3).txt"]);
        assert_eq!(fs::read_to_string(folder.path().join("Тест.txt")).unwrap(), "one");
        assert!(save_beside(&folder.path().join("missing"), OsStr::new("a"), "txt", b"").is_err());
    }
}
