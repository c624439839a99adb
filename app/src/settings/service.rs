//! Texts for other programs on this computer.

use serde::{Deserialize, Serialize};
use std::num::NonZeroU16;

/// The port that programs find texts at unless another one is chosen, here and in `hark serve`.
pub const SERVICE_PORT: u16 = 4275;

/// Whether the window gives texts to other programs on this computer, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServiceChoices {
    pub on: bool,
    /// Port of this computer's own address, 127.0.0.1.
    pub port: NonZeroU16,
}

impl Default for ServiceChoices {
    fn default() -> Self {
        Self { on: false, port: NonZeroU16::new(SERVICE_PORT).unwrap_or(NonZeroU16::MAX) }
    }
}
