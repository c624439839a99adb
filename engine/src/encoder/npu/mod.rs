//! The encoder on an NPU, kept at a distance.
//!
//! Drivers hang and vendors' libraries abort, so the device is opened by a worker process of this program
//! ([`worker`]), which is spoken to in lines ([`protocol`]) and given windows through shared memory ([`Exchange`]).
//! [`NpuHandle`] is the only way to it, and gives every call a deadline. [`Selected`] puts it beside the CPU's encoder:
//! [`policy`] says who serves, [`NpuReport`] what speaks for it.

mod bench;
mod call;
mod config;
mod device;
mod encoder;
mod exchange;
mod fault;
mod handle;
mod library_device;
mod opens_npu;
pub mod policy;
mod process;
pub mod protocol;
mod recovery;
mod report;
mod resume;
mod selected;
mod self_check;
mod session;
mod stamps;
mod step;
mod try_out;
mod vigil;
mod wires;
pub mod worker;

pub use call::Call;
pub use config::{Limits, NpuConfig};
pub use device::{Device, Entering, Opener, Say};
pub use encoder::{NpuContext, NpuCounters, NpuDevice, NpuEncoder, NpuError, NpuLimits, NpuMemory, Takes};
pub use exchange::Exchange;
pub use fault::{Fault, FaultKind};
pub use handle::{Encoded, MOST_WINDOWS, NpuHandle, Stopped};
pub use opens_npu::OpensNpu;
pub use policy::{NpuSetting, Pair, Power, Speeds, Why};
pub use process::Ended;
pub use recovery::Recovery;
pub use report::{
    BackendChange, Counters, DeviceFacts, NpuKind, NpuReport, NpuState, NpuUse, SelfCheck, VigilReport,
};
pub use resume::since_boot;
pub use selected::{NewsSink, NpuPlan, Selected};
pub use session::NpuSession;
pub use stamps::{Moment, Stamp, Stamps};
pub use step::{STEPS, Step};
pub use try_out::{TriedOut, TryFailure, try_out};
pub use wires::in_worker;
