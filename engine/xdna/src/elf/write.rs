//! Writes such an ELF for tests: two programs, each with its instructions, in the layout of AMD's assembler.

use super::{AIE2, ENTRY, HEADER, IDENT};
use crate::Generation;

/// A stream of `columns` columns with nothing in it.
pub fn stream(generation: Generation, columns: u8) -> Vec<u8> {
    let number = match generation {
        Generation::Xdna1 => 3,
        Generation::Xdna2 => 4,
    };
    let mut bytes = vec![0, 1, number, 6, columns, 1, 0, 0];
    bytes.extend([0_u32, 16].into_iter().flat_map(u32::to_le_bytes));
    bytes.resize(32, 0);
    bytes
}

/// A note of a kind and its bytes.
pub fn note(kind: u32, content: &[u8]) -> Vec<u8> {
    let head = [4, content.len() as u32, kind].into_iter().flat_map(u32::to_le_bytes);
    head.chain(*b"XRT\0").chain(content.iter().copied()).collect()
}

/// The sections of a whole program.
pub fn program(generation: Generation, columns: u8) -> Vec<(&'static str, Vec<u8>)> {
    vec![
        (".pdi.1", vec![0; 64]),
        (".ctrltext.0", stream(generation, columns)),
        (".ctrltext.1", stream(generation, columns)),
        (".note.xrt.configuration", [note(1, b"else"), note(6, &u32::from(columns).to_le_bytes())].concat()),
    ]
}

/// The file with these sections, behind an empty one and that of the names.
pub fn write(sections: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut names = b"\0.shstrtab\0".to_vec();
    let mut entries = vec![[0_u32; ENTRY / 4]];
    let mut body = Vec::new();
    let mut add = |name: u32, kind: u32, bytes: &[u8]| {
        let place = (HEADER + body.len()) as u32;
        body.extend_from_slice(bytes);
        body.resize(body.len().next_multiple_of(4), 0);
        entries.push([name, kind, 0, 0, place, bytes.len() as u32, 0, 0, 4, 0]);
    };
    for (name, bytes) in sections {
        let at = names.len() as u32;
        names.extend(name.bytes().chain([0]));
        add(at, 1, bytes);
    }
    add(1, 3, &names);
    let mut file = IDENT.to_vec();
    file.extend([AIE2, 0x21]);
    file.resize(HEADER, 0);
    file[32..36].copy_from_slice(&((HEADER + body.len()) as u32).to_le_bytes());
    let numbers = [ENTRY as u16, entries.len() as u16, entries.len() as u16 - 1];
    file[46..52].copy_from_slice(&numbers.map(u16::to_le_bytes).concat());
    file.extend(body);
    file.extend(entries.into_iter().flatten().flat_map(u32::to_le_bytes));
    file
}
