use serde::{Deserialize, Serialize};

/// The shape of a Whisper model, with the names of its checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are the reference's")]
pub struct ModelDims {
    pub n_mels: usize,
    pub n_audio_ctx: usize,
    pub n_audio_state: usize,
    pub n_audio_head: usize,
    pub n_audio_layer: usize,
    pub n_vocab: usize,
    pub n_text_ctx: usize,
    pub n_text_state: usize,
    pub n_text_head: usize,
    pub n_text_layer: usize,
}

impl ModelDims {
    /// Whether the vocabulary has language tokens.
    pub fn is_multilingual(&self) -> bool {
        self.n_vocab >= 51_865
    }

    /// Number of language tokens (99, or 100 since large-v3).
    pub fn languages(&self) -> usize {
        self.n_vocab - 51_765 - usize::from(self.is_multilingual())
    }
}
