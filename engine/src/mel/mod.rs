//! Log-mel spectrogram exactly as the reference (openai-whisper, `audio.py`).

mod filterbank;
mod stream;

pub use filterbank::MelFilters;
pub use stream::{MelFill, MelFrames, MelStream};

/// One model input: `n_mels × 3000` log-mel values, row-major by mel bin, scaled to about [-1, 1].
#[derive(Clone, Debug, PartialEq)]
pub struct MelWindow {
    /// Mel bins (80 or 128).
    pub n_mels: usize,
    /// `n_mels × 3000` values.
    pub data: Vec<f32>,
}
