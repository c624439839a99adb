//! AIE_PARTITION: the columns that a design takes, and what is loaded into them.

use super::Refusal;
use super::bytes::Bytes;

/// Bytes of the section's header, of a program's record and of a group's record.
pub const HEADER: usize = 184;
/// Bytes of the record of one program.
pub const PROGRAM: usize = 96;
/// Bytes of the record of one group of kernels.
pub const GROUP: usize = 96;
/// More than any design has.
const MOST: usize = 64;

/// The columns that a design takes, and what is loaded into them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition<'a> {
    /// How many columns it takes.
    pub columns: u16,
    /// The columns at which it may begin.
    pub start_columns: Vec<u16>,
    /// Arithmetic operations per cycle, as the design's maker says.
    pub operations_per_cycle: u32,
    /// What is loaded, one of them for each kernel.
    pub programs: Vec<Program<'a>>,
}

/// A program device image (PDI): routes, memories' contents and cores' programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program<'a> {
    /// Its identity.
    pub uuid: [u8; 16],
    /// The kernels that it holds, by their numbers.
    pub kernels: Vec<u64>,
    /// The image as it stands in the file.
    pub image: &'a [u8],
}

pub fn read<'a>(section: Bytes<'a>) -> Result<Partition<'a>, Refusal> {
    let header = section.slice(0, HEADER as u64, "AIE_PARTITION's header")?;
    let columns = header.u16(32)?;
    if columns == 0 {
        return Err(Refusal::Contradiction("the design takes no column".into()));
    }
    let count = header.count(40, MOST, "start columns")?;
    let mut start_columns = Vec::new();
    for index in 0..count {
        start_columns.push(section.element(header.u32(44)?.into(), 2, index, "the start columns")?.u16(0)?);
    }
    let count = header.count(120, MOST, "programs")?;
    let mut programs = Vec::new();
    for index in 0..count {
        let record = section.element(header.u32(124)?.into(), PROGRAM as u64, index, "a program")?;
        programs.push(program(section, record)?);
    }
    // The name is of no use here, but the runtime reads it.
    section.text(header.u32(4)?.into(), "the partition's name")?;
    Ok(Partition { columns, start_columns, operations_per_cycle: header.u32(8)?, programs })
}

fn program<'a>(section: Bytes<'a>, record: Bytes<'a>) -> Result<Program<'a>, Refusal> {
    let image = section.slice(record.u32(20)?.into(), record.u32(16)?.into(), "a program's image")?;
    let groups = record.count(24, MOST, "groups of kernels")?;
    let mut kernels = Vec::new();
    for index in 0..groups {
        let group = section.element(record.u32(28)?.into(), GROUP as u64, index, "a group of kernels")?;
        section.text(group.u32(0)?.into(), "a group's name")?;
        for index in 0..group.count(16, MOST, "kernels in a group")? {
            kernels.push(section.element(group.u32(20)?.into(), 8, index, "a kernel's number")?.u64(0)?);
        }
    }
    Ok(Program { uuid: record.uuid(0)?, kernels, image: image.all() })
}
