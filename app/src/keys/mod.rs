//! Keys that work wherever the focus is.
//!
//! On X11 they are grabbed; on Wayland the desktop's GlobalShortcuts portal gives them, where there is
//! one; and everywhere a desktop can be told to run `hark toggle` and its like ([`crate::bindings::hints`]). Each way has a
//! thread of its own, which comes back when its display or bus does.

#[cfg(target_os = "linux")]
mod held;
#[cfg(target_os = "linux")]
mod keymap;
#[cfg(target_os = "linux")]
mod portal;
#[cfg(target_os = "linux")]
#[cfg(test)]
mod portal_tests;
#[cfg(target_os = "linux")]
mod send;
mod service;
mod standing;
#[cfg(target_os = "linux")]
mod x11;

pub use service::{Keys, probe};
pub use standing::{planned, standing};
