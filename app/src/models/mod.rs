//! Which models are on this machine, and which one is meant.

mod choice;
pub mod demo_rule;
mod found;
mod header;
mod places;

pub use choice::{Choice, UnknownModel, choose, resolve};
pub use found::{FoundModel, find};
pub use places::{data_folder, models_folder};
