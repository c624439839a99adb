//! The file: JSON with the number of its form, what was measured, and what came of it.

use super::measured::Measured;
use crate::cli::exit::{Complaint, Exit, Failure};
use crate::text::reason;
use hark_engine::encoder::Precision;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;
use tempfile::NamedTempFile;

/// Of the file's form; another number is another form.
const SCHEMA: u32 = 1;
/// Longer than any file of ours.
const LONGEST: u64 = 1 << 20;

/// What two measurements must have in common to be compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// As it is named in commands.
    pub model: String,
    /// Of the linear layers.
    pub precision: Precision,
    /// CPU threads.
    pub threads: usize,
    /// Tokens of a window's text.
    pub tokens: usize,
}

/// What is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    schema: u32,
    /// Version that was measured.
    pub hark: String,
    #[serde(flatten)]
    pub identity: Identity,
    pub measured: Measured,
}

impl Baseline {
    /// What this version has measured.
    pub fn new(identity: Identity, measured: Measured) -> Self {
        Self { schema: SCHEMA, hark: env!("CARGO_PKG_VERSION").into(), identity, measured }
    }

    /// Writes it, in place of a file of that name, all of it or nothing.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(self).map_err(|error| unwritten(path, &error.into()))?;
        let mut file = begin(path)?;
        writeln!(file, "{text}").map_err(|error| unwritten(path, &error))?;
        file.persist(path).map_err(|error| unwritten(path, &error.error))?;
        Ok(())
    }

    /// Whether such a file could be written, before anything is measured.
    ///
    /// # Errors
    /// If not.
    pub fn check_place(path: &Path) -> Result<(), Failure> {
        if path.is_dir() {
            return Err(unwritten(path, &ErrorKind::IsADirectory.into()));
        }
        begin(path).map(drop)
    }

    /// Reads such a file, which is to be of the same as what will be measured.
    ///
    /// # Errors
    /// If there is none, if it is none, or if it is of something else.
    pub fn read(path: &Path, wanted: &Identity) -> Result<Self, Failure> {
        let complaint =
            |what: String| Complaint::new(format!("cannot compare with {}: {what}", path.display()));
        let anew = "measure anew with `hark bench --save FILE`";
        let file =
            fs::File::open(path).map_err(|error| Exit::Failed.with(complaint(reason(&error)).hint(anew)))?;
        let mut text = String::new();
        file.take(LONGEST)
            .read_to_string(&mut text)
            .map_err(|error| Exit::Failed.with(complaint(reason(&error)).hint(anew)))?;
        let broken = |what: &str| {
            let what = format!("it is no file of `hark bench --save`: {what}");
            Exit::Failed.with(complaint(what).hint(anew))
        };
        let value: serde_json::Value =
            serde_json::from_str(&text).map_err(|error| broken(&error.to_string()))?;
        match value.get("schema").and_then(serde_json::Value::as_u64) {
            Some(schema) if schema == u64::from(SCHEMA) => {}
            Some(schema) => {
                let what = format!("its form has the number {schema}, and this Hark reads {SCHEMA}");
                return Err(Exit::Failed.with(complaint(what).hint(anew)));
            }
            None => return Err(broken("it has no `schema`")),
        }
        let read: Self = serde_json::from_value(value).map_err(|error| broken(&error.to_string()))?;
        let mut numbers = read.measured.figures.values().flat_map(|best| [best.value.median, best.share]);
        if let Some(number) = numbers.find(|number| !(*number > 0.0 && number.is_finite())) {
            return Err(broken(&format!("a figure is {number}")));
        }
        read.is_of(wanted).map_err(|what| {
            Exit::Usage.with(complaint(what).hint("give the same options as with --save, or save anew"))
        })?;
        Ok(read)
    }

    fn is_of(&self, wanted: &Identity) -> Result<(), String> {
        let of = &self.identity;
        let texts = [
            ("model", of.model.clone(), wanted.model.clone()),
            ("precision", of.precision.to_string(), wanted.precision.to_string()),
            ("number of threads", of.threads.to_string(), wanted.threads.to_string()),
            ("length of texts", of.tokens.to_string(), wanted.tokens.to_string()),
        ];
        match texts.into_iter().find(|(_, saved, wanted)| saved != wanted) {
            Some((what, saved, wanted)) => {
                Err(format!("its {what} is {saved}, and {wanted} would be measured"))
            }
            None => Ok(()),
        }
    }
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    Exit::Failed.with(Complaint::new(format!("cannot write {}: {}", path.display(), reason(error))))
}

/// A file beside it that is to take its place.
fn begin(path: &Path) -> Result<NamedTempFile, Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(|error| unwritten(path, &error))
}
