//! Models from the network: the only code of Hark that opens a connection to another machine, and only when
//! somebody asked for a model.
//!
//! A file grows beside its place as `NAME.part` under a lock and is hashed as it grows; it gets its name when its
//! length and both checksums are right. What breaks off is gone on with: at once, some times, and whenever the model is
//! asked for again. What a server sends is not believed: not its length, not where it says that it goes on.
//!
//! Proxies are those of the environment (`ALL_PROXY`, `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`), certificates those of the
//! system.

mod client;
mod error;
mod fetch;
mod part;
#[cfg(test)]
pub mod server;
#[cfg(test)]
mod tests;

pub use error::DownloadError;
pub use fetch::{Fetch, Progress};

use crate::models::published::PLACE;
use std::time::Duration;

/// The way to a model's file below a mirror that is named by its host alone.
const WAY: &str = "/ggerganov/whisper.cpp/resolve/main";

/// How long things may take, and how often they are tried.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Until a connection stands, for each address of the server.
    pub connect: Duration,
    /// Without a single byte.
    pub silence: Duration,
    /// Tries in a row that brought nothing new.
    pub tries: u32,
    /// Before the next try.
    pub pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            silence: Duration::from_secs(30),
            tries: 3,
            pause: Duration::from_secs(2),
        }
    }
}

/// Where files lie: at the place of publication, or at a mirror. A mirror that is named without a path has the files
/// where the original has them.
pub fn place(mirror: Option<&str>) -> Result<String, DownloadError> {
    let Some(mirror) = mirror.map(str::trim).filter(|mirror| !mirror.is_empty()) else {
        return Ok(PLACE.into());
    };
    let wrong = || DownloadError::Mirror(mirror.into());
    let rest =
        mirror.strip_prefix("https://").or_else(|| mirror.strip_prefix("http://")).ok_or_else(wrong)?;
    let rest = rest.trim_end_matches('/');
    if rest.is_empty() || rest.contains(|c: char| c.is_whitespace() || c.is_control() || "?#\"<>".contains(c))
    {
        return Err(wrong());
    }
    let mirror = mirror.trim_end_matches('/');
    Ok(if rest.contains('/') { mirror.into() } else { format!("{mirror}{WAY}") })
}
