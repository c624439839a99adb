//! Brings speech of any loudness to about the same level, as it arrives.
//!
//! The law, in dBFS and per frame of 16 ms. L is the frame's level (RMS) above 100 Hz, so that rumble
//! does not count as loudness.
//!
//! * The speech level S is a held peak: it follows L upwards by at most 3 dB a frame, so that a click
//!   moves it little, and sinks by 6 dB/s, so that a quieter speaker is raised within seconds.
//! * The noise floor N is a held minimum: it follows L downwards at once and rises by 2 dB/s. Speech
//!   dips often enough to keep it down.
//! * The gain is the least of −19 − S, −40 − N and 30 dB, but at least −20 dB.
//!
//! So speech comes to −19 dBFS at its peaks, which is about −25 on average, where earshot hears best;
//! but what is there all the time, noise or silence, is never raised above −40, where earshot does not
//! take it for speech, and never by more than 30 dB. Before the first word only the noise floor
//! decides, so the first word is raised as well. Within a frame the gain moves in a straight line.

use crate::dims::SAMPLE_RATE_HZ;

/// Where the peaks of speech are brought to, in dBFS.
const SPEECH_TARGET: f32 = -19.0;
/// What the noise floor is not raised above, in dBFS.
const FLOOR_LIMIT: f32 = -40.0;
/// The most gain, in dB: lower floors are those of digital silence.
const MOST_GAIN: f32 = 30.0;
/// The least gain, in dB.
const LEAST_GAIN: f32 = -20.0;
/// The most that the speech level rises, in dB a frame.
const ATTACK: f32 = 3.0;
/// How fast the speech level sinks, in dB/s.
const RELEASE: f32 = 6.0;
/// How fast the noise floor rises, in dB/s.
const FLOOR_RISE: f32 = 2.0;
/// Levels are not followed further down, in dBFS: half a step of 16 bits is at −96.
const LOWEST_LEVEL: f32 = -100.0;
/// What lies lower is rumble, in Hz.
const RUMBLE: f64 = 100.0;
/// The quality factors of the two halves of a fourth-order Butterworth filter.
const QUALITIES: [f64; 2] = [0.541, 1.307];

/// The mean square of a signal as a level in dBFS (0 is a full-scale square wave), at least −100.
pub(super) fn dbfs(power: f32) -> f32 {
    (10.0 * power.log10()).max(LOWEST_LEVEL)
}

/// The state between frames.
pub(super) struct RunningGain {
    high_pass: [HighPass; 2],
    /// The frame above 100 Hz.
    heard: Vec<f32>,
    /// Speech level and noise floor in dBFS, once a frame was seen.
    levels: Option<(f32, f32)>,
    /// The factor at the last frame's end.
    factor: f32,
}

impl RunningGain {
    pub(super) fn new() -> Self {
        let high_pass = QUALITIES.map(|quality| HighPass::new(RUMBLE, quality));
        Self { high_pass, heard: Vec::new(), levels: None, factor: 1.0 }
    }

    /// Normalises a frame; returns its mean square above 100 Hz as it came.
    pub(super) fn normalise(&mut self, frame: &mut [f32]) -> f32 {
        self.heard.clear();
        self.heard.extend_from_slice(frame);
        self.high_pass.iter_mut().for_each(|filter| filter.run(&mut self.heard));
        let length = frame.len().max(1) as f32;
        let power = self.heard.iter().map(|x| x * x).sum::<f32>() / length;
        let gain = self.follow(dbfs(power), length / SAMPLE_RATE_HZ as f32);
        let target = 10_f32.powf(gain / 20.0);
        let step = (target - self.factor) / length;
        for (i, sample) in frame.iter_mut().enumerate() {
            *sample = (*sample * (self.factor + step * (i + 1) as f32)).clamp(-1.0, 1.0);
        }
        self.factor = target;
        power
    }

    /// The gain in dB after a frame of this level and length in seconds.
    fn follow(&mut self, level: f32, seconds: f32) -> f32 {
        let (speech, floor) = self.levels.unwrap_or((level, level));
        // Below that the gain is the same, and speech behind it would be raised for as long as it takes to climb.
        let least = SPEECH_TARGET - MOST_GAIN;
        let speech = level.clamp(speech - RELEASE * seconds, speech + ATTACK).max(least);
        let floor = level.min(floor + FLOOR_RISE * seconds);
        self.levels = Some((speech, floor));
        (SPEECH_TARGET - speech).min(FLOOR_LIMIT - floor).clamp(LEAST_GAIN, MOST_GAIN)
    }
}

