//! Paths in JSON: a path need not be text.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A path, as text where it is any.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FileName {
    /// The usual case.
    Text(String),
    /// Bytes that are no UTF-8.
    Bytes(Vec<u8>),
}

#[cfg(unix)]
impl From<PathBuf> for FileName {
    fn from(path: PathBuf) -> Self {
        use std::os::unix::ffi::OsStringExt;
        match path.into_os_string().into_string() {
            Ok(text) => Self::Text(text),
            Err(name) => Self::Bytes(name.into_vec()),
        }
    }
}

#[cfg(unix)]
impl From<FileName> for PathBuf {
    fn from(name: FileName) -> Self {
        use std::os::unix::ffi::OsStringExt;
        match name {
            FileName::Text(text) => text.into(),
            FileName::Bytes(bytes) => std::ffi::OsString::from_vec(bytes).into(),
        }
    }
}

#[cfg(not(unix))]
impl From<PathBuf> for FileName {
    fn from(path: PathBuf) -> Self {
        Self::Text(path.to_string_lossy().into_owned())
    }
}

#[cfg(not(unix))]
impl From<FileName> for PathBuf {
    fn from(name: FileName) -> Self {
        match name {
            FileName::Text(text) => text.into(),
            FileName::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned().into(),
        }
    }
}
