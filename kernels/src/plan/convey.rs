//! Values on their way into the buffers and out of them. Memory of the device is bytes, little-endian.

use super::layout::Form;
use super::{FRAMES_PER_POSITION, Plan, PlanError, TAPS, VALUE};

/// Why weights were not written.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError<E> {
    /// The tensor could not be had.
    #[error(transparent)]
    Tensor(E),
    /// The buffer or a tensor has another length.
    #[error(transparent)]
    Plan(#[from] PlanError),
}

impl Plan {
    /// Writes all weights, a tensor after the other; `tensor` is asked for each once, by openai-whisper's name.
    ///
    /// # Errors
    /// Those of `tensor`, and lengths that are not the plan's.
    pub fn weights<E>(
        &self,
        tensor: &mut dyn FnMut(&str) -> Result<Vec<f32>, E>,
        into: &mut [u8],
    ) -> Result<(), WeightsError<E>> {
        length("bytes for weights", self.weights_len, into.len())?;
        for piece in &self.pieces {
            let out = &mut into[piece.offset as usize * VALUE..][..piece.values * VALUE];
            if piece.form == Form::Zeros {
                out.fill(0);
                continue;
            }
            let values = tensor(&piece.tensor).map_err(WeightsError::Tensor)?;
            length("values of a tensor", piece.values, values.len())?;
            let (out, _) = out.as_chunks_mut::<VALUE>();
            match piece.form {
                Form::Filters { channels } => {
                    let filters =
                        values.chunks_exact(channels * TAPS).zip(out.chunks_exact_mut(channels * TAPS));
                    for (stored, out) in filters {
                        for (i, v) in stored.iter().enumerate() {
                            out[i % TAPS * channels + i / TAPS] = v.to_le_bytes();
                        }
                    }
                }
                _ => out.iter_mut().zip(values).for_each(|(out, v)| *out = v.to_le_bytes()),
            }
        }
        Ok(())
    }

    /// Writes a window, `[mels, frames]`, as rows of frames with one of zeros on either side.
    ///
    /// # Errors
    /// [`PlanError::Length`] if either does not have the plan's.
    pub fn write_input(&self, mel: &[f32], into: &mut [u8]) -> Result<(), PlanError> {
        let (mels, frames) = (self.shape.mels, self.shape.positions * FRAMES_PER_POSITION);
        length("values of a window", mels * frames, mel.len())?;
        length("bytes for a window", self.input_len, into.len())?;
        into[..mels * VALUE].fill(0);
        into[(1 + frames) * mels * VALUE..].fill(0);
        let (rows, _) = into[mels * VALUE..].as_chunks_mut::<VALUE>();
        // A few frames of all channels at a time, so that what is written stays in the cache.
        const AT_ONCE: usize = 16;
        for first in (0..frames).step_by(AT_ONCE) {
            let count = AT_ONCE.min(frames - first);
            for (channel, row) in mel.chunks_exact(frames).enumerate() {
                for (frame, v) in (first..).zip(&row[first..first + count]) {
                    rows[frame * mels + channel] = v.to_le_bytes();
                }
            }
        }
        Ok(())
    }

    /// Reads the states, `[positions, state]`, from the buffer that comes out or from [`Plan::states`].
    ///
    /// # Errors
    /// [`PlanError::Length`] if there is not room for all, or not all there.
    pub fn read_output(&self, from: &[u8], into: &mut [f32]) -> Result<(), PlanError> {
        let values = self.shape.positions * self.shape.state;
        length("values of states", values, into.len())?;
        // A buffer may be longer than what lies in it.
        let bytes = from.get(..values * VALUE).unwrap_or(from);
        length("bytes of states", values * VALUE, bytes.len())?;
        let (from, _) = bytes.as_chunks::<VALUE>();
        into.iter_mut().zip(from).for_each(|(v, bytes)| *v = f32::from_le_bytes(*bytes));
        Ok(())
    }
}

fn length(what: &'static str, expected: usize, given: usize) -> Result<(), PlanError> {
    if given == expected { Ok(()) } else { Err(PlanError::Length { what, expected, given }) }
}