/// A second-order high-pass filter (R. Bristow-Johnson, Audio EQ Cookbook), transposed direct form II.
struct HighPass {
    /// The numerator is `scale` · (1, −2, 1).
    scale: f32,
    feedback: [f32; 2],
    state: [f32; 2],
}

impl HighPass {
    fn new(cutoff_hz: f64, quality: f64) -> Self {
        let (sin, cos) = (std::f64::consts::TAU * cutoff_hz / SAMPLE_RATE_HZ as f64).sin_cos();
        let alpha = sin / (2.0 * quality);
        let over = |x: f64| (x / (1.0 + alpha)) as f32;
        Self {
            scale: over((1.0 + cos) / 2.0),
            feedback: [over(-2.0 * cos), over(1.0 - alpha)],
            state: [0.0; 2],
        }
    }

    fn run(&mut self, samples: &mut [f32]) {
        let [mut first, mut second] = self.state;
        for sample in samples {
            let scaled = self.scale * *sample;
            let out = scaled + first;
            first = second - 2.0 * scaled - self.feedback[0] * out;
            second = scaled - self.feedback[1] * out;
            *sample = out;
        }
        // In silence the state would fade into denormal numbers, which are slow.
        self.state = [first, second].map(|x| if x.abs() < 1e-20 { 0.0 } else { x });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f32, amplitude: f32, seconds: f32) -> Vec<f32> {
        let samples = (seconds * 16_000.0) as usize / 256 * 256;
        (0..samples).map(|i| amplitude * (std::f32::consts::TAU * hz * i as f32 / 16_000.0).sin()).collect()
    }

    fn level(samples: &[f32]) -> f32 {
        dbfs(samples.iter().map(|x| x * x).sum::<f32>() / samples.len() as f32)
    }

    fn normalised(mut samples: Vec<f32>) -> Vec<f32> {
        let mut gain = RunningGain::new();
        samples.chunks_mut(256).for_each(|frame| {
            gain.normalise(frame);
        });
        samples
    }

    #[test]
    fn bursts_after_silence_come_to_one_level_whatever_their_own() {
        for amplitude in [0.5, 0.1, 0.01, 0.005] {
            let samples = [vec![0.0; 16_000], tone(500.0, amplitude, 0.8)].concat();
            let end = level(&normalised(samples)[16_000 + 8_000..]);
            // The quietest, at −49 dBFS, meets the most gain.
            let expected =
                if amplitude > 0.006 { SPEECH_TARGET } else { level(&tone(500.0, amplitude, 0.8)) + 30.0 };
            assert!((end - expected).abs() < 3.5, "{amplitude}: {end} instead of {expected}");
        }
    }

    #[test]
    fn what_never_stops_is_not_raised_above_the_limit() {
        for amplitude in [0.5, 0.05, 0.005, 0.0005] {
            let own = level(&tone(500.0, amplitude, 1.0));
            let end = level(&normalised(tone(500.0, amplitude, 20.0))[16_000..]);
            let limit = FLOOR_LIMIT.max(own + LEAST_GAIN).min(own + MOST_GAIN);
            assert!((end - limit).abs() < 0.5, "{amplitude}: {end} instead of {limit}");
        }
        assert!(normalised(vec![0.0; 16_000]).iter().all(|x| *x == 0.0));
    }

    #[test]
    fn rumble_does_not_count_as_loudness() {
        let burst = tone(500.0, 0.01, 0.8);
        let rumble = tone(35.0, 0.1, 2.0);
        let silent = vec![0.0; 16_000];
        let mixed: Vec<f32> = rumble.iter().zip(silent.iter().chain(&burst)).map(|(a, b)| a + b).collect();
        let mut gain = RunningGain::new();
        let powers: Vec<f32> = mixed.chunks(256).map(|frame| gain.normalise(&mut frame.to_vec())).collect();
        assert!(dbfs(powers[40]) < -55.0, "{}", dbfs(powers[40]));
        assert!((dbfs(powers[90]) + 43.0).abs() < 1.0, "{}", dbfs(powers[90]));
        assert!(gain.factor > 2.0, "the burst is raised: {}", gain.factor);
    }
}
