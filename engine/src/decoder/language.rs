//! Which language is spoken (openai-whisper, `decoding.py`, `detect_language`).

use super::cache::CrossKv;
use super::network::Decoder;
use crate::cancel::{Cancel, Cancelled};
use crate::model::Tokenizer;

/// Language codes with their probabilities, likeliest first; empty for English-only vocabularies.
///
/// # Errors
/// [`Cancelled`] within one layer of `cancel` being raised.
pub fn detect_language(
    decoder: &Decoder,
    tokenizer: &Tokenizer,
    cross: &CrossKv,
    cancel: &Cancel,
) -> Result<Vec<(&'static str, f32)>, Cancelled> {
    if !tokenizer.multilingual {
        return Ok(Vec::new());
    }
    let special = &tokenizer.special;
    let logits = decoder.step(cross, &mut decoder.cache(), special.sot, cancel)?;
    let first = special.first_language as usize;
    let mut probabilities = logits[first..first + special.languages].to_vec();
    hark_simd::softmax(&mut probabilities);
    let mut languages: Vec<_> = (special.first_language..)
        .zip(probabilities)
        .filter_map(|(token, p)| Some((tokenizer.language_code(token)?, p)))
        .collect();
    languages.sort_by(|a, b| b.1.total_cmp(&a.1));
    Ok(languages)
}
