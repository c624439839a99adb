//! From the arguments to the recordings that they mean.

use crate::cli::exit::{Complaint, Exit, Failure};
use crate::cli::interrupt::Interrupt;
use crate::text::reason;
use crossbeam_channel::{bounded, select};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use tempfile::NamedTempFile;
use walkdir::WalkDir;

/// A recording to transcribe.
pub struct Input {
    pub path: PathBuf,
    /// What the person calls it.
    pub label: String,
    /// Name of its transcripts, without an extension.
    pub stem: OsString,
    /// What came in on standard input; gone with this value.
    spooled: Option<NamedTempFile>,
}

/// Files with these extensions are taken from folders.
const AUDIO_EXTENSIONS: [&str; 19] = [
    "aac", "aif", "aiff", "caf", "flac", "m4a", "m4b", "mka", "mkv", "mov", "mp3", "mp4", "oga", "ogg",
    "opus", "wav", "wave", "webm", "3gp",
];

/// The recordings in order, folders searched by name, and the complaints about arguments that
/// mean none.
pub fn gather(files: &[PathBuf], interrupt: &Interrupt) -> Result<(Vec<Input>, Vec<Complaint>), Failure> {
    if files.iter().filter(|file| is_stdin(file)).count() > 1 {
        return Err(Exit::Usage.with(Complaint::new("standard input can be read only once")));
    }
    let (mut inputs, mut complaints) = (Vec::new(), Vec::new());
    for file in files {
        if is_stdin(file) {
            inputs.push(stdin(interrupt)?);
            continue;
        }
        match file.metadata() {
            Ok(metadata) if metadata.is_dir() => {
                let found = search(file);
                if found.is_empty() {
                    complaints.push(
                        Complaint::new(format!("there is no audio file in {}", file.display())).hint(
                            format!("files with these endings are taken: {}", AUDIO_EXTENSIONS.join(" ")),
                        ),
                    );
                }
                inputs.extend(found.into_iter().map(of));
            }
            Ok(_) => inputs.push(of(file.clone())),
            Err(error) => {
                complaints.push(Complaint::new(format!("cannot read {}: {}", file.display(), reason(&error))))
            }
        }
    }
    Ok((inputs, complaints))
}

impl Input {
    /// Its name without its folder.
    pub fn file_name(&self) -> String {
        match self.path.file_name() {
            Some(name) if self.spooled.is_none() => name.to_string_lossy().into_owned(),
            _ => self.label.clone(),
        }
    }
}

fn is_stdin(file: &Path) -> bool {
    file.as_os_str() == "-"
}

fn of(path: PathBuf) -> Input {
    let label = path.display().to_string();
    let stem = path.file_stem().unwrap_or(path.as_os_str()).to_owned();
    Input { path, label, stem, spooled: None }
}

/// Audio files in a folder and the folders in it, by name. Hidden ones are left out, and links to
/// folders are not followed, so that the search ends.
fn search(folder: &Path) -> Vec<PathBuf> {
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
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    extension.is_some_and(|extension| AUDIO_EXTENSIONS.contains(&extension.as_str()))
}

/// Standard input as a file: containers are read back and forth, and the audio is read twice.
/// The reading has a thread of its own, so that Ctrl-C need not wait for the writer.
fn stdin(interrupt: &Interrupt) -> Result<Input, Failure> {
    let cannot = |what: &io::Error| {
        Exit::Failed.with(Complaint::new(format!("cannot read standard input: {}", reason(what))))
    };
    let spooled = NamedTempFile::new().map_err(|e| cannot(&e))?;
    let mut file = spooled.reopen().map_err(|e| cannot(&e))?;
    let (done, copied) = bounded(1);
    thread::spawn(move || done.send(io::copy(&mut io::stdin().lock(), &mut file)));
    let copied = select! {
        recv(copied) -> result => result.unwrap_or_else(|_| Err(io::Error::other("the reading stopped"))),
        recv(interrupt.wished) -> _ => return Err(Exit::Interrupted.quietly()),
    };
    copied.map_err(|e| cannot(&e))?;
    Ok(Input {
        path: spooled.path().to_owned(),
        label: "standard input".into(),
        stem: "stdin".into(),
        spooled: Some(spooled),
    })
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
