//! What is kept of files that were transcribed, over restarts: the list, and each file's text.
//!
//! `list.jsonl` has a checked line per file. `NUMBER.json` has two, the file's own and its text, so that a list that
//! was lost is made again from the texts.

mod folder;
mod identity;
mod record;

pub use folder::Folder;
pub use identity::Identity;
pub use record::{FileOptions, Listed, Outcome, Text};

#[cfg(test)]
mod tests;
