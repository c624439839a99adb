//! Settings and the file they live in.

use super::document::{self, Parsed};
use super::pruned::{self, Ignored};
use super::{Anywhere, Settings, merge, migration};
use crate::delivery::atomically;
use crate::private_files::set_aside_unreadable;
use serde::Serialize;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};
use toml_edit::DocumentMut;

const FILE: &str = "settings.toml";
/// Where an older Hark kept them.
const OLDER: &str = "settings.json";
/// What stands at the beginning of a new file.
const TITLE: &str = "# What was chosen in Hark. Comments, and fields that Hark does not know, stay.\n";

/// Settings and the file they live in.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    settings: Settings,
    /// The file as it was read, with whatever else stands in it.
    file: DocumentMut,
    /// The file is Hark's own from the beginning, as its title says.
    titled: bool,
    /// The settings that the file holds.
    held: Map<String, Value>,
    /// Its text, if some of it could not be read.
    damaged: Option<Arc<[u8]>>,
}

impl Store {
    /// Reads the settings in `folder`, and says for people what could not be read. Settings of an older Hark are
    /// taken over once.
    pub fn open(folder: &Path) -> (Self, Vec<String>) {
        let path = folder.join(FILE);
        let mut problems = Vec::new();
        let bytes = match fs::read(&path) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => take_over(folder, &mut problems),
            Err(error) => {
                problems.push(format!("cannot read {}: {error}", path.display()));
                None
            }
        };
        let text = bytes.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        let told = problems.len();
        let (settings, file) = read(&text, &path, &mut problems);
        let titled = text.trim().is_empty() || text.starts_with(TITLE);
        let damaged = bytes.filter(|_| problems.len() > told).map(Arc::from);
        if damaged.is_some() {
            let aside = aside(&path);
            problems.push(format!("before anything is changed, the file is kept as {}", aside.display()));
        }
        let held = held(&settings);
        (Self { path, settings, file, titled, held, damaged }, problems)
    }

    /// The settings.
    pub fn get(&self) -> &Settings {
        &self.settings
    }

    /// Changes the settings. They hold at once, and at the next start if what this gives is written.
    pub fn change(&mut self, change: impl FnOnce(&mut Settings)) -> SettingsFile {
        change(&mut self.settings);
        let now = held(&self.settings);
        merge::merge(self.file.as_table_mut(), &self.held, &now, &held(&Settings::default()));
        self.held = now;
        let text = self.file.to_string();
        // It goes with the first field, when that goes.
        let title = if self.titled && !text.starts_with(TITLE) { TITLE } else { "" };
        let text = format!("{title}{text}");
        SettingsFile { path: self.path.clone(), text, damaged: self.damaged.clone() }
    }
}

/// What can be read of a file's text.
fn read(text: &str, path: &Path, problems: &mut Vec<String>) -> (Settings, DocumentMut) {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if text.contains('\u{fffd}') {
        problems.push(format!("there are bytes in {name} that are no text"));
    }
    let parsed = match document::parse(text) {
        Ok(parsed) => parsed,
        Err(why) => {
            problems.push(format!("the file {name} cannot be read ({why}); Hark starts afresh"));
            return (Settings::default(), DocumentMut::new());
        }
    };
    let broken = parsed.broken.iter();
    problems.extend(broken.map(|(line, why)| format!("line {line} of {name} is ignored: {why}")));
    let plain = parsed.plain();
    let mut ignored = Vec::new();
    let mut settings: Settings = pruned::read(&plain, &mut ignored);
    settings.anywhere = Arc::new(pruned::read(&plain, &mut ignored));
    problems.extend(ignored.iter().map(|ignored| place(&name, &parsed, ignored)));
    (settings, parsed.into_mut())
}

fn place(name: &str, parsed: &Parsed, ignored: &Ignored) -> String {
    match parsed.line_of(&ignored.path) {
        Some(line) => format!("line {line} of {name}: {ignored}"),
        None => format!("in {name}, {ignored}"),
    }
}

/// Settings as plain data, with all that has its usual value.
fn held(settings: &Settings) -> Map<String, Value> {
    let mut held = object(settings);
    held.extend(object::<Anywhere>(&settings.anywhere));
    held
}

fn object<T: Serialize>(value: &T) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

/// Takes over the settings of an older Hark, whose file is kept under another name.
fn take_over(folder: &Path, problems: &mut Vec<String>) -> Option<Vec<u8>> {
    let older = folder.join(OLDER);
    let bytes = fs::read(&older).ok()?;
    match migration::from_json(&bytes) {
        Ok(document) => {
            let text = format!("{TITLE}{document}").into_bytes();
            let kept = older.with_extension("json.old");
            let moved = atomically(&folder.join(FILE), &text).and_then(|()| fs::rename(&older, kept));
            if let Err(error) = moved {
                problems.push(format!("{} cannot be taken over for good: {error}", older.display()));
            }
            Some(text)
        }
        Err(error) => {
            let older = older.display();
            problems
                .push(format!("{older} is not valid JSON ({error}) and stays as it is; Hark starts afresh"));
            None
        }
    }
}

/// Settings as they are to be written.
#[must_use = "settings that are not written are gone when the program ends"]
#[derive(Debug)]
pub struct SettingsFile {
    path: PathBuf,
    text: String,
    damaged: Option<Arc<[u8]>>,
}

impl SettingsFile {
    /// Writes the file, whole or not at all. A file that could not be read, or not whole, is kept beside it: somebody
    /// may have a typing error in hours of work.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(self) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        if let Some(damaged) = &self.damaged
            && fs::read(&self.path).is_ok_and(|present| *present == **damaged)
        {
            fs::copy(&self.path, aside(&self.path))?;
        }
        set_aside_unreadable(&self.path)?;
        atomically(&self.path, self.text.as_bytes())
    }
}

/// A free name for a file that could not be read whole.
fn aside(path: &Path) -> PathBuf {
    let name = |number: u32| match number {
        1 => path.with_extension("toml.broken"),
        _ => path.with_extension(format!("toml.broken-{number}")),
    };
    (1..).map(name).find(|name| !name.exists()).unwrap_or_else(|| name(1))
}
