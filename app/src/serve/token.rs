//! The word that whoever may ask has to know.

use crate::text::reason;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use subtle::ConstantTimeEq;

/// Longer ones are no tokens but files of another kind.
const LONGEST: u64 = 4096;
/// Shorter ones are guessed.
const SHORTEST: usize = 16;

/// A token, of which only a hash is kept.
#[derive(Clone)]
pub struct Token([u8; 32]);

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    #[error("cannot read the token file {}: {}", path.display(), reason(error))]
    Unreadable { path: PathBuf, error: io::Error },
    #[error("the token file {} can be read by others; `chmod 600` keeps them out", .0.display())]
    Open(PathBuf),
    #[error("the token file {} holds no token: one line of {SHORTEST} to {LONGEST} letters, digits and signs", .0.display())]
    NoToken(PathBuf),
}

impl Token {
    /// Reads a token from a file of which it is the only line.
    ///
    /// # Errors
    /// [`TokenError`] if it cannot be read, if others than its owner can read it, or if it holds no token.
    pub fn read(path: &Path) -> Result<Self, TokenError> {
        let unreadable = |error| TokenError::Unreadable { path: path.to_owned(), error };
        let file = File::open(path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(unreadable(io::Error::other("it is no file")));
        }
        #[cfg(unix)]
        if std::os::unix::fs::MetadataExt::mode(&metadata) & 0o077 != 0 {
            return Err(TokenError::Open(path.to_owned()));
        }
        let mut text = String::new();
        file.take(LONGEST + 2).read_to_string(&mut text).map_err(unreadable)?;
        let token = text.trim();
        let fits = (SHORTEST..=LONGEST as usize).contains(&token.len());
        if !fits || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(TokenError::NoToken(path.to_owned()));
        }
        Ok(Self(hash(token.as_bytes())))
    }

    /// Whether somebody has said the token. Takes as long whatever was said.
    pub fn is(&self, said: &[u8]) -> bool {
        self.0.ct_eq(&hash(said)).into()
    }
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[cfg(unix)]
    fn read(content: &[u8], mode: u32) -> Result<Token, TokenError> {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        Token::read(&path)
    }

    #[test]
    #[cfg(unix)]
    fn only_the_token_itself_is_taken() {
        let token = read(b"0123456789abcdef\n", 0o600).unwrap();
        assert!(token.is(b"0123456789abcdef"));
        for other in [&b""[..], b"0123456789abcde", b"0123456789abcdeF", b"0123456789abcdef\n", &[0; 10_000]]
        {
            assert!(!token.is(other));
        }
    }

    #[test]
    #[cfg(unix)]
    fn what_is_no_secret_is_refused() {
        for mode in [0o644, 0o640, 0o604, 0o620] {
            assert!(matches!(read(b"0123456789abcdef", mode), Err(TokenError::Open(_))), "{mode:o}");
        }
        let long = [b'x'; LONGEST as usize + 1];
        for content in
            [&b""[..], b"\n", b"too short", b"0123456789 abcdef", b"one line of it\nand another", &long]
        {
            assert!(matches!(read(content, 0o400), Err(TokenError::NoToken(_))), "{content:?}");
        }
        assert!(matches!(read(b"\xff\xfe0123456789abcdef", 0o600), Err(TokenError::Unreadable { .. })));
        let folder = tempfile::TempDir::new().unwrap();
        for path in [folder.path(), &folder.path().join("missing")] {
            assert!(matches!(Token::read(path), Err(TokenError::Unreadable { .. })));
        }
    }
}
