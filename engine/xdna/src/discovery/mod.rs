//! What this computer has for an NPU, as Linux tells it: devices, driver, permissions, limits, runtime.
//!
//! Nothing here opens the runtime or runs anything on the device; its node is opened once, to see whether it can be.
//! Every place is looked up below the folders that [`Places`] names, so that tests bring their own.

mod npus;
mod places;
mod runtime;
mod system;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use npus::generation_at;
pub use npus::{Node, Npu};
pub use places::Places;
pub use runtime::Runtime;
pub(crate) use system::DRIVER;
pub use system::{Kernel, Module, Process, Sandbox};

/// Everything that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Findings {
    /// The NPUs that this crate knows, by their PCI address.
    pub npus: Vec<Npu>,
    /// The kernel and its driver.
    pub kernel: Kernel,
    /// What this process may do.
    pub process: Process,
    /// The runtime.
    pub runtime: Runtime,
}

/// Looks around. Reads some small files and opens the node of the first NPU.
pub fn look(places: &Places<'_>) -> Findings {
    Findings {
        npus: npus::find(places),
        kernel: system::kernel(places),
        process: system::process(places),
        runtime: runtime::find(places),
    }
}
