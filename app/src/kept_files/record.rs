//! What is written of a file and its text.

use super::Identity;
use crate::file_name::FileName;
use crate::history::EntryId;
use crate::precision::Standing;
use hark_engine::encoder::BackendInfo;
use hark_engine::encoder::npu::NpuUse;
use hark_engine::metrics::Timings;
use hark_engine::transcript::Transcript;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a file is to be transcribed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FileOptions {
    /// Its audio track, from 1; `None` is the one that the file itself calls the usual one, or the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub track: Option<usize>,
    /// Each channel is somebody of their own.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub by_channel: bool,
    /// Every word gets a time.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub words: bool,
}

/// A file of the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Listed {
    pub id: u64,
    pub path: FileName,
    /// What it was when it was put on the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    #[serde(default)]
    pub options: FileOptions,
    pub outcome: Outcome,
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing yet.
    Waiting,
    /// It has a text. Seconds of speech and of work.
    Done { audio_s: f64, processing_s: f64, edited: bool },
    /// It has none, and why.
    Failed { message: String },
    /// Nobody wanted one.
    Cancelled,
}

/// A text and how it came about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Text {
    /// As it was heard.
    pub transcript: Transcript,
    /// What somebody has made of segments, by their place.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub edits: BTreeMap<usize, String>,
    pub timings: Timings,
    pub model: String,
    pub backend: BackendInfo,
    pub standing: Standing,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub npu: Option<Box<NpuUse>>,
}

/// A line of the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    /// How files are transcribed unless something else is said of one.
    Usual { options: FileOptions },
    /// A file.
    File(Listed),
    /// A dictation that is to be transcribed once more, and by which model if not by the one in use.
    Retry { entry: EntryId, model: Option<String> },
}
