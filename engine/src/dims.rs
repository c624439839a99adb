//! Whisper's fixed numbers, derived in one place (openai-whisper, `audio.py`).

/// Samples per second of everything inside the engine.
pub const SAMPLE_RATE_HZ: usize = 16_000;
/// Length of the analysis window of the short-time Fourier transform, in samples (25 ms).
pub const N_FFT: usize = 400;
/// Samples from one mel frame to the next (10 ms).
pub const HOP: usize = 160;
/// Seconds of audio in one model input.
pub const WINDOW_SECONDS: usize = 30;
/// Samples in one model input.
pub const WINDOW_SAMPLES: usize = WINDOW_SECONDS * SAMPLE_RATE_HZ;
/// Mel frames in one model input.
pub const WINDOW_FRAMES: usize = WINDOW_SAMPLES / HOP;
/// Mel frames per second.
pub const FRAMES_PER_SECOND: usize = SAMPLE_RATE_HZ / HOP;
/// Frequency bins of one spectrum.
pub const SPECTRUM_BINS: usize = N_FFT / 2 + 1;
/// Mel frames per encoder position, and so per timestamp step (20 ms).
pub const FRAMES_PER_POSITION: usize = 2;
/// Seconds per timestamp step.
pub const SECONDS_PER_TIMESTAMP: f64 = 0.02;

const _: () = assert!(WINDOW_SAMPLES.is_multiple_of(HOP) && WINDOW_FRAMES == 3000);
const _: () = assert!(SAMPLE_RATE_HZ.is_multiple_of(HOP));
