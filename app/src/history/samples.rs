//! Entries for tests.

use super::{Entry, EntryId, Piece, Version};
use crate::wish::Manner;
use jiff::Timestamp;

/// A text as a model may have made it.
pub fn version(text: &str) -> Version {
    Version {
        time: Timestamp::from_second(1_700_000_001).unwrap_or_default(),
        heard: text.into(),
        text: None,
        pieces: vec![Piece { start: 0.0, end: 2.5, text: format!(" {text}") }],
        language: "en".into(),
        model: "base.en".into(),
        precision: "int8".into(),
        backend: "CPU".into(),
        processing_s: 0.25,
    }
}

/// An entry with one text.
pub fn entry(number: u64, text: &str) -> Entry {
    Entry {
        id: EntryId(number),
        time: Timestamp::from_second(1_700_000_000 + 60 * number as i64).unwrap_or_default(),
        audio: Some(format!("{number}.wav")),
        audio_s: 2.5,
        starred: false,
        manner: Manner::default(),
        versions: vec![version(text)],
        cancelled: false,
        problem: None,
        deleted: None,
    }
}
