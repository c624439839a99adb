//! Values on their way into the buffers and out of them.

use super::Program;
use super::layout::BIAS_TERMS;
use crate::design::tiles::{BLOCK_COLUMNS, OBJECT, SIDE, Tiled, VALUES, bfloat16, block_rows, value};
use crate::plan::{FRAMES_PER_POSITION, MOST, PlanError, TAPS};

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
        let (values, _) = into.as_chunks_mut::<HALF>();
        let mut seen = Seen { mels, values: [0; SEEN * MOST.mels] };
        for first in (0..self.clip_rows()).step_by(AT_ONCE) {
            seen.fill(mel, first * FRAMES_PER_POSITION);
            for (i, set) in (0..AT_ONCE).flat_map(|i| (0..TAPS).map(move |set| (i, set))) {
                let position = first + i;
                // By one more, so that none is less than 0.
                let frame = position * FRAMES_PER_POSITION + set;
                let is_there = position < self.shape.positions && frame > 0;
                let row = (set * self.clips + clip) * self.clip_rows() + position;
                self.row(values, row, is_there.then(|| seen.row(i * FRAMES_PER_POSITION + set)));
            }
        }
        Ok(())
    }

    /// Writes a row of what goes in, or zeros.
    fn row(&self, values: &mut [[u8; HALF]], row: usize, seen: Option<&[u16]>) {
        const ONES: [u16; BIAS_TERMS] = [bfloat16(1.0); BIAS_TERMS];
        let (seen, ones) = seen.map_or((&[][..], &[][..]), |seen| (seen, &ONES));
        let mut row_values = seen.iter().chain(ones).copied();
        for (_, at) in self.groups(&self.input, row) {
            let out = values[at..].iter_mut().take(BLOCK_COLUMNS);
            out.for_each(|out| *out = row_values.next().unwrap_or(0).to_le_bytes());
        }
    }

    /// Reads a clip's states, `[positions, state]`, from the buffer that comes out or from [`Program::states`].
    ///
    /// # Errors
    /// [`PlanError::Length`] if there is not room for all, or not all there.
    pub fn read_output(&self, clip: usize, from: &[u8], into: &mut [f32]) -> Result<(), PlanError> {
        let state = self.shape.state;
        length("values of states", self.shape.positions * state, into.len())?;
        // A buffer may be longer than what lies in it.
        let bytes = from.get(..self.output_len).unwrap_or(from);
        length("bytes of states", self.output_len, bytes.len())?;
        self.clip(clip)?;
        let (values, _) = bytes.as_chunks::<HALF>();
        let first = clip * self.clip_rows();
        for (row, out) in into.chunks_exact_mut(state).enumerate() {
            for ((_, at), out) in self.groups(&self.output, first + row).zip(out.chunks_mut(BLOCK_COLUMNS)) {
                let values = &values[at..];
                out.iter_mut().zip(values).for_each(|(out, bits)| *out = value(u16::from_le_bytes(*bits)));
            }
        }
        Ok(())
    }

    /// The first columns of all that lie one behind the other in a row, and the places of their values.
    fn groups(&self, m: &Tiled, row: usize) -> impl Iterator<Item = (usize, usize)> + use<> {
        let generation = self.device.generation;
        let in_row = m.place(generation, row, 0);
        let block = block_rows(generation) * BLOCK_COLUMNS;
        let places = move |tile: usize| {
            let first = in_row + tile * OBJECT as usize * VALUES;
            let group = move |i: usize| (tile * SIDE + i * BLOCK_COLUMNS, first + i * block);
            (0..SIDE / BLOCK_COLUMNS).map(group)
        };
        (0..m.columns as usize).flat_map(places)
    }

    fn clip(&self, clip: usize) -> Result<(), PlanError> {
        if clip < self.clips { Ok(()) } else { Err(PlanError::Shape { what: "clip number", value: clip }) }
    }
}

/// Positions of which frames are turned around at once: as many as keep what is read and written in the cache.
const AT_ONCE: usize = 16;
/// Frames that their rows see.
const SEEN: usize = AT_ONCE * FRAMES_PER_POSITION + TAPS;

/// Some frames of a mel, each of all channels, one behind the other.
struct Seen {
    mels: usize,
    values: [u16; SEEN * MOST.mels],
}

impl Seen {
    /// From two before this frame on; zeros where there is none.
    fn fill(&mut self, mel: &[f32], first: usize) {
        let frames = mel.len() / self.mels;
        for (channel, row) in mel.chunks_exact(frames).enumerate() {
            for i in 0..SEEN {
                let value = (first + i).checked_sub(2).and_then(|frame| row.get(frame));
                self.values[i * self.mels + channel] = value.map_or(0, |v| bfloat16(*v));
            }
        }
    }

    /// A frame with its neighbours, from one of those on.
    fn row(&self, first: usize) -> &[u16] {
        &self.values[first * self.mels..][..TAPS * self.mels]
    }
}

fn length(what: &'static str, expected: usize, given: usize) -> Result<(), PlanError> {
    if given == expected { Ok(()) } else { Err(PlanError::Length { what, expected, given }) }
}
