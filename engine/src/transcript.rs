//! What comes out of the engine. Times are seconds from the start of the recording.

use crate::audio::Damage;
use serde::{Deserialize, Serialize};

/// A token id of the model's vocabulary.
pub type Token = u32;

/// The text of one recording.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    /// Language code such as `en`; empty if it was to be detected and nobody spoke.
    pub language: String,
    /// The segments' texts joined, as the reference joins them.
    pub text: String,
    /// Pieces of text with their times, in order.
    pub segments: Vec<Segment>,
    /// Where Hark did something that the reference's rules alone would not have done.
    pub interventions: Vec<Intervention>,
    /// What could not be read of the recording.
    #[serde(default, skip_serializing_if = "Damage::is_none")]
    pub damage: Damage,
}

/// A piece of text with its time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// Number in the transcript, from 0.
    pub id: usize,
    /// Mel frame at which the window of this segment began (10 ms each).
    pub seek: usize,
    /// Start in seconds.
    pub start: f64,
    /// End in seconds, never before `start`.
    pub end: f64,
    /// Text as decoded, usually with a leading space.
    pub text: String,
    /// Token ids, timestamp tokens included.
    pub tokens: Vec<Token>,
    /// Temperature at which the window was decoded in the end.
    pub temperature: f32,
    /// Mean log-probability of the window's tokens.
    pub avg_logprob: f32,
    /// UTF-8 bytes of the window's text per byte after zlib (level 6).
    pub compression_ratio: f32,
    /// Probability of the no-speech token at the window's first position.
    pub no_speech_prob: f32,
    /// Words with times, when they were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Word>,
    /// Who speaks, where channels were transcribed apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<String>,
}

impl Segment {
    /// Whether it holds text and time, as all of a transcript do.
    pub(crate) fn is_kept(&self) -> bool {
        self.start != self.end && !self.text.trim().is_empty()
    }
}

/// A word with its time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// The word with the punctuation and space that belong to it.
    pub word: String,
    /// Start in seconds.
    pub start: f64,
    /// End in seconds.
    pub end: f64,
    /// Mean probability of its tokens.
    pub probability: f32,
}

/// Something Hark did that the reference's rules alone would not have done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Intervention {
    /// A stretch without speech was not given to the model.
    SilenceSkipped {
        /// Start in seconds.
        start: f64,
        /// End in seconds.
        end: f64,
    },
    /// A last piece of less than a second without speech was not decoded.
    TailDropped {
        /// Start in seconds.
        start: f64,
        /// End in seconds.
        end: f64,
    },
    /// A window repeated itself and was decoded again.
    LoopRetried {
        /// Start of the window in seconds.
        start: f64,
        /// The temperature of the attempt that was rejected.
        temperature: f32,
    },
    /// Somebody spoke in a window, and the model wrote nothing; it was asked again without the text before.
    PromptDropped {
        /// Start of the window in seconds.
        start: f64,
    },
    /// The same, where there was no text before: it was asked again for at least a word.
    SilenceDoubted {
        /// Start of the window in seconds.
        start: f64,
    },
    /// The model ended a window before somebody spoke again in it; it was asked again from there.
    SpeechLeft {
        /// Where its text ended in seconds.
        start: f64,
        /// Where it was asked again in seconds.
        end: f64,
    },
    /// A window was decoded again at a higher temperature by the reference's thresholds.
    TemperatureFallback {
        /// Start of the window in seconds.
        start: f64,
        /// The temperature of the attempt that was rejected.
        temperature: f32,
    },
}

impl Intervention {
    /// Where it begins, in seconds.
    pub fn start(&self) -> f64 {
        match self {
            Self::SilenceSkipped { start, .. }
            | Self::TailDropped { start, .. }
            | Self::PromptDropped { start }
            | Self::SilenceDoubted { start }
            | Self::SpeechLeft { start, .. }
            | Self::LoopRetried { start, .. }
            | Self::TemperatureFallback { start, .. } => *start,
        }
    }
}
