//! Values on their way into the buffers and out of them.

use super::Program;
use super::layout::BIAS_TERMS;
use crate::design::tiles::{SIDE, bfloat16, value};
use crate::plan::{FRAMES_PER_POSITION, PlanError, TAPS};

/// Bytes of a bfloat16.
const HALF: usize = 2;

impl Program {
    /// Writes a clip, `[mels, frames]`: three times rows of a frame and its neighbours, for frames before an even one,
    /// for even ones, and for those behind. Behind a row's values stand ones, by which the bias is multiplied; a frame
    /// that is not there has none.
    ///
    /// # Errors
    /// [`PlanError::Length`] if either does not have the program's.
    pub fn write_input(&self, clip: usize, mel: &[f32], into: &mut [u8]) -> Result<(), PlanError> {
        let (mels, frames) = (self.shape.mels, self.shape.positions * FRAMES_PER_POSITION);
        length("values of a clip", mels * frames, mel.len())?;
        length("bytes for clips", self.input_len, into.len())?;
        self.clip(clip)?;
        let generation = self.device.generation;
        let (values, _) = into.as_chunks_mut::<HALF>();
        let one = bfloat16(1.0).to_le_bytes();
        let columns = self.input.columns as usize * SIDE;
        for set in 0..TAPS {
            let first = (set * self.clips + clip) * self.clip_rows();
            for position in 0..self.clip_rows() {
                // By one more, so that none is less than 0.
                let frame = position * FRAMES_PER_POSITION + set;
                let there = position < self.shape.positions && frame > 0;
                for column in 0..columns {
                    let (tap, channel) = (column / mels, column % mels);
                    let seen = (frame + tap).checked_sub(2).filter(|seen| *seen < frames);
                    let value = match seen {
                        _ if !there => [0; HALF],
                        Some(seen) if tap < TAPS => bfloat16(mel[channel * frames + seen]).to_le_bytes(),
                        _ if (TAPS * mels..TAPS * mels + BIAS_TERMS).contains(&column) => one,
                        _ => [0; HALF],
                    };
                    values[self.input.place(generation, first + position, column)] = value;
                }
            }
        }
        Ok(())
    }

    /// Reads a clip's states, `[positions, state]`, from the buffer that comes out or from [`Program::states`].
    ///
    /// # Errors
    /// [`PlanError::Length`] if there is not room for all, or not all there.
    pub fn read_output(&self, clip: usize, from: &[u8], into: &mut [f32]) -> Result<(), PlanError> {
        let (state, generation) = (self.shape.state, self.device.generation);
        length("values of states", self.shape.positions * state, into.len())?;
        // A buffer may be longer than what lies in it.
        let bytes = from.get(..self.output_len).unwrap_or(from);
        length("bytes of states", self.output_len, bytes.len())?;
        self.clip(clip)?;
        let (values, _) = bytes.as_chunks::<HALF>();
        let first = clip * self.clip_rows();
        for (row, out) in into.chunks_exact_mut(state).enumerate() {
            for (column, out) in out.iter_mut().enumerate() {
                let at = self.output.place(generation, first + row, column);
                *out = value(u16::from_le_bytes(values[at]));
            }
        }
        Ok(())
    }

    fn clip(&self, clip: usize) -> Result<(), PlanError> {
        if clip < self.clips { Ok(()) } else { Err(PlanError::Shape { what: "clip number", value: clip }) }
    }
}

fn length(what: &'static str, expected: usize, given: usize) -> Result<(), PlanError> {
    if given == expected { Ok(()) } else { Err(PlanError::Length { what, expected, given }) }
}
