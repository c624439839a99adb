//! Tokens grouped into words (openai-whisper, `split_to_word_tokens`).

use super::Tokenizer;
use crate::transcript::Token;

/// Texts with the tokens that make them.
pub(super) type Words = Vec<(String, Vec<Token>)>;

/// Languages written without spaces, where every character that the tokens complete is a word.
const WITHOUT_SPACES: [&str; 6] = ["zh", "ja", "th", "lo", "my", "yue"];

pub(super) fn split(tokenizer: &Tokenizer, tokens: &[Token], language: &str) -> Words {
    let characters = split_on_unicode(tokenizer, tokens);
    if tokenizer.multilingual && WITHOUT_SPACES.contains(&language) {
        characters
    } else {
        join_on_spaces(tokenizer, characters)
    }
}

/// Cuts wherever the tokens so far are whole characters.
///
/// A U+FFFD counts as whole if it stands at the same place in the text of all tokens. The reference
/// loses tokens at the end, or fails, where single tokens decode to more replacement characters
/// than all of them together; here they become one last word.
fn split_on_unicode(tokenizer: &Tokenizer, tokens: &[Token]) -> Words {
    const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;
    let full: Vec<char> = tokenizer.decode_with_timestamps(tokens).chars().collect();
    let mut words = Words::new();
    let mut current = Vec::new();
    let mut offset = 0;
    for token in tokens {
        current.push(*token);
        let text = tokenizer.decode_with_timestamps(&current);
        let broken = text.chars().position(|c| c == REPLACEMENT);
        if broken.is_none_or(|at| full.get(offset + at) == Some(&REPLACEMENT)) {
            offset += text.chars().count();
            words.push((text, std::mem::take(&mut current)));
        }
    }
    if !current.is_empty() {
        words.push((tokenizer.decode_with_timestamps(&current), current));
    }
    words
}

/// A piece begins a word if it is special, begins with a space, is punctuation, or is the first.
fn join_on_spaces(tokenizer: &Tokenizer, pieces: Words) -> Words {
    // Python's `string.punctuation`; being a part of it is the reference's test, so that the empty
    // text and neighbours such as `()` count as punctuation, too.
    const PUNCTUATION: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
    let mut words = Words::new();
    for (text, tokens) in pieces {
        let special = tokens.first().is_some_and(|t| *t >= tokenizer.special.eot);
        let begins =
            special || text.starts_with(' ') || PUNCTUATION.contains(text.trim_matches(is_python_space));
        match words.last_mut() {
            Some((word, word_tokens)) if !begins => {
                word.push_str(&text);
                word_tokens.extend(tokens);
            }
            _ => words.push((text, tokens)),
        }
    }
    words
}

/// What Python's `str.strip` removes: Unicode's white space and four control characters.
fn is_python_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}
