//! The xclbin container, in which a design for the NPU comes: what it holds, checked before a runtime sees it.
//!
//! The layout is that of the `axlf` structures which XRT publishes in its `xclbin.h`. Nothing in a file is believed:
//! each offset, size and count is checked against the file, and each part against those that it speaks of, because
//! the runtime takes much of that for granted. No allocation is larger than the file by more than a constant.

mod bytes;
mod kernels;
mod manifest;
mod partition;
mod refusal;
mod section;
#[cfg(test)]
mod tests;
pub mod write;

pub use kernels::{Argument, Kernel, Memory};
pub use manifest::{Manifest, check_file};
pub use partition::{Partition, Program};
pub use refusal::Refusal;

use crate::Generation;
use section::{Container, Kind};

/// What an xclbin holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Design<'a> {
    /// The file's identity, by which the runtime tells designs apart.
    pub uuid: [u8; 16],
    /// The platform that it names; empty in most files. Hark's own say `hark:xdna1` or `hark:xdna2`.
    pub platform: String,
    /// The columns that it takes, and what is loaded into them.
    pub partition: Partition<'a>,
    /// The memories that its kernels' arguments can be in.
    pub memories: Vec<Memory>,
    /// The kernels that the NPU runs.
    pub kernels: Vec<Kernel>,
}

impl<'a> Design<'a> {
    /// Reads the whole of an xclbin's bytes.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] that says what is wrong with the file.
    pub fn read(file: &'a [u8]) -> Result<Self, Refusal> {
        let container = Container::open(file)?;
        let partition = partition::read(container.need(Kind::AiePartition)?)?;
        let memories = kernels::memories(container.need_either(Kind::GroupTopology, Kind::MemTopology)?)?;
        let kernels = kernels::read(
            container.need(Kind::EmbeddedMetadata)?,
            container.need(Kind::IpLayout)?,
            container.need_either(Kind::GroupConnectivity, Kind::Connectivity)?,
            &memories,
            &partition,
        )?;
        let (uuid, platform) = (container.uuid()?, container.platform()?.to_owned());
        Ok(Self { uuid, platform, partition, memories, kernels })
    }

    /// Checks that the design is not one for another NPU.
    ///
    /// Hark's own files name theirs. Others do not; of those only the ones that want more columns than there are can
    /// be told from the file.
    ///
    /// # Errors
    ///
    /// [`Refusal::OtherDevice`].
    pub fn check_for(&self, here: Generation) -> Result<(), Refusal> {
        let named = self.generation();
        let other = |built: String| Err(Refusal::OtherDevice { built, here });
        match named {
            Some(generation) if generation == here => {}
            Some(generation) => return other(generation.to_string()),
            None if self.platform.starts_with("hark:") => return other(format!("“{}”", self.platform)),
            None => {}
        }
        let width = u32::from(self.partition.columns);
        let starts = &self.partition.start_columns;
        let fits = |start: u32| start + width <= here.columns();
        if starts.iter().any(|&start| fits(start.into())) || starts.is_empty() && fits(0) {
            Ok(())
        } else {
            other(format!("an NPU with more than {} columns", here.columns()))
        }
    }

    /// The generation that the file names; Hark's own do.
    pub fn generation(&self) -> Option<Generation> {
        Generation::ALL.into_iter().find(|generation| self.platform == generation.platform())
    }

    /// The kernel of that name.
    pub fn kernel(&self, name: &str) -> Option<&Kernel> {
        self.kernels.iter().find(|kernel| kernel.name == name)
    }
}
