//! How long the encoder would take on an NPU: a model of times, from numbers that others published.
//!
//! Everything that it says is simulated: no figure of it was measured. How far it is off is known only for what others
//! measured ([`points`]), half of which was kept for that.

pub mod changes;
pub mod control;
pub mod counted;
pub mod draw;
pub mod encoder;
pub mod kernels;
pub mod operation;
pub mod others;
pub mod points;
pub mod streams;
pub mod table;

#[cfg(test)]
mod against_tests;
#[cfg(test)]
mod tests;
