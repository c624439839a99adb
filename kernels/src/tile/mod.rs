//! The kernels of `kernels/cc` for a simulated core: the same tiles, bytes and algorithms, in loops for this machine.
//!
//! A [`Kernels`] works on the bytes of a core's memory, in which everything lies as on the device (`kernels/cc/tile.h`),
//! and says how many cycles a core takes for it ([`cycles`]). Sums are floats that are rounded in another order than a
//! core does it, and what a core composes of bfloat16 because it multiplies nothing wider is one product of floats
//! here: `engine/tests/npu_kernels` bounds how far that is from the kernels themselves. Memory that nobody wrote and
//! that is filled with NaN stays NaN in everything that is made of it.

mod attention;
mod blocks;
mod core;
pub mod cycles;
mod epilogue;
mod float;
mod product;
mod store;
#[cfg(test)]
mod tests;

use self::core::Core;
use crate::design::graph::Kernel;
use crate::design::mode;
use crate::txn::Generation;
use attention::Attention;
use blocks::Tile;
use epilogue::Parameters;
use hark_simd::{Isa, Rows64, multiply_small};
use std::ops::Range;

pub use self::core::CORE_BYTES;
pub use attention::Attended;
pub use blocks::{SIDE, TOKEN_BYTES};

/// Bytes to a multiple of which what kernels get must lie, as a core's vectors do.
const ALIGNMENT: usize = 64;

/// Why a kernel cannot be called like this: the program that calls it is wrong.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Too few or too many arguments.
    #[error("{name} takes {expected} arguments, not {given}", name = .kernel.name())]
    Arguments {
        /// Which kernel.
        kernel: Kernel,
        /// How many it takes.
        expected: usize,
        /// How many there were.
        given: usize,
    },
    /// An address that no such thing can have.
    #[error("{what} cannot lie at {address:#x}: it has {bytes} bytes, aligned to 64, of a core's {memory}")]
    Address {
        /// What should be there.
        what: &'static str,
        /// In the core's memory.
        address: u32,
        /// How long it is.
        bytes: usize,
        /// How long the memory is.
        memory: usize,
    },
    /// What goes out would lie in the sums that it is made of.
    #[error("a tile cannot go out at {address:#x}, where the core's sums are")]
    Overlap {
        /// In the core's memory.
        address: u32,
    },
}

/// The kernels of a core of one generation, with what they need for themselves. Several cores may share one.
pub struct Kernels {
    generation: Generation,
    isa: Isa,
    scratch: Box<Scratch>,
}

/// Tiles as floats.
struct Scratch {
    a: Tile,
    b: Rows64<SIDE>,
    values: Rows64<{ SIDE / 2 }>,
    product: Tile,
    attention: Attention,
}

impl Kernels {
    /// For cores of this generation, as fast as the CPU allows.
    pub fn new(generation: Generation) -> Self {
        Self::with_isa(generation, Isa::best())
    }

    /// As [`new`](Self::new), with an instruction set of the CPU's.
    pub fn with_isa(generation: Generation, isa: Isa) -> Self {
        let scratch = Scratch {
            a: [[0.0; SIDE]; SIDE],
            b: Rows64([[0.0; SIDE]; SIDE]),
            values: Rows64([[0.0; SIDE]; SIDE / 2]),
            product: [[0.0; SIDE]; SIDE],
            attention: Attention::default(),
        };
        Self { generation, isa, scratch: Box::new(scratch) }
    }

    /// Calls a kernel with the words of its parameters as `kernels/cc/core.h` has them: numbers, and addresses in
    /// `memory`, which is the core's. Gives the cycles that a core takes.
    ///
    /// # Errors
    /// If arguments are too few or too many, or an address cannot be.
    pub fn call(&mut self, kernel: Kernel, arguments: &[u32], memory: &mut [u8]) -> Result<u64, CallError> {
        match self.generation {
            Generation::Npu1 => self.call_rounding::<4>(kernel, arguments, memory),
            Generation::Npu2 => self.call_rounding::<8>(kernel, arguments, memory),
        }
    }

    fn call_rounding<const ROWS: usize>(
        &mut self,
        kernel: Kernel,
        arguments: &[u32],
        memory: &mut [u8],
    ) -> Result<u64, CallError> {
        let takes_mode = kernel != Kernel::A;
        if takes_mode && arguments.get(1).is_some_and(|word| word & mode::CUT_OFF != 0) {
            self.call_as::<ROWS, true>(kernel, arguments, memory)
        } else {
            self.call_as::<ROWS, false>(kernel, arguments, memory)
        }
    }

