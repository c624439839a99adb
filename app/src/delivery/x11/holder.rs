//! A small process that keeps the clipboard's content when Hark has ended, until somebody copies
//! something else, as xclip does.

use super::content::Content;
use super::owner;
use std::io::{self, Write};

/// Is the keeper: reads content from standard input and returns when somebody else owns the clipboard.
///
/// # Errors
/// What happened, for people.
pub fn keep() -> Result<(), String> {
    let content = Content::read(&mut io::stdin().lock()).map_err(|e| e.to_string())?;
    owner::hold(content, || {
        let _ = io::stdout().write_all(b"\n").and_then(|()| io::stdout().flush());
    })
}
