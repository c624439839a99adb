//! The container: a header, a table of sections, the sections.

use super::Refusal;
use super::bytes::Bytes;
use std::fmt;

/// What the file begins with.
pub const MAGIC: &[u8; 8] = b"xclbin2\0";
/// Bytes before the table of sections.
pub const HEADER: usize = 304 + 152;
/// Bytes of each entry of that table.
pub const ENTRY: usize = 40;
/// Offsets in the header.
pub const LENGTH: usize = 304;
/// The platform's name, and how long its field is.
pub const PLATFORM: (usize, usize) = (352, 64);
/// The file's identity.
pub const UUID: usize = 416;
/// How many sections there are.
pub const SECTIONS: usize = 448;
/// More than any file has.
const MOST_SECTIONS: usize = 128;

/// The sections that this reader knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Kind {
    /// The kernels, their arguments and instances, as XML.
    EmbeddedMetadata = 2,
    /// The memories.
    MemTopology = 6,
    /// Which argument is in which memory.
    Connectivity = 7,
    /// The kernels' instances.
    IpLayout = 8,
    /// As [`Kind::MemTopology`], and it counts where both are there.
    GroupTopology = 26,
    /// As [`Kind::Connectivity`], and it counts where both are there.
    GroupConnectivity = 27,
    /// The columns that the design takes, and what is loaded into them.
    AiePartition = 32,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EmbeddedMetadata => "EMBEDDED_METADATA",
            Self::MemTopology => "MEM_TOPOLOGY",
            Self::Connectivity => "CONNECTIVITY",
            Self::IpLayout => "IP_LAYOUT",
            Self::GroupTopology => "ASK_GROUP_TOPOLOGY",
            Self::GroupConnectivity => "ASK_GROUP_CONNECTIVITY",
            Self::AiePartition => "AIE_PARTITION",
        })
    }
}

/// The container, all of whose sections lie within the file.
#[derive(Debug)]
pub struct Container<'a> {
    header: Bytes<'a>,
    sections: Vec<(u32, Bytes<'a>)>,
}

impl<'a> Container<'a> {
    /// Checks the header and where each section stands.
    pub fn open(file: &'a [u8]) -> Result<Self, Refusal> {
        if !file.starts_with(MAGIC) {
            return Err(Refusal::Magic);
        }
        let whole = Bytes::new(file, "the header");
        let header = whole.slice(0, HEADER as u64, "the header")?;
        let (said, has) = (header.u64(LENGTH)?, whole.len() as u64);
        if said != has {
            return Err(Refusal::Length { said, has });
        }
        let count = header.count(SECTIONS, MOST_SECTIONS, "sections")?;
        let mut sections = Vec::with_capacity(usize::try_from(count).unwrap_or(MOST_SECTIONS));
        for index in 0..count {
            let entry = whole.element(HEADER as u64, ENTRY as u64, index, "the table of sections")?;
            let data = whole.slice(entry.u64(24)?, entry.u64(32)?, "a section")?;
            sections.push((entry.u32(0)?, data));
        }
        Ok(Self { header, sections })
    }

    pub fn platform(&self) -> Result<&'a str, Refusal> {
        self.header.field(PLATFORM.0, PLATFORM.1, "the platform's name")
    }

    pub fn uuid(&self) -> Result<[u8; 16], Refusal> {
        self.header.uuid(UUID)
    }

    /// The one section of a kind.
    pub fn find(&self, kind: Kind) -> Result<Option<Bytes<'a>>, Refusal> {
        let mut all = self.sections.iter().filter(|(number, _)| *number == kind as u32);
        let first = all.next().map(|(_, data)| *data);
        if all.next().is_some() { Err(Refusal::Twice(kind)) } else { Ok(first) }
    }

    /// The same, where a file without one is none for an NPU.
    pub fn need(&self, kind: Kind) -> Result<Bytes<'a>, Refusal> {
        self.find(kind)?.ok_or(Refusal::Missing(kind))
    }

    /// The section of groups if there is one, else the plain one.
    pub fn need_either(&self, grouped: Kind, plain: Kind) -> Result<Bytes<'a>, Refusal> {
        match self.find(grouped)? {
            Some(found) => Ok(found),
            None => self.need(plain),
        }
    }
}
