//! Does this machine have what Hark needs? The checks of `hark doctor` and of the window's page.

mod computer;
mod desktop;
mod listening;
mod npu;
mod remedies;
mod report;

pub use desktop::tried_out;
pub use npu::{COMMAND as TRY_NPU, npu, open_here, try_here};
pub use report::{report, without_persons};

use crate::precision::Row;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// As it should be.
    Ok,
    /// Hark works, but less well.
    Warn,
    /// Something does not work.
    Fail,
}

/// Names and values.
pub type Facts = BTreeMap<&'static str, String>;

/// One line of the report.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// How it came out.
    pub status: Status,
    /// What was found, without the name of any folder.
    pub found: String,
    /// The folder that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// What programs want to know of it one by one.
    #[serde(skip_serializing_if = "Facts::is_empty")]
    pub facts: Facts,
    /// What was found about precisions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub proofs: Vec<Row>,
}

impl Check {
    fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self {
            name,
            status: Status::Ok,
            found: found.into(),
            path: None,
            fix: None,
            facts: Facts::new(),
            proofs: Vec::new(),
        }
    }

    fn warn(name: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { status: Status::Warn, fix: Some(fix.into()), ..Self::ok(name, found) }
    }

    fn fail(name: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { status: Status::Fail, fix: Some(fix.into()), ..Self::ok(name, found) }
    }

    fn at(self, path: impl Into<PathBuf>) -> Self {
        Self { path: Some(path.into()), ..self }
    }
}

/// Makes every check. Takes a second or so: sound system and desktop are asked.
pub fn all() -> Vec<Check> {
    let mut checks = vec![computer::cpu(), computer::kernels(), computer::cores(), computer::memory()];
    checks.extend([npu(), listening::microphone(), listening::model()]);
    checks.extend(listening::precisions());
    checks.extend([desktop::display(), desktop::keys(), desktop::insertion(), desktop::indicator()]);
    checks.push(computer::data());
    checks
}

/// The checks as lines of text, without any folder if they were taken out before.
pub fn text(checks: &[Check]) -> String {
    checks.iter().map(line).collect()
}

/// The checks without the names of folders, which may tell who the person is.
pub fn without_folders(mut checks: Vec<Check>) -> Vec<Check> {
    checks.iter_mut().for_each(|check| check.path = None);
    checks
}

fn line(check: &Check) -> String {
    let status = match check.status {
        Status::Ok => "ok",
        Status::Warn => "warn",
        Status::Fail => "FAIL",
    };
    let mut line = format!("{status:<4}  {:<10}  {}", check.name, check.found);
    // Writing to a string cannot fail.
    if let Some(path) = &check.path {
        let _ = write!(line, " ({})", path.display());
    }
    line.push('\n');
    if let Some(fix) = &check.fix {
        let _ = writeln!(line, "      {:<10}  fix: {fix}", "");
    }
    line
}
