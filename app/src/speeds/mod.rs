//! How fast a model is on this machine: measured where it was used, estimated before.
//!
//! An estimate needs no download: one layer of the encoder and one of the decoder, with weights from a formula, are
//! timed for each width that models have ([`Sample`]), and the rest of a model is more of the same.

mod estimate;
mod gauge;
pub mod operations;
mod store;

pub use estimate::{Sample, WIDTHS, estimated};
pub use gauge::gauge;
pub use store::Speeds;

/// What is known of a model's speed: audio time per processing time, higher is better.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Known {
    /// From one layer of its shape.
    Estimated(f64),
    /// From the person's own recordings.
    Measured(f64),
}
