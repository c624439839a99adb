//! Whether a device goes on computing what it should, in the middle of a session.
//!
//! Each window is looked at for what costs next to nothing: its states are rows of a LayerNorm, and they are not those
//! of the window before. From time to time one block is computed on the CPU, too, from the states that the device had
//! before it: a block by turns, so that all of them are compared in the end.

use super::call::Call;
use super::device::{Device, Entering};
use super::fault::{Fault, FaultKind};
use super::protocol::SpotCheck;
use super::self_check::{BLOCK_LIMIT, compare};
use crate::encoder::cpu::encode_rows_of_block;
use crate::model::{Model, ModelError};
use crate::workers::Workers;
use std::time::{Duration, Instant};

/// From one comparison of a block to the next there are so many windows, at least.
const EVERY: u64 = 20;
/// The first window after so long a pause is compared in any case.
const PAUSE: Duration = Duration::from_secs(10);
/// Comparisons take at most this part of the windows' time.
const SHARE: f64 = 0.02;
/// How far the mean of a row, and its mean square from 1, may be off: rounding costs far less.
const MEAN_LIMIT: f32 = 0.05;
const SQUARE_LIMIT: f32 = 0.1;
/// A channel whose gain is smaller than this part of the largest, or whose shift is so many times its gain, says nothing
/// of what was scaled: rounding hides it.
const LEAST_GAIN: f32 = 1e-3;
const MOST_SHIFT: f32 = 64.0;
/// Sums that are made side by side.
const LANES: usize = 8;

/// What the decision to compare rests on.
#[derive(Clone, Copy, Debug, Default)]
struct History {
    /// Comparisons so far.
    checks: u64,
    /// Windows since the last one, or since the beginning, with the one at hand.
    windows: u64,
    /// Their time, in milliseconds.
    windows_ms: f64,
    /// What the last comparison took, in milliseconds.
    check_ms: f64,
}

/// Whether a block is compared at this window, which comes after a pause. The very first window is a clip that is
/// compared as a whole by whoever asked for it; the first of a person's own is behind it.
fn is_due(history: &History, pause: Duration) -> bool {
    let History { checks, windows, windows_ms, check_ms } = *history;
    match checks {
        0 => windows >= 2,
        _ => pause >= PAUSE || (windows >= EVERY && check_ms <= SHARE * windows_ms),
    }
}

/// Looks at what a device gives, window by window.
pub struct Vigil {
    model: Model,
    workers: Workers,
    norm: FinalNorm,
    history: History,
    /// When the last window was over.
    ended: Instant,
    /// The window before, and its states.
    last: Option<(Vec<f32>, Vec<f32>)>,
    /// States before and behind a block.
    before: Vec<f32>,
    behind: Vec<f32>,
}

impl Vigil {
    /// Begins with a device that was compared when it was opened.
    ///
    /// # Errors
    /// [`ModelError`] if the weights cannot be read.
    pub fn new(model: &Model, threads: usize) -> Result<Self, ModelError> {
        let values = model.dims.n_audio_ctx * model.dims.n_audio_state;
        Ok(Self {
            model: model.clone(),
            workers: Workers::new(threads.max(1)),
            norm: FinalNorm::of(model)?,
            history: History::default(),
            ended: Instant::now(),
            last: None,
            before: vec![0.0; values],
            behind: vec![0.0; values],
        })
    }

    /// Looks at a window that the device has just encoded in so many milliseconds. What a comparison finds is reported,
    /// whatever it is; who asked decides.
    ///
    /// # Errors
    /// [`Fault`] for states that no encoder gives, or of a device that fails when it is asked again.
    pub fn look(
        &mut self,
        device: &mut impl Device,
        mel: &[f32],
        states: &[f32],
        window_ms: f64,
        entering: Entering<'_>,
    ) -> Result<Option<SpotCheck>, Fault> {
        let wrong = |what: String| Fault::new(FaultKind::Wrong, format!("the NPU computes wrongly: {what}"));
        self.norm.fits(states).map_err(wrong)?;
        if self.last.as_ref().is_some_and(|last| last.0 != mel && last.1 == states) {
            return Err(wrong("a window has the result of the one before".into()));
        }
        let (last_mel, last_states) = self.last.get_or_insert_default();
        last_mel.clear();
        last_mel.extend_from_slice(mel);
        last_states.clear();
        last_states.extend_from_slice(states);
        self.history.windows += 1;
        self.history.windows_ms += window_ms;
        let pause = self.ended.elapsed().saturating_sub(Duration::from_secs_f64(window_ms.max(0.0) / 1e3));
        let spot = match is_due(&self.history, pause) {
            true => Some(self.compare(device, mel, entering)?),
            false => None,
        };
        self.ended = Instant::now();
        Ok(spot)
    }

