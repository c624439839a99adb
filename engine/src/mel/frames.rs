//! Mel frames of a recording, and the model inputs that are cut from them.
use super::stream::LOG_SILENCE;
use crate::dims::WINDOW_FRAMES;

/// One model input: `n_mels × 3000` log-mel values, row-major by mel bin, scaled to about [-1, 1].
#[derive(Clone, Debug, PartialEq)]
pub struct MelWindow {
    /// Mel bins (80 or 128).
    pub n_mels: usize,
    /// `n_mels × 3000` values.
    pub data: Vec<f32>,
}

impl MelWindow {
    /// The window of `frames` frames that begins at frame `start` of this one, filled with 0.0.
    pub fn part(&self, start: usize, frames: usize) -> Self {
        let start = start.min(WINDOW_FRAMES);
        let frames = frames.min(WINDOW_FRAMES - start);
        let mut data = vec![0.0; self.data.len()];
        for (to, from) in data.chunks_exact_mut(WINDOW_FRAMES).zip(self.data.chunks_exact(WINDOW_FRAMES)) {
            to[..frames].copy_from_slice(&from[start..start + frames]);
        }
        Self { n_mels: self.n_mels, data }
    }
}

/// How the part of a window behind the recording's content is filled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MelFill {
    /// 0.0 in the mel domain, as openai-whisper's `transcribe` does.
    #[default]
    Zero,
    /// The value of silent audio, as whisper.cpp and Hugging Face do.
    Silence,
}

/// Unscaled log10 mel frames in order: `n_mels` values per frame, frame after frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MelFrames {
    /// Mel bins per frame.
    pub n_mels: usize,
    /// Values, frame-major.
    pub data: Vec<f32>,
}

/// Values further below the loudest one (in log10 of energy: 80 dB) are raised to this distance.
const DYNAMIC_RANGE: f32 = 8.0;

/// Frames transposed at a time: 16 consecutive f32 of a mel row fill one cache line.
const TRANSPOSE_BLOCK: usize = 16;

impl MelFrames {
    /// Frames held.
    pub fn len(&self) -> usize {
        self.data.len().checked_div(self.n_mels).unwrap_or(0)
    }

    /// Whether no frame is held.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// Forgets the first `frames` frames (all, if there are fewer), for whoever keeps only a window.
    pub fn drop_front(&mut self, frames: usize) {
        self.data.drain(..frames.min(self.len()) * self.n_mels);
    }

    /// The model input that starts at frame `start` of these frames and takes at most `frames` of
    /// them: floored at `max - 8`, scaled `(x + 4) / 4`, transposed to mel-major, filled to 3000.
    ///
    /// `max` is the maximum of the whole recording ([`super::MelStream::max`]).
    pub fn window(&self, start: usize, frames: usize, max: f32, fill: MelFill) -> MelWindow {
        let floor = max - DYNAMIC_RANGE;
        let scaled = |x: f32| (x.max(floor) + 4.0) / 4.0;
        let behind = match fill {
            MelFill::Zero => 0.0,
            MelFill::Silence => scaled(LOG_SILENCE),
        };
        let mut data = vec![behind; self.n_mels * WINDOW_FRAMES];
        let start = start.min(self.len());
        let count = frames.min(WINDOW_FRAMES).min(self.len() - start);
        let content = &self.data[start * self.n_mels..(start + count) * self.n_mels];
        for (block, source) in content.chunks(TRANSPOSE_BLOCK * self.n_mels.max(1)).enumerate() {
            for (mel, row) in data.chunks_exact_mut(WINDOW_FRAMES).enumerate() {
                let target = &mut row[block * TRANSPOSE_BLOCK..];
                for (to, from) in target.iter_mut().zip(source[mel..].iter().step_by(self.n_mels)) {
                    *to = scaled(*from);
                }
            }
        }
        MelWindow { n_mels: self.n_mels, data }
    }
}
