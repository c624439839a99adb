//! Which files in a folder are recordings, and which files a person means who names files and folders.

use crate::texts;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// Endings of files that are taken from folders, and that the file dialog shows at first. A file that is
/// named itself is taken whatever its ending.
pub const ENDINGS: [&str; 22] = [
    "wav", "wave", "mp3", "m4a", "m4b", "aac", "flac", "ogg", "oga", "opus", "webm", "mka", "mkv", "mp4",
    "m4v", "mov", "3gp", "3g2", "aif", "aiff", "aifc", "caf",
];

/// What a folder holds.
#[derive(Debug, Default, PartialEq)]
pub struct Search {
    /// Audio and video files in it and in the folders in it, by name.
    pub files: Vec<PathBuf>,
    /// How many others there are.
    pub others: usize,
    /// Folders that cannot be looked into.
    pub closed: Vec<PathBuf>,
}

/// What somebody means who names files and folders.
#[derive(Debug, Default, PartialEq)]
pub struct Selection {
    /// The files that were named, and those in folders, in order, each once.
    pub files: Vec<PathBuf>,
    /// Files in folders that are neither audio nor video.
    pub others: usize,
    /// Folders that cannot be looked into.
    pub closed: Vec<PathBuf>,
    /// Folders that were named, and hold none.
    pub without: Vec<PathBuf>,
}

/// Looks through a folder. What is hidden is left out, and links to folders are not followed, so that the search
/// ends.
pub fn search(folder: &Path) -> Search {
    let hidden = |name: &std::ffi::OsStr| name.as_encoded_bytes().starts_with(b".");
    let mut found = Search::default();
    let entries = WalkDir::new(folder).sort_by_file_name().into_iter();
    for entry in entries.filter_entry(|entry| entry.depth() == 0 || !hidden(entry.file_name())) {
        match entry {
            Ok(entry) => {
                let path = entry.into_path();
                match path.is_file() {
                    true if is_audio(&path) => found.files.push(path),
                    true => found.others += 1,
                    false => {}
                }
            }
            Err(error) => found.closed.extend(error.path().map(Path::to_owned)),
        }
    }
    found
}

/// The files among `paths`, and all audio files inside its folders.
pub fn select(paths: Vec<PathBuf>) -> Selection {
    let mut selection = Selection::default();
    for path in paths {
        if !path.is_dir() {
            selection.files.push(path);
            continue;
        }
        let Search { files, others, closed } = search(&path);
        if files.is_empty() && closed.is_empty() {
            selection.without.push(path);
        }
        selection.files.extend(files);
        selection.others += others;
        selection.closed.extend(closed);
    }
    let mut seen = HashSet::new();
    selection.files.retain(|file| seen.insert(file.clone()));
    selection
}

impl Selection {
    /// What is to be said of what was left out, if anything was.
    pub fn note(&self) -> Option<String> {
        let Self { files, others, closed, without } = self;
        let mut parts = Vec::new();
        if !files.is_empty() && (*others > 0 || !closed.is_empty()) {
            parts.push(texts::say_added(files.len()));
        }
        match without.as_slice() {
            [] => {}
            [one] => parts.push(texts::say_no_audio_in(one.display().to_string())),
            [one, rest @ ..] => {
                parts.push(texts::say_no_audio_in_more(one.display().to_string(), rest.len()));
            }
        }
        if *others > 0 {
            parts.push(texts::say_left_out(*others));
        }
        match closed.as_slice() {
            [] => {}
            [one] => parts.push(texts::say_closed(one.display().to_string())),
            [one, rest @ ..] => {
                parts.push(texts::say_closed_more(rest.len(), one.display().to_string()));
            }
        }
        (!parts.is_empty()).then(|| parts.join(" "))
    }
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
        let names: Vec<_> = found.files.iter().map(|path| path.strip_prefix(dir.path()).unwrap()).collect();
        assert_eq!(names, ["a.mp3", "b/x.opus", "c.WAV"].map(Path::new));
        assert_eq!((found.others, found.closed.len()), (2, 0));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_a_circle_ends_the_search() {
        let dir = tempfile::TempDir::new().unwrap();
        fs::write(dir.path().join("a.wav"), "").unwrap();
        std::os::unix::fs::symlink(dir.path(), dir.path().join("again")).unwrap();
        assert_eq!(search(dir.path()).files.len(), 1);
    }

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
        let named = vec![at("a.dat"), at("b"), at("empty"), at("b/1.mp3"), at("missing.wav")];
        let selection = select(named);
        let files = [at("a.dat"), at("b/1.mp3"), at("b/2.WAV"), at("b/deep/3.opus"), at("missing.wav")];
        assert_eq!(selection.files, files);
        assert_eq!((selection.others, &*selection.without), (1, &[at("empty")][..]));
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_without_permission_is_named_and_the_rest_is_taken() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("closed")).unwrap();
        for name in ["a.wav", "closed/b.wav", "текст.txt", "録音.wav"] {
            fs::write(at(name), "").unwrap();
        }
        let rights = |mode| fs::set_permissions(at("closed"), fs::Permissions::from_mode(mode)).unwrap();
        rights(0o000);
        // Whoever may do everything may look into that, too.
        let may_all = fs::read_dir(at("closed")).is_ok();
        let selection = select(vec![folder.path().to_owned()]);
        rights(0o700);
        if may_all {
            assert_eq!(selection.files.len(), 3);
            return;
        }
        assert_eq!(selection.files, [at("a.wav"), at("録音.wav")]);
        assert_eq!(selection.closed, [at("closed")]);
        let note = selection.note().unwrap();
        assert!(note.starts_with("2 files were added. One other file is"), "{note}");
        assert!(note.ends_with("closed cannot be opened."), "{note}");
    }

    #[test]
    fn what_was_left_out_is_told() {
        let note = |files: usize, others, without: usize| {
            let paths = |count| vec![PathBuf::from("/a"); count];
            Selection { files: paths(files), others, closed: paths(0), without: paths(without) }.note()
        };
        assert_eq!(note(2, 0, 0), None);
        assert_eq!(
            note(1, 7, 0).unwrap(),
            "One file was added. 7 other files are neither audio nor video and were left out."
        );
        assert_eq!(note(0, 0, 1).unwrap(), "There is no audio file in /a.");
        assert!(
            note(0, 1, 2).unwrap().starts_with("There is no audio file in /a and 1 more. One other file")
        );
    }
}
