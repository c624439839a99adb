//! A program for the NPU in an ELF, which brings its instructions along: for which NPU it is, checked before a runtime
//! sees it.
//!
//! The container is an ELF of 32 bits; the numbers that tell such files from others are those of AMD's assembler (aiebu,
//! `aie_elf_constants.h`). It gives the files of both generations the same ones, and the runtime looks no further. What
//! tells the generations apart is what each stream of instructions says of itself: the header that stands in front of
//! it, in the sections of control code. Nothing in a file is believed: each offset, size and index is checked against the
//! file, and each part against the others.

mod refusal;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod write;

pub use refusal::ElfRefusal;

use crate::Generation;
use std::ops::Range;

/// What any ELF begins with: its magic, 32 bits, little-endian, version 1.
const IDENT: [u8; 7] = [0x7f, b'E', b'L', b'F', 1, 1, 1];
/// Where it says for which processors it is, and how it is laid out.
const OS_ABI: usize = 7;
const ABI_VERSION: usize = 8;
/// Of the NPUs in question, the older ones included.
const AIE2: u8 = 0x45;
/// With one kernel, and with several; what came between them is written no more.
const VERSIONS: [u8; 3] = [0x02, 0x10, 0x21];
/// Bytes of the header, and of a section's entry.
const HEADER: usize = 52;
const ENTRY: usize = 40;
/// A section's type that has no bytes in the file.
const NO_BITS: u32 = 8;
/// What sections of instructions are called, alone or with a number behind.
const INSTRUCTIONS: &str = ".ctrltext";
/// What says how many columns the program takes; a file without it belongs to an xclbin.
const CONFIGURATION: &str = ".note.xrt.configuration";
/// The kind of note in there.
const COLUMNS: u32 = 6;
/// The owner of a note.
const OWNER: &[u8] = b"XRT\0";
/// Bytes of what stands in front of a stream of instructions.
const STREAM_HEADER: usize = 16;

/// What an ELF says of its program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ElfProgram {
    /// The NPU that all its instructions are for.
    pub generation: Generation,
    /// Columns that it takes.
    pub columns: u32,
    /// Streams of instructions.
    pub streams: usize,
}

impl ElfProgram {
    /// Reads the whole of an ELF's bytes.
    ///
    /// # Errors
    /// [`ElfRefusal`]
    pub fn read(file: &[u8]) -> Result<Self, ElfRefusal> {
        let mut columns = None;
        let mut found: Option<Stream> = None;
        let mut streams = 0;
        for section in sections(file)? {
            let Section { name, bytes } = section?;
            if name == CONFIGURATION.as_bytes() {
                if columns.replace(note(bytes)?).is_some() {
                    return contradiction("it says twice how it is laid out");
                }
            } else if is_instructions(name) {
                let stream = Stream::read(bytes)?;
                if found.is_some_and(|found| found.generation != stream.generation) {
                    return contradiction("its instructions are for different NPUs");
                }
                let wider = found.is_none_or(|found| found.columns < stream.columns);
                found = if wider { Some(stream) } else { found };
                streams += 1;
            }
        }
        let columns = columns.ok_or(ElfRefusal::Missing(CONFIGURATION))?;
        let widest = found.ok_or(ElfRefusal::Missing(INSTRUCTIONS))?;
        if columns == 0 || columns < widest.columns {
            let text = format!("it takes {columns} columns, and has instructions for {}", widest.columns);
            return Err(ElfRefusal::Contradiction(text));
        }
        Ok(Self { generation: widest.generation, columns, streams })
    }

    /// Checks that it is not one for another NPU.
    ///
    /// # Errors
    /// [`ElfRefusal::OtherDevice`]
    pub fn check_for(&self, here: Generation) -> Result<(), ElfRefusal> {
        let other = |built| Err(ElfRefusal::OtherDevice { built, here });
        if self.generation != here {
            return other(self.generation.to_string());
        }
        match self.columns > here.columns() {
            true => other(format!("an NPU with more than {} columns", here.columns())),
            false => Ok(()),
        }
    }
}

fn contradiction<T>(what: &str) -> Result<T, ElfRefusal> {
    Err(ElfRefusal::Contradiction(what.into()))
}

/// `.ctrltext`, or that with a number.
fn is_instructions(name: &[u8]) -> bool {
    let rest = name.strip_prefix(INSTRUCTIONS.as_bytes());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(b"."))
}

/// What a stream of instructions says of itself.
#[derive(Clone, Copy)]
struct Stream {
    generation: Generation,
    columns: u32,
}