    fn call_as<const ROWS: usize, const CUT_OFF: bool>(
        &mut self,
        kernel: Kernel,
        arguments: &[u32],
        memory: &mut [u8],
    ) -> Result<u64, CallError> {
        let cycles = cycles::of(self.generation);
        match kernel {
            Kernel::Begin => {
                let [core, mode, keys] = words(kernel, arguments)?;
                begin(&mut Core::at(memory, core)?, mode, keys);
                Ok(cycles.begin(mode))
            }
            Kernel::A => {
                let [a, out, is_mine] = words(kernel, arguments)?;
                let (a, out) =
                    (token("a tile of A", memory, a)?, token("a tile that goes out", memory, out)?);
                if is_mine != 0 {
                    memory.copy_within(a, out.start);
                }
                Ok(cycles.a(is_mine != 0))
            }
            Kernel::AB => {
                let [core, mode, a, b] = words(kernel, arguments)?;
                self.multiply::<ROWS>(memory, core, mode, a, b)?;
                Ok(cycles.ab(mode))
            }
            Kernel::B => {
                let [core, mode, b, out] = words(kernel, arguments)?;
                if mode & mode::ATTENTION != 0 {
                    return Ok(cycles.attend(self.attend::<ROWS, CUT_OFF>(memory, core, b, out)?));
                }
                let parameters = Parameters::read::<ROWS>(&memory[token("parameters", memory, b)?]);
                let core = &mut Core::at(memory, core)?;
                self.isa.run(epilogue::Apply::<ROWS, CUT_OFF> { core, mode, parameters: &parameters });
                Ok(cycles.apply(mode))
            }
            Kernel::End => {
                let [core, mode, out] = words(kernel, arguments)?;
                let (mut core, out) = Core::and_token(memory, core, out)?;
                if mode & mode::ATTENTION != 0 {
                    self.isa.run(attention::Finish::<ROWS> { core: &mut core });
                }
                self.isa.run(store::Store::<ROWS, CUT_OFF> { core: &core, mode, out });
                Ok(cycles.end(mode))
            }
        }
    }

    fn multiply<const ROWS: usize>(
        &mut self,
        memory: &mut [u8],
        core: u32,
        mode: u32,
        a: u32,
        b: u32,
    ) -> Result<(), CallError> {
        let (a, b) = (token("a tile of A", memory, a)?, token("a tile of B", memory, b)?);
        let Scratch { a: left, b: right, product, .. } = &mut *self.scratch;
        self.isa.run(blocks::ReadA::<ROWS> { bytes: &memory[a], out: left });
        self.isa.run(blocks::ReadB { bytes: &memory[b], out: &mut right.0 });
        multiply_small(self.isa, left, right, product);
        let a = (mode & mode::STATISTICS != 0).then_some(&*left);
        self.isa.run(product::Add::<ROWS> { core: &mut Core::at(memory, core)?, product, a });
        Ok(())
    }

    fn attend<const ROWS: usize, const CUT_OFF: bool>(
        &mut self,
        memory: &mut [u8],
        core: u32,
        b: u32,
        queries: u32,
    ) -> Result<Attended, CallError> {
        let queries = token("a tile of queries", memory, queries)?;
        let b = token("keys with their values", memory, b)?;
        if Core::at(memory, core)?.keys() <= 0 {
            return Ok(Attended::default());
        }
        let Scratch { a, b: keys, values, product, attention } = &mut *self.scratch;
        let (of_keys, of_values) = memory[b].split_at(TOKEN_BYTES / 2);
        self.isa.run(blocks::ReadA::<ROWS> { bytes: &memory[queries], out: a });
        self.isa.run(blocks::ReadKeys { bytes: of_keys, out: &mut keys.0 });
        self.isa.run(blocks::ReadB { bytes: of_values, out: &mut values.0 });
        multiply_small(self.isa, a, keys, product);
        let (core, table) = (&mut Core::at(memory, core)?, attention::powers(self.generation, CUT_OFF));
        let weigh = attention::Weigh::<ROWS, CUT_OFF> { core, table, scores: product, out: attention };
        let attended = self.isa.run(weigh);
        multiply_small(self.isa, &attention.weights, values, product);
        self.isa.run(attention::Add::<ROWS> { core, down: &attention.down, product });
        Ok(attended)
    }
}

/// As `hark_begin`.
fn begin(core: &mut Core<'_>, mode: u32, keys: u32) {
    core.sums.as_flattened_mut().fill(0);
    if mode & (mode::STATISTICS | mode::ATTENTION) != 0 {
        core.first.as_flattened_mut().fill(0);
        core.second.as_flattened_mut().fill(0);
    }
    if mode & mode::ATTENTION != 0 {
        core.begin_attention(keys);
    }
}

fn words<const N: usize>(kernel: Kernel, arguments: &[u32]) -> Result<[u32; N], CallError> {
    arguments.try_into().map_err(|_| CallError::Arguments { kernel, expected: N, given: arguments.len() })
}

/// Where a tile lies in memory.
fn token(what: &'static str, memory: &[u8], address: u32) -> Result<Range<usize>, CallError> {
    range(what, memory, address, TOKEN_BYTES)
}

fn range(what: &'static str, memory: &[u8], address: u32, bytes: usize) -> Result<Range<usize>, CallError> {
    let first = address as usize;
    let is_inside = first.checked_add(bytes).is_some_and(|end| end <= memory.len());
    if is_inside && first.is_multiple_of(ALIGNMENT) {
        Ok(first..first + bytes)
    } else {
        Err(CallError::Address { what, address, bytes, memory: memory.len() })
    }
}