    /// Compares the block whose turn it is.
    fn compare(
        &mut self,
        device: &mut impl Device,
        mel: &[f32],
        entering: Entering<'_>,
    ) -> Result<SpotCheck, Fault> {
        let start = Instant::now();
        let checks = self.history.checks as usize;
        let block = checks % self.model.dims.n_audio_layer.max(1);
        entering(Call::Run)?;
        device.block(block, mel, &mut self.before, &mut self.behind)?;
        entering(Call::Check)?;
        let (rows, right) = encode_rows_of_block(&self.model, &self.workers, block, &self.before, checks)
            .map_err(|error| Fault::new(FaultKind::Model, format!("the NPU's process: {error}")))?;
        let state = self.model.dims.n_audio_state;
        let own = &self.behind[rows.start * state..rows.end * state];
        let check = compare(own, &right, BLOCK_LIMIT);
        let ms = start.elapsed().as_secs_f64() * 1e3;
        self.history = History { checks: self.history.checks + 1, check_ms: ms, ..History::default() };
        Ok(SpotCheck { block, check, ms })
    }
}

/// What every row of states has behind the last LayerNorm: without its gain and shift, mean 0 and mean square 1.
struct FinalNorm {
    /// One over the gain, or 0 for a channel that says nothing.
    scale: Vec<f32>,
    /// The shift times that.
    shift: Vec<f32>,
    /// Channels that say something.
    counted: usize,
}

impl FinalNorm {
    fn of(model: &Model) -> Result<Self, ModelError> {
        let part = |part| model.tensor(&format!("encoder.ln_post.{part}"));
        Ok(Self::new(&part("weight")?, &part("bias")?))
    }

    fn new(gain: &[f32], shift: &[f32]) -> Self {
        let largest = gain.iter().fold(0_f32, |largest, g| largest.max(g.abs()));
        let says =
            |g: f32, b: f32| g != 0.0 && g.abs() >= LEAST_GAIN * largest && b.abs() <= MOST_SHIFT * g.abs();
        let pairs = || gain.iter().zip(shift).map(|(g, b)| (*g, *b));
        let scale: Vec<f32> = pairs().map(|(g, b)| if says(g, b) { g.recip() } else { 0.0 }).collect();
        let shift = scale.iter().zip(shift).map(|(scale, b)| scale * b).collect();
        let counted = scale.iter().filter(|scale| **scale != 0.0).count();
        Self { scale, shift, counted }
    }

    /// Whether all rows are such rows; says which is the first that is not.
    fn fits(&self, states: &[f32]) -> Result<(), String> {
        let width = self.scale.len();
        if self.counted == 0 {
            return Ok(());
        }
        let all = self.counted == width;
        // The channels that say nothing may have more or less than their part.
        let most = (1.0 + SQUARE_LIMIT) * width as f32 / self.counted as f32;
        let least = if all { 1.0 - SQUARE_LIMIT } else { 0.0 };
        for (position, row) in states.chunks_exact(width).enumerate() {
            let (mean, square) = self.moments(row);
            // What is no number is in no range.
            let fits = (least..=most).contains(&square) && (!all || mean.abs() <= MEAN_LIMIT);
            if !fits {
                return Err(format!(
                    "position {position} of its result is none of a LayerNorm: mean {mean:.3} where 0, mean square \
                     {square:.3} where 1 is expected"
                ));
            }
        }
        Ok(())
    }

    /// Mean and mean square of what was scaled, over the channels that say something.
    fn moments(&self, row: &[f32]) -> (f32, f32) {
        let (mut sums, mut squares) = ([0_f32; LANES], [0_f32; LANES]);
        let mut add = |lane: usize, v: f32, scale: f32, shift: f32| {
            let scaled = v * scale - shift;
            sums[lane] += scaled;
            squares[lane] += scaled * scaled;
        };
        let parts = [row, &self.scale[..], &self.shift[..]].map(<[f32]>::as_chunks::<LANES>);
        let [(row, row_rest), (scale, scale_rest), (shift, shift_rest)] = parts;
        for ((row, scale), shift) in row.iter().zip(scale).zip(shift) {
            (0..LANES).for_each(|lane| add(lane, row[lane], scale[lane], shift[lane]));
        }
        for (lane, v) in row_rest.iter().enumerate() {
            add(lane, *v, scale_rest[lane], shift_rest[lane]);
        }
        let count = self.counted as f32;
        (sums.iter().sum::<f32>() / count, squares.iter().sum::<f32>() / count)
    }
}

#[cfg(test)]
#[path = "vigil_tests.rs"]
mod tests;
