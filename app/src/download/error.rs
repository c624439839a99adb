//! Why there is no model, and what helps.

use crate::text::{reason, size};
use std::io;
use std::path::PathBuf;

/// Why a download did not come to its end. What was fetched is kept unless it is said to be wrong, and the next try goes
/// on with it.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// The person did not want it any more.
    #[error("the download was cancelled")]
    Cancelled,
    /// The address of a mirror is none.
    #[error("{0:?} is no address of a mirror; it should begin with https:// or http://")]
    Mirror(String),
    /// Another download of the same file is under way, here or in another Hark.
    #[error("{0} is being downloaded already")]
    UnderWay(String),
    /// Nobody answers at that place.
    #[error("{host} cannot be reached: {why}; check the network, the proxy and the mirror")]
    Unreachable { host: String, why: String },
    /// The server answered, but not with the file.
    #[error("{host} does not give the file out: it answered {status}{}", meaning(*status))]
    Status { host: String, status: u16 },
    /// The server offers something else, such as the login page of a network.
    #[error(
        "{host} offers something else: it has {}, and the model {}; a network may want a login first, or the mirror \
         is none", size(*offered), size(*expected)
    )]
    OtherFile { host: String, offered: u64, expected: u64 },
    /// The server stopped sending.
    #[error("{host} sent nothing for {seconds} s; what has come is kept, and the next try goes on there")]
    Stalled { host: String, seconds: u64 },
    /// The connection broke off.
    #[error(
        "the connection to {host} broke off: {why}; what has come is kept, and the next try goes on there"
    )]
    BrokeOff { host: String, why: String },
    /// What came is not what was published.
    #[error("what {host} sent is not the model that was published (its {what} is another); it was deleted")]
    Corrupt { host: String, what: &'static str },
    /// There is no room for the file.
    #[error("{} more are needed in {}, and {} are free; make room and try again", size(*needed), folder.display(), size(*free))]
    NoRoom { folder: PathBuf, needed: u64, free: u64 },
    /// The disk took no more.
    #[error(
        "the disk is full: {} takes no more; what has come is kept ({}): make room there and try again",
        folder.display(), size(*kept)
    )]
    DiskFull { folder: PathBuf, kept: u64 },
    /// The folder or file cannot be written.
    #[error("{} cannot be written: {}", path.display(), reason(error))]
    Disk { path: PathBuf, error: io::Error },
}

fn meaning(status: u16) -> &'static str {
    match status {
        401 | 403 | 451 => " (not allowed)",
        404 | 410 => " (there is no such file)",
        407 => " (the proxy wants a password)",
        429 => " (too many requests; try again later)",
        500.. => " (its own trouble; try again later)",
        _ => "",
    }
}

impl DownloadError {
    /// Whether another try may end better without anybody doing anything.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Stalled { .. } | Self::BrokeOff { .. } | Self::Unreachable { .. } => true,
            Self::Status { status, .. } => *status >= 500,
            _ => false,
        }
    }
}
