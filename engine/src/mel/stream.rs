//! Mel frames as samples arrive.
use super::filterbank::SparseFilters;
use super::spectrum::PowerSpectrum;
use super::{MelFilters, MelFrames};
use crate::dims::{HOP, N_FFT};

/// The least energy that the reference takes the logarithm of, and that logarithm.
const LEAST_ENERGY: f32 = 1e-10;
pub(super) const LOG_SILENCE: f32 = -10.0;

/// Samples taken over per round, so that the buffer stays small and in the cache.
const ROUND: usize = 32 * HOP;

/// Samples before the first one that frame 0 reaches back to.
const REACH: usize = N_FFT / 2;

/// Turns samples into unscaled log10 mel frames, one frame per hop. Frame `i` is centred on sample
/// `160 · i` and comes out as soon as sample `160 · i + 199` is known. The recording's start is
/// reflected to its left, and silence is behind its end, as in the reference's
/// `log_mel_spectrogram(audio, padding=480000)`.
///
/// The numbers do not depend on how the samples are divided among calls: all arithmetic is within a
/// frame. The FFT chooses its instructions for the CPU, so a last bit may differ from one CPU to another.
/// Samples must be finite.
pub struct MelStream {
    spectrum: PowerSpectrum,
    filters: SparseFilters,
    /// Samples that frames still need. Before frame 0 they begin with sample 0, later with the first
    /// sample of the next frame.
    pending: Vec<f32>,
    /// Samples taken.
    samples: usize,
    /// Frames computed.
    frames: usize,
    max: f32,
}

impl MelStream {
    /// A stream at the start of a recording.
    pub fn new(filters: &MelFilters) -> Self {
        Self {
            spectrum: PowerSpectrum::new(),
            filters: SparseFilters::new(filters),
            pending: Vec::with_capacity(ROUND + 2 * N_FFT),
            samples: 0,
            frames: 0,
            max: LOG_SILENCE,
        }
    }

    /// Takes the next samples (16 kHz mono, [-1, 1]) and appends the frames that are complete.
    pub fn push(&mut self, samples: &[f32], out: &mut MelFrames) {
        out.n_mels = self.filters.n_mels();
        self.samples += samples.len();
        for round in samples.chunks(ROUND) {
            self.take(round, &mut out.data);
        }
    }

    /// The recording ends here: appends the frames that hold its last samples, up to
    /// `samples / 160` frames in all (the reference's `content_frames`). Frames that straddle the
    /// end count for [`MelStream::max`] but are not content.
    pub fn finish(&mut self, out: &mut MelFrames) {
        out.n_mels = self.filters.n_mels();
        let content = (self.samples / HOP).saturating_sub(self.frames);
        let end = out.data.len() + content * out.n_mels;
        self.take(&[0.0; N_FFT], &mut out.data);
        out.data.truncate(end);
    }

    /// Largest log10 value so far (of the whole recording after `finish`); at least -10, the value of silence.
    pub fn max(&self) -> f32 {
        self.max
    }

    /// Appends the frames that become complete with `samples`.
    fn take(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        self.pending.extend_from_slice(samples);
        if self.frames == 0 {
            if self.pending.len() < REACH {
                return;
            }
            self.reflect_start();
        }
        let before = out.len();
        let mut frames = 0;
        for frame in self.pending.windows(N_FFT).step_by(HOP) {
            let power = self.spectrum.of(frame);
            out.extend(self.filters.energies(power).map(|energy| energy.max(LEAST_ENERGY)));
            frames += 1;
        }
        let logs = &mut out[before..];
        hark_simd::log10(logs);
        self.max = logs.iter().copied().fold(self.max, f32::max);
        self.frames += frames;
        self.pending.drain(..frames * HOP);
    }

    /// Puts samples 200 … 1 before sample 0. Sample 200 may not be known yet; its weight is 0.
    fn reflect_start(&mut self) {
        let known = self.pending.len();
        self.pending.resize(known + REACH, 0.0);
        self.pending.copy_within(..known, REACH);
        self.pending[0] = 0.0;
        for i in 1..REACH {
            self.pending[REACH - i] = self.pending[REACH + i];
        }
    }
}
