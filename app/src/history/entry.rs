//! What is kept of a dictation.

use crate::wish::Manner;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

/// Names an entry, whatever the clock says and whoever else writes. Written as 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct EntryId(pub u64);

impl EntryId {
    /// A name that nobody else has.
    pub fn unused() -> Self {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        // Its keys are the system's random numbers.
        let mut hasher = RandomState::new().build_hasher();
        hasher.write_u64(COUNTER.fetch_add(1, Ordering::Relaxed));
        hasher.write_u32(std::process::id());
        Self(hasher.finish())
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl From<EntryId> for String {
    fn from(id: EntryId) -> Self {
        id.to_string()
    }
}

impl FromStr for EntryId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit());
        let number = if digits { u64::from_str_radix(text, 16).ok() } else { None };
        number.map(Self).ok_or_else(|| format!("{text:?} does not name an entry"))
    }
}

impl TryFrom<String> for EntryId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// A dictation: its recording, and every text that was made of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub id: EntryId,
    /// When it was recorded.
    pub time: Timestamp,
    /// Name of the file in the folder of recordings, or its whole path; `None` if it is not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio: Option<String>,
    /// Length of the recording in seconds.
    pub audio_s: f64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub starred: bool,
    /// How it differs from other dictations.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub manner: Manner,
    /// The texts, the oldest first; empty as long as there is none.
    pub versions: Vec<Version>,
    /// Somebody discarded it before it had a text, and may want it after all.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cancelled: bool,
    /// Why the latest attempt gave no text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Since when it is to go, unless somebody changes their mind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<Timestamp>,
}

/// A text that was made of a recording, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// When it was made.
    pub time: Timestamp,
    /// What was heard.
    pub heard: String,
    /// What the person's rules made of it, if that is something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What was heard, with times.
    pub pieces: Vec<Piece>,
    /// Code of the language.
    pub language: String,
    pub model: String,
    pub precision: String,
    /// Who encoded, as on the badge.
    pub backend: String,
    /// Time that making it took, in seconds.
    pub processing_s: f64,
}

/// A piece of text; times in seconds from the beginning of the recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    pub start: f64,
    pub end: f64,
    pub text: String,
}

fn is_usual(manner: &Manner) -> bool {
    *manner == Manner::default()
}

impl Version {
    /// The text as it was delivered.
    pub fn text(&self) -> &str {
        self.text.as_deref().unwrap_or(&self.heard)
    }

    /// Audio time per processing time; `None` if nothing was measured.
    pub fn speed_x(&self, audio_s: f64) -> Option<f64> {
        let x = audio_s / self.processing_s;
        (x.is_finite() && x > 0.0).then_some(x)
    }
}

impl Entry {
    /// The newest text and how it was made.
    pub fn latest(&self) -> Option<&Version> {
        self.versions.last()
    }

    /// The newest text; empty if there is none.
    pub fn text(&self) -> &str {
        self.latest().map_or("", Version::text)
    }

    /// Whether every word of `words`, which are in lower case, stands in one of its texts.
    pub fn has(&self, words: &[String]) -> bool {
        words.is_empty()
            || self.versions.iter().any(|version| {
                let texts = [version.text(), version.heard.as_str(), version.model.as_str()];
                let all = texts.map(str::to_lowercase).join("\n");
                words.iter().all(|word| all.contains(word))
            })
    }
}

/// What somebody looks for, as [`Entry::has`] takes it.
pub fn search_words(query: &str) -> Vec<String> {
    query.split_whitespace().map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn names_are_written_and_read() {
        let id = EntryId(0xab);
        assert_eq!(id.to_string(), "00000000000000ab");
        assert_eq!("00000000000000AB".parse(), Ok(id));
        for text in ["", "ab", "00000000000000ax", "+0000000000000ab", "00000000000000ab0"] {
            assert!(text.parse::<EntryId>().is_err(), "{text}");
        }
        assert_ne!(EntryId::unused(), EntryId::unused());
    }

    #[test]
    fn every_word_that_is_looked_for_has_to_be_there() {
        let entry = samples::entry(1, "Grüße an ALLE, tomorrow.");
        for (query, found) in
            [("", true), ("grüsse", false), ("GRÜSSE", false), ("GRÜßE alle", true), ("alle nobody", false)]
        {
            assert_eq!(entry.has(&search_words(query)), found, "{query}");
        }
    }
}
