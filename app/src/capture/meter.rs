//! How loud a recording is, and whether it is nothing at all.

use hark_engine::dims::SAMPLE_RATE_HZ;

/// Samples per shown level, 50 ms.
const LEVEL: usize = SAMPLE_RATE_HZ / 20;
/// Samples of pure zeros after which the microphone is called silent. Real ones hiss.
const SILENT: usize = SAMPLE_RATE_HZ;

/// Peaks, and whether there is anything but zeros.
#[derive(Default)]
pub struct Meter {
    counted: usize,
    peak: f32,
    zeros: usize,
    silent: bool,
}

/// What a meter has to say.
#[derive(Debug, PartialEq)]
pub enum Reading {
    /// The peak of the last 50 ms, in [0, 1] of full scale.
    Peak(f32),
    /// Whether there is nothing but zeros; when that changes.
    Silent(bool),
}

impl Meter {
    /// Takes 16 kHz samples in.
    pub fn push(&mut self, samples: &[f32]) -> Vec<Reading> {
        let mut readings = Vec::new();
        for sample in samples {
            // A resampler's ringing behind the last signal is less than half a step of 16 bits.
            let zero = sample.abs() < 0.5 / 32_768.0;
            self.zeros = if zero { self.zeros + 1 } else { 0 };
            if self.silent && !zero || !self.silent && self.zeros == SILENT {
                self.silent = zero;
                readings.push(Reading::Silent(zero));
            }
            self.peak = self.peak.max(sample.abs());
            self.counted += 1;
            if self.counted == LEVEL {
                readings.push(Reading::Peak(self.peak.min(1.0)));
                (self.counted, self.peak) = (0, 0.0);
            }
        }
        readings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_peaks_of_50_ms() {
        let mut meter = Meter::default();
        let mut samples = vec![0.1; 2 * LEVEL];
        samples[LEVEL + 3] = -0.8;
        assert_eq!(meter.push(&samples), [Reading::Peak(0.1), Reading::Peak(0.8)]);
        assert_eq!(meter.push(&vec![0.2; LEVEL - 1]), []);
        assert_eq!(meter.push(&[3.0]), [Reading::Peak(1.0)], "never above full scale");
    }
}
