//! No texts for other programs: this Hark was built without the service.

use super::desk::Desk;
use super::snapshot::ServiceView;
use super::state::Session;
use crate::settings::ServiceChoices;
use crossbeam_channel::{Receiver, never};
use std::time::Instant;

/// Nothing that could be on.
pub struct Programs;

impl Programs {
    pub fn of(_: &mut Desk) -> (Self, Receiver<()>) {
        (Self, never())
    }

    pub fn have_customers(&self) -> bool {
        false
    }

    pub fn try_again(&mut self) {}

    /// Nothing is shown of it.
    pub fn view(&self, _: ServiceChoices) -> Option<ServiceView> {
        None
    }

    pub fn close(&mut self) {}

    pub fn finish(self, _: Instant) {}
}

impl Session {
    pub(super) fn serve_programs(&mut self) {}
}
