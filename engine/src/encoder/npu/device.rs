//! What a worker drives, and what it is opened by: whatever encodes, so that everything but the device can be tested
//! without one.

use super::call::Call;
use super::fault::Fault;
use super::protocol::{Open, Reply};
use super::report::{Counters, DeviceFacts};
use crate::model::Model;

/// An encoder on a device.
pub trait Device {
    /// What it is.
    fn facts(&self) -> DeviceFacts;

    /// Encodes a window (`n_mels × 3000` values) into states (`positions × state` values); returns the
    /// milliseconds that the device was at work.
    ///
    /// # Errors
    /// [`Fault`] if the device failed; it is not used again then.
    fn encode(&mut self, mel: &[f32], states: &mut [f32]) -> Result<f64, Fault>;

    /// The same up to the first block's output, without what follows.
    ///
    /// # Errors
    /// As [`Device::encode`].
    fn first_block(&mut self, mel: &[f32], states: &mut [f32]) -> Result<(), Fault>;

    /// The states before and behind a block (the first is 0), for a window.
    ///
    /// # Errors
    /// As [`Device::encode`].
    fn block(
        &mut self,
        block: usize,
        mel: &[f32],
        before: &mut [f32],
        behind: &mut [f32],
    ) -> Result<(), Fault>;

    /// What has run since it was opened.
    fn counters(&self) -> Counters;
}

/// Told of each call that may never come back, before it is made.
pub type Entering<'a> = &'a mut dyn FnMut(Call) -> Result<(), Fault>;

/// Takes words to the parent.
pub type Say<'a> = &'a mut dyn FnMut(Reply) -> Result<(), Fault>;

/// Makes an encoder of what is asked for and of the model; tells of each call that may never come back.
pub trait Opener {
    /// What it makes.
    type Device: Device;

    /// Opens the device and prepares the weights.
    ///
    /// # Errors
    /// [`Fault`] with what to do.
    fn open(&mut self, open: &Open, model: &Model, entering: Entering<'_>) -> Result<Self::Device, Fault>;

    /// Tries the device out step by step, tells of each step, and closes it.
    ///
    /// # Errors
    /// [`Fault`] if the device fails, or computes wrongly.
    fn try_out(&mut self, open: &Open, model: &Model, say: Say<'_>) -> Result<(), Fault>;
}
