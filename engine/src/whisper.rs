use crate::decoder::Decoder;
use crate::encoder::{Backend, CpuBackend};
use crate::model::{Model, ModelError};

/// Everything that a transcription needs: the model and who runs it, prepared once.
pub struct Whisper {
    /// Shapes, tokenizer, mel filters and alignment heads.
    pub model: Model,
    /// Runs the encoder.
    pub backend: Box<dyn Backend>,
    /// Runs the decoder.
    pub decoder: Decoder,
}

impl Whisper {
    /// Encoder and decoder on the CPU, with `threads` threads.
    ///
    /// # Errors
    /// [`ModelError`] if the weights cannot be read or hold values that are not finite.
    pub fn new(model: Model, threads: usize) -> Result<Self, ModelError> {
        let backend = CpuBackend::new(&model, threads)?;
        Self::with_backend(model, Box::new(backend), threads)
    }

    /// The encoder of `backend`, which was made for this model, and the decoder on the CPU with
    /// `threads` threads.
    ///
    /// # Errors
    /// As [`Whisper::new`].
    pub fn with_backend(model: Model, backend: Box<dyn Backend>, threads: usize) -> Result<Self, ModelError> {
        let decoder = Decoder::new(&model, threads)?;
        Ok(Self { model, backend, decoder })
    }
}
