//! From the arguments to the recordings that they mean.

use crate::audio_files::{self, Search};
use crate::cli::exit::{Complaint, Exit, Failure, note};
use crate::cli::interrupt::Interrupt;
use crate::text::reason;
use crossbeam_channel::{bounded, select};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use tempfile::NamedTempFile;

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
                let Search { files: found, others, closed } = audio_files::search(file);
                for folder in closed {
                    complaints.push(Complaint::new(format!("{} cannot be opened", folder.display())));
                }
                if others > 0 && !found.is_empty() {
                    let files = if others == 1 { "one file".to_owned() } else { format!("{others} files") };
                    note(&format!("{files} in {} left out: neither audio nor video", file.display()));
                }
                if found.is_empty() {
                    complaints.push(
                        Complaint::new(format!("there is no audio file in {}", file.display())).hint(
                            format!("files with these endings are taken: {}", audio_files::ENDINGS.join(" ")),
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
