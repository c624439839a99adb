use std::path::PathBuf;

/// Why a recording could not be read. The text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum AudioError {
    /// The file cannot be opened or read.
    #[error("cannot read {}: {reason}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// No decoder knows the format, or the file is damaged; the text names what was found and what helps.
    #[error("{}: {reason}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What was found and what helps.
        reason: String,
    },
    /// The samples could not be resampled to 16 kHz.
    #[error("cannot resample: {0}")]
    Resample(String),
}
