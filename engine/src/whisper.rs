use crate::decoder::Decoder;
use crate::encoder::{Backend, CpuBackend};
use crate::model::{Model, ModelError};
use crate::precision::Precision;
use crate::workers::Workers;

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
    pub fn new(model: Model, threads: usize, precision: Precision) -> Result<Self, ModelError> {
        let workers = Workers::new(threads);
        // The decoder has the largest tensor, and room for it is there before the encoder.
        let decoder = Decoder::new(&model, &workers, precision)?;
        let backend = Box::new(CpuBackend::new(&model, &workers, precision)?);
        Ok(Self { model, backend, decoder })
    }

    /// The encoder of `backend`, which was made for this model, and the decoder on the CPU.
    ///
    /// # Errors
    /// As [`Whisper::new`].
    pub fn with_backend(
        model: Model,
        backend: Box<dyn Backend>,
        workers: &Workers,
        precision: Precision,
    ) -> Result<Self, ModelError> {
        let decoder = Decoder::new(&model, workers, precision)?;
        Ok(Self { model, backend, decoder })
    }
}
