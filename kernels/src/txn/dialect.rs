//! Where the generations of the compiler differ in what they write of the same traffic.

use super::descriptor::{Descriptor, Field, RangeError};
use super::instruction::Layout;
use super::traffic::Transfer;

/// Arguments whose addresses the firmware translates.
pub(super) const NEAR: u8 = 5;
/// How much further on the array sees the system's memory. The firmware adds it to the arguments that it translates
/// (XRT, `elf_patcher.cpp`; mlir-aie, `AIETargetNPU.cpp`).
pub(super) const FAR: u64 = 0x8000_0000;
/// The code for 256 bytes at once.
const BURST: u64 = 2;

/// What becomes of arguments from the sixth on, which the firmware does not translate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FarArguments {
    /// They are refused.
    Refused,
    /// They are marked, as a stream for an xclbin must.
    Marked,
    /// They are written like others: in a full ELF, where they are marked otherwise, and by older compilers.
    Plain,
}

/// Where compilers differ that write the same traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// How instructions are laid out.
    pub layout: Layout,
    /// Bits of a channel's settings that say who takes its tokens: 4 at first, 5 later.
    pub controller_mask: u32,
    /// AxCache of all accesses: 2 lets the interconnect join small ones.
    pub cache: u8,
    /// Whether a descriptor has the offset into the buffer too, which is patched over.
    pub offset_in_descriptor: bool,
    /// Arguments from the sixth on.
    pub far: FarArguments,
}

impl Dialect {
    /// The compiler of 2024, that repeats offsets in descriptors.
    pub const FIRST: Self = Self {
        layout: Layout::Short,
        controller_mask: 0xf00,
        cache: 0,
        offset_in_descriptor: true,
        far: FarArguments::Plain,
    };
    /// The next, that leaves them out.
    pub const SECOND: Self = Self { offset_in_descriptor: false, ..Self::FIRST };
    /// That of 2025, with version 0.1 and joined accesses.
    pub const THIRD: Self =
        Self { layout: Layout::Compiler, controller_mask: 0x1f00, cache: 2, ..Self::SECOND };
    /// Ours: the newest, for as many arguments as are translated.
    pub const OURS: Self = Self { far: FarArguments::Refused, ..Self::THIRD };

    /// The buffer descriptor of a transfer. The argument's address is patched in later.
    pub(super) fn descriptor(&self, t: &Transfer) -> Result<Descriptor, RangeError> {
        let mut descriptor = Descriptor::default();
        let mut set = |field, value| descriptor.set(field, value);
        let step = |stride: u32| u64::from(stride.saturating_sub(1));
        set(Field::Length, t.pattern.words())?;
        if self.offset_in_descriptor {
            set(Field::BaseLow, t.offset.into())?;
        }
        if !t.pattern.is_row() {
            let [first, second, third] = t.pattern.dims;
            set(Field::Wrap0, first.size.into())?;
            set(Field::Wrap1, second.size.into())?;
            for (field, dim) in [(Field::Step0, first), (Field::Step1, second), (Field::Step2, third)] {
                set(field, if dim.size > 1 { step(dim.stride) } else { 0 })?;
            }
        }
        let runs = t.pattern.runs;
        if runs.size > 1 && runs.stride > 0 {
            set(Field::IterationWrap, u64::from(runs.size) - 1)?;
            set(Field::IterationStep, step(runs.stride))?;
        }
        set(Field::Burst, BURST)?;
        set(Field::Cache, self.cache.into())?;
        set(Field::Valid, 1)?;
        Ok(descriptor)
    }

    /// Bytes into the argument, with what marks one that the firmware does not translate.
    pub(super) fn plus(&self, t: &Transfer) -> u64 {
        let marked = t.argument >= NEAR && self.far == FarArguments::Marked;
        u64::from(t.offset) * 4 + if marked { FAR } else { 0 }
    }
}
