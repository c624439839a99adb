//! From encoder states to tokens (openai-whisper, `decoding.py`).
//!
//! [`Decoder`] is the network and its caches. [`Lockstep`] runs it over one window or several side by
//! side: prompt, [`Filters`], choice of tokens (greedy, sampled, or by beam), scores.

mod align;
mod beam;
mod by_layers;
mod cache;
mod filters;
mod language;
mod layers;
mod lockstep;
mod network;
mod sampling;
mod search;
mod shortlist;
mod window;

pub use align::{TokenTimes, align};
pub(crate) use by_layers::logits_by_layers;
pub use cache::{CrossKv, SelfKv, Sequence};
pub use filters::Filters;
pub use language::detect_language;
pub use layers::HeadWeights;
pub use lockstep::{Lockstep, MOST_ROWS};
pub use network::Decoder;
pub use window::{DecodeOptions, WindowText, compression_ratio};
