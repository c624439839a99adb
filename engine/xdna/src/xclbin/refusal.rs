//! Why an xclbin is refused.

use super::section::Kind;
use crate::Generation;

/// Why a file is refused as an xclbin, before any runtime sees it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It does not begin as an xclbin does.
    #[error("this is no xclbin: it does not begin with `xclbin2`")]
    Magic,
    /// The file says another length than it has, so it was cut off or added to.
    #[error("the xclbin is damaged: it says that it has {said} bytes, and has {has}; fetch it again")]
    Length {
        /// What its header says, in bytes.
        said: u64,
        /// What it has, in bytes.
        has: u64,
    },
    /// Something reaches beyond the end of where it stands.
    #[error("the xclbin is damaged: {what} reaches beyond its end; fetch it again")]
    Outside {
        /// What does.
        what: &'static str,
    },
    /// More of something than any design has.
    #[error("the xclbin has {count} {what}, more than the {limit} that any design has; fetch it again")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        count: u64,
        /// The most that is read.
        limit: usize,
    },
    /// A section that is needed is not there.
    #[error("the xclbin has no section {0}: it is not one for an NPU")]
    Missing(Kind),
    /// A section stands there twice, so that nobody can tell which one counts.
    #[error("the xclbin has two sections {0}; fetch it again")]
    Twice(Kind),
    /// Text that is not UTF-8, not ended, or holds what a name cannot hold.
    #[error("the xclbin is damaged: {what} is no text that a name can be; fetch it again")]
    Text {
        /// Which text.
        what: &'static str,
    },
    /// The kernels' description is not what it should be.
    #[error("the description of the xclbin's kernels cannot be read: {0}")]
    Metadata(String),
    /// One part speaks of another that is not there, or two parts contradict each other.
    #[error("the xclbin contradicts itself: {0}")]
    Contradiction(String),
    /// What stands beside it cannot be read.
    #[error("hark-npu.json beside the xclbin cannot be read ({0}); put both there again")]
    Manifest(String),
    /// It was made by other compilers than this Hark's design is for.
    #[error("the xclbin was made by {tool} {made}, and this Hark needs one by {wanted}; make it again")]
    Compiler {
        /// Which.
        tool: &'static str,
        /// Its version.
        made: String,
        /// The one that is needed.
        wanted: &'static str,
    },
    /// A file is another one than was made.
    #[error(
        "{name} is not what was made according to hark-npu.json beside the xclbin; put the xclbin of this Hark there"
    )]
    Altered {
        /// Which.
        name: &'static str,
    },
    /// It was built for another NPU.
    #[error("the xclbin is for {built}, and this computer has {here}; choose the one for {here}")]
    OtherDevice {
        /// What it was built for.
        built: String,
        /// What is here.
        here: Generation,
    },
}
