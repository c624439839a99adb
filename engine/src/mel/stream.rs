//! Mel frames as samples arrive.
use super::filterbank::SparseFilters;
use super::{MelFilters, MelFrames};
use crate::dims::{HOP, N_FFT};
use realfft::num_complex::Complex64;
use realfft::{RealFftPlanner, RealToComplex};
use std::f64::consts::TAU;
use std::sync::Arc;

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
/// The numbers do not depend on how the samples are divided among calls. Samples must be finite.
/// The transform runs in f64: that costs a tenth more time than f32, makes the error a hundredth of
/// the reference's in quiet bins, and hides which instructions the FFT chose.
pub struct MelStream {
    filters: SparseFilters,
    fft: Arc<dyn RealToComplex<f64>>,
    hann: Vec<f64>,
    /// Samples that frames still need. Before frame 0 they begin with sample 0, later with the first
    /// sample of the next frame.
    pending: Vec<f32>,
    /// Samples taken.
    samples: usize,
    /// Frames computed.
    frames: usize,
    max: f32,
    windowed: Vec<f64>,
    spectrum: Vec<Complex64>,
    scratch: Vec<Complex64>,
    power: Vec<f32>,
    row: Vec<f32>,
}

impl MelStream {
    /// A stream at the start of a recording.
    pub fn new(filters: &MelFilters) -> Self {
        let fft = RealFftPlanner::<f64>::new().plan_fft_forward(N_FFT);
        let filters = SparseFilters::new(filters);
        Self {
            // Periodic, as `torch.hann_window`: the first weight is 0, the last is not.
            hann: (0..N_FFT).map(|i| 0.5 - 0.5 * (TAU * i as f64 / N_FFT as f64).cos()).collect(),
            pending: Vec::with_capacity(ROUND + 2 * N_FFT),
            samples: 0,
            frames: 0,
            max: LOG_SILENCE,
            windowed: fft.make_input_vec(),
            spectrum: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            power: vec![0.0; fft.make_output_vec().len()],
            row: vec![0.0; filters.n_mels()],
            filters,
            fft,
        }
    }

    /// Takes the next samples (16 kHz mono, [-1, 1]) and appends the frames that are complete.
    pub fn push(&mut self, samples: &[f32], out: &mut MelFrames) {
        out.n_mels = self.filters.n_mels();
        self.samples += samples.len();
        for round in samples.chunks(ROUND) {
            self.take(round, |row| out.data.extend_from_slice(row));
        }
    }

    /// The recording ends here: appends the frames that hold its last samples, up to
    /// `samples / 160` frames in all (the reference's `content_frames`). Frames that straddle the
    /// end count for [`MelStream::max`] but are not content.
    pub fn finish(&mut self, out: &mut MelFrames) {
        out.n_mels = self.filters.n_mels();
        let content = self.samples / HOP;
        let mut frame = self.frames;
        self.take(&[0.0; N_FFT], |row| {
            if frame < content {
                out.data.extend_from_slice(row);
            }
            frame += 1;
        });
    }

    /// Largest log10 value so far (of the whole recording after `finish`); at least -10, the value of silence.
    pub fn max(&self) -> f32 {
        self.max
    }

    /// Computes the frames that become complete with `samples`.
    fn take(&mut self, samples: &[f32], mut emit: impl FnMut(&[f32])) {
        self.pending.extend_from_slice(samples);
        if self.frames == 0 {
            if self.pending.len() < REACH {
                return;
            }
            self.reflect_start();
        }
        let mut at = 0;
        while at + N_FFT <= self.pending.len() {
            self.compute(at);
            emit(&self.row);
            self.frames += 1;
            at += HOP;
        }
        self.pending.copy_within(at.., 0);
        self.pending.truncate(self.pending.len() - at);
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

    /// Log-mel values of the 400 pending samples from `at` on, into `row`.
    fn compute(&mut self, at: usize) {
        let Self { filters, fft, hann, pending, windowed, spectrum, scratch, power, row, max, .. } = self;
        for ((to, sample), weight) in windowed.iter_mut().zip(&pending[at..]).zip(hann.iter()) {
            *to = f64::from(*sample) * weight;
        }
        let sizes = fft.process_with_scratch(windowed, spectrum, scratch);
        debug_assert!(sizes.is_ok(), "the buffers were made by this FFT");
        for (to, bin) in power.iter_mut().zip(spectrum.iter()) {
            *to = bin.norm_sqr() as f32;
        }
        for (to, energy) in row.iter_mut().zip(filters.energies(power)) {
            *to = energy.max(LEAST_ENERGY).log10();
            *max = max.max(*to);
        }
    }
}
