//! What a line of the history says, and how lines of earlier schemas are read.

use super::entry::{Entry, EntryId};
use crate::checked_lines::{self as line, Line};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    /// The first of a file: another one says that the file is another.
    Beginning { file: EntryId },
    /// An entry as it is now, in place of what earlier records said of it.
    Entry(Box<Entry>),
    /// An entry is no more.
    Gone { id: EntryId },
}

/// Which records are written, and how older ones are read.
#[derive(Clone, Copy)]
pub struct Schema {
    /// The number of what is written.
    pub current: u32,
    /// Makes of a record with this number one with the next.
    pub next: fn(u32, Value) -> Option<Value>,
}

/// The schema of this version of Hark. There is none before it.
pub const SCHEMA: Schema = Schema { current: 1, next: |_, _| None };

/// A line that was read.
pub enum Reading {
    /// A record, and whether its schema is an older one.
    Record { record: Record, older: bool },
    /// A newer Hark wrote it.
    Newer,
    /// It says nothing.
    Senseless,
}

impl Schema {
    /// The line of a record.
    ///
    /// # Errors
    /// Never for records of this program; serde's own if a number cannot be written.
    pub fn write(&self, record: &Record) -> serde_json::Result<String> {
        Ok(line::write(self.current, &serde_json::to_string(record)?))
    }

    /// What a line says.
    pub fn read(&self, line: &Line<'_>) -> Reading {
        if line.schema > self.current {
            return Reading::Newer;
        }
        let record = if line.schema == self.current {
            serde_json::from_str(line.json).ok()
        } else {
            let old = serde_json::from_str(line.json).ok();
            let new =
                (line.schema..self.current).try_fold(old, |value, from| Some((self.next)(from, value?)));
            new.flatten().and_then(|value| serde_json::from_value(value).ok())
        };
        let older = line.schema < self.current;
        record.map_or(Reading::Senseless, |record| Reading::Record { record, older })
    }
}
