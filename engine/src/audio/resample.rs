//! Any sample rate to 16 kHz, by rubato. Files and the microphone take this one path.
use super::AudioError;
use crate::dims::SAMPLE_RATE_HZ;
use audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler as _, WindowFunction};

/// Rates that recordings of speech have. Below, no speech is left; above, no recorder goes.
const RATES_HZ: std::ops::RangeInclusive<u32> = 1_000..=768_000;

/// Blocks are at least this long. Longer blocks cut off more sharply below 8 kHz and wait longer:
/// 20 ms keeps what lies below 7.8 kHz.
const BLOCKS_PER_SECOND: usize = 50;

/// A block holds a whole number of samples at both rates. Rates that share few divisors with 16 kHz
/// need blocks of up to two seconds; above this many samples their memory (some 30 MB here) is out
/// of proportion.
const LONGEST_BLOCK: usize = 100_000;

/// Turns mono samples of one rate into 16 kHz, block by block, without a delay at the start:
/// output sample 0 is input sample 0, and the output is `input · 16000 / rate` long, rounded.
///
/// The output does not depend on how the samples are divided among calls.
pub struct Resampler {
    rate: u32,
    /// `None` where the rate is 16 kHz already.
    fft: Option<Blocks>,
    samples_in: u64,
    samples_out: u64,
}

/// Fills blocks for rubato and drops the delay that it puts in front.
struct Blocks {
    fft: Fft<f32>,
    input: Vec<f32>,
    input_len: usize,
    output: Vec<f32>,
    delay_left: usize,
}

impl Resampler {
    /// A resampler from `rate` Hz to 16 kHz; passes samples through if they are equal.
    ///
    /// # Errors
    /// [`AudioError::Resample`] for a rate below 1 kHz, above 768 kHz, or above 50 kHz and with
    /// hardly a common divisor with 16 kHz.
    pub fn new(rate: u32) -> Result<Self, AudioError> {
        if !RATES_HZ.contains(&rate) {
            return Err(AudioError::Resample(format!(
                "a sample rate of {rate} Hz is outside the {} to {} Hz of speech recordings",
                RATES_HZ.start(),
                RATES_HZ.end()
            )));
        }
        let fft = if rate as usize == SAMPLE_RATE_HZ { None } else { Some(Blocks::new(rate)?) };
        Ok(Self { rate, fft, samples_in: 0, samples_out: 0 })
    }

    /// Takes the next samples and appends what is ready.
    ///
    /// # Errors
    /// [`AudioError::Resample`] if rubato refuses, which it does not for mono input.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) -> Result<(), AudioError> {
        self.samples_in += samples.len() as u64;
        let before = out.len();
        match &mut self.fft {
            None => out.extend_from_slice(samples),
            Some(blocks) => blocks.push(samples, out)?,
        }
        self.samples_out += (out.len() - before) as u64;
        Ok(())
    }

    /// The recording ends: appends the rest.
    ///
    /// # Errors
    /// As for [`Resampler::push`].
    pub fn finish(&mut self, out: &mut Vec<f32>) -> Result<(), AudioError> {
        let Some(blocks) = &mut self.fft else { return Ok(()) };
        let rate = u64::from(self.rate);
        let length = (self.samples_in * SAMPLE_RATE_HZ as u64 + rate / 2) / rate;
        let missing = length.saturating_sub(self.samples_out) as usize;
        let end = out.len() + missing;
        let silence = vec![0.0; blocks.input.len()];
        while out.len() < end {
            blocks.push(&silence, out)?;
        }
        out.truncate(end);
        self.samples_out = length;
        Ok(())
    }
}

impl Blocks {
    fn new(rate: u32) -> Result<Self, AudioError> {
        let rate = rate as usize;
        let shortest = rate / common_divisor(rate, SAMPLE_RATE_HZ);
        // An even number, so that the filter's middle is a whole sample at both rates.
        let count = rate.div_ceil(BLOCKS_PER_SECOND * shortest).next_multiple_of(2);
        let block = count * shortest;
        if block > LONGEST_BLOCK {
            return Err(AudioError::Resample(format!(
                "a sample rate of {rate} Hz has too little in common with 16000 Hz; \
                 convert the file to 48000 Hz first"
            )));
        }
        let window = WindowFunction::BlackmanHarris;
        let fft = Fft::new_custom(rate, SAMPLE_RATE_HZ, block, 1, 1, window, FixedSync::Both)
            .map_err(|error| AudioError::Resample(error.to_string()))?;
        Ok(Self {
            input: vec![0.0; fft.input_frames_next()],
            input_len: 0,
            output: vec![0.0; fft.output_frames_next()],
            delay_left: fft.output_delay(),
            fft,
        })
    }

    fn push(&mut self, mut samples: &[f32], out: &mut Vec<f32>) -> Result<(), AudioError> {
        while !samples.is_empty() {
            let (now, later) = samples.split_at(samples.len().min(self.input.len() - self.input_len));
            self.input[self.input_len..self.input_len + now.len()].copy_from_slice(now);
            self.input_len += now.len();
            samples = later;
            if self.input_len == self.input.len() {
                self.input_len = 0;
                self.resample()?;
                let dropped = self.delay_left.min(self.output.len());
                self.delay_left -= dropped;
                out.extend_from_slice(&self.output[dropped..]);
            }
        }
        Ok(())
    }

