//! Instruction streams for the NPU's controller, which AMD calls transactions (TXN): read, written, shown, and made from
//! a description of what the shim's DMA has to move.
//!
//! A [`Stream`] is a header and [`Instruction`]s. [`decode()`] and [`encode()`] go between it and words, [`disasm()`] shows it.
//! A [`Traffic`] says which transfers are started and awaited; [`Traffic::check`] holds it against the hardware's limits
//! and [`Traffic::emit`] makes the stream. [`GOLDENS`] are streams that a public compiler made and that are made here
//! again, bit by bit.
//!
//! Words and their meaning: aie-rt (`xaie_txn.h`), mlir-aie (`TxnEncoding.h`, `AIETargetNPU.cpp`, `AIEDmaToNpu.cpp`),
//! AMD AM020 and AM025 (registers).

mod check;
#[cfg(test)]
mod check_tests;
mod compare;
mod decode;
mod descriptor;
mod dialect;
mod disasm;
mod emit;
mod encode;
mod error;
mod file;
mod goldens;
mod instruction;
mod register;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
mod traffic;

pub use check::{Limit, TrafficError};
pub use compare::{Difference, compare};
pub use decode::decode;
pub use descriptor::{Descriptor, Field, RangeError};
pub use dialect::{Dialect, FarArguments};
pub use disasm::disasm;
pub use encode::encode;
pub use error::TxnError;
pub use file::{FileError, from_file, sha256, to_bytes};
pub use goldens::{GOLDENS, Golden};
pub use instruction::{Generation, Header, Instruction, Layout, Stream};
pub use register::{Address, Channel, Direction, Place, Register, TileKind};
pub use traffic::{Device, Dim, Done, Pattern, Step, Traffic, Transfer, Wait, Write};
