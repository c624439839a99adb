//! From encoder states to tokens (openai-whisper, `decoding.py`).
//!
//! [`Decoder`] is the network and its caches. [`decode_window`] runs it over one window: prompt,
//! [`Filters`], choice of tokens (greedy, sampled, or by beam), scores.

mod align;
mod beam;
mod cache;
mod filters;
mod language;
mod network;
mod sampling;
mod window;

pub use align::{TokenTimes, align};
pub use cache::{CrossKv, SelfKv};
pub use filters::Filters;
pub use language::detect_language;
pub use network::{Decoder, HeadWeights, Sequence};
pub use window::{DecodeOptions, WindowText, compression_ratio, decode_window};
