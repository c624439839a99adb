//! Why an ELF is refused.

use crate::Generation;

/// Why a file is refused as a program for the NPU in an ELF, before any runtime sees it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ElfRefusal {
    /// It does not begin as such a file does.
    #[error("this is no ELF for an NPU: {0}")]
    Foreign(&'static str),
    /// Something reaches beyond the end of where it stands.
    #[error("the ELF is damaged: {what} reaches beyond its end; make it again")]
    Outside {
        /// What does.
        what: &'static str,
    },
    /// A section that is needed is not there.
    #[error("the ELF has no section {0}: it is none that stands for itself, or none for an NPU")]
    Missing(&'static str),
    /// Two parts contradict each other, or a part contradicts itself.
    #[error("the ELF contradicts itself: {0}")]
    Contradiction(String),
    /// It was built for another NPU.
    #[error("the ELF is for {built}, and this computer has {here}; choose the one for {here}")]
    OtherDevice {
        /// What it was built for.
        built: String,
        /// What is here.
        here: Generation,
    },
}
