//! Which files a person means who names files and folders.

use crate::audio_files::search;
use std::path::PathBuf;

/// The files among `paths` and all audio files inside its folders, in order, each once.
/// Folders that hold none come back beside them.
pub fn find(paths: Vec<PathBuf>) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let (mut files, mut without) = (Vec::new(), Vec::new());
    for path in paths {
        if !path.is_dir() {
            files.push(path);
            continue;
        }
        let found = search(&path);
        if found.is_empty() {
            without.push(path);
        }
        files.extend(found);
    }
    let mut seen = std::collections::HashSet::new();
    files.retain(|file| seen.insert(file.clone()));
    (files, without)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

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
}
