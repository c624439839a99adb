//! Byte-level BPE with Whisper's special tokens (openai-whisper, `tokenizer.py`).
use crate::transcript::Token;

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

/// Text to tokens and back.
#[derive(Clone, Debug)]
pub struct Tokenizer {
    /// Ids of the special tokens.
    pub special: Specials,
    /// Whether the vocabulary has language tokens.
    pub multilingual: bool,
}

impl Tokenizer {
    /// Tokens of a text, without special tokens. Equal to tiktoken's `encode` for Whisper's vocabularies.
    pub fn encode(&self, _text: &str) -> Vec<Token> {
        Vec::new()
    }

    /// Text of the tokens below the timestamps; broken UTF-8 becomes U+FFFD, as in the reference.
    pub fn decode(&self, _tokens: &[Token]) -> String {
        String::new()
    }

    /// As `decode`, but special and timestamp tokens appear as `<|…|>`.
    pub fn decode_with_timestamps(&self, _tokens: &[Token]) -> String {
        String::new()
    }

    /// The token of a language code such as `de`, if this vocabulary has it.
    pub fn language_token(&self, _code: &str) -> Option<Token> {
        None
    }

    /// The language code of a token, if it is a language token.
    pub fn language_code(&self, _token: Token) -> Option<&'static str> {
        None
    }

    /// Tokens for annotations and symbols that are not spoken (the reference's `non_speech_tokens`), sorted.
    pub fn non_speech_tokens(&self) -> Vec<Token> {
        Vec::new()
    }

    /// Words of the tokens: (text, tokens) pairs that together are the input (`split_to_word_tokens`).
    pub fn split_to_words(&self, _tokens: &[Token], _language: &str) -> Vec<(String, Vec<Token>)> {
        Vec::new()
    }
}

/// Whisper's languages: code and English name, in the order of their tokens.
pub const LANGUAGES: &[(&str, &str)] = &[("en", "english")];

/// The code of a language given by code or English name (`de`, `german`, case ignored).
pub fn language_code(_name: &str) -> Option<&'static str> {
    None
}
