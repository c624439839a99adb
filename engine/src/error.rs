use crate::audio::AudioError;
use crate::cancel::Cancelled;
use crate::encoder::BackendError;
use crate::model::ModelError;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Everything that can end a transcription early.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The work was asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The recording could not be read.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// The model could not be read, or does not fit what was asked of it.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The encoder's backend failed.
    #[error(transparent)]
    Backend(BackendError),
    /// The options contradict the model or each other; the text says which to change.
    #[error("{0}")]
    Options(String),
    /// Something that should not happen, with what the program said about it.
    #[error("the engine stopped by a defect of its own ({0}); please report it")]
    Defect(String),
}

impl From<BackendError> for EngineError {
    /// A backend that was asked to stop has not failed.
    fn from(error: BackendError) -> Self {
        match error {
            BackendError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            error => Self::Backend(error),
        }
    }
}

/// Does work whose panic, a defect, must not take with it what has no part in it.
///
/// # Errors
/// Those of the work, and [`EngineError::Defect`] with what a panic said.
pub fn guarded<T, E: From<EngineError>>(work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let what = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no message");
        Err(EngineError::Defect(what.to_owned()).into())
    })
}
