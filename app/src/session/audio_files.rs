//! Which files a person means who names files and folders.

use std::fs;
use std::path::{Path, PathBuf};

/// Endings of files that are taken from folders. A file that is named itself is taken whatever its ending.
const ENDINGS: [&str; 17] = [
    "wav", "mp3", "m4a", "m4b", "aac", "flac", "ogg", "oga", "opus", "webm", "mka", "mkv", "mp4", "mov",
    "aif", "aiff", "caf",
];

/// The files among `paths` and all audio files inside its folders, in order, each once.
/// Folders that hold none come back beside them.
pub fn find(paths: Vec<PathBuf>) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let (mut files, mut without) = (Vec::new(), Vec::new());
    for path in paths {
        if !path.is_dir() {
            files.push(path);
            continue;
        }
        let before = files.len();
        search(&path, &mut files);
        if files.len() == before {
            without.push(path);
        }
    }
    let mut seen = std::collections::HashSet::new();
    files.retain(|file| seen.insert(file.clone()));
    (files, without)
}

/// Links to folders are not followed: they can lead in circles. Hidden entries are not meant.
fn search(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && !hidden => search(&path, files),
            Ok(kind) if !kind.is_dir() && !hidden && is_audio(&path) && path.is_file() => files.push(path),
            _ => {}
        }
    }
}

fn is_audio(path: &Path) -> bool {
    let ending = path.extension().and_then(|e| e.to_str()).map(str::to_lowercase);
    ending.is_some_and(|e| ENDINGS.contains(&e.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_searched_in_order_and_files_are_taken_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("b/deep")).unwrap();
        fs::create_dir_all(at("empty")).unwrap();
        fs::create_dir_all(at("b/.hidden")).unwrap();
        for name in ["b/2.WAV", "b/1.mp3", "b/notes.txt", "b/deep/3.opus", "b/.hidden/4.wav", "a.dat"] {
            fs::write(at(name), "").unwrap();
        }
        let (files, without) =
            find(vec![at("a.dat"), at("b"), at("empty"), at("b/1.mp3"), at("missing.wav")]);
        assert_eq!(
            files,
            [at("a.dat"), at("b/1.mp3"), at("b/2.WAV"), at("b/deep/3.opus"), at("missing.wav")]
        );
        assert_eq!(without, [at("empty")]);
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_in_circles_do_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("1.wav"), "").unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("again")).unwrap();
        assert_eq!(find(vec![folder.path().to_owned()]).0.len(), 1);
    }
}
