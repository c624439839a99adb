//! Folders that a recording was moved to because its own took no more: the next start looks there, too.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// In the folder of recordings; a JSON list of paths.
const LIST: &str = "elsewhere.json";
/// More are not looked through at a start.
const MOST: usize = 16;

/// Remembers that a recording of `folder` goes on in `other`.
///
/// # Errors
/// If it cannot be written.
pub fn remember(folder: &Path, other: &Path) -> io::Result<()> {
    let mut others = folders(folder);
    others.retain(|known| known != other);
    others.insert(0, other.to_owned());
    others.truncate(MOST);
    fs::create_dir_all(folder)?;
    // Not by way of another file: a full disk has room for a list, hardly for two.
    fs::write(folder.join(LIST), serde_json::to_string(&others)?)
}

/// Where recordings of `folder` were moved to, the latest first.
pub fn folders(folder: &Path) -> Vec<PathBuf> {
    let list = fs::read(folder.join(LIST)).unwrap_or_default();
    let others: Vec<PathBuf> = serde_json::from_slice(&list).unwrap_or_default();
    let mut seen = BTreeSet::from([folder.to_owned()]);
    others.into_iter().filter(|other| seen.insert(other.clone())).take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_chance::Chance;

    #[test]
    fn the_latest_comes_first_and_none_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recordings");
        assert_eq!(folders(&path), [] as [PathBuf; 0]);
        for other in ["/a", "/b", "/a"] {
            remember(&path, Path::new(other)).unwrap();
        }
        assert_eq!(folders(&path), [PathBuf::from("/a"), PathBuf::from("/b")]);
        (0..40).for_each(|n| remember(&path, &PathBuf::from(format!("/{n}"))).unwrap());
        assert_eq!(folders(&path).len(), MOST);
    }

    #[test]
    fn a_list_that_makes_no_sense_is_empty() {
        let folder = tempfile::tempdir().unwrap();
        for text in ["", "{}", "[7]", "\0"] {
            fs::write(folder.path().join(LIST), text).unwrap();
            assert_eq!(folders(folder.path()), [] as [PathBuf; 0], "{text:?}");
        }
        for bytes in Chance(6).damaged(br#"["/first place","/second"]"#, 200) {
            fs::write(folder.path().join(LIST), bytes).unwrap();
            remember(folder.path(), Path::new("/third")).unwrap();
            assert_eq!(folders(folder.path())[0], Path::new("/third"));
        }
    }
}
