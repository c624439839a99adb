//! What a worker opens: the device behind a library `nx_*`, for a model or to be tried out.

use super::bench::steps;
use super::device::{Entering, Opener, Say};
use super::fault::Fault;
use super::library_device::Npu;
use super::protocol::Open;
use crate::model::Model;

/// Opens devices.
pub struct OpensNpu;

impl Opener for OpensNpu {
    type Device = Npu;

    fn open(&mut self, open: &Open, model: &Model, entering: Entering<'_>) -> Result<Npu, Fault> {
        Npu::open(open, model, entering)
    }

    fn try_out(&mut self, open: &Open, model: &Model, say: Say<'_>) -> Result<(), Fault> {
        steps(open, model, say)
    }
}
