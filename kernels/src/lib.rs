//! Hark's encoder on the NPU: the design, what is made of it, and a functional fake of the device.
//!
//! An [`encoder::Encoder`] is a [`plan::Plan`], Whisper's encoder as operations ([`op::Op`]) on five buffers, or a
//! [`design::encoder::Program`], the same as instruction streams for the [`design`].
//! The shared library is a device to test with: [`c_abi`] has the functions of nx.h over a [`runtime::Host`], which
//! knows of the device only what the trait [`runtime::Device`] says, and [`fake::Fake`] is such a device. [`c_array`] is
//! the simulated array alone, for a driver that is played.

#[allow(unsafe_code, reason = "a C interface takes pointers")]
pub mod c_abi;
#[allow(unsafe_code, reason = "a C interface takes pointers")]
pub mod c_array;
pub mod constants;
pub mod cost;
pub mod design;
pub mod encoder;
pub mod fake;
pub mod mlir;
pub mod op;
pub mod plan;
pub mod runtime;
pub mod sim;
pub mod tile;
pub mod txn;

use hark_xdna::Generation;

/// The generation that a device made of software stands for: XDNA1, or what the environment variable
/// `HARK_NPU_GENERATION` says (`xdna1` or `xdna2`). For tests.
pub fn stand_in() -> Generation {
    match std::env::var("HARK_NPU_GENERATION").as_deref() {
        Ok("xdna2") => Generation::Xdna2,
        _ => Generation::Xdna1,
    }
}
