//! Triangular mel filters on Slaney's scale.
use crate::dims::{N_FFT, SAMPLE_RATE_HZ, SPECTRUM_BINS};

/// Mel filters: `n_mels × 201` weights, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct MelFilters {
    /// Mel bins.
    pub n_mels: usize,
    /// `n_mels × 201` weights.
    pub weights: Vec<f32>,
}

/// Slaney's scale is linear below this frequency and logarithmic above.
const BREAK_HZ: f64 = 1000.0;
/// Hertz per mel in the linear part.
const HZ_PER_MEL: f64 = 200.0 / 3.0;
const BREAK_MEL: f64 = BREAK_HZ / HZ_PER_MEL;
/// In the logarithmic part, 27 mels multiply the frequency by this.
const RATIO_OF_27_MELS: f64 = 6.4;

fn hz_to_mel(hz: f64) -> f64 {
    if hz < BREAK_HZ {
        hz / HZ_PER_MEL
    } else {
        BREAK_MEL + (hz / BREAK_HZ).ln() / (RATIO_OF_27_MELS.ln() / 27.0)
    }
}

fn mel_to_hz(mel: f64) -> f64 {
    if mel < BREAK_MEL {
        HZ_PER_MEL * mel
    } else {
        BREAK_HZ * ((RATIO_OF_27_MELS.ln() / 27.0) * (mel - BREAK_MEL)).exp()
    }
}

impl MelFilters {
    /// Filters for 16 kHz and an FFT of 400, area-normalised: librosa's
    /// `filters.mel(sr=16000, n_fft=400, n_mels)`, which openai-whisper ships as `mel_filters.npz`.
    pub fn slaney(n_mels: usize) -> Self {
        let nyquist = SAMPLE_RATE_HZ as f64 / 2.0;
        let mel_step = hz_to_mel(nyquist) / (n_mels + 1) as f64;
        let corners: Vec<f64> =
            (0..n_mels + 2).map(|i| mel_to_hz(mel_step * i as f64).min(nyquist)).collect();
        let bin_hz = SAMPLE_RATE_HZ as f64 / N_FFT as f64;
        let mut weights = Vec::with_capacity(n_mels * SPECTRUM_BINS);
        for corner in corners.windows(3) {
            let (low, peak, high) = (corner[0], corner[1], corner[2]);
            let area = 2.0 / (high - low);
            for bin in 0..SPECTRUM_BINS {
                let hz = bin_hz * bin as f64;
                let rising = (hz - low) / (peak - low);
                let falling = (high - hz) / (high - peak);
                // librosa rounds the triangle to f32 before it scales it, and rounds again.
                let triangle = rising.min(falling).max(0.0) as f32;
                weights.push((f64::from(triangle) * area) as f32);
            }
        }
        Self { n_mels, weights }
    }
}

/// Weights taken at a time.
const LANES: usize = 4;

/// The same filters without most of their zeros: a triangle covers few of the 201 bins.
#[derive(Clone, Debug)]
pub(super) struct SparseFilters {
    /// Per mel bin: the first spectrum bin, and where its weights begin and end.
    rows: Vec<(usize, usize, usize)>,
    weights: Vec<[f32; LANES]>,
}

impl SparseFilters {
    pub(super) fn new(filters: &MelFilters) -> Self {
        let mut sparse = Self { rows: Vec::with_capacity(filters.n_mels), weights: Vec::new() };
        for row in filters.weights.chunks_exact(SPECTRUM_BINS).take(filters.n_mels) {
            let first = row.iter().position(|&w| w != 0.0).unwrap_or(0);
            let end = row.iter().rposition(|&w| w != 0.0).map_or(first, |last| last + 1);
            let blocks = (end - first).div_ceil(LANES);
            // The last block may hold zeros, but none behind the spectrum's end.
            let first = first.min(SPECTRUM_BINS - blocks * LANES);
            let from = sparse.weights.len();
            let (covered, _) = row[first..first + blocks * LANES].as_chunks();
            sparse.weights.extend_from_slice(covered);
            sparse.rows.push((first, from, from + blocks));
        }
        sparse
    }

    pub(super) fn n_mels(&self) -> usize {
        self.rows.len()
    }

    /// The energy in each mel bin of one power spectrum of 201 bins.
    pub(super) fn energies(&self, power: &[f32]) -> impl Iterator<Item = f32> {
        self.rows.iter().map(|&(first, from, end)| {
            let (power, _) = power[first..].as_chunks::<LANES>();
            let mut sums = [0.0; LANES];
            for (weights, power) in self.weights[from..end].iter().zip(power) {
                for l in 0..LANES {
                    sums[l] += weights[l] * power[l];
                }
            }
            (sums[0] + sums[2]) + (sums[1] + sums[3])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sparse_filters_add_up_what_the_dense_ones_do() {
        let mut filters = MelFilters::slaney(80);
        filters.weights[..SPECTRUM_BINS].fill(0.0);
        filters.weights[SPECTRUM_BINS - 1] = 2.0;
        let power: Vec<f32> = (0..SPECTRUM_BINS).map(|bin| (bin * 37 % 101) as f32).collect();
        let rows = filters.weights.chunks_exact(SPECTRUM_BINS);
        let expected: Vec<f32> = rows.map(|row| row.iter().zip(&power).map(|(w, p)| w * p).sum()).collect();
        let sparse = SparseFilters::new(&filters);
        assert_eq!(sparse.n_mels(), expected.len());
        for (ours, expected) in sparse.energies(&power).zip(expected) {
            assert!((ours - expected).abs() <= 4.0 * f32::EPSILON * expected, "{ours} not {expected}");
        }
        assert_eq!(sparse.energies(&power).next(), Some(2.0 * power[SPECTRUM_BINS - 1]));
    }
}
