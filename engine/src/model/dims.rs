use serde::{Deserialize, Serialize};

/// Special tokens of a vocabulary with 99 languages: end, start, languages, six others, 1501 timestamps.
const SPECIAL_TOKENS_99: usize = 2 + 99 + 6 + 1501;
/// The first vocabulary size with language tokens that mean something.
const MULTILINGUAL_VOCAB: usize = 51_865;

/// Channels of every published model's heads, and the most that attention is made for.
const MOST_HEAD_CHANNELS: usize = 64;

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
    /// Whether the vocabulary has language tokens that the model was trained with.
    pub fn is_multilingual(&self) -> bool {
        self.n_vocab >= MULTILINGUAL_VOCAB
    }

    /// Number of weights, of all tensors together.
    pub fn parameters(&self) -> usize {
        super::layout::values(self)
    }

    /// Number of language tokens (99, or 100 since large-v3).
    pub fn languages(&self) -> usize {
        99 + self.n_vocab.saturating_sub(MULTILINGUAL_VOCAB)
    }

    /// Number of ordinary tokens, which is also the id of the end-of-text token: 50256 for
    /// English-only models, 50257 for multilingual ones, fewer in small models made for tests.
    pub fn ordinary_tokens(&self) -> usize {
        self.n_vocab.saturating_sub(SPECIAL_TOKENS_99 + self.languages() - 99)
    }

    /// What keeps this shape from being a Whisper model that the engine can hold, if anything.
    ///
    /// The bounds are far above every published model and low enough that no sum of sizes
    /// overflows; a header that lies stops here, before anything is allocated for it.
    pub(super) fn check(&self) -> Result<(), String> {
        let range = |name: &str, value: usize, low: usize, high: usize| {
            if (low..=high).contains(&value) {
                Ok(())
            } else {
                Err(format!("{name} is {value}; Whisper models have {low} to {high}"))
            }
        };
        if self.n_mels != 80 && self.n_mels != 128 {
            return Err(format!("n_mels is {}; Whisper models have 80 or 128", self.n_mels));
        }
        range("n_audio_ctx", self.n_audio_ctx, 1500, 1500)?;
        range("n_audio_state", self.n_audio_state, 8, 4096)?;
        range("n_audio_layer", self.n_audio_layer, 1, 64)?;
        range("n_vocab", self.n_vocab, 256 + SPECIAL_TOKENS_99, MULTILINGUAL_VOCAB + 1)?;
        range("n_text_ctx", self.n_text_ctx, 16, 4096)?;
        range("n_text_layer", self.n_text_layer, 1, 64)?;
        if self.n_text_state != self.n_audio_state {
            return Err(format!(
                "n_text_state is {} but n_audio_state is {}; Whisper's are equal",
                self.n_text_state, self.n_audio_state
            ));
        }
        for (name, heads) in [("n_audio_head", self.n_audio_head), ("n_text_head", self.n_text_head)] {
            if heads == 0 || !self.n_audio_state.is_multiple_of(heads) {
                return Err(format!(
                    "{name} is {heads}, which does not divide {} channels",
                    self.n_audio_state
                ));
            }
            let width = self.n_audio_state / heads;
            if width > MOST_HEAD_CHANNELS {
                return Err(format!(
                    "{name} is {heads}, {width} channels each; Whisper's heads have {MOST_HEAD_CHANNELS}"
                ));
            }
        }
        Ok(())
    }
}
