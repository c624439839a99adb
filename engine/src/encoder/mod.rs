//! From a log-mel window to encoder states, by whoever is there to do it.

mod cpu;
mod fake;
pub mod npu;

pub use cpu::CpuBackend;
pub(crate) use cpu::encode_by_layers;
pub use fake::FakeBackend;

use crate::cancel::{Cancel, Cancelled};
use crate::mel::MelWindow;
use crate::metrics::WallTime;
pub use crate::precision::Precision;
use npu::Moment;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What an encoder gives: `positions × state` values, row-major f32, one row per 20 ms.
#[derive(Clone, Debug, PartialEq)]
pub struct EncoderOutput {
    /// Rows (1500 for a 30 s window).
    pub positions: usize,
    /// Channels per row.
    pub state: usize,
    /// `positions × state` values.
    pub data: Vec<f32>,
}

/// Runs Whisper's encoder. Weights are prepared once, when the value is made.
pub trait Backend: Send {
    /// What this backend is.
    fn describe(&self) -> BackendInfo;

    /// Encodes windows of `n_mels × 3000` log-mel values; one output per window, in order.
    ///
    /// # Errors
    /// [`BackendError::Cancelled`] soon after `cancel` is raised, [`BackendError::Shape`] for a
    /// window of another model, [`BackendError::Device`] if the hardware failed.
    fn encode(&mut self, windows: &[MelWindow], cancel: &Cancel) -> Result<Vec<EncoderOutput>, BackendError>;

    /// What really ran since this backend was made.
    fn evidence(&self) -> Evidence;

    /// The encoder on the CPU: this one, or the one that stands in for it.
    fn cpu(&mut self) -> &mut dyn Backend;

    /// Begins with windows that will be asked for next, where hardware of its own does that beside the CPU;
    /// [`Backend::encode`] waits less for them then, and gives the same. Nothing is said of what fails here.
    fn begin(&mut self, _windows: &[MelWindow]) {}

    /// Whether [`Backend::begin`] does anything.
    fn works_beside(&self) -> bool {
        false
    }

    /// Takes in what has changed around it while nothing is encoded. Whether it wants to do that again soon.
    fn refresh(&mut self) -> bool {
        false
    }

    /// Takes down what the decoder does meanwhile, for whoever looks at what ran beside what.
    fn note(&mut self, _moment: Moment) {}
}

/// Who computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BackendKind {
    /// This machine's CPU.
    Cpu,
    /// An NPU.
    Npu,
    /// A simulated NPU, for tests.
    Simulated,
    /// A stand-in for tests.
    Fake,
}

/// What a backend is: kind, a name for people, precision, threads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackendInfo {
    /// Who computes.
    pub kind: BackendKind,
    /// For the badge, such as `CPU`.
    pub name: String,
    /// Precision of the linear layers.
    pub precision: Precision,
    /// CPU threads in use.
    pub threads: usize,
}

/// What really ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Windows encoded to the end.
    pub windows: u64,
    /// Encoder layers run to the end.
    pub layers: u64,
    /// Time inside `encode`.
    pub time: WallTime,
}

/// Why a window was not encoded.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// The work was asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The window does not have the model's shape.
    #[error(
        "the encoder expects {expected} values per window and was given {given}; the window belongs to another model"
    )]
    Shape {
        /// Values that the model wants.
        expected: usize,
        /// Values that were given.
        given: usize,
    },
    /// The device failed; the text says what happened and what to do.
    #[error("{0}")]
    Device(String),
}

impl fmt::Display for BackendKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cpu => "CPU",
            Self::Npu => "NPU",
            Self::Simulated => "simulated NPU",
            Self::Fake => "fake",
        })
    }
}
