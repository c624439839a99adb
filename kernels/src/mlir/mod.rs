//! The design as text for the compiler that makes a device's program of it: MLIR, in the dialect of mlir-aie 1.3.4.
//!
//! Everything is explicit, as in [`crate::design::graph`], so that the compiler chooses nothing but routes: buffers have
//! addresses, locks and descriptors numbers. All memories are of words (`i32`), and so are all offsets and strides.
//! [`check`] reads such text, ours and others', and holds it against the hardware.
//!
//! The dialect changed after that release (July 2026: numbers of `aie.use_lock`, `aie.dma_bd` and `aiex.npu.write32`
//! became values of their own), and before it (March 2026: `link_with` belongs to functions), so that a text is for one
//! release. `kernels/build.sh` asks the compiler before it trusts it.

mod calls;
pub mod check;
mod launch;
mod page;
mod parts;
mod program;
#[cfg(test)]
mod read_back;
mod reference;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

use crate::design::graph::{At, Graph, Kernel};
use crate::txn::{Generation, Traffic};
use page::Page;
pub use reference::reference;

/// The release of mlir-aie whose dialect this is.
pub const RELEASE: &str = "1.3.4";
/// What the kernels are compiled to, which the text names.
pub const OBJECT: &str = "hark_core.o";

/// Why a design has no text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// An index into a tile's buffers, locks or ports is too large.
    #[error("tile {},{} has no {what} of index {index}", .at.column, .at.row)]
    Missing {
        /// Which tile.
        at: At,
        /// What kind.
        what: &'static str,
        /// Its index.
        index: usize,
    },
    /// A stream leads to a tile that the design does not have.
    #[error("a stream leads to tile {},{}, which the design does not have", .0.column, .0.row)]
    NoTile(At),
    /// A name that the text cannot have.
    #[error("{0:?} is no name for text: letters, digits and _ make one")]
    Name(String),
    /// A buffer that does not consist of whole words.
    #[error("{0} is not whole words long")]
    Words(String),
    /// A program uses what it has not read or taken, or does not give back what it has.
    #[error("the program of core {},{}: {what}", .at.column, .at.row)]
    Program {
        /// Which core.
        at: At,
        /// What is wrong.
        what: &'static str,
    },
    /// A kernel is called in two ways.
    #[error("{} is called with other parameters in different places", .0.name())]
    Signature(Kernel),
    /// A launch waits for a token that no task gives, or is for another device.
    #[error("step {step} of the launch: {what}")]
    Launch {
        /// Which step, from 0.
        step: usize,
        /// What is wrong.
        what: &'static str,
    },
}

/// The text of a design, and of one launch if there is one, from which the compiler makes the same instructions as
/// [`Traffic::emit`].
///
/// # Errors
/// [`TextError`] if the graph contradicts itself. Whether it fits the hardware is not asked here.
pub fn text(graph: &Graph, launch: Option<&Traffic>) -> Result<String, TextError> {
    let mut page = Page::default();
    page.open("module {");
    page.open(&format!("aie.device({}) {{", device(graph)));
    calls::functions(&mut page, graph)?;
    parts::tiles(&mut page, graph)?;
    parts::flows(&mut page, graph)?;
    for tile in &graph.tiles {
        parts::chains(&mut page, tile)?;
    }
    for tile in &graph.tiles {
        program::core(&mut page, tile)?;
    }
    if let Some(traffic) = launch {
        launch::sequence(&mut page, graph, traffic)?;
    }
    page.close("}");
    page.close("}");
    Ok(page.into_text())
}

/// What the compiler calls so many columns of a device.
fn device(graph: &Graph) -> String {
    let device = graph.device;
    let name = match device.generation {
        Generation::Npu1 => "npu1",
        Generation::Npu2 => "npu2",
    };
    if device.columns == device.all_columns() {
        return name.to_owned();
    }
    format!("{name}_{}col", device.columns)
}

/// A tile's name in the text.
fn tile_name(at: At) -> String {
    format!("%tile_{}_{}", at.column, at.row)
}
