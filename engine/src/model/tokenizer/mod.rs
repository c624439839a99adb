//! Byte-level BPE with Whisper's special tokens (openai-whisper, `tokenizer.py`).

mod bpe;
mod languages;
mod split;
#[cfg(test)]
mod tests;
mod vocabulary;
mod words;

pub use languages::{LANGUAGES, language_code};
pub use vocabulary::Vocabulary;

use super::ModelDims;
use crate::dims::{SECONDS_PER_TIMESTAMP, WINDOW_FRAMES};
use crate::transcript::Token;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Ids of the special tokens, which depend on the vocabulary's size.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the reference's")]
pub struct Specials {
    pub eot: Token,
    pub sot: Token,
    /// The token of the first language; the others follow in the reference's order.
    pub first_language: Token,
    pub languages: usize,
    pub translate: Token,
    pub transcribe: Token,
    pub sot_lm: Token,
    pub sot_prev: Token,
    pub no_speech: Token,
    pub no_timestamps: Token,
    pub timestamp_begin: Token,
}

impl Specials {
    /// The special tokens behind `ordinary` ordinary ones.
    fn new(ordinary: usize, languages: usize) -> Self {
        let eot = ordinary as Token;
        let behind = eot + 2 + languages as Token;
        Self {
            eot,
            sot: eot + 1,
            first_language: eot + 2,
            languages,
            translate: behind,
            transcribe: behind + 1,
            sot_lm: behind + 2,
            sot_prev: behind + 3,
            no_speech: behind + 4,
            no_timestamps: behind + 5,
            timestamp_begin: behind + 6,
        }
    }
}

/// Text to tokens and back.
#[derive(Clone, Debug)]
pub struct Tokenizer {
    /// Ids of the special tokens.
    pub special: Specials,
    /// Whether the vocabulary has language tokens.
    pub multilingual: bool,
    vocabulary: Vocabulary,
}

impl Tokenizer {
    /// A tokenizer of the ordinary tokens and the special ones that a model of this shape has.
    ///
    /// # Errors
    /// If the number of tokens is not the model's, or a single byte has no token.
    pub fn new(mut vocabulary: Vocabulary, dims: &ModelDims) -> Result<Self, String> {
        let ordinary = dims.ordinary_tokens();
        if vocabulary.len() != ordinary {
            return Err(format!("the vocabulary has {} tokens and the model {ordinary}", vocabulary.len()));
        }
        vocabulary.index()?;
        let special = Specials::new(ordinary, dims.languages());
        Ok(Self { special, multilingual: dims.is_multilingual(), vocabulary })
    }

    /// The ordinary tokens.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Tokens of a text, without special tokens. Equal to tiktoken's `encode` for Whisper's vocabularies.
    pub fn encode(&self, text: &str) -> Vec<Token> {
        let mut tokens = Vec::new();
        for piece in split::pieces(text) {
            bpe::encode_piece(&self.vocabulary, piece.as_bytes(), &mut tokens);
        }
        tokens
    }

    /// Text of the tokens below the timestamps; broken UTF-8 becomes U+FFFD, as in the reference.
    ///
    /// Special tokens appear as `<|…|>`, as there: callers pass text tokens.
    pub fn decode(&self, tokens: &[Token]) -> String {
        self.text(tokens.iter().filter(|t| **t < self.special.timestamp_begin))
    }

    /// As `decode`, but timestamp tokens appear as `<|1.08|>`. Ids beyond the vocabulary are left out.
    pub fn decode_with_timestamps(&self, tokens: &[Token]) -> String {
        self.text(tokens.iter())
    }

    fn text<'a>(&self, tokens: impl Iterator<Item = &'a Token>) -> String {
        let mut bytes = Vec::new();
        for token in tokens {
            match self.vocabulary.get(*token) {
                Some(text) => bytes.extend_from_slice(text),
                None => bytes.extend_from_slice(self.special_text(*token).unwrap_or_default().as_bytes()),
            }
        }
        match String::from_utf8_lossy(&bytes) {
            Cow::Owned(text) => text,
            Cow::Borrowed(text) => text.to_owned(),
        }
    }

    /// `<|…|>` for a special or timestamp token.
    fn special_text(&self, token: Token) -> Option<String> {
        const TIMESTAMPS: Token = WINDOW_FRAMES as Token / 2 + 1;
        let s = &self.special;
        let name: Cow<'static, str> = match token {
            t if t == s.eot => "endoftext".into(),
            t if t == s.sot => "startoftranscript".into(),
            t if t == s.translate => "translate".into(),
            t if t == s.transcribe => "transcribe".into(),
            t if t == s.sot_lm => "startoflm".into(),
            t if t == s.sot_prev => "startofprev".into(),
            t if t == s.no_speech => "nospeech".into(),
            t if t == s.no_timestamps => "notimestamps".into(),
            t if (s.timestamp_begin..s.timestamp_begin + TIMESTAMPS).contains(&t) => {
                format!("{:.2}", f64::from(t - s.timestamp_begin) * SECONDS_PER_TIMESTAMP).into()
            }
            t => self.language_code(t)?.into(),
        };
        Some(format!("<|{name}|>"))
    }

    /// The token of a language code such as `de`, if this vocabulary has it. English-only
    /// vocabularies have these tokens, too; their models were not trained with them.
    pub fn language_token(&self, code: &str) -> Option<Token> {
        let k = LANGUAGES.iter().take(self.special.languages).position(|(c, _)| *c == code)?;
        Some(self.special.first_language + k as Token)
    }

    /// The language code of a token, if it is a language token.
    pub fn language_code(&self, token: Token) -> Option<&'static str> {
        let k = token.checked_sub(self.special.first_language)? as usize;
        LANGUAGES.get(k).filter(|_| k < self.special.languages).map(|(code, _)| *code)
    }

    /// Tokens for annotations and symbols that are not spoken (the reference's `non_speech_tokens`), sorted.
    pub fn non_speech_tokens(&self) -> Vec<Token> {
        const SYMBOLS: &str = "\" # ( ) * + / : ; < = > @ [ \\ ] ^ _ ` { | } ~ 「 」 『 』 \
             << >> <<< >>> -- --- -( -[ (' (\" (( )) ((( ))) [[ ]] {{ }} ♪♪ ♪♪♪";
        /// Of these the first token counts, even if there are several: their UTF-8 begins alike.
        const MUSIC: &str = "♩ ♪ ♫ ♬ ♭ ♮ ♯";
        // Hyphens and apostrophes are spoken between words, not in front of one.
        let mut found: BTreeSet<Token> =
            [" -", " '"].iter().filter_map(|text| self.encode(text).first().copied()).collect();
        for (symbols, first_counts) in [(SYMBOLS, false), (MUSIC, true)] {
            for symbol in symbols.split(' ') {
                for text in [symbol.to_owned(), format!(" {symbol}")] {
                    let tokens = self.encode(&text);
                    if tokens.len() == 1 || first_counts {
                        found.extend(tokens.first());
                    }
                }
            }
        }
        found.into_iter().collect()
    }

    /// Words of the tokens: (text, tokens) pairs that together are the input (`split_to_word_tokens`).
    pub fn split_to_words(&self, tokens: &[Token], language: &str) -> Vec<(String, Vec<Token>)> {
        words::split(self, tokens, language)
    }
}