impl Stream {
    fn read(bytes: &[u8]) -> Result<Self, ElfRefusal> {
        let Some(header) = bytes.get(..STREAM_HEADER) else {
            return Err(ElfRefusal::Outside { what: "the header of its instructions" });
        };
        let generation = match header[2] {
            3 => Generation::Xdna1,
            4 => Generation::Xdna2,
            other => {
                let text = format!("its instructions are for an NPU of the unknown kind {other}");
                return Err(ElfRefusal::Contradiction(text));
            }
        };
        // What is behind the stream fills up the section.
        let len = u32_at(header, 12).unwrap_or_default() as usize;
        if !(STREAM_HEADER..=bytes.len()).contains(&len) {
            return Err(ElfRefusal::Outside { what: "a stream of instructions" });
        }
        let columns = u32::from(header[4]);
        if columns == 0 {
            contradiction("instructions for no columns")
        } else {
            Ok(Self { generation, columns })
        }
    }
}

/// The number of columns in the configuration's notes.
fn note(mut bytes: &[u8]) -> Result<u32, ElfRefusal> {
    let outside = ElfRefusal::Outside { what: "a note" };
    while !bytes.is_empty() {
        let numbers = [0, 4, 8].map(|at| u32_at(bytes, at));
        let [Some(owner), Some(len), Some(kind)] = numbers else { return Err(outside) };
        let padded = |len: u32| usize::try_from(len).ok()?.checked_next_multiple_of(4);
        let end_of_owner = padded(owner).and_then(|len| len.checked_add(12));
        let end = end_of_owner.zip(padded(len)).and_then(|(at, len)| at.checked_add(len));
        let (Some(at), Some(end)) = (end_of_owner, end.filter(|end| *end <= bytes.len())) else {
            return Err(outside);
        };
        if kind == COLUMNS && bytes[12..at].starts_with(OWNER) && len == 4 {
            return u32_at(bytes, at).ok_or(outside);
        }
        bytes = &bytes[end..];
    }
    contradiction("its configuration does not say how many columns it takes")
}

/// A section.
struct Section<'a> {
    name: &'a [u8],
    bytes: &'a [u8],
}

/// All sections, behind the frame that holds them.
fn sections(file: &[u8]) -> Result<impl Iterator<Item = Result<Section<'_>, ElfRefusal>>, ElfRefusal> {
    if !file.starts_with(&IDENT) {
        return Err(ElfRefusal::Foreign("it does not begin as one of 32 bits"));
    }
    if file.get(OS_ABI) != Some(&AIE2) {
        return Err(ElfRefusal::Foreign("it is for other processors"));
    }
    if !file.get(ABI_VERSION).is_some_and(|version| VERSIONS.contains(version)) {
        return Err(ElfRefusal::Foreign("it is laid out in another way than any that is known"));
    }
    let header = file.get(..HEADER).ok_or(ElfRefusal::Outside { what: "the header" })?;
    let outside = || ElfRefusal::Outside { what: "the table of sections" };
    let table = u32_at(header, 32).ok_or_else(outside)? as usize;
    let [size, count, names] = [46, 48, 50].map(|at| usize::from(u16_at(header, at)));
    if size != ENTRY || names >= count {
        return contradiction("its table of sections is none");
    }
    let end = count.checked_mul(ENTRY).and_then(|len| len.checked_add(table)).ok_or_else(outside)?;
    let entries = file.get(table..end).ok_or_else(outside)?;
    let bytes_of = move |entry: &[u8]| -> Result<Range<usize>, ElfRefusal> {
        let number = |at| u32_at(entry, at).unwrap_or_default();
        if number(4) == NO_BITS {
            return Ok(0..0);
        }
        let (start, len) = (number(16) as usize, number(20) as usize);
        let end = start.checked_add(len).filter(|end| *end <= file.len());
        end.map(|end| start..end).ok_or(ElfRefusal::Outside { what: "a section" })
    };
    let names = &file[bytes_of(&entries[names * ENTRY..][..ENTRY])?];
    Ok(entries.chunks_exact(ENTRY).map(move |entry| {
        let name = names.get(u32_at(entry, 0).unwrap_or_default() as usize..);
        let name = name.and_then(|name| name.split(|byte| *byte == 0).next());
        // The very first is none, and has no name.
        let name = name.ok_or(ElfRefusal::Outside { what: "a section's name" })?;
        Ok(Section { name, bytes: &file[bytes_of(entry)?] })
    }))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_le_bytes(*bytes))
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u16::from_le_bytes(*bytes))
}