    fn resample(&mut self) -> Result<(), AudioError> {
        let refused = |error: &dyn std::fmt::Display| AudioError::Resample(error.to_string());
        let (frames_in, frames_out) = (self.input.len(), self.output.len());
        let input = InterleavedSlice::new(&self.input, 1, frames_in).map_err(|e| refused(&e))?;
        let mut output =
            InterleavedSlice::new_mut(&mut self.output, 1, frames_out).map_err(|e| refused(&e))?;
        self.fft.process_into_buffer(&input, &mut output, None).map_err(|e| refused(&e))?;
        Ok(())
    }
}

fn common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::f64::consts::TAU;

    const RATES: [u32; 15] = [
        8_000, 11_025, 11_127, 12_000, 16_000, 22_050, 24_000, 32_000, 37_800, 44_099, 44_100, 48_000,
        96_000, 192_000, 768_000,
    ];

    fn resample(rate: u32, samples: &[f32], piece: usize) -> Vec<f32> {
        let mut resampler = Resampler::new(rate).unwrap();
        let mut out = Vec::new();
        for part in samples.chunks(piece) {
            resampler.push(part, &mut out).unwrap();
        }
        resampler.finish(&mut out).unwrap();
        out
    }

    fn sine(rate: u32, hz: f64, len: usize) -> Vec<f32> {
        (0..len).map(|i| (0.5 * (TAU * hz * i as f64 / f64::from(rate)).sin()) as f32).collect()
    }

    #[test]
    fn a_sine_keeps_its_amplitude_and_phase() {
        for rate in RATES {
            for hz in [100.0, 1_000.0, 3_500.0] {
                let out = resample(rate, &sine(rate, hz, rate as usize), 4_096);
                let expected = sine(16_000, hz, 16_000);
                let inner = 1_500..14_500;
                let worst = out[inner.clone()].iter().zip(&expected[inner]).map(|(a, b)| (a - b).abs());
                let worst = worst.fold(0.0, f32::max);
                // rubato designs its filter in f32, which costs long blocks (11127 Hz) some of their accuracy.
                assert!(worst < 2e-4, "{rate} Hz, sine of {hz} Hz: off by {worst}");
            }
        }
    }

    #[test]
    fn what_16_khz_cannot_hold_is_gone() {
        for rate in [22_050, 44_100, 48_000, 96_000] {
            let out = resample(rate, &sine(rate, 9_000.0, rate as usize), 4_096);
            let loudest = out[1_500..14_500].iter().fold(0.0_f32, |a, b| a.max(b.abs()));
            assert!(loudest < 1e-4, "{rate} Hz: {loudest} is left of a sine of 9 kHz");
        }
    }

    #[test]
    fn speech_keeps_its_high_frequencies() {
        for rate in [44_100, 48_000] {
            let out = resample(rate, &sine(rate, 7_500.0, rate as usize), 4_096);
            let energy: f32 = out[1_500..14_500].iter().map(|x| x * x).sum::<f32>() / 13_000.0;
            assert!((energy.sqrt() - 0.5 * 0.5_f32.sqrt()).abs() < 0.01, "{rate} Hz: {energy}");
        }
    }

    #[test]
    fn an_impulse_stays_in_its_place() {
        for rate in RATES {
            let mut samples = vec![0.0; rate as usize];
            samples[rate as usize / 2] = 1.0;
            let out = resample(rate, &samples, 1_000);
            let peak = (0..out.len()).max_by(|&a, &b| out[a].total_cmp(&out[b])).unwrap();
            assert!(peak.abs_diff(8_000) <= 1, "{rate} Hz: {peak}");
        }
    }

    #[test]
    fn the_first_sample_is_the_first_sample() {
        for rate in RATES {
            let mut samples = vec![0.0; 5_000];
            samples[0] = 1.0;
            let out = resample(rate, &samples, 5_000);
            let peak = (0..out.len()).max_by(|&a, &b| out[a].total_cmp(&out[b])).unwrap();
            assert_eq!(peak, 0, "{rate} Hz");
        }
    }

    #[test]
    fn the_length_is_scaled_and_rounded() {
        for rate in RATES {
            for len in [0, 1, 2, 3, 479, 480, 481, 10_007] {
                let expected = (len as f64 * 16_000.0 / f64::from(rate) + 0.5).floor() as usize;
                assert_eq!(resample(rate, &vec![0.1; len], 100).len(), expected, "{len} at {rate} Hz");
            }
        }
    }

    #[test]
    fn pieces_of_any_size_give_the_same_bits() {
        for rate in [11_025, 16_000, 44_100, 48_000] {
            let samples = sine(rate, 440.0, 20_011);
            let whole = resample(rate, &samples, samples.len());
            for piece in [1, 7, 440, 441, 960, 4_000] {
                assert_eq!(resample(rate, &samples, piece), whole, "{rate} Hz in pieces of {piece}");
            }
        }
    }

    #[test]
    fn sixteen_khz_passes_unchanged() {
        let samples = sine(16_000, 441.0, 5_000);
        assert_eq!(resample(16_000, &samples, 333), samples);
    }

    #[test]
    fn rates_that_make_no_sense_are_refused_in_words() {
        for rate in [0, 1, 7, 999, 768_001, u32::MAX, 767_999, 96_001] {
            let error = Resampler::new(rate).err().map(|e| e.to_string()).unwrap_or_default();
            assert!(error.contains(&rate.to_string()), "{rate}: {error}");
        }
    }
}
