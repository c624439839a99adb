//! Hark's engine: 16 kHz samples in, transcript out.
//!
//! ```text
//! audio (files, resampling, voice gate) → mel → encoder (a Backend) → decoder → transcribe → Transcript
//! ```
//!
//! The crate opens no audio device, window, socket or settings file and knows no threads but its
//! own workers. Its numbers follow openai-whisper 20250625.

pub mod audio;
pub mod cancel;
pub mod decoder;
pub mod dims;
pub mod encoder;
mod error;
mod footprint;
mod hash;
pub mod mel;
pub mod metrics;
pub mod model;
mod packing;
pub mod peaks;
mod precision;
pub mod proof;
pub mod schedule;
pub mod transcribe;
pub mod transcript;
mod whisper;
mod workers;

pub use cancel::{Cancel, Cancelled};
pub use error::{EngineError, guarded};
pub use footprint::{footprint, footprint_of};
pub use hark_simd::give_back_freed_memory;
pub use precision::Precision;
pub use whisper::Whisper;
pub use workers::Workers;

/// The instruction set that the kernels run on, by name; the environment variable `HARK_ISA` may limit it.
pub fn machine_isa() -> String {
    hark_simd::Isa::best().to_string()
}
