//! Hark's encoder on the NPU: the design, what is made of it, and a functional fake of the device.
//!
//! A [`plan::Plan`] is Whisper's encoder as operations ([`op::Op`]) on five buffers.
//! The shared library is a device to test with: [`c_abi`] has the functions of nx.h over a [`runtime::Host`], which
//! knows of the device only what the trait [`runtime::Device`] says, and [`fake::Fake`] is such a device.

#[allow(unsafe_code, reason = "a C interface takes pointers")]
pub mod c_abi;
pub mod cost;
pub mod design;
pub mod fake;
pub mod op;
pub mod plan;
pub mod runtime;
pub mod sim;
pub mod tile;
pub mod txn;
