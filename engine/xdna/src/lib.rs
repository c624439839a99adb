//! AMD's NPU behind a safe interface: devices, contexts, kernels, buffers, runs and run lists.
//!
//! The device is reached through the C interface `nx_*` of `shim/nx.h`, in a library that is opened at run time, so
//! that a program built with this crate starts on machines that have no NPU and no runtime for one.
//!
//! # What the types promise
//! - A handle keeps alive what it was made from, and everything is closed in the right order whatever the order in
//!   which the handles are dropped.
//! - A [`Buffer`], [`Kernel`], [`Run`] or [`RunList`] borrows its [`Context`] and cannot outlive it, so that dropping
//!   the context gives its place on the device back. Where one struct has to own a context together with what belongs
//!   to it, [`Context::share`] makes one whose parts hold it open instead.
//! - Starting a run takes the exclusive borrow of each [`Buffer`] that it uses and gives it back when the run is over:
//!   a buffer that the device is at work on can be neither read nor written, and a run can't be changed. What never
//!   changes (weights, instructions) is made [`Resident`] once, and needs no borrow.
//! - There is no wait without a limit. A run that misses its limit is left to the library, which parks it; the context
//!   is poisoned from then on and the run's buffers are lost ([`ErrorKind::Poisoned`]).
//!
//! Calls into one library are made one at a time, a wait included: use one from one thread.

#[allow(missing_docs, non_camel_case_types, non_snake_case, dead_code, clippy::all, clippy::undocumented_unsafe_blocks)]
#[rustfmt::skip]
mod bindings;
mod buffer;
mod context;
mod device;
pub mod diagnosis;
pub mod discovery;
pub mod elf;
mod error;
mod generation;
mod kept;
mod library;
mod list;
#[cfg(doctest)]
mod misuse;
mod pool;
mod raw;
mod run;
mod shared;
pub mod xclbin;

pub use buffer::{Argument, Buffer, BufferKind, Direction, Resident, SubBuffer};
pub use context::{Context, Kernel, SharedContext};
pub use device::{Device, DeviceInfo, KernelInfo, Xclbin};
pub use error::{Error, ErrorKind, ListError};
pub use generation::Generation;
pub use kept::Counters;
pub use library::{Counts, Library};
pub use list::{Executing, RunList};
pub use pool::Pool;
pub use run::{Run, Started};
pub use shared::SharedRegion;
