//! Hark's encoder on the NPU: the design, what is made of it, and a functional fake of the device.
//!
//! A [`plan::Plan`] is Whisper's encoder as operations ([`op::Op`]) on five buffers.

pub mod op;
pub mod plan;
