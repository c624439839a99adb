use std::path::PathBuf;

/// Why a model could not be used. The text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The file cannot be opened or read.
    #[error("cannot read the model {}: {reason}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The file cannot be written.
    #[error("cannot write the model {}: {reason}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says, and what helps.
        reason: String,
    },
    /// The file is truncated, damaged or something else; the text names the byte or tensor.
    #[error("the model {name} cannot be used: {reason}")]
    Format {
        /// The file or name.
        name: String,
        /// Which byte or tensor, and what helps.
        reason: String,
    },
    /// No model of this name.
    #[error(
        "there is no model named {0:?}; `hark models` lists what is found, and a path to a ggml file or a Hugging Face folder works too"
    )]
    Unknown(String),
}

impl ModelError {
    /// The system could not read `path`.
    pub(super) fn io(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::Io { path: path.into(), reason: error.to_string() }
    }

    /// The content of `name` is not a model; `reason` says which byte or tensor and what helps.
    pub(super) fn format(name: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Format { name: name.into(), reason: reason.into() }
    }
}
