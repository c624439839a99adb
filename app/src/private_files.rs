//! Files and folders that nobody but the person may read.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Makes a folder, with those above it. One that is there stays as it is: it may be somebody else's.
///
/// # Errors
/// If it can't be made.
pub fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Takes the rights of others off a folder of Hark's own. Some file systems know no rights.
pub fn restrict_folder(path: &Path) {
    restrict(path, 0o700);
}

/// How a private file is opened; the caller says for what.
pub fn options() -> OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "other systems know no such rights"))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// The same for a file.
pub fn restrict_file(path: &Path) {
    restrict(path, 0o600);
}

#[cfg_attr(not(unix), expect(unused_variables, reason = "other systems know no such rights"))]
fn restrict(path: &Path, mode: u32) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let lax = fs::metadata(path).is_ok_and(|data| data.permissions().mode() & 0o077 != 0);
        if lax {
            let _ = fs::set_permissions(path, fs::Permissions::from_mode(mode));
        }
    }
}

/// Writes a private file, whole or not at all.
///
/// # Errors
/// If the folder cannot be written or the disk is full.
pub fn write_atomically(path: &Path, contents: &[u8]) -> io::Result<()> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let written = options().write(true).create(true).truncate(true).open(&beside).and_then(|mut file| {
        file.write_all(contents)?;
        file.sync_all()
    });
    let renamed = written.and_then(|()| fs::rename(&beside, path));
    if renamed.is_err() {
        let _ = fs::remove_file(&beside);
    }
    // The name is as safe as the contents only after this, where a folder can be synced at all.
    if let Some(folder) = path.parent().and_then(|folder| File::open(folder).ok()) {
        let _ = folder.sync_all();
    }
    renamed
}

/// Gives a file that is there and cannot be read another name before one is written in its place: what is in it may be
/// hours of somebody's work. Gives that name.
///
/// # Errors
/// If it cannot be renamed; then it should not be replaced either.
pub fn set_aside_unreadable(path: &Path) -> io::Result<Option<PathBuf>> {
    let first_byte = || io::Read::read(&mut File::open(path)?, &mut [0]);
    match first_byte() {
        Ok(_) => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(_) => {}
    }
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    let free = (1..).map(|number| path.with_file_name(format!("{name}.unreadable-{number}")));
    let aside = free.into_iter().find(|aside| aside.symlink_metadata().is_err());
    let aside = aside.ok_or(io::ErrorKind::AlreadyExists)?;
    fs::rename(path, &aside)?;
    Ok(Some(aside))
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_cannot_be_read_is_kept_under_another_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        assert_eq!(set_aside_unreadable(&path).unwrap(), None);
        fs::write(&path, "").unwrap();
        assert_eq!(set_aside_unreadable(&path).unwrap(), None, "it can be read");
        fs::remove_file(&path).unwrap();
        for number in 1..3 {
            // Whoever has all rights can read any file, but no folder as one.
            fs::create_dir(&path).unwrap();
            let aside = folder.path().join(format!("settings.toml.unreadable-{number}"));
            assert_eq!(set_aside_unreadable(&path).unwrap(), Some(aside.clone()));
            assert!(aside.exists() && !path.exists());
        }
    }

    #[test]
    fn others_may_read_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("a/b");
        make_folder(&inside).unwrap();
        let file = inside.join("file");
        write_atomically(&file, b"one").unwrap();
        assert_eq!((mode(&inside), mode(&file)), (0o700, 0o600));
        fs::set_permissions(&inside, fs::Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        make_folder(&inside).unwrap();
        assert_eq!(mode(&inside), 0o755, "it may be somebody else's");
        restrict_folder(&inside);
        restrict_file(&file);
        assert_eq!((mode(&inside), mode(&file)), (0o700, 0o600));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        write_atomically(&file, b"two").unwrap();
        assert_eq!((mode(&file), fs::read(&file).unwrap()), (0o600, b"two".to_vec()));
        assert_eq!(fs::read_dir(&inside).unwrap().count(), 1);
    }
}
