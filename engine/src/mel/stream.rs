//! Mel frames as samples arrive.
use super::{MelFilters, MelWindow};

/// How the part of a window behind the recording's content is filled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MelFill {
    /// 0.0 in the mel domain, as openai-whisper's `transcribe` does.
    #[default]
    Zero,
    /// The value of silent audio, as whisper.cpp and Hugging Face do.
    Silence,
}

/// Turns samples into unscaled log10 mel frames, one frame per hop. Frame `i` is centred on sample
/// `160 · i` and comes out as soon as sample `160 · i + 199` is known.
pub struct MelStream {
    _filters: MelFilters,
}

/// Unscaled log10 mel frames in order: `n_mels` values per frame, frame after frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MelFrames {
    /// Mel bins per frame.
    pub n_mels: usize,
    /// Values, frame-major.
    pub data: Vec<f32>,
}

impl MelStream {
    /// A stream at the start of a recording.
    pub fn new(filters: &MelFilters) -> Self {
        Self { _filters: filters.clone() }
    }

    /// Takes the next samples (16 kHz mono, [-1, 1]) and appends the frames that are complete.
    pub fn push(&mut self, _samples: &[f32], _out: &mut MelFrames) {}

    /// The recording ends here: appends the frames that hold its last samples, up to
    /// `samples / 160` frames in all (the reference's `content_frames`). Frames that straddle the
    /// end count for [`MelStream::max`] but are not content.
    pub fn finish(&mut self, _out: &mut MelFrames) {}

    /// Largest log10 value so far (of the whole recording after `finish`); at least -10, the value of silence.
    pub fn max(&self) -> f32 {
        -10.0
    }
}

impl MelFrames {
    /// Frames held.
    pub fn len(&self) -> usize {
        self.data.len().checked_div(self.n_mels).unwrap_or(0)
    }

    /// Whether no frame is held.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// The model input that starts at frame `start` of these frames and takes at most `frames` of
    /// them: floored at `max - 8`, scaled `(x + 4) / 4`, transposed to mel-major, filled to 3000.
    pub fn window(&self, _start: usize, _frames: usize, _max: f32, _fill: MelFill) -> MelWindow {
        MelWindow { n_mels: self.n_mels, data: vec![0.0; self.n_mels * crate::dims::WINDOW_FRAMES] }
    }
}
