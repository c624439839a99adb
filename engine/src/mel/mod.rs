//! Log-mel spectrogram exactly as the reference (openai-whisper, `audio.py`, `log_mel_spectrogram`).

mod filterbank;
mod frames;
mod spectrum;
mod stream;

#[cfg(test)]
mod tests;

pub use filterbank::MelFilters;
pub use frames::{MelFill, MelFrames, MelWindow};
pub use stream::MelStream;

/// All mel frames of a recording in memory, and the maximum that [`MelFrames::window`] asks for.
pub fn whole(filters: &MelFilters, samples: &[f32]) -> (MelFrames, f32) {
    let mut stream = MelStream::new(filters);
    let mut frames = MelFrames::default();
    frames.data.reserve_exact(samples.len() / crate::dims::HOP * filters.n_mels);
    stream.push(samples, &mut frames);
    stream.finish(&mut frames);
    (frames, stream.max())
}
