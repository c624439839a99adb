//! Which models are on this machine, which are published, and which one is meant.

mod choice;
pub mod demo_rule;
mod found;
mod header;
mod own;
mod places;
pub mod published;

pub use choice::{Choice, UnknownModel, choose, resolve};
#[cfg(test)]
pub use found::ModelKind;
pub use found::{FoundModel, find};
#[cfg(feature = "download")]
pub use own::{Verified, record};
pub use own::{delete, is_own, unfinished_path, verified};
pub use places::{data_folder, models_folder};
