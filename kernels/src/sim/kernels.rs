//! The border between the array and what its cores compute.

use crate::design::graph::{At, Kernel};
use crate::tile;

/// Who computes.
pub trait Kernels: Send {
    /// Does on a core's memory what a kernel of `kernels/cc/core.h` does, and says how many cycles it takes there. The
    /// arguments are its parameters in order: numbers, and addresses in that memory.
    ///
    /// # Errors
    /// What is wrong with the call.
    fn call(&mut self, kernel: Kernel, core: At, arguments: &[u32], memory: &mut [u8])
    -> Result<u64, String>;
}

impl Kernels for tile::Kernels {
    fn call(&mut self, kernel: Kernel, _: At, arguments: &[u32], memory: &mut [u8]) -> Result<u64, String> {
        Self::call(self, kernel, arguments, memory).map_err(|error| error.to_string())
    }
}

/// Which of a kernel's arguments it reads, so that they must have been written.
pub(super) const fn reads(kernel: Kernel) -> &'static [usize] {
    match kernel {
        Kernel::A => &[0],
        Kernel::AB => &[2, 3],
        Kernel::B => &[2],
        Kernel::Begin | Kernel::End => &[],
    }
}
