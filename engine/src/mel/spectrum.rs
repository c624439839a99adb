//! Power spectra of windowed frames.
use crate::dims::N_FFT;
use realfft::num_complex::Complex64;
use realfft::{RealFftPlanner, RealToComplex};
use std::f64::consts::TAU;
use std::sync::Arc;

/// A plan for power spectra, and the memory to compute one. The transform runs in f64: in f32 the error
/// in quiet bins is about the reference's, and on some CPUs more than twice that, because the FFT chooses
/// its algorithm by the instructions there are.
pub(super) struct PowerSpectrum {
    fft: Arc<dyn RealToComplex<f64>>,
    hann: Vec<f64>,
    windowed: Vec<f64>,
    bins: Vec<Complex64>,
    scratch: Vec<Complex64>,
    power: Vec<f32>,
}

impl PowerSpectrum {
    pub(super) fn new() -> Self {
        let fft = RealFftPlanner::new().plan_fft_forward(N_FFT);
        let circle = |i: usize| TAU * i as f64 / N_FFT as f64;
        Self {
            // Periodic, as `torch.hann_window`: the first weight is 0, the last is not.
            hann: (0..N_FFT).map(|i| 0.5 - 0.5 * circle(i).cos()).collect(),
            windowed: fft.make_input_vec(),
            bins: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            power: vec![0.0; fft.complex_len()],
            fft,
        }
    }

    /// The power in each of the 201 bins of a frame of 400 samples.
    pub(super) fn of(&mut self, frame: &[f32]) -> &[f32] {
        hark_simd::weigh(frame, &self.hann, &mut self.windowed);
        let sizes = self.fft.process_with_scratch(&mut self.windowed, &mut self.bins, &mut self.scratch);
        debug_assert!(sizes.is_ok(), "the buffers were made by this FFT");
        hark_simd::powers(&self.bins, &mut self.power);
        &self.power
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spectra_agree_with_the_definition_in_f64() {
        let frame: Vec<f32> =
            (0..N_FFT).map(|i| 0.3 * (i as f32 * 0.37).sin() + 0.2 * (i as f32 * 1.9).cos()).collect();
        let mut spectrum = PowerSpectrum::new();
        let power = spectrum.of(&frame).to_vec();
        assert_eq!(power.len(), N_FFT / 2 + 1);
        let circle = |i: usize| TAU * (i % N_FFT) as f64 / N_FFT as f64;
        let windowed: Vec<f64> =
            (0..N_FFT).map(|i| f64::from(frame[i]) * (0.5 - 0.5 * circle(i).cos())).collect();
        let total = windowed.iter().map(|x| x * x).sum::<f64>() * N_FFT as f64;
        for (k, ours) in power.iter().enumerate() {
            let sum = |turn: fn(f64) -> f64| -> f64 {
                windowed.iter().enumerate().map(|(i, x)| x * turn(circle(i * k))).sum()
            };
            let amplitude = sum(f64::cos).hypot(sum(f64::sin));
            // The power is rounded to f32; before that, the error is a few roundings of the whole frame's.
            let error = (f64::from(*ours).sqrt() - amplitude).abs();
            assert!(
                error <= 1e-7 * amplitude + 1e-13 * total.sqrt(),
                "bin {k}: {ours} not {}",
                amplitude * amplitude
            );
        }
        assert_eq!(spectrum.of(&frame), power, "a frame leaves nothing behind for the next");
    }
}
