//! The folder with the list and the texts.

use super::record::{FileOptions, Listed, Outcome, Record, Text};
use crate::checked_lines::{self, Line};
use crate::history::EntryId;
use crate::private_files;
use crate::text::reason;
use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::PathBuf;

/// The number of what is written. A newer Hark's lines are not understood, and kept aside.
const SCHEMA: u32 = 1;
const LIST: &str = "list.jsonl";

/// The folder. Nothing is opened by having it.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

/// What a folder holds.
#[derive(Debug, Default, PartialEq)]
pub struct Opened {
    /// In the order of the list.
    pub files: Vec<Listed>,
    pub usual: FileOptions,
    /// Dictations that are to be transcribed once more, and by which model if not by the one in use.
    pub retries: Vec<(EntryId, Option<String>)>,
    /// What could not be read, for people.
    pub problem: Option<String>,
}

impl Folder {
    /// This folder, which need not be there.
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Reads the list, and finds texts again that it has lost. A list that cannot be read whole is kept aside.
    pub fn open(&self) -> Opened {
        let list = self.path.join(LIST);
        let bytes = match fs::read(&list) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => {
                let problem = format!("the list of files cannot be read: {}", reason(&error));
                return Opened { problem: Some(problem), ..Opened::default() };
            }
        };
        let (mut opened, whole) = read(&bytes);
        if !whole {
            let aside = (1..1000).map(|n| self.path.join(format!("{LIST}.broken-{n}")));
            let aside = aside.into_iter().find(|path| path.symlink_metadata().is_err());
            let kept = aside.is_some_and(|aside| private_files::write_atomically(&aside, &bytes).is_ok());
            let kept = if kept { "; a copy is kept beside it" } else { "" };
            opened.problem = Some(format!("the list of files is damaged, and something of it is lost{kept}"));
        }
        self.find_lost(&mut opened.files);
        opened
    }

    /// Texts that are not on the list, because it was damaged or older.
    fn find_lost(&self, files: &mut Vec<Listed>) {
        let known: HashSet<_> = files.iter().map(|file| file.id).collect();
        let names = fs::read_dir(&self.path).into_iter().flatten().filter_map(Result::ok);
        let number = |name: std::ffi::OsString| name.to_str()?.strip_suffix(".json")?.parse::<u64>().ok();
        let mut lost: Vec<_> = names.filter_map(|entry| number(entry.file_name())).collect();
        lost.retain(|id| !known.contains(id));
        lost.sort_unstable();
        for id in lost {
            let listed =
                fs::read(self.text_path(id)).ok().and_then(|bytes| split(&bytes).ok().map(|(file, _)| file));
            files.extend(listed.filter(|file| file.id == id));
        }
    }

    /// Writes the list.
    ///
    /// # Errors
    /// If the disk does not take it.
    pub fn write_list(
        &self,
        usual: FileOptions,
        files: &[Listed],
        retries: &[(EntryId, Option<String>)],
    ) -> io::Result<()> {
        private_files::make_folder(&self.path)?;
        let mut text = line(&Record::Usual { options: usual })?;
        for file in files {
            text += &line(&Record::File(file.clone()))?;
        }
        for (entry, model) in retries {
            text += &line(&Record::Retry { entry: *entry, model: model.clone() })?;
        }
        let list = self.path.join(LIST);
        private_files::set_aside_unreadable(&list)?;
        private_files::write_atomically(&list, text.as_bytes())
    }

    /// Writes a text.
    ///
    /// # Errors
    /// If the disk does not take it.
    pub fn write_text(&self, file: &Listed, text: &Text) -> io::Result<()> {
        private_files::make_folder(&self.path)?;
        let json = serde_json::to_string(text).map_err(io::Error::other)?;
        let whole = line(&Record::File(file.clone()))? + &checked_lines::write(SCHEMA, &json);
        private_files::write_atomically(&self.text_path(file.id), whole.as_bytes())
    }

    /// Reads a text.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub fn read_text(&self, id: u64) -> Result<Text, String> {
        let bytes = fs::read(self.text_path(id)).map_err(|error| reason(&error))?;
        split(&bytes).map(|(_, text)| text)
    }

    /// Deletes a text, if there is one.
    ///
    /// # Errors
    /// If it cannot be deleted.
    pub fn delete_text(&self, id: u64) -> io::Result<()> {
        match fs::remove_file(self.text_path(id)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn text_path(&self, id: u64) -> PathBuf {
        self.path.join(format!("{id}.json"))
    }

    /// Where it is.
    #[cfg(test)]
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }
}

fn line(record: &Record) -> io::Result<String> {
    let json = serde_json::to_string(record).map_err(io::Error::other)?;
    Ok(checked_lines::write(SCHEMA, &json))
}

fn record(line: &Line<'_>) -> Option<Record> {
    (line.schema == SCHEMA).then(|| serde_json::from_str(line.json).ok()).flatten()
}

/// What a list says, and whether all of it was understood.
fn read(bytes: &[u8]) -> (Opened, bool) {
    let scan = checked_lines::scan(bytes);
    let mut opened = Opened::default();
    let mut whole = scan.bad == 0;
    let mut seen = HashSet::new();
    for line in &scan.good {
        match record(line) {
            Some(Record::Usual { options }) => opened.usual = options,
            Some(Record::Retry { entry, model }) => opened.retries.push((entry, model)),
            Some(Record::File(file)) if seen.insert(file.id) => opened.files.push(file),
            _ => whole = false,
        }
    }
    (opened, whole)
}

/// A file and its text.
fn split(bytes: &[u8]) -> Result<(Listed, Text), String> {
    let scan = checked_lines::scan(bytes);
    let [file, text] = scan.good.as_slice() else { return Err("it is damaged".into()) };
    if text.schema > SCHEMA {
        return Err("a newer Hark wrote it".into());
    }
    let Some(Record::File(file)) = record(file) else { return Err("it is damaged".into()) };
    let text: Text = serde_json::from_str(text.json).map_err(|_| "it is damaged".to_owned())?;
    let done = matches!(file.outcome, Outcome::Done { .. });
    if done { Ok((file, text)) } else { Err("it is damaged".into()) }
}
