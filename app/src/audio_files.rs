//! Which files in a folder are recordings.

use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// Endings of files that are taken from folders, and that the file dialog shows at first. A file that is
/// named itself is taken whatever its ending.
pub const ENDINGS: [&str; 19] = [
    "wav", "wave", "mp3", "m4a", "m4b", "aac", "flac", "ogg", "oga", "opus", "webm", "mka", "mkv", "mp4",
    "mov", "3gp", "aif", "aiff", "caf",
];

/// Audio files in a folder and the folders in it, by name. Hidden ones are left out, and links to
/// folders are not followed, so that the search ends.
pub fn search(folder: &Path) -> Vec<PathBuf> {
    let hidden = |name: &std::ffi::OsStr| name.as_encoded_bytes().starts_with(b".");
    WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || !hidden(entry.file_name()))
        .filter_map(Result::ok)
        .map(walkdir::DirEntry::into_path)
        .filter(|path| is_audio(path) && path.is_file())
        .collect()
}

fn is_audio(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_folder_gives_its_audio_files_by_name_and_nothing_hidden() {
        let dir = tempfile::TempDir::new().unwrap();
        for folder in ["b", ".hidden"] {
            fs::create_dir(dir.path().join(folder)).unwrap();
        }
        for file in ["c.WAV", "a.mp3", "notes.txt", "b/x.opus", ".hidden/y.wav", ".z.wav", "wav"] {
            fs::write(dir.path().join(file), "").unwrap();
        }
        let found = search(dir.path());
        let names: Vec<_> = found.iter().map(|path| path.strip_prefix(dir.path()).unwrap()).collect();
        assert_eq!(names, ["a.mp3", "b/x.opus", "c.WAV"].map(Path::new));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_a_circle_ends_the_search() {
        let dir = tempfile::TempDir::new().unwrap();
        fs::write(dir.path().join("a.wav"), "").unwrap();
        std::os::unix::fs::symlink(dir.path(), dir.path().join("again")).unwrap();
        assert_eq!(search(dir.path()).len(), 1);
    }
}
