//! What is asked of one window and what it becomes (openai-whisper, `decoding.py`, DecodingOptions
//! and DecodingResult).

use crate::transcript::Token;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::io::Write;

/// How to decode one window.
#[derive(Clone, Debug)]
pub struct DecodeOptions<'a> {
    /// Start of transcript, language and task (the reference's `sot_sequence`).
    pub sot_sequence: &'a [Token],
    /// Tokens of the text before; as many of the last as fit are used.
    pub prompt: &'a [Token],
    /// What the window's text is known to begin with.
    pub prefix: &'a [Token],
    /// Decode with timestamp tokens.
    pub timestamps: bool,
    /// 0 takes the likeliest token; above 0 tokens are drawn.
    pub temperature: f32,
    /// Beams at temperature 0; 1 is greedy.
    pub beam_size: usize,
    /// Samples above temperature 0.
    pub best_of: usize,
    /// Start of the random numbers.
    pub seed: u64,
    /// As many tokens, whatever the model says, unless the context ends first: to measure.
    pub forced: Option<usize>,
    /// Not to end before there is a word.
    pub some_word: bool,
}

impl DecodeOptions<'_> {
    /// Sequences that are kept side by side.
    pub fn rows(&self) -> usize {
        let rows = if self.temperature > 0.0 { self.best_of } else { self.beam_size };
        rows.max(1)
    }
}

/// What one window became.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WindowText {
    /// Tokens behind the prompt, timestamps included, without the end.
    pub tokens: Vec<Token>,
    /// Their text, trimmed.
    pub text: String,
    /// Mean log-probability of the tokens and the end.
    pub avg_logprob: f32,
    /// Probability of the no-speech token at the start of the transcript.
    pub no_speech_prob: f32,
    /// See [`compression_ratio`].
    pub compression_ratio: f32,
    /// Temperature at which this was decoded.
    pub temperature: f32,
    /// Decoder steps taken.
    pub steps: usize,
}

/// UTF-8 bytes of a text per byte after zlib (level 6): above 2.4 a text repeats itself.
/// Empty text counts as 0.
pub fn compression_ratio(text: &str) -> f32 {
    if text.is_empty() {
        return 0.0;
    }
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(6));
    // Writing to memory does not fail; were it to, the ratio would read as infinite and be retried.
    let compressed = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish());
    compressed.map_or(f32::INFINITY, |bytes| text.len() as f32 / bytes.len() as f32)
}

#[cfg(test)]
mod tests {
    use super::compression_ratio;

    #[test]
    fn the_ratio_is_that_of_zlib_level_6() {
        // len(text) / len(zlib.compress(text)) in Python 3.11.
        assert_eq!(compression_ratio(""), 0.0);
        let text = "the quick brown fox ".repeat(10);
        assert!((compression_ratio(&text) - 200.0 / 31.0).abs() < 1e-6, "{}", compression_ratio(&text));
        assert!(compression_ratio("Please restart the software.") < 1.0);
    }
}
