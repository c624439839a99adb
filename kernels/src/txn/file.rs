//! Streams in files: words as little-endian bytes, or as text, one word of hex digits a line.

use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// Why a file has no words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Not whole words.
    #[error("{0} bytes are no whole number of words of 4 bytes")]
    Length(usize),
    /// Text, with something else among the words.
    #[error("line {line}: {text:?} is no word of at most 8 hex digits")]
    Line {
        /// From 1.
        line: usize,
        /// What stands there.
        text: String,
    },
}

/// The words of a file. Text is told from bytes by its characters: a stream's first byte is 0 or 1, which no text has.
///
/// # Errors
/// [`FileError`] for anything else than words.
pub fn from_file(bytes: &[u8]) -> Result<Vec<u32>, FileError> {
    let is_text = |b: &u8| b.is_ascii_graphic() || b.is_ascii_whitespace();
    if bytes.iter().all(is_text) {
        let text = String::from_utf8_lossy(bytes);
        let lines = text.lines().map(str::trim).enumerate().filter(|(_, text)| !text.is_empty());
        return lines.map(|(number, text)| line(number + 1, text)).collect();
    }
    let (words, []) = bytes.as_chunks::<4>() else {
        return Err(FileError::Length(bytes.len()));
    };
    Ok(words.iter().map(|word| u32::from_le_bytes(*word)).collect())
}

fn line(line: usize, text: &str) -> Result<u32, FileError> {
    let digits = text.len() <= 8 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let word = u32::from_str_radix(text, 16).ok().filter(|_| digits);
    word.ok_or_else(|| FileError::Line { line, text: text.chars().take(40).collect() })
}

/// Words as little-endian bytes.
pub fn to_bytes(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// The SHA-256 of the words' little-endian bytes, as hex digits.
pub fn sha256(words: &[u32]) -> String {
    Sha256::digest(to_bytes(words)).iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_are_read() {
        let words = vec![0x0603_0001, 0x101, 0, 16];
        assert_eq!(from_file(&to_bytes(&words)), Ok(words.clone()));
        assert_eq!(from_file(b"06030001\n00000101\r\n\n0\n 00000010 \n"), Ok(words));
        assert_eq!(from_file(b""), Ok(vec![]));
    }

    #[test]
    fn others_are_refused() {
        assert_eq!(from_file(&[0, 1, 3, 6, 4]), Err(FileError::Length(5)));
        for text in ["0x06030001", "060300011", "+6030001", "hello"] {
            let file = format!("06030001\n{text}\n");
            let error = FileError::Line { line: 2, text: text.into() };
            assert_eq!(from_file(file.as_bytes()), Err(error));
        }
    }

    #[test]
    fn the_hash_is_that_of_the_bytes() {
        let abc = [u32::from_le_bytes(*b"abcd")];
        assert_eq!(sha256(&abc), "88d4266fd4e6338d13b845fcf289579d209c897823b9217da3e161936f031589");
    }
}
