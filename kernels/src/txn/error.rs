//! Why words are no stream.

/// Why words are no stream. Places are counted in words from the beginning of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TxnError {
    /// Less than a header.
    #[error("an instruction stream has a header of 4 words, and here are {given}")]
    Header {
        /// Words that there are.
        given: usize,
    },
    /// Another version.
    #[error("the stream has version {major}.{minor}; 0.1 and 1.0 are known")]
    Version {
        /// The lowest byte.
        major: u8,
        /// The byte above.
        minor: u8,
    },
    /// Another device.
    #[error("the stream is for device generation {0}; 3 (NPU1) and 4 (NPU2) are known")]
    Generation(u8),
    /// Fewer or more words than the header says.
    #[error("the header says {said} bytes, and here are {given}")]
    Length {
        /// Bytes by the header.
        said: u32,
        /// Bytes that there are.
        given: usize,
    },
    /// The words end inside an instruction, or before the number of instructions in the header.
    #[error("word {at}: an instruction of {needed} words or more begins here, and only {left} are left")]
    Truncated {
        /// Where it begins.
        at: usize,
        /// Words that it needs.
        needed: usize,
        /// Words that there are.
        left: usize,
    },
    /// No such instruction.
    #[error("word {at}: there is no instruction {code:#04x}")]
    Unknown {
        /// Where.
        at: usize,
        /// Its code.
        code: u8,
    },
    /// An instruction whose words no public source describes; aie-rt never writes it into a stream.
    #[error("word {at}: {name} has no public layout")]
    NoLayout {
        /// Where.
        at: usize,
        /// Its name.
        name: &'static str,
    },
    /// A length that the instruction cannot have.
    #[error("word {at}: {said} bytes cannot be the length of this instruction")]
    Size {
        /// Where the length stands.
        at: usize,
        /// What it says.
        said: u32,
    },
    /// A word that means nothing where it stands.
    #[error("word {at}: {value:#010x} means nothing here")]
    Word {
        /// Where.
        at: usize,
        /// What stands there.
        value: u32,
    },
    /// Words behind the last instruction.
    #[error("word {at}: the header's {count} instructions end here, and words are left")]
    Left {
        /// Where.
        at: usize,
        /// Instructions by the header.
        count: u32,
    },
}

impl TxnError {
    /// The word at which it was seen; 0 for the header.
    pub fn at(&self) -> usize {
        match *self {
            Self::Header { .. } | Self::Version { .. } | Self::Generation(_) | Self::Length { .. } => 0,
            Self::Truncated { at, .. }
            | Self::Unknown { at, .. }
            | Self::NoLayout { at, .. }
            | Self::Size { at, .. }
            | Self::Word { at, .. }
            | Self::Left { at, .. } => at,
        }
    }
}
