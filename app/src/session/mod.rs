//! The session: what is being recorded and transcribed, and what to show of it. Its thread never
//! waits for the window.

mod command;
mod snapshot;

pub use command::{Command, SaveFormat};
pub use snapshot::*;
