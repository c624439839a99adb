//! The border between the array and what its cores compute.

use crate::design::graph::{At, Kernel};
use std::ops::Range;

/// Who computes.
pub trait Kernels: Send {
    /// Does what a kernel does on a core's memory, and says how many cycles it takes there.
    ///
    /// # Errors
    /// What is wrong with the call.
    fn call(
        &mut self,
        kernel: Kernel,
        core: &mut CoreMemory<'_>,
        arguments: &[Operand],
    ) -> Result<u64, String>;
}

/// What a kernel is called with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operand {
    /// A number.
    Number(u32),
    /// Words of the core's memory.
    Words(Range<usize>),
}

impl Operand {
    /// The number.
    ///
    /// # Errors
    /// If it is memory.
    pub fn number(&self) -> Result<u32, String> {
        match self {
            Self::Number(number) => Ok(*number),
            Self::Words(_) => Err("memory is given in place of a number".into()),
        }
    }
}

/// The memory of a core, as a kernel sees it.
pub struct CoreMemory<'a> {
    /// Whose it is.
    pub at: At,
    pub(super) words: &'a mut [u32],
}

impl<'a> CoreMemory<'a> {
    /// A core's memory, in words.
    pub fn new(at: At, words: &'a mut [u32]) -> Self {
        Self { at, words }
    }

    /// Several buffers at once.
    ///
    /// # Errors
    /// If one is a number or not in memory, or two share a word.
    pub fn buffers<const N: usize>(&mut self, operands: [&Operand; N]) -> Result<[&mut [u32]; N], String> {
        let mut ranges = [const { 0..0 }; N];
        for (range, operand) in ranges.iter_mut().zip(operands) {
            match operand {
                Operand::Words(words) => *range = words.clone(),
                Operand::Number(_) => return Err("a number is given in place of memory".into()),
            }
        }
        self.words.get_disjoint_mut(ranges).map_err(|error| error.to_string())
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
