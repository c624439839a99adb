//! Many jobs on one engine: files and dictations share a model and the thread that computes.
//!
//! A job is a chain of windows, of which the next may depend on what became of the last. `turns` says whose turn
//! it is and computes nothing; `scheduler` computes and decides nothing. A `course` is one recording on its way,
//! `follow` one that is being made; `seats` are the windows that the decoder works on side by side.

mod course;
mod follow;
mod request;
mod scheduler;
mod seats;
mod turns;

pub use request::{Limits, LiveRequest, Refused, Request, Turned};
pub use scheduler::Scheduler;
